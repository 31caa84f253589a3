import { setMaxListeners } from 'node:events';
import { type Answer, readJson, readText } from '../transport/answer';
import { API } from '../api/api';
import { Availability } from './availability';
import { BitbucketError, errorOfAnswer, errorOfTransport, isFatal, isGone, isKind } from '../errors';
import type { Http, HttpAnswer } from '../transport/http';
import { Pacer } from './pacer';
import { asked, changeOf, isRead, methodOf, type Question, queryOf } from '../api/question';
import { redactor } from '../transport/redact';
import { retry, retryAfter, type RetryPolicy } from './retry';
import { Statistics } from './statistics';

/** What the client needs; times in milliseconds. */
export interface ClientOptions {
  readonly baseUrl: string;
  /** Value of the Authorization header; goes to the origin of `baseUrl` and nowhere else. */
  readonly authorization: string;
  readonly secrets: readonly string[];
  readonly http: Http;
  readonly maxConcurrency: number;
  readonly requestsPerSecond: number | null;
  readonly retryPolicy: RetryPolicy;
  readonly rateLimitPatienceMs: number;
  readonly now: () => number;
  readonly random: () => number;
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
  readonly events: ClientEvents;
}

/** What happens on the wire, for logs and statuses. */
export interface ClientEvents {
  readonly onRequest: (request: {
    kind: string;
    method: string;
    path: string;
    status: number | string;
    milliseconds: number;
  }) => void;
  readonly onRetry: (message: string, delayMs: number) => void;
  readonly onRateLimited: (resumeAt: number) => void;
}

/** The least that can be asked: names the account, and shows that the server is there. */
const WHO_ARE_WE: Question = { kind: 'login', path: `${API}/projects`, query: { limit: 1 }, lane: 'login' };
const MAX_REDIRECTS = 5;
/** How long a server may take to show that it is there, in milliseconds. */
const PROBE_MS = 10_000;
const MAX_ERROR_BYTES = 64 * 1024;

/**
 * Sends requests to one Bitbucket server: `retry(() => pacer.run(() => http(…)))`. Answers are given to the caller only when they are
 * what was asked for; all else is a {@link BitbucketError}. After a denied login or an outage it sends nothing more.
 */
export class Client {
  readonly statistics = new Statistics();
  private readonly pacer: Pacer;
  private readonly availability: Availability;
  private readonly stopping = new AbortController();
  private readonly redact: (text: string) => string;
  /** The latest attempt that failed, whether or not a later one succeeded. */
  lastFailure: BitbucketError | null = null;
  /** Once an answer has named the account, one that does not is no answer to us. */
  private named = false;
  /** Where answers do not name the account: asks for what only it sees, and throws where that is not to be seen any more. */
  proof: (() => Promise<void>) | null = null;
  /** Questions that wait for their answer, or for their turn. */
  private open = 0;

  constructor(private readonly options: ClientOptions) {
    const { maxConcurrency, requestsPerSecond, rateLimitPatienceMs, now, random, events } = options;
    const onRateLimited = (resumeAt: number) => {
      this.statistics.rateLimited++;
      events.onRateLimited(resumeAt);
    };
    this.pacer = new Pacer({ maxConcurrency, requestsPerSecond, rateLimitPatienceMs, now, random, onRateLimited });
    this.availability = new Availability(now);
    this.redact = redactor(options.secrets);
    setMaxListeners(0, this.stopping.signal); // as many as requests in flight
    options.signal.addEventListener('abort', () => this.stop(new BitbucketError('aborted', 'The run was told to stop')), {
      once: true,
    });
  }

  /** The host that is asked, for messages. */
  get baseUrl(): string {
    return this.options.baseUrl;
  }

  /** Asks for JSON; null for 204. @throws BitbucketError */
  json(question: Question): Promise<unknown> {
    return this.ask(question, readJson);
  }

  /** Asks, and gives the answer's body to `read`, which may be called again after a failure. @throws BitbucketError */
  async ask<T>(question: Question, read: (answer: Answer) => Promise<T>): Promise<T> {
    this.open++;
    try {
      return await this.askAgain(question, read);
    } catch (error) {
      if (isKind(error, 'rate_limited')) throw this.stop(error);
      const isUnproven =
        error instanceof BitbucketError && error.details.userName === undefined && (this.named || this.proof !== null);
      if (!isGone(error) || !isUnproven) throw error;
      return await this.askOnceMore(question, read);
    } finally {
      this.open--;
    }
  }

  /**
   * To a stranger what is not public does not exist, and not every server names the account in an error. So a 404 without a name is
   * no proof that something is gone before the server has shown that it knows us, and has said it again.
   */
  private async askOnceMore<T>(question: Question, read: (answer: Answer) => Promise<T>): Promise<T> {
    if (this.named) await this.askAgain(WHO_ARE_WE, readJson);
    else await this.proof?.();
    return this.askAgain(question, read);
  }

  private askAgain<T>(question: Question, read: (answer: Answer) => Promise<T>): Promise<T> {
    const attempt = () => this.pacer.run(question.lane, question.kind, () => this.attempt(question, read));
    // What may have been done must not be done again: who asked looks first. A 429, which the pacer waits out, did nothing.
    if (!isRead(question)) return attempt();
    return retry(attempt, {
      policy: this.options.retryPolicy,
      random: this.options.random,
      sleep: (milliseconds) => this.options.sleep(milliseconds, this.stopping.signal),
      onRetry: (error, number, delayMs) => {
        const counts = this.statistics.of(question.kind);
        counts.retries++;
        counts.waitedMs += delayMs;
        this.options.events.onRetry(`${error.message}; attempt ${number + 1} of ${this.options.retryPolicy.attempts}`, delayMs);
      },
    });
  }

  private async attempt<T>(question: Question, read: (answer: Answer) => Promise<T>): Promise<T> {
    const startedAt = this.options.now();
    let status: number | string = 'failed';
    try {
      const answer = await this.send(question);
      status = answer.status;
      const result = await this.receive(question, answer, read);
      this.availability.succeeded();
      return result;
    } catch (cause) {
      // What is cancelled because nothing more may be sent fails for that reason.
      const { reason } = this.stopping.signal as { reason?: unknown };
      const error = errorOfTransport(asked(question), reason instanceof BitbucketError ? reason : cause);
      if (status === 'failed') status = error.kind;
      if (error.kind !== 'aborted') this.lastFailure = error;
      throw await this.judge(error, startedAt, question);
    } finally {
      this.options.events.onRequest({
        kind: question.kind,
        method: methodOf(question),
        path: question.path,
        status,
        milliseconds: this.options.now() - startedAt,
      });
    }
  }

  /** Sends the request, following redirects on our own origin: elsewhere the credentials do not go, and without them no answer is one. */
  private async send(question: Question, signal = this.stopping.signal): Promise<HttpAnswer> {
    let url = new URL(this.options.baseUrl + question.path + queryOf(question));
    const first = url;
    for (let redirects = 0; ; redirects++) {
      const accept = question.accept ?? 'application/json';
      const { authorization } = this.options;
      const answer = await this.sendOnce(question, {
        url,
        headers: { accept, authorization },
        signal,
        ...changeOf(question),
      });
      const location = answer.headers.location;
      if (methodOf(question) !== 'GET' || ![301, 302, 303, 307, 308].includes(answer.status) || location === undefined)
        return answer;
      answer.body.resume();
      if (redirects === MAX_REDIRECTS) {
        throw new BitbucketError('unexpected_answer', `${asked(question)} is redirected without end`, { status: answer.status });
      }
      url = this.redirect(question, first, url, location);
    }
  }

  /** Where a redirect leads, if it may be followed. */
  private redirect(question: Question, first: URL, from: URL, location: string): URL {
    const to = URL.canParse(location, from.href) ? new URL(location, from) : null;
    if (to?.origin === first.origin) return to;
    const whither =
      to === null ? 'to something that is no URL' : `to another server (${to.origin}), where the credentials do not go`;
    const redirectedTo =
      to === null ? '' : to.origin + (to.pathname.endsWith(question.path) ? to.pathname.slice(0, -question.path.length) : '');
    throw new BitbucketError('unexpected_answer', `${asked(question)} was redirected ${whither}`, { redirectedTo });
  }

  /** A kept-alive connection that the server closes in the very moment we use it is nobody's failure: once more, on a new one. */
  private async sendOnce(question: Question, request: Parameters<Http>[0]): Promise<HttpAnswer> {
    const { kind } = question;
    this.statistics.of(kind).requests++;
    try {
      return await this.options.http(request);
    } catch (error) {
      const { reusedSocket, code } = error as { reusedSocket?: boolean; code?: string };
      if (!isRead(question) || reusedSocket !== true || (code !== 'ECONNRESET' && code !== 'EPIPE')) throw error;
      this.statistics.of(kind).requests++;
      return this.options.http(request);
    }
  }

  private async receive<T>(question: Question, answer: HttpAnswer, read: (answer: Answer) => Promise<T>): Promise<T> {
    const userName = header(answer, 'x-ausername');
    if (answer.status < 200 || answer.status > 299) {
      const wait = retryAfter(header(answer, 'retry-after') ?? undefined, this.options.now());
      const body = await readText(answer.body, MAX_ERROR_BYTES);
      const details = { ...(userName !== null && { userName }), ...(wait !== null && { retryAfterMs: wait }) };
      throw errorOfAnswer(asked(question), answer.status, body, details, this.redact);
    }
    if (this.isToStranger(userName)) {
      answer.body.destroy();
      throw anonymousAnswer(question);
    }
    this.named ||= userName !== null;
    try {
      return await read({
        status: answer.status,
        contentType: header(answer, 'content-type') ?? '',
        userName,
        body: answer.body,
      });
    } catch (error) {
      if (isKind(error, 'unexpected_answer')) {
        const titled = error.details.title === undefined ? '' : `, titled "${this.redact(error.details.title)}"`;
        throw new BitbucketError(error.kind, `${asked(question)} ${error.message}${titled}`, error.details);
      }
      throw error;
    } finally {
      this.statistics.of(question.kind).bytes += answer.body.bytes;
      answer.body.destroy();
    }
  }

  /** The server knew us before, and does not know us now. */
  private isToStranger(userName: string | null): boolean {
    return userName === null && this.named;
  }

  /** Says what the failure means for the rest of the run. */
  private async judge(error: BitbucketError, startedAt: number, { failedBefore = false }: Question): Promise<BitbucketError> {
    if (isKind(error, 'unavailable', 'network', 'timeout', 'unexpected_answer')) {
      if (failedBefore || !this.availability.failed(startedAt)) return error;
      if (isKind(error, 'timeout') && this.isLastWork() && (await this.isAlive())) return error;
      const message = `Nothing has succeeded for two minutes: the server is down or cannot be reached. The last failure: ${error.message}`;
      return this.stop(new BitbucketError('server_down', message, error.details));
    }
    if (isKind(error, 'rate_limited', 'aborted')) return error;
    if (isFatal(error)) return this.stop(error);
    this.availability.succeeded(); // 404, 401 for one resource: the server is there
    return error;
  }

  /** Nothing else could succeed: what is under way leaves room for more, and there is no more. */
  private isLastWork(): boolean {
    return this.open <= 1 || this.open < this.options.maxConcurrency;
  }

  /** Asks in passing for something small, in the place of the request that has just failed: a server that answers is not down. */
  private async isAlive(): Promise<boolean> {
    const signal = AbortSignal.any([this.stopping.signal, AbortSignal.timeout(PROBE_MS)]);
    try {
      const answer = await this.send(WHO_ARE_WE, signal);
      await this.receive(WHO_ARE_WE, answer, readJson);
      this.availability.succeeded();
      return true;
    } catch {
      return false;
    }
  }

  /** Sends nothing more, and returns why. */
  stop(error: BitbucketError): BitbucketError {
    this.pacer.stop(error);
    this.stopping.abort(error);
    return error;
  }
}

function anonymousAnswer(question: Question): BitbucketError {
  return new BitbucketError('unexpected_answer', `${asked(question)} was answered as to an anonymous user (no X-AUSERNAME)`);
}

function header(answer: HttpAnswer, name: string): string | null {
  const value = answer.headers[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

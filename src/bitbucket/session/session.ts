import { setMaxListeners } from 'node:events';
import { type Answer, readJson } from '../transport/answer';
import { API } from '../paths';
import { Availability } from './availability';
import { asked, BitbucketError, isFatal, isKind, isTooMuch } from '../errors';
import type { Ceiling } from './ceiling';
import { Exchange } from './exchange';
import type { Http, HttpAnswer } from '../transport/http';
import { type Login, logIn } from './login';
import { Pacer } from './pacer';
import type { PageSizes } from '../paging/page-sizes';
import { addressOf, inWords, isRead, methodOf, type RestRequest } from './request';
import { redactor } from '../transport/redact';
import { refusal } from './refusal';
import { retry, retryAfter, type RetryPolicy } from './retry';
import type { Sender } from './sender';
import { Statistics } from './statistics';
import { transportFailure } from '../transport/failure';
import { asKnown, isUnproven } from './unproven';

/** What a session needs; times in milliseconds. */
export interface SessionOptions {
  /** Where the server is; only to its origin the credentials go. */
  readonly baseUrl: string;
  /** Value of the Authorization header. */
  readonly authorization: string;
  readonly secrets: readonly string[];
  /** Shared with the other sessions. */
  readonly http: Http;
  /** Shared with the other sessions. */
  readonly ceiling: Ceiling;
  readonly retryPolicy: RetryPolicy;
  readonly rateLimitPatienceMs: number;
  /** How long the body of a refusal may take: its status has told what matters. @default 5 s */
  readonly refusalPatienceMs?: number;
  readonly now: () => number;
  readonly random: () => number;
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
  readonly events: SessionEvents;
  /** Shared with the other sessions. @default one of its own */
  readonly statistics?: Statistics;
  /**
   * Whether others can take over: then an answer as to an anonymous user, after others that named the account, denies the login at once, and
   * nothing is asked to make sure. @default false
   */
  readonly isReplaceable?: boolean;
}

/** What happens on the wire, for logs and statuses. */
export interface SessionEvents {
  readonly onRequest: (request: {
    kind: string;
    method: string;
    path: string;
    query?: RestRequest['query'];
    status: number | string;
    milliseconds: number;
  }) => void;
  readonly onRetry: (message: string, delayMs: number) => void;
  readonly onRateLimited: (resumeAt: number) => void;
}

/** The least that can be asked: names the account. */
const WHO_ARE_WE: RestRequest = { kind: 'login', path: `${API}/projects`, query: { limit: 1 }, lane: 'login' };
/** What a server that is there answers to everybody. */
const ARE_YOU_THERE: RestRequest = { kind: 'application-properties', path: `${API}/application-properties`, lane: 'login' };
/** How long a server may take to show that it is there, in milliseconds. */
const PROBE_MS = 10_000;
/** What is read of the body of a refusal. */
const REFUSAL_BYTES = 64 * 1024;
const REFUSAL_MS = 5000;

/**
 * One login's requests to a server: `retry(() => pacer.run(() => one exchange))`. Answers are given to the caller only when they are
 * what was asked for; all else is a {@link BitbucketError}. After a denied login or an outage it sends nothing more.
 */
export class Session implements Sender {
  readonly statistics: Statistics;
  /** The latest attempt that failed, whether or not a later one succeeded. */
  lastFailure: BitbucketError | null = null;
  /** Where answers do not name the account: asks for what only it sees, and throws where that is not to be seen any more. */
  proof: (() => Promise<void>) | null = null;
  private readonly pacer: Pacer;
  private readonly exchange: Exchange;
  private readonly availability: Availability;
  private readonly stopping = new AbortController();
  private readonly redact: (text: string) => string;
  private lastName = { told: '', shown: '' };
  /** Once an answer has named the account, one that does not is no answer to us. */
  private named = false;
  /** Under way while the server is asked whether it is there. */
  private probe: Promise<boolean> | null = null;

  constructor(private readonly options: SessionOptions) {
    const { ceiling, rateLimitPatienceMs, now, random, events } = options;
    this.statistics = options.statistics ?? new Statistics();
    const onRateLimited = (resumeAt: number) => {
      this.statistics.rateLimited++;
      events.onRateLimited(resumeAt);
    };
    this.pacer = new Pacer({ ceiling, rateLimitPatienceMs, now, random, onRateLimited });
    this.exchange = new Exchange(options, this.statistics);
    this.availability = new Availability(now);
    this.redact = redactor(options.secrets);
    setMaxListeners(0, this.stopping.signal); // as many as requests in flight
    const abort = () => this.stop(new BitbucketError('aborted', 'The run was told to stop'));
    if (options.signal.aborted) abort();
    else options.signal.addEventListener('abort', abort, { once: true });
  }

  /** Proves that the login holds. @throws BitbucketError 'login_denied' */
  logIn(pageSizes: PageSizes): Promise<Login> {
    return logIn(this, pageSizes);
  }

  /** Asks for JSON; null for 204. @throws BitbucketError */
  json(request: RestRequest): Promise<unknown> {
    return this.send(request, readJson);
  }

  /** Asks, and gives the answer's body to `read`, which may be called again after a failure. @throws BitbucketError */
  async send<T>(request: RestRequest, read: (answer: Answer) => Promise<T>): Promise<T> {
    try {
      return await this.sendPatiently(request, read);
    } catch (error) {
      if (isKind(error, 'rate_limited')) throw this.stop(error);
      const canProve = this.named || this.proof !== null;
      if (!canProve || !isUnproven(error, request, this.proof !== null)) throw error;
      return await this.sendOnceKnown(request, read);
    }
  }

  /** Sends nothing more, and returns why. */
  stop(error: BitbucketError): BitbucketError {
    this.pacer.stop(error);
    this.stopping.abort(error);
    return error;
  }

  /**
   * To an anonymous user what is not public does not exist or is not permitted, and not every server names the account in an error. So
   * such an answer without a name is no proof that something is gone before the server has shown that it knows us, and has said it again.
   */
  private async sendOnceKnown<T>(request: RestRequest, read: (answer: Answer) => Promise<T>): Promise<T> {
    if (this.named) await this.sendPatiently(WHO_ARE_WE, readJson);
    else await this.proof?.();
    return this.sendPatiently(request, read).catch((error: unknown) => {
      throw asKnown(error);
    });
  }

  private sendPatiently<T>(request: RestRequest, read: (answer: Answer) => Promise<T>): Promise<T> {
    const attempt = () => this.pacer.run(request.lane, request.kind, () => this.attempt(request, read));
    // What may have been done must not be done again: who asked looks first. A 429, which the pacer waits out, did nothing.
    if (!isRead(request)) return attempt();
    const { retryPolicy, random, sleep, events } = this.options;
    const { attempts: most = Infinity } = request;
    const policy = most < retryPolicy.attempts ? { ...retryPolicy, attempts: most } : retryPolicy;
    return retry(attempt, {
      policy,
      random,
      isHopeless: (error) => leavesLess(request, error) || (request.timeoutMs !== undefined && isKind(error, 'timeout')),
      sleep: (milliseconds) => sleep(milliseconds, this.stopping.signal),
      onRetry: (error, number, delayMs) => {
        const counts = this.statistics.of(request.kind);
        counts.retries++;
        counts.waitedMs += delayMs;
        events.onRetry(`${error.message}; attempt ${number + 1} of ${policy.attempts}`, delayMs);
      },
    });
  }

  private async attempt<T>(request: RestRequest, read: (answer: Answer) => Promise<T>): Promise<T> {
    const startedAt = this.options.now();
    let status: number | string = 'failed';
    let release: (() => void) | null = null;
    try {
      const answer = await this.exchange.send(request, this.stopping.signal);
      status = answer.status;
      // It may deny the login: nothing is sent until its body has told.
      if (status === 401 || status === 403) release = this.pacer.hold();
      const result = await this.receive(request, answer, read);
      this.availability.succeeded();
      return result;
    } catch (cause) {
      const error = this.failureOf(request, cause);
      if (error === null) throw cause;
      if (status === 'failed') status = error.kind;
      if (error.kind !== 'aborted') this.lastFailure = error;
      throw await this.judge(error, startedAt, request);
    } finally {
      release?.();
      const milliseconds = this.options.now() - startedAt;
      const { kind, path, query } = request;
      this.options.events.onRequest({
        kind,
        method: methodOf(request),
        path,
        query,
        status,
        milliseconds,
      });
    }
  }

  /** What was asked, and what came back; null: a mistake of ours. */
  private failureOf(request: RestRequest, cause: unknown): BitbucketError | null {
    // What is cancelled because nothing more may be sent fails for that reason.
    const { reason } = this.stopping.signal as { reason?: unknown };
    if (reason instanceof BitbucketError) return reason;
    const failure = cause instanceof BitbucketError ? cause : transportFailure(cause);
    if (failure === null) return null;
    return asked(inWords(request), failure, methodOf(request) === 'GET' ? addressOf(request) : undefined);
  }

  private async receive<T>(request: RestRequest, answer: HttpAnswer, read: (answer: Answer) => Promise<T>): Promise<T> {
    const named = header(answer, 'x-ausername');
    const userName = named === null ? null : this.nameIn(named);
    if (answer.status < 200 || answer.status > 299) throw this.judgeNameless(await this.refused(answer, userName), request);
    // The server knew us before, and does not know us now.
    if (userName === null && this.named) {
      answer.body.destroy();
      const kind = this.options.isReplaceable === true ? 'login_denied' : 'unexpected_answer';
      const isPage = /\bhtml\b/i.test(header(answer, 'content-type') ?? '');
      const what = isPage ? 'a page for people (HTML)' : 'one';
      throw new BitbucketError(kind, `the answer is ${what} to an anonymous user (no X-AUSERNAME)`);
    }
    this.named ||= userName !== null;
    try {
      const contentType = header(answer, 'content-type') ?? '';
      const { canAskForLess = false } = request;
      return await read({ status: answer.status, contentType, userName, body: answer.body, redact: this.redact, canAskForLess });
    } catch (error) {
      throw brokenOff(error);
    } finally {
      this.statistics.of(request.kind).bytes += answer.body.bytes;
      answer.body.destroy();
    }
  }

  /** The account's name, which nearly all answers tell: it is looked through once. */
  private nameIn(named: string): string {
    if (this.lastName.told !== named) this.lastName = { told: named, shown: this.redact(named) };
    return this.lastName.shown;
  }

  private async refused(answer: HttpAnswer, userName: string | null): Promise<BitbucketError> {
    const wait = retryAfter(header(answer, 'retry-after') ?? undefined, this.options.now(), answer.headers.date);
    const body = await answer.body.excerpt(REFUSAL_BYTES, this.options.refusalPatienceMs ?? REFUSAL_MS);
    const details = { ...(userName !== null && { userName }), ...(wait !== null && { retryAfterMs: wait }) };
    return refusal(answer.status, body, details, this.redact);
  }

  /** A token that was revoked is told that it is not permitted, without a name; who may list users is another matter. */
  private judgeNameless(error: BitbucketError, { kind }: RestRequest): BitbucketError {
    const { status, userName } = error.details;
    const isNameless = isKind(error, 'forbidden') && status === 401 && userName === undefined;
    if (!isNameless || !this.named || this.options.isReplaceable !== true || kind === 'users') return error;
    return new BitbucketError('login_denied', 'the server does not know the account any more', { cause: error });
  }

  /** Says what the failure means for the rest of the run. */
  private async judge(error: BitbucketError, startedAt: number, request: RestRequest): Promise<BitbucketError> {
    if (isKind(error, 'unavailable', 'network', 'timeout', 'unexpected_answer', 'too_large')) {
      if (request.failedBefore === true || leavesLess(request, error) || !this.availability.failed(startedAt)) return error;
      if (await this.isThere()) return error;
      const message = 'Nothing has succeeded for two minutes: the server is down or cannot be reached. The last failure';
      return this.stop(new BitbucketError('server_down', message, { cause: error }));
    }
    if (isKind(error, 'rate_limited', 'aborted')) return error;
    if (isFatal(error)) return this.stop(error);
    this.availability.succeeded(); // 404, 401 for one resource: the server is there
    return error;
  }

  /** Asks in passing, in the place of a request that has just failed, what every server answers to everybody. */
  private isThere(): Promise<boolean> {
    this.probe ??= this.askWhetherThere().finally(() => (this.probe = null));
    return this.probe;
  }

  private async askWhetherThere(): Promise<boolean> {
    const signal = AbortSignal.any([this.stopping.signal, AbortSignal.timeout(PROBE_MS)]);
    try {
      const answer = await this.exchange.send(ARE_YOU_THERE, signal);
      if (answer.status !== 200) answer.body.destroy();
      else await readJson({ ...answer, contentType: '', userName: null, redact: this.redact });
      if (answer.status !== 200) return false;
      this.availability.succeeded();
      return true;
    } catch {
      return false;
    }
  }
}

/** It was too much for the server, and less will be asked for at once. */
function leavesLess({ canAskForLess = false }: RestRequest, error: BitbucketError): boolean {
  return canAskForLess && isTooMuch(error);
}

/** What became of a body whose head had come. */
function brokenOff(error: unknown): unknown {
  const failure = error instanceof BitbucketError ? null : transportFailure(error);
  if (failure?.kind !== 'network') return error;
  const how = failure.details.code === 'ECONNRESET' ? '' : ` (${failure.message})`;
  return new BitbucketError('network', `the answer was broken off${how}`, { ...failure.details, brokenOff: true });
}

function header(answer: HttpAnswer, name: string): string | null {
  const value = answer.headers[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

import { BitbucketError } from '../errors';
import type { Http, HttpAnswer, HttpRequest } from '../transport/http';
import { addressOf, isRead, methodOf, type RestRequest } from './request';
import type { Statistics } from './statistics';

/** What one exchange needs. */
export interface ExchangeOptions {
  readonly baseUrl: string;
  readonly authorization: string;
  readonly http: Http;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];

/** A request and its answer, redirects on the server's own origin followed. */
export class Exchange {
  private readonly origin: string;

  constructor(
    private readonly options: ExchangeOptions,
    private readonly statistics: Statistics,
  ) {
    this.origin = new URL(options.baseUrl).origin;
  }

  /** Sends the request; elsewhere than to our own origin the credentials do not go, and without them no answer is one. */
  async send(request: RestRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { authorization, baseUrl } = this.options;
    const { accept = 'application/json', body, timeoutMs } = request;
    const method = methodOf(request);
    const headers = { accept, authorization };
    const content = body === undefined ? undefined : JSON.stringify(body);
    let url = addressOf(request);
    for (let redirects = 0; ; redirects++) {
      const answer = await this.sendOnce(request, { method, url, headers, body: content, timeoutMs, signal });
      const { location } = answer.headers;
      if (method !== 'GET' || location === undefined || !REDIRECTS.includes(answer.status)) return answer;
      answer.body.resume();
      if (redirects === MAX_REDIRECTS)
        throw new BitbucketError('unexpected_answer', 'it is redirected without end', { status: answer.status });
      url = this.redirect(request, URL.canParse(url) ? url : baseUrl + url, location).href;
    }
  }

  /** Where a redirect leads, if it may be followed. */
  private redirect({ path }: RestRequest, from: string, location: string): URL {
    const to = URL.canParse(location, from) ? new URL(location, from) : null;
    if (to?.origin === this.origin) return to;
    if (to === null)
      throw new BitbucketError('unexpected_answer', 'it was redirected to something that is no URL', { redirectedTo: '' });
    const redirectedTo = to.origin + (to.pathname.endsWith(path) ? to.pathname.slice(0, -path.length) : '');
    const message = `it was redirected to another server (${to.origin}), where the credentials do not go`;
    throw new BitbucketError('unexpected_answer', message, { redirectedTo });
  }

  /** A kept-alive connection that the server closes in the very moment we use it says nothing about the server: once more, on a new one. */
  private async sendOnce(request: RestRequest, wire: HttpRequest): Promise<HttpAnswer> {
    const counts = this.statistics.of(request.kind);
    counts.requests++;
    try {
      return await this.options.http(wire);
    } catch (error) {
      const { reusedSocket, code } = error as { reusedSocket?: boolean; code?: string };
      if (!isRead(request) || reusedSocket !== true || (code !== 'ECONNRESET' && code !== 'EPIPE')) throw error;
      counts.requests++;
      return this.options.http(wire);
    }
  }
}

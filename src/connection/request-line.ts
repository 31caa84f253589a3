import { addressOf, type RestRequest } from '../bitbucket/session/request';
import type { Http } from '../bitbucket/transport/http';

/** One request that was sent, and what came of it. */
export interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: RestRequest['query'];
  /** What came instead of an answer, where none came. */
  readonly status: number | string;
  readonly milliseconds: number;
}

/** A request as a line of a log: method, path, status, milliseconds. What changes something may name addresses of others in its query: left out. */
export function requestLine({ method, path, query = {}, status, milliseconds }: SentRequest): string {
  const address = addressOf({ path, query: method === 'GET' ? query : {} });
  return `${method} ${address} ${status} ${Math.round(milliseconds)} ms`;
}

/** The same transport, of which each request is told. */
export function telling(http: Http, now: () => number, tell: (request: SentRequest) => void): Http {
  return async (request) => {
    const startedAt = now();
    let status: number | string = 'failed';
    try {
      const answer = await http(request);
      ({ status } = answer);
      return answer;
    } finally {
      // Of a whole URL the query, and a login before the host, may be somebody's secret.
      const { pathname: path } = new URL(request.url, 'http://server');
      tell({ method: request.method ?? 'GET', path, status, milliseconds: now() - startedAt });
    }
  };
}

import { Bitbucket } from '../../../src/bitbucket/api/bitbucket';
import { Ceiling } from '../../../src/bitbucket/session/ceiling';
import { Session, type SessionOptions } from '../../../src/bitbucket/session/session';
import { createHttp } from '../../../src/bitbucket/transport/http';

/** The server of these tests, for nock. */
export const ORIGIN = 'http://git.example.com';
/** Its context path. */
export const BASE = `${ORIGIN}/bitbucket`;

/** A connection whose waits take no time. @param timeoutMs silence that is a failure */
export function connection(
  over: Partial<SessionOptions> = {},
  timeoutMs = 500,
): { bitbucket: Bitbucket; requests: string[]; waits: number[] } {
  const requests: string[] = [];
  const waits: number[] = [];
  const session = new Session({
    baseUrl: BASE,
    authorization: 'Bearer TOP-SECRET',
    secrets: ['TOP-SECRET'],
    http: createHttp({
      baseUrl: BASE,
      userAgent: 'connector/1',
      timeoutMs,
      maxConnections: 8,
      certificates: [],
      verifyTls: true,
    }),
    ceiling: new Ceiling({ maxConcurrency: 8, requestsPerSecond: null }),
    retryPolicy: { attempts: 5, firstDelayMs: 2000 },
    rateLimitPatienceMs: 900_000,
    now: Date.now,
    random: () => 0.5,
    sleep: (milliseconds) => {
      waits.push(milliseconds);
      return Promise.resolve();
    },
    signal: new AbortController().signal,
    events: {
      onRequest: ({ method, path, status }) => requests.push(`${method} ${path} ${status}`),
      onRetry: () => undefined,
      onRateLimited: () => undefined,
    },
    ...over,
  });
  return { bitbucket: new Bitbucket(session, over.now ?? Date.now), requests, waits };
}

/** All that a list gives. */
export async function all<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(...page);
  return found;
}

import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Bitbucket } from './bitbucket/bitbucket';
import { Client, type ClientEvents } from './bitbucket/client';
import { createHttp } from './bitbucket/http';
import { defaultRetryPolicy, type RetryPolicy } from './bitbucket/retry';
import { type Config, secretsOf } from './config';

/** What of the process a connection depends on. */
export interface Environment {
  readonly now: () => number;
  readonly random: () => number;
  /** `NODE_EXTRA_CA_CERTS`; read again because certificates of our own replace what Node made of it. */
  readonly extraCaCertificates: string | undefined;
  readonly signal: AbortSignal;
  /** @default five attempts with 30 s of waiting between them */
  readonly retryPolicy?: RetryPolicy;
}

/** A check must not take longer than this, in milliseconds, whatever the server does. */
export const CHECK_LIMIT_MS = 20_000;
const RATE_LIMIT_PATIENCE_MS = 15 * 60_000;

/** A connection for a sync: patient. */
export function connect(config: Config, environment: Environment, events: ClientEvents): Bitbucket {
  return create(config, environment, events, environment.retryPolicy ?? defaultRetryPolicy, RATE_LIMIT_PATIENCE_MS, config.requestTimeoutMs);
}

/** A connection for a check: the same within 20 seconds, and no second attempt where time does not help. */
export function connectToCheck(config: Config, environment: Environment, events: ClientEvents): Bitbucket {
  const policy: RetryPolicy = {
    attempts: 5,
    firstDelayMs: 1000,
    isHopeless: ({ kind, details: { code } }) => kind === 'unexpected_answer' || code === 'ENOTFOUND' || code === 'ECONNREFUSED',
  };
  return create(config, environment, events, policy, CHECK_LIMIT_MS, Math.min(config.requestTimeoutMs, CHECK_LIMIT_MS - 2000));
}

function create(config: Config, environment: Environment, events: ClientEvents, retryPolicy: RetryPolicy, rateLimitPatienceMs: number, timeoutMs: number): Bitbucket {
  const { now, random, signal } = environment;
  const http = createHttp({
    timeoutMs,
    maxConnections: config.maxConcurrency,
    certificates: config.caCertificate === null ? [] : [config.caCertificate, ...extraCertificates(environment)],
    verifyTls: config.verifyTls,
  });
  const client = new Client({
    baseUrl: config.serverUrl,
    authorization: authorizationOf(config),
    secrets: secretsOf(config),
    http,
    maxConcurrency: config.maxConcurrency,
    requestsPerSecond: config.requestsPerSecond,
    retryPolicy,
    rateLimitPatienceMs,
    now,
    random,
    sleep: async (milliseconds, stop) => {
      await delay(milliseconds, undefined, { signal: stop }).catch(() => undefined);
    },
    signal,
    events,
  });
  return new Bitbucket(client);
}

function authorizationOf({ credentials }: Config): string {
  return credentials.type === 'token'
    ? `Bearer ${credentials.token}`
    : `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
}

function extraCertificates({ extraCaCertificates }: Environment): string[] {
  if (extraCaCertificates === undefined || extraCaCertificates === '') return [];
  try {
    return [readFileSync(extraCaCertificates, 'utf8')];
  } catch {
    return []; // Node has warned of it already
  }
}

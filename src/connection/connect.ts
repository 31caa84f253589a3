import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Bitbucket } from '../bitbucket/api/bitbucket';
import { Ceiling } from '../bitbucket/session/ceiling';
import { RATE_LIMIT_PATIENCE_MS } from '../bitbucket/session/pacer';
import { Session, type SessionEvents } from '../bitbucket/session/session';
import type { Statistics } from '../bitbucket/session/statistics';
import { createHttp, type Http } from '../bitbucket/transport/http';
import { proxiesFrom, type ProxyFor, secretsOfProxies, type Variables } from '../bitbucket/transport/proxy';
import { defaultRetryPolicy, type RetryPolicy } from '../bitbucket/session/retry';
import { type Config, secretsOf } from '../config/config';
import type { Credentials } from '../config/credentials';
import { version } from '../config/version';
import { type AvailableLogins, availableLogins } from '../credentials/available-logins';
import { DeniedLogins, LOGIN_DENIED } from '../credentials/denied-logins';
import { Pool } from './pool/pool';
import { PooledBitbucket } from './pool/pooled-bitbucket';
import { requestLine, type SentRequest, telling } from './request-line';

/** What of the process a connection depends on. */
export interface Environment {
  readonly now: () => number;
  readonly random: () => number;
  /** `NODE_EXTRA_CA_CERTS`; read again because certificates of our own replace what Node made of it. */
  readonly extraCaCertificates: string | undefined;
  /** Environment variables: `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`. @default none */
  readonly variables?: Variables;
  readonly signal: AbortSignal;
  /** What Bitbucket has denied to this process. @default nothing */
  readonly denied?: DeniedLogins;
  /** @default five attempts with 30 s of waiting between them */
  readonly retryPolicy?: RetryPolicy;
  /** Takes a line for each request that is sent, whoever sends it. @default not told */
  readonly onRequest?: (line: string) => void;
}

/** What happens on the wire, and what is worth a warning. */
export interface ConnectionEvents extends SessionEvents {
  /** A login that is left out, or makes nothing faster. @default not told */
  readonly onWarning?: (message: string) => void;
}

/** A check must not take longer than this, in milliseconds, whatever the server does. */
export const CHECK_LIMIT_MS = 20_000;
/** Silence that a check waits for, in milliseconds: there must be time left to say so. */
export const CHECK_SILENCE_MS = CHECK_LIMIT_MS - 2000;

/** A connection for a sync: patient. */
export function connect(config: Config, environment: Environment, events: ConnectionEvents): Bitbucket {
  return create(
    config,
    environment,
    events,
    environment.retryPolicy ?? defaultRetryPolicy,
    RATE_LIMIT_PATIENCE_MS,
    config.requestTimeoutMs,
  );
}

/**
 * A connection for a check: the same within 20 seconds, and no second attempt where time does not help.
 * @param rateLimitPatienceMs how long a 429 is waited out: less, where others are to be tried after it
 */
export function connectToCheck(
  config: Config,
  environment: Environment,
  events: ConnectionEvents,
  rateLimitPatienceMs = CHECK_LIMIT_MS,
): Bitbucket {
  const policy: RetryPolicy = {
    attempts: 4,
    firstDelayMs: 1000,
    isHopeless: ({ kind, details: { code = '' } }) =>
      kind === 'unexpected_answer' ||
      code === 'ENOTFOUND' ||
      code === 'ECONNREFUSED' ||
      code.startsWith('HPE_') ||
      code === 'EPROXYURL',
  };
  const timeoutMs = Math.min(config.requestTimeoutMs, CHECK_SILENCE_MS);
  return create(config, environment, events, policy, rateLimitPatienceMs, timeoutMs);
}

function create(
  config: Config,
  environment: Environment,
  events: ConnectionEvents,
  retryPolicy: RetryPolicy,
  rateLimitPatienceMs: number,
  timeoutMs: number,
): Bitbucket {
  const { now, random, signal, variables = {} } = environment;
  const shared = {
    baseUrl: config.serverUrl,
    http: untold(config, environment, timeoutMs),
    ceiling: new Ceiling(config),
    retryPolicy,
    rateLimitPatienceMs,
    now,
    random,
    sleep: async (milliseconds: number, stop: AbortSignal) => {
      await delay(milliseconds, undefined, { signal: stop }).catch(() => undefined);
    },
    signal,
    events: {
      ...events,
      onRequest: (request: Parameters<SessionEvents['onRequest']>[0]) => {
        events.onRequest(request);
        environment.onRequest?.(requestLine(request));
      },
    },
  };
  const secrets = [...secretsOf(config), ...secretsOfProxies(variables)];
  const { credentials } = config;
  if (credentials.type !== 'store' && config.additionalTokens.length === 0 && config.credentialStore === null)
    return new Bitbucket(new Session({ ...shared, secrets, authorization: authorizationOf(credentials) }), now);
  const pool = new Pool({
    logins: () => loginsOf(config, environment),
    connect: ({ login }, { logins }, statistics: Statistics) =>
      new Session({
        ...{ ...shared, statistics, isReplaceable: logins.length > 1, authorization: authorizationOf(login) },
        secrets: [...secrets, ...logins.flatMap((each) => secretsOf({ credentials: each.login }))],
      }),
    warn: (message) => events.onWarning?.(message),
    now,
  });
  return new PooledBitbucket(pool, now);
}

/** All logins of a configuration; see {@link availableLogins}. */
export function loginsOf(config: Config, environment: Environment): Promise<AvailableLogins> {
  const { now, variables = {}, denied = new DeniedLogins() } = environment;
  const { credentials } = config;
  if (variables[LOGIN_DENIED] === 'true' && credentials.type !== 'store') denied.add(credentials);
  return availableLogins(config, { key: variables.BITBUCKET_CREDENTIALS_KEY, now, denied });
}

/** How this configuration reaches its server: certificates, proxies, time limits; no credentials. */
export function transport(config: Config, environment: Environment, timeoutMs: number): Http {
  const http = untold(config, environment, timeoutMs);
  const { onRequest, now } = environment;
  return onRequest === undefined ? http : telling(http, now, (request: SentRequest) => onRequest(requestLine(request)));
}

/** The same for a session, which tells of its requests itself. */
function untold(config: Config, environment: Environment, timeoutMs: number): Http {
  return createHttp({
    baseUrl: config.serverUrl,
    userAgent: `source-bitbucket-data-center/${version()}`,
    timeoutMs,
    maxConnections: config.maxConcurrency,
    certificates: certificatesOf(config, environment),
    verifyTls: config.verifyTls,
    proxyFor: proxiesOf(environment),
  });
}

/** A signal that follows another one, and is given after so many milliseconds at the latest. (AbortSignal.any may be collected before it is.) */
export function within(milliseconds: number, signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const abort = () => {
    signal.removeEventListener('abort', abort); // it may live for months, as that of `serve` does
    controller.abort();
  };
  setMaxListeners(0, signal, controller.signal); // one for each request under way
  signal.addEventListener('abort', abort);
  setTimeout(abort, milliseconds).unref();
  if (signal.aborted) abort();
  return controller.signal;
}

/** What is trusted in addition to Node's own; empty: Node's defaults, `NODE_EXTRA_CA_CERTS` among them. */
export function certificatesOf({ caCertificate }: Config, environment: Environment): string[] {
  return caCertificate === null ? [] : [caCertificate, ...extraCertificates(environment)];
}

/** The proxies that the environment names. */
export function proxiesOf({ variables = {} }: Environment): ProxyFor {
  return proxiesFrom(variables);
}

function authorizationOf(credentials: Credentials): string {
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

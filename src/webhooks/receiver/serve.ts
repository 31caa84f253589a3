import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { redactor } from '../../bitbucket/transport/redact';
import { type Config, ConfigError, passwordsInUrl } from '../../config/config';
import { openConfiguredInbox } from '../inbox/configured-inbox';
import type { Inbox } from '../inbox/inbox';
import { DEFAULT_PATH } from './default-path';
import { GapRecorder } from './gap-recorder';
import { GroupCommit } from './group-commit';
import { startHeartbeat } from './heartbeat';
import { Metrics } from './metrics';
import { createReceiver, type RequestHandler } from './receiver';
import { RefusalLog } from './refusal-log';
import { ClientAddresses } from './client-address';

/** What `serve` needs; everything ambient comes in here. */
export interface ServeOptions {
  readonly config: Config;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly path: string;
  /** Addresses or networks of proxies whose `X-Forwarded-For` is believed. @default none */
  readonly trustedProxies?: readonly string[];
  /** What is served beside the webhooks, such as the API that manages credentials. @default nothing */
  readonly beside?: RequestHandler | null;
  readonly now: () => number;
  readonly log: (line: string) => void;
  /** Aborting it ends the receiver: what has arrived is still answered. */
  readonly signal: AbortSignal;
}

/** Connections that wait to be accepted: where the queue is full, whoever comes is heard seconds later. */
const BACKLOG = 4096;
/** Requests under way have this long to end, in milliseconds. */
const GRACE_MS = 3000;

/** What a configuration must hold for a receiver. */
interface Settings {
  readonly path: string;
  readonly secrets: readonly string[];
  readonly trustedProxies: readonly string[];
}

/** Receives events until the signal. @throws ConfigError where the configuration does not say with which secret, or where to */
export async function serve(options: ServeOptions): Promise<void> {
  const { config, now, log, signal } = options;
  const { path, secrets, trustedProxies } = settingsOf(options);
  const redact = redactor(passwordsInUrl(config.webhookInbox));
  const monotonic = () => performance.now();
  const inbox = await openInboxOf(config, now);
  const onError = (message: string) => log(`ERROR ${redact(message)}`);
  const cannotWrite = (error: unknown) =>
    onError(`the inbox cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  const commits = new GroupCommit(inbox);
  const gaps = new GapRecorder({ inbox, onError: cannotWrite, sleep: (milliseconds) => delay(milliseconds) });
  const refusals = new RefusalLog(log, monotonic);
  const receiver = { path, secrets, inbox, commits, gaps, refusals, trustedProxies, metrics: new Metrics(now()) };
  const server = createReceiver({ ...receiver, beside: options.beside ?? null, now: monotonic, onError });
  try {
    await listen(server, options.host, options.port);
    const life = { inbox, receiver: randomUUID(), path, monotonic, now, onError: cannotWrite };
    const leave = await startHeartbeat({ ...life, onGap: (cause) => gaps.note(cause) });
    log(`listening on http://${hostOf(server.address() as AddressInfo)}`);
    log(`events are received at ${path}`);
    if (!signal.aborted) await once(signal, 'abort');
    await leave();
  } finally {
    await close(server);
    await commits.drain();
    await gaps.end();
    refusals.stop();
    await inbox.close();
  }
}

function settingsOf({ config, path: given, trustedProxies = [] }: ServeOptions): Settings {
  const path = given.replace(/\/+$/, '');
  if (path === '' || path === '/health' || path === '/metrics')
    throw new ConfigError(`--path is ${given}, where something else is: write a path such as ${DEFAULT_PATH}.`);
  if (config.webhookSecret === null)
    throw new ConfigError(
      'webhook_secret is missing: write the secret that the webhooks sign with; without it anybody could send events.',
    );
  try {
    new ClientAddresses(trustedProxies);
  } catch (error) {
    throw new ConfigError(
      `--trusted-proxy is ${error instanceof Error ? error.message : ''}: write the address of the proxy, or its network, such as 10.0.0.0/8.`,
    );
  }
  const secrets = [config.webhookSecret, config.webhookSecretPrevious].filter((secret) => secret !== null);
  return { path, secrets, trustedProxies };
}

/** Listens, or says why it cannot. */
async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen({ port, host, backlog: BACKLOG });
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    const why =
      code === 'EADDRINUSE'
        ? 'another program listens there'
        : code === 'EACCES'
          ? 'this user may not'
          : code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND'
            ? 'this host has no such address'
            : code;
    throw new ConfigError(
      `Nothing can listen on ${host}:${port}: ${why}. Write another --host or --port, such as --port ${port === 8080 ? 8081 : 8080}.`,
    );
  }
}

/** What is under way is answered; who only keeps a connection is cut off. */
async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  const limit = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await closed;
  clearTimeout(limit);
}

async function openInboxOf(config: Config, now: () => number): Promise<Inbox> {
  const inbox = await openConfiguredInbox(config, now);
  if (inbox !== null) return inbox;
  throw new ConfigError(
    'webhook_inbox is missing: write a folder such as /data/webhook-inbox, or a postgres:// URL, where events are kept until they are read.',
  );
}

function hostOf({ address, port, family }: AddressInfo): string {
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}

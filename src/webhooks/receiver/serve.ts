import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { redactor } from '../../bitbucket/transport/redact';
import { type Config, ConfigError, passwordsInUrl } from '../../config/config';
import { openConfiguredInbox } from '../inbox/configured-inbox';
import type { Inbox } from '../inbox/inbox';
import { DEFAULT_PATH } from './default-path';
import { GapRecorder } from './gap-recorder';
import { GroupCommit } from './group-commit';
import { startHeartbeat } from './heartbeat';
import { addressesBehind, close, listen } from './listening';
import { Metrics } from './metrics';
import { createReceiver, type RequestHandler } from './receiver';
import { RefusalLog } from './refusal-log';

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
    const url = await listen(server, options.host, options.port);
    const life = { inbox, receiver: randomUUID(), path, monotonic, now, onError: cannotWrite };
    const leave = await startHeartbeat({ ...life, onGap: (cause) => gaps.note(cause) });
    log(`listening on ${url}`);
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
  addressesBehind(trustedProxies); // or it says what is wrong with them
  const secrets = [config.webhookSecret, config.webhookSecretPrevious].filter((secret) => secret !== null);
  return { path, secrets, trustedProxies };
}

async function openInboxOf(config: Config, now: () => number): Promise<Inbox> {
  const inbox = await openConfiguredInbox(config, now);
  if (inbox !== null) return inbox;
  throw new ConfigError(
    'webhook_inbox is missing: write a folder such as /data/webhook-inbox, or a postgres:// URL, where events are kept until they are read.',
  );
}

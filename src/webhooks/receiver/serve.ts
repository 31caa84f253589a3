import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { redactor } from '../../bitbucket/transport/redact';
import { type Config, ConfigError, passwordsInUrl, secretsOf } from '../../config/config';
import { logLine } from '../../text/log-line';
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
import { type Answered, describeRequest } from './request-log';

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
  /** Tell of each request. @default only of those that are refused */
  readonly debug?: boolean;
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
  const say = (level: 'DEBUG' | 'INFO' | 'ERROR', message: string) => log(logLine(now(), level, message));
  const monotonic = () => performance.now();
  const inbox = await openInboxOf(config, now);
  const onError = (message: string) => say('ERROR', redact(message));
  const cannotWrite = (error: unknown) =>
    onError(`the inbox cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  const commits = new GroupCommit(inbox);
  const gaps = new GapRecorder({ inbox, onError: cannotWrite, sleep: (milliseconds) => delay(milliseconds) });
  const refusals = new RefusalLog((line) => say('INFO', line), monotonic);
  const receiver = { path, secrets, inbox, commits, gaps, refusals, trustedProxies, metrics: new Metrics(now()) };
  const server = createReceiver({
    ...{ ...receiver, beside: options.beside ?? null, now: monotonic, onError },
    ...(options.debug === true && { onAnswered: tellOf(config, (line) => say('DEBUG', line)) }),
  });
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

/** Whoever writes a path may write anything into it. */
function tellOf(config: Config, tell: (line: string) => void): (answered: Answered) => void {
  const redact = redactor(secretsOf(config));
  return (answered) => tell(describeRequest({ ...answered, path: redact(answered.path) }));
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

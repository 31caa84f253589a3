import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { redactor } from '../../bitbucket/transport/redact';
import { type Config, ConfigError, passwordsInUrl } from '../../config/config';
import { GroupCommit } from './group-commit';
import type { Inbox } from '../inbox/inbox';
import { Metrics } from './metrics';
import { openInbox } from '../inbox/open-inbox';
import { createReceiver, DEFAULT_PATH, type ReceiverOptions } from './receiver';

/** What `serve` needs; everything ambient comes in here. */
export interface ServeOptions {
  readonly config: Config;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly path: string;
  readonly now: () => number;
  readonly log: (line: string) => void;
  /** What is served beside the webhooks. @default nothing */
  readonly beside?: ReceiverOptions['beside'];
  /** Aborting it ends the receiver: what has arrived is still answered. */
  readonly signal: AbortSignal;
}

const BEAT_MS = 5000;
const TIDY_MS = 10 * 60_000;
/** Requests under way have this long to end, in milliseconds. */
const GRACE_MS = 3000;

/** Receives events until the signal. @throws ConfigError where the configuration does not say with which secret, or where to */
export async function serve(options: ServeOptions): Promise<void> {
  const { config, now, log, signal, beside = null } = options;
  const redact = redactor(passwordsInUrl(config.webhookInbox));
  const path = options.path.replace(/\/+$/, '');
  if (path === '' || path === '/health' || path === '/metrics')
    throw new ConfigError(`--path is ${options.path}, where something else is: write a path such as ${DEFAULT_PATH}.`);
  const secrets = [config.webhookSecret, config.webhookSecretPrevious].filter((secret) => secret !== null);
  if (config.webhookSecret === null)
    throw new ConfigError(
      'webhook_secret is missing: write the secret that the webhooks sign with; without it anybody could send events.',
    );
  if (config.webhookInbox === null)
    throw new ConfigError(
      'webhook_inbox is missing: write a folder, or a postgres:// URL, where events are kept until they are read.',
    );
  const inbox = await open(config.webhookInbox, redact);
  const commits = new GroupCommit(inbox);
  const onError = (message: string) => log(`ERROR ${redact(message)}`);
  const missing = { isSo: false };
  const onMissed = () => void (missing.isSo = true);
  const server = createReceiver({ path, secrets, inbox, commits, metrics: new Metrics(now()), now, onError, onMissed, beside });
  try {
    await listen(server, options.host, options.port);
    const receiver = randomUUID();
    const stopBeating = await beat(inbox, { receiver, path, now, onError, missing });
    log(`listening on http://${hostOf(server.address() as AddressInfo)}`);
    log(`events are received at ${path}`);
    if (!signal.aborted) await once(signal, 'abort');
    stopBeating();
    await inbox.leave(receiver).catch(() => undefined);
  } finally {
    await close(server);
    await commits.drain();
    await inbox.close();
  }
}

/** Listens, or says why it cannot. */
async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new ConfigError(
      `Nothing can listen on ${host}:${port} (${(error as NodeJS.ErrnoException).code ?? 'unknown'}): write another --host or --port.`,
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

async function open(place: string, redact: (text: string) => string): Promise<Inbox> {
  try {
    return await openInbox(place);
  } catch (error) {
    const what = /^postgres/i.test(place) ? 'the database that it names' : 'the folder that it names';
    throw new ConfigError(
      `webhook_inbox cannot be used: ${what} cannot be opened (${redact(error instanceof Error ? error.message : String(error))}).`,
    );
  }
}

interface Beating {
  readonly receiver: string;
  readonly path: string;
  readonly now: () => number;
  readonly onError: (message: string) => void;
  /** Whether an event could not be stored since the last sign of life. */
  readonly missing: { isSo: boolean };
}

/** Shows readers that the receiver lives, and keeps the inbox within its limits. @returns what ends it */
async function beat(inbox: Inbox, { receiver, path, now, onError, missing }: Beating): Promise<() => void> {
  const failed = (error: unknown) =>
    onError(`the inbox cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  const sign = async () => {
    const missed = missing.isSo;
    missing.isSo = false;
    await inbox.beat({ receiver, path, at: now(), missed }).catch((error: unknown) => {
      missing.isSo ||= missed;
      throw error;
    });
  };
  await sign();
  await inbox.tidy(now());
  const beats = setInterval(() => void sign().catch(failed), BEAT_MS);
  const tidying = setInterval(() => void inbox.tidy(now()).catch(failed), TIDY_MS);
  return () => {
    clearInterval(beats);
    clearInterval(tidying);
  };
}

function hostOf({ address, port, family }: AddressInfo): string {
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isPing, readEvent } from './event';
import type { GroupCommit } from './group-commit';
import type { Inbox } from './inbox';
import type { Metrics } from './metrics';
import { isSigned } from './signature';

/** The path that hooks send to, unless it is configured otherwise. */
export const DEFAULT_PATH = '/webhooks/bitbucket_data_center';
const MAX_BODY_BYTES = 25 * 1024 * 1024;
/** A request must be complete within this time, in milliseconds. */
const REQUEST_MS = 30_000;

/** What a receiver answers with. */
export interface ReceiverOptions {
  readonly path: string;
  /** The current secret and, while they are rotated, the previous one. */
  readonly secrets: readonly string[];
  readonly inbox: Inbox;
  readonly commits: GroupCommit;
  readonly metrics: Metrics;
  readonly now: () => number;
  /** Told what went wrong on our side. */
  readonly onError: (message: string) => void;
  /** A signed event could not be stored: it will not come again. */
  readonly onMissed: () => void;
}

/** A request is answered with another status than 200. */
class Refusal extends Error {
  constructor(
    readonly status: number,
    reason: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(reason);
  }
}

/**
 * The HTTP side: takes events at one path and answers 200 only when they are durable; `/health` and `/metrics` for those who watch it.
 * Nothing of a body is parsed before its signature was found right.
 */
export function createReceiver(options: ReceiverOptions): Server {
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
    void answer(options, request, response);
  });
  server.keepAliveTimeout = 65_000; // longer than the usual load balancer's
  return server;
}

async function answer(options: ReceiverOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const startedAt = performance.now();
  const path = (request.url ?? '/').replace(/\?.*$/, '');
  let status = 200;
  try {
    send(response, 200, await route(options, request, path));
  } catch (error) {
    const refusal = error instanceof Refusal ? error : failure(options, error);
    status = refusal.status;
    send(response, refusal.status, { text: `${refusal.message}\n` }, refusal.headers);
  }
  if (path === options.path) options.metrics.answer(status, performance.now() - startedAt);
}

interface Text {
  readonly text: string;
  readonly type?: string;
}

async function route(options: ReceiverOptions, request: IncomingMessage, path: string): Promise<Text> {
  if (path === options.path) return { text: `${await receive(options, request)}\n` };
  if (path !== '/health' && path !== '/metrics') throw new Refusal(404, `There is nothing here; events go to ${options.path}.`);
  if (request.method !== 'GET' && request.method !== 'HEAD') throw new Refusal(405, `${path} is read with GET.`, { allow: 'GET, HEAD' });
  const fill = await options.inbox.fill();
  if (path === '/health') return { text: 'ok\n' };
  return { text: options.metrics.print(fill), type: 'text/plain; version=0.0.4; charset=utf-8' };
}

/** Takes one event. @returns what to answer */
async function receive(options: ReceiverOptions, request: IncomingMessage): Promise<string> {
  if (request.method !== 'POST') throw new Refusal(405, 'Events are sent with POST.', { allow: 'POST' });
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\s*(?:;|$)/i.test(type)) throw new Refusal(415, 'Events are sent as application/json.');
  const body = await readBody(request);
  const eventKey = header(request, 'x-event-key');
  const signature = header(request, 'x-hub-signature');
  if (signature === undefined && isPing(eventKey, body)) {
    options.metrics.event('diagnostics:ping', true);
    return 'pong';
  }
  if (!isSigned(body, signature, options.secrets)) {
    throw new Refusal(401, signature === undefined ? 'The event is not signed: give the webhook its secret.' : 'The signature does not fit: the webhook has another secret.');
  }
  const event = readEvent(body, { eventKey, requestId: header(request, 'x-request-id') }, options.now());
  if (event === null) throw new Refusal(400, 'The body is not a JSON object.');
  const isNew = await options.commits.put(event.delivery).catch((error: unknown) => {
    options.onMissed();
    throw error;
  });
  options.metrics.event(event.key, isNew);
  return isNew ? 'accepted' : 'known';
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const tooLarge = () => new Refusal(413, `An event is at most ${MAX_BODY_BYTES / 1024 / 1024} MB.`, { connection: 'close' });
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

function failure({ onError }: ReceiverOptions, error: unknown): Refusal {
  onError(`the inbox does not work: ${error instanceof Error ? error.message : String(error)}`);
  return new Refusal(503, 'The inbox does not work; nothing was stored.');
}

function send(response: ServerResponse, status: number, { text, type = 'text/plain; charset=utf-8' }: Text, headers: Readonly<Record<string, string>> = {}): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, { ...headers, 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

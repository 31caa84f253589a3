import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isPing, readEvent } from './event';
import type { GroupCommit } from './group-commit';
import type { Inbox } from '../inbox/inbox';
import type { Metrics } from './metrics';
import { isSigned } from './signature';

/** The path that hooks send to, unless it is configured otherwise. */
export const DEFAULT_PATH = '/webhooks/bitbucket_data_center';
const MB = 1024 * 1024;
const MAX_BODY_BYTES = 25 * MB;
/** Bodies that are under way, all together: whoever has no secret can fill no more memory than this. */
const MAX_BUFFERED_BYTES = 100 * MB;
/** Who goes on sending what is too large is cut off here: before that, the answer is to be heard. */
const MAX_DISCARDED_BYTES = 100 * MB;
/** A request must be complete within this time, and its headers within the other, in milliseconds. */
const REQUEST_MS = 30_000;
const HEADERS_MS = 10_000;
/** How often that is looked at. */
const CHECK_MS = 2000;
const MAX_CONNECTIONS = 4096;

/** What a receiver answers with. */
export interface ReceiverOptions {
  /** Without slashes at its end, which do not matter. */
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
  /** Answers what else is served beside the webhooks. @returns whether the request was for it */
  readonly beside: ((request: IncomingMessage, response: ServerResponse) => Promise<boolean>) | null;
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
  const bodies = new Bodies();
  const limits = { requestTimeout: REQUEST_MS, headersTimeout: HEADERS_MS, connectionsCheckingInterval: CHECK_MS };
  const server = createServer(limits, (request, response) => {
    void answer(options, bodies, request, response);
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.keepAliveTimeout = 65_000; // longer than the usual load balancer's
  return server;
}

async function answer(
  options: ReceiverOptions,
  bodies: Bodies,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const startedAt = performance.now();
  const path = pathOf(request);
  if (path !== options.path && (await options.beside?.(request, response)) === true) return;
  let status = 200;
  try {
    send(response, 200, await route(options, bodies, request, path));
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

async function route(options: ReceiverOptions, bodies: Bodies, request: IncomingMessage, path: string): Promise<Text> {
  if (path === options.path) return { text: `${await receive(options, bodies, request)}\n` };
  if (path !== '/health' && path !== '/metrics') throw new Refusal(404, `There is nothing here; events go to ${options.path}.`);
  if (request.method !== 'GET' && request.method !== 'HEAD')
    throw new Refusal(405, `${path} is read with GET.`, { allow: 'GET, HEAD' });
  const fill = await options.inbox.fill();
  if (path === '/health') return { text: 'ok\n' };
  return { text: options.metrics.print(fill), type: 'text/plain; version=0.0.4; charset=utf-8' };
}

/** Takes one event. @returns what to answer */
async function receive(options: ReceiverOptions, bodies: Bodies, request: IncomingMessage): Promise<string> {
  if (request.method !== 'POST') throw new Refusal(405, 'Events are sent with POST.', { allow: 'POST' });
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\s*(?:;|$)/i.test(type)) throw new Refusal(415, 'Events are sent as application/json.');
  const body = await bodies.read(request);
  const eventKey = header(request, 'x-event-key');
  const signature = header(request, 'x-hub-signature');
  if (signature === undefined && isPing(eventKey, body)) {
    options.metrics.event('diagnostics:ping', true);
    return 'pong';
  }
  if (!isSigned(body, signature, options.secrets)) {
    throw new Refusal(
      401,
      signature === undefined
        ? 'The event is not signed: give the webhook its secret.'
        : 'The signature does not fit: the webhook has another secret.',
    );
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

/** Reads bodies into memory, within limits for each and for all together. */
class Bodies {
  private buffered = 0;

  /** Rejects as soon as it is too much; what then still comes is thrown away, so that the sender can hear the answer. */
  read(request: IncomingMessage): Promise<Buffer> {
    const tooLarge = () => new Refusal(413, `An event is at most ${MAX_BODY_BYTES / MB} MB.`);
    return new Promise((resolve, reject) => {
      let chunks: Buffer[] | null = [];
      let length = 0;
      let held = 0;
      const settle = () => {
        this.buffered -= held;
        held = 0;
        chunks = null;
      };
      const refuse = (refusal: Refusal) => {
        settle();
        reject(refusal);
      };
      request.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > MAX_DISCARDED_BYTES) request.destroy();
        if (chunks === null) return;
        chunks.push(chunk);
        held += chunk.length;
        this.buffered += chunk.length;
        if (length > MAX_BODY_BYTES) refuse(tooLarge());
        else if (this.buffered > MAX_BUFFERED_BYTES)
          refuse(new Refusal(503, 'Too much is being received at once.', { 'retry-after': '1' }));
      });
      request.once('end', () => {
        const whole = Buffer.concat(chunks ?? [], chunks === null ? 0 : length);
        settle();
        resolve(whole);
      });
      request.once('error', () => refuse(new Refusal(400, 'The body did not arrive.')));
      request.once('close', () => refuse(new Refusal(400, 'The body did not arrive.')));
      if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) refuse(tooLarge());
    });
  }
}

/** Without the query, and without slashes at its end. */
function pathOf({ url = '/' }: IncomingMessage): string {
  return withoutSlashes(url.replace(/\?.*$/, ''));
}

function withoutSlashes(path: string): string {
  return path.replace(/(?<=[^/])\/+$/, '');
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

function failure({ onError }: ReceiverOptions, error: unknown): Refusal {
  onError(`the inbox does not work: ${error instanceof Error ? error.message : String(error)}`);
  return new Refusal(503, 'The inbox does not work; nothing was stored.');
}

function send(
  response: ServerResponse,
  status: number,
  { text, type = 'text/plain; charset=utf-8' }: Text,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, { ...headers, 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

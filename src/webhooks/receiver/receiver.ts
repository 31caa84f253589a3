import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Fill, Inbox } from '../inbox/inbox';
import { Bodies } from './bodies';
import { ClientAddresses } from './client-address';
import { Connections } from './connections';
import { EventDoor } from './event-door';
import type { GapRecorder } from './gap-recorder';
import type { GroupCommit } from './group-commit';
import type { Metrics } from './metrics';
import { Refusal } from './refusal';
import type { RefusalLog } from './refusal-log';
import type { Answered, Refused, Taken } from './request-log';

/** Headers must be complete within this time, a request within the other, and a connection on which nothing is asked is closed after the third, in milliseconds. */
const HEADERS_MS = 5000;
const REQUEST_MS = 30_000;
const IDLE_MS = 5000;
/** How often that is looked at. */
const CHECK_MS = 1000;
/** What a server gives to whoever is not known. */
export const SERVER_LIMITS = {
  requestTimeout: REQUEST_MS,
  headersTimeout: HEADERS_MS,
  connectionsCheckingInterval: CHECK_MS,
  keepAliveTimeout: IDLE_MS,
};
/** The same for a connection that brought a signed event: longer than the usual load balancer keeps it. */
const IDLE_OF_TRUSTED_MS = 65_000;
/** Who goes on sending what was refused is cut off after so much, or so long: before that, the answer is to be heard. */
const DISCARDED_BYTES = 1024 * 1024;
const DISCARDED_MS = 2000;
/** So much a piece counts at least: many small ones cost as much. */
const LEAST_PIECE_BYTES = 1024;
/** What the inbox holds is asked for once in this time, however many want to know. */
const FILL_MS = 1000;

/** Answers a request if it is for what it serves. @returns whether it was */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/** What a receiver answers with. */
export interface ReceiverOptions {
  /** Without slashes at its end, which do not matter. */
  readonly path: string;
  /** The current secret and, while they are rotated, the previous one. */
  readonly secrets: readonly string[];
  readonly inbox: Inbox;
  readonly commits: GroupCommit;
  readonly metrics: Metrics;
  readonly gaps: Pick<GapRecorder, 'note'>;
  readonly refusals: Pick<RefusalLog, 'note'>;
  /** Proxies whose word is taken for whom a request comes from. */
  readonly trustedProxies: readonly string[];
  /** Answers what else is served beside the webhooks. */
  readonly beside: RequestHandler | null;
  /** A clock that only goes forward, in milliseconds. */
  readonly now: () => number;
  /** Told what went wrong on our side. */
  readonly onError: (message: string) => void;
  /** Told what came of each request, but of those that were answered beside. @default nobody */
  readonly onAnswered?: (answered: Answered) => void;
}

/**
 * The HTTP side: takes events at one path and answers 200 only when they are durable; `/health` and `/metrics` for those who watch it.
 * What is not known to be signed gets little room and little time, and nothing of a body is parsed before its signature was found right.
 */
export function createReceiver(options: ReceiverOptions): Server {
  const addresses = new ClientAddresses(options.trustedProxies);
  const bodies = new Bodies(options.now);
  const server = createServer(SERVER_LIMITS);
  const connections = new Connections(server, addresses, options.now, {
    onDropped: (address, why) => {
      options.refusals.note(address, `a connection was closed: ${why}`);
      options.metrics.gap();
      options.gaps.note(`a connection was closed: ${why}`);
    },
  });
  const receiver = new Receiver(options, addresses, bodies, connections);
  server.on('request', (request, response) => void receiver.answer(request, response));
  server.on('close', () => {
    bodies.stop();
    connections.stop();
  });
  return server;
}

interface Text {
  readonly text: string;
  readonly type?: string;
}

class Receiver {
  private readonly door: EventDoor;
  private fill: { readonly at: number; readonly is: Promise<Fill> } | null = null;

  constructor(
    private readonly options: ReceiverOptions,
    private readonly addresses: ClientAddresses,
    bodies: Bodies,
    private readonly connections: Connections,
  ) {
    this.door = new EventDoor({ ...options, bodies });
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.once('close', this.connections.begin(request.socket));
    const path = pathOf(request);
    if (path === this.options.path) return this.answerEvent(request, response);
    const startedAt = this.options.now();
    let status = 200;
    try {
      if ((await this.options.beside?.(request, response)) === true) return;
      send(response, 200, await this.read(request, path));
    } catch (error) {
      const { message, details, ...refusal } = error instanceof Refusal ? error : this.failure(error);
      status = refusal.status;
      send(response, status, { text: `${message}\n` }, details.headers);
      discard(request);
    }
    if (this.options.onAnswered !== undefined) this.tell(request, this.addresses.ofRequest(request), status, startedAt, null);
  }

  private async answerEvent(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { metrics, now, refusals } = this.options;
    const startedAt = now();
    const address = this.addresses.ofRequest(request);
    let status = 200;
    let outcome: Taken | Refused;
    try {
      outcome = await this.door.take(request, address);
      if (outcome.said !== 'pong') this.trust(request, response);
      send(response, 200, { text: `${outcome.said}\n` });
    } catch (error) {
      const refusal = error instanceof Refusal ? error : this.failure(error);
      status = refusal.status;
      outcome = { refusal: refusal.message };
      refusals.note(address, `${status} ${refusal.message}`);
      if (refusal.details.isGap === true) {
        metrics.gap();
        this.options.gaps.note(`${status} ${refusal.message}`);
      }
      send(response, status, { text: `${refusal.message}\n` }, refusal.details.headers);
      discard(request);
    }
    metrics.answer(status, now() - startedAt);
    if (this.options.onAnswered !== undefined) this.tell(request, address, status, startedAt, outcome);
  }

  private tell(request: IncomingMessage, address: string, status: number, startedAt: number, outcome: Answered['outcome']): void {
    const milliseconds = this.options.now() - startedAt;
    this.options.onAnswered?.({ method: request.method ?? '', path: pathOf(request), status, milliseconds, address, outcome });
  }

  /** Whoever has the secret may keep the connection. */
  private trust({ socket }: IncomingMessage, response: ServerResponse): void {
    this.connections.trust(socket);
    response.once('finish', () => socket.setTimeout(IDLE_OF_TRUSTED_MS));
  }

  private async read(request: IncomingMessage, path: string): Promise<Text> {
    const { metrics } = this.options;
    if (path !== '/health' && path !== '/metrics')
      throw new Refusal(404, `There is nothing here; events go to ${this.options.path}.`);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw new Refusal(405, `${path} is read with GET.`, { headers: { allow: 'GET, HEAD' } });
    const fill = await this.askForFill();
    if (path === '/health') return { text: 'ok\n' };
    return { text: await metrics.print(fill), type: metrics.contentType };
  }

  private askForFill(): Promise<Fill> {
    const { inbox, now } = this.options;
    if (this.fill === null || now() - this.fill.at >= FILL_MS) this.fill = { at: now(), is: inbox.fill() };
    return this.fill.is;
  }

  private failure(error: unknown): Refusal {
    this.options.onError(`the inbox does not work: ${error instanceof Error ? error.message : String(error)}`);
    return new Refusal(503, 'The inbox does not work; nothing was stored.', { isGap: true });
  }
}

/** Without the query, and without slashes at its end. */
function pathOf({ url = '/' }: IncomingMessage): string {
  return url.replace(/\?.*$/, '').replace(/(?<=[^/])\/+$/, '');
}

/** What still comes of a refused body is thrown away, within limits, so that the sender can hear the answer. */
function discard(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  let left = DISCARDED_BYTES;
  const limit = setTimeout(() => request.destroy(), DISCARDED_MS);
  request.on('data', (piece: Buffer) => {
    left -= Math.max(piece.length, LEAST_PIECE_BYTES);
    if (left < 0) request.destroy();
  });
  const done = () => clearTimeout(limit);
  request.once('end', done).once('close', done).resume();
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

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal, type Answer } from './answers';
import type { Authentication, Identity } from './authentication';
import { BodyCache } from './body-cache';
import type { Faults } from './faults';
import type { PageOptions } from './paging';
import type { RateLimit } from './rate-limit';
import type { LoggedRequest } from './request-log';
import { sendFaulty } from './faulty-answers';
import { render, send, type Rendered } from './responder';
import { route, type Capped, type Context, type Match } from './routes';

export interface ServerOptions {
  readonly context: Context;
  readonly authentication: Authentication;
  readonly faults: Faults;
  readonly rateLimit: RateLimit;
  readonly contextPath: string;
  readonly latency: () => number;
  readonly tls: { readonly key: string; readonly cert: string } | undefined;
  readonly compresses: boolean;
  /** How many requests the log keeps. */
  readonly logSize: number;
}

/** A request before it is answered. */
export interface Incoming {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly route: LoggedRequest['route'];
}

export type Hook = (request: Incoming, n: number) => void | Promise<void>;

/** The HTTP side: who asks, what goes wrong, what is answered, what is remembered. */
export class SimulatorServer {
  requests: LoggedRequest[] = [];
  maxInFlight = 0;
  hook: Hook | undefined;
  private inFlight = 0;
  private count = 0;
  private readonly cache = new BodyCache();
  private readonly server: Server;

  constructor(private readonly options: ServerOptions) {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      this.handle(request, response).catch((error: unknown) => {
        if (error instanceof Error && 'code' in error) response.destroy();
        else response.destroy(console.error(error) as never);
      });
    };
    this.server = options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
    this.server.keepAliveTimeout = 60_000;
  }

  /** Listens on 127.0.0.1; the origin. */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    return `${this.options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.inFlight += 1;
    this.maxInFlight = Math.max(this.maxInFlight, this.inFlight);
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
    const { contextPath } = this.options;
    const inner = path.startsWith(`${contextPath}/`) ? path.slice(contextPath.length) : undefined;
    const match = route(inner);
    const logged: LoggedRequest = {
      method: request.method ?? 'GET',
      path,
      query: Object.fromEntries(query),
      route: match.name,
      status: 0,
      user: null,
      startedAt: Date.now(),
      endedAt: 0,
      bytes: 0,
      authorized: 'none',
      owner: null,
      body: '',
      headers: request.headers,
    };
    this.requests.push(logged);
    if (this.requests.length > this.options.logSize) this.requests.shift();
    this.count += 1;
    let open = true;
    response.once('close', () => {
      if (!open) return;
      open = false;
      this.inFlight -= 1;
      logged.endedAt = Date.now();
      if (response.writableFinished || response.headersSent) logged.status = response.statusCode;
    });
    if (this.hook !== undefined) await this.hook(logged, this.count);
    const wait = this.options.latency();
    if (wait > 0) await sleep(wait);
    if (response.destroyed) return;
    const fault = this.options.faults.strike(match.name, url, request.headers.accept ?? '*/*');
    if (!this.options.compresses) delete request.headers['accept-encoding'];
    if (request.method !== 'GET') logged.body = await text(request);
    const asked = {
      request,
      match,
      query,
      url: url.slice(contextPath.length),
      logged,
      anonymous: fault?.kind === 'anonymous',
      body: logged.body,
    };
    // The one request that the server answers only after it has sent one itself.
    if (match.name === 'webhooks' && request.method === 'POST') await this.options.context.webhooks.test(url);
    if (fault === undefined || fault.kind === 'anonymous')
      logged.bytes = await send(request, response, this.answer(asked, response));
    else
      logged.bytes = await sendFaulty({
        ...{ request, response, fault, query },
        answer: (start) => this.answer(start === undefined ? asked : from(asked, start), response),
      });
  }

  /** The right answer, and the headers that tell whom it was given to. */
  private answer(asked: Asked, response: ServerResponse): Rendered {
    const { request, match, logged } = asked;
    response.setHeader('X-AREQUESTID', `@1D9AZX0x${Math.floor(logged.startedAt / 60_000) % 1440}x${this.count}x${this.inFlight}`);
    response.setHeader('X-ASEN', 'SEN-L0000000');
    response.setHeader('Vary', 'X-AUSERNAME,X-AUSERID,Cookie,Accept-Encoding');
    response.setHeader('Cache-Control', 'private, no-cache, no-transform');
    try {
      if (!allows(match, request.method ?? 'GET')) return render({ kind: 'empty', status: 405 });
      const open = match.name === 'status' || !asked.url.startsWith('/rest/');
      const presented = asked.anonymous || open ? undefined : request.headers.authorization;
      const { identity } = this.options.authentication.identify(presented, (owner, scheme) => {
        Object.assign(logged, { owner, authorized: scheme });
      });
      if (identity.kind === 'user') {
        logged.user = identity.user.name;
        response.setHeader('X-AUSERNAME', encodeURIComponent(identity.user.name));
        response.setHeader('X-AUSERID', String(identity.user.id));
      }
      if (presented !== undefined) this.options.rateLimit.take(nameOf(identity));
      return this.routed(asked, identity);
    } catch (error) {
      if (error instanceof Refusal) return render(error.answer);
      throw error;
    }
  }

  private routed(asked: Asked, identity: Identity): Rendered {
    const { match, query, url, request } = asked;
    const context = asked.anonymous ? openToAll(this.options.context) : this.options.context;
    const accept = request.headers.accept ?? '*/*';
    const parity = match.name === 'pull-requests' ? this.parity(asked) : 0;
    const key = `${nameOf(identity)} ${parity} ${JSON.stringify(context.settings)} ${accept.includes('text/plain')} ${url}`;
    const cacheable = CACHEABLE.has(match.name);
    const known = cacheable ? this.cache.get(key, context.world.revision) : undefined;
    if (known !== undefined) return { status: 200, type: 'application/json;charset=UTF-8', body: known, headers: {} };
    const answer: Answer = match.handler({
      context,
      identity,
      parameters: match.parameters,
      query,
      accept,
      url,
      paging: (resource) => this.paging(resource),
      method: request.method ?? 'GET',
      body: asked.body,
    });
    const rendered = render(answer);
    if (cacheable && rendered.status === 200 && rendered.body !== undefined) this.cache.set(key, rendered.body);
    return rendered;
  }

  /** Which of the two looks of merge results this list shows: they change whenever a list is begun. */
  private parity({ match, query }: Asked): number {
    const { world, views } = this.options.context;
    const repository = world.findRepository(`${match.parameters[0] ?? ''}/${match.parameters[1] ?? ''}`);
    if (repository === undefined) return 0;
    if (Number(query.get('start') ?? 0) === 0) views.set(repository.id, (views.get(repository.id) ?? 0) + 1);
    return (views.get(repository.id) ?? 0) % 2;
  }

  private paging(resource: Capped): PageOptions {
    const { settings, world } = this.options.context;
    return { cap: settings.caps[resource], sparse: settings.sparsePages, nullNext: world.features.nullNextPage };
  }
}

/** Whom a bucket of tokens belongs to, and a body that was rendered. */
const nameOf = (identity: Identity): string =>
  identity.kind === 'user' ? `user ${identity.user.name}` : identity.kind === 'token' ? identity.name : identity.kind;

const CACHEABLE = new Set<string>(['pull-requests', 'activities', 'branches', 'tags', 'commits', 'pull-request-commits']);

const allows = ({ name }: Match, method: string): boolean =>
  name === 'webhooks' || method === (name === 'build-stats' ? 'POST' : 'GET');

/** The same request for another page. */
const from = (asked: Asked, start: number): Asked => {
  const query = new URLSearchParams(asked.query);
  query.set('start', String(start));
  return { ...asked, query, url: `${asked.url.split('?')[0] ?? ''}?${query.toString()}` };
};

/** As a server with public access answers. */
const openToAll = (context: Context): Context => ({ ...context, settings: { ...context.settings, publicAccess: true } });

interface Asked {
  readonly request: IncomingMessage;
  readonly match: Match;
  readonly query: URLSearchParams;
  readonly url: string;
  readonly logged: LoggedRequest;
  readonly anonymous: boolean;
  readonly body: string;
}

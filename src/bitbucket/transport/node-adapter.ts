import type http from 'node:http';
import type { AxiosAdapter, AxiosRequestConfig, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { AxiosHeaders } from './axios';
import { Body } from './body';
import { type Destination, Destinations } from './destination';
import { Exchanges } from './exchanges';
import type { HttpOptions } from './http-options';
import { Issuers } from './issuers';
import { routeTo, timeoutError, type Trust } from './route';

/** What is sent, as axios passes it on: members of a class of ours it neither copies, nor merges, nor examines one by one. */
export class Outgoing {
  constructor(
    /** Below the base URL, or a whole one. */
    readonly url: string,
    readonly method: string,
    readonly headers: Readonly<Record<string, string>>,
    readonly body: string | undefined,
    /** Less patience than usual. */
    readonly timeoutMs: number | undefined,
    readonly signal: AbortSignal | undefined,
  ) {}
}

/** All that axios is asked for. */
export type NodeRequest = AxiosRequestConfig & { readonly outgoing: Outgoing };

/** What the adapter gives axios as `data`; its head, which axios would copy header by header, with it. */
export interface Received {
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Body;
}

export type NodeResponse = AxiosResponse<Received>;

/** Answers of an exchange take longer than the silence that is a failure. */
const PATIENCE = 10;
/** The answer's own are in {@link Received}. */
const NO_HEADERS = new AxiosHeaders();

/**
 * An axios adapter over `node:http`: kept-alive connections, proxies, certificates and time limits of our own. It rejects with what
 * Node says, never with an AxiosError, which would carry the Authorization header.
 */
export function nodeAdapter(options: HttpOptions, trust: Trust): AxiosAdapter {
  const { baseUrl, userAgent, timeoutMs, maxConnections, proxyFor, patienceMs = PATIENCE * timeoutMs } = options;
  // Not given to axios: it would examine each of them with each request.
  const common = { 'user-agent': userAgent, 'accept-encoding': 'gzip' };
  const destinations = new Destinations(baseUrl, (origin) =>
    routeTo(origin, { proxy: proxyFor?.(origin) ?? null, trust, maxConnections, timeoutMs }),
  );
  const issuers = new Issuers();
  const exchanges = new Exchanges(patienceMs);
  return (config) => {
    const { outgoing } = config as InternalAxiosRequestConfig & NodeRequest;
    const destination = destinations.of(outgoing.url);
    return new Promise<NodeResponse>((resolve, reject) => {
      send({ config, sent: outgoing, common, destination, timeoutMs, issuers, exchanges }, resolve, reject);
    });
  };
}

interface Sending {
  readonly config: InternalAxiosRequestConfig;
  readonly sent: Outgoing;
  /** Headers of every request. */
  readonly common: Readonly<Record<string, string>>;
  readonly destination: Destination;
  readonly timeoutMs: number;
  readonly issuers: Issuers;
  readonly exchanges: Exchanges;
}

function send(sending: Sending, resolve: (response: NodeResponse) => void, reject: (error: Error) => void): void {
  const { config, sent, common, destination, issuers, exchanges } = sending;
  const { route } = destination;
  const timeoutMs = sent.timeoutMs === undefined ? sending.timeoutMs : Math.min(sent.timeoutMs, sending.timeoutMs);
  const reach = route.optionsFor(destination);
  // What is added to a spread object has a hidden class of its own, each time: the spread comes after something, never first.
  const outgoing = route.request({
    method: sent.method,
    timeout: timeoutMs,
    ...reach,
    headers: headerList(reach.headers, common, sent.headers),
  });
  let incoming: http.IncomingMessage | null = null;
  // Not by the option `signal`: before it has a socket, as while a tunnel is opened, a request that is cancelled so does not say it.
  const fail = (error: Error) => {
    if (incoming !== null) incoming.destroy(error);
    outgoing.destroy(error);
    reject(error);
  };
  const exchange = { fail, signal: sent.signal, startedAt: exchanges.now() };
  outgoing.on('close', () => {
    exchanges.delete(exchange);
    // As after a 101: the connection was given up, and nobody says why.
    if (incoming === null) reject(Object.assign(new Error('the connection ended without an answer'), { code: 'ECONNRESET' }));
  });
  if (route.encrypts) outgoing.on('socket', (socket) => issuers.watch(socket));
  outgoing.on('response', (message) => {
    incoming = message;
    const data = { headers: message.headers, body: new Body(message) };
    resolve({ status: message.statusCode ?? 0, statusText: '', headers: NO_HEADERS, config, data });
  });
  outgoing.on('timeout', () => fail(timeoutError(timeoutMs)));
  outgoing.on('error', (error) => {
    const issuer = issuers.of(outgoing.socket);
    reject(Object.assign(error, { reusedSocket: outgoing.reusedSocket }, issuer !== null && { issuer }));
  });
  exchanges.add(exchange);
  outgoing.end(sent.body);
}

/** Names and values, one after the other: headers that are given so are written as they are, without being looked up by name. Each stands in one of the groups. */
function headerList(...groups: readonly Readonly<Record<string, string>>[]): string[] {
  const list: string[] = [];
  for (const group of groups) for (const name in group) list.push(name, group[name] ?? '');
  return list;
}

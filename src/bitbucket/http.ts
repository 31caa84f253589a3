import type http from 'node:http';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { Body } from './body';
import type { ProxyFor } from './proxy';
import { type Route, routeTo, timeoutError, type Trust } from './route';

/** One request as it goes over the wire. */
export interface HttpRequest {
  /** @default GET */
  readonly method?: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

/** One answer, its body still on its way. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Body;
}

/** The transport: rejects when no answer comes, or with what stood in its way. The body's errors come with the body. */
export type Http = (request: HttpRequest) => Promise<HttpAnswer>;

/** What the transport needs to know of the connection. */
export interface HttpOptions {
  /** Without a byte for this long (milliseconds), a request has failed with ETIMEDOUT. */
  readonly timeoutMs: number;
  /** Connections at most. */
  readonly maxConnections: number;
  /** PEM certificates trusted in addition to Node's own. */
  readonly certificates: readonly string[];
  /** @default true */
  readonly verifyTls: boolean;
  /** @default no proxy */
  readonly proxyFor?: ProxyFor;
}

/** Node's own roots and further certificates; no certificates leave Node's defaults, `NODE_EXTRA_CA_CERTS` among them, as they are. */
export function trustOf({ certificates, verifyTls }: Pick<HttpOptions, 'certificates' | 'verifyTls'>): Trust {
  return {
    ...(certificates.length > 0 && { secureContext: tls.createSecureContext({ ca: [...tls.rootCertificates, ...certificates] }) }),
    ...(!verifyTls && { rejectUnauthorized: false }),
  };
}

/** A transport over `node:http` with kept-alive connections, gzip, proxies and certificates of its own. */
export function createHttp(options: HttpOptions): Http {
  const trust = trustOf(options);
  const { maxConnections, timeoutMs } = options;
  const routes = new Map<string, Route>();
  const routeFor = (url: URL): Route => {
    const known = routes.get(url.origin);
    if (known !== undefined) return known;
    const route = routeTo(url, { proxy: options.proxyFor?.(url) ?? null, trust, maxConnections, timeoutMs });
    routes.set(url.origin, route);
    return route;
  };
  const issuers: Issuers = new WeakMap();
  return async (request) => send(request, routeFor(request.url), timeoutMs, issuers);
}

/** Who issued what a server showed, by connection. */
type Issuers = WeakMap<Duplex, string | null>;

function send(request: HttpRequest, route: Route, timeoutMs: number, issuers: Issuers): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const { url, signal, method = 'GET', body } = request;
    // Bitbucket takes a change without this header for one that a foreign page has a browser send.
    const change = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body ?? '')), 'x-atlassian-token': 'no-check' };
    const reach = route.optionsFor(url);
    const headers = { ...(reach.headers as http.OutgoingHttpHeaders | undefined), ...request.headers, ...(method !== 'GET' && change), 'accept-encoding': 'gzip' };
    const outgoing = route.request({ ...reach, method, headers, timeout: timeoutMs });
    // Not as the option `signal`: before it has a socket, as while a tunnel is opened, a request that is cancelled so does not say it.
    const cancel = () => {
      const error = Object.assign(new Error('cancelled'), { code: 'ABORT_ERR' });
      outgoing.destroy(error);
      reject(error);
    };
    if (signal?.aborted === true) cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    outgoing.once('close', () => signal?.removeEventListener('abort', cancel));
    outgoing.once('socket', (socket) => {
      if (!(socket instanceof tls.TLSSocket) || issuers.has(socket)) return;
      issuers.set(socket, null);
      // Once the certificate is refused, the socket has forgotten it: 'secure' comes just before.
      socket.prependOnceListener('secure', () => issuers.set(socket, issuerOf(socket)));
    });
    outgoing.once('response', (incoming) => {
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: new Body(incoming) });
    });
    outgoing.once('timeout', () => outgoing.destroy(timeoutError(timeoutMs)));
    outgoing.once('error', (error) => {
      const issuer = outgoing.socket === null ? null : (issuers.get(outgoing.socket) ?? null);
      reject(Object.assign(error, { reusedSocket: outgoing.reusedSocket }, issuer !== null && { issuer }));
    });
    outgoing.end(body);
  });
}

/** Who issued the last of the certificates that the server showed: the authority that is missing; null before it showed any. */
function issuerOf(socket: tls.TLSSocket): string | null {
  let certificate = socket.getPeerCertificate(true) as tls.DetailedPeerCertificate | null;
  while (certificate?.issuerCertificate !== undefined && certificate.issuerCertificate.fingerprint256 !== certificate.fingerprint256) {
    certificate = certificate.issuerCertificate;
  }
  const issuer = certificate?.issuer as { CN?: string; O?: string } | undefined;
  return issuer?.CN ?? issuer?.O ?? null;
}

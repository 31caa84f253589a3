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
    ...(certificates.length > 0 && {
      secureContext: tls.createSecureContext({ ca: [...tls.rootCertificates, ...certificates] }),
    }),
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
  const cancellations = new Cancellations();
  return (request) => send(request, routeFor(request.url), timeoutMs, issuers, cancellations);
}

/** Who issued what a server showed, by connection. */
type Issuers = WeakMap<Duplex, string | null>;

/** What is to be done when a signal is given: one listener for all requests that wait for it, for each of its own is slow to come and go. */
class Cancellations {
  private readonly bySignal = new WeakMap<AbortSignal, Set<() => void>>();

  of(signal: AbortSignal): Set<() => void> {
    const known = this.bySignal.get(signal);
    if (known !== undefined) return known;
    const waiting = new Set<() => void>();
    this.bySignal.set(signal, waiting);
    const cancelAll = () => {
      for (const cancel of waiting) cancel();
    };
    signal.addEventListener('abort', cancelAll, { once: true });
    return waiting;
  }
}

function send(
  request: HttpRequest,
  route: Route,
  timeoutMs: number,
  issuers: Issuers,
  cancellations: Cancellations,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const { url, signal, method = 'GET', body } = request;
    const reach = route.optionsFor(url);
    const headers = {
      ...(reach.headers as http.OutgoingHttpHeaders | undefined),
      ...request.headers,
      ...(method !== 'GET' && changing(body)),
      'accept-encoding': 'gzip',
    };
    const outgoing = route.request({ ...reach, method, headers, timeout: timeoutMs });
    // Not as the option `signal`: before it has a socket, as while a tunnel is opened, a request that is cancelled so does not say it.
    if (signal !== undefined) {
      const cancel = () => {
        const error = Object.assign(new Error('cancelled'), { code: 'ABORT_ERR' });
        outgoing.destroy(error);
        reject(error);
      };
      const waiting = cancellations.of(signal);
      if (signal.aborted) cancel();
      else waiting.add(cancel);
      outgoing.on('close', () => waiting.delete(cancel));
    }
    if (route.encrypts) outgoing.on('socket', (socket) => socket instanceof tls.TLSSocket && rememberIssuer(socket, issuers));
    outgoing.on('response', (incoming) => {
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: new Body(incoming) });
    });
    outgoing.on('timeout', () => outgoing.destroy(timeoutError(timeoutMs)));
    outgoing.on('error', (error) => {
      const issuer = outgoing.socket === null ? null : (issuers.get(outgoing.socket) ?? null);
      reject(Object.assign(error, { reusedSocket: outgoing.reusedSocket }, issuer !== null && { issuer }));
    });
    outgoing.end(body);
  });
}

/** Bitbucket takes a change without the last header for one that a foreign page has a browser send. */
function changing(body: string | undefined): Record<string, string> {
  return {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body ?? '')),
    'x-atlassian-token': 'no-check',
  };
}

/** Once the certificate is refused, the socket has forgotten it: 'secure' comes just before. */
function rememberIssuer(socket: tls.TLSSocket, issuers: Issuers): void {
  if (issuers.has(socket)) return;
  issuers.set(socket, null);
  socket.prependOnceListener('secure', () => issuers.set(socket, issuerOf(socket)));
}

/** Who issued the last of the certificates that the server showed: the authority that is missing; null before it showed any. */
function issuerOf(socket: tls.TLSSocket): string | null {
  let certificate = socket.getPeerCertificate(true) as tls.DetailedPeerCertificate | null;
  while (
    certificate?.issuerCertificate !== undefined &&
    certificate.issuerCertificate.fingerprint256 !== certificate.fingerprint256
  ) {
    certificate = certificate.issuerCertificate;
  }
  const issuer = certificate?.issuer as { CN?: string; O?: string } | undefined;
  return issuer?.CN ?? issuer?.O ?? null;
}

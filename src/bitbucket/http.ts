import http from 'node:http';
import https from 'node:https';
import tls from 'node:tls';
import zlib from 'node:zlib';
import type { Readable } from 'node:stream';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import type { Proxy, ProxyFor } from './proxy';

/** One GET as it goes over the wire. */
export interface HttpRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** One answer, its body still on its way and already decompressed. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Readable;
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

/** Whom this connection trusts, and this one alone: nothing is set for the process. */
export interface Trust {
  readonly secureContext?: tls.SecureContext;
  readonly rejectUnauthorized?: false;
}

/** Node's own roots and further certificates; null certificates leave Node's defaults, `NODE_EXTRA_CA_CERTS` among them, as they are. */
export function trustOf({ certificates, verifyTls }: Pick<HttpOptions, 'certificates' | 'verifyTls'>): Trust {
  return {
    ...(certificates.length > 0 && { secureContext: tls.createSecureContext({ ca: [...tls.rootCertificates, ...certificates] }) }),
    ...(!verifyTls && { rejectUnauthorized: false }),
  };
}

/** A transport over `node:http` with kept-alive connections, gzip, proxies and certificates of its own. */
export function createHttp(options: HttpOptions): Http {
  const trust = trustOf(options);
  const agents = new Map<string, http.Agent>();
  const agentFor = (url: URL): http.Agent => {
    const proxy = options.proxyFor?.(url) ?? null;
    const key = `${url.protocol} ${proxy?.url.href ?? ''}`;
    const known = agents.get(key);
    if (known !== undefined) return known;
    const agent = createAgent(url, proxy, { keepAlive: true, maxSockets: options.maxConnections, ...trust });
    agents.set(key, agent);
    return agent;
  };
  return async (request) => send(request, agentFor(request.url), trust, options.timeoutMs);
}

function createAgent(url: URL, proxy: Proxy | null, options: https.AgentOptions): http.Agent {
  if (proxy !== null) return url.protocol === 'https:' ? new HttpsProxyAgent(proxy.url, options) : new HttpProxyAgent(proxy.url, options);
  return url.protocol === 'https:' ? new https.Agent(options) : new http.Agent(options);
}

function send(request: HttpRequest, agent: http.Agent, trust: Trust, timeoutMs: number): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const { url, headers, signal } = request;
    const options = { agent, headers: { ...headers, 'accept-encoding': 'gzip' }, timeout: timeoutMs, ...(signal && { signal }), ...trust };
    const outgoing = url.protocol === 'https:' ? https.get(url, options) : http.get(url, options);
    // Until there is a connection, nobody else watches the clock: a proxy may take our CONNECT and say nothing.
    const connecting = setTimeout(() => outgoing.destroy(timeoutError(timeoutMs)), timeoutMs);
    let issuer: string | null = null;
    outgoing.once('socket', (socket) => {
      clearTimeout(connecting);
      // Once the certificate is refused, the socket has forgotten it: 'secure' comes just before.
      if (socket instanceof tls.TLSSocket) socket.prependOnceListener('secure', () => (issuer = issuerOf(socket)));
    });
    outgoing.once('response', (incoming) => {
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: decompress(incoming) });
    });
    outgoing.once('proxyConnect', ({ statusCode = 0 }: { statusCode?: number }) => {
      if (statusCode !== 200) outgoing.destroy(proxyError(statusCode));
    });
    outgoing.once('timeout', () => outgoing.destroy(timeoutError(timeoutMs)));
    outgoing.once('error', (error) => {
      clearTimeout(connecting);
      reject(Object.assign(error, { reusedSocket: outgoing.reusedSocket }, issuer !== null && { issuer }));
    });
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

function decompress(incoming: http.IncomingMessage): Readable {
  if (incoming.headers['content-encoding'] !== 'gzip') return incoming;
  const gunzip = zlib.createGunzip();
  // pipe() does not carry errors: half a body must be an error, not an end.
  incoming.once('error', (error) => gunzip.destroy(error));
  return incoming.pipe(gunzip);
}

function timeoutError(timeoutMs: number): Error {
  return Object.assign(new Error(`no byte came for ${timeoutMs / 1000} s`), { code: 'ETIMEDOUT' });
}

/** A proxy that would not let us through; 407: it wants a login. */
function proxyError(status: number): Error {
  return Object.assign(new Error(`the proxy refused to connect to the server (${status})`), { code: status === 407 ? 'EPROXYLOGIN' : 'EPROXY' });
}

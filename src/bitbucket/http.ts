import http from 'node:http';
import https from 'node:https';
import tls from 'node:tls';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { Body } from './body';
import type { Proxy, ProxyFor } from './proxy';

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
    const known = agents.get(url.origin);
    if (known !== undefined) return known;
    const agent = createAgent(url, options.proxyFor?.(url) ?? null, { keepAlive: true, maxSockets: options.maxConnections, ...trust });
    agents.set(url.origin, agent);
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
    const { url, signal, method = 'GET', body } = request;
    // Bitbucket takes a change without this header for one that a foreign page has a browser send.
    const change = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body ?? '')), 'x-atlassian-token': 'no-check' };
    const headers = { ...request.headers, ...(method !== 'GET' && change), 'accept-encoding': 'gzip' };
    const options = { agent, method, headers, timeout: timeoutMs, ...(signal && { signal }), ...trust };
    const outgoing = url.protocol === 'https:' ? https.request(url, options) : http.request(url, options);
    // Until there is a connection, nobody else watches the clock: a proxy may take our CONNECT and say nothing.
    const connecting = setTimeout(() => outgoing.destroy(timeoutError(timeoutMs)), timeoutMs);
    let issuer: string | null = null;
    outgoing.once('socket', (socket) => {
      clearTimeout(connecting);
      // Once the certificate is refused, the socket has forgotten it: 'secure' comes just before.
      if (socket instanceof tls.TLSSocket) socket.prependOnceListener('secure', () => (issuer = issuerOf(socket)));
    });
    outgoing.once('response', (incoming) => {
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: new Body(incoming) });
    });
    outgoing.once('proxyConnect', ({ statusCode = 0 }: { statusCode?: number }) => {
      if (statusCode !== 200) outgoing.destroy(proxyError(statusCode));
    });
    outgoing.once('timeout', () => outgoing.destroy(timeoutError(timeoutMs)));
    outgoing.once('error', (error) => {
      clearTimeout(connecting);
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

function timeoutError(timeoutMs: number): Error {
  return Object.assign(new Error(`no byte came for ${timeoutMs / 1000} s`), { code: 'ETIMEDOUT' });
}

/** A proxy that would not let us through; 407: it wants a login. */
function proxyError(status: number): Error {
  return Object.assign(new Error(`the proxy refused to connect to the server (${status})`), { code: status === 407 ? 'EPROXYLOGIN' : 'EPROXY' });
}

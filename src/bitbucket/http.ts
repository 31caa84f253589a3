import http from 'node:http';
import https from 'node:https';
import tls from 'node:tls';
import zlib from 'node:zlib';
import type { Readable } from 'node:stream';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';

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
}

/**
 * A transport over `node:http` with kept-alive connections, gzip, the proxies of `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`,
 * and certificates of its own: nothing is set for the process.
 */
export function createHttp(options: HttpOptions): Http {
  const trust: tls.SecureContextOptions & { rejectUnauthorized?: boolean } = {
    ...(options.certificates.length > 0 && { ca: [...tls.rootCertificates, ...options.certificates] }),
    ...(!options.verifyTls && { rejectUnauthorized: false }),
  };
  const agents = new Map<string, http.Agent>();
  const agentFor = (url: URL): http.Agent => {
    const proxy = getProxyForUrl(url.href);
    const key = `${url.protocol} ${proxy}`;
    const known = agents.get(key);
    if (known !== undefined) return known;
    const agent = createAgent(url, proxy, { keepAlive: true, maxSockets: options.maxConnections, ...trust });
    agents.set(key, agent);
    return agent;
  };
  return (request) => send(request, agentFor(request.url), trust, options.timeoutMs);
}

function createAgent(url: URL, proxy: string, options: https.AgentOptions): http.Agent {
  if (proxy !== '') return url.protocol === 'https:' ? new HttpsProxyAgent(proxy, options) : new HttpProxyAgent(proxy, options);
  return url.protocol === 'https:' ? new https.Agent(options) : new http.Agent(options);
}

function send(request: HttpRequest, agent: http.Agent, trust: https.RequestOptions, timeoutMs: number): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const { url, headers, signal } = request;
    const options = { agent, headers: { ...headers, 'accept-encoding': 'gzip' }, timeout: timeoutMs, ...(signal && { signal }), ...trust };
    const outgoing = url.protocol === 'https:' ? https.get(url, options) : http.get(url, options);
    outgoing.once('response', (incoming) => {
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: decompress(incoming) });
    });
    outgoing.once('timeout', () => outgoing.destroy(timeoutError(timeoutMs)));
    outgoing.once('error', (error) => {
      const socket = outgoing.socket;
      const issuer = (socket instanceof tls.TLSSocket ? socket.getPeerCertificate().issuer : undefined) as { CN?: string; O?: string } | undefined;
      const name = issuer?.CN ?? issuer?.O;
      reject(Object.assign(error, { reusedSocket: outgoing.reusedSocket }, name !== undefined && { issuer: name }));
    });
  });
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

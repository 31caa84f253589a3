import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import tls from 'node:tls';
import type { Duplex } from 'node:stream';
import type { Proxy } from './proxy';

/** Whom a connection trusts, and this one alone: nothing is set for the process. */
export interface Trust {
  readonly secureContext?: tls.SecureContext;
  readonly rejectUnauthorized?: false;
}

/** What it takes to reach one origin. */
export interface RouteOptions {
  readonly proxy: Proxy | null;
  readonly trust: Trust;
  /** Connections at most. */
  readonly maxConnections: number;
  /** For a connection to come about, in milliseconds. */
  readonly timeoutMs: number;
}

/** What of a destination goes into a request. */
export interface Target {
  readonly origin: string;
  readonly host: string;
  readonly path: string;
}

/** How the URLs of one origin are asked for: `request` takes what `optionsFor(target)` gives, and more. */
export interface Route {
  readonly request: typeof http.request;
  readonly optionsFor: (target: Target) => https.RequestOptions & { readonly headers: Readonly<Record<string, string>> };
  /** Whether its connections are TLS. */
  readonly encrypts: boolean;
}

/** Directly, through a tunnel (https), or by telling a proxy the whole URL (http). */
export function routeTo(origin: URL, { proxy, trust, maxConnections, timeoutMs }: RouteOptions): Route {
  // The timeout that each request has: a connection that is used again then needs no timer of its own.
  const pool = { keepAlive: true, maxSockets: maxConnections, timeout: timeoutMs };
  const secure = origin.protocol === 'https:';
  if (secure) {
    const agent = toOnePlace(proxy === null ? new https.Agent(pool) : new TunnelAgent(proxy, trust, timeoutMs, pool));
    const direct = { ...addressOf(origin), agent, ...trust };
    return { request: https.request, encrypts: true, optionsFor: ({ host, path }) => ({ path, headers: { host }, ...direct }) };
  }
  if (proxy === null) {
    // Without TLS nobody asks for a server's name: Node would take it from the headers, each time.
    const direct = { ...addressOf(origin), agent: toOnePlace(new http.Agent(pool)), servername: '' };
    return { request: http.request, encrypts: false, optionsFor: ({ host, path }) => ({ path, headers: { host }, ...direct }) };
  }
  const proxied = {
    ...addressOf(proxy.url),
    ...nameOf(proxy.url),
    ...trust,
    agent: toOnePlace(proxy.url.protocol === 'https:' ? new https.Agent(pool) : new http.Agent(pool)),
  };
  return {
    request: proxy.url.protocol === 'https:' ? https.request : http.request,
    encrypts: proxy.url.protocol === 'https:',
    optionsFor: ({ origin, host, path }) => ({
      path: origin + path,
      headers: { host, ...loginOf(proxy) },
      ...proxied,
    }),
  };
}

/** All connections of such an agent are alike: it need not make a name of all options with each request, by which to find one that fits. */
function toOnePlace<A extends http.Agent>(agent: A): A {
  agent.getName = () => 'one';
  return agent;
}

/** Opens a tunnel to a host through a proxy; rejects when the proxy is not there, says no, or says nothing. */
export function openTunnel(
  proxy: Proxy,
  target: { host: string; port: number },
  trust: Trust,
  timeoutMs: number,
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const path = `${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`;
    const options = {
      ...addressOf(proxy.url),
      ...nameOf(proxy.url),
      ...trust,
      method: 'CONNECT',
      path,
      headers: { host: path, ...loginOf(proxy) },
      agent: false as const,
      timeout: timeoutMs,
    };
    const asking = proxy.url.protocol === 'https:' ? https.request(options) : http.request(options);
    asking.once('connect', ({ statusCode = 0 }, socket) => {
      if (statusCode === 200) {
        socket.setTimeout(0);
        resolve(socket);
      } else {
        socket.destroy();
        reject(proxyError(statusCode));
      }
    });
    asking.once('timeout', () => asking.destroy(timeoutError(timeoutMs)));
    asking.once('error', (error: NodeJS.ErrnoException) =>
      reject(proxy.url.protocol === 'https:' ? unreachableProxy(error) : error),
    );
    asking.end();
  });
}

/** Connections that lead through tunnels. */
class TunnelAgent extends https.Agent {
  constructor(
    private readonly proxy: Proxy,
    private readonly trust: Trust,
    private readonly timeoutMs: number,
    options: https.AgentOptions,
  ) {
    super(options);
  }

  override createConnection(options: https.RequestOptions, callback: (error: Error | null, socket?: Duplex) => void): undefined {
    const target = { host: String(options.host), port: Number(options.port) };
    openTunnel(this.proxy, target, this.trust, this.timeoutMs).then(
      (socket) => callback(null, tls.connect({ ...(options as tls.ConnectionOptions), socket })),
      (error: unknown) => callback(error as Error),
    );
  }
}

/** Without a byte for so long, or whatever else took so long. */
export function timeoutError(timeoutMs: number, what = 'no byte came for'): Error {
  return Object.assign(new Error(`${what} ${timeoutMs / 1000} s`), { code: 'ETIMEDOUT' });
}

/** A proxy that would not let us through; 407: it wants a login. */
function proxyError(status: number): Error {
  return Object.assign(new Error(`the proxy refused to connect to the server (${status})`), {
    code: status === 407 ? 'EPROXYLOGIN' : 'EPROXY',
  });
}

/** What is wrong with a proxy's certificate must not be taken for something about the server's. */
function unreachableProxy(error: NodeJS.ErrnoException): Error {
  return Object.assign(new Error(`no connection to the proxy: ${error.message}`), {
    code: error.code === 'ETIMEDOUT' ? 'ETIMEDOUT' : 'EPROXY',
  });
}

/** The name that a certificate must hold; Node would take that of the Host header, which is another's. */
function nameOf({ hostname }: URL): { servername: string } {
  return { servername: isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? hostname : '' };
}

function addressOf(url: URL): { host: string; port: number } {
  const usual = url.protocol === 'https:' ? 443 : 80;
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? usual : Number(url.port) };
}

function loginOf({ url: { username, password } }: Proxy): Record<string, string> {
  if (username === '' && password === '') return {};
  const login = `${decoded(username)}:${decoded(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

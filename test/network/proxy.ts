import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';

export interface ProxyOptions {
  /** `user:password`; without them: 407. @default nobody is asked */
  readonly login?: string;
  /** Answers everything with this status, or with silence. @default lets everybody through */
  readonly refuses?: number | 'silently';
  /** Names that only the proxy knows, and the ports at 127.0.0.1 that they stand for. */
  readonly names?: Readonly<Record<string, number>>;
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** One request to the proxy. */
export interface Proxied {
  readonly method: string;
  /** `host:port` for CONNECT, else the whole URL. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A forward proxy: CONNECT for https, whole URLs for http. */
export class TestProxy {
  readonly requests: Proxied[] = [];
  private readonly sockets = new Set<Duplex>();

  private constructor(
    private readonly server: Server,
    private readonly options: ProxyOptions,
  ) {
    server.on('connection', (socket: Duplex) => this.keep(socket));
    server.on('connect', (asked: IncomingMessage, socket: Duplex, head: Buffer) => this.tunnel(asked, socket, head));
    server.on('request', (asked: IncomingMessage, response: ServerResponse) => this.forward(asked, response));
  }

  static async start(options: ProxyOptions = {}): Promise<TestProxy> {
    const server = options.tls === undefined ? createServer() : createTlsServer(options.tls);
    const proxy = new TestProxy(server, options);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** `http://127.0.0.1:3128`; with a login, `http://user:password@127.0.0.1:3128`. */
  url(login = ''): string {
    return `${this.options.tls === undefined ? 'http' : 'https'}://${login === '' ? '' : `${login}@`}127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private keep(socket: Duplex): void {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => this.sockets.delete(socket));
  }

  /** The status with which this is refused; 0: it is not. */
  private refusal({ method = '', url = '', headers }: IncomingMessage): number | 'silently' {
    this.requests.push({ method, target: url, headers });
    const { login, refuses } = this.options;
    if (login !== undefined && headers['proxy-authorization'] !== `Basic ${Buffer.from(login).toString('base64')}`) return 407;
    return refuses ?? 0;
  }

  private address(hostname: string, port: number): { host: string; port: number } {
    const known = this.options.names?.[hostname];
    return { host: '127.0.0.1', port: known ?? port };
  }

  private tunnel(asked: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refusal = this.refusal(asked);
    if (refusal === 'silently') return;
    if (refusal !== 0) {
      socket.end(`HTTP/1.1 ${refusal} No\r\nContent-Type: text/html\r\nContent-Length: 11\r\n\r\n<html>no</h`);
      return;
    }
    const { hostname, port } = new URL(`http://${asked.url ?? ''}`);
    const onward = connect(this.address(hostname, Number(port === '' ? 80 : port)), () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    this.keep(onward);
    onward.once('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n'));
  }

  private forward(asked: IncomingMessage, response: ServerResponse): void {
    const refusal = this.refusal(asked);
    if (refusal === 'silently') return;
    if (refusal !== 0) {
      response.writeHead(refusal, { 'Content-Type': 'text/html' }).end('<html>no</html>');
      return;
    }
    const url = new URL(asked.url ?? '');
    const { host, port } = this.address(url.hostname, Number(url.port === '' ? 80 : url.port));
    const headers = { ...asked.headers };
    delete headers['proxy-authorization'];
    const onward = request({ host, port, method: asked.method, path: url.pathname + url.search, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.once('error', () => response.writeHead(502).end());
    asked.pipe(onward);
  }
}

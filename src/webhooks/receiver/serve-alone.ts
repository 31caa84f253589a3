import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { Connections } from './connections';
import { addressesBehind, close, listen } from './listening';
import { type RequestHandler, SERVER_LIMITS } from './receiver';
import { RefusalLog } from './refusal-log';
import { describeRequest } from './request-log';
import type { ServeOptions } from './serve';
import { logLine } from '../../text/log-line';

/** What is served without webhooks. */
export interface ServeAloneOptions extends Pick<
  ServeOptions,
  'host' | 'port' | 'trustedProxies' | 'log' | 'now' | 'signal' | 'debug'
> {
  readonly handler: RequestHandler;
}

/** Serves, until the signal, what else stands beside the webhooks, where a configuration has none. @throws ConfigError */
export async function serveAlone(options: ServeAloneOptions): Promise<void> {
  const { handler, host, port, trustedProxies = [], log, now, signal, debug = false } = options;
  const monotonic = () => performance.now();
  const addresses = addressesBehind(trustedProxies);
  const refusals = new RefusalLog((line) => log(logLine(now(), 'INFO', line)), monotonic);
  const server = createServer(SERVER_LIMITS);
  const onDropped = (address: string) => refusals.note(address, 'a connection was closed: there are too many');
  const connections = new Connections(server, addresses, monotonic, { onDropped });
  server.on('request', (request, response) => {
    response.once('close', connections.begin(request.socket));
    const startedAt = monotonic();
    const answer = (isAnswered: boolean) => {
      if (isAnswered) return;
      const isHealth = request.url === '/health';
      const status = isHealth ? 200 : 404;
      end(response, status, isHealth ? 'ok\n' : 'There is nothing here.\n');
      if (!debug) return;
      const [method = '', path = ''] = [request.method, request.url?.replace(/\?.*$/, '')];
      const asked = { method, path, address: addresses.ofRequest(request), milliseconds: monotonic() - startedAt };
      log(logLine(now(), 'DEBUG', describeRequest({ ...asked, status, outcome: null })));
    };
    handler(request, response).then(answer, () => response.destroy());
  });
  try {
    log(`listening on ${await listen(server, host, port)}`);
    log('no webhook_secret and no webhook_inbox: no events are received');
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await close(server);
    connections.stop();
    refusals.stop();
  }
}

function end(response: ServerResponse, status: number, text: string): void {
  const isPending = !response.req.complete;
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...(isPending && { connection: 'close' }) });
  response.end(text);
}

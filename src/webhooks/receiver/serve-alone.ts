import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { Connections } from './connections';
import { addressesBehind, close, listen } from './listening';
import { type RequestHandler, SERVER_LIMITS } from './receiver';
import { RefusalLog } from './refusal-log';
import type { ServeOptions } from './serve';

/** What is served without webhooks. */
export interface ServeAloneOptions extends Pick<ServeOptions, 'host' | 'port' | 'trustedProxies' | 'log' | 'signal'> {
  readonly handler: RequestHandler;
}

/** Serves, until the signal, what else stands beside the webhooks, where a configuration has none. @throws ConfigError */
export async function serveAlone({ handler, host, port, trustedProxies = [], log, signal }: ServeAloneOptions): Promise<void> {
  const now = () => performance.now();
  const addresses = addressesBehind(trustedProxies);
  const refusals = new RefusalLog(log, now);
  const server = createServer(SERVER_LIMITS);
  const onDropped = (address: string) => refusals.note(address, 'a connection was closed: there are too many');
  const connections = new Connections(server, addresses, now, { onDropped });
  server.on('request', (request, response) => {
    response.once('close', connections.begin(request.socket));
    const answer = (isAnswered: boolean) => {
      if (isAnswered) return;
      const isHealth = request.url === '/health';
      end(response, isHealth ? 200 : 404, isHealth ? 'ok\n' : 'There is nothing here.\n');
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

import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigError } from '../../config/config';
import { ClientAddresses } from './client-address';

/** Connections that wait to be accepted: where the queue is full, whoever comes is heard seconds later. */
const BACKLOG = 4096;
/** Requests under way have this long to end, in milliseconds. */
const GRACE_MS = 3000;

/** Listens, or says why it cannot. @returns where, as a URL @throws ConfigError */
export async function listen(server: Server, host: string, port: number): Promise<string> {
  server.listen({ port, host, backlog: BACKLOG });
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    const why =
      code === 'EADDRINUSE'
        ? 'another program listens there'
        : code === 'EACCES'
          ? 'this user may not'
          : code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND'
            ? 'this host has no such address'
            : code;
    throw new ConfigError(
      `Nothing can listen on ${host}:${port}: ${why}. Write another --host or --port, such as --port ${port === 8080 ? 8081 : 8080}.`,
    );
  }
  return `http://${hostOf(server.address() as AddressInfo)}`;
}

/** What is under way is answered; who only keeps a connection is cut off. */
export async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  const limit = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await closed;
  clearTimeout(limit);
}

/** Addresses of clients, behind proxies that are trusted. @throws ConfigError where these are no addresses */
export function addressesBehind(trustedProxies: readonly string[]): ClientAddresses {
  try {
    return new ClientAddresses(trustedProxies);
  } catch (error) {
    throw new ConfigError(
      `--trusted-proxy is ${error instanceof Error ? error.message : ''}: write the address of the proxy, or its network, such as 10.0.0.0/8.`,
    );
  }
}

function hostOf({ address, port, family }: AddressInfo): string {
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}

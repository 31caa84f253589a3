import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { ClientAddresses } from './client-address';

/** What connections that have not brought a signed event may take. */
export interface ConnectionLimits {
  /** In all. @default 1000 */
  readonly connections: number;
  /** From one address that is no named proxy. @default 500 */
  readonly perAddress: number;
  /** For its first byte to come, in milliseconds; from then on the deadline for headers counts. @default 5 s */
  readonly silentMs: number;
}

export const defaultConnectionLimits: ConnectionLimits = { connections: 1000, perAddress: 500, silentMs: 5000 };

/** How often silent ones are looked for, in milliseconds. */
const CHECK_MS = 1000;
/** Whoever comes with an event has said it within this time, mostly, in milliseconds: until then nobody gives way for somebody else. */
const YOUNG_MS = 1000;
/** Requests of one connection that wait for an answer: neither Bitbucket nor a proxy asks for more before it has heard. */
const MOST_OPEN = 10;

interface Connection {
  readonly socket: Socket;
  readonly address: string;
  readonly since: number;
  /** Requests that are not answered yet. */
  open: number;
  /** A signed event came over it. */
  trusted: boolean;
}

/** What is told of connections. */
export interface ConnectionEvents {
  /** One was closed for lack of room: what came over it may have been an event. @param why in words */
  readonly onDropped: (address: string, why: string) => void;
}

/**
 * Keeps room for whoever comes next: where there are too many connections, one that never brought a signed event gives way, of the address
 * that has most; never the one that has just come. First those that have said nothing for a while, then those on which nobody asks for
 * anything, then whoever does not come to an end; where all are young, the oldest. Silent ones are closed soon.
 */
export class Connections {
  private readonly connections = new Map<Socket, Connection>();
  private readonly byAddress = new Map<string, number>();
  private readonly checking: NodeJS.Timeout;

  /** @param now a clock that only goes forward, in milliseconds */
  constructor(
    server: Server,
    private readonly addresses: ClientAddresses,
    private readonly now: () => number,
    private readonly events: ConnectionEvents,
    private readonly limits: ConnectionLimits = defaultConnectionLimits,
  ) {
    server.on('connection', (socket) => this.add(socket));
    this.checking = setInterval(() => this.closeSilent(), CHECK_MS);
    this.checking.unref();
  }

  /** A request begins. @returns to be called when it is answered */
  begin(socket: Socket): () => void {
    const connection = this.connections.get(socket);
    if (connection === undefined) return () => undefined;
    if (++connection.open > MOST_OPEN && !connection.trusted) this.close(connection, 'too many requests came over it at once');
    return () => {
      connection.open--;
    };
  }

  /** A signed event came over it. */
  trust(socket: Socket): void {
    const connection = this.connections.get(socket);
    if (connection !== undefined) connection.trusted = true;
  }

  /** Ends the looking for silent ones. */
  stop(): void {
    clearInterval(this.checking);
  }

  private add(socket: Socket): void {
    const address = this.addresses.ofPeer(socket.remoteAddress);
    const connection = { socket, address, since: this.now(), open: 0, trusted: false };
    this.connections.set(socket, connection);
    this.byAddress.set(address, (this.byAddress.get(address) ?? 0) + 1);
    socket.once('close', () => this.remove(connection));
    const isProxy = this.addresses.isProxy(socket.remoteAddress ?? '');
    if (!isProxy && (this.byAddress.get(address) ?? 0) > this.limits.perAddress) this.drop(address, connection);
    if (this.connections.size > this.limits.connections) this.drop(this.fullest(), connection);
  }

  private remove({ socket, address }: Connection): void {
    if (!this.connections.delete(socket)) return;
    const left = (this.byAddress.get(address) ?? 0) - 1;
    if (left > 0) this.byAddress.set(address, left);
    else this.byAddress.delete(address);
  }

  /** One of an address gives way; connections are kept in the order in which they came. */
  private drop(address: string, newcomer: Connection): void {
    const settled = this.now() - YOUNG_MS;
    let chosen: Connection | undefined;
    for (const connection of this.connections.values()) {
      if (connection.address !== address || connection === newcomer) continue;
      if (chosen === undefined || rank(connection, settled) < rank(chosen, settled)) chosen = connection;
    }
    if (chosen !== undefined) this.close(chosen, 'there are too many');
  }

  private close(connection: Connection, why: string): void {
    this.remove(connection);
    connection.socket.destroy();
    this.events.onDropped(connection.address, why);
  }

  private fullest(): string {
    let fullest = '';
    for (const [address, amount] of this.byAddress) if (amount > (this.byAddress.get(fullest) ?? -1)) fullest = address;
    return fullest;
  }

  private closeSilent(): void {
    const horizon = this.now() - this.limits.silentMs;
    for (const connection of [...this.connections.values()])
      if (connection.socket.bytesRead === 0 && connection.since < horizon) connection.socket.destroy();
  }
}

/** Who gives way first. @param settled when those came, at the latest, that are not young any more */
function rank({ socket, since, open, trusted }: Connection, settled: number): number {
  if (trusted) return open > 0 ? 5 : 4;
  if (since > settled) return 3;
  return open > 0 ? 2 : socket.bytesRead > 0 ? 1 : 0;
}

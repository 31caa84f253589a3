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
  /** One was closed for lack of room: what came over it may have been an event. */
  readonly onDropped: (address: string) => void;
}

/**
 * Keeps room for whoever comes next: where there are too many connections, the oldest that never brought a signed event gives way, first of
 * those on which nobody asks for anything, and of the address that has most. Silent ones are closed soon.
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
    connection.open++;
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
    if (!isProxy && (this.byAddress.get(address) ?? 0) > this.limits.perAddress) this.drop(address);
    if (this.connections.size > this.limits.connections) this.drop(this.fullest());
  }

  private remove({ socket, address }: Connection): void {
    if (!this.connections.delete(socket)) return;
    const left = (this.byAddress.get(address) ?? 0) - 1;
    if (left > 0) this.byAddress.set(address, left);
    else this.byAddress.delete(address);
  }

  /** One of an address gives way; connections are kept in the order in which they came. */
  private drop(address: string): void {
    let chosen: Connection | undefined;
    for (const connection of this.connections.values())
      if (connection.address === address && (chosen === undefined || rank(connection) < rank(chosen))) chosen = connection;
    if (chosen === undefined) return;
    this.remove(chosen);
    chosen.socket.destroy();
    this.events.onDropped(address);
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

/** Who gives way first: who has said nothing yet, then who asks for nothing. */
function rank({ socket, open, trusted }: Connection): number {
  return (trusted ? 4 : 0) + (open > 0 ? 2 : 0) + (socket.bytesRead > 0 ? 1 : 0);
}

import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal';

const MB = 1024 * 1024;
/** An event is at most so large, in bytes. */
export const MAX_BODY_BYTES = 25 * MB;

/** What bodies that are not yet known to be signed may take, in bytes and milliseconds. */
export interface BodyLimits {
  /** In all. @default 64 MB */
  readonly bytes: number;
  /** From one address. @default 32 MB */
  readonly bytesPerAddress: number;
  /** From the headers to the last byte. @default 20 s */
  readonly milliseconds: number;
}

export const defaultBodyLimits: BodyLimits = { bytes: 64 * MB, bytesPerAddress: 32 * MB, milliseconds: 20_000 };

/** What a piece of a body takes beside its bytes. */
const OVERHEAD_BYTES = 128;
/** Smaller pieces are gathered in blocks of this size: each for itself takes many times its bytes. */
const BLOCK_BYTES = 4096;
/** After so many pieces, they must hold so many bytes on average: nobody sends an event in crumbs. */
const MANY_PIECES = 1000;
const AVERAGE_BYTES = 64;
/** How often deadlines are looked at, in milliseconds. */
const CHECK_MS = 1000;

/** How a body is read. */
export interface Reading {
  readonly address: string;
  /** Told each piece as it comes. */
  readonly onPiece: (piece: Buffer) => void;
  /** @default MAX_BODY_BYTES */
  readonly limit?: number;
}

/** One body that is under way. */
interface Body {
  readonly address: string;
  readonly since: number;
  held: number;
  readonly refuse: (refusal: Refusal) => void;
}

/**
 * Reads bodies into memory within limits for all of them together. Where there is no more room, the largest of the address that holds most
 * gives way, never whoever comes next: small events pass while others fill what they get.
 */
export class Bodies {
  private readonly bodies = new Set<Body>();
  private readonly byAddress = new Map<string, number>();
  private held = 0;
  private readonly checking: NodeJS.Timeout;

  /** @param now a clock that only goes forward, in milliseconds */
  constructor(
    private readonly now: () => number,
    private readonly limits: BodyLimits = defaultBodyLimits,
  ) {
    this.checking = setInterval(() => this.checkDeadlines(), CHECK_MS);
    this.checking.unref();
  }

  /** @throws Refusal as soon as it is too large or too slow, has to give way, or does not arrive whole */
  read(request: IncomingMessage, { address, onPiece, limit = MAX_BODY_BYTES }: Reading): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const pieces = new Pieces();
      const body: Body = {
        address,
        since: this.now(),
        held: 0,
        refuse: (refusal) => {
          this.settle(body);
          pieces.clear();
          request.off('data', take);
          reject(refusal);
        },
      };
      const take = (piece: Buffer) => {
        if (pieces.length + piece.length > limit) return body.refuse(tooLarge(limit));
        const taken = pieces.add(piece);
        if (pieces.areCrumbs)
          return body.refuse(new Refusal(400, 'The body comes in pieces that are too small.', { isGap: true }));
        onPiece(piece);
        if (taken > 0) this.hold(body, taken);
      };
      this.bodies.add(body);
      request.on('data', take);
      request.once('end', () => {
        if (!this.bodies.has(body)) return;
        this.settle(body);
        resolve(pieces.whole());
      });
      const broken = () => this.bodies.has(body) && body.refuse(new Refusal(400, 'The body did not arrive.', { isGap: true }));
      request.once('error', broken).once('close', broken);
    });
  }

  /** Ends the looking at deadlines. */
  stop(): void {
    clearInterval(this.checking);
  }

  private hold(body: Body, bytes: number): void {
    body.held += bytes;
    this.held += bytes;
    this.byAddress.set(body.address, (this.byAddress.get(body.address) ?? 0) + bytes);
    if ((this.byAddress.get(body.address) ?? 0) > this.limits.bytesPerAddress) this.giveWay(body.address);
    if (this.held > this.limits.bytes) this.giveWay(this.fullest());
  }

  private settle(body: Body): void {
    if (!this.bodies.delete(body)) return;
    this.held -= body.held;
    const left = (this.byAddress.get(body.address) ?? 0) - body.held;
    if (left > 0) this.byAddress.set(body.address, left);
    else this.byAddress.delete(body.address);
  }

  /** The largest of an address. */
  private giveWay(address: string): void {
    let largest: Body | undefined;
    for (const body of this.bodies)
      if (body.address === address && (largest === undefined || body.held > largest.held)) largest = body;
    largest?.refuse(new Refusal(503, 'Too much is being received at once.', { headers: { 'retry-after': '1' }, isGap: true }));
  }

  private fullest(): string {
    let fullest = '';
    for (const [address, held] of this.byAddress) if (held > (this.byAddress.get(fullest) ?? -1)) fullest = address;
    return fullest;
  }

  private checkDeadlines(): void {
    const horizon = this.now() - this.limits.milliseconds;
    for (const body of [...this.bodies])
      if (body.since < horizon) body.refuse(new Refusal(408, 'The body took too long.', { isGap: true }));
  }
}

/** The pieces of one body, which take as much memory as they say. */
class Pieces {
  /** Bytes so far. */
  length = 0;
  private count = 0;
  private pieces: Buffer[] = [];
  private block: Buffer | null = null;
  private used = 0;

  /** Whether they are so small that taking them in is the attack. */
  get areCrumbs(): boolean {
    return this.count > MANY_PIECES && this.length < this.count * AVERAGE_BYTES;
  }

  /** @returns the bytes of memory that it takes */
  add(piece: Buffer): number {
    this.length += piece.length;
    this.count++;
    if (piece.length >= BLOCK_BYTES) {
      this.endBlock();
      this.pieces.push(piece);
      return piece.length + OVERHEAD_BYTES;
    }
    let taken = 0;
    if (this.block === null || this.used + piece.length > BLOCK_BYTES) {
      this.endBlock();
      this.block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      taken = BLOCK_BYTES + OVERHEAD_BYTES;
    }
    this.used += piece.copy(this.block, this.used);
    return taken;
  }

  whole(): Buffer {
    this.endBlock();
    return Buffer.concat(this.pieces, this.length);
  }

  clear(): void {
    this.pieces = [];
    this.block = null;
  }

  private endBlock(): void {
    if (this.block !== null) this.pieces.push(this.block.subarray(0, this.used));
    this.block = null;
    this.used = 0;
  }
}

/** A signed event that is larger would be one that nobody hears of. */
export function tooLarge(limit = MAX_BODY_BYTES): Refusal {
  return new Refusal(413, `An event is at most ${limit / MB} MB.`, { isGap: true });
}

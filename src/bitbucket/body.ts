import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import zlib from 'node:zlib';

/** Bytes on the wire up to which a body is gathered and decompressed at once: a stream would cost more than the body itself. */
const SMALL = 32 * 1024;
/** Bytes of a piece of what is decompressed while it streams. */
const PIECE = 64 * 1024;

/** An answer's body, decompressed. It is read once: in pieces, which hold the server back while nobody takes them, or not at all. */
export class Body implements AsyncIterable<Buffer> {
  /** Decompressed bytes so far. */
  bytes = 0;
  private readonly isCompressed: boolean;

  constructor(private readonly incoming: IncomingMessage) {
    this.isCompressed = incoming.headers['content-encoding'] === 'gzip';
    incoming.on('error', () => undefined); // whoever reads meets it; where nobody does, it is nobody's
  }

  /** The pieces; throws when the body ends before its time or cannot be decompressed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, void> {
    try {
      const first = await this.gather();
      if (this.incoming.readableEnded) {
        const whole = this.isCompressed ? zlib.gunzipSync(first) : first;
        this.bytes += whole.length;
        if (whole.length > 0) yield whole;
        return;
      }
      this.incoming.unshift(first);
      for await (const piece of (this.isCompressed ? decompress(this.incoming) : this.incoming) as AsyncIterable<Buffer>) {
        this.bytes += piece.length;
        yield piece;
      }
    } finally {
      this.destroy();
    }
  }

  /** Lets the rest of it pass by, so that the connection can be used again. */
  resume(): void {
    this.incoming.resume();
  }

  /** Wants no more of it: the connection ends, unless the body has. */
  destroy(): void {
    if (!this.incoming.readableEnded) this.incoming.destroy();
  }

  /** The whole body if it is small, else its beginning. */
  private gather(): Promise<Buffer> {
    const { incoming } = this;
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let length = 0;
      const leave = () => incoming.off('data', take).off('end', end).off('error', fail).off('close', close);
      const end = () => {
        leave();
        resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length));
      };
      const take = (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length <= SMALL) return;
        incoming.pause();
        end();
      };
      const fail = (error: Error) => {
        leave();
        reject(error);
      };
      const close = () => fail(Object.assign(new Error('the answer was broken off'), { code: 'ECONNRESET' }));
      if (incoming.destroyed && !incoming.readableEnded) return close();
      incoming.on('data', take).on('end', end).on('error', fail).on('close', close);
    });
  }
}

function decompress(compressed: Readable): Readable {
  const gunzip = zlib.createGunzip({ chunkSize: PIECE });
  // pipe() does not carry errors: half a body must be an error, not an end.
  compressed.once('error', (error) => gunzip.destroy(error));
  return compressed.pipe(gunzip);
}

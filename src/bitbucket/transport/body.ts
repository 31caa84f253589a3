import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import zlib from 'node:zlib';

/** Bytes on the wire up to which a body is gathered and decompressed at once: a stream would cost more than the body itself. */
const SMALL = 32 * 1024;
/** Bytes of a piece of what is decompressed while it streams. */
const PIECE = 64 * 1024;

/** Bytes of a compressed excerpt, decompressed. */
const EXCERPT = 4 * 1024 * 1024;

/** A body that is longer than whoever reads it can take. */
export class TooLongError extends RangeError {
  constructor(maxBytes: number) {
    super(`the answer is longer than ${maxBytes} bytes`);
  }
}

/** An answer's body, decompressed. It is read once: whole, in pieces, which hold the server back while nobody takes them, or not at all. */
export class Body implements AsyncIterable<Buffer> {
  /** Decompressed bytes so far. */
  bytes = 0;
  private readonly isCompressed: boolean;

  constructor(private readonly incoming: IncomingMessage) {
    this.isCompressed = incoming.headers['content-encoding'] === 'gzip';
    incoming.on('error', () => undefined); // whoever reads meets it; where nobody does, it is nobody's
  }

  /** All of it; throws when it ends before its time, cannot be decompressed, or is longer than `maxBytes`. */
  async whole(maxBytes: number): Promise<Buffer> {
    try {
      const received = await this.gather(maxBytes);
      if (received.length > maxBytes) throw new TooLongError(maxBytes);
      const whole = this.isCompressed ? decompressed(received, maxBytes) : received;
      this.bytes += whole.length;
      return whole;
    } finally {
      this.destroy();
    }
  }

  /** The pieces; throws when the body ends before its time or cannot be decompressed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, void> {
    try {
      const first = await this.gather(SMALL);
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

  /** As much of its text as comes within these limits, for what is good to know and no more: what cannot be read is left out. */
  async excerpt(maxBytes: number, milliseconds: number): Promise<string> {
    const received = await this.beginning(maxBytes, milliseconds);
    this.destroy();
    if (!this.isCompressed) return received.toString('utf8', 0, maxBytes);
    try {
      const options = { finishFlush: zlib.constants.Z_SYNC_FLUSH, maxOutputLength: EXCERPT };
      return zlib.gunzipSync(received, options).toString('utf8', 0, maxBytes);
    } catch {
      return '';
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

  /** What was sent, as far as it came. */
  private beginning(enough: number, milliseconds: number): Promise<Buffer> {
    const { incoming } = this;
    return new Promise((resolve) => {
      const chunks: Buffer[] = [];
      let length = 0;
      const done = () => {
        clearTimeout(timer);
        incoming.off('data', take).off('end', done).off('error', done).off('close', done);
        resolve(Buffer.concat(chunks, length));
      };
      const take = (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length > enough) done();
      };
      const timer = setTimeout(done, milliseconds);
      if (incoming.destroyed || incoming.readableEnded) return done();
      incoming.on('data', take).on('end', done).on('error', done).on('close', done);
    });
  }

  /** What was sent, as a whole, or its beginning where it is longer than `enough`. */
  private gather(enough: number): Promise<Buffer> {
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
        if (length <= enough) return;
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

/** Compressed in one go, where the length that gzip tells at its end (RFC 1952) spares a copy if it is true. */
function decompressed(bytes: Buffer, maxBytes: number): Buffer {
  const told = bytes.length < 18 ? 0 : bytes.readUInt32LE(bytes.length - 4);
  const options = { maxOutputLength: maxBytes, chunkSize: Math.max(1024, Math.min(told + 1, 100 * bytes.length, maxBytes)) };
  try {
    return zlib.gunzipSync(bytes, options);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? new TooLongError(maxBytes) : error;
  }
}

function decompress(compressed: Readable): Readable {
  const gunzip = zlib.createGunzip({ chunkSize: PIECE });
  // pipe() does not carry errors: half a body must be an error, not an end.
  compressed.once('error', (error) => gunzip.destroy(error));
  return compressed.pipe(gunzip);
}

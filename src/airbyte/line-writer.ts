/** Where bytes go; resolves when they are out. They are used again afterwards. */
export type WriteBytes = (bytes: Buffer) => Promise<void>;

/** Bytes gathered for one write. */
const CHUNK = 256 * 1024;
/** Gathered bytes after which one goes out as soon as none is under way. */
const ENOUGH = 128 * 1024;
/** Bytes waiting to be written before whoever writes must wait. */
const HIGH_WATER = 1024 * 1024;
/** Milliseconds until what is not enough goes out. */
const LINGER_MS = 50;
/** Chunks kept to be filled again. */
const SPARE = 4;
const NEWLINE = 10;

/**
 * Writes whole lines in large chunks, in order; a slow reader makes writers wait, so that memory stays flat. A line becomes bytes at once,
 * in a buffer that is used again and again: lines that wait as text would outlive the young generation, and be garbage for long.
 */
export class LineWriter {
  /** Being filled. */
  private chunk: Buffer = Buffer.allocUnsafeSlow(CHUNK);
  private used = 0;
  /** Full ones, first come, first out. */
  private readonly full: Buffer[] = [];
  private readonly spare: Buffer[] = [];
  /** Bytes that are not out yet. */
  private waiting = 0;
  private writing: Promise<void> | null = null;
  private timer: NodeJS.Timeout | null = null;
  private failure: Error | null = null;
  private closed = false;

  /** @param onBroken called once when the reader is gone (EPIPE); what comes after is dropped */
  constructor(
    private readonly writeBytes: WriteBytes,
    private readonly onBroken: (error: Error) => void,
  ) {}

  /** Takes one line without its end; a promise where the reader is behind, to be awaited before the next. */
  write(line: string): Promise<void> | undefined {
    if (this.failure !== null || this.closed) return undefined;
    const before = this.used;
    // A character takes three bytes at most.
    if (this.used + 3 * line.length >= CHUNK) this.turnOver();
    if (3 * line.length >= CHUNK) this.queue(Buffer.from(`${line}\n`));
    else {
      const from = this.used;
      this.used += this.chunk.write(line, from);
      this.chunk[this.used++] = NEWLINE;
      this.waiting += this.used - from;
    }
    if (this.full.length > 0 || this.used >= ENOUGH) this.send();
    else if (before === 0) this.timer ??= setTimeout(() => this.send(), LINGER_MS);
    return this.waiting > HIGH_WATER ? this.flush() : undefined;
  }

  /** Resolves when all that was taken is out, or the reader is gone. */
  async flush(): Promise<void> {
    this.send();
    while (this.writing !== null) await this.writing;
  }

  /** Takes no more lines, and resolves when the last is out. */
  close(): Promise<void> {
    this.closed = true;
    return this.flush();
  }

  private queue(bytes: Buffer): void {
    this.waiting += bytes.length;
    this.full.push(bytes);
  }

  /** What has been filled waits for its turn; another chunk is filled next. */
  private turnOver(): void {
    if (this.used === 0) return;
    this.full.push(this.chunk.subarray(0, this.used));
    this.chunk = this.spare.pop() ?? Buffer.allocUnsafeSlow(CHUNK);
    this.used = 0;
  }

  private send(): void {
    if (this.writing !== null || this.failure !== null) return;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.full.length === 0) this.turnOver();
    const bytes = this.full.shift();
    if (bytes === undefined) return;
    this.writing = this.writeBytes(bytes)
      .then(() => this.recycle(bytes))
      .catch((error: unknown) => {
        this.failure = error as Error;
        this.full.length = 0;
        this.onBroken(this.failure);
      })
      .finally(() => {
        this.writing = null;
        this.waiting -= bytes.length;
        this.send();
      });
  }

  private recycle(bytes: Buffer): void {
    if (bytes.buffer.byteLength === CHUNK && this.spare.length < SPARE) this.spare.push(Buffer.from(bytes.buffer));
  }
}

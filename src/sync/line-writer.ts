/** Where lines go; resolves when the bytes are out. */
export type WriteBytes = (bytes: Buffer) => Promise<void>;

/** Bytes gathered for one write. */
const CHUNK = 64 * 1024;
/** Bytes waiting to be written before whoever writes must wait. */
const HIGH_WATER = 1024 * 1024;
/** Milliseconds until a chunk that is not full goes out. */
const LINGER_MS = 20;

/** Writes whole lines in large chunks, in order; a slow reader makes writers wait, so that memory stays flat. */
export class LineWriter {
  private lines: string[] = [];
  private gathered = 0;
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
    this.lines.push(line);
    this.gathered += line.length + 1;
    if (this.gathered >= CHUNK) this.send();
    else this.timer ??= setTimeout(() => this.send(), LINGER_MS);
    return this.waiting + this.gathered > HIGH_WATER ? this.flush() : undefined;
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

  private send(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.writing !== null || this.lines.length === 0 || this.failure !== null) return;
    const bytes = Buffer.from(this.lines.join('\n') + '\n');
    this.lines = [];
    this.waiting = this.gathered;
    this.gathered = 0;
    this.writing = this.writeBytes(bytes)
      .catch((error: unknown) => {
        this.failure = error as Error;
        this.lines = [];
        this.onBroken(this.failure);
      })
      .finally(() => {
        this.writing = null;
        this.waiting = 0;
        if (this.gathered > 0) this.send();
      });
  }
}

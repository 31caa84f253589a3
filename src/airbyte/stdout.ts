import { constants, fstatSync, openSync, write, writeSync } from 'node:fs';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { isatty } from 'node:tty';

const NEWLINE = 10;
/** What the kernel takes as a whole or not at all: PIPE_BUF, and what fits into one buffer of a socket. */
const WHOLE_IN_PIPE = 4096;
const WHOLE_IN_SOCKET = 32 * 1024;
/** Milliseconds between two attempts at a full pipe. */
const LONGEST_PAUSE_MS = 16;

/**
 * Where the lines of stdout go, without blocking the event loop (`process.stdout` is synchronous on pipes, and a slow reader would stop the
 * whole process). Pipes and sockets are given whole lines in pieces that they take as a whole: a process that ends while its reader rests
 * leaves no half line behind. Only a line that is longer than that is sent in parts.
 */
export class Output {
  private readonly whole: number;
  /**
   * Written to at once: a file, which keeps nobody waiting, or a pipe by a descriptor of our own, so that nobody else's changes; null: writes
   * may block, and go through the thread pool, at a tenth of a millisecond each.
   */
  private readonly nonBlocking: number | null;
  private stopped = false;
  private partly: Promise<void> | null = null;

  constructor(private readonly descriptor: number) {
    const kind = fstatSync(descriptor);
    this.whole = kind.isFIFO() ? WHOLE_IN_PIPE : kind.isSocket() ? WHOLE_IN_SOCKET : Infinity;
    const hasReader = !kind.isFile() && (!kind.isCharacterDevice() || isatty(descriptor));
    this.nonBlocking = kind.isFIFO() ? openAgain(descriptor) : hasReader ? null : descriptor;
  }

  /** Writes lines, in order. Rejects with EPIPE when the reader is gone, with ENOSPC when a disk is full. */
  async write(lines: Buffer): Promise<void> {
    for (let from = 0; from < lines.length && !this.stopped;) {
      const piece = lines.subarray(from, endOfPiece(lines, from, this.whole));
      from += piece.length;
      const written = this.nonBlocking !== null && piece.length <= this.whole ? writeNow(this.nonBlocking, piece) : 0;
      if (written === piece.length) continue;
      const writing = this.writePiece(piece, written);
      if (piece.length <= this.whole || this.whole === Infinity) await writing;
      else await (this.partly = writing);
      this.partly = null;
    }
  }

  /** Begins no further line; resolves when the one that is partly out is out. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.partly?.catch(() => undefined);
  }

  /** Writes the rest of a piece. */
  private async writePiece(piece: Buffer, from: number): Promise<void> {
    for (let offset = from, pause = 0; offset < piece.length;) {
      if (offset === 0 && this.stopped) return;
      const written =
        this.nonBlocking === null
          ? await writeSome(this.descriptor, piece, offset)
          : writeNow(this.nonBlocking, piece.subarray(offset));
      offset += written;
      if (written > 0) pause = 0;
      else if (pause === 0) await nextTurn().then(() => (pause = 1));
      else await delay(pause).then(() => (pause = Math.min(2 * pause, LONGEST_PAUSE_MS)));
    }
  }
}

/** As many whole lines as fit; a line that is too long is a piece by itself. */
function endOfPiece(lines: Buffer, from: number, size: number): number {
  if (lines.length - from <= size) return lines.length;
  const end = lines.lastIndexOf(NEWLINE, from + size - 1);
  if (end >= from) return end + 1;
  const next = lines.indexOf(NEWLINE, from + size);
  return next < 0 ? lines.length : next + 1;
}

/** The same pipe without waiting: a flag of the descriptor that we were given would be one of whoever shares it. */
function openAgain(descriptor: number): number | null {
  try {
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return null; // no Linux, or somebody else's pipe
  }
}

/** @returns the bytes that were taken; 0: the pipe is full */
function writeNow(descriptor: number, bytes: Buffer): number {
  try {
    return writeSync(descriptor, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}

async function writeSome(descriptor: number, bytes: Buffer, offset: number): Promise<number> {
  return await new Promise<number>((resolve, reject) => {
    write(descriptor, bytes, offset, bytes.length - offset, null, (error, written) => {
      if (error === null) resolve(written);
      else if (error.code === 'EAGAIN')
        resolve(0); // a pipe that somebody else has made non-blocking is full
      else reject(error);
    });
  });
}

import { write } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Writes bytes to a file descriptor without blocking the event loop: `process.stdout` is synchronous on pipes, and a slow reader would
 * stop the whole process. Rejects with EPIPE when the reader is gone.
 */
export async function writeTo(descriptor: number, bytes: Buffer): Promise<void> {
  for (let offset = 0; offset < bytes.length;) {
    offset += await writeSome(descriptor, bytes, offset);
  }
}

async function writeSome(descriptor: number, bytes: Buffer, offset: number): Promise<number> {
  try {
    return await new Promise<number>((resolve, reject) => {
      write(descriptor, bytes, offset, bytes.length - offset, null, (error, written) =>
        error === null ? resolve(written) : reject(error),
      );
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    await delay(5); // a pipe that somebody else has made non-blocking is full
    return 0;
  }
}

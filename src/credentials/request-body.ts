import type { IncomingMessage } from 'node:http';

/** A request is at most so long, in bytes. */
export const MAX_BODY_BYTES = 64 * 1024;
/** Who goes on sending what is too large is cut off here: before that, the answer is to be heard. */
const MAX_DISCARDED_BYTES = 16 * 1024 * 1024;

/** Reads a body; null as soon as it is too large. Rejects where it does not arrive whole. */
export function readBody(request: IncomingMessage): Promise<string | null> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let length = 0;
    const refuse = () => {
      chunks = [];
      resolve(null);
    };
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_DISCARDED_BYTES) request.destroy();
      if (length > MAX_BODY_BYTES) refuse();
      else chunks.push(chunk);
    });
    request.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.once('close', () => reject(new Error('the body did not arrive')));
    request.once('error', () => reject(new Error('the body did not arrive')));
    if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) refuse();
  });
}

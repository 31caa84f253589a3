import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { isJson, type Json } from '../config/json';

/** What a stream remembers beyond this many characters is packed: a platform takes 10 MB for all streams together. */
const READABLE = 64 * 1024;
/** What is packed may become at most, in bytes; more was damaged, or made to harm. */
const LARGEST = 512 * 1024 * 1024;
/**
 * A fifteenth to a fifth smaller than deflate at the same cost; higher levels cost more and gain nothing. A larger window takes more memory (22
 * bits: 6 MB) and gains a tenth at most, or loses some.
 */
const PACKING = {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: 5,
    [constants.BROTLI_PARAM_LGWIN]: 18,
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
  },
};

/** The digits of ids, whole or shortened, with what may stand around them; their bytes pack better. No JSON text has control characters. */
const DIGITS = /(?<=["oc])(?:[0-9a-f]{40}|[0-9a-f]{8})(?=["*^+@])/g;
const [SHORT, WHOLE] = ['\u0001', '\u0002'];
const BYTES = new RegExp(`${SHORT}[\\w-]{6}|${WHOLE}[\\w-]{27}`, 'g');

/** What is packed is gathered here, and the room is used again: each state's own would be garbage when the next is printed. */
let room = Buffer.alloc(0);
/** What is not written to is no memory: it grows by much at once, so that little is copied. In bytes. */
const LEAST_ROOM = 1024 * 1024;
/** As much of it is kept, in bytes. */
const KEPT_ROOM = 8 * 1024 * 1024;

/**
 * A state as JSON text: what is readable, then the rest, packed (Brotli, base64) where it is long.
 * @param readable version, dates: what a person looks for
 * @param counts of what the rest holds: they stand beside it where it is packed
 * @param rest the members of a JSON object, without its braces, in pieces that end between two tokens; none is held longer than it takes
 */
export function printState(readable: Json, counts: Json, rest: Iterable<string>): string {
  const head = JSON.stringify(readable).slice(1, -1);
  let text = '';
  let used = 0;
  for (const piece of rest) {
    if (used === 0 && text.length + piece.length <= READABLE) text += piece;
    else used = gather(piece, used === 0 ? gather(`{${text}`, 0) : used);
  }
  if (used === 0) return `{${[head, text].filter((part) => part !== '').join(',')}}`;
  const packed = brotliCompressSync(room.subarray(0, gather('}', used)), PACKING).toString('base64');
  if (room.length > KEPT_ROOM) room = Buffer.alloc(0);
  return `{${head},"counts":${JSON.stringify(counts)},"packed":"${packed}"}`;
}

/** Puts a piece behind what is there. @returns the bytes that are there now */
function gather(piece: string, used: number): number {
  // A character takes three bytes at most.
  const needed = used + 3 * piece.length;
  if (needed > room.length) {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 4 * room.length, LEAST_ROOM));
    room.copy(larger, 0, 0, used);
    room = larger;
  }
  return used + room.write(withBytes(piece), used);
}

/** A state with what was packed in it; null where that is damaged. */
export function unpackState(raw: Json): Json | null {
  const { packed, ...readable } = raw;
  if (packed === undefined) return raw;
  if (typeof packed !== 'string') return null;
  try {
    const bytes = brotliDecompressSync(Buffer.from(packed, 'base64'), { maxOutputLength: LARGEST });
    const rest: unknown = JSON.parse(withDigits(bytes.toString('utf8')));
    return isJson(rest) ? { ...readable, ...rest } : null;
  } catch {
    return null;
  }
}

function withBytes(text: string): string {
  return text.replace(
    DIGITS,
    (digits) => (digits.length === 8 ? SHORT : WHOLE) + Buffer.from(digits, 'hex').toString('base64url'),
  );
}

function withDigits(text: string): string {
  return text.replace(BYTES, (bytes) => Buffer.from(bytes.slice(1), 'base64url').toString('hex'));
}

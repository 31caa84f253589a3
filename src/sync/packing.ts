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

/**
 * A state as JSON text: what is readable, then the rest, packed (Brotli, base64) where it is long.
 * @param readable version, dates: what a person looks for
 * @param counts of what the rest holds: they stand beside it where it is packed
 * @param rest the members of a JSON object, without its braces, in pieces that end between two tokens: as one text they would be copied again and again
 */
export function printState(readable: Json, counts: Json, rest: readonly string[]): string {
  const head = JSON.stringify(readable).slice(1, -1);
  const length = rest.reduce((sum, piece) => sum + piece.length, 0);
  if (length <= READABLE) return `{${[head, rest.join('')].filter((part) => part !== '').join(',')}}`;
  const packed = brotliCompressSync(bytesOf(rest, length), PACKING).toString('base64');
  return `{${head},"counts":${JSON.stringify(counts)},"packed":"${packed}"}`;
}

/** The object, with its braces. */
function bytesOf(members: readonly string[], length: number): Buffer {
  // A character takes three bytes at most; what is not written to is no memory.
  const bytes = Buffer.allocUnsafeSlow(3 * length + 2);
  let used = bytes.write('{');
  for (const piece of members) used += bytes.write(withBytes(piece), used);
  used += bytes.write('}', used);
  return bytes.subarray(0, used);
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

import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { isJson, type Json } from '../config/json';

/** What a stream remembers beyond this many characters is packed: a platform takes 10 MB for all streams together. */
const READABLE = 64 * 1024;
/** What is packed may become at most, in bytes; more was damaged, or made to harm. */
const LARGEST = 512 * 1024 * 1024;

/**
 * A state as JSON text: what is readable, then the rest, packed (deflate, base64) where it is long.
 * @param readable version, dates: what a person looks for
 * @param counts of what the rest holds: they stand beside it where it is packed
 * @param rest the members of a JSON object, without its braces
 */
export function printState(readable: Json, counts: Json, rest: string): string {
  const head = JSON.stringify(readable).slice(1, -1);
  if (rest.length <= READABLE) return `{${[head, rest].filter((part) => part !== '').join(',')}}`;
  const packed = deflateRawSync(`{${rest}}`, { level: 6 }).toString('base64');
  return `{${head},"counts":${JSON.stringify(counts)},"packed":"${packed}"}`;
}

/** A state with what was packed in it; null where that is damaged. */
export function unpackState(raw: Json): Json | null {
  const { packed, ...readable } = raw;
  if (packed === undefined) return raw;
  if (typeof packed !== 'string') return null;
  try {
    const bytes = inflateRawSync(Buffer.from(packed, 'base64'), { maxOutputLength: LARGEST });
    const rest: unknown = JSON.parse(bytes.toString('utf8'));
    return isJson(rest) ? { ...readable, ...rest } : null;
  } catch {
    return null;
  }
}

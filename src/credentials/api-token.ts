import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Whether an `Authorization` header bears the token. Takes as long for a wrong one as for the right one, whatever their lengths.
 * @param header its value; undefined where there is none
 */
export function bearsToken(header: string | undefined, token: string): boolean {
  const given = /^Bearer +(\S.*?) *$/i.exec(header ?? '')?.[1];
  return timingSafeEqual(digest(given ?? ''), digest(token)) && given !== undefined;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

import { createHmac, timingSafeEqual } from 'node:crypto';

const FORM = /^sha256=([0-9a-f]{64})$/;

/**
 * Whether `X-Hub-Signature` is the HMAC-SHA256 of the raw body under one of the secrets. Takes as long for a wrong one as for a right one.
 * @param header its value; undefined where there is none
 * @param secrets the current one and, while they are rotated, the previous one
 */
export function isSigned(body: Buffer, header: string | undefined, secrets: readonly string[]): boolean {
  const given = Buffer.from(FORM.exec(header ?? '')?.[1] ?? '', 'hex');
  if (given.length === 0) return false;
  const matches = secrets.map((secret) => timingSafeEqual(createHmac('sha256', secret).update(body).digest(), given));
  return matches.includes(true);
}

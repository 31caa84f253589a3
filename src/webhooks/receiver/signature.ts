import { createHmac, timingSafeEqual } from 'node:crypto';

const FORM = /^sha256=([0-9a-f]{64})$/;

/** Whether the value of `X-Hub-Signature` has the form of a signature: where it has not, no body can make it right. */
export function mayBeSignature(header: string | undefined): boolean {
  return FORM.test(header ?? '');
}

/**
 * Whether `X-Hub-Signature` is the HMAC-SHA256 of the raw body under one of the secrets, told piece by piece, so that a large body never
 * stops the process. Takes as long for a wrong one as for a right one.
 */
export class SignatureCheck {
  private readonly hashes: readonly ReturnType<typeof createHmac>[];

  /** @param secrets the current one and, while they are rotated, the previous one */
  constructor(secrets: readonly string[]) {
    this.hashes = secrets.map((secret) => createHmac('sha256', secret));
  }

  /** The next piece of the body. */
  update(piece: Buffer): void {
    for (const hash of this.hashes) hash.update(piece);
  }

  /** The body has come to its end. @param header the signature; undefined where there is none */
  fits(header: string | undefined): boolean {
    const given = Buffer.from(FORM.exec(header ?? '')?.[1] ?? '', 'hex');
    const matches = this.hashes.map((hash) => given.length > 0 && timingSafeEqual(hash.digest(), given));
    return matches.includes(true);
  }
}

/** The same for a body as a whole. */
export function isSigned(body: Buffer, header: string | undefined, secrets: readonly string[]): boolean {
  const check = new SignatureCheck(secrets);
  check.update(body);
  return check.fits(header);
}

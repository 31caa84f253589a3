import { randomBytes, scrypt } from 'node:crypto';

/** Bytes of a key of AES-256. */
const KEY_BYTES = 32;
const SALT_BYTES = 16;
/** Cost, block size and parallelism of scrypt for new stores: 32 MB, a fraction of a second. */
const COST = { N: 32_768, r: 8, p: 3 } as const;
const FORM = /^scrypt\$([1-9]\d{0,6})\$([1-9]\d?)\$([1-9]\d?)\$([\w-]+)$/;

/** A new salt for passphrases, with the cost of deriving a key from them: printable text that a store keeps. */
export function newSalt(): string {
  return ['scrypt', COST.N, COST.r, COST.p, randomBytes(SALT_BYTES).toString('base64url')].join('$');
}

/**
 * The key of a store.
 * @param text 32 bytes in base64, or a passphrase, from which the key is derived with scrypt; blanks around it are no part of it
 * @param salt as {@link newSalt} made it; null where it is damaged
 * @returns null where the salt is damaged
 */
export function deriveKey(text: string, salt: string): Promise<Buffer | null> {
  const trimmed = text.trim();
  const raw = rawKey(trimmed);
  if (raw !== null) return Promise.resolve(raw);
  const [, N, r, p, bytes] = FORM.exec(salt) ?? [];
  if (bytes === undefined) return Promise.resolve(null);
  const cost = { N: Number(N), r: Number(r), p: Number(p), maxmem: 256 * 1024 * 1024 };
  return new Promise((resolve) => {
    try {
      scrypt(trimmed.normalize('NFC'), Buffer.from(bytes, 'base64url'), KEY_BYTES, cost, (error, key) =>
        resolve(error === null ? key : null),
      );
    } catch {
      resolve(null); // a cost that scrypt does not take
    }
  });
}

function rawKey(text: string): Buffer | null {
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return null;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === KEY_BYTES ? bytes : null;
}

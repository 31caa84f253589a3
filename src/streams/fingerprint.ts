import { createHash } from 'node:crypto';

/** Nine characters of base64: 54 bits, so that one pair in 10^16 that differs looks alike. */
const LENGTH = 9;

/** Says in nine characters what a value is, besides what its {@link essence} leaves out. */
export function fingerprint(value: unknown): string {
  return createHash('sha1').update(JSON.stringify(essence(value))).digest('base64url').slice(0, LENGTH);
}

/** A fingerprint of a set: order and pages do not matter. */
export class SetFingerprint {
  private sum = 0n;
  private count = 0;

  add(value: unknown): void {
    const digest = createHash('sha1').update(JSON.stringify(essence(value))).digest();
    this.sum = BigInt.asUintN(64, this.sum + digest.readBigUInt64BE(0));
    this.count++;
  }

  toString(): string {
    return fingerprint([this.count, this.sum.toString()]);
  }
}

/** Links change with the base URL, permissions with whoever looks, avatars with whatever. */
const DESCRIPTIVE = new Set(['links', 'permittedOperations', 'avatarUrl']);

/**
 * What of a document counts as a change. A person counts by id, a repository or project inside it likewise: renaming one of them is a
 * change of that one, not of all that mentions it (contract: descriptive copies).
 */
export function essence(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(essence);
  const source = value as Record<string, unknown>;
  if ('displayName' in source || 'emailAddress' in source) return source.id ?? source.emailAddress ?? source.name;
  if ('slug' in source && 'project' in source) return source.id;
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(source)) {
    if (!DESCRIPTIVE.has(key)) result[key] = essence(source[key]);
  }
  return result;
}

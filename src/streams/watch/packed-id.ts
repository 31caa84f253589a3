/** A commit's id in a state: its bytes as base64url, two thirds of the digits. What is no id of whole bytes stays as it is. */
export function packId(id: string): string {
  return isPackable(id) ? Buffer.from(id, 'hex').toString('base64url') : id;
}

/** Whether it is a commit's id: SHA-1, or SHA-256. */
export function isPackable(id: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(id);
}

/** Reads {@link packId}'s text back; null: it is none. */
export function unpackId(packed: string): string | null {
  const bytes = Buffer.from(packed, 'base64url');
  return /^[\w-]+$/.test(packed) && (bytes.length === 20 || bytes.length === 32) ? bytes.toString('hex') : null;
}

/** Several ids of one length, all of them packable, as one text. */
export function packIds(ids: readonly string[]): string {
  return Buffer.from(ids.join(''), 'hex').toString('base64url');
}

/** Reads {@link packIds}'s text back; none where it is not of so many. */
export function unpackIds(packed: unknown, count: number): string[] {
  if (typeof packed !== 'string' || !/^[\w-]+$/.test(packed)) return [];
  const digits = Buffer.from(packed, 'base64url').toString('hex');
  const length = digits.length / count;
  if (length !== 40 && length !== 64) return [];
  return Array.from({ length: count }, (_, index) => digits.slice(index * length, (index + 1) * length));
}

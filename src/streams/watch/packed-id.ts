/** A commit's id in a state: its bytes as base64url, two thirds of the digits. What is no id of whole bytes stays as it is. */
export function packId(id: string): string {
  return /^(?:[0-9a-f]{2}){20,32}$/.test(id) ? Buffer.from(id, 'hex').toString('base64url') : id;
}

/** Reads {@link packId}'s text back; null: it is none. */
export function unpackId(packed: string): string | null {
  const bytes = Buffer.from(packed, 'base64url');
  return /^[\w-]+$/.test(packed) && (bytes.length === 20 || bytes.length === 32) ? bytes.toString('hex') : null;
}

/** What is remembered of an item that was read. */
export interface ItemMemory {
  /** Of what the lister showed when it was read; null: it is read again, whatever the lister shows. */
  readonly fingerprint: string | null;
  /** Of its rows, where these are compared; null: not known, or not compared. */
  readonly content: string | null;
  /** Ids of the rows that there were, as {@link printIds} prints them; null: not known, or not remembered. */
  readonly children: string | null;
}

/** Of an item, nothing but what the lister showed. */
export function listedAs(fingerprint: string | null): ItemMemory {
  return { fingerprint, content: null, children: null };
}

/** As it stands in a state. */
export function printItem({ fingerprint, content, children }: ItemMemory): unknown {
  return content === null && children === null ? fingerprint : [fingerprint, content, children];
}

/** Reads it back. Version 1 has a text: `fingerprint`, `fingerprint content ids`, and a dash for what is not known. @returns undefined where it is none */
export function parseItem(raw: unknown): ItemMemory | undefined {
  if (raw === null) return listedAs(null);
  if (Array.isArray(raw)) {
    const [fingerprint, content, children] = raw.map((part: unknown) => (typeof part === 'string' ? part : null));
    return { fingerprint: fingerprint ?? null, content: content ?? null, children: children ?? null };
  }
  if (typeof raw !== 'string') return undefined;
  const [fingerprint, content, children] = raw.split(' ').map((part) => (part === '-' ? null : part));
  return { fingerprint: fingerprint ?? null, content: content ?? null, children: children ?? null };
}

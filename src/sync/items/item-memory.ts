/** What is remembered of an item that was read. */
export interface ItemMemory {
  /** Of what the lister showed when it was read; null: it is read again, whatever the lister shows. */
  readonly fingerprint: string | null;
  /** Of what of that must be read at once; null: not known, or all of it. */
  readonly urgent: string | null;
  /** The cursor that its row last had, in epoch milliseconds: its tombstone gets the same. Null: not known, or it gets none. */
  readonly date: number | null;
  /** Fingerprint of its rows, where these are compared; null: not known, or not compared. */
  readonly content: string | null;
  /** The rows that there were, as {@link printChildren} prints them; null: not known, or not remembered. */
  readonly children: string | null;
}

/** Nothing but that it was written once. */
export const UNKNOWN: ItemMemory = { fingerprint: null, urgent: null, date: null, content: null, children: null };

/**
 * As it stands in a state: a list without the nulls at its end, or the fingerprint alone.
 * @param base a date that stands there already, in epoch milliseconds: how far the item's is from it is shorter text
 */
export function printItem({ fingerprint, date, children, content, urgent }: ItemMemory, base?: number): unknown {
  const parts = [fingerprint, base === undefined || date === null ? date : (date - base).toString(36), children, content, urgent];
  while (parts.length > 1 && parts.at(-1) === null) parts.pop();
  return parts.length === 1 ? fingerprint : parts;
}

/** Reads it back. Version 1 has a text: `fingerprint`, `fingerprint content ids`, and a dash for what is not known. @returns undefined where it is none */
export function parseItem(raw: unknown, base?: number): ItemMemory | undefined {
  if (raw === null) return UNKNOWN;
  if (Array.isArray(raw)) {
    const [fingerprint, date, children, content, urgent] = raw as unknown[];
    // Written out, not spread together: there are thousands, and each would have a hidden class of its own.
    return {
      fingerprint: textOrNull(fingerprint),
      urgent: textOrNull(urgent),
      date: parseDate(date, base),
      content: textOrNull(content),
      children: textOrNull(children),
    };
  }
  if (typeof raw !== 'string') return undefined;
  const [fingerprint, content, children] = raw.split(' ').map((part) => (part === '-' ? null : part));
  return { ...UNKNOWN, fingerprint: fingerprint ?? null, content: content ?? null, children: children ?? null };
}

function parseDate(raw: unknown, base: number | undefined): number | null {
  const date = typeof raw === 'string' && base !== undefined && /^-?[0-9a-z]+$/.test(raw) ? base + parseInt(raw, 36) : raw;
  return typeof date === 'number' && Number.isFinite(date) ? date : null;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** A document as it goes into a column. */
export type Document = Record<string, unknown>;

/** The keys under which Bitbucket embeds source code; none of them is ever emitted, at any depth. */
const SOURCE_CODE = new Set(['diff', 'hunks', 'segments', 'lines']);

/**
 * Makes one of Bitbucket's documents ready for a column: instants become RFC 3339, source code goes. It is changed in place (it was
 * parsed for us alone; no copies on the hot path). Null where there is none.
 */
export function document(value: unknown): Document | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  clean(value as Document);
  return value as Document;
}

/** The same for a list of documents. */
export function documents(value: unknown): Document[] | null {
  if (!Array.isArray(value)) return null;
  return (value as unknown[]).map(document).filter((item) => item !== null);
}

function clean(value: Document): void {
  for (const key of Object.keys(value)) {
    const member = value[key];
    if (SOURCE_CODE.has(key)) value[key] = undefined;
    else if (typeof member === 'number') {
      if (key.endsWith('Date') || key.endsWith('Timestamp')) value[key] = instant(member);
    } else if (Array.isArray(member)) cleanList(member);
    else if (typeof member === 'object' && member !== null) clean(member as Document);
  }
}

function cleanList(list: readonly unknown[]): void {
  for (const item of list) {
    if (Array.isArray(item)) cleanList(item);
    else if (typeof item === 'object' && item !== null) clean(item as Document);
  }
}

/** Epoch milliseconds as `2026-08-19T17:27:55.266Z`; null for what is no instant. */
export function instant(value: unknown): string | null {
  const milliseconds = typeof value === 'string' ? Date.parse(value) : value;
  return typeof milliseconds === 'number' && Math.abs(milliseconds) <= 8.64e15 ? print(Math.trunc(milliseconds)) : null;
}

const DAY_MS = 24 * 3600 * 1000;
/** The day that was printed last: instants come in crowds, and `toISOString` takes six times as long. */
let lastDay = { number: NaN, text: '' };

function print(instant: number): string {
  const day = Math.floor(instant / DAY_MS);
  if (day !== lastDay.number) lastDay = { number: day, text: new Date(instant).toISOString().split('T')[0] ?? '' };
  const rest = instant - day * DAY_MS;
  const [hours, minutes, seconds] = [rest / 3_600_000, (rest / 60_000) % 60, (rest / 1000) % 60];
  return `${lastDay.text}T${twoDigits(hours)}:${twoDigits(minutes)}:${twoDigits(seconds)}.${String(rest % 1000).padStart(3, '0')}Z`;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${Math.floor(value)}` : String(Math.floor(value));
}

export function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

export function integer(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
}

/** A flag; null in versions that lack it. */
export function flag(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

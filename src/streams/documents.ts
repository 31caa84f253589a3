/** A document as it goes into a column. */
export type Document = Record<string, unknown>;

/** The keys under which Bitbucket embeds source code; none of them is ever emitted, at any depth. */
const SOURCE_CODE = new Set(['diff', 'hunks', 'segments', 'lines']);

/** Levels that are cleaned by recursion; what is deeper waits until the call stack is short again: replies nest without limit. */
const RECURSION = 200;

/** Something too deep: where it goes once it is clean. */
interface Deep {
  readonly holder: Document | unknown[];
  readonly key: string | number;
  readonly value: object;
}

/**
 * Makes one of Bitbucket's documents ready for a column: instants become RFC 3339, source code goes. The given one is not changed; only
 * what differs is copied. Null where there is none.
 */
export function document(value: unknown): Document | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const deep: Deep[] = [];
  const document = cleanDocument(value as Document, 0, deep);
  for (const { holder, key, value: waiting } of deep) (holder as Document)[key] = clean(waiting, 0, deep);
  return document;
}

/** The same for a list of documents. */
export function documents(value: unknown): Document[] | null {
  if (!Array.isArray(value)) return null;
  return (value as unknown[]).map(document).filter((item) => item !== null);
}

function clean(value: object, level: number, deep: Deep[]): object {
  return Array.isArray(value) ? cleanList(value as unknown[], level, deep) : cleanDocument(value as Document, level, deep);
}

function cleanDocument(value: Document, level: number, deep: Deep[]): Document {
  let copy: Document | null = null;
  for (const key in value) {
    const member = value[key];
    if (SOURCE_CODE.has(key)) (copy ??= { ...value })[key] = undefined;
    else if (typeof member === 'number' || typeof member === 'bigint') {
      if (key.endsWith('Date') || key.endsWith('Timestamp')) (copy ??= { ...value })[key] = instant(member);
    } else if (typeof member === 'object' && member !== null) {
      if (level === RECURSION) deep.push({ key, value: member, holder: (copy ??= { ...value }) });
      else {
        const cleaned = clean(member, level + 1, deep);
        if (cleaned !== member) (copy ??= { ...value })[key] = cleaned;
      }
    }
  }
  return copy ?? value;
}

function cleanList(list: readonly unknown[], level: number, deep: Deep[]): unknown[] {
  let copy: unknown[] | null = null;
  for (let index = 0; index < list.length; index++) {
    const member = list[index];
    if (typeof member !== 'object' || member === null) continue;
    if (level === RECURSION) deep.push({ key: index, value: member, holder: (copy ??= [...list]) });
    else {
      const cleaned = clean(member, level + 1, deep);
      if (cleaned !== member) (copy ??= [...list])[index] = cleaned;
    }
  }
  return copy ?? (list as unknown[]);
}

/** The first and the last instant that every parser and warehouse takes: those of the years 1 to 9999. */
const [FIRST, LAST] = [Date.parse('0001-01-01T00:00:00.000Z'), Date.parse('9999-12-31T23:59:59.999Z')];

/** Epoch milliseconds as `2026-08-19T17:27:55.266Z`; null for what is no instant, or outside the years 1 to 9999. */
export function instant(value: unknown): string | null {
  const milliseconds = typeof value === 'string' ? Date.parse(value) : value;
  return typeof milliseconds === 'number' && milliseconds >= FIRST && milliseconds <= LAST
    ? print(Math.trunc(milliseconds))
    : null;
}

/** Instants come in crowds, each several times, and `toISOString` takes six times as long: what was printed lately is kept, at as many places. */
const KEPT = 1024;
const lately = { instants: new Float64Array(KEPT).fill(NaN), texts: new Array<string>(KEPT).fill('') };

const DAY_MS = 24 * 3600 * 1000;
/** The day that was printed last. */
let lastDay = { number: NaN, text: '' };
/** The parts of a day, of one minute, and of one second, as they are printed. */
const MINUTES = Array.from(
  { length: 24 * 60 },
  (_, minute) => `T${padded(Math.floor(minute / 60), 2)}:${padded(minute % 60, 2)}:`,
);
const SECONDS = Array.from({ length: 60 }, (_, second) => `${padded(second, 2)}.`);
const MILLISECONDS = Array.from({ length: 1000 }, (_, millisecond) => `${padded(millisecond, 3)}Z`);

function print(instant: number): string {
  const place = instant & (KEPT - 1);
  if (lately.instants[place] === instant) return lately.texts[place] ?? '';
  const day = Math.floor(instant / DAY_MS);
  if (day !== lastDay.number) lastDay = { number: day, text: new Date(instant).toISOString().split('T')[0] ?? '' };
  const rest = instant - day * DAY_MS;
  const [minute, second, millisecond] = [Math.floor(rest / 60_000), Math.floor(rest / 1000) % 60, rest % 1000];
  const text = `${lastDay.text}${MINUTES[minute] ?? ''}${SECONDS[second] ?? ''}${MILLISECONDS[millisecond] ?? ''}`;
  lately.instants[place] = instant;
  lately.texts[place] = text;
  return text;
}

function padded(value: number, length: number): string {
  return String(value).padStart(length, '0');
}

export function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** A whole number of 64 bits. One beyond 2^53 was parsed as a bigint, is emitted as a number, and the types of the records know only those. */
export function integer(value: unknown): number | null {
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? (value as unknown as number) : null;
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
}

/** A flag; null in versions that lack it. */
export function flag(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

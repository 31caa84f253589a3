/** A row of an item, as it is remembered. */
export interface Child {
  /** Unique within its item. */
  readonly id: string;
  /** The cursor that it last had, in epoch milliseconds; null where it is not known. */
  readonly date: number | null;
}

/** Stands before the dates: none of the forms of ids ends with it and what follows. */
const DATES = '@';
/** What the text of commit ids begins with: twenty bytes each follow, in base64. */
const COMMITS = '#';
/** What any other ids begin with: a list in JSON. */
const TEXTS = '[';

/** The rows of an item as short text for the state: their ids, then their cursors, one where all are the same. */
export function printChildren(children: readonly Child[]): string {
  const sorted = highestFirst(children);
  const ids = printIds(sorted.map(({ id }) => id));
  const dates = printDates(sorted);
  return dates === null ? ids : ids + DATES + dates;
}

/** Numbers downwards, as they mostly come; anything else stays in its order. */
function highestFirst(children: readonly Child[]): readonly Child[] {
  let isInOrder = true;
  let last = Infinity;
  for (const { id } of children) {
    if (!isNumber(id)) return children;
    const number = Number(id);
    isInOrder &&= number <= last;
    last = number;
  }
  return isInOrder ? children : [...children].sort((a, b) => Number(b.id) - Number(a.id));
}

/** The first cursor, then how far each is from the one before it; null where there is none, or one is not known. */
function printDates(children: readonly Child[]): string | null {
  const first = children[0]?.date ?? null;
  if (first === null) return null;
  let isOne = true;
  for (const { date } of children) {
    if (date === null) return null;
    isOne &&= date === first;
  }
  if (isOne) return first.toString(36);
  return children.map(({ date }, index) => ((date ?? 0) - (children[index - 1]?.date ?? 0)).toString(36)).join(',');
}

/** Reads {@link printChildren}' text back; throws nothing: what is damaged has no dates, or is no row. */
export function parseChildren(text: string): Child[] {
  const [, ids = text, printed = null] = /^(.*)@([-0-9a-z,]+)$/s.exec(text) ?? [];
  const parsed = parseIds(ids);
  if (printed === null) return parsed.map((id) => ({ id, date: null }));
  let last = 0;
  const dates = printed.split(',').map((distance) => (last += parseInt(distance, 36)));
  return parsed.map((id, index) => ({ id, date: asDate(dates.length === 1 ? dates[0] : dates[index]) }));
}

function asDate(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}

function isNumber(id: string): boolean {
  return /^\d{1,15}$/.test(id);
}

/**
 * Ids of child rows as short text for the state. Numbers: the highest in base 36, then the distances downwards, `[1000, 998, 900]` is
 * `rs,2,2q`. Commits: their bytes. Anything else: JSON.
 */
export function printIds(ids: readonly string[]): string {
  if (ids.every(isNumber)) return printNumbers(ids.map(Number));
  if (ids.every((id) => /^[0-9a-f]{40}$/.test(id))) return `${COMMITS}${Buffer.from(ids.join(''), 'hex').toString('base64')}`;
  return JSON.stringify(ids);
}

/** Reads {@link printIds}' text back. */
export function parseIds(text: string): string[] {
  if (text === '') return [];
  if (text.startsWith(TEXTS)) return parseTexts(text);
  if (text.startsWith(COMMITS)) return Buffer.from(text.slice(1), 'base64').toString('hex').match(/.{40}/g) ?? [];
  return parseNumbers(text).map(String);
}

function parseTexts(text: string): string[] {
  try {
    return (JSON.parse(text) as unknown[]).map(String);
  } catch {
    return []; // damaged: nothing is known of them
  }
}

function printNumbers(ids: readonly number[]): string {
  const isInOrder = ids.every((id, index) => index === 0 || id <= (ids[index - 1] ?? 0));
  const sorted = isInOrder ? ids : [...ids].sort((a, b) => b - a);
  return sorted.map((id, index) => (index === 0 ? id : (sorted[index - 1] ?? 0) - id).toString(36)).join(',');
}

function parseNumbers(text: string): number[] {
  if (!/^[0-9a-z]+(?:,[0-9a-z]+)*$/.test(text)) return []; // damaged
  let last = 0;
  const ids = text.split(',').map((part, index) => {
    const value = parseInt(part, 36);
    last = index === 0 ? value : last - value;
    return last;
  });
  return ids.filter((id) => Number.isSafeInteger(id) && id >= 0);
}

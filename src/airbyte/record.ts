import { onOneLine, withoutUnloadable } from '../text/safe-text';
import { isTooDeep, mayBeTooDeep, shallower } from './reply-depth';

/** A record's data: a value for each column. */
export type Row = Readonly<Record<string, unknown>>;

/** What of a record had to be changed, in Airbyte's words (`meta.changes`). */
interface Change {
  readonly field: string;
  readonly change: 'NULLED' | 'TRUNCATED';
  readonly reason: 'SOURCE_RECORD_SIZE_LIMITATION' | 'SOURCE_FIELD_SIZE_LIMITATION' | 'SOURCE_SERIALIZATION_ERROR';
}

/** Bytes of a record's data at most, so that the whole message stays below 15 MB. */
export const MAX_DATA_BYTES = 14_900_000;

/**
 * Prints a row between the beginning and the end of its message. What parsers and warehouses refuse is replaced, and told; the
 * usual row costs a look at its text. That is looked at when it is put together, never before: V8 copies each text that is looked at, and
 * what is put together of copies is copied once more.
 */
export function recordLine(row: Row, start: string, end: string): string {
  const line = plain(row, start, end);
  if (line !== null && !line.includes('\\u') && line.length * 3 <= MAX_DATA_BYTES) return onOneLine(line);
  const { json: text, changes } = careful(row);
  const meta = changes.length === 0 ? '' : `,"meta":${JSON.stringify({ changes })}`;
  return `${start}${text}${meta}${end}`;
}

/** Null where a value is one that `JSON.stringify` cannot print, or nests too deeply. */
function plain(row: Row, start: string, end: string): string | null {
  try {
    const line = start + JSON.stringify(row) + end;
    return mayBeTooDeep(line) && Object.values(row).some(nestsTooDeeply) ? null : line;
  } catch (error) {
    // A bigint; or so many levels that the stack does not take them.
    if (error instanceof TypeError || error instanceof RangeError) return null;
    throw error;
  }
}

function nestsTooDeeply(value: unknown): value is object {
  return typeof value === 'object' && value !== null && isTooDeep(value);
}

function careful(row: Row): { readonly json: string; readonly changes: readonly Change[] } {
  const changes: Change[] = [];
  const columns = Object.entries(row).flatMap(([field, value]) => {
    if (value === undefined) return [];
    const { json, change, reason } = columnText(value);
    if (change !== undefined) changes.push({ field, change, reason });
    return [{ field, json }];
  });
  const print = () => `{${columns.map(({ field, json }) => `${JSON.stringify(field)}:${json}`).join(',')}}`;
  let json = print();
  while (Buffer.byteLength(json) > MAX_DATA_BYTES) {
    const largest = columns.reduce((one, other) => (other.json.length > one.json.length ? other : one));
    changes.push({ field: largest.field, change: 'NULLED', reason: 'SOURCE_RECORD_SIZE_LIMITATION' });
    largest.json = 'null';
    json = print();
  }
  return { json: onOneLine(json), changes };
}

type ColumnText = { readonly json: string } & (
  { readonly change?: undefined; readonly reason?: undefined } | Pick<Change, 'change' | 'reason'>
);

function columnText(value: unknown): ColumnText {
  if (typeof value === 'bigint') {
    return fits(value) ? { json: String(value) } : { json: 'null', change: 'NULLED', reason: 'SOURCE_SERIALIZATION_ERROR' };
  }
  const document = nestsTooDeeply(value) ? shallower(value) : value;
  const { json, exact } = documentText(document);
  const safe = withoutUnloadable(json);
  if (safe !== json || !exact) return { json: safe, change: 'TRUNCATED', reason: 'SOURCE_SERIALIZATION_ERROR' };
  return document !== value ? { json, change: 'TRUNCATED', reason: 'SOURCE_FIELD_SIZE_LIMITATION' } : { json };
}

/** Prints integers of 64 bits with all their digits, and larger ones as text: then it is not exact. */
function documentText(value: unknown): { readonly json: string; readonly exact: boolean } {
  let exact = true;
  const asText = JSON.stringify(value, (_key, member: unknown) => {
    if (typeof member !== 'bigint') return member;
    if (!fits(member)) exact = false;
    return String(member);
  });
  let mark = '#';
  while (asText.includes(mark)) mark += '#';
  const marked = JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'bigint' ? (fits(member) ? `${mark}${member}` : String(member)) : member,
  );
  return { json: marked === asText ? asText : marked.replaceAll(new RegExp(`"${mark}(-?\\d+)"`, 'g'), '$1'), exact };
}

function fits(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

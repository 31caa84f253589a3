import { withoutUnloadable } from '../text/safe-text';
import { isObject } from './messages';

/** Marks an integer beyond 2^53 on its way through the printer: no text begins with these. */
const LONG = '\ue000long integer\ue000';
const LONG_INTEGER = new RegExp(`"${LONG}(-?\\d+)"`, 'g');

/** The DuckDB types that a stream's columns can have. */
export type ColumnType = 'BIGINT' | 'DOUBLE' | 'BOOLEAN' | 'VARCHAR' | 'TIMESTAMPTZ' | 'JSON';

/** A column of a stream's table. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** What it holds, in a sentence. */
  readonly description?: string;
}

/** A value ready for its column; a TIMESTAMPTZ is a count of microseconds since 1970. */
export type Value = null | boolean | number | bigint | string;

/** The column type for a property of a JSON schema; what is no plain scalar (objects, arrays, mixtures) is JSON. */
export function columnType(schema: unknown): ColumnType {
  if (!isObject(schema)) return 'JSON';
  const declared = Array.isArray(schema['type']) ? schema['type'] : [schema['type']];
  const types = declared.filter((type) => type !== 'null');
  if (types.length !== 1) return 'JSON';
  switch (types[0]) {
    case 'integer':
      return 'BIGINT';
    case 'number':
      return 'DOUBLE';
    case 'boolean':
      return 'BOOLEAN';
    case 'string':
      return schema['format'] === 'date-time' ? 'TIMESTAMPTZ' : 'VARCHAR';
    default:
      return 'JSON';
  }
}

/** What a schema says of a property; nothing where it says nothing. */
export function descriptionOf(schema: unknown): Pick<Column, 'description'> {
  return isObject(schema) && typeof schema['description'] === 'string' ? { description: schema['description'] } : {};
}

/** The value as its column holds it; undefined if it does not fit there. */
export function toValue(type: ColumnType, value: unknown): Value | undefined {
  if (value === null || value === undefined) return null;
  switch (type) {
    case 'BIGINT':
      if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? value : undefined;
      return Number.isSafeInteger(value) ? BigInt(value as number) : undefined;
    case 'DOUBLE':
      return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
    case 'BOOLEAN':
      return typeof value === 'boolean' ? value : undefined;
    case 'TIMESTAMPTZ':
      return typeof value === 'string' ? microseconds(value) : undefined;
    case 'VARCHAR':
      return typeof value === 'string' ? loadable(value) : jsonText(value);
    case 'JSON':
      return jsonText(value);
  }
}

/** DuckDB refuses a text with half of a surrogate pair, and ends one at NUL. */
function loadable(text: string): string {
  return /[\0\ud800-\udfff]/.test(text) ? (JSON.parse(withoutUnloadable(JSON.stringify(text))) as string) : text;
}

/** JSON that DuckDB takes; integers keep all their digits. */
function jsonText(value: unknown): string {
  return withoutUnloadable(plain(value) ?? withLongIntegers(value));
}

/** Null where the value holds a bigint. */
function plain(value: unknown): string | null {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function withLongIntegers(value: unknown): string {
  const marked = JSON.stringify(value, (_key, member: unknown) => (typeof member === 'bigint' ? `${LONG}${member}` : member));
  return marked.replaceAll(LONG_INTEGER, '$1');
}

const INSTANT = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})?$/i;

/** RFC 3339 to microseconds since 1970; an instant without an offset is taken as UTC, one beyond microseconds is cut. */
function microseconds(instant: string): bigint | undefined {
  const match = INSTANT.exec(instant);
  if (match === null) return undefined;
  const [, date = '', time = '', fraction = '', offset = 'Z'] = match;
  const milliseconds = Date.parse(`${date}T${time}${offset.toUpperCase()}`);
  return Number.isNaN(milliseconds) ? undefined : BigInt(milliseconds) * 1000n + BigInt(fraction.padEnd(6, '0').slice(0, 6));
}

/** What never leaves the connector, wherever it stands. */
const FORBIDDEN = new Set(['diff', 'hunks', 'segments', 'lines']);

const YEAR_1 = Date.UTC(2000, 0, 1) - 730_119 * 86_400_000;
const YEAR_10000 = Date.UTC(10_000, 0, 1);

/** RFC 3339 in UTC with milliseconds; null for none, and for what lies outside of the years 1 to 9999. */
export const instant = (milliseconds: number | undefined): string | null =>
  milliseconds === undefined || !(milliseconds >= YEAR_1 && milliseconds < YEAR_10000)
    ? null
    : new Date(milliseconds).toISOString();

/** Text that any warehouse takes: NUL and lone surrogates are U+FFFD. */
export const wellFormed = <T>(value: T): T => {
  if (typeof value === 'string') {
    if (!/[\0\uD800-\uDFFF]/.test(value)) return value;
    return value.replace(/\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD') as T;
  }
  if (Array.isArray(value)) return value.map(wellFormed) as T;
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, wellFormed(each)])) as T;
  return value;
};

/** A document as a column holds it: without source code, its instants spelled out. */
export const nested = (value: unknown, key = ''): unknown => {
  if (Array.isArray(value)) return value.map((each) => nested(each));
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).filter(([name, each]) => !FORBIDDEN.has(name) && each !== undefined);
    return Object.fromEntries(entries.map(([name, each]) => [name, nested(each, name)]));
  }
  return typeof value === 'number' && /(Date|Timestamp)$/.test(key) ? instant(value) : value;
};

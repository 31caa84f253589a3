/** What never leaves the connector, wherever it stands. */
const FORBIDDEN = new Set(['diff', 'hunks', 'segments', 'lines']);

/** RFC 3339 in UTC with milliseconds; null for none. */
export const instant = (milliseconds: number | undefined): string | null =>
  milliseconds === undefined ? null : new Date(milliseconds).toISOString();

/** A document as a column holds it: without source code, its instants spelled out. */
export const nested = (value: unknown, key = ''): unknown => {
  if (Array.isArray(value)) return value.map((each) => nested(each));
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).filter(([name, each]) => !FORBIDDEN.has(name) && each !== undefined);
    return Object.fromEntries(entries.map(([name, each]) => [name, nested(each, name)]));
  }
  return typeof value === 'number' && /(Date|Timestamp)$/.test(key) ? instant(value) : value;
};

import type { Message } from './connector';
import { primaryKeyOf, STREAMS } from './connector';

export type Row = Record<string, any>;

/** What a warehouse holds after some syncs: of each stream the latest row by key, tombstones too. */
export type Warehouse = ReadonlyMap<string, ReadonlyMap<string, Row>>;

/** Loads what was read into a warehouse, in order; a tombstone sets `deleted_at` on its row, and what comes back is whole again. */
export function merge(...runs: readonly (readonly Message[])[]): Warehouse {
  const tables = new Map<string, Map<string, Row>>(STREAMS.map((stream) => [stream, new Map<string, Row>()]));
  for (const { record } of runs.flat().filter(({ type }) => type === 'RECORD')) {
    const table = tables.get(record.stream);
    if (table === undefined) throw new Error(`A record of ${record.stream}, which is no stream`);
    const key = keyOf(record.stream, record.data);
    const { deleted_at } = record.data;
    table.set(key, deleted_at === null ? record.data : { ...(table.get(key) ?? record.data), deleted_at });
  }
  return tables;
}

/** The rows of a stream that are not deleted. */
export function alive(warehouse: Warehouse, stream: string): Row[] {
  return [...(warehouse.get(stream)?.values() ?? [])].filter((row) => row.deleted_at === null);
}

/** The rows of a stream that are. */
export function deleted(warehouse: Warehouse, stream: string): Row[] {
  return [...(warehouse.get(stream)?.values() ?? [])].filter((row) => row.deleted_at !== null);
}

/** A row's primary key, as text. */
export function keyOf(stream: string, row: Row): string {
  return primaryKeyOf(stream)
    .map((column) => String(row[column]))
    .join('/');
}

/**
 * How rows differ from the truth, in lines a person can read; none: they are the same, each once. Deep, whatever the order of keys;
 * `changed_at`, which only the connector's clock knows, does not count, nor do the columns in `except`.
 */
export function differences(
  stream: string,
  rows: readonly Row[],
  truth: readonly Row[],
  except: readonly string[] = [],
): string[] {
  const ignored = new Set(['changed_at', ...except]);
  const found: string[] = [];
  const wanted = new Map(truth.map((row) => [keyOf(stream, row), row]));
  const seen = new Set<string>();
  for (const row of rows) {
    const key = keyOf(stream, row);
    const right = wanted.get(key);
    if (seen.has(key)) found.push(`${stream} ${key}: more than once`);
    seen.add(key);
    if (right === undefined) found.push(`${stream} ${key}: not in the truth`);
    else
      found.push(...columnsThatDiffer(row, right, ignored).map((column) => `${stream} ${key}: ${describe(column, row, right)}`));
  }
  for (const key of wanted.keys()) if (!seen.has(key)) found.push(`${stream} ${key}: missing`);
  return found;
}

function columnsThatDiffer(row: Row, right: Row, ignored: ReadonlySet<string>): string[] {
  const columns = new Set([...Object.keys(row), ...Object.keys(right)]);
  const differs = (one: unknown, other: unknown) => one !== other && canonical(one) !== canonical(other);
  return [...columns].filter((column) => !ignored.has(column) && differs(row[column], right[column]));
}

function describe(column: string, row: Row, right: Row): string {
  return `${column} is ${canonical(row[column]).slice(0, 400)}, should be ${canonical(right[column]).slice(0, 400)}`;
}

/** JSON with keys in order. */
export function canonical(value: unknown): string {
  const sorted = JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  ) as string | undefined;
  return sorted ?? 'undefined';
}

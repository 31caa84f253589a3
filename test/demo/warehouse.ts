import { DuckDBInstance } from '@duckdb/node-api';

/** A row of a query: numbers as numbers, instants as text. */
export type Row = Record<string, string | number | boolean | null>;

/** Runs one query on the DuckDB file, which nobody else may have open at that moment. */
export async function query(file: string, sql: string): Promise<Row[]> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    const rows = (await connection.runAndReadAll(sql)).getRowObjectsJS();
    return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function plain(value: unknown): Row[string] {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : value === null
      ? null
      : JSON.stringify(value);
}

/** Rows as a table for people: texts to the left, numbers to the right. */
export function table(rows: readonly Row[]): string {
  const names = Object.keys(rows[0] ?? {});
  const shown = rows.map((row) => names.map((name) => show(row[name] ?? null)));
  const widths = names.map((name, column) => Math.max(name.length, ...shown.map((cells) => cells[column]?.length ?? 0)));
  const isNumeric = names.map((name) => rows.every((row) => row[name] === null || typeof row[name] === 'number'));
  const line = (cells: readonly string[]) =>
    `  ${cells.map((cell, column) => (isNumeric[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!))).join('  ')}`.trimEnd();
  return [line(names), line(widths.map((width) => '─'.repeat(width))), ...shown.map(line)].join('\n');
}

function show(value: Row[string]): string {
  return value === null ? '–' : typeof value === 'number' ? value.toLocaleString('en-US') : String(value);
}

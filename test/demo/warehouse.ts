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

/** Rows as a table for people: texts to the left, numbers to the right; of what is wider than `room`, the widest texts are shortened. */
export function table(rows: readonly Row[], room: number): string {
  const names = Object.keys(rows[0] ?? {});
  const whole = rows.map((row) => names.map((name) => show(row[name] ?? null)));
  const isNumeric = names.map((name) => rows.every((row) => row[name] === null || typeof row[name] === 'number'));
  const widths = names.map((name, column) => Math.max(name.length, ...whole.map((cells) => cells[column]?.length ?? 0)));
  const excess = widths.reduce((sum, width) => sum + width + 2, 0) - room;
  const widest = widths.indexOf(Math.max(...widths.filter((_, column) => !isNumeric[column])));
  if (excess > 0 && widest >= 0) widths[widest] = Math.max(names[widest]!.length, widths[widest]! - excess);
  const shown = whole.map((cells) =>
    cells.map((cell, column) => (cell.length > widths[column]! ? `${cell.slice(0, widths[column]! - 1)}…` : cell)),
  );
  const line = (cells: readonly string[]) =>
    `  ${cells.map((cell, column) => (isNumeric[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!))).join('  ')}`.trimEnd();
  return [line(names), line(widths.map((width) => '─'.repeat(width))), ...shown.map(line)].join('\n');
}

function show(value: Row[string]): string {
  return value === null ? '–' : typeof value === 'number' ? value.toLocaleString('en-US') : String(value);
}

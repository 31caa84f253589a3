import type { Target } from './catalog';
import type { Column } from './columns';
import { quote, type Database } from './database';

/** The column that says when the connector read the row, last in every table. */
export const EXTRACTED_AT: Column = {
  name: '_extracted_at',
  type: 'TIMESTAMPTZ',
  description: 'When the connector read the row.',
};

/** All columns of a stream's table, in the order in which rows are built. */
export function tableColumns(target: Target): Column[] {
  return [...target.columns, EXTRACTED_AT];
}

/** The table that rows go to: the stream's own, or, while everything is replaced, one beside it. */
export function loadingTable(target: Target): string {
  return target.mode === 'replace' ? besideTable(target.table) : target.table;
}

/** Where a replacement waits until it is whole; it survives an interruption, so that a full refresh can go on. */
export function besideTable(table: string): string {
  return `_airbyte_loading_${table}`;
}

/** A column that is there: its type in DuckDB's words, and what is said of it. */
interface HeldColumn {
  readonly type: string;
  readonly comment: string | null;
}

/** The columns of a table by their names in small letters: DuckDB takes no notice of case. */
export type HeldColumns = ReadonlyMap<string, HeldColumn>;

/** Whether the database has this table. */
export async function tableExists(database: Database, table: string): Promise<boolean> {
  const found = await database.query(
    `SELECT 1 FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = 'main' AND table_name = ?`,
    [table],
  );
  return found.length > 0;
}

/** The columns of all tables and views, by table. One question for all: each takes DuckDB as long as this one. */
export async function heldColumns(database: Database): Promise<ReadonlyMap<string, HeldColumns>> {
  const rows = await database.query(
    `SELECT table_name, lower(column_name) AS name, data_type, comment FROM duckdb_columns()
     WHERE database_name = current_database() AND schema_name = 'main'`,
  );
  const tables = new Map<string, Map<string, HeldColumn>>();
  for (const { table_name: table, name, data_type: type, comment } of rows) {
    const columns = tables.get(String(table)) ?? new Map<string, HeldColumn>();
    tables.set(String(table), columns);
    columns.set(String(name), { type: shortType(String(type)), comment: typeof comment === 'string' ? comment : null });
  }
  return tables;
}

/**
 * Makes the table what the catalog asks for: creates it, adds columns it lacks, widens those whose type changed.
 * @param held its columns; undefined: there is no such table
 */
export async function prepareTable(
  database: Database,
  table: string,
  target: Target,
  held: HeldColumns | undefined,
): Promise<void> {
  const columns = tableColumns(target);
  if (held === undefined) {
    await createTable(database, table, columns);
    return;
  }
  for (const column of columns) {
    const type = held.get(column.name.toLowerCase())?.type;
    if (type === undefined) await addColumn(database, table, column);
    else if (type !== column.type)
      await database.run(`ALTER TABLE ${quote(table)} ALTER COLUMN ${quote(column.name)} SET DATA TYPE ${column.type}`);
  }
  await describe(
    database,
    table,
    columns.filter((column) => isDescribedOtherwise(column, held)),
  );
}

/** Makes an empty table, with what is said of each of its columns. */
export async function createTable(database: Database, table: string, columns: readonly Column[]): Promise<void> {
  await database.run(`CREATE TABLE ${quote(table)} (${columns.map(declaration).join(', ')})`);
  await describe(database, table, columns);
}

/** Adds a column to a table, without what is said of it. */
export async function addColumn(database: Database, table: string, column: Column): Promise<void> {
  await database.run(`ALTER TABLE ${quote(table)} ADD COLUMN ${declaration(column)}`);
}

/** Removes the table if it is there. */
export async function dropTable(database: Database, table: string): Promise<void> {
  await database.run(`DROP TABLE IF EXISTS ${quote(table)}`);
}

/** Puts the finished replacement in the place of the stream's table; belongs into a transaction. */
export async function swapTables(database: Database, target: Target): Promise<void> {
  await dropTable(database, target.table);
  await database.run(`ALTER TABLE ${quote(besideTable(target.table))} RENAME TO ${quote(target.table)}`);
}

/** Columns that are new, without a comment, or of which the schema says something else now. */
function isDescribedOtherwise({ name, description }: Column, held: HeldColumns): boolean {
  return description !== held.get(name.toLowerCase())?.comment;
}

/** Comments on columns, which any client of the database shows. Statements that come together take a fifth of the time. */
export async function describe(database: Database, table: string, columns: readonly Column[]): Promise<void> {
  const comments = columns.flatMap(({ name, description }) =>
    description === undefined
      ? []
      : [`COMMENT ON COLUMN ${quote(table)}.${quote(name)} IS '${description.replaceAll("'", "''")}'`],
  );
  if (comments.length > 0) await database.run(comments.join(';\n'));
}

function declaration({ name, type }: Column): string {
  return `${quote(name)} ${type}`;
}

/** DuckDB's name for TIMESTAMPTZ is the long one. */
function shortType(type: string): string {
  return type === 'TIMESTAMP WITH TIME ZONE' ? 'TIMESTAMPTZ' : type;
}

/** The keys of rows that nothing has proven since their table began to be read anew. */
function unprovenTable({ table }: Target): string {
  return `_airbyte_unproven_${table}`;
}

/** Of a row `t` of the table: that nothing has proven it. */
export function unproven(target: Target): string {
  return `EXISTS (SELECT 1 FROM ${quote(unprovenTable(target))} AS b WHERE ${sameKey(target)})`;
}

/** Of a row `t` of the table: that it is not in the replacement. */
export function notReplaced(target: Target): string {
  return `NOT EXISTS (SELECT 1 FROM ${quote(besideTable(target.table))} AS b WHERE ${sameKey(target)})`;
}

/** From now on the table is read anew, unless it is already: what does not come again until the stream is complete is gone. */
export async function beginAnew(database: Database, target: Target): Promise<void> {
  if (await isReadAnew(database, target)) return;
  await database.run(`CREATE TABLE ${quote(unprovenTable(target))} AS SELECT ${keyOf(target)} FROM ${quote(target.table)}`);
}

/** Whether the table is being read anew. */
export async function isReadAnew(database: Database, target: Target): Promise<boolean> {
  return await tableExists(database, unprovenTable(target));
}

/** The rows of a staged batch have come again. */
export async function proveRows(database: Database, target: Target, staged: string): Promise<void> {
  await database.run(`DELETE FROM ${quote(unprovenTable(target))} AS t USING ${staged} AS b WHERE ${sameKey(target)}`);
}

/** The stream has come as a whole. Rows that did not come again get a tombstone, or go where there is no column for it. @param deletedAt column */
export async function endAnew(database: Database, target: Target, deletedAt: string, now: bigint): Promise<void> {
  const table = quote(target.table);
  const from = `${quote(unprovenTable(target))} AS b WHERE ${sameKey(target)}`;
  if (target.columns.some(({ name }) => name === deletedAt)) {
    const set = [deletedAt, EXTRACTED_AT.name].map((name) => `${quote(name)} = make_timestamptz(CAST(? AS BIGINT))`);
    await database.run(`UPDATE ${table} AS t SET ${set.join(', ')} FROM ${from} AND t.${quote(deletedAt)} IS NULL`, [now, now]);
  } else await database.run(`DELETE FROM ${table} AS t USING ${from}`);
  await forgetAnew(database, target);
}

/** Nothing is left to be proven. */
export async function forgetAnew(database: Database, target: Target): Promise<void> {
  await dropTable(database, unprovenTable(target));
}

/** That a row of `t` and one of `b` are the same. */
export function sameKey({ key }: Target): string {
  return key.map((column) => `t.${quote(column)} = b.${quote(column)}`).join(' AND ');
}

function keyOf({ key }: Target): string {
  return key.map(quote).join(', ');
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from './catalog';
import { quote, STEPS, type Database } from './database';
import { streamTables, type Place, type StreamTable } from './stream-tables';
import { SyncError } from './sync-error';

const FOLDER = join(__dirname, '../../resources/views');

/** Where the tables of streams are, and the views that answer. */
const MAIN = 'main.';
/** Tables that a person may edit. */
const SETTINGS = ['bitbucket_settings', 'bitbucket_bots'];
/** What the views were made from. */
const MADE_FROM = `${STEPS}.made_from`;

/** What `resources/views/index.json` says of a view, or of a table that is kept because it takes long to compute. */
interface Model {
  readonly name: string;
  readonly relation: string;
  /** Null: a view; `whole`: a table that is made anew; `updated`: a table with a file that brings it up to date. */
  readonly kept: 'whole' | 'updated' | null;
}

interface Index {
  readonly version: string;
  readonly settings: { readonly time_zone: string; readonly include_bots: boolean; readonly production: string };
  readonly bots: readonly string[];
  readonly models: readonly Model[];
}

/**
 * Makes the views that answer what people ask, or, where they are there and of this version, brings up to date what is kept for
 * them. All tables of streams exist afterwards; those of streams that were never synced are empty. Belongs at the end of a sync;
 * throws a SyncError, and has then changed nothing.
 */
export async function refreshViews(database: Database, targets: readonly Target[]): Promise<void> {
  const index = readIndex();
  await database.transaction(async () => {
    await database.run(`CREATE SCHEMA IF NOT EXISTS ${STEPS}`);
    await database.run(`CREATE TABLE IF NOT EXISTS ${MADE_FROM} (version VARCHAR, places VARCHAR, content VARCHAR)`);
    const [made] = await database.query(`SELECT version, places, content FROM ${MADE_FROM}`);
    const before = made === undefined ? {} : (JSON.parse(String(made['places'])) as Record<string, Place>);
    const tables = await streamTables(database, targets, before);
    const places = JSON.stringify(
      Object.fromEntries(tables.map(({ stream, table, isAppended }) => [stream, { table, isAppended }])),
    );
    const content = await contentOf(database, tables);
    const isWhole = made?.['version'] === index.version && made['places'] === places && (await areThere(database, index.models));
    await refuseOthers(database, index.models);
    if (!isWhole) await make(database, index, tables);
    else if (made['content'] !== content) await update(database, index);
    else return;
    await database.run(`DELETE FROM ${MADE_FROM}`);
    await database.run(`INSERT INTO ${MADE_FROM} VALUES (?, ?, ?)`, [index.version, places, content]);
  });
}

/** What the views, and the tables that are kept for them, are called among the tables of streams. */
export function viewNames(): string[] {
  const views = readIndex().models.flatMap(({ relation }) => (relation.startsWith(MAIN) ? [relation.slice(MAIN.length)] : []));
  return [...views, ...SETTINGS];
}

/** Views of ours say what they are. @throws SyncError where one of a person has the place of one */
export async function refuseOtherViews(database: Database): Promise<void> {
  await refuseOthers(database, readIndex().models);
}

function readIndex(): Index {
  return JSON.parse(readFileSync(join(FOLDER, 'index.json'), 'utf8')) as Index;
}

/** Another text after every sync that changed a row. */
async function contentOf(database: Database, tables: readonly StreamTable[]): Promise<string> {
  const parts = tables.map(
    ({ table }) => `SELECT count(*) AS number, epoch_us(max(_extracted_at)) AS latest FROM ${quote(table)}`,
  );
  return JSON.stringify(await database.query(parts.join(' UNION ALL ')));
}

async function make(database: Database, index: Index, tables: readonly StreamTable[]): Promise<void> {
  await makeSettings(database, index);
  for (const table of tables) await database.run(baseView(table));
  for (const { name } of index.models) await runFile(database, `${name}.sql`);
  await dropOthers(database, index.models, tables);
}

async function update(database: Database, { models }: Index): Promise<void> {
  for (const { name, kept } of models) {
    if (kept === 'whole') await runFile(database, `${name}.sql`);
    if (kept === 'updated') await runFile(database, `${name}.update.sql`);
  }
}

/** Whether nobody has dropped one of them, or what a person may edit. */
async function areThere(database: Database, models: readonly Model[]): Promise<boolean> {
  const found = await database.query(
    `SELECT table_schema || '.' || table_name AS relation FROM information_schema.tables WHERE table_catalog = current_database()`,
  );
  const there = new Set(found.map(({ relation }) => String(relation)));
  return [...models.map(({ relation }) => relation), ...SETTINGS.map((name) => MAIN + name)].every((name) => there.has(name));
}

/** What somebody has made is never replaced by a view of the same name. */
async function refuseOthers(database: Database, models: readonly Model[]): Promise<void> {
  const found = await database.query(
    `SELECT table_name AS name, 'table' AS kind FROM duckdb_tables()
     WHERE database_name = current_database() AND schema_name = 'main' AND NOT internal
     UNION ALL SELECT view_name, 'view' FROM duckdb_views()
     WHERE database_name = current_database() AND schema_name = 'main' AND NOT internal AND comment IS NULL`,
  );
  const taken = found.find(({ name }) => models.some(({ relation }) => relation === `${MAIN}${String(name)}`));
  if (taken === undefined) return;
  throw new SyncError(
    `There is a ${String(taken['kind'])} ${String(taken['name'])} that no sync has made where a view of sync belongs: rename or drop it, then run sync.`,
  );
}

/** The settings are tables, which a person may edit; they are filled once. */
async function makeSettings(database: Database, { settings, bots }: Index): Promise<void> {
  await database.run(
    `CREATE TABLE IF NOT EXISTS bitbucket_settings AS
     SELECT ?::VARCHAR AS time_zone, ?::BOOLEAN AS include_bots, ?::VARCHAR AS production`,
    [settings.time_zone, settings.include_bots, settings.production],
  );
  await database.run(`CREATE TABLE IF NOT EXISTS bitbucket_bots AS SELECT unnest(from_json(?::JSON, '["VARCHAR"]')) AS pattern`, [
    JSON.stringify(bots),
  ]);
}

/** The newest row per key: the table itself, unless it was appended to. */
function baseView({ stream, table, columns, key, cursor, isAppended }: StreamTable): string {
  const names = columns.map(({ name, type }) => `CAST(${quote(name)} AS ${type}) AS ${quote(name)}`);
  const newest = `QUALIFY row_number() OVER (
    PARTITION BY ${key.map(quote).join(', ')} ORDER BY ${quote(cursor)} DESC NULLS LAST, _extracted_at DESC NULLS LAST) = 1`;
  return `CREATE OR REPLACE VIEW ${STEPS}.${quote(`base_${stream}`)} AS
    SELECT 'bitbucket' AS server, ${names.join(', ')}, 'main' AS _source_schema, _extracted_at
    FROM main.${quote(table)} ${isAppended ? newest : ''}`;
}

/** What an earlier version left among the steps. */
async function dropOthers(database: Database, models: readonly Model[], tables: readonly StreamTable[]): Promise<void> {
  const known = new Set([
    ...models.map(({ relation }) => relation),
    ...tables.map(({ stream }) => `${STEPS}.base_${stream}`),
    MADE_FROM,
  ]);
  const found = await database.query(
    `SELECT table_name AS name, CASE table_type WHEN 'VIEW' THEN 'VIEW' ELSE 'TABLE' END AS kind
     FROM information_schema.tables WHERE table_catalog = current_database() AND table_schema = '${STEPS}'`,
  );
  for (const { name, kind } of found)
    if (!known.has(`${STEPS}.${String(name)}`)) await database.run(`DROP ${String(kind)} ${STEPS}.${quote(String(name))}`);
}

/** Statements that come together take a fifth of the time, and most are comments. */
async function runFile(database: Database, file: string): Promise<void> {
  await database.run(readFileSync(join(FOLDER, file), 'utf8'));
}

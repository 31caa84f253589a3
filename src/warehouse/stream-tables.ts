import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from './catalog';
import { columnType, type Column, descriptionOf } from './columns';
import { quote, type Database } from './database';
import { STATE_TABLE } from './states';
import { addColumn, besideTable, createTable, describe, EXTRACTED_AT, heldColumns, type HeldColumns } from './tables';

const SCHEMAS = join(__dirname, '../../resources/schemas');

/** A stream of this connector and the table that holds its rows. */
export interface StreamTable {
  readonly stream: string;
  readonly table: string;
  readonly columns: readonly Column[];
  readonly key: readonly string[];
  readonly cursor: string;
  /** Whether a key can have several rows. */
  readonly isAppended: boolean;
}

/** Where a stream was when the views were made. */
export type Place = Pick<StreamTable, 'table' | 'isAppended'>;

type Declared = Omit<StreamTable, 'table' | 'isAppended'>;

/**
 * The tables of all streams, with every column that the schemas have: what is missing is created, empty, or added. A stream is where
 * the catalog puts it, else where it was before. The state of a stream whose table had to be created covers rows that are gone: it is
 * forgotten.
 */
export async function streamTables(
  database: Database,
  targets: readonly Target[],
  before: Readonly<Record<string, Place>>,
): Promise<StreamTable[]> {
  const held = await heldColumns(database);
  const tables: StreamTable[] = [];
  for (const declared of declaredStreams()) {
    const target = targets.find(({ stream }) => stream.name === declared.stream);
    const place = before[declared.stream];
    const table = target?.table ?? place?.table ?? declared.stream;
    await complete(database, table, declared, held);
    const mayRepeat = place?.table !== table || place.isAppended || target?.mode === 'append';
    const isAppended = mayRepeat && (await hasRepeatedKeys(database, table, declared.key));
    tables.push({ ...declared, table, isAppended });
  }
  return tables;
}

/** The streams as their schemas describe them; the last of the required columns is the cursor, the others are the key. */
export function declaredStreams(): Declared[] {
  return readdirSync(SCHEMAS)
    .sort()
    .map((file) => {
      const schema = JSON.parse(readFileSync(join(SCHEMAS, file), 'utf8')) as {
        properties: Record<string, unknown>;
        required: [string, ...string[]];
      };
      const columns = Object.entries(schema.properties).map(([name, property]) => ({
        name,
        type: columnType(property),
        ...descriptionOf(property),
      }));
      const key = schema.required.slice(0, -1);
      return { stream: file.replace('.json', ''), columns, key, cursor: schema.required.at(-1) ?? '' };
    });
}

async function complete(
  database: Database,
  table: string,
  { stream, columns }: Declared,
  held: ReadonlyMap<string, HeldColumns>,
): Promise<void> {
  const all = [...columns, EXTRACTED_AT];
  const existing = held.get(table);
  if (existing !== undefined) {
    const missing = all.filter(({ name }) => !existing.has(name));
    for (const column of missing) await addColumn(database, table, column);
    await describe(database, table, missing);
    return;
  }
  await createTable(database, table, all);
  // The state of a replacement that was cut off covers the rows that wait beside the table.
  if (!held.has(besideTable(table))) await database.run(`DELETE FROM ${STATE_TABLE} WHERE stream_name = ?`, [stream]);
}

async function hasRepeatedKeys(database: Database, table: string, key: readonly string[]): Promise<boolean> {
  const columns = key.map(quote).join(', ');
  const found = await database.query(`SELECT 1 FROM ${quote(table)} GROUP BY ${columns} HAVING count(*) > 1 LIMIT 1`);
  return found.length > 0;
}

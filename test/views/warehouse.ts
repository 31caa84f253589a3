import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { columnType, toValue, type Column } from '../../src/warehouse/columns';
import { Database, quote } from '../../src/warehouse/database';
import { prepareStates } from '../../src/warehouse/states';
import { refreshViews } from '../../src/warehouse/views';
import type { Row } from './shop';

const SCHEMAS = resolve(__dirname, '../../resources/schemas');

/** The columns of every stream, as its schema declares them. */
export function streamColumns(): ReadonlyMap<string, readonly Column[]> {
  return new Map(
    readdirSync(SCHEMAS).map((file) => {
      const { properties } = JSON.parse(readFileSync(join(SCHEMAS, file), 'utf8')) as { properties: Record<string, unknown> };
      return [
        file.replace('.json', ''),
        Object.entries(properties).map(([name, schema]) => ({ name, type: columnType(schema) })),
      ];
    }),
  );
}

/** A DuckDB file of our own, as sync makes it, with rows that a test puts there. */
export class Warehouse {
  private constructor(
    readonly folder: string,
    readonly file: string,
    readonly database: Database,
  ) {}

  static async open(): Promise<Warehouse> {
    const folder = mkdtempSync(join(tmpdir(), 'views-'));
    const file = join(folder, 'shop.duckdb');
    const database = await Database.open(file);
    await database.run("SET TimeZone = 'UTC'");
    await prepareStates(database);
    await refreshViews(database, []);
    return new Warehouse(folder, file, database);
  }

  /** Puts rows into a stream's table, in the place of those of the same key. */
  async put(stream: string, rows: readonly Row[], extractedAt = '2026-04-01T00:00:00.000Z'): Promise<void> {
    const columns: Column[] = [...(streamColumns().get(stream) ?? []), { name: '_extracted_at', type: 'TIMESTAMPTZ' }];
    const values = rows.map((row) =>
      columns.map(({ name, type }) => toValue(type, name === '_extracted_at' ? extractedAt : (row[name] ?? null)) ?? null),
    );
    const declared = columns.map(({ name, type }) => `${quote(name)} ${type === 'JSON' ? 'VARCHAR' : type}`);
    await this.database.run(`CREATE OR REPLACE TEMP TABLE batch (${declared.join(', ')})`);
    await this.database.append('batch', columns, values);
    await this.database.run(`INSERT INTO main.${quote(stream)} SELECT * FROM batch`);
  }

  async fill(streams: Readonly<Record<string, readonly Row[]>>): Promise<void> {
    for (const [stream, rows] of Object.entries(streams)) if (rows.length > 0) await this.put(stream, rows);
    await refreshViews(this.database, []);
  }

  /** Rows as plain values: integers as numbers, instants as `2026-03-02 09:00`. */
  async rows(sql: string): Promise<Record<string, unknown>[]> {
    const found = await this.database.query(sql);
    return found.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])));
  }

  remove(): void {
    this.database.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function plain(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (/^-?\d+$/.test(value)) return Number(value);
  return value.replace(/^(\d{4}-\d{2}-\d{2} \d{2}:\d{2}):00\+00$/, '$1');
}

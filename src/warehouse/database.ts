import { existsSync, statSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type * as NodeApi from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBInstance, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { nearest } from '../text/nearest';
import { shellWord } from '../text/shell';
import type { Column, ColumnType, Value } from './columns';
import { InputError, reasonOf, SyncError } from './sync-error';

type DuckDB = typeof NodeApi;

/** DuckDB's vectors hold this many rows; a larger chunk is refused. */
const CHUNK_ROWS = 2048;
const MAGIC = 'DUCK';
/** The schema of the steps to the views. */
export const STEPS = 'bitbucket_staging';
/** DuckDB calls what is in a file by its name up to the first dot, and does not know then what a schema of that name means. */
const SCHEMAS = [STEPS, 'information_schema'];
const MAGIC_AT = 8;

/** The embedded database: one file, one connection, nothing else in this process or another may have it open. */
export class Database {
  private constructor(
    readonly path: string,
    private readonly duckdb: DuckDB,
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
    private readonly restoreMask: () => void,
  ) {}

  /** Opens the file, or creates one for this user alone, or only reads it; throws a SyncError that says what stands in the way. */
  static async open(path: string, access: 'write' | 'read' = 'write'): Promise<Database> {
    refuseNamesOfSchemas(path);
    const duckdb = await load();
    const isThere = existsSync(path);
    if (isThere) await refuseOtherKinds(path);
    const restoreMask = access === 'write' ? maskOthers(isThere ? path : null) : () => undefined;
    try {
      const instance = await duckdb.DuckDBInstance.create(path, {
        memory_limit: '1GB',
        preserve_insertion_order: 'false',
        ...(access === 'read' && { access_mode: 'READ_ONLY' }),
      });
      const database = new Database(path, duckdb, instance, await instance.connect(), restoreMask);
      if (isThere) await database.mustBeFile();
      return database;
    } catch (error) {
      restoreMask();
      throw explain(path, error);
    }
  }

  /** DuckDB opens a file of JSON, CSV or Parquet as a view of it in a database in memory: what is loaded there is gone at the end. */
  private async mustBeFile(): Promise<void> {
    const [own] = await this.query('SELECT path FROM duckdb_databases() WHERE database_name = current_database()');
    if (typeof own?.path === 'string') return;
    this.close();
    throw new SyncError(`${this.path} exists, and is not a DuckDB database: give another file with --database.`);
  }

  /** Runs a statement; several, with a semicolon between them, where there are no parameters. */
  async run(sql: string, parameters: readonly Value[] = []): Promise<void> {
    await this.guard(() => this.connection.run(sql, [...parameters]));
  }

  /** Runs one query and gives its rows as objects of plain JSON values (a BIGINT comes as a string). */
  async query(sql: string, parameters: readonly Value[] = []): Promise<Record<string, unknown>[]> {
    const reader = await this.guard(() => this.connection.runAndReadAll(sql, [...parameters]));
    return reader.getRowObjectsJson();
  }

  /** Everything that `work` does is there afterwards, also after a crash, or nothing of it. */
  async transaction(work: () => Promise<void>): Promise<void> {
    await this.run('BEGIN TRANSACTION');
    try {
      await work();
      await this.run('COMMIT');
    } catch (error) {
      // A failed commit has already rolled back; the error that matters is the first one.
      await this.connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  /** Appends rows, given as one array per row in the order of the columns, to a temporary table. */
  async append(table: string, columns: readonly Column[], rows: readonly (readonly Value[])[]): Promise<void> {
    await this.guard(async () => {
      const appender = await this.connection.createAppender(table, 'main', 'temp');
      try {
        const types = columns.map(({ type }) => this.typeOf(type));
        for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
          const part = rows.slice(start, start + CHUNK_ROWS);
          const chunk = this.duckdb.DuckDBDataChunk.create(types, part.length);
          columns.forEach(({ type }, index) =>
            chunk.setColumnValues(
              index,
              part.map((row) => this.toDuckDB(type, row[index] ?? null)),
            ),
          );
          appender.appendDataChunk(chunk);
        }
      } finally {
        appender.closeSync();
      }
    });
  }

  /** Writes everything into the file and lets go of it. */
  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
    this.restoreMask();
  }

  private typeOf(type: ColumnType): DuckDBType {
    return type === 'JSON' ? this.duckdb.VARCHAR : this.duckdb[type];
  }

  private toDuckDB(type: ColumnType, value: Value): DuckDBValue {
    return type === 'TIMESTAMPTZ' && typeof value === 'bigint' ? new this.duckdb.DuckDBTimestampTZValue(value) : value;
  }

  private async guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw explain(this.path, error);
    }
  }
}

/**
 * From now on, files of this process are for whoever may read this one: DuckDB writes a log beside it, and what memory has no room for. A new
 * file is for this user alone: titles, comments and addresses of people are for whoever reads the server.
 * @param path null: a new file
 */
function maskOthers(path: string | null): () => void {
  const mode = path === null ? 0o600 : (statSync(path, { throwIfNoEntry: false })?.mode ?? 0o600);
  const mask = 0o077 & ~mode;
  const before = process.umask(mask);
  process.umask(before | mask);
  return () => void process.umask(before);
}

/** A name as SQL wants it, whatever characters are in it. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Whether a file begins as DuckDB's do. @throws the error of the system for one that cannot be read */
export async function beginsAsDatabase(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, MAGIC_AT);
    return buffer.toString('latin1') === MAGIC;
  } finally {
    await file.close();
  }
}

function refuseNamesOfSchemas(path: string): void {
  const [name = ''] = basename(path).split('.');
  if (!SCHEMAS.includes(name.toLowerCase())) return;
  throw new InputError(
    `A DuckDB file cannot be called ${basename(path)}: a schema in it has this name. Give another one with --database${existsSync(path) ? ', and rename the file that is there' : ''}.`,
  );
}

/** DuckDB would open some of them with an extension, and write into them. */
async function refuseOtherKinds(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found?.isFile() !== true) return;
  // What cannot be read is told by DuckDB.
  if (await beginsAsDatabase(path).catch(() => true)) return;
  throw new SyncError(`${path} exists, and cannot be used as a DuckDB database: give another file with --database.`);
}

async function load(): Promise<DuckDB> {
  try {
    return await import('@duckdb/node-api');
  } catch (error) {
    throw new SyncError(
      `sync needs the optional package @duckdb/node-api, which cannot be loaded here (${reasonOf(error)}). To install it:`,
      'npm install @duckdb/node-api',
    );
  }
}

/** DuckDB's complaint as a sentence with a remedy; its texts are those of version 1.5. */
function explain(path: string, error: unknown): SyncError {
  if (error instanceof SyncError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const reason = reasonOf(error);
  if (/set lock|already (open|attached)|being used by another/i.test(text)) {
    const holder = /\(PID (\d+)\)/.exec(text)?.[1];
    return new SyncError(
      `The database ${path} is open in another process${holder === undefined ? '' : ` (PID ${holder})`}: if that is a sync, wait for its end; else close it there, or give another file with --database.`,
    );
  }
  if (/no space left|disk full|ENOSPC/i.test(text)) {
    return new SyncError(
      `The disk that holds ${path} is full: free some space and run the same command again, it goes on from the saved state.`,
    );
  }
  if (/not a valid DuckDB database|is a directory|older version|newer version|storage version/i.test(text)) {
    return new SyncError(`${path} cannot be used as a DuckDB database: give another file with --database (${reason}).`);
  }
  if (/cannot open file|no such file|permission denied|read-only/i.test(text)) {
    return new SyncError(
      `The database ${path} cannot be written: check that its folder exists and that you may write there (${reason}).`,
    );
  }
  if (/out of memory/i.test(text)) {
    return new SyncError(
      `There was not enough memory to load into ${path}: run the same command again where more is free (${reason}).`,
    );
  }
  const zone = /Unknown TimeZone '(.*)'/.exec(text)?.[1];
  if (zone !== undefined) return unknownZone(path, zone);
  return new SyncError(`The database ${path} refused a statement: ${reason}`);
}

/** Only a person can have written it: by default it is UTC. */
function unknownZone(path: string, zone: string): SyncError {
  const meant = nearest(zone, Intl.supportedValuesOf('timeZone'));
  const is = zone === '' ? 'is empty' : `is ${zone}, which does not exist`;
  const hint = meant === null ? '' : ` (did you mean ${meant}?)`;
  return new SyncError(
    `The time zone of days and months ${is}${hint}: table bitbucket_settings of ${path}, column time_zone. To set another one:`,
    `duckdb ${shellWord(path)} "UPDATE bitbucket_settings SET time_zone = '${meant ?? 'UTC'}'"`,
  );
}

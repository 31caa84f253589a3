import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import type { Query, Sql, SqlRow, SqlValue } from './sql';

/** How long a transaction waits for another process's, in milliseconds. */
const BUSY_MS = 10_000;
/** Between two attempts to begin one. */
const PAUSE_MS = 2;

/** How a database is kept in its folder. */
export interface SqliteOptions {
  /** The name of the file. */
  readonly file: string;
  /**
   * Nobody but its owner may read the file (0600, SQLite's side files too), and what was deleted or replaced leaves no trace in it: there is
   * no write-ahead log, and freed space is overwritten. Slower, for what is seldom written.
   */
  readonly confidential: boolean;
}

/**
 * The embedded store: SQLite in a folder of this host (its log in shared memory does not work over NFS). The package carries its
 * binaries for all platforms, so that nothing is built or downloaded at install; any number of processes may open it at once, and a
 * commit is flushed to the disk before it returns.
 */
export async function openSqlite(folder: string, { file, confidential }: SqliteOptions): Promise<Sql> {
  const { DatabaseSync } = await import('@photostructure/sqlite');
  const path = join(folder, file);
  makeFolder(resolve(folder));
  if (confidential) makePrivateFile(path);
  const database = new DatabaseSync(path, { timeout: BUSY_MS });
  // From then on nothing waits inside SQLite, where it would stop the whole process: transactions are begun again instead.
  const journal = confidential
    ? 'PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA; PRAGMA secure_delete = ON'
    : 'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL';
  try {
    database.exec(`${journal}; PRAGMA busy_timeout = 0`);
  } catch (error) {
    database.close();
    throw error;
  }
  return new Sqlite(database);
}

/** SQLite gives its side files the mode of the database. */
function makePrivateFile(path: string): void {
  closeSync(openSync(path, 'a', 0o600));
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
}

/** Level by level: where nothing can be made, as in /proc, Node's own way with `recursive` never ends. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

class Sqlite implements Sql {
  private readonly statements = new Map<string, ReturnType<DatabaseSyncInstance['prepare']>>();
  /** One connection, one transaction at a time. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly database: DatabaseSyncInstance) {}

  write<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return this.inTurn('BEGIN IMMEDIATE', work);
  }

  read<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return this.inTurn('BEGIN', work);
  }

  rowsOf(parameter: string, columns: Readonly<Record<string, 'text' | 'bigint'>>): string {
    const fields = Object.keys(columns).map((name) => `json_extract(value, '$.${name}') AS ${name}`);
    return `(SELECT ${fields.join(', ')} FROM json_each(${parameter.replace('$', '?')}))`;
  }

  async close(): Promise<void> {
    await this.last;
    this.database.close();
  }

  private inTurn<T>(begin: string, work: (query: Query) => Promise<T>): Promise<T> {
    const turn = this.last.then(() => this.whenFree(() => this.transaction(begin, work)));
    this.last = turn.catch(() => undefined);
    return turn;
  }

  private async whenFree<T>(transaction: () => Promise<T>): Promise<T> {
    for (const deadline = performance.now() + BUSY_MS; ;) {
      try {
        return await transaction();
      } catch (error) {
        if (!isBusy(error) || performance.now() >= deadline) throw error;
        await delay(PAUSE_MS);
      }
    }
  }

  private async transaction<T>(begin: string, work: (query: Query) => Promise<T>): Promise<T> {
    this.database.exec(begin);
    try {
      const result = await work((statement, parameters = []) => Promise.resolve(this.run(statement, parameters)));
      this.database.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.database.isTransaction) this.database.exec('ROLLBACK');
      throw error;
    }
  }

  private run(statement: string, parameters: readonly SqlValue[]): readonly SqlRow[] {
    let prepared = this.statements.get(statement);
    if (prepared === undefined) {
      prepared = this.database.prepare(statement.replace(/\$(\d)/g, '?$1'));
      this.statements.set(statement, prepared);
    }
    return prepared.all(...parameters) as SqlRow[];
  }
}

/** Another process writes at this moment: nothing was done. */
function isBusy(error: unknown): boolean {
  return /database (?:table )?is locked|busy/i.test(String(error));
}

import type { Database } from './database';
import { tableExists } from './tables';

/** Where a file keeps what it is: one row. */
export const JOURNAL_TABLE = '_airbyte_sync';

/** What a file remembers of its syncs beside states. */
export interface Journal {
  readonly serverUrl: string | null;
  /** The streams that are synced where nobody names others. */
  readonly streams: readonly string[];
  /** The streams that there were to choose from. */
  readonly available: readonly string[];
  /** Whether a sync into it has come to an end; before, each is still the first one. */
  readonly hasEnded: boolean;
  /** The streams that were once read to their end: what comes of one before is no change. Null: a version that did not say wrote it. */
  readonly complete: readonly string[] | null;
  /** Those that the account may not read, as far as a person was told. */
  readonly denied: readonly string[];
  /** Those of which something could not be read in the last sync. */
  readonly partial: readonly string[];
}

/** What was written last; null: a new file, or one of an older version. */
export async function readJournal(database: Database): Promise<Journal | null> {
  if (!(await tableExists(database, JOURNAL_TABLE))) return null;
  const [row] = await database.query(`SELECT * FROM ${JOURNAL_TABLE}`);
  if (row === undefined) return null;
  return {
    serverUrl: typeof row['server_url'] === 'string' ? row['server_url'] : null,
    streams: namesIn(row['streams']),
    available: namesIn(row['available']),
    hasEnded: row['has_ended'] !== false, // null: an older version wrote it
    complete: typeof row['complete'] === 'string' ? namesIn(row['complete']) : null,
    denied: namesIn(row['denied']),
    partial: namesIn(row['partial']),
  };
}

/** Puts it in the place of what was there; belongs into a transaction. */
export async function writeJournal(database: Database, journal: Journal): Promise<void> {
  const { serverUrl, streams, available, hasEnded, complete, denied, partial } = journal;
  await database.run(`CREATE TABLE IF NOT EXISTS ${JOURNAL_TABLE} (server_url VARCHAR, streams VARCHAR, available VARCHAR)`);
  await database.run(`ALTER TABLE ${JOURNAL_TABLE} ADD COLUMN IF NOT EXISTS has_ended BOOLEAN`);
  for (const column of ['complete', 'denied', 'partial'])
    await database.run(`ALTER TABLE ${JOURNAL_TABLE} ADD COLUMN IF NOT EXISTS ${column} VARCHAR`);
  await database.run(`DELETE FROM ${JOURNAL_TABLE}`);
  await database.run(
    `INSERT INTO ${JOURNAL_TABLE} (server_url, streams, available, has_ended, complete, denied, partial) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    [
      serverUrl,
      streams.join(' '),
      available.join(' '),
      hasEnded,
      complete?.join(' ') ?? null,
      denied.join(' '),
      partial.join(' '),
    ],
  );
}

/** Notes what came of the streams, and, of a sync in which nothing failed, that it has come to an end. */
export async function noteEnd(
  database: Database,
  { complete, partial, hasEnded }: Pick<Journal, 'partial' | 'hasEnded'> & { readonly complete: readonly string[] },
): Promise<void> {
  await database.run(`UPDATE ${JOURNAL_TABLE} SET complete = ?, partial = ?, has_ended = has_ended OR ?`, [
    complete.join(' '),
    partial.join(' '),
    hasEnded,
  ]);
}

function namesIn(text: unknown): string[] {
  return typeof text === 'string' ? text.split(' ').filter(Boolean) : [];
}

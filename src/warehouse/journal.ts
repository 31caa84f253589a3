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
  /** Those of which something was not read when they were read last, and those whose reading failed as a whole or was cut off. */
  readonly partial: readonly string[];
  /** Until the last sync: when each stream was last read to its end, in milliseconds since 1970. */
  readonly whole: ReadonlyMap<string, number>;
  /** Those of them whose reading failed as a whole or was cut off, or is under way: nobody found that something in them cannot be read. */
  readonly cutOff: readonly string[];
  /** What could not be read of streams at the last attempt, in a few words, such as `repository MOB/gateway and 3 more`. */
  readonly unreadable: ReadonlyMap<string, string>;
  /** Where the configuration of the last sync is, absolute; null: nobody knows. */
  readonly config: string | null;
  /** Repositories that are not read any more, as far as syncs know; null: a version that did not say wrote it. */
  readonly outside: Outside | null;
  /** Pull requests last updated before it are not read any more, in milliseconds since 1970; null: all are, or an older version wrote it. */
  readonly startDate: number | null;
  /** When a sync began that has not told what came of it, in milliseconds since 1970: it is under way, or was cut off. Null: none. */
  readonly untoldSince: number | null;
}

/** Repositories that the configuration leaves out, by id: when they were last read, in milliseconds since 1970; null: nobody knows. */
export type Outside = ReadonlyMap<number, number | null>;

/** The columns that the first version had not, all of text. */
const LATER = ['complete', 'denied', 'partial', 'config', 'outside', 'start_date', 'untold', 'cut_off', 'whole', 'unreadable'];

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
    config: typeof row['config'] === 'string' ? row['config'] : null,
    outside: typeof row['outside'] === 'string' ? outsideIn(row['outside']) : null,
    startDate: typeof row['start_date'] === 'string' ? instantIn(row['start_date']) : null,
    untoldSince: typeof row['untold'] === 'string' ? instantIn(row['untold']) : null,
    whole: mapIn<number>(row['whole']),
    cutOff: namesIn(row['cut_off']),
    unreadable: mapIn<string>(row['unreadable']),
  };
}

/** Puts it in the place of what was there; belongs into a transaction. */
export async function writeJournal(database: Database, journal: Journal): Promise<void> {
  const { serverUrl, streams, available, hasEnded, complete, denied, partial, cutOff, unreadable, config } = journal;
  const { whole, outside, startDate, untoldSince } = journal;
  await database.run(`CREATE TABLE IF NOT EXISTS ${JOURNAL_TABLE} (server_url VARCHAR, streams VARCHAR, available VARCHAR)`);
  await database.run(`ALTER TABLE ${JOURNAL_TABLE} ADD COLUMN IF NOT EXISTS has_ended BOOLEAN`);
  for (const column of LATER) await database.run(`ALTER TABLE ${JOURNAL_TABLE} ADD COLUMN IF NOT EXISTS ${column} VARCHAR`);
  await database.run(`DELETE FROM ${JOURNAL_TABLE}`);
  await database.run(
    `INSERT INTO ${JOURNAL_TABLE} (server_url, streams, available, has_ended, ${LATER.join(', ')}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      serverUrl,
      streams.join(' '),
      available.join(' '),
      hasEnded,
      complete?.join(' ') ?? null,
      denied.join(' '),
      partial.join(' '),
      config,
      outside === null ? null : printOutside(outside),
      printInstant(startDate),
      printInstant(untoldSince),
      cutOff.join(' '),
      printMap(whole),
      printMap(unreadable),
    ],
  );
}

/** Notes what came of the streams, and, of a sync in which nothing failed, that it has come to an end. */
export async function noteEnd(
  database: Database,
  {
    complete,
    partial,
    cutOff,
    unreadable,
    outside,
    startDate,
    hasEnded,
  }: Pick<Journal, 'partial' | 'cutOff' | 'unreadable' | 'outside' | 'startDate' | 'hasEnded'> & {
    readonly complete: readonly string[];
  },
): Promise<void> {
  await database.run(
    `UPDATE ${JOURNAL_TABLE} SET complete = ?, partial = ?, cut_off = ?, unreadable = ?, outside = ?, start_date = ?, has_ended = has_ended OR ?`,
    [
      complete.join(' '),
      partial.join(' '),
      cutOff.join(' '),
      printMap(unreadable),
      outside === null ? null : printOutside(outside),
      printInstant(startDate),
      hasEnded,
    ],
  );
}

/** Notes that a person was told what came of the sync. */
export async function noteTold(database: Database): Promise<void> {
  await database.run(`UPDATE ${JOURNAL_TABLE} SET untold = NULL`);
}

function namesIn(text: unknown): string[] {
  return typeof text === 'string' ? text.split(' ').filter(Boolean) : [];
}

function printInstant(instant: number | null): string | null {
  return instant === null ? null : new Date(instant).toISOString();
}

function instantIn(text: string): number | null {
  const instant = Date.parse(text);
  return Number.isNaN(instant) ? null : instant;
}

/** `{"stream": value}` */
function printMap(map: ReadonlyMap<string, string | number>): string {
  return JSON.stringify(Object.fromEntries(map));
}

/** Empty where an older version wrote none. */
function mapIn<Value>(text: unknown): ReadonlyMap<string, Value> {
  return new Map(typeof text === 'string' ? Object.entries(JSON.parse(text) as Record<string, Value>) : []);
}

/** `[[since, [id, …]], …]`: most have the same date. */
function printOutside(outside: Outside): string {
  const bySince = new Map<number | null, number[]>();
  for (const [id, since] of outside) {
    const ids = bySince.get(since) ?? [];
    ids.push(id);
    bySince.set(since, ids);
  }
  return JSON.stringify([...bySince]);
}

function outsideIn(text: string): Outside {
  const groups = JSON.parse(text) as [since: number | null, ids: number[]][];
  return new Map(groups.flatMap(([since, ids]) => ids.map((id) => [id, since] as const)));
}

import type { Target } from './catalog';
import type { Database } from './database';
import { isObject, type JsonObject } from './messages';

/** Where each stream's last state is kept, in the same file as the rows that it covers. */
export const STATE_TABLE = '_airbyte_state';
/** The states of replacements that are under way: they cover the rows beside the table, not those in it. */
const LOADING_TABLE = '_airbyte_replacement';

const IS_STREAM = 'stream_name = ? AND stream_namespace IS NOT DISTINCT FROM ?';

/** Whether a sync has written into this database. Other programs have a table of this name, too. */
export async function hasStates(database: Database): Promise<boolean> {
  const found = await database.query(
    `SELECT 1 FROM information_schema.columns WHERE table_catalog = current_database() AND table_schema = 'main'
     AND table_name = '${STATE_TABLE}' AND column_name = 'stream_namespace'`,
  );
  return found.length > 0;
}

/** Creates the tables of states if this is the database's first sync. */
export async function prepareStates(database: Database): Promise<void> {
  for (const table of [STATE_TABLE, LOADING_TABLE]) {
    await database.run(
      `CREATE TABLE IF NOT EXISTS ${table} (stream_name VARCHAR NOT NULL, stream_namespace VARCHAR, state JSON, saved_at TIMESTAMPTZ)`,
    );
  }
}

/**
 * Saves a stream's state in the place of its last one; belongs into the transaction of the rows that it covers.
 * @param isBeside whether these are beside the table
 */
export async function saveState(
  database: Database,
  target: Target,
  state: unknown,
  { now, isBeside }: { readonly now: number; readonly isBeside: boolean },
): Promise<void> {
  await put(database, isBeside ? LOADING_TABLE : STATE_TABLE, target, JSON.stringify(state), now);
}

/** The replacement has taken the place of the table: its state is the table's from now on. */
export async function promoteState(database: Database, target: Target): Promise<void> {
  await remove(database, STATE_TABLE, target);
  await database.run(`INSERT INTO ${STATE_TABLE} SELECT * FROM ${LOADING_TABLE} WHERE ${IS_STREAM}`, nameOf(target));
  await remove(database, LOADING_TABLE, target);
}

/** Forgets a stream's state: its next read starts at the beginning. */
export async function forgetState(database: Database, target: Target): Promise<void> {
  await remove(database, STATE_TABLE, target);
}

/** Forgets the state of a replacement that was under way. */
export async function forgetLoading(database: Database, target: Target): Promise<void> {
  await remove(database, LOADING_TABLE, target);
}

/** Whether a replacement was cut off after its first state. */
export async function hasLoadingState(database: Database, target: Target): Promise<boolean> {
  return (await stateIn(database, LOADING_TABLE, target)) !== null;
}

/** A stream's last state: of what is beside the table while that is replaced; null: there is none. */
export async function savedState(database: Database, target: Target): Promise<unknown> {
  const text = await stateIn(database, target.mode === 'replace' ? LOADING_TABLE : STATE_TABLE, target);
  return text === null ? null : (JSON.parse(text) as unknown);
}

/** The saved states of these streams as `read --state` takes them: an array of typed STREAM messages. */
export async function savedStates(database: Database, targets: readonly Target[]): Promise<JsonObject[]> {
  const states: JsonObject[] = [];
  for (const target of targets) {
    const state = await savedState(database, target);
    if (state === null) continue;
    const { name, namespace } = target.stream;
    const descriptor = namespace === null ? { name } : { name, namespace };
    states.push({ type: 'STREAM', stream: { stream_descriptor: descriptor, stream_state: state } });
  }
  return states;
}

/** The streams that have a state, by name. */
export async function streamsWithState(database: Database): Promise<string[]> {
  const rows = await database.query(`SELECT stream_name FROM ${STATE_TABLE}`);
  return rows.map((row) => String(row['stream_name']));
}

/** When each stream's state was last saved, in milliseconds since 1970. */
export async function savedTimes(database: Database): Promise<ReadonlyMap<string, number>> {
  const rows = await database.query(
    `SELECT stream_name, epoch_ms(max(saved_at))::DOUBLE AS saved_at FROM ${STATE_TABLE} GROUP BY stream_name ORDER BY stream_name`,
  );
  return new Map(rows.map((row) => [String(row['stream_name']), Number(row['saved_at'])]));
}

/** Whether it is of a full refresh that was cut off: 0.1.0 kept such a one where the states of tables are. */
export function isOfRunningRefresh(state: unknown): boolean {
  return isObject(state) && state['full_refresh'] === 'running';
}

async function put(database: Database, table: string, target: Target, state: string | null, now: number): Promise<void> {
  await remove(database, table, target);
  await database.run(`INSERT INTO ${table} VALUES (?, ?, ?, make_timestamptz(CAST(? AS BIGINT)))`, [
    ...nameOf(target),
    state,
    BigInt(Math.trunc(now)) * 1000n,
  ]);
}

async function remove(database: Database, table: string, target: Target): Promise<void> {
  await database.run(`DELETE FROM ${table} WHERE ${IS_STREAM}`, nameOf(target));
}

async function stateIn(database: Database, table: string, target: Target): Promise<string | null> {
  const [row] = await database.query(`SELECT CAST(state AS VARCHAR) AS state FROM ${table} WHERE ${IS_STREAM}`, nameOf(target));
  return typeof row?.['state'] === 'string' ? row['state'] : null;
}

function nameOf({ stream }: Target): [string, string | null] {
  return [stream.name, stream.namespace];
}

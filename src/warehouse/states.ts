import type { Target } from './catalog';
import type { Database } from './database';
import type { JsonObject } from './messages';

/** Where each stream's last state is kept, in the same file as the rows that it covers. */
export const STATE_TABLE = '_airbyte_state';

/** Creates the state table if this is the database's first sync. */
export async function prepareStates(database: Database): Promise<void> {
  await database.run(
    `CREATE TABLE IF NOT EXISTS ${STATE_TABLE} (stream_name VARCHAR NOT NULL, stream_namespace VARCHAR, state JSON, saved_at TIMESTAMPTZ)`,
  );
}

/** Saves a stream's state in the place of its last one; belongs into the transaction of the rows that it covers. */
export async function saveState(database: Database, target: Target, state: unknown, now: number): Promise<void> {
  await forgetState(database, target);
  await database.run(`INSERT INTO ${STATE_TABLE} VALUES (?, ?, ?, make_timestamptz(CAST(? AS BIGINT)))`, [
    target.stream.name,
    target.stream.namespace,
    JSON.stringify(state),
    BigInt(Math.trunc(now)) * 1000n,
  ]);
}

/** Forgets a stream's state: its next read starts at the beginning. */
export async function forgetState(database: Database, { stream }: Target): Promise<void> {
  await database.run(`DELETE FROM ${STATE_TABLE} WHERE stream_name = ? AND stream_namespace IS NOT DISTINCT FROM ?`, [
    stream.name,
    stream.namespace,
  ]);
}

/** The saved states of these streams as `read --state` takes them: an array of typed STREAM messages. */
export async function savedStates(database: Database, targets: readonly Target[]): Promise<JsonObject[]> {
  const rows = await database.query(`SELECT stream_name, stream_namespace, CAST(state AS VARCHAR) AS state FROM ${STATE_TABLE}`);
  return targets.flatMap(({ stream }) => {
    const row = rows.find((saved) => saved['stream_name'] === stream.name && saved['stream_namespace'] === stream.namespace);
    if (row === undefined || typeof row['state'] !== 'string') return [];
    const descriptor = stream.namespace === null ? { name: stream.name } : { name: stream.name, namespace: stream.namespace };
    return [{ type: 'STREAM', stream: { stream_descriptor: descriptor, stream_state: JSON.parse(row['state']) as unknown } }];
  });
}

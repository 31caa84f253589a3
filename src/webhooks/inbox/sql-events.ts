import type { Query, Sql, SqlRow } from '../../database/sql';
import type { Delivery, Limits, SignedAt, WaitingHint } from './inbox';
import { one } from './sql-sequence';

/** Stores what is new of some deliveries at a position. A repository's list is kept as its pull request 0. @returns the request ids that were new */
export async function storeDeliveries(
  sql: Sql,
  query: Query,
  deliveries: readonly Delivery[],
  at: { readonly position: number; readonly now: number },
): Promise<ReadonlySet<string>> {
  const fresh = await remember(sql, query, deliveries, at.now);
  const first = new Map<string, Delivery>();
  for (const delivery of deliveries)
    if (fresh.has(delivery.requestId) && !first.has(delivery.requestId)) first.set(delivery.requestId, delivery);
  const events = [...first.values()];
  await storeHints(sql, query, events, at.position);
  await storeRefs(sql, query, events, at.position);
  await storeSigned(sql, query, events, at.position);
  return fresh;
}

/** The hints and changed refs that came after a position. */
export async function hintsAfter(query: Query, after: number): Promise<{ hints: WaitingHint[]; refs: number[] }> {
  const hints = await query(
    'SELECT repository_id, pull_request_id, position FROM webhook_marks WHERE position > $1 ORDER BY position',
    [after],
  );
  const refs = await query('SELECT repository_id FROM webhook_refs WHERE position > $1', [after]);
  return { hints: hints.map(hintOf), refs: refs.map((row) => Number(row.repository_id)) };
}

/** Removes what every reader has covered. */
export async function forgetUpTo(query: Query, covered: number): Promise<void> {
  await query('DELETE FROM webhook_marks WHERE position <= $1', [covered]);
  await query('DELETE FROM webhook_refs WHERE position <= $1', [covered]);
  await query('UPDATE webhook_inbox SET forgotten_to = $1 WHERE forgotten_to < $1', [covered]);
}

/** The latest signed event of each kind and repository. */
export async function signedEvents(query: Query): Promise<SignedAt[]> {
  const rows = await query('SELECT repository_id, event, project_id, position FROM webhook_signed');
  return rows.map((row) => ({
    repositoryId: Number(row.repository_id),
    event: String(row.event),
    projectId: Number(row.project_id) === 0 ? null : Number(row.project_id),
    position: Number(row.position),
  }));
}

/** Removes request ids and hints that are over the limits. @param nextPosition takes the next position */
export async function pruneEvents(query: Query, limits: Limits, now: number, nextPosition: () => Promise<number>): Promise<void> {
  const [oldest] = await query('SELECT received_at FROM webhook_deliveries ORDER BY received_at DESC LIMIT 1 OFFSET $1', [
    limits.deliveries,
  ]);
  const horizon = Math.max(now - limits.deliveryMs, oldest === undefined ? 0 : Number(oldest.received_at) + 1);
  await query('DELETE FROM webhook_deliveries WHERE received_at < $1', [horizon]);
  while ((await count(query, 'webhook_marks WHERE pull_request_id > 0')) > limits.hints)
    await gather(query, await nextPosition());
}

/** How many rows there are. @param what a table, and which of its rows */
export async function count(query: Query, what: string): Promise<number> {
  return Number(one(await query(`SELECT COUNT(*) AS amount FROM ${what}`)).amount);
}

async function remember(sql: Sql, query: Query, deliveries: readonly Delivery[], now: number): Promise<ReadonlySet<string>> {
  const given = sql.rowsOf('$1', { request_id: 'text', received_at: 'bigint' });
  const rows = deliveries.map(({ requestId }) => ({ request_id: requestId, received_at: now }));
  const fresh = await query(
    `INSERT INTO webhook_deliveries (request_id, received_at) SELECT request_id, received_at FROM ${given} WHERE true ON CONFLICT (request_id) DO NOTHING RETURNING request_id`,
    [JSON.stringify(rows)],
  );
  return new Set(fresh.map((row) => String(row.request_id)));
}

async function storeHints(sql: Sql, query: Query, deliveries: readonly Delivery[], position: number): Promise<void> {
  const hints = new Map<string, object>();
  for (const { hint } of deliveries) {
    if (hint === null) continue;
    const { repositoryId, pullRequestId } = hint;
    const row = { repository_id: repositoryId, pull_request_id: pullRequestId ?? 0, position };
    hints.set(`${repositoryId}/${pullRequestId ?? 0}`, row);
  }
  if (hints.size === 0) return;
  const given = sql.rowsOf('$1', { repository_id: 'bigint', pull_request_id: 'bigint', position: 'bigint' });
  await query(
    `INSERT INTO webhook_marks (repository_id, pull_request_id, position) SELECT repository_id, pull_request_id, position FROM ${given} WHERE true ` +
      'ON CONFLICT (repository_id, pull_request_id) DO UPDATE SET position = excluded.position',
    [JSON.stringify([...hints.values()])],
  );
}

async function storeRefs(sql: Sql, query: Query, deliveries: readonly Delivery[], position: number): Promise<void> {
  const ids = new Set(deliveries.flatMap(({ hint }) => (hint?.refs === true ? [hint.repositoryId] : [])));
  if (ids.size === 0) return;
  const given = sql.rowsOf('$1', { repository_id: 'bigint', position: 'bigint' });
  await query(
    `INSERT INTO webhook_refs (repository_id, position) SELECT repository_id, position FROM ${given} WHERE true ` +
      'ON CONFLICT (repository_id) DO UPDATE SET position = excluded.position',
    [JSON.stringify([...ids].map((id) => ({ repository_id: id, position })))],
  );
}

async function storeSigned(sql: Sql, query: Query, deliveries: readonly Delivery[], position: number): Promise<void> {
  const events = new Map<string, object>();
  for (const { signed } of deliveries) {
    if (signed === null) continue;
    const { repositoryId, projectId, event } = signed;
    events.set(`${repositoryId}/${event}`, { repository_id: repositoryId, event, project_id: projectId ?? 0, position });
  }
  if (events.size === 0) return;
  const given = sql.rowsOf('$1', { repository_id: 'bigint', event: 'text', project_id: 'bigint', position: 'bigint' });
  await query(
    `INSERT INTO webhook_signed (repository_id, event, project_id, position) SELECT repository_id, event, project_id, position FROM ${given} WHERE true ` +
      'ON CONFLICT (repository_id, event) DO UPDATE SET project_id = excluded.project_id, position = excluded.position',
    [JSON.stringify([...events.values()])],
  );
}

/** The hints of the fullest repository become one for all of it: a listing pass finds what they named. */
async function gather(query: Query, position: number): Promise<void> {
  const fullest = one(
    await query(
      'SELECT repository_id FROM webhook_marks WHERE pull_request_id > 0 GROUP BY repository_id ORDER BY COUNT(*) DESC LIMIT 1',
    ),
  );
  const id = Number(fullest.repository_id);
  await query('DELETE FROM webhook_marks WHERE repository_id = $1', [id]);
  await query('INSERT INTO webhook_marks (repository_id, pull_request_id, position) VALUES ($1, 0, $2)', [id, position]);
}

function hintOf(row: SqlRow): WaitingHint {
  const pullRequestId = Number(row.pull_request_id);
  return {
    repositoryId: Number(row.repository_id),
    pullRequestId: pullRequestId === 0 ? null : pullRequestId,
    position: Number(row.position),
  };
}

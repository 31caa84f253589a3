import { randomUUID } from 'node:crypto';
import type { Query, SqlRow } from '../../database/sql';
import type { Epoch, Gap } from './inbox';

/** So many gaps and epochs are kept; a reader that has rested for longer reads everything. */
const KEPT = 200;
const LONGEST_CAUSE = 200;

/**
 * The sequence of positions, as one process sees it: each change takes the next one. A position that is not higher than one it was given
 * before shows that the inbox was restored from a backup under its hands.
 */
export class Sequence {
  private highest = 0;

  /** Takes the next position. */
  async next(query: Query): Promise<number> {
    let position = await advance(query);
    if (position <= this.highest) {
      await beginEpoch(query, position);
      await addGap(query, position, 'the inbox has gone back behind what it had counted');
      position = await advance(query);
    }
    this.highest = position;
    return position;
  }

  /** Begins an epoch: nobody can say what happened before. */
  async restart(query: Query, cause: string): Promise<void> {
    const position = await this.next(query);
    await beginEpoch(query, position);
    await addGap(query, position, cause);
  }

  /** Notes that events may be missing from before now. */
  async gap(query: Query, cause: string): Promise<void> {
    await addGap(query, await this.next(query), cause);
  }
}

/** From the earliest; an inbox of version 0.1.0 has one, which has its own id. */
export async function epochsOf(query: Query): Promise<Epoch[]> {
  const rows = await query('SELECT id, began FROM webhook_epochs ORDER BY began');
  return rows.map((row) => ({ id: String(row.id), began: Number(row.began) }));
}

/** The latest gap; null: there was none. */
export async function lastGap(query: Query): Promise<Gap | null> {
  const [row] = await query('SELECT position, cause FROM webhook_gaps ORDER BY position DESC LIMIT 1');
  return row === undefined ? null : { position: Number(row.position), cause: String(row.cause) };
}

/** The only row of what must hold one. */
export function one(rows: readonly SqlRow[]): SqlRow {
  const [row] = rows;
  if (row === undefined) throw new Error('the webhook inbox is damaged: a row is missing from webhook_inbox');
  return row;
}

async function advance(query: Query): Promise<number> {
  return Number(one(await query('UPDATE webhook_inbox SET position = position + 1 RETURNING position')).position);
}

async function beginEpoch(query: Query, position: number): Promise<void> {
  // What was counted from here on before is another stretch, which no reader may take for this one.
  await query('DELETE FROM webhook_epochs WHERE began >= $1', [position]);
  await query('INSERT INTO webhook_epochs (id, began) VALUES ($1, $2)', [randomUUID(), position]);
  await query(`DELETE FROM webhook_epochs WHERE id NOT IN (SELECT id FROM webhook_epochs ORDER BY began DESC LIMIT ${KEPT})`);
}

async function addGap(query: Query, position: number, cause: string): Promise<void> {
  await query(
    'INSERT INTO webhook_gaps (position, cause) VALUES ($1, $2) ON CONFLICT (position) DO UPDATE SET cause = excluded.cause',
    [position, cause.slice(0, LONGEST_CAUSE)],
  );
  await query(
    `DELETE FROM webhook_gaps WHERE position NOT IN (SELECT position FROM webhook_gaps ORDER BY position DESC LIMIT ${KEPT})`,
  );
}

import { randomUUID } from 'node:crypto';
import type { Delivery, Fill, HookState, Inbox, Limits, Look, Mark, Proof, SignOfLife } from './inbox';
import { SILENCE_MS } from './inbox';
import { TABLES } from './sql-schema';
import type { Query, Sql, SqlRow } from '../../database/sql';

/** The inbox in SQL that SQLite and PostgreSQL both understand. A repository as a whole is marked as its pull request 0. */
export class SqlInbox implements Inbox {
  private constructor(
    private readonly sql: Sql,
    private readonly limits: Limits,
  ) {}

  static async open(sql: Sql, limits: Limits): Promise<SqlInbox> {
    try {
      await sql.write(async (query) => {
        for (const table of TABLES) await query(table);
        await query('INSERT INTO webhook_inbox (one, id) VALUES (1, $1) ON CONFLICT (one) DO NOTHING', [randomUUID()]);
      });
    } catch (error) {
      await sql.close();
      throw error;
    }
    return new SqlInbox(sql, limits);
  }

  put(deliveries: readonly Delivery[]): Promise<ReadonlySet<string>> {
    return this.sql.write(async (query) => {
      const position = await nextPosition(query);
      const fresh = await this.remember(query, deliveries);
      const first = new Map<string, Delivery>();
      for (const delivery of deliveries)
        if (fresh.has(delivery.requestId) && !first.has(delivery.requestId)) first.set(delivery.requestId, delivery);
      await this.mark(query, [...first.values()], position);
      await this.prove(query, [...first.values()]);
      return fresh;
    });
  }

  beat({ receiver, path, at, missed }: SignOfLife): Promise<void> {
    return this.sql.write(async (query) => {
      const others = await query('SELECT 1 FROM webhook_receivers WHERE alive_at > $1', [at - SILENCE_MS]);
      const known = await query('SELECT 1 FROM webhook_receivers WHERE receiver = $1', [receiver]);
      // Whoever comes new, or comes back after a silence in which nobody else was there, cannot say what was sent meanwhile.
      if (missed || known.length === 0 || others.length === 0) await query('UPDATE webhook_inbox SET gap_at = $1', [at]);
      if (known.length === 0) {
        await query('DELETE FROM webhook_receivers WHERE alive_at < $1', [at - SILENCE_MS]);
        // An inbox restored from a backup has counted less far than its readers have read: beyond the clock, no position was given before.
        await query('UPDATE webhook_inbox SET position = $1 WHERE position < $1', [at]);
      }
      await query(
        'INSERT INTO webhook_receivers (receiver, path, alive_at) VALUES ($1, $2, $3) ON CONFLICT (receiver) DO UPDATE SET path = excluded.path, alive_at = excluded.alive_at',
        [receiver, path, at],
      );
    });
  }

  leave(receiver: string): Promise<void> {
    return this.sql.write(async (query) => {
      await query('DELETE FROM webhook_receivers WHERE receiver = $1', [receiver]);
    });
  }

  look(after: number): Promise<Look> {
    return this.sql.read(async (query) => {
      const inbox = one(await query('SELECT id, position, forgotten_to, gap_at FROM webhook_inbox'));
      const receivers = await query('SELECT path, alive_at FROM webhook_receivers');
      const marks = await query(
        'SELECT repository_id, pull_request_id, position FROM webhook_marks WHERE position > $1 ORDER BY position',
        [after],
      );
      const proofs = (await query('SELECT scope, signed_at, asked_at, state, failed_at, missed_at FROM webhook_hooks')).map(
        proofOf,
      );
      return {
        id: String(inbox.id),
        position: Number(inbox.position),
        forgottenTo: Number(inbox.forgotten_to),
        gapAt: Number(inbox.gap_at),
        aliveAt: Math.max(0, ...receivers.map((row) => Number(row.alive_at))),
        paths: [...new Set(receivers.map((row) => String(row.path)))],
        marks: marks.map(markOf),
        proofs: new Map(proofs.map((proof) => [proof.scope, proof])),
      };
    });
  }

  acknowledge(reader: string, position: number, at: number): Promise<void> {
    return this.sql.write(async (query) => {
      await query(
        'INSERT INTO webhook_readers (reader, position, seen_at) VALUES ($1, $2, $3) ON CONFLICT (reader) DO UPDATE SET position = excluded.position, seen_at = excluded.seen_at',
        [reader, position, at],
      );
      await query('DELETE FROM webhook_readers WHERE seen_at < $1', [at - this.limits.readerMs]);
      const covered = Number(one(await query('SELECT MIN(position) AS covered FROM webhook_readers')).covered);
      await query('DELETE FROM webhook_marks WHERE position <= $1', [covered]);
      await query('UPDATE webhook_inbox SET forgotten_to = $1 WHERE forgotten_to < $1', [covered]);
    });
  }

  record(proofs: readonly Proof[]): Promise<void> {
    return this.sql.write(async (query) => {
      for (const { scope, askedAt, state, failedAt, missedAt } of proofs) {
        await query(
          'INSERT INTO webhook_hooks (scope, asked_at, state, failed_at, missed_at) VALUES ($1, $2, $3, $4, $5) ' +
            'ON CONFLICT (scope) DO UPDATE SET asked_at = excluded.asked_at, state = excluded.state, failed_at = excluded.failed_at, missed_at = excluded.missed_at ' +
            'WHERE webhook_hooks.asked_at <= excluded.asked_at',
          [scope, askedAt, state, failedAt, missedAt],
        );
      }
    });
  }

  tidy(at: number): Promise<void> {
    const { deliveryMs, deliveries, marks } = this.limits;
    return this.sql.write(async (query) => {
      const [oldest] = await query('SELECT received_at FROM webhook_deliveries ORDER BY received_at DESC LIMIT 1 OFFSET $1', [
        deliveries,
      ]);
      const horizon = Math.max(at - deliveryMs, oldest === undefined ? 0 : Number(oldest.received_at) + 1);
      await query('DELETE FROM webhook_deliveries WHERE received_at < $1', [horizon]);
      while ((await count(query, 'webhook_marks WHERE pull_request_id > 0')) > marks) await gather(query);
    });
  }

  fill(): Promise<Fill> {
    return this.sql.read(async (query) => ({
      marks: await count(query, 'webhook_marks'),
      deliveries: await count(query, 'webhook_deliveries'),
      position: Number(one(await query('SELECT position FROM webhook_inbox')).position),
    }));
  }

  close(): Promise<void> {
    return this.sql.close();
  }

  private async remember(query: Query, deliveries: readonly Delivery[]): Promise<ReadonlySet<string>> {
    const given = this.sql.rowsOf('$1', { request_id: 'text', received_at: 'bigint' });
    const rows = deliveries.map(({ requestId, receivedAt }) => ({ request_id: requestId, received_at: receivedAt }));
    const fresh = await query(
      `INSERT INTO webhook_deliveries (request_id, received_at) SELECT request_id, received_at FROM ${given} WHERE true ON CONFLICT (request_id) DO NOTHING RETURNING request_id`,
      [JSON.stringify(rows)],
    );
    return new Set(fresh.map((row) => String(row.request_id)));
  }

  private async mark(query: Query, deliveries: readonly Delivery[], position: number): Promise<void> {
    const marks = new Map<string, object>();
    for (const { hint } of deliveries) {
      if (hint === null) continue;
      const pullRequestId = hint.pullRequestId ?? 0;
      marks.set(`${hint.repositoryId}/${pullRequestId}`, {
        repository_id: hint.repositoryId,
        pull_request_id: pullRequestId,
        position,
      });
    }
    if (marks.size === 0) return;
    const given = this.sql.rowsOf('$1', { repository_id: 'bigint', pull_request_id: 'bigint', position: 'bigint' });
    await query(
      `INSERT INTO webhook_marks (repository_id, pull_request_id, position) SELECT repository_id, pull_request_id, position FROM ${given} WHERE true ` +
        'ON CONFLICT (repository_id, pull_request_id) DO UPDATE SET position = excluded.position',
      [JSON.stringify([...marks.values()])],
    );
  }

  private async prove(query: Query, deliveries: readonly Delivery[]): Promise<void> {
    const proofs = new Map<number, object>();
    for (const { repositoryId, receivedAt } of deliveries) {
      if (repositoryId !== null) proofs.set(repositoryId, { scope: `repository:${repositoryId}`, signed_at: receivedAt });
    }
    if (proofs.size === 0) return;
    const given = this.sql.rowsOf('$1', { scope: 'text', signed_at: 'bigint' });
    await query(
      `INSERT INTO webhook_hooks (scope, signed_at) SELECT scope, signed_at FROM ${given} WHERE true ON CONFLICT (scope) DO UPDATE SET signed_at = excluded.signed_at`,
      [JSON.stringify([...proofs.values()])],
    );
  }
}

async function nextPosition(query: Query): Promise<number> {
  return Number(one(await query('UPDATE webhook_inbox SET position = position + 1 RETURNING position')).position);
}

/** The marks of the fullest repository become one for all of it. */
async function gather(query: Query): Promise<void> {
  const fullest = one(
    await query(
      'SELECT repository_id FROM webhook_marks WHERE pull_request_id > 0 GROUP BY repository_id ORDER BY COUNT(*) DESC LIMIT 1',
    ),
  );
  const id = Number(fullest.repository_id);
  await query('DELETE FROM webhook_marks WHERE repository_id = $1', [id]);
  await query('INSERT INTO webhook_marks (repository_id, pull_request_id, position) VALUES ($1, 0, $2)', [
    id,
    await nextPosition(query),
  ]);
}

async function count(query: Query, what: string): Promise<number> {
  return Number(one(await query(`SELECT COUNT(*) AS amount FROM ${what}`)).amount);
}

function markOf(row: SqlRow): Mark {
  const pullRequestId = Number(row.pull_request_id);
  return {
    repositoryId: Number(row.repository_id),
    pullRequestId: pullRequestId === 0 ? null : pullRequestId,
    position: Number(row.position),
  };
}

function proofOf(row: SqlRow): Proof {
  const { scope, signed_at, asked_at, state, failed_at, missed_at } = row;
  return {
    ...{ scope: String(scope), signedAt: Number(signed_at), askedAt: Number(asked_at) },
    ...{ state: String(state) as HookState, failedAt: Number(failed_at), missedAt: Number(missed_at) },
  };
}

function one(rows: readonly SqlRow[]): SqlRow {
  const [row] = rows;
  if (row === undefined) throw new Error('the webhook inbox is damaged: a row is missing from webhook_inbox');
  return row;
}

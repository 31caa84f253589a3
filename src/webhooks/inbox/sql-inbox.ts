import { randomUUID } from 'node:crypto';
import type { Query, Sql } from '../../database/sql';
import type { InboxClock } from './clock';
import { parseScopeRecord, type ScopeRecord, unknownScope } from './hook-record';
import type { Delivery, Fill, Inbox, InboxContents, Limits, ScopeUpdate, SignedAt } from './inbox';
import { SILENCE_MS } from './inbox';
import { count, forgetUpTo, hintsAfter, pruneEvents, signedEvents, storeDeliveries } from './sql-events';
import { TABLES } from './sql-schema';
import { epochsOf, lastGap, one, Sequence } from './sql-sequence';

/** The inbox in SQL that SQLite and PostgreSQL both understand. */
export class SqlInbox implements Inbox {
  private readonly sequence = new Sequence();

  private constructor(
    private readonly sql: Sql,
    private readonly limits: Limits,
    private readonly clock: InboxClock,
  ) {}

  static async open(sql: Sql, limits: Limits, clock: InboxClock): Promise<SqlInbox> {
    try {
      await sql.write(async (query) => {
        for (const table of TABLES) await query(table);
        await query('INSERT INTO webhook_inbox (one, id) VALUES (1, $1) ON CONFLICT (one) DO NOTHING', [randomUUID()]);
        // An inbox begins with an epoch of its own id, by which states of version 0.1.0 know it.
        if ((await count(query, 'webhook_epochs')) === 0)
          await query('INSERT INTO webhook_epochs (id, began) SELECT id, 0 FROM webhook_inbox');
      });
    } catch (error) {
      await sql.close();
      throw error;
    }
    return new SqlInbox(sql, limits, clock);
  }

  put(deliveries: readonly Delivery[]): Promise<ReadonlySet<string>> {
    return this.sql.write(async (query) => {
      const position = await this.sequence.next(query);
      return storeDeliveries(this.sql, query, deliveries, { position, now: await this.clock(query) });
    });
  }

  knows(requestId: string): Promise<boolean> {
    return this.sql.read(
      async (query) => (await query('SELECT 1 FROM webhook_deliveries WHERE request_id = $1', [requestId])).length > 0,
    );
  }

  begin(receiver: string, path: string): Promise<void> {
    return this.sql.write(async (query) => {
      await this.sequence.restart(query, 'a receiver was started');
      await this.sign(query, receiver, path);
    });
  }

  heartbeat(receiver: string, path: string): Promise<void> {
    return this.sql.write(async (query) => {
      await this.removeSilent(query);
      const known = await query('SELECT 1 FROM webhook_heartbeats WHERE receiver = $1', [receiver]);
      if (known.length === 0) await this.sequence.gap(query, 'a receiver came back after a silence');
      await this.sign(query, receiver, path);
    });
  }

  leave(receiver: string): Promise<void> {
    return this.sql.write(async (query) => {
      await query('DELETE FROM webhook_heartbeats WHERE receiver = $1', [receiver]);
    });
  }

  noteGap(cause: string): Promise<void> {
    return this.sql.write((query) => this.sequence.gap(query, cause));
  }

  read(after: number, reader: string): Promise<InboxContents> {
    return this.sql.read(async (query) => {
      const inbox = one(await query('SELECT position, forgotten_to FROM webhook_inbox'));
      const now = await this.clock(query);
      const receivers = await query('SELECT path, alive_at FROM webhook_heartbeats');
      const living = receivers.filter((row) => Math.abs(now - Number(row.alive_at)) <= SILENCE_MS);
      const scopes = (await query('SELECT scope, record FROM webhook_scopes')).map((row) =>
        parseScopeRecord(String(row.scope), String(row.record)),
      );
      const hidden = await query('SELECT scope, asked_at FROM webhook_hidden WHERE reader = $1', [reader]);
      const urls = await query('SELECT url FROM webhook_urls ORDER BY position DESC');
      return {
        epochs: await epochsOf(query),
        position: Number(inbox.position),
        forgottenTo: Number(inbox.forgotten_to),
        now,
        paths: [...new Set(living.map((row) => String(row.path)))],
        gap: await lastGap(query),
        ...(await hintsAfter(query, after)),
        scopes: new Map(scopes.map((record) => [record.scope, record])),
        hidden: new Map(hidden.map((row) => [String(row.scope), Number(row.asked_at)])),
        urls: urls.map((row) => String(row.url)),
      };
    });
  }

  acknowledge(reader: string, position: number): Promise<void> {
    return this.sql.write(async (query) => {
      await this.removeSilent(query);
      const now = await this.clock(query);
      await query(
        'INSERT INTO webhook_readers (reader, position, seen_at) VALUES ($1, $2, $3) ON CONFLICT (reader) DO UPDATE SET position = excluded.position, seen_at = excluded.seen_at',
        [reader, position, now],
      );
      await query('DELETE FROM webhook_readers WHERE seen_at < $1', [now - this.limits.readerMs]);
      await query('DELETE FROM webhook_hidden WHERE reader NOT IN (SELECT reader FROM webhook_readers)');
      await forgetUpTo(query, Number(one(await query('SELECT MIN(position) AS covered FROM webhook_readers')).covered));
    });
  }

  updateScopes(scopes: readonly string[], update: ScopeUpdate): Promise<ReadonlyMap<string, ScopeRecord>> {
    return this.sql.write(async (query) => {
      const at = { position: await this.sequence.next(query), now: await this.clock(query) };
      const updated = new Map<string, ScopeRecord>();
      for (const scope of scopes) {
        const record = update(await this.scope(query, scope), at);
        await this.store(query, record);
        updated.set(scope, record);
      }
      return updated;
    });
  }

  asked(scopes: readonly string[], position: number): Promise<void> {
    return this.sql.write(async (query) => {
      const askedAt = await this.clock(query);
      for (const scope of scopes) await this.store(query, { ...(await this.scope(query, scope)), asked: position, askedAt });
    });
  }

  hide(reader: string, scopes: readonly string[]): Promise<void> {
    return this.sql.write(async (query) => {
      const given = this.sql.rowsOf('$1', { reader: 'text', scope: 'text', asked_at: 'bigint' });
      const now = await this.clock(query);
      await query(
        `INSERT INTO webhook_hidden (reader, scope, asked_at) SELECT reader, scope, asked_at FROM ${given} WHERE true ` +
          'ON CONFLICT (reader, scope) DO UPDATE SET asked_at = excluded.asked_at',
        [JSON.stringify(scopes.map((scope) => ({ reader, scope, asked_at: now })))],
      );
    });
  }

  signed(): Promise<readonly SignedAt[]> {
    return this.sql.read(signedEvents);
  }

  noteUrl(url: string, instead: readonly string[]): Promise<void> {
    return this.sql.write(async (query) => {
      for (const former of instead) await query('DELETE FROM webhook_urls WHERE url = $1', [former]);
      await query(
        'INSERT INTO webhook_urls (url, position) VALUES ($1, $2) ON CONFLICT (url) DO UPDATE SET position = excluded.position',
        [url, await this.sequence.next(query)],
      );
    });
  }

  prune(): Promise<void> {
    return this.sql.write(async (query) =>
      pruneEvents(query, this.limits, await this.clock(query), () => this.sequence.next(query)),
    );
  }

  fill(): Promise<Fill> {
    return this.sql.read(async (query) => ({
      hints: await count(query, 'webhook_marks'),
      deliveries: await count(query, 'webhook_deliveries'),
      position: Number(one(await query('SELECT position FROM webhook_inbox')).position),
    }));
  }

  close(): Promise<void> {
    return this.sql.close();
  }

  private async sign(query: Query, receiver: string, path: string): Promise<void> {
    await query(
      'INSERT INTO webhook_heartbeats (receiver, path, alive_at) VALUES ($1, $2, $3) ON CONFLICT (receiver) DO UPDATE SET path = excluded.path, alive_at = excluded.alive_at',
      [receiver, path, await this.clock(query)],
    );
  }

  /** Those that have died without a word took with them what was sent to them. A heartbeat from the future is none: the clock has jumped. */
  private async removeSilent(query: Query): Promise<void> {
    const now = await this.clock(query);
    const silent = await query('DELETE FROM webhook_heartbeats WHERE alive_at < $1 OR alive_at > $2 RETURNING receiver', [
      now - SILENCE_MS,
      now + SILENCE_MS,
    ]);
    if (silent.length > 0) await this.sequence.gap(query, 'a receiver fell silent');
  }

  private async scope(query: Query, scope: string): Promise<ScopeRecord> {
    const [row] = await query('SELECT record FROM webhook_scopes WHERE scope = $1', [scope]);
    return row === undefined ? unknownScope(scope) : parseScopeRecord(scope, String(row.record));
  }

  private async store(query: Query, { scope, ...record }: ScopeRecord): Promise<void> {
    await query(
      'INSERT INTO webhook_scopes (scope, record) VALUES ($1, $2) ON CONFLICT (scope) DO UPDATE SET record = excluded.record',
      [scope, JSON.stringify(record)],
    );
  }
}

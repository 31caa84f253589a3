import type { Pool, PoolClient } from 'pg';
import type { Query, Sql, SqlRow } from './sql';

const CONNECT_MS = 10_000;
/** A database that gives no answer for so long is taken for gone, in milliseconds. */
const ANSWER_MS = 15_000;

/** How a PostgreSQL database is used. */
export interface PostgresOptions {
  /** As which program the server's administrator sees it. */
  readonly application: string;
  /** Any number, but the same for all who share the tables: they write one after the other. */
  readonly lock: number;
}

/**
 * A PostgreSQL database, where those who share it are on several hosts. Its tables lie in the first schema of the search path.
 * @param url `postgres://user:password@host/database?sslmode=…`
 */
export async function openPostgres(url: string, { application, lock }: PostgresOptions): Promise<Sql> {
  const { Pool } = await import('pg');
  const patience = { connectionTimeoutMillis: CONNECT_MS, query_timeout: ANSWER_MS, keepAlive: true };
  const pool = new Pool({ connectionString: url, max: 3, ...patience, application_name: application });
  // A connection that breaks while nobody uses it is replaced by the next one.
  pool.on('error', () => undefined);
  const postgres = new Postgres(pool, lock);
  try {
    await postgres.read((query) => query('SELECT 1'));
  } catch (error) {
    await postgres.close();
    throw error;
  }
  return postgres;
}

class Postgres implements Sql {
  constructor(
    private readonly pool: Pool,
    private readonly lock: number,
  ) {}

  /** One writer at a time: positions are given in the order in which they become visible. */
  write<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return this.transaction('BEGIN', async (query) => {
      await query(`SELECT pg_advisory_xact_lock(${this.lock})`);
      await query('SET LOCAL synchronous_commit = on');
      return work(query);
    });
  }

  read<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return this.transaction('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', work);
  }

  rowsOf(parameter: string, columns: Readonly<Record<string, 'text' | 'bigint'>>): string {
    const fields = Object.entries(columns).map(([name, type]) => `${name} ${type}`);
    return `json_to_recordset(CAST(${parameter} AS json)) AS given(${fields.join(', ')})`;
  }

  close(): Promise<void> {
    return this.pool.end();
  }

  private async transaction<T>(begin: string, work: (query: Query) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    try {
      await client.query(begin);
      const result = await work((statement, parameters = []) => ask(client, statement, parameters));
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((failure: unknown) => (broken = failure as Error));
      throw error;
    } finally {
      client.release(broken);
    }
  }
}

async function ask(client: PoolClient, statement: string, parameters: readonly unknown[]): Promise<readonly SqlRow[]> {
  return (await client.query<SqlRow>(statement, [...parameters])).rows;
}

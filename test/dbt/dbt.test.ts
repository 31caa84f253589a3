import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { Client } from 'pg';
import { postgresPrograms, startPostgres, type PostgresServer } from '../support/postgres';
import { SHOP, type Row } from '../views/shop';
import { Database } from '../../src/warehouse/database';
import { streamColumns, Warehouse } from '../views/warehouse';

/** The executable of dbt 1.10 with its adapters for DuckDB and PostgreSQL; `.ci/run` installs it where there is Python. */
const DBT = process.env.DBT;
const PACKAGE = resolve(__dirname, '../../dbt');

/** What people read, with the name of the same thing among the views of sync. */
const MODELS: Record<string, string> = {
  pull_request_facts: 'pull_request_facts',
  reviews: 'reviews',
  pull_request_reviewers: 'pull_request_reviewers',
  review_comments: 'review_comments',
  pull_request_comments: 'pull_request_comments',
  pull_requests_live: 'pull_requests_live',
  repositories: 'repositories_live',
  users: 'users_live',
  deployment_facts: 'deployment_facts',
  bitbucket_server_projects: 'bitbucket_server_projects',
  bitbucket_server_repositories: 'bitbucket_server_repositories',
  bitbucket_server_users: 'bitbucket_server_users',
  bitbucket_server_pulls: 'bitbucket_server_pulls',
  bitbucket_server_reviews: 'bitbucket_server_reviews',
  bitbucket_server_commits: 'bitbucket_server_commits',
  bitbucket_server_pull_commits: 'bitbucket_server_pull_commits',
};

let folder: string;
let shop: Warehouse;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dbt-'));
  shop = await Warehouse.open();
  await shop.fill(SHOP);
}, 60_000);
afterAll(() => {
  shop.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** One thing as text, whichever driver gave it. */
function plain(value: unknown): string | null {
  if (value === null) return null;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^-?\d+(\.\d+)?(e-?\d+)?$/.test(text) ? String(Number(Number(text).toPrecision(10))) : text;
}

const sorted = (rows: readonly Row[]) =>
  rows.map((row) => JSON.stringify(Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])))).sort();

function dbt(target: string, profile: Record<string, unknown>, command: string, variables: Record<string, unknown>): string {
  const profiles = join(folder, target);
  execFileSync('mkdir', ['-p', profiles]);
  writeFileSync(
    join(profiles, 'profiles.yml'),
    JSON.stringify({ bitbucket_data_center: { target, outputs: { [target]: { threads: 1, ...profile } } } }),
  );
  const options = ['--project-dir', PACKAGE, '--profiles-dir', profiles, '--target-path', join(profiles, 'target')];
  const args = [
    '--no-use-colors',
    command,
    ...options,
    '--log-path',
    join(profiles, 'logs'),
    '--vars',
    JSON.stringify(variables),
  ];
  try {
    return execFileSync(String(DBT), args, {
      encoding: 'utf8',
      env: { ...process.env, DBT_SEND_ANONYMOUS_USAGE_STATS: 'false' },
    });
  } catch (error) {
    throw new Error(`dbt ${command} failed:\n${(error as { stdout: string }).stdout}`, { cause: error });
  }
}

const onBoth = DBT === undefined ? describe.skip : describe;

onBoth('the dbt package on DuckDB', () => {
  const build = () => {
    const profile = {
      type: 'duckdb',
      path: join(folder, 'marts.duckdb'),
      attach: [{ path: shop.file, alias: 'lake', read_only: true }],
    };
    return dbt('duckdb', profile, 'build', { bitbucket_database: 'lake', bitbucket_schema: 'main' });
  };

  test('builds, twice, with all its tests, what the views of sync show', async () => {
    const expected = new Map<string, string[]>();
    for (const view of Object.values(MODELS)) expected.set(view, sorted(await shop.database.query(`SELECT * FROM ${view}`)));
    shop.database.close();
    // A file made here stays readable here, whichever DuckDB dbt brings.
    await Database.open(join(folder, 'marts.duckdb')).then((database) => database.close());
    expect(build()).toContain('ERROR=0');
    expect(build()).toContain('ERROR=0');
    const connection = await (await DuckDBInstance.create(join(folder, 'marts.duckdb'), { access_mode: 'READ_ONLY' })).connect();
    try {
      await connection.run("SET TimeZone = 'UTC'");
      await connection.run(`ATTACH '${shop.file}' AS lake (READ_ONLY)`);
      for (const [model, view] of Object.entries(MODELS)) {
        const reader = await connection.runAndReadAll(`SELECT * FROM main_bitbucket_marts.${model}`);
        expect([model, sorted(reader.getRowObjectsJson())]).toEqual([model, expected.get(view)]);
      }
    } finally {
      connection.closeSync();
    }
  }, 240_000);
});

/** PostgreSQL's number for the type. */
const BOOLEAN = 16;

const onPostgres = DBT === undefined || postgresPrograms() === null ? describe.skip : describe;

onPostgres('the dbt package on PostgreSQL', () => {
  let server: PostgresServer;
  let client: Client;
  let url: URL;
  beforeAll(async () => {
    server = await startPostgres();
    url = new URL(await server.database());
    // Everything but booleans as text.
    client = new Client({
      connectionString: url.href,
      types: { getTypeParser: (oid: number) => (oid === BOOLEAN ? (text: string) => text === 't' : String) },
    });
    await client.connect();
    await client.query("SET TIME ZONE 'UTC'");
  }, 60_000);
  afterAll(async () => {
    await client.end();
    await server.stop();
  });

  /** A schema as a destination of Airbyte leaves it. */
  async function load(schema: string, streams: Readonly<Record<string, readonly Row[]>>): Promise<void> {
    const names: Record<string, string> = { JSON: 'jsonb', DOUBLE: 'double precision' };
    await client.query(`CREATE SCHEMA ${schema}`);
    for (const [stream, rows] of Object.entries(streams)) {
      const columns = streamColumns().get(stream) ?? [];
      const declared = columns.map(({ name, type }) => `"${name}" ${names[type] ?? type}`);
      await client.query(`CREATE TABLE ${schema}.${stream} (${declared.join(', ')}, _airbyte_extracted_at timestamptz)`);
      for (const row of rows) {
        const values = columns.map(({ name, type }) =>
          type === 'JSON' && row[name] != null ? JSON.stringify(row[name]) : row[name],
        );
        const places = [...values, ''].map((_, index) => `$${index + 1}`);
        await client.query(`INSERT INTO ${schema}.${stream} VALUES (${places.join(', ')})`, [
          ...values,
          row['_read'] ?? '2026-04-01T00:00:00Z',
        ]);
      }
    }
  }

  const build = (variables: Record<string, unknown>, schema = 'analytics') => {
    const { hostname: host, port, username: user, pathname } = url;
    const profile = { type: 'postgres', host, port: Number(port), user, password: 'none', dbname: pathname.slice(1), schema };
    return dbt(`postgres_${schema}`, profile, 'build', variables);
  };

  test('builds, twice, with all its tests, what the views of sync show', async () => {
    const duck = await Warehouse.open();
    try {
      await duck.fill(SHOP);
      await load('bitbucket', SHOP);
      expect(build({})).toContain('ERROR=0');
      expect(build({})).toContain('ERROR=0');
      for (const [model, view] of Object.entries(MODELS)) {
        const { rows } = await client.query<Row>(`SELECT * FROM analytics_bitbucket_marts.${model}`);
        const expected = sorted(await duck.database.query(`SELECT * FROM ${view}`));
        expect([model, sorted(rows)]).toEqual([model, expected]);
      }
    } finally {
      duck.remove();
    }
  }, 300_000);

  test('takes in what changed, forgets what is gone, and does without streams that were not synced', async () => {
    const few = {
      repositories: SHOP['repositories']!,
      pull_requests: SHOP['pull_requests']!,
      pull_request_activities: SHOP['pull_request_activities']!,
    };
    await load('few', few);
    const variables = { bitbucket_schema: 'few' };
    expect(build(variables, 'few_marts')).toContain('ERROR=0');
    const ask = async (sql: string) => (await client.query<Row>(sql)).rows;
    const facts = 'few_marts_bitbucket_marts.pull_request_facts';
    expect(await ask(`SELECT count(*) AS n, count(lines_changed) AS sized FROM ${facts}`)).toEqual([{ n: '12', sized: '0' }]);
    // A later version appended, an older one that arrives late, a tombstone, a comment that is gone with its row.
    await client.query(`INSERT INTO few.pull_requests (repository_id, id, title, state, created_date, updated_date, _airbyte_extracted_at) VALUES
      (10, 8, 'New title', 'OPEN', '2026-03-05T08:00Z', '2026-03-08T08:00Z', '2026-04-02T00:00Z'),
      (10, 7, 'Old title', 'OPEN', '2026-03-05T08:00Z', '2026-03-01T08:00Z', '2026-04-02T00:00Z')`);
    await client.query(`INSERT INTO few.pull_requests (repository_id, id, updated_date, deleted_at, _airbyte_extracted_at)
      VALUES (10, 9, '2026-03-05T08:00Z', '2026-04-02T00:00Z', '2026-04-02T00:00Z')`);
    await client.query('DELETE FROM few.pull_request_activities WHERE comment_id = 102');
    expect(build(variables, 'few_marts')).toContain('ERROR=0');
    expect(await ask(`SELECT pull_request_id AS id, title FROM ${facts} WHERE pull_request_id IN (7, 8, 9) ORDER BY 1`)).toEqual([
      { id: '7', title: 'Change 7' },
      { id: '8', title: 'New title' },
    ]);
    expect(await ask(`SELECT comment_count FROM ${facts} WHERE pull_request_id = 1`)).toEqual([{ comment_count: '1' }]);
  }, 300_000);

  test('makes one of several shards and servers, and keeps what two servers number alike apart', async () => {
    const one = SHOP['pull_requests']!;
    await load('shard_0', { ...SHOP, pull_requests: one.slice(0, 4) });
    await load('shard_1', { pull_requests: one.slice(4), repositories: [] });
    await load('other', { pull_requests: one.slice(0, 1), repositories: SHOP['repositories']!.slice(0, 1) });
    const bitbucket_schemas = [
      { schema: 'shard_0', server: 'main' },
      { schema: 'shard_1', server: 'main' },
      { schema: 'other', server: 'eu' },
    ];
    expect(build({ bitbucket_schemas }, 'united')).toContain('ERROR=0');
    const { rows } = await client.query<Row>(
      'SELECT server, count(*) AS n, min(first_review_at) AS reviewed FROM united_bitbucket_marts.pull_request_facts GROUP BY 1 ORDER BY 1',
    );
    expect(rows).toEqual([
      { server: 'eu', n: '1', reviewed: null },
      { server: 'main', n: '12', reviewed: '2026-03-02 11:00:00+00' },
    ]);
  }, 300_000);

  test('refuses to write where the connector writes', async () => {
    await load('raw', { projects: [] });
    const variables = { bitbucket_schema: 'clash_bitbucket_marts' };
    await client.query('ALTER SCHEMA raw RENAME TO clash_bitbucket_marts');
    expect(() => build(variables, 'clash')).toThrow('where the connector writes its tables');
  }, 120_000);
});

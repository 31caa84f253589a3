import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { configFor, run, writeFiles } from '../support/connector';
import { database, eachHasAFile, expectEqual, folder, query, server, sync } from './synced-file';

eachHasAFile();

describe('a DuckDB file that somebody has made', () => {
  const yours = 'which no sync has made: a sync would write into what is yours. Give another file with --database.';

  it.each([
    ['a table', 'CREATE TABLE users AS SELECT 1 AS id', 'users'],
    ['one by another spelling', 'CREATE TABLE "Commits" AS SELECT 7 AS id', 'Commits'],
    ['a view', 'CREATE VIEW reviews AS SELECT 42 AS id', 'reviews'],
    ['settings', 'CREATE TABLE bitbucket_settings AS SELECT 1 AS id', 'bitbucket_settings'],
    ['the states of another program', 'CREATE TABLE _airbyte_state AS SELECT 1 AS id', '_airbyte_state'],
    [
      'many',
      'CREATE TABLE a AS SELECT 1 AS id; CREATE VIEW tags AS FROM a; CREATE VIEW builds AS FROM a; CREATE VIEW users AS FROM a; CREATE VIEW reviews AS FROM a',
      'builds, reviews, tags and 1 more',
    ],
  ])('is refused with %s under a name that a sync needs, and stays as it is, also with --reset', async (_, statement, named) => {
    const simulator = await server();
    await query(statement);
    const content = () => query(`SELECT table_name AS name FROM information_schema.tables ORDER BY name`);
    const before = [await content(), await query(`FROM "${named.split(',')[0]!}"`)];
    for (const more of [[], ['--reset', '--yes'], ['--streams', 'projects']]) {
      const { code, stdout } = await sync(configFor(simulator), more);
      expect(stdout).toContain(`${database} holds ${named}, ${yours}`);
      expect(code).toBe(1);
      expect([await content(), await query(`FROM "${named.split(',')[0]!}"`)]).toEqual(before);
    }
  });

  it('is taken where its tables have names of their own', async () => {
    const simulator = await server();
    await query('CREATE TABLE salaries AS SELECT 42 AS amount');
    expect((await sync(configFor(simulator))).code).toBe(0);
    await expectEqual(simulator);
    expect(await query('FROM salaries')).toEqual([{ amount: 42 }]);
    await query('CREATE TABLE tips AS SELECT 1 AS id');
    expect((await sync(configFor(simulator))).stdout).toMatch(/^Nothing has changed/);
  });
});

it('a table of somebody’s own is not taken for one of a stream that a file lacks', async () => {
  const simulator = await server();
  const config = configFor(simulator);
  await sync(config);
  await query('DROP TABLE builds; CREATE TABLE builds AS SELECT 42 AS id');
  for (const more of [[], ['--streams', 'all'], ['--reset', '--yes']]) {
    const { code, stdout } = await sync(config, more);
    expect(stdout).toContain(
      `${database} holds builds, which no sync has made: a sync would write into what is yours. Rename what is yours.`,
    );
    expect([code, await query('FROM builds')]).toEqual([1, [{ id: 42 }]]);
  }
  await query('ALTER TABLE builds RENAME TO our_builds');
  expect((await sync(config)).code).toBe(0);
  expect(await query('FROM our_builds')).toEqual([{ id: 42 }]);
});

it.each([
  ['a view', 'CREATE OR REPLACE VIEW pull_request_facts AS SELECT 1 AS x', 'pull_request_facts', 'DROP VIEW pull_request_facts'],
  ['a table', 'DROP VIEW reviews; CREATE TABLE reviews AS SELECT 1 AS x', 'reviews', 'ALTER TABLE reviews RENAME TO our_reviews'],
])(
  '%s of somebody’s own where sync has one is told by sync and report, with the way out',
  async (kind, put, name, away) => {
    const simulator = await server();
    const config = configFor(simulator);
    await sync(config);
    await query(put);
    const told = `There is ${kind} ${name} that no sync has made where a view of sync belongs: rename or drop it, then run sync.`;
    for (let times = 0; times < 2; times++) {
      const { code, stdout } = await sync(config);
      expect([code, stdout]).toEqual([
        0,
        expect.stringContaining(`WARN   The views are as they were before this sync: ${told}\n`),
      ]);
    }
    expect(await query(`FROM ${name}`)).toEqual([{ x: 1 }]);
    const report = () => run(['report', '--database', database, '--output', `${database}.html`]);
    expect(await report()).toMatchObject({ code: 1, stderr: `${told}\n` });
    await query(away);
    expect((await sync(config)).stdout).toMatch(/^Nothing has changed \([^()]*\)\.\n$/);
    expect(await report()).toMatchObject({ code: 0, stderr: '' });
  },
  60_000,
);

it('a file whose states somebody has dropped is still one of a sync', async () => {
  const simulator = await server();
  const config = configFor(simulator);
  await sync(config);
  await query('DROP TABLE _airbyte_state');
  expect((await sync(config)).code).toBe(0);
  await query('DROP SCHEMA bitbucket_staging CASCADE');
  expect((await sync(config)).code).toBe(0);
  await expectEqual(simulator);
  expect(await query('SELECT count(*) > 0 AS has FROM pull_request_facts')).toEqual([{ has: true }]);
});

it('a database without a file is refused, which keeps nothing', async () => {
  const { code, stderr, stdout } = await run(['sync', '--config', 'config.json', '--database', ':memory:']);
  expect([code, stderr + stdout]).toEqual([
    1,
    expect.stringContaining('--database is :memory:, which keeps nothing: name a file, such as bitbucket.duckdb.'),
  ]);
});

it.each(['bitbucket_staging.duckdb', 'Information_Schema.v1.db'])(
  'a file that would be called as a schema in it is refused: its views could not be made, or not be found (%s)',
  async (name) => {
    const [file, config] = [join(folder, name), configFor(await server())];
    const { code, stdout } = await run(['sync', ...writeFiles(folder, { config }), '--database', file]);
    expect([code, existsSync(file), stdout]).toEqual([
      1,
      false,
      expect.stringContaining(
        `A DuckDB file cannot be called ${name}: a schema in it has this name. Give another one with --database.`,
      ),
    ]);
    renameSync(await synced(config), file);
    expect((await run(['report', '--database', file])).stderr).toContain(
      `A DuckDB file cannot be called ${name}: a schema in it has this name. Give another one with --database, and rename the file that is there.`,
    );
  },
);

/** A file that a sync has made. */
async function synced(config: unknown): Promise<string> {
  expect((await sync(config)).code).toBe(0);
  return database;
}

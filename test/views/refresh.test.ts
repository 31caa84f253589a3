import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Target } from '../../src/warehouse/catalog';
import { refreshViews } from '../../src/warehouse/views';
import { SHOP } from './shop';
import { Warehouse } from './warehouse';

const ROOT = resolve(__dirname, '../..');
const VIEWS = join(ROOT, 'resources', 'views');

let shop: Warehouse;
beforeEach(async () => {
  shop = await Warehouse.open();
  await shop.fill(SHOP);
}, 60_000);
afterEach(() => shop.remove());

const refresh = (targets: readonly Target[] = []) => refreshViews(shop.database, targets);
const comments = async () => (await shop.rows('SELECT count(*) AS n FROM pull_request_comments'))[0]?.['n'];

test('what is kept for the views follows the tables: new, changed, deleted and replaced rows', async () => {
  const { pull_request_activities: activities = [], pull_requests: pullRequests = [] } = SHOP;
  const before = await shop.rows('SELECT * FROM pull_request_comments ORDER BY comment_id');
  const opened = activities.find(({ comment_id: id }) => id === 102)!;
  // Read again with its replies gone.
  await shop.database.run('DELETE FROM pull_request_activities WHERE comment_id = 102');
  const bare = { ...(opened['comment'] as object), comments: [], text: 'Edited' };
  await shop.put('pull_request_activities', [{ ...opened, comment: bare }], '2026-04-02T00:00:00.000Z');
  // A tombstone, as the loader writes it.
  await shop.database.run(
    "UPDATE pull_request_activities SET deleted_at = now(), _extracted_at = TIMESTAMPTZ '2026-04-02 00:00:00+00' WHERE comment_id = 301",
  );
  // Its reviewers were taken away.
  await shop.database.run('DELETE FROM pull_requests WHERE id = 4');
  await shop.put('pull_requests', [{ ...pullRequests.find(({ id }) => id === 4), reviewers: [] }], '2026-04-02T00:00:00.000Z');
  await refresh();
  const after = await shop.rows('SELECT comment_id, text FROM pull_request_comments ORDER BY comment_id');
  expect(after.map(({ comment_id: id }) => id)).toEqual([101, 102, 201, 701, 1201]);
  expect(after[1]).toMatchObject({ text: 'Edited' });
  expect(await shop.rows('SELECT needs_work_now, reviewer_count FROM pull_request_facts WHERE pull_request_id = 4')).toEqual([
    { needs_work_now: 0, reviewer_count: 0 },
  ]);

  // A full refresh puts the first rows back.
  await shop.database.run('DELETE FROM pull_request_activities');
  await shop.put('pull_request_activities', activities, '2026-04-03T00:00:00.000Z');
  await refresh();
  expect(await shop.rows('SELECT * FROM pull_request_comments ORDER BY comment_id')).toEqual(before);
});

test('a user who was found later is a person with a name, and a pattern makes a bot', async () => {
  const [ann = {}] = SHOP['users'] ?? [];
  await shop.put('users', [{ ...ann, id: 6, name: 'dora', display_name: 'Dora D.' }], '2026-04-02T00:00:00.000Z');
  await shop.database.run("INSERT INTO bitbucket_bots VALUES ('CID')");
  await refresh();
  expect(await shop.rows('SELECT display_name, is_listed FROM users_live WHERE user_id = 6')).toEqual([
    { display_name: 'Dora D.', is_listed: true },
  ]);
  expect(await shop.rows('SELECT name FROM users_live WHERE is_bot ORDER BY 1')).toEqual([
    { name: 'build-bot' },
    { name: 'cid' },
    { name: 'scan' },
  ]);
});

test('a table that was appended to shows the newest row of each key', async () => {
  const newer = { ...SHOP['pull_requests']?.[6], title: 'Newer', updated_date: '2026-03-20T00:00:00.000Z' };
  const older = { ...SHOP['pull_requests']?.[7], title: 'Older', updated_date: '2026-03-01T00:00:00.000Z' };
  await shop.put('pull_requests', [newer, older], '2026-04-02T00:00:00.000Z');
  const target = { stream: { name: 'pull_requests', namespace: null }, table: 'pull_requests', mode: 'append' } as Target;
  await refresh([target]);
  expect(
    await shop.rows('SELECT pull_request_id AS id, title FROM pull_request_facts WHERE pull_request_id IN (7, 8) ORDER BY 1'),
  ).toEqual([
    { id: 7, title: 'Newer' },
    { id: 8, title: 'Change 8' },
  ]);
});

test('a stream in a table of another name is found there, also by a sync that does not select it', async () => {
  await shop.database.run('CREATE TABLE work_pull_requests AS SELECT * FROM pull_requests WHERE id = 1');
  const target = { stream: { name: 'pull_requests', namespace: 'work' }, table: 'work_pull_requests', mode: 'upsert' } as Target;
  for (const targets of [[target], []]) {
    await refresh(targets);
    expect(await shop.rows('SELECT count(*) AS n FROM pull_request_facts')).toEqual([{ n: 1 }]);
  }
});

test('a table that somebody dropped is there again, empty, and its state is forgotten, so that the next sync reads it', async () => {
  await shop.database.run(`INSERT INTO _airbyte_state VALUES ('builds', NULL, '{}', now()), ('commits', NULL, '{}', now())`);
  await shop.database.run('DROP TABLE builds');
  await refresh();
  expect(await shop.rows('SELECT count(*) AS n FROM deployment_facts')).toEqual([{ n: 0 }]);
  expect(await shop.rows('SELECT stream_name FROM _airbyte_state')).toEqual([{ stream_name: 'commits' }]);
});

test('the state of a full refresh that was cut off stays with the rows that wait beside the table', async () => {
  await shop.database.run(`INSERT INTO _airbyte_state VALUES ('builds', NULL, '{}', now())`);
  await shop.database.run('ALTER TABLE builds RENAME TO _airbyte_loading_builds');
  await refresh();
  expect(await shop.rows('SELECT stream_name FROM _airbyte_state')).toEqual([{ stream_name: 'builds' }]);
});

test('columns that an older version did not have are added, and views of another version are made anew', async () => {
  await shop.database.run('ALTER TABLE pull_requests DROP COLUMN draft');
  await shop.database.run("UPDATE bitbucket_staging.made_from SET version = 'older'");
  await shop.database.run('CREATE VIEW bitbucket_staging.int_of_old AS SELECT 1');
  await shop.database.run('DROP VIEW reviews');
  await shop.database.run("UPDATE bitbucket_settings SET time_zone = 'Europe/Berlin'");
  await refresh();
  expect(
    await shop.rows(
      "SELECT comment IS NOT NULL AS described FROM duckdb_columns() WHERE table_name = 'pull_requests' AND column_name = 'draft'",
    ),
  ).toEqual([{ described: true }]);
  // Three on #1, two each on #2 and #12, one each on #3, #4, #5, #6 and #10.
  expect(await shop.rows('SELECT count(*) AS n FROM reviews')).toEqual([{ n: 12 }]);
  expect(await shop.rows("SELECT view_name FROM duckdb_views() WHERE view_name = 'int_of_old'")).toEqual([]);
  expect(await shop.rows('SELECT time_zone FROM bitbucket_settings')).toEqual([{ time_zone: 'Europe/Berlin' }]);
});

test('a table of somebody’s own is never replaced by a view', async () => {
  await shop.database.run("UPDATE bitbucket_staging.made_from SET version = 'older'");
  await shop.database.run('DROP VIEW reviews');
  await shop.database.run('CREATE TABLE reviews AS SELECT 42 AS mine');
  await expect(refresh()).rejects.toThrow(
    'There is a table reviews that no sync has made where a view of sync belongs: rename or drop it, then run sync.',
  );
  expect(await shop.rows('SELECT mine FROM reviews')).toEqual([{ mine: 42 }]);
  expect(await comments()).toBe(8);
});

test('nor is a view of somebody’s own', async () => {
  await shop.database.run("UPDATE bitbucket_staging.made_from SET version = 'older'");
  await shop.database.run('CREATE OR REPLACE VIEW reviews AS SELECT 42 AS mine');
  await expect(refresh()).rejects.toThrow(
    'There is a view reviews that no sync has made where a view of sync belongs: rename or drop it, then run sync.',
  );
  expect(await shop.rows('SELECT mine FROM reviews')).toEqual([{ mine: 42 }]);
});

test('every view and each of its columns says what it is', async () => {
  const views = await shop.rows("SELECT view_name, comment FROM duckdb_views() WHERE schema_name = 'main' AND NOT internal");
  expect(views).toHaveLength(16);
  expect(views.filter(({ comment }) => comment === null)).toEqual([]);
  const bare = await shop.rows(`SELECT table_name, column_name FROM duckdb_columns()
    WHERE comment IS NULL AND table_name IN (SELECT view_name FROM duckdb_views() WHERE schema_name = 'main' AND NOT internal)`);
  expect(bare).toEqual([]);
});

test('the file can be read under any name, as when it is attached', async () => {
  const copy = `${shop.file}.copy`;
  await shop.database.run('CHECKPOINT');
  execFileSync('cp', [shop.file, copy]);
  await shop.database.run(`ATTACH '${copy}' AS elsewhere (READ_ONLY)`);
  await shop.database.run('DROP SCHEMA bitbucket_staging CASCADE');
  expect(await shop.rows('SELECT count(*) AS n FROM elsewhere.pull_request_facts')).toEqual([{ n: 12 }]);
});

test('the views are what `npm run generate` makes of the dbt package, and that of the schemas', () => {
  const fresh = mkdtempSync(join(tmpdir(), 'generated-'));
  try {
    for (const script of ['generate-dbt.mjs', 'generate-views.mjs'])
      execFileSync(process.execPath, [join(ROOT, 'scripts', script), fresh], { stdio: 'pipe' });
    for (const folder of ['dbt/models/base', 'dbt/models/staging', 'dbt/macros/generated', 'resources/views'])
      for (const file of readdirSync(join(fresh, folder)))
        expect([file, readFileSync(join(fresh, folder, file), 'utf8')]).toEqual([
          file,
          readFileSync(join(ROOT, folder, file), 'utf8'),
        ]);
    expect(readdirSync(VIEWS)).toEqual(readdirSync(join(fresh, 'resources/views')));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
});

import './without-views';
import { chmodSync, copyFileSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Bench, configured, things } from './fake-connector';

let bench: Bench;
beforeEach(() => (bench = new Bench()));
afterEach(() => bench.remove());

const overwrite = () => bench.catalog(configured(things, { sync_mode: 'full_refresh', destination_sync_mode: 'overwrite' }));
const states = () => bench.rows('SELECT stream_name, stream_namespace, state FROM _airbyte_state');

test('the saved state is handed to the next sync in a private file that does not outlive it', async () => {
  bench.connector("record('things', { repository_id: 1, id: 1 }); saved('things', { upTo: 5 }); status('things', 'COMPLETE');");
  await bench.sync();
  await bench.sync();
  expect(bench.calls[0]).toMatchObject({
    args: ['read', '--config', bench.config, '--catalog', expect.any(String)],
    state: null,
  });
  expect(bench.calls[1]).toMatchObject({
    state: [{ type: 'STREAM', stream: { stream_descriptor: { name: 'things' }, stream_state: { upTo: 5 } } }],
    stateMode: 0o600,
  });
  const handed = bench.calls[1]!.args[bench.calls[1]!.args.indexOf('--state') + 1]!;
  expect(readdirSync(tmpdir())).not.toContain(handed.split('/').at(-2));
});

test('only the last state of a stream is kept, and only of streams that the catalog selects', async () => {
  bench.connector(
    "saved('things', { n: 1 }); saved('things', { n: 2 }); saved('others', { n: 3 }); status('things', 'COMPLETE');",
  );
  await bench.sync();
  expect(await states()).toEqual([{ stream_name: 'things', stream_namespace: null, state: '{"n":2}' }]);
  expect(bench.printed).toMatch(/WARN +The connector sent STATE messages for others/);
});

test('a connector that fails keeps what it had covered, and its exit code is the sync’s', async () => {
  bench.connector(`record('things', { repository_id: 1, id: 1 }); saved('things', { n: 1 });
    status('things', 'INCOMPLETE'); process.exitCode = 3;`);
  expect(await bench.sync()).toBe(3);
  expect(await bench.rows('SELECT id FROM things')).toEqual([{ id: '1' }]);
  expect(await states()).toHaveLength(1);
  expect(bench.printed).toMatch(/things +incomplete +1 /);
});

test('a first sync that goes on says so, and what was there before', async () => {
  bench.connector(`record('things', { repository_id: 1, id: 1 }); record('things', { repository_id: 1, id: 2 });
    saved('things', { n: 1 }); process.kill(process.pid, 'SIGKILL');`);
  expect(await bench.sync({ verbose: false })).toBe(137);
  expect(bench.printed).not.toMatch(/there already|before +records/);
  bench.connector(`record('things', { repository_id: 1, id: 2 }); record('things', { repository_id: 1, id: 3 });
    saved('things', { n: 2 }); status('things', 'COMPLETE');`);
  expect(await bench.sync({ verbose: false })).toBe(0);
  expect(bench.printed).toMatch(/^The first sync was not finished and goes on: 2 rows are there already\.$/m);
  expect(bench.printed).toMatch(/^stream +status +before +records +seconds\n─.*\nthings +complete +2 +2 +\d/m);
  expect(bench.printed).toMatch(/^1 row in \d+\.\d s into .*, which had 2 already; 1 row was read again\.$/m);
  const printed = bench.printed.length;
  expect(await bench.sync()).toBe(0);
  expect(bench.printed.slice(printed)).not.toMatch(/there already|before +records/);
});

test('a connector that a signal ended gives 128 and the signal’s number', async () => {
  bench.connector("record('things', { repository_id: 1, id: 1 }); process.kill(process.pid, 'SIGKILL');");
  expect(await bench.sync()).toBe(137);
  expect(await states()).toEqual([]);
});

function sizeOf(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}

test('whenever the sync is killed, the database has all rows that its state covers', async () => {
  bench.connector(
    `for (let id = 1; ; id++) { record('things', { repository_id: 1, id, title: 'x'.repeat(300) }); if (id % 7 === 0) saved('things', { id }); }`,
  );
  const main = join(bench.folder, 'main.js');
  writeFileSync(
    main,
    `require(${JSON.stringify(resolve('node_modules/@swc-node/register'))});
     const { sync } = require(${JSON.stringify(resolve('src/warehouse/sync.ts'))});
     sync({ ...${JSON.stringify({ executable: bench.executable, config: bench.config, catalog: bench.catalog(configured(things)), database: bench.database, isTerminal: false })},
       output: process.stderr, signal: new AbortController().signal, env: process.env, temporary: require('node:os').tmpdir(), clock: Date.now });`,
  );
  const size = () => [bench.database, `${bench.database}.wal`].reduce((sum, file) => sum + sizeOf(file), 0);
  for (const milliseconds of [0, 300, 1100]) {
    const before = size();
    const child = spawn(process.execPath, [main], { stdio: 'ignore' });
    // Not by the clock alone: on a busy machine nothing would have been loaded by then.
    for (let waited = 0; size() < before + 1_000_000 && waited < 60_000; waited += 50) await sleep(50);
    await sleep(milliseconds);
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  const [row] = await bench.rows(
    "SELECT count(*) AS n, count(DISTINCT id) AS keys, (SELECT (state->>'id')::BIGINT FROM _airbyte_state) AS covered FROM things",
  );
  expect(Number(row!['covered'])).toBeGreaterThan(0);
  expect(Number(row!['n'])).toBe(Number(row!['keys']));
  expect(Number(row!['n'])).toBeGreaterThanOrEqual(Number(row!['covered']));
});

test('a state is durable as soon as the connector pauses behind it', async () => {
  const controller = new AbortController();
  bench.connector("record('things', { repository_id: 1, id: 1 }); saved('things', { n: 1 }); forever();");
  const ended = bench.sync({ signal: controller.signal });
  const walSize = () => {
    try {
      return statSync(`${bench.database}.wal`).size;
    } catch {
      return 0;
    }
  };
  let before = -1;
  for (let size = walSize(); size !== before || size === 0; size = walSize()) {
    before = size;
    await new Promise((done) => setTimeout(done, 500));
  }
  const modes = [bench.database, `${bench.database}.wal`].map((file) => statSync(file).mode & 0o777);
  // A copy of the file and its log, as a crash at this moment would leave them.
  const copy = new Bench();
  copyFileSync(bench.database, copy.database);
  copyFileSync(`${bench.database}.wal`, `${copy.database}.wal`);
  expect(await copy.rows('SELECT count(*) AS n FROM _airbyte_state')).toEqual([{ n: '1' }]);
  copy.remove();
  controller.abort();
  expect(await ended).toBe(143);
  // The log has what the file has.
  expect(modes).toEqual([0o600, 0o600]);
});

test('what DuckDB writes beside a file is for whoever may read that, and what comes afterwards is as usual', async () => {
  const before = process.umask(0o022);
  try {
    bench.connector("record('things', { repository_id: 1, id: 1 }); saved('things', { n: 1 }); status('things', 'COMPLETE');");
    await bench.sync();
    expect(statSync(bench.database).mode & 0o777).toBe(0o600);
    chmodSync(bench.database, 0o640);
    const controller = new AbortController();
    bench.connector("record('things', { repository_id: 1, id: 2 }); saved('things', { n: 2 }); forever();");
    const ended = bench.sync({ signal: controller.signal });
    while (sizeOf(`${bench.database}.wal`) === 0) await new Promise((done) => setTimeout(done, 20));
    const { mode } = statSync(`${bench.database}.wal`);
    controller.abort();
    await ended;
    expect(mode & 0o777).toBe(0o640);
    expect(process.umask(0o022)).toBe(0o022);
  } finally {
    process.umask(before);
  }
});

test('a connector that has not ended ten seconds after it was asked to is killed, and what it said is kept', async () => {
  const controller = new AbortController();
  bench.connector(
    "process.on('SIGTERM', () => {}); record('things', { repository_id: 1, id: 1 }); log('INFO', 'ready'); forever();",
  );
  const ended = bench.sync({ signal: controller.signal });
  while (!bench.printed.includes('ready')) await new Promise((done) => setTimeout(done, 20));
  controller.abort();
  expect(await ended).toBe(137);
  expect(await bench.rows('SELECT id FROM things')).toEqual([{ id: '1' }]);
});

test('aborting asks the connector to end, loads what it still says, and closes the database', async () => {
  const controller = new AbortController();
  bench.connector(`record('things', { repository_id: 1, id: 1 });
    process.on('SIGTERM', () => { record('things', { repository_id: 1, id: 2 }); saved('things', { n: 2 }); process.exit(143); });
    log('INFO', 'ready'); forever();`);
  const ended = bench.sync({ signal: controller.signal });
  while (!bench.printed.includes('ready')) await new Promise((done) => setTimeout(done, 20));
  controller.abort();
  expect(await ended).toBe(143);
  expect(bench.printed).toContain('Stopped: what came before that is kept');
  expect(await bench.rows('SELECT id FROM things ORDER BY id')).toEqual([{ id: '1' }, { id: '2' }]);
  expect(await states()).toMatchObject([{ state: '{"n":2}' }]);
});

test('reset drops the rows and the states of the selected streams only', async () => {
  const other = { ...things, name: 'others' };
  bench.connector(
    `for (const stream of ['things', 'others']) { record(stream, { repository_id: 1, id: 1 }); saved(stream, { n: 1 }); status(stream, 'COMPLETE'); }`,
  );
  await bench.sync({ catalog: bench.catalog(configured(things), configured(other)) });
  bench.connector("record('things', { repository_id: 1, id: 2 }); saved('things', { n: 2 }); status('things', 'COMPLETE');");
  await bench.sync({ reset: true });
  expect(bench.calls.at(-1)!.state).toBeNull();
  expect(await bench.rows('SELECT id FROM things')).toEqual([{ id: '2' }]);
  expect(await bench.rows('SELECT id FROM others')).toEqual([{ id: '1' }]);
  expect(await states()).toHaveLength(2);
});

test('a state without its table is not gone on from', async () => {
  bench.connector("record('things', { repository_id: 1, id: 1 }); saved('things', { n: 1 }); status('things', 'COMPLETE');");
  await bench.sync();
  await bench.rows('DROP TABLE things');
  await bench.sync();
  expect(bench.calls[1]!.state).toBeNull();
  expect(await bench.rows('SELECT id FROM things')).toHaveLength(1);
});

test('rows whose state is lost are proven as they come again; those that do not come are deleted, and what comes later is loaded', async () => {
  bench.connector(
    "record('things', { repository_id: 1, id: 1 }); record('things', { repository_id: 1, id: 2 }); saved('things', { n: 1 }); status('things', 'COMPLETE');",
  );
  await bench.sync();
  await bench.rows('DELETE FROM _airbyte_state');
  // Longer than what is behind a state waits for more: each is committed alone.
  bench.connector(`const pause = () => new Promise((done) => setTimeout(done, 1500));
    (async () => {
      record('things', { repository_id: 1, id: 1 }); saved('things', { n: 2 }); await pause();
      record('things', { repository_id: 1, id: 3 }); saved('things', { n: 3 }); await pause();
      status('things', 'COMPLETE'); await pause();
      record('things', { repository_id: 1, id: 4 }); saved('things', { n: 4 });
    })();`);
  expect(await bench.sync()).toBe(0);
  expect(await bench.rows('SELECT id, deleted_at IS NOT NULL AS deleted FROM things ORDER BY id')).toEqual([
    { id: '1', deleted: false },
    { id: '2', deleted: true },
    { id: '3', deleted: false },
    { id: '4', deleted: false },
  ]);
});

describe('a full refresh that overwrites', () => {
  const old =
    "record('things', { repository_id: 1, id: 1, title: 'old' }); saved('things', { n: 1 }); status('things', 'COMPLETE');";

  test('takes the place of the old rows when it is complete, and starts without a state', async () => {
    bench.connector(old);
    await bench.sync({ catalog: overwrite() });
    bench.connector(
      "record('things', { repository_id: 1, id: 2, title: 'new' }); status('things', 'COMPLETE'); saved('things', { n: 2 });",
    );
    expect(await bench.sync({ catalog: overwrite() })).toBe(0);
    expect(bench.calls[1]!.state).toBeNull();
    expect(await bench.rows('SELECT id, title FROM things')).toEqual([{ id: '2', title: 'new' }]);
    expect(await states()).toMatchObject([{ state: '{"n":2}' }]);
    expect(await bench.rows("SELECT table_name FROM information_schema.tables WHERE table_name LIKE '%loading%'")).toEqual([]);
  });

  test('leaves the old rows when it is cut off, goes on from there, and then replaces them', async () => {
    bench.connector(old);
    await bench.sync({ catalog: overwrite() });
    bench.connector(
      "record('things', { repository_id: 1, id: 2, title: 'new' }); saved('things', { cut: 1 }); record('things', { repository_id: 1, id: 3, title: 'uncovered' }); status('things', 'INCOMPLETE'); process.exitCode = 1;",
    );
    expect(await bench.sync({ catalog: overwrite() })).toBe(1);
    expect(await bench.rows('SELECT title FROM things')).toEqual([{ title: 'old' }]);
    bench.connector(
      "record('things', { repository_id: 1, id: 3, title: 'again' }); saved('things', { n: 3 }); status('things', 'COMPLETE');",
    );
    expect(await bench.sync({ catalog: overwrite() })).toBe(0);
    expect(bench.calls[2]!.state).toMatchObject([{ stream: { stream_state: { cut: 1 } } }]);
    expect(await bench.rows('SELECT id, title FROM things ORDER BY id')).toEqual([
      { id: '2', title: 'new' },
      { id: '3', title: 'again' },
    ]);
  });

  test('replaces by nothing where the server has nothing any more', async () => {
    bench.connector(old);
    await bench.sync({ catalog: overwrite() });
    bench.connector("saved('things', { n: 2 }); status('things', 'COMPLETE');");
    await bench.sync({ catalog: overwrite() });
    expect(await bench.rows('SELECT * FROM things')).toEqual([]);
  });

  test('that was cut off lends its state to no incremental sync, for the table has not its rows', async () => {
    bench.connector(
      "record('things', { repository_id: 1, id: 1 }); saved('things', { cut: 1 }); status('things', 'INCOMPLETE'); process.exitCode = 1;",
    );
    await bench.sync({ catalog: overwrite() });
    bench.connector(old);
    await bench.sync();
    expect(bench.calls[1]!.state).toBeNull();
    expect(await bench.rows('SELECT title FROM things')).toEqual([{ title: 'old' }]);
  });

  test('that was cut off before its first state does not start from the state of the one before', async () => {
    bench.connector(old);
    await bench.sync({ catalog: overwrite() });
    bench.connector('process.exitCode = 1;');
    await bench.sync({ catalog: overwrite() });
    await bench.sync({ catalog: overwrite() });
    expect(bench.calls[2]!.state).toBeNull();
    expect(await bench.rows('SELECT title FROM things')).toEqual([{ title: 'old' }]);
  });
});

test('an incremental stream is never overwritten, whatever the catalog says', async () => {
  const catalog = bench.catalog(configured(things, { destination_sync_mode: 'overwrite' }));
  bench.connector("record('things', { repository_id: 1, id: 1 }); saved('things', { n: 1 }); status('things', 'COMPLETE');");
  await bench.sync({ catalog });
  bench.connector("record('things', { repository_id: 1, id: 2 }); saved('things', { n: 2 }); status('things', 'COMPLETE');");
  await bench.sync({ catalog });
  expect(await bench.rows('SELECT id FROM things ORDER BY id')).toEqual([{ id: '1' }, { id: '2' }]);
});

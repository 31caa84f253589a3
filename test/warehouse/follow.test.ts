import './without-views';
import { tmpdir } from 'node:os';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { follow } from '../../src/warehouse/follow';
import { Bench, configured, things } from './fake-connector';

let bench: Bench;
let stopping: AbortController;
beforeEach(() => {
  bench = new Bench();
  stopping = new AbortController();
});
afterEach(() => bench.remove());

const DONE = "saved('things', { n: 1 }); status('things', 'COMPLETE');";
const FAILED = (type: string, stream = 'things') =>
  `write({ type: 'TRACE', trace: { type: 'ERROR', emitted_at: 1.0, error: { message: 'It does not work.', failure_type: '${type}', stream_descriptor: { name: '${stream}' } } } }); status('${stream}', 'INCOMPLETE'); process.exitCode = 1;`;
/** What the n-th call of the connector does; the last script for all further ones. */
const inTurn = (...scripts: string[]) =>
  `const n = fs.readFileSync(__filename + '.calls', 'utf8').trim().split('\\n').length; [${scripts.map((script) => `() => { ${script} }`).join(', ')}][Math.min(n, ${scripts.length}) - 1]();`;

/** Follows, with pauses that take no time, until so many were made. @returns the exit code and the pauses, in seconds */
async function followFor(
  pauses: number,
  { config = bench.config, streams = [things] }: { config?: string; streams?: object[] } = {},
) {
  const seconds: number[] = [];
  const output = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => ((bench.printed += chunk), done()),
  });
  const options = {
    ...{
      executable: bench.executable,
      config,
      catalog: bench.catalog(...streams.map((stream) => configured(stream))),
      database: bench.database,
    },
    ...{ output, isTerminal: false, signal: stopping.signal, env: process.env, temporary: tmpdir(), clock: Date.now },
  };
  const code = await follow(options, 1000, (milliseconds) => {
    if (seconds.push(milliseconds / 1000) === pauses) stopping.abort();
    return Promise.resolve();
  });
  return { code, seconds };
}

test('a follower waits longer and longer for a server that is down, says so, and is as quick as before when it is back', async () => {
  const down = FAILED('transient_error');
  bench.connector(inTurn(down, down, down, down, down, down, DONE, down, DONE));
  expect(await followFor(9)).toEqual({ code: 0, seconds: [30, 60, 120, 240, 480, 600, 1, 30, 1] });
  expect(bench.printed).toMatch(
    /^\d\d:\d\d:\d\d {2}WARN {3}The sync has failed: the next one starts in 30 s \(after a failure the pause is longer than --follow says\)\.$/m,
  );
  expect(bench.printed).toMatch(/WARN {3}6 syncs in a row have failed: the next one starts in 600 s \(after a failure/m);
  expect(bench.calls).toHaveLength(9);
}, 60_000);

test('a follower that is told to stop between two syncs says so', async () => {
  bench.connector(DONE);
  expect(await followFor(2)).toEqual({ code: 0, seconds: [1, 1] });
  expect(bench.printed).toMatch(/\nStopped\.\n$/);
}, 60_000);

test('a follower that is told to stop in the middle of a sync does not say that nothing was ever read', async () => {
  bench.connector(inTurn(DONE, `process.on('SIGTERM', () => process.exit(143)); log('INFO', 'here'); forever();`));
  const ended = followFor(9);
  while (!/INFO {3}here/.test(bench.printed)) await sleep(20);
  stopping.abort();
  expect((await ended).code).toBe(0);
  expect(bench.printed).toMatch(/\nStopped: the last sync had read nothing yet\.\n$/);
}, 60_000);

test('a follower ends at once where only a person can help, before wrong passwords lock the account', async () => {
  bench.connector(inTurn(DONE, FAILED('config_error')));
  expect(await followFor(9)).toEqual({ code: 1, seconds: [1] });
  expect(bench.printed).toMatch(
    /ERROR {2}The next sync would end in the same way: none is started until the configuration is mended\.$/m,
  );
  expect(bench.calls).toHaveLength(2);
});

test('a stream that may not be read does not keep a follower from the others', async () => {
  bench.connector(`${DONE} ${FAILED('config_error', 'others')}`);
  expect(await followFor(2, { streams: [things, { ...things, name: 'others' }] })).toEqual({ code: 0, seconds: [30, 30] });
});

test('neither does a server that fails beside one', async () => {
  bench.connector(`${FAILED('transient_error')} ${FAILED('config_error', 'others')}`);
  expect(await followFor(1, { streams: [things, { ...things, name: 'others' }] })).toEqual({ code: 0, seconds: [30] });
});

test('a follower ends where the configuration file cannot be read', async () => {
  bench.connector(DONE);
  expect(await followFor(9, { config: '/nowhere/config.json' })).toEqual({ code: 1, seconds: [] });
});

test('a follower that is told to stop in a sync ends when that has ended, with 0', async () => {
  bench.connector('log("INFO", "here"); forever();');
  setTimeout(() => stopping.abort(), 500);
  expect(await followFor(9)).toEqual({ code: 0, seconds: [] });
});

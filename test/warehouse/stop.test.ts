import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { follow } from '../../src/warehouse/follow';
import type { refreshViews } from '../../src/warehouse/views';
import { Simulator } from '../simulator';
import { configFor, EXECUTABLE, launch, run, writeFiles } from '../support/connector';
import { Bench, configured, things } from './fake-connector';

/** What happens while the views are made. */
let meanwhile: () => void = () => undefined;
jest.mock('../../src/warehouse/views', () => {
  const actual = jest.requireActual<{ refreshViews: typeof refreshViews }>('../../src/warehouse/views');
  return {
    ...actual,
    refreshViews: async (...given: Parameters<typeof refreshViews>) => {
      meanwhile();
      await actual.refreshViews(...given);
    },
  };
});

let bench: Bench;
let stopping: AbortController;
beforeEach(() => {
  bench = new Bench();
  stopping = new AbortController();
  meanwhile = () => undefined;
});
afterEach(() => bench.remove());

const KEPT = 'Stopped: what came before that is kept, the next sync fetches the rest.\n';
const KEPT_WITHOUT_VIEWS = KEPT.replace('\n', ' The views over the tables \\(pull_request_facts and others\\) are made then.\n');
const WHOLE = 'Stopped: everything had been read by then, and is kept.\n';
const DONE = "saved('things', { n: 1 }); status('things', 'COMPLETE');";
const [others, both] = [{ ...things, name: 'others' }, () => bench.catalog(configured(things), configured(others))];
/** Says that it is ready, and does this when it is told to end. */
const onTerm = (script: string) => `process.on('SIGTERM', () => { ${script} }); log('WARN', 'ready'); forever();`;

async function syncUntilReady(options: Parameters<Bench['sync']>[0] = {}): Promise<number> {
  const ended = bench.sync({ signal: stopping.signal, ...options });
  while (!bench.printed.includes('ready')) await sleep(20);
  stopping.abort();
  return await ended;
}

describe('whenever a signal comes, the last words are true:', () => {
  test('while the server is looked at', async () => {
    bench.connector(DONE);
    const preflight = () => {
      stopping.abort();
      return Promise.resolve({ succeeded: false, message: 'x', mayPass: true } as const);
    };
    expect(await bench.sync({ signal: stopping.signal, preflight })).toBe(143);
    expect(bench.printed).toBe('Stopped: nothing was read.\n');
  });

  test('while the connector says what it has, also if it ends with 0', async () => {
    bench.connector(onTerm('process.exit(0);'));
    expect(await syncUntilReady({ catalog: undefined })).toBe(143);
    expect(bench.printed).toMatch(/ready\nStopped: nothing was read\.\n$/);
  });

  test('while the catalog is read', async () => {
    bench.connector(DONE);
    const catalog = join(bench.folder, 'pipe');
    execFileSync('mkfifo', [catalog]);
    const ended = bench.sync({ signal: stopping.signal, catalog });
    const pipe = await open(catalog, 'w'); // as soon as it is being read
    stopping.abort();
    await pipe.writeFile(JSON.stringify({ streams: [configured(things)] }));
    await pipe.close();
    expect(await ended).toBe(143);
    expect(bench.printed).toBe('Stopped: nothing was read.\n');
  });

  test('at the question whether to reset, and right after a yes', async () => {
    bench.connector(`record('things', { repository_id: 1, id: 1 }); ${DONE}`);
    await bench.sync();
    for (const answer of [false, true]) {
      bench.printed = '';
      stopping = new AbortController();
      const confirm = () => {
        stopping.abort();
        return Promise.resolve(answer);
      };
      expect(await bench.sync({ signal: stopping.signal, reset: true, confirm })).toBe(143);
      expect(bench.printed).toMatch(/^--reset drops from .*\nStopped: nothing was changed\.\n$/);
    }
    expect(await bench.rows('SELECT id FROM things')).toEqual([{ id: '1' }]);
  });

  test('when a reset has dropped the tables and nothing has come yet', async () => {
    bench.connector(`record('things', { repository_id: 1, id: 1 }); ${DONE}`);
    await bench.sync();
    bench.printed = '';
    bench.connector(onTerm('process.exit(143);'));
    expect(await syncUntilReady({ reset: true })).toBe(143);
    expect(bench.printed).toMatch(/\nStopped: nothing was read since --reset dropped the tables; the next sync fetches all\.\n$/);
  });

  test.each([0, 143])('while rows come, also if the connector ends with code %d', async (code) => {
    const catalog = both();
    bench.connector(`status('things', 'STARTED'); record('things', { repository_id: 1, id: 1 }); ${DONE}
      status('others', 'RUNNING'); record('others', { repository_id: 1, id: 1 }); ${onTerm(`process.exit(${code});`)}`);
    expect(await syncUntilReady({ verbose: false, catalog })).toBe(143);
    expect(bench.printed).toMatch(/^others +cut off +1 /m);
    expect(bench.printed).toMatch(new RegExp(`\n\n${KEPT_WITHOUT_VIEWS}$`));
    // It is still the first one, which nobody has seen the end of.
    bench.printed = '';
    bench.connector(`${DONE} saved('others', {}); status('others', 'COMPLETE');`);
    expect(await bench.sync({ verbose: false, catalog })).toBe(0);
    expect(bench.printed).toContain('\nNext:\n');
  });

  test('the same in a file that has tables already', async () => {
    bench.connector(DONE);
    await bench.sync();
    bench.printed = '';
    bench.connector(`${DONE} record('others', { repository_id: 1, id: 1 }); ${onTerm('process.exit(0);')}`);
    expect(await syncUntilReady({ verbose: false, catalog: both() })).toBe(143);
    expect(bench.printed).toMatch(new RegExp(`ready\n${KEPT}$`));
  });

  test('when the last row has come, whatever the exit code of the connector', async () => {
    bench.connector(`record('things', { repository_id: 1, id: 1 }); ${DONE} ${onTerm('process.exit(143);')}`);
    expect(await syncUntilReady()).toBe(143);
    expect(bench.printed).toMatch(
      new RegExp(`\n\n${WHOLE.trim()} The views over the tables are brought up to date by the next sync\\.\n$`),
    );
    expect(bench.printed).not.toContain('rest');
    bench.printed = '';
    bench.connector(DONE);
    expect(await bench.sync({ verbose: false })).toBe(0);
    expect(bench.printed).toMatch(/^Nothing has changed \(/);
    expect(await bench.rows("SELECT 1 AS there FROM duckdb_views() WHERE view_name = 'pull_requests_live'")).toHaveLength(1);
  });

  test('while the views are made', async () => {
    bench.connector(`record('things', { repository_id: 1, id: 1 }); ${DONE}`);
    meanwhile = () => stopping.abort();
    expect(await bench.sync({ signal: stopping.signal, verbose: false })).toBe(0);
    expect(bench.printed).toMatch(new RegExp(`\n1 row in [^]*\nNext:\n[^]*\n\n${WHOLE}$`));
  });

  test('when a sync of many has said what came of it', async () => {
    bench.connector(DONE);
    const output = new Writable({
      decodeStrings: false,
      write: (chunk: string, _encoding, done) => {
        bench.printed += chunk;
        if (/Nothing has changed/.test(chunk)) stopping.abort();
        done();
      },
    });
    const { executable, config, database } = bench;
    const ambient = {
      output,
      isTerminal: false,
      signal: stopping.signal,
      env: process.env,
      temporary: tmpdir(),
      clock: Date.now,
    };
    const options = { executable, config, database, catalog: bench.catalog(configured(things)), verbose: false, ...ambient };
    expect(await follow(options, 0)).toBe(0);
    expect(bench.printed).toMatch(/Nothing has changed \([^)]*\)\.\nStopped\.\n$/);
  });
});

describe('the command', () => {
  let simulator: Simulator;
  afterEach(() => simulator.stop());
  const files = () => [...writeFiles(bench.folder, { config: configFor(simulator) }), '--database', bench.database];

  test('ends in its own way, however often it is told', async () => {
    simulator = await Simulator.start({ dataset: 'demo', latencyMs: 50 });
    const child = launch(['sync', ...files()]);
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += String(chunk)));
    while (simulator.requests.length < 100) await sleep(5);
    const again = setInterval(() => child.kill('SIGINT'), 2);
    const ended = await once(child, 'close');
    clearInterval(again);
    expect(ended).toEqual([130, null]);
    expect(printed).toMatch(new RegExp(`${KEPT_WITHOUT_VIEWS}$`));
  }, 60_000);

  const hasScript = spawnSync('script', ['--version']).status === 0;
  /** On a terminal, at whose keyboard this is typed when the question has come. */
  const reset = async (typed: string | null, inShell = (command: string) => command) => {
    const words = [EXECUTABLE, 'sync', ...files(), '--streams', 'users', '--reset'];
    const child = spawn('script', ['-qec', inShell(words.map((word) => `'${word}'`).join(' ')), '/dev/null'], {
      stdio: [typed === null ? 'ignore' : 'pipe', 'pipe', 'inherit'],
    });
    let printed = '';
    child.stdout!.on('data', (chunk: Buffer) => {
      printed += String(chunk);
      if (typed !== null && printed.endsWith('Type yes: ')) child.stdin!.write(typed);
    });
    const limit = setTimeout(() => child.kill('SIGKILL'), 20_000);
    const [code] = await once(child, 'close');
    clearTimeout(limit);
    return { code, told: printed.split('\r\n').slice(-3) };
  };

  (hasScript ? test : test.skip)(
    'takes the end of the input for a no, as it takes Ctrl-D',
    async () => {
      simulator = await Simulator.start();
      expect((await run(['sync', ...files(), '--streams', 'users'])).code).toBe(0);
      const question = 'Go on? Type yes: ';
      const unchanged = { code: 1, told: [question, 'Nothing was changed.', ''] };
      expect(await reset('\u0004')).toEqual(unchanged);
      expect(await reset(null)).toEqual(unchanged);
      expect(await reset('n\n')).toEqual({ ...unchanged, told: [`${question}n`, 'Nothing was changed.', ''] });
      expect(await reset('\u0003')).toEqual({ code: 130, told: [`${question}^C`, 'Stopped: nothing was changed.', ''] });
      // What is in the background, where this puts it, would be stopped by reading, and no signal would end it.
      expect(await reset('yes\n', (command) => `timeout 15 ${command}; exit $?`)).toEqual(unchanged);
      // Whoever sends the output elsewhere still sits before the terminal, and is asked there.
      const aside = await reset('n\n', (command) => `${command} | cat > '${bench.folder}/log'`);
      expect(aside.told).toEqual([`--reset drops what is in ${bench.database}. ${question}n`, '']);
      expect(readFileSync(join(bench.folder, 'log'), 'utf8').match(/^Nothing was changed\.$/gm)).toHaveLength(1);
      expect(await bench.rows('SELECT count(*)::INTEGER > 0 AS kept FROM users')).toEqual([{ kept: true }]);
    },
    60_000,
  );
});

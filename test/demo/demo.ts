import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { configureAll } from '../../src/warehouse/catalog';
import { Simulator } from '../simulator';
import { QUESTIONS, landed } from './answers';
import { change } from './changes';
import { ask, run } from './commands';
import { STREAM_NAMES, differences, inventory, needless } from './promises';
import { introduce, play } from './playground';
import { Printer } from './printer';
import { query, table, type Row } from './warehouse';

const FOLDER = resolve(__dirname, '../../out/demo');
const file = (name: string): string => resolve(FOLDER, name);
const [CONFIG, CATALOG, STATE, DATABASE, REPORT] = [
  'config.json',
  'catalog.json',
  'state.json',
  'bitbucket.duckdb',
  'report.html',
].map(file) as [string, string, string, string, string];

const printer = new Printer(process.stdout);
const say = (text?: string): void => printer.say(text);
const shown = (path: string): string => relative(process.cwd(), path);
const SYNC = `bin/main sync --config ${shown(CONFIG)} --database ${shown(DATABASE)}`;

/** The main job from end to end, against a simulated server: throws if anything is not as promised. */
async function demo(simulator: Simulator): Promise<void> {
  const startedAt = Date.now();
  await refuseToDisturb();
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  printer.title('A Bitbucket Data Center to read from');
  say(`  A simulated server answers at ${simulator.url}; no real one is touched.`);
  await prepare(simulator);

  printer.title('First sync: everything');
  const before = inventory(simulator);
  const first = await measured(simulator, 0);
  expectNone('The database is not what the server has', await differences(DATABASE, before));
  say(
    '\n  Every row is there, each once, as the server has it (compared with the simulated server’s own books, stream by stream).',
  );

  printer.title('Three answers');
  for (const { question, sql } of QUESTIONS) say(`  ${question}\n\n${table(await query(DATABASE, sql), printer.width)}\n`);

  printer.title('Then things happen on the server');
  for (const sentence of change(simulator)) say(`  · ${sentence}`);

  printer.title('Second sync: only what changed');
  const after = inventory(simulator);
  const since = Date.now();
  const second = await measured(simulator, since);
  expectNone('The database is not what the server has', await differences(DATABASE, after));
  expectNone('Not only what changed was read', await needless(DATABASE, since, before, after));
  compare(first, second);
  await farewell((Date.now() - startedAt) / 1000);
}

/** The folder of a demo that still runs is not taken from it. */
async function refuseToDisturb(): Promise<void> {
  if (!existsSync(CONFIG)) return;
  const { server_url: url } = JSON.parse(readFileSync(CONFIG, 'utf8')) as { server_url: string };
  if (!url.startsWith('http://127.0.0.1:')) return;
  const signal = AbortSignal.timeout(1000);
  const isThere = await fetch(`${url}/rest/api/1.0/application-properties`, { signal })
    .then(({ ok }) => ok)
    .catch(() => false);
  if (isThere)
    throw new Error(`Another demo runs at ${url}, and ${shown(FOLDER)} is its folder: end it first, with Ctrl-C there.`);
}

/** Writes the configuration and the catalog, and has the connector check the one and discover the other. */
async function prepare({ url, credentials }: Simulator): Promise<void> {
  const { username, password } = credentials;
  write(CONFIG, { server_url: url, credentials: { auth_type: 'basic', username, password } });
  const { connectionStatus } = await ask('CONNECTION_STATUS', 'check', '--config', CONFIG);
  if (connectionStatus.status !== 'SUCCEEDED') throw new Error(`check says ${connectionStatus.message}`);
  say(`  bin/main check     ${connectionStatus.status}`);
  const { catalog } = await ask('CATALOG', 'discover', '--config', CONFIG);
  write(CATALOG, configureAll(catalog));
  const names = catalog.streams.map((stream: { name: string }) => stream.name) as string[];
  say(`  bin/main discover  ${names.join(', ')}`);
  expectNone(
    'Streams are missing',
    STREAM_NAMES.filter((name) => !names.includes(name)),
  );
}

interface Measured {
  readonly rows: readonly Row[];
  readonly requests: ReadonlyMap<string, number>;
}

/** One sync in this terminal, then what landed by it and what it asked of the server. */
async function measured(simulator: Simulator, since: number): Promise<Measured> {
  simulator.clearRequests();
  printer.command(`  $ ${SYNC}`);
  say();
  await run('sync', '--config', shown(CONFIG), '--database', shown(DATABASE));
  const requests = new Map<string, number>();
  for (const { route } of simulator.requests) requests.set(route, (requests.get(route) ?? 0) + 1);
  return { rows: await query(DATABASE, landed(STREAM_NAMES, since)), requests };
}

function compare(first: Measured, second: Measured): void {
  say('\n  Rows read:\n');
  say(
    table(
      second.rows.map((row, index) => ({
        stream: row['stream'] ?? null,
        'first sync': first.rows[index]?.['fresh'] ?? null,
        'second sync': row['fresh'] ?? null,
        'in table': row['rows'] ?? null,
        gone: row['deleted'] ?? null,
      })),
      printer.width,
    ),
  );
  say('\n  Requests to the server:\n');
  const routes = [...first.requests.keys(), ...[...second.requests.keys()].filter((route) => !first.requests.has(route))];
  const total = ({ requests }: Measured): number => [...requests.values()].reduce((sum, count) => sum + count, 0);
  say(
    table(
      [
        ...routes.map((route) => ({
          route,
          'first sync': first.requests.get(route) ?? 0,
          'second sync': second.requests.get(route) ?? 0,
        })),
        { route: 'all', 'first sync': total(first), 'second sync': total(second) },
      ],
      printer.width,
    ),
  );
  if (total(second) * 2 > total(first)) throw new Error('The second sync asked nearly as much as the first.');
  say(
    '\n  Every row that changed was read, and no other, but that activities, commits and diff of a pull request that changed may come again.',
  );
  say(
    '  The database is again what the server has. With limits that the README names: here nothing was closed longer than lookback_days ago.',
  );
}

async function farewell(seconds: number): Promise<void> {
  const states = await query(DATABASE, 'SELECT stream_name, state::VARCHAR AS state FROM _airbyte_state');
  write(
    STATE,
    states.map(({ stream_name: name, state }) => ({
      type: 'STREAM',
      stream: { stream_descriptor: { name }, stream_state: JSON.parse(String(state)) },
    })),
  );
  printer.title('A page to look at');
  printer.command(`  $ bin/main report --database ${shown(DATABASE)} --output ${shown(REPORT)}`);
  say();
  await run('report', '--database', shown(DATABASE), '--output', shown(REPORT));
  printer.title('Where everything is');
  say(`  The report                                    ${shown(REPORT)}`);
  say(`  Rows, and the state in table _airbyte_state   ${shown(DATABASE)}`);
  say(`  Configuration                                 ${shown(CONFIG)}`);
  say(`  Catalog                                       ${shown(CATALOG)}`);
  say(`  State, as read --state takes it               ${shown(STATE)}`);
  say('\n  The same with your own server: write its address and a token into config.json, as README shows, then\n');
  say('    bin/main doctor --config config.json');
  say('    bin/main sync   --config config.json');
  say('\n  and the second command again whenever you like: it reads what changed since.');
  say(`\n  ${seconds.toFixed(1)} s in all.`);
}

function write(path: string, content: unknown): void {
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
}

function expectNone(promise: string, broken: readonly string[]): void {
  if (broken.length > 0)
    throw new Error(
      `${promise}:\n  ${broken.slice(0, 10).join('\n  ')}${broken.length > 10 ? `\n  and ${broken.length - 10} more` : ''}`,
    );
}

/** Leaves the server running until Ctrl-C, and has happen on it what somebody types. */
async function keep(simulator: Simulator): Promise<void> {
  introduce(simulator, SYNC, printer);
  const lines = createInterface({ input: process.stdin }).on('line', (line) => play(simulator, line, SYNC, printer));
  const signals = [once(process, 'SIGINT'), once(process, 'SIGTERM')];
  await Promise.race(process.stdin.isTTY ? [...signals, once(lines, 'close')] : signals);
  lines.close();
  say('\n  The server is gone; the files are still there.');
}

const HELP = `Usage: npm run demo [-- --keep]

Syncs a simulated Bitbucket into out/demo/, changes things on it, syncs again, and checks what it says.

  --keep   leave the server running at the end, to be played with`;

async function main(): Promise<void> {
  const [unknown] = process.argv.slice(2).filter((word) => word !== '--keep');
  if (unknown !== undefined) {
    say(unknown === '--help' ? HELP : `${unknown} is no option of the demo.\n\n${HELP}`);
    process.exitCode = unknown === '--help' ? 0 : 1;
    return;
  }
  // npm takes an option for its own where the two dashes before it are forgotten.
  const keeps = process.argv.includes('--keep') || process.env.npm_config_keep === 'true';
  say('Starting a simulated Bitbucket …');
  const simulator = await Simulator.start({
    dataset: 'demo',
    seed: 7,
    instance: randomUUID(),
    clock: Date.now,
    latencyMs: [5, 20],
  });
  try {
    await demo(simulator);
    if (keeps) await keep(simulator);
    else
      say(
        '\n  The simulated server has ended with this, so that the commands above that ask it find nobody.\n  npm run demo -- --keep leaves it running, to be played with.',
      );
  } catch (error) {
    say(`\nThe demo failed. ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  } finally {
    await simulator.stop();
  }
}

void main();

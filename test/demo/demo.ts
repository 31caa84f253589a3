import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { configureAll } from '../../src/warehouse/catalog';
import { Simulator } from '../simulator';
import { QUESTIONS, landed } from './answers';
import { change } from './changes';
import { ask, sync } from './commands';
import { STREAM_NAMES, differences, inventory, needless } from './promises';
import { query, table, type Row } from './warehouse';

const FOLDER = resolve(__dirname, '../../out/demo');
const file = (name: string): string => resolve(FOLDER, name);
const [CONFIG, CATALOG, STATE, DATABASE] = ['config.json', 'catalog.json', 'state.json', 'bitbucket.duckdb'].map(file) as [
  string,
  string,
  string,
  string,
];

const say = (text = ''): void => void process.stdout.write(`${text}\n`);
const title = (text: string): void => say(`\n━━ ${text} ${'━'.repeat(Math.max(0, 90 - text.length))}\n`);
const shown = (path: string): string => relative(process.cwd(), path);

/** The main job from end to end, against a simulated server: throws if anything is not as promised. */
async function demo(simulator: Simulator): Promise<void> {
  const startedAt = Date.now();
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  title('A Bitbucket Data Center to read from');
  say(`  A simulated server answers at ${simulator.url}; no real one is touched.`);
  await prepare(simulator);

  title('First sync: everything');
  const before = inventory(simulator);
  const first = await measured(simulator, 0);
  expectNone('The database is not what the server has', await differences(DATABASE, before));
  say('\n  Every row is there, each once, as the server has it.');

  title('Three answers');
  for (const { question, sql } of QUESTIONS) say(`  ${question}\n\n${table(await query(DATABASE, sql))}\n`);

  title('Then things happen on the server');
  for (const sentence of change(simulator)) say(`  · ${sentence}`);

  title('Second sync: only what changed');
  const after = inventory(simulator);
  const since = Date.now();
  const second = await measured(simulator, since);
  expectNone('The database is not what the server has', await differences(DATABASE, after));
  expectNone('Not only what changed was read', await needless(DATABASE, since, before, after));
  compare(first, second);
  await farewell((Date.now() - startedAt) / 1000);
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
  say(`  $ bin/main sync --config ${shown(CONFIG)} --catalog ${shown(CATALOG)} --database ${shown(DATABASE)}\n`);
  await sync('--config', CONFIG, '--catalog', CATALOG, '--database', DATABASE);
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
        'in the table': row['rows'] ?? null,
        'of them deleted': row['deleted'] ?? null,
      })),
    ),
  );
  say('\n  Requests to the server:\n');
  const routes = [...first.requests.keys(), ...[...second.requests.keys()].filter((route) => !first.requests.has(route))];
  const total = ({ requests }: Measured): number => [...requests.values()].reduce((sum, count) => sum + count, 0);
  say(
    table([
      ...routes.map((route) => ({
        route,
        'first sync': first.requests.get(route) ?? 0,
        'second sync': second.requests.get(route) ?? 0,
      })),
      { route: 'all', 'first sync': total(first), 'second sync': total(second) },
    ]),
  );
  if (total(second) * 2 > total(first)) throw new Error('The second sync asked nearly as much as the first.');
  say('\n  Every row that changed was read, and none that did not; the database is again what the server has.');
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
  title('Where everything is');
  say(`  Rows, and the state in table _airbyte_state   ${shown(DATABASE)}   (any DuckDB opens it)`);
  say(`  Configuration                                 ${shown(CONFIG)}`);
  say(`  Catalog                                       ${shown(CATALOG)}`);
  say(`  State, as read --state takes it               ${shown(STATE)}`);
  say('\n  The same with your own server: put its server_url and your token into a copy of the configuration, then\n');
  say('    bin/main check --config my-config.json');
  say('    bin/main sync  --config my-config.json --database bitbucket.duckdb');
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

async function main(): Promise<void> {
  const simulator = await Simulator.start({ dataset: 'demo', seed: 7, clock: Date.now, latencyMs: [5, 20] });
  try {
    await demo(simulator);
  } catch (error) {
    say(`\nThe demo failed. ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  } finally {
    await simulator.stop();
  }
}

void main();

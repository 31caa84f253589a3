import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { configureAll, targetsOf, type Target } from './catalog';
import { Connector } from './connector';
import { Database } from './database';
import { Loader } from './loader';
import { parseLine, type JsonObject } from './messages';
import { prepareSync } from './prepare';
import { announce, receive } from './receive';
import { Screen } from './screen';
import { secretMask } from './secrets';
import { STATE_TABLE } from './states';
import { InputError, SyncError, reasonOf } from './sync-error';
import { newTally, summary, type Tally } from './tally';
import { refreshViews } from './views';

/** What a sync needs to know; everything that is ambient elsewhere (environment, clock, terminal, signals) comes in here. */
export interface SyncOptions {
  /** The connector's script, which this process's own Node runs. */
  readonly executable: string;
  readonly config: string;
  /** @default everything that `discover` finds, incremental and deduplicated */
  readonly catalog?: string | undefined;
  /** @default bitbucket.duckdb in the working directory */
  readonly database?: string | undefined;
  /** Drop the selected streams' tables and states first. @default false */
  readonly reset?: boolean | undefined;
  /** Where a person reads. */
  readonly output: NodeJS.WritableStream;
  readonly isTerminal: boolean;
  /** Aborting it ends the connector, keeps what it had finished, and closes the database. */
  readonly signal: AbortSignal;
  /** The connector's environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** The exit code of a process that SIGTERM ended. */
const TERMINATED = 143;
const GRACE_SECONDS = 10;

/**
 * A platform in miniature: runs the connector, loads what it says into DuckDB, goes on from the state saved there, and
 * gives the connector's exit code; 1, after one sentence on `output`, for a failure of its own. Never throws.
 */
export async function sync(options: SyncOptions): Promise<number> {
  return (await syncOnce(options)).exitCode;
}

/** How a sync ended. */
export interface Ending {
  readonly exitCode: number;
  /** At least one stream was complete. */
  readonly completed: boolean;
  /** The same would happen again until somebody has changed the configuration: no stream was complete, and every error says so. */
  readonly needsPerson: boolean;
}

/** What is known of a sync's failures while it runs. */
interface Account {
  /** Airbyte's `failure_type` of each error. */
  readonly failures: Set<string>;
  completed: boolean;
}

/** The same, and whether another attempt is of use. Never throws. */
export async function syncOnce(options: SyncOptions): Promise<Ending> {
  const { output, isTerminal, clock } = options;
  // Whoever stops listening (`| head`) still gets the rows.
  if (output.listenerCount('error') === 0) output.on('error', () => undefined);
  let screen = new Screen({ output, isTerminal, clock, mask: (text) => text });
  let folder: string | undefined;
  try {
    const config = await readJson(options.config, 'configuration');
    screen = new Screen({ output, isTerminal, clock, mask: secretMask(config) });
    folder = await mkdtemp(join(tmpdir(), 'bitbucket-sync-'));
    const account: Account = { failures: new Set(), completed: false };
    const exitCode = await run(options, screen, folder, account);
    const { failures, completed } = account;
    const isConfiguration = failures.size === 1 && failures.has('config_error');
    return { exitCode, completed, needsPerson: exitCode !== 0 && isConfiguration && !completed };
  } catch (error) {
    screen.log('ERROR', error instanceof SyncError ? error.message : `The sync failed: ${reasonOf(error)}`);
    return { exitCode: 1, completed: false, needsPerson: error instanceof InputError };
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function run(options: SyncOptions, screen: Screen, folder: string, account: Account): Promise<number> {
  const path = resolve(options.database ?? 'bitbucket.duckdb');
  const catalog =
    options.catalog === undefined ? await discover(options, screen, account) : await readJson(options.catalog, 'catalog');
  if (typeof catalog === 'number') return catalog;
  const targets = targetsOf(catalog);
  if (options.signal.aborted) return TERMINATED;
  const database = await Database.open(path);
  try {
    const states = await prepareSync(database, targets, options.reset ?? false);
    const args = await readArguments(options, folder, catalog, states);
    return await load(options, screen, { database, targets, args, account });
  } finally {
    database.close();
  }
}

/** The catalog of everything there is, or the exit code of a connector that could not tell. */
async function discover(options: SyncOptions, screen: Screen, { failures }: Account): Promise<JsonObject | number> {
  const connector = await start(options, screen, ['discover', '--config', options.config]);
  let catalog: JsonObject | null = null;
  for await (const lines of connector.lines()) {
    for (const message of lines.map(parseLine)) {
      if (message.type === 'CATALOG') catalog ??= message.catalog;
      else announce(message, screen, failures);
    }
  }
  const exitCode = await connector.exitCode();
  if (exitCode !== 0) return exitCode;
  if (catalog === null) throw new SyncError('The connector ended without a catalog: give one with --catalog.');
  return configureAll(catalog);
}

/** The state and a catalog of ours go through files that only this user can read; they are gone after the sync. */
async function readArguments(
  options: SyncOptions,
  folder: string,
  catalog: unknown,
  states: readonly JsonObject[],
): Promise<string[]> {
  const keep = async (name: string, content: unknown): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, JSON.stringify(content), { mode: 0o600 });
    return file;
  };
  const catalogFile = options.catalog ?? (await keep('catalog.json', catalog));
  const state = states.length === 0 ? [] : ['--state', await keep('state.json', states)];
  return ['read', '--config', options.config, '--catalog', catalogFile, ...state];
}

interface Work {
  readonly database: Database;
  readonly targets: readonly Target[];
  readonly args: readonly string[];
  readonly account: Account;
}

async function load(options: SyncOptions, screen: Screen, { database, targets, args, account }: Work): Promise<number> {
  const { clock } = options;
  const tallies = new Map(targets.map(({ id }) => [id, newTally(id)]));
  const misfits = new Map<string, number>();
  const loader = new Loader(database, targets, clock, (stream, column) => {
    misfits.set(`${stream}.${column}`, (misfits.get(`${stream}.${column}`) ?? 0) + 1);
  });
  const connector = await start(options, screen, args);
  screen.follow([...tallies.values()]);
  try {
    await receive(connector, { loader, tallies, targets, screen, clock, failures: account.failures });
  } catch (error) {
    await connector.abandon();
    throw error;
  } finally {
    screen.settle();
  }
  const exitCode = await connector.exitCode();
  account.completed = [...tallies.values()].some(({ status }) => status === 'COMPLETE');
  if (!options.signal.aborted) await answer(database, targets, screen);
  report(screen, {
    tallies: [...tallies.values()],
    misfits,
    database,
    exitCode,
    wasStopped: options.signal.aborted,
    now: clock(),
  });
  return exitCode;
}

/** The rows are there whether or not the views over them can be made. */
async function answer(database: Database, targets: readonly Target[], screen: Screen): Promise<void> {
  try {
    await refreshViews(database, targets);
  } catch (error) {
    screen.log('WARN', `The views are as they were before this sync: ${reasonOf(error)}`);
  }
}

interface Outcome {
  readonly tallies: readonly Tally[];
  readonly misfits: ReadonlyMap<string, number>;
  readonly database: Database;
  readonly exitCode: number;
  readonly wasStopped: boolean;
  readonly now: number;
}

function report(screen: Screen, { tallies, misfits, database, exitCode, wasStopped, now }: Outcome): void {
  for (const [column, times] of misfits)
    screen.log('WARN', `${column}: ${times} values did not fit the type in the schema and are null in the database.`);
  screen.say(['', ...summary(tallies, now), ''].join('\n'));
  screen.say(`Rows:   ${database.path}`);
  screen.say(`State:  table ${STATE_TABLE} in the same file; the next sync goes on from there.`);
  if (exitCode === 0) return;
  const end = wasStopped ? 'Stopped' : `The connector ended with exit code ${exitCode}`;
  screen.say(`${end}: what came before that is kept, the next sync fetches the rest.`);
}

async function start(options: SyncOptions, screen: Screen, args: readonly string[]): Promise<Connector> {
  const { executable, env, signal } = options;
  return await Connector.start({
    executable,
    args,
    env,
    signal,
    graceSeconds: GRACE_SECONDS,
    onStderr: (line) => screen.log('ERROR', line),
  });
}

async function readJson(file: string, what: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new InputError(`The ${what} file ${file} cannot be read: check the path and your rights (${reasonOf(error)}).`);
  }
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the file, in which there may be a secret.
    throw new InputError(`The ${what} file ${file} is not valid JSON: compare it with the example in the README.`);
  }
}

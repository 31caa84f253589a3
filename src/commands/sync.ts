import type { Command } from 'commander';
import { ConfigError } from '../config/config-error';
import { secretsOf } from '../config/secrets';
import { LOGIN_DENIED } from '../credentials/denied-logins';
import { defaultStreams, streams as allStreams } from '../streams';
import { discoveredStreams } from '../streams/discovered';
import { missingInput } from '../text/input-faults';
import type { SyncOptions } from '../warehouse/options';
import { parsedConfigOf, personalConfigOf } from './configuration';
import type { CommandContext } from './context';
import { examples, refuseEmpty } from './usage';

/** Exit code after Ctrl-C, by convention. */
const INTERRUPTED = 130;
/** What DuckDB calls a database without a file. */
const IN_MEMORY = ':memory:';
/** Between syncs, in seconds: a server must not be asked without end. */
const SHORTEST_PAUSE = 0.5;
const ENDED_AT_ONCE = 'Ended at once: what was saved before that is kept, the next sync fetches the rest.';

interface SyncCommandOptions {
  readonly config?: string;
  readonly streams?: readonly string[];
  readonly catalog?: string;
  readonly database: string;
  readonly reset?: boolean;
  readonly yes?: boolean;
  readonly follow?: string;
  readonly verbose?: boolean;
}

/** Adds `sync`. */
export function addSync(program: Command, context: CommandContext): void {
  const command = program
    .command('sync')
    .description('for people: read into a DuckDB file, and next time only what is new')
    .option('--config <file>', 'configuration (JSON)')
    .option('--database <file>', 'DuckDB file; it remembers its server and its streams', 'bitbucket.duckdb')
    .option(
      '--streams <names...>',
      'streams to read from now on, separated by commas or spaces, or all (default: those that the file has; a new file: users, projects, repositories and those of pull requests)',
    )
    .option('--catalog <file>', 'the same as a catalog (JSON), configured or as discover prints it')
    .option('--reset', "drop the streams' tables and states first, and start over")
    .option('--yes', 'do not ask before --reset; a script is not asked')
    .option('--follow <seconds>', 'sync again and again, so long after each end, until it is stopped')
    .option('-v, --verbose', 'tell everything: log lines, rows and seconds of each stream')
    .action((options: SyncCommandOptions) => runSync(options, program.name(), context));
  examples(command, [
    '--config config.json',
    '--config config.json --streams projects,pull_requests',
    '--config config.json --follow 300',
  ]);
}

/** Loads into DuckDB by running this very program as a platform would. */
async function runSync(given: SyncCommandOptions, program: string, context: CommandContext): Promise<void> {
  const { follow: pause, streams: names, config } = given;
  refuseEmpty(given, ['database', 'catalog', 'follow']);
  if (given.database === IN_MEMORY)
    throw new ConfigError(`--database is ${IN_MEMORY}, which keeps nothing: name a file, such as bitbucket.duckdb.`);
  if (config === undefined || config === '') throw new ConfigError(missingInput('--config'));
  if (pause !== undefined && !(Number(pause) >= SHORTEST_PAUSE))
    throw new ConfigError(`--follow is ${pause}: write how many seconds to wait between syncs, ${SHORTEST_PAUSE} or more.`);
  if (names !== undefined && given.catalog !== undefined)
    throw new ConfigError('--streams and --catalog both say what is read: give one of them.');
  context.endByItself(ENDED_AT_ONCE); // the connector flushes, the loader commits, then the command ends with its exit code
  const { sync } = await import('../warehouse/sync.js');
  const { follow } = await import('../warehouse/follow.js');
  const { tmpdir } = await import('node:os');
  const options = optionsOf({ ...given, config }, program, context, tmpdir());
  // Whoever stopped listening (EPIPE) still gets the rows, and wants to hear nothing more.
  const broken: NodeJS.ErrnoException[] = [];
  options.output.on('error', (error: NodeJS.ErrnoException) => error.code !== 'EPIPE' && broken.push(error));
  const code = pause === undefined ? await sync(options) : await follow(options, Number(pause) * 1000);
  const [{ code: cause, message } = {}] = broken;
  if (message !== undefined)
    throw new ConfigError(
      `The output cannot be written (${cause ?? message}): check where it goes. What was read is in the database all the same.`,
    );
  context.exitWith(options.signal.reason === 'SIGINT' ? INTERRUPTED : code);
}

function optionsOf(
  { config, catalog, database, reset, yes, verbose, streams: names }: SyncCommandOptions & { readonly config: string },
  program: string,
  context: CommandContext,
  temporary: string,
): SyncOptions {
  const { terminal, variables, executable, debug } = context;
  const { ask } = terminal;
  // Where the output goes elsewhere, the question is all that is seen.
  const about = terminal.width === null ? `--reset drops what is in ${database}. ` : '';
  const env = { ...variables };
  return {
    ...{ executable, config, catalog, database, program, debug },
    expandsEnvironment: true,
    secrets: secretsIn(config, context),
    streams: names === undefined ? undefined : streamNames(names),
    discovered: () => ({ streams: discoveredStreams(allStreams) }),
    defaults: defaultStreams.map(({ name }) => name),
    reset: reset ?? false,
    confirm: yes === true || ask === null ? null : async (question) => /^y(es)?$/i.test((await ask(about + question)).trim()),
    preflight: async (onRequest) => {
      const { lookAtServer } = await import('./sync-preflight.js');
      const found = await lookAtServer(config, context, onRequest);
      // What was denied here is not tried once more by the connector.
      env[LOGIN_DENIED] = String(found.succeeded && isDenied(config, context));
      return found;
    },
    expect: async (names, onRequest) => {
      const { expectedRows } = await import('./expected-rows.js');
      return expectedRows(config, names, context, onRequest);
    },
    narrowing: async (names, stateOf) => {
      const { narrowingOf } = await import('../sync/repository/outside.js');
      const parsed = orNull(() => parsedConfigOf(config, context));
      return parsed === null ? null : narrowingOf(parsed, names, stateOf);
    },
    verbose: verbose ?? false,
    output: terminal.output,
    isTerminal: terminal.isTerminal,
    signal: context.environment().signal,
    env,
    temporary,
    clock: Date.now,
  };
}

/** The names in the words of `--streams`: `projects, users` are two words of a shell, `projects,users` is one; all are in small letters. */
function streamNames(words: readonly string[]): string[] {
  return words
    .join(' ')
    .trim()
    .toLowerCase()
    .split(/\s*,\s*|\s+/);
}

/** Whether Bitbucket has denied the login of `credentials` to this process. */
function isDenied(file: string, context: CommandContext): boolean {
  const { credentials } = parsedConfigOf(file, context);
  return credentials.type !== 'store' && context.environment().denied?.has(credentials) === true;
}

/** The secrets that come from the environment are nowhere in the file. */
function secretsIn(file: string, context: CommandContext): string[] {
  return orNull(() => secretsOf(personalConfigOf(file, context))) ?? [];
}

/** What is taken from a configuration; null where that is wrong: the sync will say what. */
function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof ConfigError) return null;
    throw error;
  }
}

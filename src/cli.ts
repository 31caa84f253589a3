import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Command, CommanderError } from 'commander';
import { ConfigError } from './config/config';
import type { Environment } from './connection/connect';
import { addDoctorCommands } from './commands/doctor-commands';
import { parseStateText } from './airbyte/state-file';
import { Emitter } from './airbyte/emitter';
import { LineWriter } from './airbyte/line-writer';
import { BitbucketSource, readSpec } from './source';
import { writeTo } from './airbyte/stdout';
import { addWebhookCommands } from './commands/webhook-commands';

interface FileOptions {
  readonly config?: string;
  readonly catalog?: string;
  readonly state?: string;
  readonly debug?: boolean;
}

interface SyncCommandOptions {
  readonly config: string;
  readonly catalog?: string;
  readonly database: string;
  readonly reset?: boolean;
  readonly follow?: string;
}

/** Exit code of a process that a signal ended, by convention. */
const SIGNAL_BASE = 128;
const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;
/** Time for the last lines to go out once the process was told to end, in milliseconds. */
const LAST_WORDS_MS = 5000;

/** Runs the command line of this process and ends it: the only place that reads the environment and calls `process.exit`. */
export function mainCommand(argv: readonly string[] = process.argv): void {
  const run = new Run();
  run.main(argv).then(
    (code) => run.exit(code),
    (error: unknown) => run.exit(run.crash(error)),
  );
}

class Run {
  private readonly stopping = new AbortController();
  private readonly writer = new LineWriter(
    (bytes) => writeTo(1, bytes),
    () => {
      if (!this.endsByItself) process.exit(SIGNAL_BASE + 13); // EPIPE: nobody listens any more, so nothing is said
    },
  );
  private readonly emitter = new Emitter((line) => this.writer.write(line), Date.now);
  private flush: () => void = () => undefined;
  private code = 0;
  private endsByItself = false;

  async main(argv: readonly string[]): Promise<number> {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void this.end(signal));
    process.once('uncaughtException', (error) => void this.exit(this.crash(error)));
    const program = this.program();
    try {
      await program.parseAsync([...argv]);
    } catch (error) {
      if (error instanceof CommanderError) return this.usage(error, argv);
      throw error;
    }
    return this.code;
  }

  async exit(code: number): Promise<void> {
    await this.writer.flush();
    process.exit(code);
  }

  /** What nobody foresaw is a message too. */
  crash(error: unknown): number {
    if (error instanceof ConfigError) this.emitter.error(error.message, 'config_error');
    else
      this.emitter.error(
        `Unexpected: ${error instanceof Error ? error.message : String(error)}`,
        'system_error',
        undefined,
        error,
      );
    return 1;
  }

  private program(): Command {
    const program = new Command('source-bitbucket-data-center')
      .description('Airbyte source for Bitbucket Server and Data Center 5.16 to 10.x')
      .version(version(), '--version', 'print the version')
      .option('--debug', 'log each request: method, path, status, milliseconds')
      .exitOverride()
      .configureOutput({ writeErr: () => undefined })
      .showHelpAfterError(false)
      .helpCommand(false);
    program
      .command('spec')
      .description('print what the configuration may hold')
      .action(() => this.spec());
    program
      .command('check')
      .description('print whether the configuration works')
      .option('--config <file>', 'configuration (JSON)')
      .action((options: FileOptions) => this.check(options, program.opts()));
    program
      .command('discover')
      .description('print the streams and their columns')
      .option('--config <file>', 'configuration (JSON)')
      .action((options: FileOptions) => this.discover(options));
    program
      .command('read')
      .description('print the records that are new since the state')
      .option('--config <file>', 'configuration (JSON)')
      .option('--catalog <file>', 'configured catalog (JSON)')
      .option('--state <file>', 'state of the last sync (JSON)')
      .action((options: FileOptions) => this.read(options, program.opts()));
    program
      .command('sync')
      .description('for people: read into a DuckDB file, and next time only what is new')
      .requiredOption('--config <file>', 'configuration (JSON)')
      .option('--catalog <file>', 'configured catalog (JSON); default: every stream, incremental')
      .option('--database <file>', 'DuckDB file', 'bitbucket.duckdb')
      .option('--reset', "drop the streams' tables and states first, and start over")
      .option('--follow <seconds>', 'sync again and again, so long after each end, until it is stopped')
      .action((options: SyncCommandOptions) => this.sync(options));
    addWebhookCommands(program, {
      environment: () => this.environment(),
      readConfig: (file) => readJsonFile('--config', file),
      log: (line) => void this.writer.write(line),
      endByItself: () => this.endByItself(),
      exitWith: (code) => (this.code = code),
    });
    addDoctorCommands(program, {
      environment: () => this.environment(),
      readConfig: (file) => readJsonFile('--config', file),
      log: (line) => void this.writer.write(line),
      coloured: process.stdout.isTTY && (process.env.NO_COLOR ?? '') === '',
      version: version(),
      exitWith: (code) => (this.code = code),
    });
    for (const command of program.commands)
      command
        .option('--debug', 'log each request: method, path, status, milliseconds')
        .exitOverride()
        .allowExcessArguments(false);
    return program;
  }

  private spec(): void {
    this.emitter.message({ type: 'SPEC', spec: readSpec() });
  }

  private async check(options: FileOptions, globals: { debug?: boolean }): Promise<void> {
    let config: unknown;
    try {
      config = readJsonFile('--config', options.config);
    } catch (error) {
      this.failCheck(error instanceof Error ? error.message : String(error));
      return;
    }
    this.emitter.message(await this.source(options, globals).check(config as Record<string, unknown>, this.emitter));
  }

  private failCheck(message: string): void {
    this.emitter.message({
      type: 'CONNECTION_STATUS',
      connectionStatus: { status: 'FAILED', message: `invalid_config: ${message}` },
    });
  }

  private async discover(options: FileOptions): Promise<void> {
    const config = readJsonFile('--config', options.config) as Record<string, unknown>;
    this.emitter.message(await this.source(options, {}).discover(config));
  }

  private async read(options: FileOptions, globals: { debug?: boolean }): Promise<void> {
    // What a sync holds is small, what passes through it large: collect garbage before it is as large again. A pace, not a ceiling.
    setFlagsFromString('--heap-growing-percent=30');
    const config = readJsonFile('--config', options.config);
    const catalog = readJsonFile('--catalog', options.catalog);
    const state = options.state === undefined ? null : parseStateText(readTextFile('--state', options.state));
    const reading = this.source(options, globals).start(config, catalog, state, (line) => this.writer.write(line));
    this.flush = reading.flush;
    this.code = (await reading.done) ? 0 : 1;
  }

  /** Loads into DuckDB by running this very program as a platform would. */
  private async sync({ config, catalog, database, reset, follow: pause }: SyncCommandOptions): Promise<void> {
    if (pause !== undefined && !(Number(pause) >= 0))
      throw new ConfigError(`--follow is ${pause}: write how many seconds to wait between syncs.`);
    this.endByItself(); // the connector flushes, the loader commits, then the command ends with its exit code
    const { sync } = await import('./warehouse/sync.js');
    const { follow } = await import('./warehouse/follow.js');
    const options = {
      executable: join(__dirname, '../bin/main'),
      ...{ config, catalog, database, reset: reset ?? false },
      output: process.stdout,
      isTerminal: process.stdout.isTTY,
      signal: this.stopping.signal,
      env: process.env,
      clock: Date.now,
    };
    this.code = pause === undefined ? await sync(options) : await follow(options, Number(pause) * 1000);
  }

  /** A signal only tells the command, which then ends. */
  private endByItself(): void {
    this.endsByItself = true;
    this.end = async () => Promise.resolve(this.stopping.abort());
  }

  private environment(): Environment {
    return {
      now: Date.now,
      random: Math.random,
      extraCaCertificates: process.env.NODE_EXTRA_CA_CERTS,
      variables: process.env,
      signal: this.stopping.signal,
    };
  }

  private source(options: FileOptions, globals: { debug?: boolean }): BitbucketSource {
    const debug = options.debug === true || globals.debug === true || /^(?:debug|trace)$/i.test(process.env.LOG_LEVEL ?? '');
    return new BitbucketSource(this.environment(), debug);
  }

  /** `--help` and `--version` are text; everything else that commander throws is a mistake in the arguments. */
  private usage(error: CommanderError, argv: readonly string[]): number {
    if (error.exitCode === 0) return 0;
    const message = error.message.replace(/^error: /, '');
    if (argv[2] === 'check' && error.code === 'commander.optionMissingArgument') {
      this.failCheck(message);
      return 0;
    }
    const said = message === '(outputHelp)' ? 'A command is missing' : message;
    this.emitter.error(
      `${said}. Commands: spec, check, discover, read, sync, doctor, plan, serve, webhooks; --help says more.`,
      'config_error',
    );
    return 1;
  }

  /** States of what is done go out, then the process ends by the signal; as PID 1, which signals cannot end, with its code. */
  private end = async (signal: keyof typeof SIGNALS): Promise<void> => {
    this.flush();
    const timeout = new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS));
    await Promise.race([this.writer.close(), timeout]);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    setTimeout(() => process.exit(SIGNAL_BASE + SIGNALS[signal]), 100);
  };
}

function readTextFile(option: string, file: string | undefined): string {
  if (file === undefined)
    throw new ConfigError(`${option} is missing: give the path of a JSON file, such as ${option} ${option.slice(2)}.json.`);
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw new ConfigError(
      `${option}: ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}): give the path of a JSON file.`,
    );
  }
}

function readJsonFile(option: string, file: string | undefined): unknown {
  const text = readTextFile(option, file);
  try {
    return JSON.parse(text);
  } catch {
    throw new ConfigError(`${option}: ${String(file)} is not JSON.`); // the parser's message quotes the text
  }
}

function version(): string {
  return (JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')) as { version: string }).version;
}

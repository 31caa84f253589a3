import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, CommanderError } from 'commander';
import { Emitter } from './airbyte/emitter';
import { LineWriter } from './airbyte/line-writer';
import { Output } from './airbyte/stdout';
import { failCheck } from './commands/check';
import type { CommandContext } from './commands/context';
import { invalidUsage } from './commands/credentials';
import { readInput, readJsonFile } from './commands/input-files';
import { commandLines, messageLines } from './commands/print';
import { createProgram, programName } from './commands/program';
import { terminal } from './commands/terminal';
import { PLATFORM_COMMANDS, parsedArguments, usageMessage, usageText, withCommandsApart } from './commands/usage';
import { ConfigError } from './config/config-error';
import { DeniedLogins } from './credentials/denied-logins';
import { shellWord } from './text/shell';
import { printable, printableLine } from './text/terminal';

/** Exit code of a process that a signal ended, by convention. */
const SIGNAL_BASE = 128;
const SIGNALS = { SIGPIPE: 13, SIGINT: 2, SIGTERM: 15 } as const;
/** Time for the last lines to go out once the process was told to end, in milliseconds; then for the line that is partly out. */
const LAST_WORDS_MS = 5000;
const LAST_LINE_MS = 3000;
/** A command that ends by itself has this time for it, in milliseconds; a signal that comes again before is the same wish. */
const PATIENCE_MS = 12_000;

/** Runs the command line of this process and ends it: the only place that reads the environment and calls `process.exit`. */
export function mainCommand(argv: readonly string[] = process.argv): void {
  const run = new Run(argv);
  run.main().then(
    (code) => run.exit(code),
    (error: unknown) => run.exit(run.crash(error)),
  );
}

class Run {
  private readonly stopping = new AbortController();
  private readonly denied = new DeniedLogins();
  private readonly output = new Output(1);
  private readonly writer = new LineWriter(
    (bytes) => this.output.write(bytes),
    (error) => this.outputIsBroken(error),
  );
  private readonly emitter = new Emitter((line) => this.writer.write(line), Date.now);
  /** The word after the program's name: which command it is to be. */
  private readonly name: string | undefined;
  private flush: () => void = () => undefined;
  /** The name by which the program was called. */
  private readonly called: string;
  /** The configuration that was given. */
  private configFile: string | undefined;
  private code = 0;
  private endsByItself = false;
  /** A signal has closed the output: what is printed from then on is lost. */
  private isEnding = false;

  constructor(private readonly argv: readonly string[]) {
    this.name = argv.slice(2).find((word) => !word.startsWith('-'));
    this.called = programName(argv[1] ?? '', folder());
  }

  async main(): Promise<number> {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void this.end(signal));
    process.once('uncaughtException', (error) => void this.exit(this.crash(error)));
    const program = createProgram(this.context(), this.called);
    try {
      await program.parseAsync([...parsedArguments(this.argv, program)]);
    } catch (error) {
      if (error instanceof CommanderError) return this.usage(error, program);
      throw error;
    }
    return this.code;
  }

  async exit(code: number): Promise<void> {
    await this.writer.flush();
    // The signal ends the process, lest an exit code of 0 be believed where the last lines are missing.
    if (!this.isEnding) process.exit(code);
  }

  /** What nobody foresaw is a message too. */
  crash(error: unknown): number {
    const message = error instanceof Error ? error.message : String(error);
    if (this.isForPeople()) {
      this.complain(
        error instanceof ConfigError ? message : `Unexpected: ${message}`,
        error instanceof ConfigError ? this.lineOf(error) : undefined,
      );
    } else if (error instanceof ConfigError) this.emitter.error(message, 'config_error');
    else this.emitter.error(`Unexpected: ${message}`, 'system_error', undefined, error);
    if (!this.isForPeople()) this.tellAside(message);
    return 1;
  }

  private context(): CommandContext {
    return {
      version: version(),
      environment: () => ({
        now: Date.now,
        random: Math.random,
        extraCaCertificates: process.env.NODE_EXTRA_CA_CERTS,
        variables: process.env,
        signal: this.stopping.signal,
        denied: this.denied,
      }),
      variables: process.env,
      executable: join(__dirname, '../bin/main'),
      debug: this.argv.includes('--debug') || /^(?:debug|trace)$/i.test(process.env.LOG_LEVEL ?? ''),
      emitter: this.emitter,
      write: (line) => this.writer.write(line),
      log: (line) => void this.writer.write(line),
      readConfig: (file) => readJsonFile('--config', (this.configFile = file)),
      ownCommand: (command) => this.ownCommand(command),
      readInput: (maxBytes) => readInput(process.stdin, maxBytes),
      terminal: terminal(process, process.env, this.stopping.signal),
      writeAside: (line) => this.writeAside(line),
      tellAside: (text) => this.tellAside(text),
      beforeEnd: (flush) => (this.flush = flush),
      endByItself: (lastWords) => this.endByItself(lastWords),
      exitWith: (code) => (this.code = code),
    };
  }

  /** A signal only tells the command, which then ends; also one that comes twice, as a terminal and what runs the command both send it. */
  private endByItself(lastWords?: string): void {
    this.endsByItself = true;
    let toldAt = 0;
    const tell = (signal: 'SIGTERM' | 'SIGINT') => {
      if (!this.stopping.signal.aborted) {
        toldAt = Date.now();
        this.stopping.abort(signal);
      } else if (Date.now() - toldAt > PATIENCE_MS) {
        if (lastWords !== undefined) process.stdout.write(`\n${lastWords}\n`);
        process.exit(SIGNAL_BASE + SIGNALS[signal]);
      }
    };
    // Before the others are let go of: without a listener a signal would end the process at once.
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, tell);
    this.end = () => Promise.resolve();
  }

  /** `--help` and `--version` are text; everything else that commander throws is a mistake in the arguments. */
  private usage(error: CommanderError, program: Command): number {
    if (error.exitCode === 0) return 0;
    if (this.name === 'credentials') void this.writer.write(JSON.stringify(invalidUsage(usageText(error, program, this.name))));
    else if (this.name === undefined || this.isForPeople()) {
      this.complain(usageText(error, program, this.name));
      // Whoever wrote the wrong option may be a platform.
      if (this.name === undefined && error.code === 'commander.unknownOption' && !process.stdout.isTTY)
        this.emitter.error(usageMessage(error, program), 'config_error');
    } else if (this.name === 'check' && error.code === 'commander.optionMissingArgument') {
      failCheck(this.emitter, error.message.replace(/^error: /, ''));
      this.tellAside(usageText(error, program, this.name));
      return 0;
    } else {
      this.emitter.error(usageMessage(error, program), 'config_error');
      this.tellAside(usageText(error, program, this.name));
    }
    return 1;
  }

  /** Whether a person has typed the command: what is no command may come from a platform, unless a terminal shows the answer. */
  private isForPeople(): boolean {
    if (PLATFORM_COMMANDS.some((each) => each === this.name)) return false;
    const isCommand =
      this.name !== undefined && createProgram(this.context(), '').commands.some((each) => each.name() === this.name);
    return isCommand || process.stdout.isTTY;
  }

  /** A person who has sent stdout into a file would find the error only there; a platform's stderr is no terminal, and stays empty. */
  private tellAside(text: string): void {
    if (process.stderr.isTTY && !process.stdout.isTTY) this.complain(text);
  }

  private writeAside(line: string): void {
    const { stderr } = process;
    if (stderr.listenerCount('error') === 0) stderr.on('error', () => undefined); // whoever closed it wants to hear nothing
    stderr.write(`${line}\n`);
  }

  /** What helps against it, to be typed. */
  private lineOf({ command, line }: ConfigError): string | undefined {
    return command === undefined ? line : this.ownCommand(command);
  }

  /** @param line to be copied */
  private complain(text: string, line?: string): void {
    const { isTTY, columns } = process.stderr;
    const width = isTTY ? columns || 80 : null;
    const lines = messageLines(printable(width !== null && text.length >= width ? withCommandsApart(text) : text), width);
    if (line !== undefined) lines.push(...commandLines(`  ${printableLine(line)}`, width));
    process.stderr.write(`${lines.join('\n')}\n`);
  }

  private ownCommand(command: string): string {
    const file = printableLine(this.configFile ?? 'config.json');
    return `${this.called} ${command} --config ${shellWord(file)}`;
  }

  /** A reader that went away wants to hear nothing more; a disk that is full is worth a sentence. */
  private outputIsBroken(error: NodeJS.ErrnoException): void {
    if (error.code === 'EPIPE') {
      if (!this.endsByItself) process.exit(SIGNAL_BASE + SIGNALS.SIGPIPE);
      return;
    }
    const remedy = error.code === 'ENOSPC' ? 'free some space where it goes' : 'check where it goes';
    this.complain(`The output cannot be written (${error.code ?? error.message}): ${remedy}, and run the same again.`);
    process.exit(1);
  }

  /** States of what is done go out, then the process ends by the signal; as PID 1, which signals cannot end, with its code. */
  private end = async (signal: 'SIGTERM' | 'SIGINT'): Promise<void> => {
    this.isEnding = true;
    this.flush();
    await Promise.race([this.writer.close(), after(LAST_WORDS_MS)]);
    await Promise.race([this.output.stop(), after(LAST_LINE_MS)]);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    setTimeout(() => process.exit(SIGNAL_BASE + SIGNALS[signal]), 100);
  };
}

function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Where the program was called; a folder that is gone has no name. */
function folder(): string {
  try {
    return process.cwd();
  } catch {
    return '/';
  }
}

function version(): string {
  return (JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')) as { version: string }).version;
}

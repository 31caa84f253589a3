import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import type { Simulator } from '../simulator';

const ROOT = resolve(__dirname, '../..');
/** The built executable, which a platform runs; `npm run build` makes it. Tests call it by a short path, the demo by its own. */
export const EXECUTABLE = process.env.TESTED_EXECUTABLE ?? join(ROOT, 'bin/main');
/** The name of the program in what it tells to type, where it is called in the folder for temporary files. */
export const CALLED = [relative(tmpdir(), EXECUTABLE), EXECUTABLE].reduce((one, other) =>
  one.length < other.length ? one : other,
);

/** One line of the connector's stdout. */
export type Message = Record<string, any>;

/** How a run of the executable ended, and all that it said. */
export interface Outcome {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The lines of stdout that are JSON objects, in order. */
  readonly messages: readonly Message[];
  readonly stdout: string;
  readonly stderr: string;
  /** From the start to the end. */
  readonly milliseconds: number;
}

export interface RunOptions {
  /** Added to a clean environment; proxies and log levels of whoever runs the tests are not in it. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What comes on stdin. @default nothing does */
  readonly input?: string;
  /** Called with each message as it comes, and with the process, so that a test may end it in the middle. */
  readonly onMessage?: (message: Message, child: ChildProcess) => void;
  /** Killed after so many milliseconds. @default 120000 */
  readonly timeout?: number;
  /** Given to node itself: `--max-old-space-size=64`. */
  readonly nodeOptions?: readonly string[];
}

/** Starts the built executable and leaves its output to the caller. */
export function launch(args: readonly string[], { env = {}, cwd = tmpdir(), nodeOptions, input }: RunOptions = {}) {
  const command = nodeOptions === undefined ? EXECUTABLE : process.execPath;
  const child = spawn(command, nodeOptions === undefined ? [...args] : [...nodeOptions, EXECUTABLE, ...args], {
    cwd,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  }) as ChildProcessByStdio<Writable | null, Readable, Readable>;
  child.stdin?.once('error', () => undefined);
  child.stdin?.end(input);
  return child;
}

/** Starts the built executable; `ended` resolves with everything it said. */
export function start(args: readonly string[], options: RunOptions = {}): { child: ChildProcess; ended: Promise<Outcome> } {
  const { onMessage, timeout = 120_000 } = options;
  const startedAt = Date.now();
  const child = launch(args, options);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const lines = new PassThrough();
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk)).pipe(lines);
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  if (onMessage === undefined) lines.resume();
  else createInterface({ input: lines }).on('line', (line) => onMessage(JSON.parse(line) as Message, child));
  const limit = setTimeout(() => child.kill('SIGKILL'), timeout);
  const ended = new Promise<Outcome>((fulfil, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(limit);
      const stdout = Buffer.concat(out).toString('utf8');
      fulfil({
        code,
        signal,
        stdout,
        stderr: Buffer.concat(err).toString('utf8'),
        messages: messagesOf(stdout),
        milliseconds: Date.now() - startedAt,
      });
    });
  });
  return { child, ended };
}

/** Runs the built executable to its end. */
export function run(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return start(args, options).ended;
}

/** What goes into the input files: values become JSON, text is written as it is. */
export interface Inputs {
  readonly config?: unknown;
  readonly catalog?: unknown;
  readonly state?: unknown;
}

/** Writes the input files into a folder and gives the options that name them: `['--config', …, '--catalog', …]`. */
export function writeFiles(folder: string, inputs: Inputs, extension = '.json'): string[] {
  return (['config', 'catalog', 'state'] as const).flatMap((name) => {
    const value = inputs[name];
    if (value === undefined) return [];
    const path = join(folder, name + extension);
    writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
    return [`--${name}`, path];
  });
}

/** Runs `read`, `check` or `discover` with inputs in files of a folder of its own, which is gone afterwards. */
export async function runWith(
  command: 'check' | 'discover' | 'read',
  inputs: Inputs,
  options: RunOptions = {},
): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'connector-'));
  try {
    return await run([command, ...writeFiles(folder, command === 'read' ? inputs : { config: inputs.config })], options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs `read` against a simulator: by default everything, incrementally, as the simulator's own account. */
export function read(
  simulator: Simulator,
  inputs: { config?: object; catalog?: unknown; state?: unknown } = {},
  options: RunOptions = {},
): Promise<Outcome> {
  const { config = {}, catalog = catalogOf(), state } = inputs;
  return runWith('read', { config: configFor(simulator, config), catalog, state }, options);
}

/** A configuration that fits a simulator; `overrides` replace fields of it. */
export function configFor(simulator: Simulator, overrides: object = {}): Record<string, unknown> {
  const { username, password } = simulator.credentials;
  return { server_url: simulator.url, credentials: { auth_type: 'basic', username, password }, ...overrides };
}

type SyncMode = 'incremental' | 'full_refresh';

const shipped = (
  JSON.parse(readFileSync(join(ROOT, 'test_files/full_configured_catalog.json'), 'utf8')) as { streams: Message[] }
).streams;

/** The names of all streams, in catalog order. */
export const STREAMS = shipped.map((each) => String(each.stream.name));

/** A configured catalog of some streams; @default all of them, incrementally */
export function catalogOf(streams: readonly string[] = STREAMS, syncMode: SyncMode = 'incremental'): { streams: Message[] } {
  return {
    streams: streams.map((name) => {
      const entry = shipped.find((each) => each.stream.name === name);
      if (entry === undefined) throw new Error(`There is no stream ${name}`);
      const destination = syncMode === 'incremental' ? 'append_dedup' : 'overwrite';
      return { ...entry, sync_mode: syncMode, destination_sync_mode: destination };
    }),
  };
}

/** The primary key of a stream. */
export function primaryKeyOf(stream: string): string[] {
  const entry = shipped.find((each) => each.stream.name === stream);
  return (entry?.stream.source_defined_primary_key as string[][]).flat();
}

/** The messages in what a connector printed; lines that are no JSON objects are left out. */
export function messagesOf(stdout: string): Message[] {
  return stdout.split('\n').flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line);
      return typeof value === 'object' && value !== null ? [value as Message] : [];
    } catch {
      return [];
    }
  });
}

/** The records of a stream, in order. */
export function recordsOf(messages: readonly Message[], stream: string): Record<string, any>[] {
  return messages.filter((each) => each.type === 'RECORD' && each.record.stream === stream).map((each) => each.record.data);
}

/** The last state of each stream, as a platform hands it to the next `read`. */
export function lastStates(messages: readonly Message[]): Message[] {
  const states = new Map<string, Message>();
  for (const each of messages) {
    if (each.type === 'STATE')
      states.set(each.state.stream.stream_descriptor.name, { type: 'STREAM', stream: each.state.stream });
  }
  return [...states.values()];
}

/** The last status of each stream: COMPLETE, INCOMPLETE, or where it was cut off. */
export function statusesOf(messages: readonly Message[]): Record<string, string> {
  const statuses: Record<string, string> = {};
  for (const each of messages) {
    const status = each.trace?.stream_status;
    if (status !== undefined) statuses[status.stream_descriptor.name] = status.status;
  }
  return statuses;
}

/** The errors that were traced: message, failure_type, and stream where one is blamed. */
export function errorsOf(messages: readonly Message[]): { message: string; failureType: string; stream: string | undefined }[] {
  return messages
    .filter((each) => each.type === 'TRACE' && each.trace.type === 'ERROR')
    .map(({ trace: { error } }) => ({
      message: error.message,
      failureType: error.failure_type,
      stream: error.stream_descriptor?.name,
    }));
}

/** The texts of the LOG messages of a level. */
export function logsOf(messages: readonly Message[], level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR'): string[] {
  return messages.filter((each) => each.type === 'LOG' && each.log.level === level).map((each) => String(each.log.message));
}

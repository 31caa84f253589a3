import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { OutputCounter, type Output } from './output-counter';

/** Files of this process's runs; removed when it ends. */
export const FOLDER = mkdtempSync(join(tmpdir(), 'benchmark-'));
process.on('exit', () => rmSync(FOLDER, { recursive: true, force: true }));

/** `npm run build` makes it; BENCHMARK_EXECUTABLE names that of another build. */
const EXECUTABLE = process.env.BENCHMARK_EXECUTABLE ?? resolve(__dirname, '../../bin/main');
const USAGE = resolve(__dirname, 'usage.js');
const STREAMS = ['projects', 'repositories', 'users', 'pull_requests', 'pull_request_activities', 'pull_request_diffs'];

/** What a process took of the machine. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly peakRssMb: number;
}

/** One run of the built executable. */
export interface Run extends Usage {
  readonly code: number | null;
  /** From its start to its end. */
  readonly seconds: number;
  readonly output: Output;
}

/** Where a server is and how to log in. */
export interface Server {
  readonly url: string;
  readonly credentials: { readonly token: string };
}

export interface ReadOptions {
  /** Further fields of the configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** The run that this one goes on from. */
  readonly since?: Run;
  /** How fast stdout is read; as fast as it comes if absent. */
  readonly bytesPerSecond?: number;
  /** @default six */
  readonly streams?: readonly string[];
}

let runs = 0;

/** Runs `bin/main read` as a platform would, all streams incremental, and counts what it prints. */
export async function read({ url, credentials }: Server, options: ReadOptions = {}): Promise<Run> {
  const name = (what: string): string => join(FOLDER, `${(runs += 1)}-${what}.json`);
  const write = (what: string, content: unknown): string => {
    const file = name(what);
    writeFileSync(file, JSON.stringify(content), { mode: 0o600 });
    return file;
  };
  const config = { server_url: url, credentials: { auth_type: 'token', token: credentials.token }, ...options.config };
  const catalog = {
    streams: (options.streams ?? STREAMS).map((stream) => ({
      stream: { name: stream, json_schema: {}, supported_sync_modes: ['full_refresh', 'incremental'] },
      sync_mode: 'incremental',
      destination_sync_mode: 'append_dedup',
    })),
  };
  const files = ['--config', write('config', config), '--catalog', write('catalog', catalog)];
  if (options.since !== undefined) {
    const states = [...options.since.output.lastStates.values()].map((line) => (JSON.parse(line) as { state: unknown }).state);
    files.push('--state', write('state', states));
  }
  return run(['read', ...files], options.bytesPerSecond);
}

/** Runs any command of the built executable. */
export async function run(args: readonly string[], bytesPerSecond?: number): Promise<Run> {
  const usage = join(FOLDER, `${(runs += 1)}-usage.json`);
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['-r', USAGE, EXECUTABLE, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, BENCHMARK_USAGE: usage },
  });
  const counter = new OutputCounter();
  const startedReadingAt = performance.now();
  child.stdout.on('data', (chunk: Buffer) => {
    counter.feed(chunk);
    if (bytesPerSecond === undefined) return;
    const ahead = (counter.output.bytes / bytesPerSecond) * 1000 - (performance.now() - startedReadingAt);
    if (ahead <= 0) return;
    child.stdout.pause();
    setTimeout(() => child.stdout.resume(), ahead);
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (signal !== null) throw new Error(`bin/main ${args[0] ?? ''} was ended by ${signal}`);
  const seconds = (performance.now() - startedAt) / 1000;
  return { code, seconds, output: counter.output, ...(JSON.parse(readFileSync(usage, 'utf8')) as Usage) };
}

/** Throws, with what was said, unless the run ended well. */
export function expectSuccess(run: Run): Run {
  if (run.code !== 0) throw new Error(`bin/main ended with ${run.code}:\n${run.output.said.slice(-10).join('\n')}`);
  return run;
}

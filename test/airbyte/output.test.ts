import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Output } from '../../src/airbyte/stdout';
import { Simulator } from '../simulator';
import { catalogOf, configFor, EXECUTABLE, launch, messagesOf, writeFiles } from '../support/connector';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'output-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('writes to a file what it is given, in order', async () => {
  const file = join(folder, 'out');
  const descriptor = openSync(file, 'w');
  const output = new Output(descriptor);
  const lines = Array.from({ length: 50 }, (_, n) => `${'x'.repeat(n * 997)}${n}\n`).join('');
  const writing = output.write(Buffer.from(lines));
  // A file keeps nobody waiting, so that no thread has to be woken for it.
  expect(readFileSync(file, 'utf8')).toBe(lines);
  await writing;
  await output.write(Buffer.from('last\n'));
  closeSync(descriptor);
  expect(readFileSync(file, 'utf8')).toBe(`${lines}last\n`);
});

it('tells that a disk is full', async () => {
  const output = new Output(openSync('/dev/full', 'w'));
  await expect(output.write(Buffer.from('x\n'))).rejects.toMatchObject({ code: 'ENOSPC' });
});

describe('the executable', () => {
  let simulator: Simulator;
  let args: string[];
  /** Rows of 2 to 4 KB, far more than a pipe holds; one in a hundred is longer than what a pipe takes as a whole. */
  beforeAll(async () => {
    simulator = await Simulator.start({
      dataset: { large: { repositories: 2, pullRequests: 1500 } },
      caps: { pullRequests: 200 },
    });
    args = ['read', ...writeFiles(folder, { config: configFor(simulator), catalog: catalogOf(['pull_requests']) })];
  });
  afterAll(() => simulator.stop());

  /** Runs it with stdout on a pipe whose reader rests; ends it; then reads what is in the pipe. */
  async function whatIsLeft(restSeconds: number): Promise<string> {
    const script = '"$@" | (sleep "$REST"; cat)';
    const shell = spawn('sh', ['-c', script, 'sh', process.execPath, EXECUTABLE, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env.PATH, REST: String(restSeconds) },
      detached: true,
    });
    let text = '';
    shell.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    const before = simulator.requests.length;
    while (simulator.requests.length < before + 3) await sleep(20);
    await sleep(700);
    const pid = Number(readFileSync(`/proc/${shell.pid}/task/${shell.pid}/children`, 'utf8').split(' ')[0]);
    process.kill(pid, 'SIGTERM');
    await once(shell, 'close');
    return text;
  }

  it.each([2, 9])(
    'leaves whole lines in a pipe whose reader rests for %d seconds when it is told to end (68)',
    async (seconds) => {
      const text = await whatIsLeft(seconds);
      expect(text.length).toBeGreaterThan(50_000);
      expect(text.endsWith('\n')).toBe(true);
      for (const line of text.trimEnd().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow();
    },
  );

  it('leaves whole lines in a socket whose reader never reads, too', async () => {
    const child = launch(args);
    await sleep(1500);
    let text = '';
    // At once: what has come by then is thrown away where nobody wants it.
    child.once('exit', () => child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk)));
    child.kill('SIGTERM');
    await once(child, 'close');
    expect(text.length).toBeGreaterThan(50_000);
    for (const line of text.trimEnd().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });

  it.each([['read'], ['spec'], ['plan'], ['--help'], ['report --help']])(
    'says in a sentence that %s cannot be written where a disk is full',
    async (command) => {
      const words = command === 'read' ? args : command === 'plan' ? ['plan', ...args.slice(1, 3)] : command.split(' ');
      const child = spawn(process.execPath, [EXECUTABLE, ...words], { stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'] });
      let stderr = '';
      child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
      const [code] = (await once(child, 'close')) as [number];
      expect(stderr).toBe('The output cannot be written (ENOSPC): free some space where it goes, and run the same again.\n');
      expect(code).toBe(1);
    },
  );

  it('says so, too, where sync cannot tell what it has loaded', async () => {
    const words = ['sync', ...args.slice(1, 3), '--database', join(folder, 'full.duckdb'), '--streams', 'projects'];
    const child = spawn(process.execPath, [EXECUTABLE, ...words], { stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'] });
    let stderr = '';
    child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(stderr).toMatch(/^The output cannot be written \(ENOSPC\)/);
  });

  it('passes everything through a pipe', async () => {
    const child = spawn('sh', ['-c', '"$@" | cat', 'sh', process.execPath, EXECUTABLE, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    await once(child, 'close');
    expect(messagesOf(text).filter(({ type }) => type === 'RECORD')).toHaveLength(simulator.truth.rows('pull_requests').length);
  });
});

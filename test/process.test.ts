import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Simulator } from './simulator';
import {
  catalogOf,
  configFor,
  EXECUTABLE,
  lastStates,
  launch,
  messagesOf,
  read,
  recordsOf,
  start,
  STREAMS,
  writeFiles,
} from './support/connector';
import { protocolViolations } from './support/protocol';
import { differences, merge } from './support/rows';

/** Some 24 MB of rows in forty pages: more than pipes and buffers hold. */
const MANY = { dataset: { large: { repositories: 2, pullRequests: 4000 } }, caps: { pullRequests: 200 } } as const;
const PAGES = 40;

let folder: string;
let simulator: Simulator;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'process-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => simulator.stop());

const files = (streams: readonly string[]) => writeFiles(folder, { config: configFor(simulator), catalog: catalogOf(streams) });

describe('SIGTERM', () => {
  it('in the middle ends the process by the signal, with whole lines and the states of what is done, and loses nothing (58, 68)', async () => {
    simulator = await Simulator.start({ dataset: 'demo', latencyMs: 5 });
    let seen = 0;
    let sentAt = 0;
    const args = ['read', ...files(STREAMS)];
    const { ended } = start(args, {
      onMessage: ({ type }, child) => {
        if (type !== 'RECORD' || ++seen !== 400) return;
        sentAt = Date.now();
        child.kill('SIGTERM');
      },
    });
    const cut = await ended;
    expect(cut).toMatchObject({ code: null, signal: 'SIGTERM', stderr: '' });
    expect(Date.now() - sentAt).toBeLessThan(10_000);
    expect(protocolViolations(cut.stdout)).toEqual([]);
    const lastWord = new Map(
      cut.messages.map((message, index) => [
        `${String(message.type)} ${String(message.record?.stream ?? message.state?.stream.stream_descriptor.name)}`,
        index,
      ]),
    );
    for (const stream of STREAMS) {
      const lastRecord = lastWord.get(`RECORD ${stream}`);
      if (lastRecord !== undefined) expect(lastWord.get(`STATE ${stream}`)).toBeGreaterThan(lastRecord);
    }
    const rest = await read(simulator, { state: lastStates(cut.messages) });
    expect(rest.code).toBe(0);
    const warehouse = merge(cut.messages, rest.messages);
    for (const stream of STREAMS)
      expect(differences(stream, [...warehouse.get(stream)!.values()], simulator.truth.rows(stream as 'users'))).toEqual([]);
    const repeated =
      rest.messages.filter(({ type }) => type === 'RECORD').length +
      seen -
      STREAMS.reduce((sum, stream) => sum + simulator.truth.rows(stream as 'users').length, 0);
    expect(repeated).toBeLessThan(1000);
  });

  it.each(['hang', 'hang-body'] as const)('while the server is silent (%s) ends it as well', async (kind) => {
    simulator = await Simulator.start();
    simulator.faults.add({ kind });
    const { child, ended } = start(['read', ...files(STREAMS)]);
    while (simulator.requests.length === 0) await sleep(20);
    child.kill('SIGTERM');
    const sentAt = Date.now();
    expect(await ended).toMatchObject({ code: null, signal: 'SIGTERM', stderr: '' });
    expect(Date.now() - sentAt).toBeLessThan(5000);
  });

  it('while it waits for the next attempt ends it as well', async () => {
    simulator = await Simulator.start();
    simulator.faults.add({ kind: 'status', status: 429, retryAfter: 600 });
    const { child, ended } = start(['read', ...files(STREAMS)]);
    while (simulator.requests.length === 0) await sleep(20);
    await sleep(200);
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: null, signal: 'SIGTERM', stderr: '' });
  });

  it('while nobody reads its output ends it within ten seconds', async () => {
    simulator = await Simulator.start(MANY);
    const child = launch(['read', ...files(['pull_requests'])]);
    while (simulator.requests.length < 3) await sleep(20);
    await sleep(500);
    child.kill('SIGTERM');
    const sentAt = Date.now();
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
    expect(signal).toBe('SIGTERM');
    expect(Date.now() - sentAt).toBeLessThan(10_000);
  });

  it('ends by the signal also where all is read before the reader goes on: lines are missing, and 0 would deny it', async () => {
    simulator = await Simulator.start({
      dataset: { large: { repositories: 1, pullRequests: 300 } },
      caps: { pullRequests: 200 },
      latencyMs: 300,
    });
    const child = launch(['read', ...files(['pull_requests'])]);
    const pages = () => simulator.requests.filter(({ route }) => route === 'pull-requests').length;
    while (pages() < 2) await sleep(5);
    child.kill('SIGTERM');
    await sleep(1500);
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += String(chunk)));
    expect(await once(child, 'close')).toEqual([null, 'SIGTERM']);
    expect(stdout).not.toContain('"COMPLETE"');
  });

  const canUnshare = (() => {
    try {
      execFileSync('unshare', ['--fork', '--pid', 'true'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  })();
  (canUnshare ? it : it.skip)('as PID 1, which signals do not end, gives exit code 143 (68)', async () => {
    simulator = await Simulator.start();
    simulator.faults.add({ kind: 'hang' });
    const child = spawn(
      'unshare',
      ['--fork', '--pid', '--kill-child', '--', process.execPath, EXECUTABLE, 'read', ...files(STREAMS)],
      { stdio: 'ignore' },
    );
    while (simulator.requests.length === 0) await sleep(20);
    execFileSync('pkill', ['-TERM', '-P', String(child.pid)]);
    expect(await once(child, 'exit')).toEqual([143, null]);
  });
});

describe('a reader that goes away', () => {
  it('ends the process quietly: no stack trace, no unhandled error, no further requests (68)', async () => {
    simulator = await Simulator.start(MANY);
    const child = launch(['read', ...files(['pull_requests'])]);
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const goneAt = Date.now();
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    expect({ stderr, signal }).toEqual({ stderr: '', signal: null });
    expect(code).not.toBe(0);
    expect(Date.now() - goneAt).toBeLessThan(5000);
    expect(simulator.requests.filter(({ route }) => route === 'pull-requests').length).toBeLessThan(PAGES / 2);
  });
});

describe('a slow reader', () => {
  const residentMegabytes = (pid: number) =>
    Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

  it('stops the requests, keeps memory flat and loses nothing (69)', async () => {
    simulator = await Simulator.start(MANY);
    const child = launch(['read', ...files(['pull_requests'])]);
    while (simulator.requests.length < 4) await sleep(20);
    await sleep(1500);
    const asked = simulator.requests.length;
    const before = residentMegabytes(child.pid!);
    await sleep(2000);
    expect(simulator.requests.length).toBe(asked);
    expect(asked).toBeLessThan(PAGES / 2);
    expect(residentMegabytes(child.pid!) - before).toBeLessThan(20);
    expect(before).toBeLessThan(300);
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    const [code] = (await once(child, 'close')) as [number | null];
    const stdout = Buffer.concat(chunks).toString();
    expect(code).toBe(0);
    expect(protocolViolations(stdout)).toEqual([]);
    expect(
      differences('pull_requests', recordsOf(messagesOf(stdout), 'pull_requests'), simulator.truth.rows('pull_requests')),
    ).toEqual([]);
  });
});

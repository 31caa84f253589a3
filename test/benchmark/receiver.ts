import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { openedPayload } from '../webhooks/payloads';
import { FOLDER } from './connector';
import type { Line } from './lines';

const EXECUTABLE = process.env.BENCHMARK_EXECUTABLE ?? resolve(__dirname, '../../bin/main');
const PATH = '/webhooks/bitbucket_data_center';
const SECRET = 'a secret of sixteen or more letters';
const REPOSITORIES = 40;
/** Sent before anything is measured: code that has not run yet is slow. */
const WARM_UP = 500;
/** The attack: events per second that must pass, for how long, and what they pass beside. */
const RATE = 100;
const SECONDS = 15;
const BODIES = 4;
const IDLE = 4200;

/** An event as it goes over the wire, signed beforehand: only the receiver's work is measured. */
interface Prepared {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string | number>>;
}

/** How long the answers took, in milliseconds, shortest first, and all of them together. */
interface Answers {
  readonly times: readonly number[];
  readonly seconds: number;
}

let prepared = 0;

/** Events on as many pull requests, none of which came before. */
function prepare(amount: number): Prepared[] {
  return Array.from({ length: amount }, () => {
    const n = (prepared += 1);
    const body = openedPayload(1 + (n % REPOSITORIES), n);
    const signature = `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`;
    const headers = {
      'content-type': 'application/json',
      'content-length': body.length,
      'x-event-key': 'pr:opened',
      'x-request-id': `event-${n}`,
      'x-hub-signature': signature,
    };
    return { body, headers };
  });
}

/** Sends events, so many at once, each sender its next one when it has an answer. Throws at any that is not 200. */
async function send(port: number, amount: number, senders: number): Promise<Answers> {
  const events = prepare(amount);
  const agent = new Agent({ keepAlive: true, maxSockets: senders });
  const times: number[] = [];
  const startedAt = performance.now();
  const sender = async (): Promise<void> => {
    for (let event = events.pop(); event !== undefined; event = events.pop()) {
      const sentAt = performance.now();
      const status = await post(agent, port, event);
      if (status !== 200) throw new Error(`The receiver has answered ${status}`);
      times.push(performance.now() - sentAt);
    }
  };
  try {
    await Promise.all(Array.from({ length: senders }, sender));
  } finally {
    agent.destroy();
  }
  return { times: times.sort((a, b) => a - b), seconds: (performance.now() - startedAt) / 1000 };
}

function post(agent: Agent, port: number, { body, headers }: Prepared): Promise<number> {
  return new Promise((fulfil, reject) => {
    const outgoing = request({ agent, host: '127.0.0.1', port, method: 'POST', path: PATH, headers }, (answer) => {
      answer.resume().once('end', () => fulfil(answer.statusCode ?? 0));
    });
    outgoing.once('error', reject).end(body);
  });
}

/** Runs `action` with the port of a receiver that keeps its inbox in a folder of its own. */
async function withReceiver<T>(action: (port: number) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(FOLDER, 'receiver-'));
  const config = join(folder, 'config.json');
  const credentials = { auth_type: 'token', token: 'none' };
  writeFileSync(
    config,
    JSON.stringify({
      server_url: 'http://localhost:7990',
      credentials,
      webhook_secret: SECRET,
      webhook_inbox: join(folder, 'inbox'),
    }),
  );
  const child = spawn(process.execPath, [EXECUTABLE, 'serve', '--config', config, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  try {
    return await action(await portOf(child));
  } finally {
    child.kill();
    await ended;
  }
}

function portOf(child: ChildProcess): Promise<number> {
  return new Promise((fulfil, reject) => {
    child.once('exit', (code) => reject(new Error(`bin/main serve has ended with ${code}`)));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const port = /^listening on \S+:(\d+)$/.exec(line)?.[1];
      if (port !== undefined) fulfil(Number(port));
    });
  });
}

const milliseconds = (value: number): string => `${value.toFixed(1)} ms`;
const quantile = ({ times }: Answers, share: number): number => times[Math.floor(times.length * share)] ?? NaN;

/** How long Bitbucket waits for an answer, which is given only when the event is on the disk. */
export async function webhooks(): Promise<readonly Line[]> {
  return withReceiver(async (port) => {
    await send(port, WARM_UP, 10);
    const alone = await send(port, 500, 1);
    const many = await send(port, 5000, 50);
    return [...linesOf('one sender', alone, 20), ...linesOf('50 senders', many, 100)];
  });
}

/** Unfinished bodies of the largest size, and idle connections, each opened again when it is closed. @returns what ends them */
function attack(port: number): () => void {
  const running = { isSo: true };
  const sockets = new Set<Socket>();
  const size = 25 * 1024 * 1024;
  const head = `POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${size}\r\nX-Hub-Signature: sha256=${'0'.repeat(64)}\r\n\r\n`;
  const unfinished = Buffer.concat([Buffer.from(head), Buffer.alloc(size - 1, 32)]);
  const open = (said?: Buffer): void => {
    if (!running.isSo) return;
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    sockets.add(socket);
    if (said !== undefined) socket.write(said);
    socket.resume().once('close', () => {
      sockets.delete(socket);
      setTimeout(open, 1000, said);
    });
  };
  for (let n = 0; n < BODIES; n++) open(unfinished);
  for (let n = 0; n < IDLE; n++) setTimeout(open, n / 2);
  return () => {
    running.isSo = false;
    for (const socket of sockets) socket.destroy();
  };
}

/** Signed events at a steady rate, each on a connection of its own, while somebody without the secret takes what there is. */
export async function underAttack(): Promise<readonly Line[]> {
  return withReceiver(async (port) => {
    await send(port, WARM_UP, 10);
    const end = attack(port);
    const agent = new Agent({ keepAlive: false });
    const times: number[] = [];
    let lost = 0;
    const events = prepare(RATE * SECONDS);
    const startedAt = performance.now();
    await Promise.all(
      events.map(async (event, n) => {
        await new Promise((resolve) => setTimeout(resolve, startedAt + (n * 1000) / RATE - performance.now()));
        const sentAt = performance.now();
        const status = await post(agent, port, event).catch(() => 0);
        if (status === 200) times.push(performance.now() - sentAt);
        else lost++;
      }),
    );
    end();
    times.sort((a, b) => a - b);
    const p99 = quantile({ times, seconds: SECONDS }, 0.99);
    const numbers = { p99, lost, longest: times.at(-1) ?? NaN, sent: events.length };
    const who = `${RATE} events/s for ${SECONDS} s, ${BODIES} unfinished bodies of 25 MB and ${IDLE} idle connections`;
    return [
      { what: `${who}: lost`, measured: String(lost), target: '0', met: lost === 0, numbers },
      { what: `${who}: p99`, measured: milliseconds(p99), target: `≤ ${milliseconds(250)}`, met: p99 <= 250, numbers },
    ];
  });
}

function linesOf(who: string, answers: Answers, limit: number): Line[] {
  const [p50, p99] = [quantile(answers, 0.5), quantile(answers, 0.99)];
  const perSecond = answers.times.length / answers.seconds;
  const numbers = { p50, p99, longest: answers.times.at(-1) ?? NaN, perSecond };
  return [
    {
      what: `${who}: p99 of the answers`,
      measured: milliseconds(p99),
      target: `≤ ${milliseconds(limit)}`,
      met: p99 <= limit,
      numbers,
    },
    { what: `${who}: p50`, measured: milliseconds(p50), target: '', met: null, numbers },
    { what: `${who}: events per second`, measured: perSecond.toFixed(0), target: '', met: null, numbers },
  ];
}

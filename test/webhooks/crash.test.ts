import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { deliveryId } from '../../src/webhooks/receiver/event';
import { openInbox } from '../../src/webhooks/inbox/open-inbox';
import { EXECUTABLE } from '../support/connector';
import { postgresPrograms, type PostgresServer, startPostgres } from '../support/postgres';
import { openedPayload } from './payloads';

const SECRET = 'a secret of sixteen or more letters';
const EVENTS = 10_000;
const SENDERS = 50;
const KILLS = 5;

/** The receiver as a process, which a test kills and starts again on the same port. */
class Receiver {
  port = 0;
  private child: ChildProcess | null = null;

  constructor(private readonly config: string) {}

  async start(): Promise<void> {
    const child = spawn(process.execPath, [EXECUTABLE, 'serve', '--config', this.config, '--port', String(this.port)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.child = child;
    this.port = await new Promise<number>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`serve ended with ${code}`)));
      createInterface({ input: child.stdout }).on('line', (line) => {
        const port = /^listening on http:\/\/127\.0\.0\.1:(\d+)$/.exec(line)?.[1];
        if (port !== undefined) resolve(Number(port));
      });
    });
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    const { child } = this;
    if (child === null) return null;
    const code = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    return code;
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: SENDERS });

/** The status of the answer; null where there was none. */
function send(port: number, id: string, body: Buffer): Promise<number | null> {
  const headers = {
    'content-type': 'application/json',
    'content-length': body.length,
    'x-event-key': 'pr:opened',
    'x-request-id': id,
    'x-hub-signature': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
  };
  return new Promise((resolve) => {
    const outgoing = request(
      { agent, host: '127.0.0.1', port, method: 'POST', path: '/webhooks/bitbucket_data_center', headers, timeout: 5000 },
      (answer) => {
        answer
          .resume()
          .once('end', () => resolve(answer.statusCode ?? null))
          .once('error', () => resolve(null));
      },
    );
    outgoing
      .once('timeout', () => outgoing.destroy())
      .once('error', () => resolve(null))
      .end(body);
  });
}

/**
 * Events from 50 senders to a receiver that is killed five times, until 10,000 are accepted. One that is not is never sent again: each
 * sender goes on with its next, as Bitbucket does.
 */
async function storm(place: string, folder: string): Promise<{ accepted: Set<string>; answered: number[]; sent: number }> {
  const config = join(folder, `config-${randomUUID()}.json`);
  writeFileSync(
    config,
    JSON.stringify({
      server_url: 'http://localhost:7990',
      credentials: { auth_type: 'token', token: 't' },
      webhook_secret: SECRET,
      webhook_inbox: place,
    }),
  );
  const receiver = new Receiver(config);
  await receiver.start();
  const accepted = new Set<string>();
  const answered: number[] = [];
  let next = 0;
  const sender = async () => {
    for (let n = next++; accepted.size < EVENTS; n = next++) {
      const startedAt = performance.now();
      const id = `event-${n}`;
      // Every hundredth comes twice.
      for (let times = n % 100 === 0 ? 2 : 1; times > 0; times--) {
        const status = await send(receiver.port, id, openedPayload(1 + (n % 7), n));
        if (status === 200) accepted.add(id);
        if (status === null) await sleep(20);
        else answered.push(performance.now() - startedAt);
      }
    }
  };
  const killer = async () => {
    for (let kill = 1; kill <= KILLS; kill++) {
      while (accepted.size < (EVENTS * kill) / (KILLS + 1)) await sleep(2);
      await receiver.end('SIGKILL');
      await receiver.start();
    }
  };
  await Promise.all([...Array.from({ length: SENDERS }, sender), killer()]);
  expect(await receiver.end('SIGTERM')).toBe(0);
  return { accepted, answered: answered.sort((a, b) => a - b), sent: next };
}

async function expectAllOf(place: string, accepted: ReadonlySet<string>): Promise<void> {
  const inbox = await openInbox(place, { now: Date.now });
  try {
    const { hints } = await inbox.read(0, '');
    const there = new Set(hints.map(({ repositoryId, pullRequestId }) => `${repositoryId}/${pullRequestId ?? '*'}`));
    const lost = [...accepted].filter((id) => {
      const n = Number(id.slice('event-'.length));
      return n > 0 && !there.has(`${1 + (n % 7)}/${n}`);
    });
    expect(lost).toEqual([]);
    expect(there.size).toBe(hints.length);
    // Each accepted one is known, and none is new a second time.
    const payloadOf = (id: string) => {
      const n = Number(id.slice('event-'.length));
      return openedPayload(1 + (n % 7), n);
    };
    const ids = [...accepted].map((id) => deliveryId(payloadOf(id), id));
    const again = await inbox.put(ids.map((requestId) => ({ requestId, hint: null, signed: null })));
    expect(again.size).toBe(0);
  } finally {
    await inbox.close();
  }
}

describe('a receiver that is killed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'crash-'));
  let postgres: PostgresServer | null = null;
  afterAll(async () => {
    agent.destroy();
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('has each event that it answered with 200 in the embedded inbox, once', async () => {
    const place = join(folder, 'inbox');
    const { accepted, answered, sent } = await storm(place, folder);
    expect(accepted.size).toBeGreaterThanOrEqual(EVENTS);
    await expectAllOf(place, accepted);
    const p99 = answered[Math.floor(answered.length * 0.99)] ?? 0;
    process.stderr.write(
      `${accepted.size} of ${sent} events accepted around ${KILLS} kills; answers: median ${(answered[answered.length >> 1] ?? 0).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms\n`,
    );
  }, 180_000);

  (postgresPrograms() === null ? it.skip : it)(
    'and in PostgreSQL',
    async () => {
      postgres = await startPostgres();
      const place = await postgres.database();
      const { accepted } = await storm(place, folder);
      expect(accepted.size).toBeGreaterThanOrEqual(EVENTS);
      await expectAllOf(place, accepted);
    },
    180_000,
  );
});

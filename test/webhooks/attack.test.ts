import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseConfig } from '../../src/config/config';
import { readSpec } from '../../src/config/spec';
import { Bodies } from '../../src/webhooks/receiver/bodies';
import { ClientAddresses } from '../../src/webhooks/receiver/client-address';
import { DEFAULT_PATH } from '../../src/webhooks/receiver/default-path';
import { GapRecorder } from '../../src/webhooks/receiver/gap-recorder';
import { RefusalLog } from '../../src/webhooks/receiver/refusal-log';
import { serve } from '../../src/webhooks/receiver/serve';
import { openInbox } from '../../src/webhooks/inbox/open-inbox';
import { openedPayload } from './payloads';

const SECRET = 'a secret of sixteen or more letters';

/** A receiver in this process, and what it logs. */
class Target {
  readonly folder = mkdtempSync(join(tmpdir(), 'attack-'));
  readonly lines: string[] = [];
  port = 0;
  private readonly stopping = new AbortController();
  private serving: Promise<void> = Promise.resolve();
  private sent = 0;

  async start(): Promise<void> {
    const raw = {
      server_url: 'http://localhost:7990',
      credentials: { auth_type: 'token', token: 't' },
      webhook_secret: SECRET,
      webhook_inbox: join(this.folder, 'inbox'),
    };
    await new Promise<void>((resolve, reject) => {
      this.serving = serve({
        ...{ config: parseConfig(raw, readSpec().connectionSpecification), host: '127.0.0.1', port: 0, path: DEFAULT_PATH },
        ...{ now: Date.now, signal: this.stopping.signal },
        log: (line) => {
          this.lines.push(line);
          this.port = Number(/^listening on .*:(\d+)$/.exec(line)?.[1] ?? this.port);
          if (line.startsWith('events are received')) resolve();
        },
      });
      this.serving.catch(reject);
    });
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.serving;
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A signed event on a connection of its own. @returns the status; null: there was no answer */
  event(): Promise<number | null> {
    const body = openedPayload(1, ++this.sent);
    const headers = {
      'content-type': 'application/json',
      'x-request-id': `event-${this.sent}`,
      'x-hub-signature': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
    };
    return this.ask('POST', DEFAULT_PATH, headers, body);
  }

  ask(method: string, path: string, headers: Record<string, string> = {}, body?: Buffer): Promise<number | null> {
    return new Promise((resolve) => {
      const outgoing = request(
        { port: this.port, host: '127.0.0.1', method, path, headers, agent: false, timeout: 10_000 },
        (answer) => {
          answer.resume().once('close', () => resolve(answer.statusCode ?? null));
        },
      );
      outgoing
        .once('timeout', () => outgoing.destroy())
        .once('error', () => resolve(null))
        .end(body);
    });
  }

  /** Connections that say nothing, or what they are told to. */
  async open(amount: number, said?: Buffer): Promise<Socket[]> {
    return Promise.all(
      Array.from({ length: amount }, async () => {
        const socket = connect(this.port, '127.0.0.1').on('error', () => undefined);
        await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
        if (said !== undefined) socket.write(said);
        return socket;
      }),
    );
  }

  async gap(): Promise<string | undefined> {
    const inbox = await openInbox(join(this.folder, 'inbox'), { now: Date.now });
    const { gap } = await inbox.read(0, '');
    await inbox.close();
    return gap?.cause;
  }
}

describe('a receiver under attack by somebody without the secret', () => {
  const target = new Target();
  beforeAll(() => target.start());
  afterAll(() => target.stop());

  it('takes signed events while unfinished bodies fill what they get, and notes that some may be missing', async () => {
    const size = 25 * 1024 * 1024;
    const head = [
      `POST ${DEFAULT_PATH} HTTP/1.1`,
      ...['Host: x', 'Content-Type: application/json', `Content-Length: ${size}`],
      ...[`X-Hub-Signature: sha256=${'0'.repeat(64)}`, '', ''],
    ].join('\r\n');
    const sockets = await target.open(4, Buffer.concat([Buffer.from(head), Buffer.alloc(size - 1, 32)]));
    const full = '503 Too much is being received at once.';
    // Some events may be faster than the bodies come.
    for (let n = 0; n < 20 || (n < 2000 && (await target.gap()) !== full); n++) expect(await target.event()).toBe(200);
    for (const socket of sockets) socket.destroy();
    expect(await target.gap()).toBe(full);
  }, 30_000);

  it('takes signed events while idle connections take all that there are, and notes that some may be missing', async () => {
    const sockets = await target.open(1300);
    for (let n = 0; n < 20; n++) expect(await target.event()).toBe(200);
    expect(sockets.filter(({ destroyed }) => !destroyed).length).toBeLessThanOrEqual(1000);
    for (const socket of sockets) socket.destroy();
    await sleep(1200);
    expect(await target.gap()).toBe('a connection was closed: there are too many');
  }, 30_000);

  it.each([
    ['headers that do not end', ''],
    ['requests whose bodies do not come', 'Content-Length: 100\r\n\r\n'],
  ])(
    'takes signed events while connections are held with %s',
    async (_, end) => {
      const said = `POST ${DEFAULT_PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Hub-Signature: sha256=${'0'.repeat(64)}\r\n`;
      const sockets = await target.open(600, Buffer.from(said + end));
      await sleep(1100);
      const answers = await Promise.all(Array.from({ length: 20 }, () => target.event()));
      expect(answers).toEqual(Array(20).fill(200));
      for (const socket of sockets) socket.destroy();
    },
    30_000,
  );

  it('closes a connection over which more is asked than anybody who listens to answers would', async () => {
    const [socket] = await target.open(1, Buffer.from('GET /health HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(200)));
    await new Promise((resolve) => socket!.once('close', resolve).resume());
    expect(await target.event()).toBe(200);
    expect(target.lines.join('\n')).toMatch(/a connection was closed: too many requests came over it at once/);
  });

  it('closes connections that say nothing', async () => {
    const [socket] = await target.open(1);
    const startedAt = Date.now();
    // Either the receiver closes it, or Node, which answers 408 before it does: unread, that answer would keep this end open.
    await new Promise((resolve) => socket!.once('close', resolve).resume());
    expect(Date.now() - startedAt).toBeLessThan(9000);
  }, 15_000);

  it('logs each refusal at info, the first of a cause at once, the others with a count', async () => {
    for (let n = 0; n < 5; n++) await target.ask('POST', DEFAULT_PATH, { 'content-type': 'application/json' }, Buffer.from('{}'));
    const told = target.lines.filter((line) => line.includes(' 401 '));
    expect(told).toEqual([
      expect.stringMatching(
        /^\d\d:\d\d:\d\d {2}INFO {3}refused 127\.0\.0\.1: 401 The event is not signed: give the webhook its secret\.$/,
      ),
    ]);
  });

  it('answers 503 once its inbox was deleted, and says so', async () => {
    rmSync(join(target.folder, 'inbox'), { recursive: true });
    expect(await target.event()).toBe(503);
    expect(await target.ask('GET', '/health')).toBe(503);
    expect(target.lines.join('\n')).toMatch(
      /^\d\d:\d\d:\d\d {2}ERROR {2}the inbox does not work: its file was deleted or replaced/m,
    );
  });
});

describe('whose request it is', () => {
  const from = (remoteAddress: string, forwarded?: string) =>
    ({ socket: { remoteAddress }, headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } }) as never;

  it.each<[string, string, string | undefined, string]>([
    ['the connection tells', '203.0.113.7', undefined, '203.0.113.7'],
    ['the connection tells, whatever a stranger says', '203.0.113.7', '198.51.100.1', '203.0.113.7'],
    ['a named proxy tells', '10.0.0.5', '198.51.100.1', '198.51.100.1'],
    ['only the last hop tells what a named proxy saw', '10.0.0.5', '192.0.2.1, 198.51.100.1', '198.51.100.1'],
    ['each of several named proxies tells of the one before', '10.0.0.5', '192.0.2.1, 198.51.100.1, 10.9.9.9', '198.51.100.1'],
    ['IPv4 is IPv4, however it is written', '::ffff:10.0.0.5', '198.51.100.1:4711', '198.51.100.1'],
    ['an IPv6 address stands for its network', '2001:db8:1:2:3:4:5:6', undefined, '2001:db8:1:2::/64'],
    ['a named proxy that tells nothing is the client', '10.0.0.5', 'unknown', '10.0.0.5'],
  ])('%s', (_, remote, forwarded, client) => {
    expect(new ClientAddresses(['10.0.0.0/8']).ofRequest(from(remote, forwarded))).toBe(client);
  });

  it.each(['proxy.example.com', '10.0.0.0/33', '10.0.0.1/', '10.0.0.1/8/8', ''])(
    'does not take %j for the address of a proxy',
    (text) => {
      expect(() => new ClientAddresses([text])).toThrow();
    },
  );
});

describe('bodies', () => {
  const request = () => {
    const listeners = new Map<string, (piece?: Buffer) => void>();
    const fake = {
      on: (name: string, listener: () => void) => (listeners.set(name, listener), fake),
      once: (name: string, listener: () => void) => (listeners.set(name, listener), fake),
      off: (name: string) => (listeners.delete(name), fake),
    };
    return { fake: fake as never, say: (piece: Buffer) => listeners.get('data')?.(piece), end: () => listeners.get('end')?.() };
  };
  const limits = { bytes: 10_000, bytesPerAddress: 6000, milliseconds: 1000 };
  const read = (bodies: Bodies, address: string) => {
    const { fake, say, end } = request();
    const body = bodies.read(fake, { address, onPiece: () => undefined });
    const outcome = body.then(
      (whole) => whole.length,
      (error: unknown) => (error as { status: number }).status,
    );
    return { say: (length: number) => say(Buffer.alloc(length)), end, outcome };
  };

  it('give way to others of their address, the largest first', async () => {
    const bodies = new Bodies(() => 0, limits);
    const [large, small, other] = [read(bodies, 'a'), read(bodies, 'a'), read(bodies, 'b')];
    large.say(4000);
    other.say(3000);
    small.say(2000);
    small.end();
    other.end();
    expect(await Promise.all([large.outcome, small.outcome, other.outcome])).toEqual([503, 2000, 3000]);
    bodies.stop();
  });

  it('give way to those of other addresses, first those of the one that holds most', async () => {
    const bodies = new Bodies(() => 0, limits);
    const [greedy, modest, next] = [read(bodies, 'a'), read(bodies, 'b'), read(bodies, 'c')];
    greedy.say(5000);
    modest.say(3000);
    next.say(2500);
    modest.end();
    next.end();
    expect(await Promise.all([greedy.outcome, modest.outcome, next.outcome])).toEqual([503, 3000, 2500]);
    bodies.stop();
  });

  it('are refused where they come in crumbs, and small pieces cost no more than they count', async () => {
    const bodies = new Bodies(() => 0, limits);
    const [crumbs, pieces] = [read(bodies, 'a'), read(bodies, 'b')];
    for (let n = 0; n < 1001; n++) crumbs.say(1);
    for (let n = 0; n < 40; n++) pieces.say(100);
    pieces.end();
    expect(await Promise.all([crumbs.outcome, pieces.outcome])).toEqual([400, 4000]);
    bodies.stop();
  });

  it('must be whole in time', async () => {
    const clock = { now: 0 };
    const bodies = new Bodies(() => clock.now, limits);
    const slow = read(bodies, 'a');
    slow.say(1);
    clock.now = 1001;
    expect(await slow.outcome).toBe(408);
    bodies.stop();
  });
});

it('refusals are told once a minute for each cause and address, and addresses without end fill no memory', () => {
  const clock = { now: 0 };
  const lines: string[] = [];
  const log = new RefusalLog(
    (line) => lines.push(line),
    () => clock.now,
  );
  for (let n = 0; n < 3; n++) log.note('192.0.2.1', '401 No');
  log.note('192.0.2.2', '401 No');
  expect(lines).toEqual(['refused 192.0.2.1: 401 No', 'refused 192.0.2.2: 401 No']);
  clock.now = 59_999;
  log.tell();
  expect(lines).toHaveLength(2);
  clock.now = 60_000;
  log.tell();
  expect(lines.slice(2)).toEqual(['refused 192.0.2.1: 401 No (2 more in 60 s)']);
  for (let n = 0; n < 10_000; n++) log.note(`10.0.${n >> 8}.${n & 255}`, '401 No');
  expect(lines.length).toBeLessThan(600);
  log.stop();
  expect(lines.at(-1)).toMatch(/^refused other addresses: 401 No \(\d+ more in \d+ s\)$/);
});

it('gaps are noted at once, then once a second, and until they are', async () => {
  const noted: string[] = [];
  const failing = { is: true };
  const errors: unknown[] = [];
  const sleeping: (() => void)[] = [];
  const gaps = new GapRecorder({
    inbox: {
      noteGap: async (cause) => {
        await Promise.resolve();
        if (failing.is) throw new Error('no room');
        noted.push(cause);
      },
    },
    sleep: () => new Promise((resolve) => sleeping.push(resolve)),
    onError: (error) => errors.push(error),
  });
  const tick = async () => {
    await sleep(1);
    sleeping.shift()?.();
    await sleep(1);
  };
  gaps.note('first');
  await tick();
  expect(errors).toHaveLength(2);
  failing.is = false;
  for (let n = 0; n < 100; n++) gaps.note('more');
  await tick();
  await tick();
  expect(noted).toEqual(['more']);
});

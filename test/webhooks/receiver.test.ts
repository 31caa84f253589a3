import { createHash, createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseSync } from '@photostructure/sqlite';
import { parseConfig } from '../../src/config/config';
import { readSpec } from '../../src/config/spec';
import type { Inbox } from '../../src/webhooks/inbox/inbox';
import { openInbox } from '../../src/webhooks/inbox/open-inbox';
import { DEFAULT_PATH } from '../../src/webhooks/receiver/default-path';
import { serve } from '../../src/webhooks/receiver/serve';
import { isSigned } from '../../src/webhooks/receiver/signature';
import { eventsByVersion, openedPayload } from './payloads';

const SECRET = 'a secret of sixteen or more letters';
const PREVIOUS = 'the one before';

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

interface Sending {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly secret?: string;
}

describe('the receiver', () => {
  const folder = mkdtempSync(join(tmpdir(), 'receiver-'));
  const stopping = new AbortController();
  const lines: string[] = [];
  let url = '';
  let inbox: Inbox;
  let ended: Promise<void>;
  let requests = 0;

  beforeAll(async () => {
    const raw = {
      server_url: 'http://localhost:7990',
      credentials: { auth_type: 'token', token: 't' },
      webhook_secret: SECRET,
      webhook_secret_previous: PREVIOUS,
      webhook_inbox: folder,
    };
    const config = parseConfig(raw, readSpec().connectionSpecification);
    const listening = new Promise<void>((resolve) => {
      ended = serve({
        config,
        host: '127.0.0.1',
        port: 0,
        path: DEFAULT_PATH,
        now: Date.now,
        signal: stopping.signal,
        log: (line) => (lines.push(line), line.startsWith('events are received') && resolve()),
      });
    });
    await listening;
    url = /^listening on (http:\/\/\S+)$/.exec(lines[0] ?? '')?.[1] ?? '';
    inbox = await openInbox(folder, { now: Date.now });
  });
  afterAll(async () => {
    stopping.abort();
    await ended;
    await inbox.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Sends an event as Bitbucket does: signed, with an id of its own. */
  function send(
    body: Buffer | string,
    { method = 'POST', path = DEFAULT_PATH, headers = {}, secret = SECRET }: Sending = {},
  ): Promise<Answer> {
    const bytes = Buffer.from(body);
    const usual: Record<string, string | undefined> = {
      'content-type': 'application/json; charset=utf-8',
      'x-event-key': 'pr:opened',
      'x-request-id': `request-${++requests}`,
      'x-hub-signature': `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`,
      ...headers,
    };
    const given = Object.fromEntries(Object.entries(usual).filter(([, value]) => value !== undefined));
    return new Promise((resolve, reject) => {
      const outgoing = request(url + path, { method, headers: given }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString(), headers: answer.headers }),
        );
      });
      outgoing.on('error', reject);
      outgoing.end(method === 'GET' || method === 'HEAD' ? undefined : bytes);
    });
  }

  const head = (length: number) =>
    `POST ${DEFAULT_PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n`;

  /** Sends bytes as they are; then does something else, or waits for the answer. @returns what came back until the connection ended, or its first piece */
  function talk(bytes: string, then?: (socket: Socket) => void): Promise<string> {
    return new Promise((resolve) => {
      let said = '';
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      socket.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (then === undefined) socket.destroy();
      });
      socket.on('error', () => undefined).once('close', () => resolve(said));
      socket.write(bytes, () => then !== undefined && setTimeout(then, 50, socket));
    });
  }

  /** What arrives in the inbox while `work` runs: marks as `repository/pull request`. */
  async function marked(work: () => Promise<unknown>): Promise<string[]> {
    const { position } = await inbox.read(0, '');
    await work();
    return (await inbox.read(position, '')).hints.map(
      ({ repositoryId, pullRequestId }) => `${repositoryId}/${pullRequestId ?? '*'}`,
    );
  }

  it.each(eventsByVersion())('takes $key of $version', async ({ body, key, mark }) => {
    const found = await marked(async () =>
      expect(await send(body, { headers: { 'x-event-key': key } })).toMatchObject({ status: 200 }),
    );
    expect(found).toEqual(mark === null ? [] : [mark]);
  });

  it('knows a signature that another program made', () => {
    const right = 'sha256=dd4b7c21db0050cbac6caf17612c9e840e3d433fd57d0e357c4a4f6698cf9131';
    expect(isSigned(Buffer.from('{"eventKey":"pr:opened"}'), right, ['Ünïcode $ecret'])).toBe(true);
    expect(isSigned(Buffer.from('{"eventKey":"pr:opened"}'), right, ['wrong', 'Ünïcode $ecret'])).toBe(true);
    expect(isSigned(Buffer.from('{"eventKey":"pr:opened"}'), right, ['Unicode $ecret'])).toBe(false);
  });

  it('takes what the previous secret signed', async () => {
    expect(await marked(async () => expect((await send(openedPayload(11, 1), { secret: PREVIOUS })).status).toBe(200))).toEqual([
      '11/1',
    ]);
  });

  const body = openedPayload(12, 1);
  const digest = (algorithm: string, secret = SECRET) => createHmac(algorithm, secret).update(body).digest('hex');
  const right = digest('sha256');
  it.each<[string, string | undefined]>([
    ['no signature', undefined],
    ['an empty one', ''],
    ['another secret', `sha256=${digest('sha256', 'x')}`],
    ['another algorithm', `sha1=${digest('sha1')}`],
    ['another algorithm under the right name', `sha256=${digest('sha1')}`],
    ['a longer algorithm under the right name', `sha256=${digest('sha512')}`],
    ['no algorithm', right],
    ['a truncated one', `sha256=${right.slice(0, 62)}`],
    ['one with more behind it', `sha256=${right}00`],
    ['one in capitals', `sha256=${right.toUpperCase()}`],
    ['one that is not hexadecimal', `sha256=${'z'.repeat(64)}`],
    ['one flipped bit', `sha256=${right.slice(0, -1)}${(parseInt(right.slice(-1), 16) ^ 1).toString(16)}`],
    ['two in one', `sha256=${right}, sha256=${right}`],
  ])('refuses %s with 401 and stores nothing', async (_what, signature) => {
    const found = await marked(async () => {
      const answer = await send(body, { headers: { 'x-hub-signature': signature } });
      expect(answer.status).toBe(401);
      expect(answer.text).toMatch(/^[^\n]+\n$/);
    });
    expect(found).toEqual([]);
  });

  it('refuses a body in which any one bit was flipped on the way', async () => {
    const signature = `sha256=${right}`;
    for (const at of [0, 7, Math.floor(body.length / 2), body.length - 1]) {
      const changed = Buffer.from(body);
      changed[at]! ^= 1;
      expect((await send(changed, { headers: { 'x-hub-signature': signature } })).status).toBe(401);
    }
  });

  it('does nothing for an event that came before', async () => {
    const headers = { 'x-request-id': 'the same' };
    expect(await marked(() => send(openedPayload(13, 1), { headers }))).toEqual(['13/1']);
    const replay = await marked(async () => expect((await send(openedPayload(13, 1), { headers })).status).toBe(200));
    expect(replay).toEqual([]);
  });

  it('tells events without a request id apart by their content', async () => {
    const headers = { 'x-request-id': undefined };
    expect(await marked(() => send(openedPayload(14, 1), { headers }))).toEqual(['14/1']);
    expect(await marked(() => send(openedPayload(14, 1), { headers }))).toEqual([]);
    expect(await marked(() => send(openedPayload(14, 2), { headers }))).toEqual(['14/2']);
  });

  it('answers the unsigned connection test with 200, and stores nothing', async () => {
    const ping = { headers: { 'x-event-key': 'diagnostics:ping', 'x-hub-signature': undefined, 'x-request-id': 'ping' } };
    const before = await inbox.fill();
    expect((await send('{"test": true}', ping)).status).toBe(200);
    expect((await send('{\n    "test": true\n}', ping)).status).toBe(200);
    expect(await inbox.fill()).toEqual(before);
  });

  it.each([
    ['another body', '{"test": true, "pullRequest": {"id": 1}}', 'diagnostics:ping', undefined],
    ['another event', '{"test": true}', 'pr:opened', undefined],
    ['a wrong signature', '{"test": true}', 'diagnostics:ping', 'sha256=00'],
  ])('takes nothing unsigned as a connection test that has %s', async (_what, text, key, signature) => {
    expect((await send(text, { headers: { 'x-event-key': key, 'x-hub-signature': signature } })).status).toBe(401);
  });

  it('tolerates what is missing, what it does not know, and numbers that are no ids', async () => {
    const repository = { id: 15 };
    const take = (payload: unknown) => marked(async () => expect((await send(JSON.stringify(payload))).status).toBe(200));
    expect(await take({ eventKey: 'pr:merged', pullRequest: { id: 3, toRef: { repository } } })).toEqual(['15/3']);
    expect(await take({ pullRequest: { id: 4, toRef: { repository } } })).toEqual(['15/4']);
    expect(await take({ eventKey: 'pr:opened', pullRequest: { toRef: { repository } } })).toEqual(['15/*']);
    expect(await take({ eventKey: 'pr:opened', pullRequest: { id: 5 } })).toEqual([]);
    expect(await take({ eventKey: 'repo:refs_changed', repository })).toEqual(['15/*']);
    expect(await take({ eventKey: 'repo:modified', repository: { id: '15' } })).toEqual([]);
    expect(await take({ eventKey: 'pr:something:new', repository })).toEqual(['15/*']);
    expect(await take({ eventKey: 'thing:unknown', repository })).toEqual([]);
    expect(await take({ eventKey: 'pr:opened', pullRequest: { id: -1, toRef: { repository: { id: 1e99 } } } })).toEqual([]);
    expect(await take({})).toEqual([]);
  });

  it.each<[string, Buffer | string, Sending, number]>([
    ['another path', body, { path: '/elsewhere' }, 404],
    ['another method', body, { method: 'PUT' }, 405],
    ['GET', '', { method: 'GET' }, 405],
    ['another type', body, { headers: { 'content-type': 'text/plain' } }, 415],
    ['no type', body, { headers: { 'content-type': undefined } }, 415],
    ['a type that only begins like the right one', body, { headers: { 'content-type': 'application/jsonp' } }, 415],
    ['broken JSON', '{"eventKey":', {}, 400],
    ['JSON that is no object', '[]', {}, 400],
    ['an empty body', '', {}, 400],
    [
      'what is announced as too large',
      '{}',
      { headers: { 'content-length': String(25 * 1024 * 1024 + 1), connection: 'close' } },
      413,
    ],
    ['what is too large', Buffer.alloc(25 * 1024 * 1024 + 1, 32), { headers: { 'transfer-encoding': 'chunked' } }, 413],
  ])('answers %s with a status and a line that say why', async (_what, bytes, sending, status) => {
    const answer = await send(bytes, sending);
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(/^[^\n]+\n$/);
  });

  it('does not mind a slash at the end of the path, or a query', async () => {
    const take = (path: string, id: number) =>
      marked(async () => expect((await send(openedPayload(19, id), { path })).status).toBe(200));
    expect(await take(`${DEFAULT_PATH}/`, 1)).toEqual(['19/1']);
    expect(await take(`${DEFAULT_PATH}?from=bitbucket/`, 2)).toEqual(['19/2']);
  });

  it('refuses two signatures in two headers, one of them right', async () => {
    const signature = `sha256=${right}`;
    expect(
      await talk(
        `${head(body.length)}X-Hub-Signature: sha256=${'0'.repeat(64)}\r\nX-Hub-Signature: ${signature}\r\n\r\n${body.toString()}`,
      ),
    ).toMatch(/^HTTP\/1\.1 401 /);
    expect(
      await talk(`${head(body.length)}X-Hub-Signature: ${signature}\r\nX-Hub-Signature: ${signature}\r\n\r\n${body.toString()}`),
    ).toMatch(/^HTTP\/1\.1 401 /);
  });

  it('stores nothing of what was cut off, and does not take it for a failure of its own', async () => {
    const before = lines.length;
    const found = await marked(async () => {
      await talk(`${head(body.length)}X-Hub-Signature: sha256=${right}\r\n\r\n${body.subarray(0, -1).toString()}`, (socket) =>
        socket.resetAndDestroy(),
      );
      await talk(`${head(body.length)}X-Hub-Signature: sha256=${right}\r\n\r\n${body.subarray(0, -1).toString()}`, (socket) =>
        socket.end(),
      );
    });
    expect(found).toEqual([]);
    expect(lines.slice(before).filter((line) => line.startsWith('ERROR'))).toEqual([]);
    // It was an event, perhaps, and does not come again.
    while ((await inbox.read(0, '')).gap?.cause !== '400 The body did not arrive.') await sleep(50);
  });

  it('takes what is another event for one, also where a proxy writes the same X-Request-Id on all', async () => {
    const same = { headers: { 'x-request-id': 'proxy' } };
    const take = (id: number) => marked(async () => expect((await send(openedPayload(18, id), same)).status).toBe(200));
    expect(await take(1)).toEqual(['18/1']);
    expect(await take(2)).toEqual(['18/2']);
    expect(await take(2)).toEqual([]);
  });

  it('keeps no more than so much in memory for those who never end, and takes events meanwhile', async () => {
    const size = 20 * 1024 * 1024;
    const signature = `X-Hub-Signature: sha256=${'0'.repeat(64)}`;
    const sockets = Array.from({ length: 6 }, () => connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined));
    // Whose connection is reset while it still writes may never see its answer: one that does is enough.
    const answers = sockets.map((socket) => once(socket, 'data').then(([chunk]) => String(chunk)));
    for (const socket of sockets)
      socket.write(Buffer.concat([Buffer.from(`${head(size + 1)}${signature}\r\n\r\n`), Buffer.alloc(size, 32)]));
    expect(await Promise.any(answers)).toMatch(/^HTTP\/1\.1 503 /);
    expect((await send(openedPayload(20, 1))).status).toBe(200);
    while ((await inbox.read(0, '')).gap?.cause !== '503 Too much is being received at once.') await sleep(50);
    for (const socket of sockets) socket.destroy();
  });

  it('refuses what a header shows to be wrong before its body comes', async () => {
    const announced = 20 * 1024 * 1024;
    for (const line of ['', 'X-Hub-Signature: sha256=00\r\n', 'X-Hub-Signature: sha1=0\r\n', 'X-Event-Key: diagnostics:ping\r\n'])
      expect(await talk(`${head(announced)}${line}\r\n`)).toMatch(/^HTTP\/1\.1 401 /);
    expect(await talk(`${head(26 * 1024 * 1024)}X-Hub-Signature: sha256=${'0'.repeat(64)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('takes a 401 for no gap', async () => {
    await sleep(1200); // what came before is noted by then
    const { gap } = await inbox.read(0, '');
    await send(body, { headers: { 'x-hub-signature': undefined } });
    await send(body, { secret: 'another' });
    await sleep(1200);
    expect((await inbox.read(0, '')).gap).toEqual(gap);
  });

  it('tells whoever sends a probe what arrived, and nobody else', async () => {
    const probe = '{"eventKey":"diagnostics:probe"}';
    const digest = createHash('sha256').update(probe).digest('hex');
    const sent = { secret: 'another', headers: { 'x-event-key': 'diagnostics:probe' } };
    expect(await send(probe, sent)).toMatchObject({ status: 401, headers: { 'x-received-sha256': digest } });
    expect((await send(probe, { secret: 'another' })).headers).not.toHaveProperty('x-received-sha256');
    expect(await marked(async () => expect((await send(probe)).status).toBe(200))).toEqual([]);
  });

  it('cuts off whoever takes too long over headers', async () => {
    const startedAt = Date.now();
    const said = await talk(`POST ${DEFAULT_PATH} HTTP/1.1\r\nHost: x\r\n`, (socket) => {
      const dripping = setInterval(() => socket.write('X-Drip: 1\r\n'), 200);
      socket.once('close', () => clearInterval(dripping));
    });
    expect(said).toMatch(/^HTTP\/1\.1 408 /);
    expect(Date.now() - startedAt).toBeLessThan(15_000);
  }, 20_000);

  it('answers 503 where an event cannot be stored, and tells readers that something was missed', async () => {
    const database = new DatabaseSync(join(folder, 'inbox.sqlite'));
    database.exec('DROP TABLE webhook_deliveries');
    expect((await send(openedPayload(18, 1))).status).toBe(503);
    expect(lines.join('\n')).toMatch(/ERROR {2}the inbox does not work: .*webhook_deliveries/);
    database.close();
    await (await openInbox(folder, { now: Date.now })).close(); // makes the table again
    expect(await marked(async () => expect((await send(openedPayload(18, 2))).status).toBe(200))).toEqual(['18/2']);
    while ((await inbox.read(0, '')).gap?.cause !== '503 The inbox does not work; nothing was stored.') await sleep(100);
  }, 10_000);

  it('shows its health and its counters', async () => {
    expect(await send('', { method: 'GET', path: '/health' })).toMatchObject({ status: 200, text: 'ok\n' });
    expect((await send('', { method: 'POST', path: '/health' })).status).toBe(405);
    await send(openedPayload(16, 1));
    const { text, headers } = await send('', { method: 'GET', path: '/metrics' });
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toMatch(/^bitbucket_webhook_events_total\{event="pr:opened"\} \d+$/m);
    expect(text).toMatch(/^bitbucket_webhook_answers_total\{status="401"\} \d+$/m);
    expect(text).toMatch(/^bitbucket_webhook_answer_seconds_bucket\{le="\+Inf"\} \d+$/m);
    expect(text).toMatch(/^bitbucket_webhook_inbox_marks [1-9]\d*$/m);
    for (const line of text.split('\n').filter((each) => each !== ''))
      expect(line).toMatch(/^(?:# (?:HELP|TYPE) \S+ .+|[a-z_]+(?:\{[^}]+\})? [\d.e+-]+)$/);
  });

  it('keeps nothing of what people wrote', async () => {
    await send(openedPayload(17, 1));
    const stored =
      readFileSync(join(folder, 'inbox.sqlite')).toString('latin1') +
      readFileSync(join(folder, 'inbox.sqlite-wal')).toString('latin1');
    expect(stored).toContain('request-');
    expect(stored).not.toMatch(/jcitizen|displayName|Pull request/);
  });
});

describe('a receiver that cannot begin', () => {
  const begin = (over: object, path = DEFAULT_PATH) => {
    const raw = {
      server_url: 'http://localhost:7990',
      credentials: { auth_type: 'token', token: 't' },
      webhook_secret: SECRET,
      ...over,
    };
    return serve({
      config: parseConfig(raw, readSpec().connectionSpecification),
      host: '127.0.0.1',
      port: 0,
      path,
      now: Date.now,
      signal: AbortSignal.abort(),
      log: () => undefined,
    });
  };

  it('says so where no folder can be made, and does not repeat which', async () => {
    await expect(begin({ webhook_inbox: '/proc/hidden/inbox' })).rejects.toThrow(
      /^webhook_inbox cannot be used: the folder that it names cannot be opened \(mkdir E[A-Z]+\)\.$/,
    );
  });

  it('does not repeat the password of its database', async () => {
    await expect(begin({ webhook_inbox: 'postgres://nobody:127.0.0.1@127.0.0.1:1/none' })).rejects.toThrow(
      /^webhook_inbox cannot be used: the database that it names cannot be opened \((?!.*127\.0).*\)\.$/,
    );
  });

  it.each(['/', '//', '/health', '/metrics/'])('takes no events at %s', async (path) => {
    await expect(begin({ webhook_inbox: mkdtempSync(join(tmpdir(), 'receiver-')) }, path)).rejects.toThrow(/^--path is /);
  });
});

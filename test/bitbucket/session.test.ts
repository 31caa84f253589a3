import { once } from 'node:events';
import { inspect } from 'node:util';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import nock from 'nock';
import { Ceiling } from '../../src/bitbucket/session/ceiling';
import type { BitbucketError } from '../../src/bitbucket/errors';
import { isGoneByItsAddress } from '../../src/sync/repository/gone';
import type { RestRequest } from '../../src/bitbucket/session/request';
import { Session, type SessionEvents, type SessionOptions } from '../../src/bitbucket/session/session';
import { createHttp } from '../../src/bitbucket/transport/http';

const ORIGIN = 'http://git.example.com';
const BASE = `${ORIGIN}/bitbucket`;
const REQUEST: RestRequest = { kind: 'projects', lane: 'inventory', path: '/rest/api/1.0/projects' };
const PATH = `/bitbucket${REQUEST.path}`;
const denied = (name: string) => ({
  errors: [{ context: null, message: 'No.', exceptionName: `com.atlassian.bitbucket.${name}` }],
});

/** A session whose waits take no time; what it waited and said is kept. */
function create({ maxConcurrency = 8, baseUrl = BASE, ...over }: Partial<SessionOptions & { maxConcurrency: number }> = {}) {
  const waits: number[] = [];
  const said: { requests: string[]; retries: string[] } = { requests: [], retries: [] };
  const events: SessionEvents = {
    onRequest: ({ path, status }) => said.requests.push(`${path} ${status}`),
    onRetry: (message) => said.retries.push(message),
    onRateLimited: () => undefined,
  };
  const stop = new AbortController();
  const options: SessionOptions = {
    baseUrl,
    authorization: 'Bearer TOP-SECRET',
    secrets: ['TOP-SECRET'],
    http: createHttp({ baseUrl, userAgent: 'connector/1', timeoutMs: 500, maxConnections: 8, certificates: [], verifyTls: true }),
    ceiling: new Ceiling({ maxConcurrency, requestsPerSecond: null }),
    retryPolicy: { attempts: 5, firstDelayMs: 2000 },
    rateLimitPatienceMs: 900_000,
    now: Date.now,
    random: () => 0.5,
    sleep: (milliseconds) => {
      waits.push(milliseconds);
      return Promise.resolve();
    },
    signal: stop.signal,
    events,
    ...over,
  };
  return { session: new Session(options), waits, said, stop };
}

describe('against nock', () => {
  beforeAll(() => {
    nock.disableNetConnect();
  });
  afterEach(() => {
    const pending = nock.pendingMocks();
    nock.cleanAll();
    expect(pending).toEqual([]);
  });
  afterAll(() => {
    nock.enableNetConnect();
    nock.restore();
  });
  const server = (headers: Record<string, string | RegExp> = { authorization: 'Bearer TOP-SECRET' }) =>
    nock(ORIGIN, { reqheaders: headers });

  it('a request carries the login, asks for JSON, and goes to the context path with its query', async () => {
    server({ authorization: 'Bearer TOP-SECRET', accept: 'application/json', 'accept-encoding': /gzip/ })
      .get(PATH)
      .query({ start: 0, limit: 1000, name: 'a/b c' })
      .reply(200, { values: [] });
    await expect(create().session.json({ ...REQUEST, query: { start: 0, limit: 1000, name: 'a/b c' } })).resolves.toEqual({
      values: [],
    });
  });

  it('an answer may be compressed', async () => {
    server().get(PATH).reply(200, gzipSync('{"a":"ü"}'), { 'content-encoding': 'gzip' });
    const { session } = create();
    await expect(session.json(REQUEST)).resolves.toEqual({ a: 'ü' });
  });

  it('an answer of 204 is null, whatever it holds', async () => {
    server().get(PATH).reply(204);
    await expect(create().session.json(REQUEST)).resolves.toBeNull();
  });

  describe('a redirect', () => {
    it.each([301, 302, 303, 307, 308])('(%i) on our own server is followed, with the login', async (status) => {
      server()
        .get(PATH)
        .reply(status, '', { location: `${ORIGIN}/bitbucket/rest/api/1.0/moved` });
      server().get('/bitbucket/rest/api/1.0/moved').reply(200, { moved: true });
      await expect(create().session.json(REQUEST)).resolves.toEqual({ moved: true });
    });

    it('may name a path alone', async () => {
      server().get(PATH).reply(302, '', { location: '/elsewhere' });
      server().get('/elsewhere').reply(200, { moved: true });
      await expect(create().session.json(REQUEST)).resolves.toEqual({ moved: true });
    });

    it.each([
      'https://login.example.com/sso',
      'http://git.example.com:8080/x',
      'https://git.example.com/x',
      '//evil.example.com/x',
    ])('to %s never takes the login along', async (location) => {
      const stranger = nock(new URL(location, ORIGIN).origin)
        .get(/.*/)
        .reply(function () {
          return [200, { leaked: this.req.headers.authorization ?? null }];
        })
        .persist();
      server().get(PATH).times(5).reply(302, '', { location });
      const answer: unknown = await create()
        .session.json(REQUEST)
        .catch((error: unknown) => error);
      expect(JSON.stringify(answer)).not.toContain('TOP-SECRET');
      expect(answer).not.toHaveProperty('leaked', expect.any(String));
      expect(answer).toMatchObject({ kind: 'unexpected_answer' });
      stranger.persist(false);
      nock.cleanAll();
    });

    it('without end is given up', async () => {
      server().get(PATH).reply(302, '', { location: PATH }).persist();
      const { session } = create({ retryPolicy: { attempts: 1, firstDelayMs: 1 } });
      await expect(session.json(REQUEST)).rejects.toMatchObject({
        kind: 'unexpected_answer',
        message: expect.stringMatching(/redirect/),
      });
      nock.cleanAll();
    });
  });

  describe('a 401', () => {
    it.each([
      'auth.IncorrectPasswordAuthenticationException',
      'auth.CaptchaRequiredAuthenticationException',
      'auth.NoAccessAuthenticationException',
    ])('(%s) ends the run: nothing more is sent, and what waited fails with it', async (name) => {
      server().get(PATH).reply(401, denied(name));
      const { session, said } = create({ maxConcurrency: 1 });
      const kind = name.includes('NoAccess') ? 'no_licence' : 'login_denied';
      const [first, waiting] = await Promise.allSettled([session.json(REQUEST), session.json({ ...REQUEST, path: '/waiting' })]);
      expect(first).toMatchObject({ reason: { kind } });
      expect(waiting).toMatchObject({ reason: { kind } });
      await expect(session.json(REQUEST)).rejects.toMatchObject({ kind });
      expect(said.requests).toHaveLength(1);
    });

    it.each(['<html>Log in</html>', ''])('without Bitbucket’s words (%s) ends it as well', async (text) => {
      server().get(PATH).reply(401, text);
      const { session, said } = create();
      await expect(session.json(REQUEST)).rejects.toMatchObject({ kind: 'login_denied' });
      await expect(session.json(REQUEST)).rejects.toMatchObject({ kind: 'login_denied' });
      expect(said.requests).toHaveLength(1);
    });

    it.each([
      ['that is a page for people', 403, '<html><title>Blocked</title></html>', 'forbidden'],
      [
        'with the words that Basic authentication is off',
        403,
        '{"message":"Basic Authentication has been disabled on this instance."}',
        'login_denied',
      ],
    ])('or a 403 %s is told with its words', async (_, status, text, kind) => {
      server().get(PATH).reply(status, text);
      await expect(create().session.json(REQUEST)).rejects.toMatchObject({
        kind,
        message: expect.stringMatching(
          /403 \((?:a page titled "Blocked"|Basic Authentication has been disabled on this instance)\)$/,
        ),
      });
    });

    it('(AuthorisationException) concerns that resource only, and is not repeated', async () => {
      server().get(PATH).reply(401, denied('AuthorisationException'), { 'x-ausername': 'airbyte' });
      server().get('/bitbucket/other').reply(200, {}, { 'x-ausername': 'airbyte' });
      const { session, waits } = create();
      await expect(session.json(REQUEST)).rejects.toMatchObject({ kind: 'forbidden', details: { userName: 'airbyte' } });
      await expect(session.json({ ...REQUEST, path: '/other' })).resolves.toEqual({});
      expect(waits).toEqual([]);
    });
  });

  describe('X-AUSERNAME', () => {
    it('is told with the answer; none is null', async () => {
      server().get(PATH).reply(200, {}, { 'x-ausername': 'airbyte' });
      await expect(create().session.send(REQUEST, ({ userName }) => Promise.resolve(userName))).resolves.toBe('airbyte');
      server().get(PATH).reply(200, {});
      await expect(create().session.send(REQUEST, ({ userName }) => Promise.resolve(userName))).resolves.toBeNull();
    });

    it('that is missing once it was there makes the answer one to a stranger: it is asked again, and not believed', async () => {
      server().get(PATH).reply(200, {}, { 'x-ausername': 'airbyte' });
      const { session, waits } = create();
      await session.json(REQUEST);
      server().get(PATH).reply(200, { values: [] });
      server()
        .get(PATH)
        .reply(200, { values: [1] }, { 'x-ausername': 'airbyte' });
      await expect(session.json(REQUEST)).resolves.toEqual({ values: [1] });
      expect(waits).toEqual([2000]);
    });

    it('that was never there is missed by nobody', async () => {
      server().get(PATH).times(2).reply(200, { values: [] });
      const { session } = create();
      await session.json(REQUEST);
      await expect(session.json(REQUEST)).resolves.toEqual({ values: [] });
    });
  });

  describe('what is tried again', () => {
    it.each([
      ['an error of the server', 500, '{"errors":[{"message":"x"}]}'],
      ['a proxy’s error', 502, '<html>Bad gateway</html>'],
      ['a page for people', 200, '<html><title>Maintenance</title></html>'],
      ['an empty body', 200, ''],
      ['half of JSON', 200, '{"values":['],
    ])('%s, five times with thirty seconds of waiting between', async (_name, status, text) => {
      server().get(PATH).times(4).reply(status, text);
      server().get(PATH).reply(200, { done: true });
      const { session, waits, said } = create();
      await expect(session.json(REQUEST)).resolves.toEqual({ done: true });
      expect(waits).toEqual([2000, 4000, 8000, 16_000]);
      expect(said.retries[3]).toMatch(/^GET \/rest\/api\/1\.0\/projects: the answer was \d{3}.*; attempt 5 of 5$/);
      expect(session.statistics.of('projects')).toMatchObject({ requests: 5, retries: 4 });
    });

    it('a connection that breaks off', async () => {
      server()
        .get(PATH)
        .replyWithError(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
      server().get(PATH).reply(200, { done: true });
      await expect(create().session.json(REQUEST)).resolves.toEqual({ done: true });
    });

    it.each([
      [400, 'validation.ArgumentValidationException', 'rejected'],
      [404, 'repository.NoSuchRepositoryException', 'not_found'],
      [403, 'AuthorisationException', 'forbidden'],
      [406, 'x', 'not_acceptable'],
    ])('not %i: time does not heal it', async (status, name, kind) => {
      server().get(PATH).reply(status, denied(name));
      const { session, waits } = create();
      await expect(session.json(REQUEST)).rejects.toMatchObject({ kind });
      expect(waits).toEqual([]);
    });
  });

  it('an outage of two minutes in which nothing succeeds ends the run', async () => {
    let now = 1_000_000;
    server().get(PATH).reply(503).persist();
    server().get('/bitbucket/rest/api/1.0/application-properties').reply(503).persist();
    const { session, said } = create({
      now: () => now,
      sleep: () => {
        now += 45_000;
        return Promise.resolve();
      },
    });
    await expect(session.json(REQUEST)).rejects.toMatchObject({
      kind: 'server_down',
      message: expect.stringMatching(/two minutes/),
    });
    const sent = said.requests.length;
    await expect(session.json(REQUEST)).rejects.toMatchObject({ kind: 'server_down' });
    expect(said.requests).toHaveLength(sent);
    nock.cleanAll();
  });

  it('404 to a token that is never named proves nothing before the login was proven again', async () => {
    let expired = false;
    const { session } = create();
    session.proof = () => (expired ? Promise.reject(new Error('expired')) : Promise.resolve());
    server().get(PATH).times(3).reply(404, denied('repository.NoSuchRepositoryException'));
    await expect(session.json(REQUEST)).rejects.toMatchObject({ kind: 'not_found' });
    expired = true;
    await expect(session.json(REQUEST)).rejects.toThrow('expired');
    expect(nock.isDone()).toBe(true);
  });

  it('401 for one resource to a token that is never named is one to somebody known, once the login was proven again', async () => {
    let proofs = 0;
    const { session } = create();
    const refusal = denied('AuthorisationException');
    const isGone = async (request: RestRequest) =>
      session.json(request).then(
        () => null,
        (error: unknown) => isGoneByItsAddress(error as BitbucketError),
      );
    server().get(PATH).reply(401, refusal);
    expect(await isGone(REQUEST)).toBe(false);
    session.proof = () => (++proofs < 2 ? Promise.resolve() : Promise.reject(new Error('expired')));
    server().get(PATH).times(2).reply(401, refusal);
    expect([await isGone(REQUEST), proofs]).toEqual([true, 1]);
    server().get(PATH).reply(401, refusal);
    await expect(session.json(REQUEST)).rejects.toThrow('expired');
    // What such a token never has says nothing about it.
    server().get(PATH).reply(401, refusal);
    expect([await isGone({ ...REQUEST, kind: 'users' }), proofs]).toEqual([false, 2]);
  });

  it('of a run that was told to stop before sends nothing', async () => {
    const { session } = create({ signal: AbortSignal.abort() });
    await expect(session.json(REQUEST)).rejects.toMatchObject({ kind: 'aborted' });
  });

  describe.each([
    ['hang', Object.assign(new Error('no byte came for 60 s'), { code: 'ETIMEDOUT' }), 'timeout'],
    ['are broken off', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }), 'network'],
  ])('requests that %s for two minutes', (_, failure, kind) => {
    const THERE = '/bitbucket/rest/api/1.0/application-properties';
    const create3 = (status: number) => {
      let now = 1_000_000;
      server().get(/fails/).replyWithError(failure).persist();
      server().get(THERE).reply(status, { version: '9.4.0' }).persist();
      return create({
        ...{ maxConcurrency: 2, now: () => now },
        sleep: () => {
          now += 60_000;
          return Promise.resolve();
        },
      });
    };
    const paths = ['/fails/1', '/fails/2', '/fails/3'];

    it('are no outage while the server says that it is there', async () => {
      const { session } = create3(200);
      const outcomes = await Promise.allSettled(paths.map((path) => session.json({ ...REQUEST, path })));
      expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
      for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { kind } });
      nock.cleanAll();
    });

    it('are an outage where it does not: nothing more is sent', async () => {
      const { session, said } = create3(503);
      for (const outcome of await Promise.allSettled(paths.map((path) => session.json({ ...REQUEST, path }))))
        expect(outcome).toMatchObject({
          reason: { kind: 'server_down', message: expect.stringMatching(/two minutes.*GET \/fails/) },
        });
      const sent = said.requests.length;
      await expect(session.json(REQUEST)).rejects.toMatchObject({ kind: 'server_down' });
      expect(said.requests).toHaveLength(sent);
      nock.cleanAll();
    });
  });

  it('is no outage when other things succeed meanwhile', async () => {
    let now = 1_000_000;
    server().get(PATH).reply(503).persist();
    server().get('/bitbucket/other').reply(200, {}).persist();
    const made = create({
      now: () => now,
      sleep: async () => {
        now += 45_000;
        await made.session.json({ ...REQUEST, path: '/other' });
      },
    });
    await expect(made.session.json(REQUEST)).rejects.toMatchObject({ kind: 'unavailable' });
    nock.cleanAll();
  });

  it('a mistake of ours is no failure of the server: it is told as it is, and nothing is sent again', async () => {
    server().get(PATH).reply(200, {});
    const { session, waits } = create();
    const mistake = new TypeError('x is not a function');
    await expect(session.send(REQUEST, () => Promise.reject(mistake))).rejects.toBe(mistake);
    expect(waits).toEqual([]);
  });

  it('a secret that the server gives as our name is taken out of it', async () => {
    server().get(PATH).reply(200, {}, { 'x-ausername': 'TOP-SECRET' });
    await expect(create().session.send(REQUEST, ({ userName }) => Promise.resolve(userName))).resolves.toBe('****');
  });

  it('says who asks: firewalls refuse those who do not', async () => {
    server({ 'user-agent': 'connector/1' }).get(PATH).reply(200, {});
    await expect(create().session.json(REQUEST)).resolves.toEqual({});
  });

  it('a secret that the server quotes is taken out of the message', async () => {
    server()
      .get(PATH)
      .reply(400, { errors: [{ message: 'Header "Bearer TOP-SECRET" is odd', exceptionName: 'x' }] });
    await expect(create().session.json(REQUEST)).rejects.toMatchObject({
      message: expect.stringContaining('"Bearer ****" is odd'),
    });
  });

  it('a run that is told to stop cancels what is under way', async () => {
    server().get(PATH).delay(400).reply(200, {});
    const { session, stop } = create();
    const asked = expect(session.json(REQUEST)).rejects.toMatchObject({ kind: 'aborted' });
    setTimeout(() => stop.abort(), 20);
    await asked;
    nock.cleanAll();
  });
});

describe('against a real socket', () => {
  let server: Server;
  let base: string;
  let handle: (request: IncomingMessage, response: ServerResponse, number: number) => void;
  let count = 0;

  beforeEach(async () => {
    count = 0;
    server = createServer((request, response) => handle(request, response, ++count));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const json = (response: ServerResponse, value: unknown) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(value));

  it.each([
    ['GET', REQUEST, []],
    ['POST', { ...REQUEST, method: 'POST', body: { text: 'ä' } }, ['content-type', 'content-length', 'x-atlassian-token']],
  ] as const)('sends each header once, the host with its port: %s', async (_method, request, more) => {
    const sent: string[] = [];
    let text = '';
    handle = ({ rawHeaders }, response) => {
      sent.push(...rawHeaders);
      response.req.on('data', (piece: Buffer) => (text += piece.toString()));
      response.req.on('end', () => json(response, {}));
    };
    await create({ baseUrl: base }).session.json(request);
    const headers = sent.flatMap((name, index) => (index % 2 === 0 ? [[name.toLowerCase(), sent[index + 1]] as const] : []));
    const names = ['host', 'user-agent', 'accept-encoding', 'accept', 'authorization', 'connection', ...more];
    expect(headers.map(([name]) => name).sort()).toEqual([...names].sort());
    expect(Object.fromEntries(headers)).toMatchObject({
      host: base.slice('http://'.length),
      authorization: 'Bearer TOP-SECRET',
      ...(more.length > 0 && { 'content-length': String(Buffer.byteLength('{"text":"ä"}')), 'x-atlassian-token': 'no-check' }),
    });
    expect(text).toBe(more.length > 0 ? '{"text":"ä"}' : '');
  });

  it('a kept-alive connection that the server closes in that very moment costs neither an attempt nor a wait', async () => {
    handle = (request, response, number) => (number === 2 ? request.socket.destroy() : json(response, { number }));
    const { session, waits } = create({ baseUrl: base });
    await session.json(REQUEST);
    await expect(session.json(REQUEST)).resolves.toEqual({ number: 3 });
    expect(waits).toEqual([]);
  });

  it('a new connection that is reset is tried again as any failure', async () => {
    handle = (request, response, number) => (number === 1 ? request.socket.destroy() : json(response, { number }));
    const { session, waits } = create({ baseUrl: base });
    await expect(session.json(REQUEST)).resolves.toEqual({ number: 2 });
    expect(waits).toEqual([2000]);
  });

  it('one connection serves request after request', async () => {
    const sockets = new Set<unknown>();
    handle = (request, response) => {
      sockets.add(request.socket);
      json(response, {});
    };
    const { session } = create({ baseUrl: base });
    for (let n = 0; n < 5; n++) await session.json(REQUEST);
    expect(sockets.size).toBe(1);
  });

  const whole = JSON.stringify({ values: Array.from({ length: 20_000 }, (_, id) => ({ id, text: `value ${id}` })) });
  it.each([
    ['JSON', Buffer.from(whole), {}],
    ['compressed JSON', gzipSync(whole), { 'content-encoding': 'gzip' }],
    ['little JSON', Buffer.from('{"values":[1,2,3]}'), {}],
    ['little compressed JSON', gzipSync('{"values":[1,2,3]}'), { 'content-encoding': 'gzip' }],
  ])('half a body of %s is a failure that is tried again, never an answer', async (_name, bytes, headers) => {
    handle = (request, response, number) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length, ...headers });
      if (number > 1) return response.end(bytes);
      response.write(bytes.subarray(0, bytes.length >> 1));
      return setTimeout(() => request.socket.destroy(), 30);
    };
    const { session, waits } = create({ baseUrl: base });
    await expect(session.json(REQUEST)).resolves.toHaveProperty('values');
    expect(waits).toHaveLength(1);
  });

  it('half a compressed body in a complete answer is one, too', async () => {
    const bytes = gzipSync(whole);
    handle = (_request, response, number) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(number === 1 ? bytes.subarray(0, bytes.length >> 1) : bytes);
    const { session, waits } = create({ baseUrl: base });
    await expect(session.json(REQUEST)).resolves.toHaveProperty('values');
    expect(waits).toHaveLength(1);
  });

  it.each(['before the answer', 'in the middle of it'])(
    'a server that falls silent %s is timed out and asked again',
    async (when) => {
      handle = (_request, response, number) => {
        if (number > 1) return json(response, { number });
        if (when === 'in the middle of it') response.writeHead(200, { 'content-length': 1000 }).write('{"values":[');
        return undefined;
      };
      const startedAt = Date.now();
      const { session, said } = create({ baseUrl: base });
      await expect(session.json(REQUEST)).resolves.toEqual({ number: 2 });
      expect(Date.now() - startedAt).toBeLessThan(3000);
      expect(said.retries[0]).toMatch(/no byte came for 0\.5 s|broken off|aborted/);
    },
  );

  it('a slow answer that keeps sending is waited for, however long it takes', async () => {
    handle = (_request, response) => {
      const pieces = ['{"values"', ':[1', ',2', ',3', ',4', ']}'];
      const timer = setInterval(() => {
        response.write(pieces.shift());
        if (pieces.length > 0) return;
        clearInterval(timer);
        response.end();
      }, 200);
    };
    const { session, waits } = create({ baseUrl: base });
    await expect(session.json(REQUEST)).resolves.toEqual({ values: [1, 2, 3, 4] });
    expect(waits).toEqual([]);
  });

  it('no failure carries the login, however deep one looks', async () => {
    handle = (_request, response) => response.destroy();
    const { session } = create({ baseUrl: base, retryPolicy: { attempts: 1, firstDelayMs: 1 } });
    const error: unknown = await session.json(REQUEST).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ kind: 'network' });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/TOP-SECRET|AxiosError/);
  });

  it('a body that nobody reads to its end does not block the next request', async () => {
    handle = (_request, response) => json(response, { text: 'x'.repeat(5_000_000) });
    const { session } = create({ baseUrl: base, maxConcurrency: 1 });
    for (let n = 0; n < 5; n++) await session.send(REQUEST, () => Promise.resolve('not interested'));
    expect(count).toBe(5);
  });

  it('429 is waited out as long as it says', async () => {
    handle = (_request, response, number) =>
      number === 1 ? response.writeHead(429, { 'retry-after': '1' }).end() : json(response, { number });
    const limited: number[] = [];
    const { session } = create({
      baseUrl: base,
      events: {
        onRequest: () => undefined,
        onRetry: () => undefined,
        onRateLimited: (until) => limited.push(until - Date.now()),
      },
    });
    const startedAt = Date.now();
    await expect(session.json(REQUEST)).resolves.toEqual({ number: 2 });
    expect(Date.now() - startedAt).toBeGreaterThan(950);
    expect(limited[0]).toBeGreaterThan(900);
    expect(session.statistics.rateLimited).toBe(1);
  });
});

import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Ceiling } from '../../src/bitbucket/session/ceiling';
import { Session, type SessionOptions } from '../../src/bitbucket/session/session';
import { createHttp } from '../../src/bitbucket/transport/http';

/*
 * The status of an answer decides, whatever becomes of its body, and nothing lasts for ever: held against a server that writes bytes.
 */
const DENIED = JSON.stringify({
  errors: [
    {
      context: null,
      message: 'x'.repeat(2e5),
      exceptionName: 'com.atlassian.bitbucket.auth.IncorrectPasswordAuthenticationException',
    },
  ],
});
const MEGABYTE = `{"errors":[{"context":null,"message":"${'x'.repeat(1e6)}","exceptionName":"a.AuthorisationException"}]}`;

let server: Server;
let baseUrl: string;
let requests = 0;
let sockets: Socket[] = [];
let answer: (socket: Socket, number: number) => void;

beforeEach(async () => {
  requests = 0;
  sockets = [];
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', () => answer(socket, ++requests));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

function create(over: Partial<SessionOptions> = {}) {
  const waits: number[] = [];
  const session = new Session({
    ...{ baseUrl, authorization: 'Basic x', secrets: [], rateLimitPatienceMs: 900_000, now: Date.now, random: () => 0.5 },
    http: createHttp({
      ...{ baseUrl, userAgent: 'connector/1', timeoutMs: 400, patienceMs: 1500, maxConnections: 8 },
      certificates: [],
      verifyTls: true,
    }),
    ceiling: new Ceiling({ maxConcurrency: 8, requestsPerSecond: null }),
    retryPolicy: { attempts: 3, firstDelayMs: 1 },
    refusalPatienceMs: 300,
    sleep: (milliseconds) => {
      waits.push(milliseconds);
      return Promise.resolve();
    },
    signal: new AbortController().signal,
    events: { onRequest: () => undefined, onRetry: () => undefined, onRateLimited: () => undefined },
    ...over,
  });
  return { session, waits };
}

const request = (path = '/x') => ({ kind: 'x', lane: 'x', path });
const head = (status: string, headers: Record<string, string | number> = {}) =>
  `HTTP/1.1 ${status}\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;

/** The ways in which the body of a refusal can be spoilt. */
const spoilt: readonly (readonly [
  name: string,
  write: (socket: Socket, status: string, headers: Record<string, string>) => void,
])[] = [
  [
    'of a megabyte',
    (socket, status, headers) => socket.write(head(status, { ...headers, 'content-length': MEGABYTE.length }) + MEGABYTE),
  ],
  [
    'that is broken off',
    (socket, status, headers) => socket.end(`${head(status, { ...headers, 'content-length': 5000 })}{"errors":[`),
  ],
  [
    'that is no gzip, though it says so',
    (socket, status, headers) =>
      socket.write(`${head(status, { ...headers, 'content-encoding': 'gzip', 'content-length': 5 })}hello`),
  ],
  [
    'of gzip that is broken off',
    (socket, status, headers) => {
      const bytes = gzipSync(DENIED);
      socket.write(head(status, { ...headers, 'content-encoding': 'gzip', 'content-length': String(bytes.length) }));
      socket.end(bytes.subarray(0, bytes.length - 30));
    },
  ],
  ['that never comes', (socket, status, headers) => socket.write(head(status, { ...headers, 'content-length': 10 }))],
  [
    'that trickles without end',
    (socket, status, headers) => {
      socket.write(head(status, { ...headers, 'transfer-encoding': 'chunked' }));
      const timer = setInterval(() => socket.write('1\r\nx\r\n'), 50);
      socket.on('close', () => clearInterval(timer));
    },
  ],
  ['that is empty', (socket, status, headers) => socket.write(head(status, { ...headers, 'content-length': 0 }))],
];

describe.each(spoilt)('a refusal with a body %s', (_, write) => {
  it('401 denies the login: it is sent once, and nothing after it', async () => {
    answer = (socket) => write(socket, '401 Unauthorized', {});
    const { session } = create();
    const outcomes = await Promise.allSettled([session.json(request()), session.json(request('/y'))]);
    expect(outcomes[0]).toMatchObject({ reason: { kind: 'login_denied', details: { status: 401 } } });
    const inFlight = requests;
    await expect(session.json(request('/z'))).rejects.toMatchObject({ kind: 'login_denied' });
    expect(requests).toBe(inFlight);
    expect(inFlight).toBeLessThanOrEqual(2);
  });

  it('429 is waited out as long as its head says', async () => {
    answer = (socket, number) =>
      number === 1
        ? write(socket, '429 Too Many Requests', { 'retry-after': '1' })
        : socket.write(`${head('200 OK', { 'content-length': 2 })}{}`);
    const startedAt = Date.now();
    await expect(create().session.json(request())).resolves.toEqual({});
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(950);
    expect(requests).toBe(2);
  });

  it('404 is no proof of anything, and not asked for again', async () => {
    answer = (socket) => write(socket, '404 Not Found', {});
    await expect(create().session.json(request())).rejects.toMatchObject({ kind: 'no_such_route', details: { status: 404 } });
    expect(requests).toBe(1);
  });

  it('503 is tried again', async () => {
    answer = (socket) => write(socket, '503 Service Unavailable', {});
    await expect(create().session.json(request())).rejects.toMatchObject({ kind: 'unavailable', details: { status: 503 } });
    expect(requests).toBe(3);
  });
});

it('while the body of a 401 is awaited, nothing else is sent', async () => {
  answer = (socket, number) =>
    number === 1
      ? setTimeout(() => socket.write(`${head('200 OK', { 'content-length': 2 })}{}`), 100)
      : socket.write(head('401 Unauthorized', { 'content-length': 10 }));
  const { session } = create({ ceiling: new Ceiling({ maxConcurrency: 2, requestsPerSecond: null }) });
  const all = ['/a', '/b', '/c', '/d', '/e'].map((path) => session.json(request(path)));
  await Promise.allSettled(all);
  expect(requests).toBe(2);
});

describe('an answer that never becomes one', () => {
  it.each([
    ['101', (socket: Socket) => socket.write(head('101 Switching Protocols', { upgrade: 'websocket', connection: 'Upgrade' }))],
    ['100 over and over', (socket: Socket) => repeat(socket, head('100 Continue'), '')],
    ['a head that trickles', (socket: Socket) => repeat(socket, 'X-Header: x\r\n', 'HTTP/1.1 200 OK\r\n')],
    [
      'a body that trickles',
      (socket: Socket) => repeat(socket, '1\r\n \r\n', head('200 OK', { 'transfer-encoding': 'chunked' })),
    ],
    ['silence', () => undefined],
    ['a connection that is closed at once', (socket: Socket) => socket.end()],
  ])('(%s) fails after all its attempts, within a bound', async (_, write) => {
    answer = write;
    const startedAt = Date.now();
    await expect(create().session.json(request())).rejects.toMatchObject({ kind: expect.stringMatching(/network|timeout/) });
    expect(Date.now() - startedAt).toBeLessThan(3 * 2000);
  });
});

function repeat(socket: Socket, piece: string, first: string): void {
  socket.write(first);
  const timer = setInterval(() => socket.write(piece), 50);
  socket.on('close', () => clearInterval(timer));
}

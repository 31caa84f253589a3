import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentialsApi, type RequestHandler } from '../../src/credentials/api';
import { findStore, openStore } from '../../src/credentials/open-store';
import type { Verification } from '../../src/credentials/operations';
import { secretsIn } from './secrets-in';

const API_TOKEN = 'the-token-of-the-api';
const SECRET = 'h1dden-secret';
const TOKEN_REQUEST = { secrets: { bitbucket_data_center_token: SECRET } };
const BASE = '/api/connections/7/credentials';

let folder: string;
let place: string;
let key: string | null;
let server: Server;
let url: string;
let verdict: () => Verification | Promise<Verification>;
let verifications: number;
let now: number;
let api: RequestHandler;
const lines: string[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'api-'));
  server = createServer((request, response) => {
    void api(request, response).then((handled) => {
      if (!handled) response.writeHead(418).end('elsewhere');
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  api = credentialsApi({
    token: API_TOKEN,
    connectionId: 7,
    surroundings: {
      store: { find: () => findStore({ place, key }), make: () => openStore({ place, key }) },
      verify: async () => {
        verifications++;
        return verdict();
      },
      now: () => now,
    },
    log: (line) => lines.push(line),
  });
  now = Date.parse('2026-11-26T12:00:00.000Z');
  place = mkdtempSync(join(folder, 'store-'));
  key = 'q'.repeat(43);
  verifications = 0;
  verdict = () => ({ succeeded: true, userName: 'svc' });
  lines.length = 0;
});

interface Call {
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  readonly authorization?: string | null;
}
interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: any;
}

/** A JSON body of an object; text is sent as it is. */
function call({ method, path, body, authorization = `Bearer ${API_TOKEN}` }: Call): Promise<Answer> {
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      url + path,
      {
        agent: false,
        method: method ?? (text === undefined ? 'GET' : 'POST'),
        headers: {
          ...(authorization !== null && { authorization }),
          ...(text !== undefined && { 'content-length': Buffer.byteLength(text) }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response
          .on('data', (chunk: Buffer) => chunks.push(chunk))
          .once('end', () => {
            const said = Buffer.concat(chunks).toString();
            const isJson = /^application\/json/.test(String(response.headers['content-type']));
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: isJson ? JSON.parse(said) : said });
          });
      },
    );
    outgoing.once('error', reject).end(text);
  });
}
const create = (over: object = {}) => call({ path: `${BASE}.create`, body: { ...TOKEN_REQUEST, ...over } });

it('creates, updates, shows, lists and deletes', async () => {
  const created = await create({ label: 'first' });
  expect([created.status, created.body]).toEqual([
    201,
    { ok: true, credential: { id: 1, type: 'bitbucket_data_center', label: 'first', created_at: '2026-11-26T12:00:00.000Z' } },
  ]);
  expect(created.headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  const updated = await call({ path: `${BASE}.update`, body: { id: 1, label: 'second', expiration_date: '2027-01-31' } });
  const summary = { ...created.body.credential, label: 'second' };
  expect([updated.status, updated.body]).toEqual([200, { ok: true, credential: summary }]);
  const details = {
    ...summary,
    settings: { bitbucket_data_center_username: null },
    disabled_at: null,
    expiration_date: '2027-01-31',
  };
  const [info, list] = [await call({ path: `${BASE}.info/1` }), await call({ path: `${BASE}.list` })];
  expect([info.status, info.body]).toEqual([200, { ok: true, credential: details }]);
  expect([list.status, list.body]).toEqual([200, { ok: true, credentials: [details] }]);
  const deleted = await call({ path: `${BASE}.delete`, body: { id: 1 } });
  expect([deleted.status, deleted.body]).toEqual([200, { ok: true, credential: summary }]);
  expect((await call({ path: `${BASE}.list/?page=1` })).body).toEqual({ ok: true, credentials: [] });
});

/** Each method of the API with a request that it would take, were the credential there. */
const METHODS: readonly Call[] = [
  { path: `${BASE}.create`, body: TOKEN_REQUEST },
  { path: `${BASE}.update`, body: { id: 1, ...TOKEN_REQUEST } },
  { path: `${BASE}.info/1` },
  { path: `${BASE}.list` },
  { path: `${BASE}.delete`, body: { id: 1 } },
];
const POSTS = METHODS.filter(({ body }) => body !== undefined);
const nameOf = ({ path }: Call) => /credentials\.\w+/.exec(path)?.[0] ?? path;
const each = (calls: readonly Call[]) => calls.map((one) => [nameOf(one), one] as const);

describe.each(each(METHODS))('%s', (name, request) => {
  it.each([
    ['no token', null],
    ['another token', 'Bearer another'],
    ['a part of the token', `Bearer ${API_TOKEN.slice(0, -1)}`],
    ['the token as Basic', `Basic ${Buffer.from(`x:${API_TOKEN}`).toString('base64')}`],
    ['the token without its scheme', API_TOKEN],
  ])('with %s is answered 401 not_authed', async (_what, authorization) => {
    const answer = await call({ ...request, authorization });
    expect([answer.status, answer.body.error]).toEqual([401, 'not_authed']);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(verifications).toBe(0);
  });

  it('of another connection is answered 404 connection_not_found', async () => {
    for (const connection of ['1', '07', '7x', '%37', '-7']) {
      const answer = await call({ ...request, path: request.path.replace('/7/', `/${connection}/`) });
      expect([answer.status, answer.body.error]).toEqual([404, 'connection_not_found']);
    }
  });

  it('with another method is answered 405, which names the right one', async () => {
    const right = request.body === undefined ? 'GET' : 'POST';
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((each) => each !== right)) {
      const answer = await call({ ...request, method, body: undefined });
      expect([answer.status, answer.body.error, answer.headers.allow]).toEqual([405, 'method_not_allowed', right]);
    }
  });

  it('with a store that cannot be used is answered 503 store_unavailable', async () => {
    key = null;
    const keyless = await call(request);
    expect([keyless.status, keyless.body.error]).toEqual([503, 'store_unavailable']);
    key = 'q'.repeat(43);
    await create();
    key = 'another passphrase';
    const wrong = await call(request);
    expect([wrong.status, wrong.body.error]).toEqual([503, 'store_unavailable']);
    writeFileSync(join(place, 'credentials.sqlite'), 'x'.repeat(10_000));
    key = 'q'.repeat(43);
    const damaged = await call(request);
    expect([damaged.status, damaged.body.error]).toEqual([503, 'store_unavailable']);
    expect(lines.at(-1)).toBe(
      `2026-11-26T12:00:00.000Z ${name} from 127.0.0.1: 503 store_unavailable${/info|update|delete/.test(name) ? ', credential 1' : ''}`,
    );
  });
});

it.each(each(METHODS.filter(({ path }) => /update|info|delete/.test(path))))(
  '%s of a credential that is not there is answered 404 credential_not_found',
  async (_name, request) => {
    const answer = await call(request);
    expect([answer.status, answer.body.error]).toEqual([404, 'credential_not_found']);
    expect(verifications).toBe(0);
  },
);

describe.each(each(POSTS))('%s', (_name, request) => {
  it.each(['', '{', 'id=1', '{"id": 1,}', `{"secrets": {"x": "${SECRET}"`])(
    'with %j is answered 400 invalid_json',
    async (body) => {
      const answer = await call({ ...request, method: 'POST', body });
      expect([answer.status, answer.body.error]).toEqual([400, 'invalid_json']);
      expect(secretsIn(JSON.stringify(answer.body), [SECRET])).toEqual([]);
    },
  );

  it('without what it needs is answered 422 invalid_request', async () => {
    for (const body of [{}, [], null, 'null', { id: '1' }, { secrets: SECRET }]) {
      const answer = await call({ ...request, body: body ?? 'null' });
      expect([answer.status, answer.body.error]).toEqual([422, 'invalid_request']);
      expect(secretsIn(JSON.stringify(answer.body), [SECRET])).toEqual([]);
    }
  });

  it('with more than 64 KB is answered 413, announced or not; with 64 KB it is read', async () => {
    const exact = `{"label": "${'x'.repeat(64 * 1024 - 13)}"}`;
    expect(Buffer.byteLength(exact)).toBe(64 * 1024);
    expect((await call({ ...request, body: exact })).status).toBe(422);
    const announced = await call({ ...request, body: `${exact} ` });
    expect([announced.status, announced.body.error]).toEqual([413, 'request_too_large']);
    const { status } = await chunked(request.path, `Bearer ${API_TOKEN}`, `${exact} `);
    expect(status).toBe(413);
  });
});

/** Sends a body whose length is not announced. */
async function chunked(path: string, authorization: string, body: string): Promise<{ status: number }> {
  const outgoing = httpRequest(url + path, { agent: false, method: 'POST', headers: { authorization } });
  const answered = once(outgoing, 'response') as Promise<[{ statusCode: number; resume: () => void }]>;
  outgoing.write(body.slice(0, 1000));
  outgoing.end(body.slice(1000));
  const [response] = await answered;
  response.resume();
  return { status: response.statusCode };
}

it.each([
  'invalid_credentials',
  'invalid_permissions',
  'no_resources',
  'server_unreachable',
  'tls_untrusted',
  'not_bitbucket',
  'server_unavailable',
])('a login that the server answers with %s is answered 422, in create and in update', async (code) => {
  await create({ label: 'first' });
  verdict = () => ({ succeeded: false, code, message: `${code}: why` });
  const [created, updated] = [
    await create(),
    await call({ path: `${BASE}.update`, body: { id: 1, label: 'x', ...TOKEN_REQUEST } }),
  ];
  for (const { status, body } of [created, updated])
    expect([status, body]).toEqual([422, { ok: false, error: code, message: 'why' }]);
  expect((await call({ path: `${BASE}.list` })).body.credentials).toMatchObject([{ id: 1, label: 'first' }]);
});

it('an id in a path that is no number is answered 422, one that is too large 404', async () => {
  expect((await call({ path: `${BASE}.info/first` })).body).toMatchObject({
    error: 'invalid_request',
    message: expect.stringMatching(/^id /),
  });
  expect((await call({ path: `${BASE}.info/1e2` })).status).toBe(422);
  expect((await call({ path: `${BASE}.info/999999999999999` })).status).toBe(404);
});

it.each([
  '/api/connections',
  '/api/connections/7',
  `${BASE}.info`,
  `${BASE}.list/1`,
  `${BASE}.rekey`,
  `${BASE}.toString`,
  '/api/connections/7/8/credentials.list',
])('%s is nothing: 404 with the token, 401 without it', async (path) => {
  const answer = await call({ path });
  expect([answer.status, answer.body.error]).toEqual([404, 'not_found']);
  expect((await call({ path, authorization: null })).status).toBe(401);
});

it.each(['/', '/health', '/api', '/api/connectionsx', '/webhooks/bitbucket_data_center', '/API/connections/7/credentials.list'])(
  '%s is left to others',
  async (path) => {
    expect(await call({ path })).toMatchObject({ status: 418, body: 'elsewhere' });
    expect(lines).toEqual([]);
  },
);

it('what nobody foresaw is answered 500, and tells nothing of what was sent', async () => {
  verdict = () => Promise.reject(new TypeError(`cannot read ${SECRET}`));
  const answer = await create();
  expect([answer.status, answer.body.error]).toEqual([500, 'internal_error']);
  expect(secretsIn(JSON.stringify(answer.body) + lines.join('\n'), [SECRET])).toEqual([]);
  expect(lines[0]).toMatch(/^ERROR the credentials API failed: TypeError at /);
});

it('a request that breaks off changes nothing, and the next is served', async () => {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write(
    `POST ${BASE}.create HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${API_TOKEN}\r\nContent-Length: 1000\r\n\r\n{"secrets"`,
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.destroy();
  await once(socket, 'close');
  expect((await call({ path: `${BASE}.list` })).body).toEqual({ ok: true, credentials: [] });
});

it('leaves one line in the log for each request: when, who, what, which, and what came of it; no secret', async () => {
  await create({ label: 'line\\break' });
  verdict = () => ({ succeeded: false, code: 'invalid_credentials', message: 'x' });
  await call({ path: `${BASE}.update`, body: { id: 1, ...TOKEN_REQUEST } });
  await call({ path: `${BASE}.info/1` });
  await call({ path: `${BASE}.info/a%0ab` });
  await call({ path: `${BASE}.delete`, body: { id: 1 } });
  await call({ path: `${BASE}.list`, authorization: `Bearer ${SECRET}` });
  expect(lines.map((line) => line.replace('2026-11-26T12:00:00.000Z ', ''))).toEqual([
    'credentials.create from 127.0.0.1: 201, credential 1',
    'credentials.update from 127.0.0.1: 422 invalid_credentials, credential 1',
    'credentials.info from 127.0.0.1: 200, credential 1',
    'credentials.info from 127.0.0.1: 422 invalid_request',
    'credentials.delete from 127.0.0.1: 200, credential 1',
    'a request to the credentials API from 127.0.0.1: 401 not_authed',
  ]);
  expect(secretsIn(lines.join('\n'), [SECRET, API_TOKEN])).toEqual([]);
});

it('counts those without the token in the log, once a minute for each address', async () => {
  const denied = () => call({ path: `${BASE}.list`, authorization: null });
  for (let n = 0; n < 5; n++) await denied();
  now += 59_999;
  await denied();
  await call({ path: `${BASE}.list` });
  now += 1;
  await denied();
  await denied();
  now += 3600_000;
  await denied();
  expect(lines.map((line) => line.slice(25))).toEqual([
    'a request to the credentials API from 127.0.0.1: 401 not_authed',
    'credentials.list from 127.0.0.1: 200',
    'a request to the credentials API from 127.0.0.1: 401 not_authed, 6 times',
    'a request to the credentials API from 127.0.0.1: 401 not_authed, 2 times',
  ]);
});

import { request } from 'node:http';
import { client } from './client';
import { Simulator, type FaultKind } from './index';

let simulator: Simulator;
let server: ReturnType<typeof client>;
beforeEach(async () => {
  simulator = await Simulator.start();
  server = client(simulator);
});
afterEach(() => simulator.stop());

const ACTIVITIES = '/projects/PLAYG/repos/service/pull-requests/1/activities';

test('a fault strikes its route as often as told, after as many as told', async () => {
  const handle = simulator.faults.add({ kind: 'status', status: 503, retryAfter: 3, route: 'activities', after: 1, times: 2 });
  const statuses: number[] = [];
  for (let index = 0; index < 4; index += 1) statuses.push((await server.get(ACTIVITIES)).status);
  expect(statuses).toEqual([200, 503, 503, 200]);
  expect(handle.struck).toBe(2);
  expect((await server.get('/projects')).status).toBe(200);
});

test('a fault can be taken away, and all of them', async () => {
  const handle = simulator.faults.add({ kind: 'status', path: /PLAYG/ });
  expect((await server.get('/projects/PLAYG')).status).toBe(500);
  handle.remove();
  expect((await server.get('/projects/PLAYG')).status).toBe(200);
  simulator.faults.add({ kind: 'status', status: 429, retryAfter: 9 });
  const limited = await server.get('/projects');
  expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '9']);
  simulator.faults.clear();
  expect((await server.get('/projects')).status).toBe(200);
});

test.each<readonly [FaultKind, number, RegExp]>([
  ['html', 200, /^<!DOCTYPE html>/],
  ['login-page', 200, /<form/],
  ['redirect', 302, /^$/],
  ['empty-body', 200, /^$/],
  ['wrong-shape', 200, /not a list/],
  ['empty-list', 200, /"values":\[\]/],
  ['loop', 200, /"nextPageStart":0/],
])('%s answers %i and something else', async (kind, status, text) => {
  simulator.faults.add({ kind });
  const answer = await server.get(ACTIVITIES);
  expect([answer.status, text.test(answer.text)]).toEqual([status, true]);
  expect(simulator.requests[0]).toMatchObject({ route: 'activities', status });
});

test('an anonymous answer is a 200 with public things only, and no name', async () => {
  simulator.faults.add({ kind: 'anonymous', times: 1 });
  const { status, headers, body } = await server.get('/projects');
  expect([status, headers.get('x-ausername'), body.values.map(({ key }: { key: string }) => key)]).toEqual([200, null, ['PR']]);
});

test('connections can be reset at once or within an answer', async () => {
  simulator.faults.add({ kind: 'reset', times: 1 });
  await expect(server.get(ACTIVITIES)).rejects.toThrow('fetch failed');
  simulator.faults.add({ kind: 'half-body', times: 1 });
  await expect(server.get(ACTIVITIES)).rejects.toThrow('terminated');
  simulator.faults.add({ kind: 'broken-json', times: 1 });
  await expect(server.get(ACTIVITIES)).rejects.toThrow('JSON');
});

test.each<readonly [FaultKind, boolean]>([
  ['hang', false],
  ['hang-body', true],
])('%s leaves the client waiting', async (kind, headers) => {
  simulator.faults.add({ kind });
  const got = await new Promise<boolean>((resolve) => {
    let answered = false;
    const pending = request(
      `${simulator.url}/rest/api/1.0${ACTIVITIES}`,
      { headers: { Authorization: `Bearer ${simulator.credentials.token}` } },
      () => {
        answered = true;
      },
    )
      .end()
      .on('error', () => undefined);
    setTimeout(() => {
      pending.destroy();
      resolve(answered);
    }, 100);
  });
  expect(got).toBe(headers);
});

test('slow bytes are the right answer in the end', async () => {
  simulator.faults.add({ kind: 'slow-bytes', pause: 2 });
  expect((await server.get('/projects')).body.values).toHaveLength(3);
});

test('a bucket that is empty refuses with 429 until it fills again', async () => {
  const limited = await Simulator.start({ rateLimit: { capacity: 3, fillPerSecond: 20 } });
  const { get } = client(limited);
  const answers = [];
  for (let index = 0; index < 5; index += 1) answers.push(await get('/projects'));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]?.headers.get('retry-after')).toBe('1');
  await new Promise((resolve) => setTimeout(resolve, 120));
  expect((await get('/projects')).status).toBe(200);
  await limited.stop();
});

test('latency is waited, and the log knows how many requests were in flight', async () => {
  const slow = await Simulator.start({ latencyMs: [30, 40] });
  const { get } = client(slow);
  await Promise.all(Array.from({ length: 6 }, () => get('/projects')));
  expect(slow.maxInFlight).toBe(6);
  for (const { startedAt, endedAt } of slow.requests) expect(endedAt - startedAt).toBeGreaterThanOrEqual(25);
  slow.clearRequests();
  expect([slow.requests, slow.maxInFlight]).toEqual([[], 0]);
  await slow.stop();
});

test('a hook sees each request before its answer and can change the world', async () => {
  const seen: string[] = [];
  simulator.beforeEach(({ route }, n) => {
    seen.push(`${n} ${route}`);
    if (n === 2) simulator.history.renameProject('PLAYG', 'Renamed');
  });
  const names = [(await server.get('/projects/PLAYG')).body.name, (await server.get('/projects/PLAYG')).body.name];
  expect(names).toEqual(['Playground', 'Renamed']);
  expect(seen).toEqual(['1 project', '2 project']);
});

test('answers are compressed for those who ask', async () => {
  const { headers, body } = await server.get(ACTIVITIES, { 'Accept-Encoding': 'gzip' });
  expect([headers.get('content-encoding'), body.values.length > 10]).toEqual(['gzip', true]);
  expect((await server.get(ACTIVITIES, { 'Accept-Encoding': 'identity' })).headers.get('content-encoding')).toBeNull();
});

test('what is not asked for with GET is refused, and what is no address of the API is a page for people', async () => {
  const posted = await fetch(`${simulator.url}/rest/api/1.0/projects`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${simulator.credentials.token}` },
  });
  expect(posted.status).toBe(405);
  const page = await fetch(`${simulator.url}/login`);
  expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html;charset=UTF-8']);
});

/** What arrives, as far as it arrives: the status, the bytes of the body, and how it ended. */
const raw = (path: string, patience = 400): Promise<{ status: number; body: string; end: string; headers: object }> =>
  new Promise((resolve) => {
    const outgoing = request(`${simulator.url}/rest/api/1.0${path}`, {
      headers: { Authorization: `Bearer ${simulator.credentials.token}` },
      agent: false,
    });
    let status = 0;
    let body = '';
    let headers = {};
    const done = (end: string): void => {
      clearTimeout(timer);
      outgoing.destroy();
      resolve({ status, body, end, headers });
    };
    const timer = setTimeout(() => done('nothing more'), patience);
    outgoing
      .once('response', (answer) => {
        status = answer.statusCode ?? 0;
        ({ headers } = answer);
        answer
          .on('data', (chunk: Buffer) => (body += chunk.toString('latin1')))
          .once('end', () => done('end'))
          .once('error', () => done('error'));
      })
      .once('upgrade', (answer) => {
        status = answer.statusCode ?? 0;
        done('upgrade');
      })
      .once('error', () => done('error'))
      .end();
  });

test('101, 204, 301 and a bare message', async () => {
  const { faults } = simulator;
  faults.add({ kind: 'upgrade', times: 1 });
  expect(await raw('/projects')).toMatchObject({ status: 101, end: 'upgrade' });
  faults.add({ kind: 'empty-body', status: 204, times: 1 });
  expect(await raw('/projects')).toMatchObject({ status: 204, body: '', end: 'end' });
  faults.add({ kind: 'redirect', status: 301, body: 'https://elsewhere.example.com/', times: 1 });
  expect(await raw('/projects')).toMatchObject({ status: 301, headers: { location: 'https://elsewhere.example.com/' } });
  faults.add({ kind: 'status', status: 403, bareMessage: 'No.', times: 1 });
  expect(await raw('/projects')).toMatchObject({ status: 403, body: '{"message":"No."}' });
  const exceptionName = 'com.atlassian.bitbucket.AuthorisationException';
  faults.add({ kind: 'status', status: 401, exceptionName, message: 'You may not', times: 1 });
  expect((await server.get('/projects')).body).toEqual({ errors: [{ context: null, message: 'You may not', exceptionName }] });
});

test.each([
  ['huge', 'end', 1024 * 1024],
  ['cut-off', 'error', 51],
  ['stalled', 'nothing more', 51],
  ['trickle', 'nothing more', 3],
] as const)('a status arrives, and the body is %s', async (damage, end, atLeast) => {
  simulator.faults.add({ kind: 'status', status: 429, retryAfter: 7, damage, pause: 10 });
  const answer = await raw('/projects');
  expect(answer).toMatchObject({ status: 429, end, headers: { 'retry-after': '7' } });
  expect(answer.body.length).toBeGreaterThanOrEqual(atLeast);
});

test('a body that says it is compressed, and is not', async () => {
  simulator.faults.add({ kind: 'status', status: 401, damage: 'bad-gzip' });
  expect(await raw('/projects')).toMatchObject({ status: 401, end: 'end', headers: { 'content-encoding': 'gzip' } });
  await expect(server.get('/projects')).rejects.toThrow();
});

test('a right answer that ends early, or never', async () => {
  const { faults } = simulator;
  const { body } = await raw('/projects');
  faults.add({ kind: 'early-end', times: 1 });
  expect(await raw('/projects')).toMatchObject({ status: 200, end: 'error', body: body.slice(0, Math.floor(body.length / 2)) });
  faults.add({ kind: 'trickle', pause: 10 });
  expect(await raw('/projects')).toMatchObject({
    status: 200,
    end: 'nothing more',
    body: expect.stringMatching(/^ {3,}$/) as string,
  });
});

test('pages that repeat, that never end, that are out of order', async () => {
  const { faults } = simulator;
  const right = (await server.get('/repos?limit=2')).body;
  faults.add({ kind: 'repeated-page', times: 1 });
  expect((await server.get('/repos?limit=2&start=2')).body).toEqual({ ...right, start: 2, isLastPage: false, nextPageStart: 4 });
  faults.add({ kind: 'endless', times: 1 });
  expect((await server.get('/repos?start=50')).body).toMatchObject({ values: [], isLastPage: false, nextPageStart: 75 });
  faults.add({ kind: 'out-of-order', times: 1 });
  expect((await server.get('/repos?limit=2')).body).toEqual({ ...right, values: right.values.toReversed() });
});

test('large pages alone time out', async () => {
  simulator.faults.add({ kind: 'html', status: 504, limitAbove: 100, route: 'repositories' });
  const statuses: number[] = [];
  for (const query of ['?limit=1000', '?limit=101', '?limit=100', '']) statuses.push((await server.get(`/repos${query}`)).status);
  expect(statuses).toEqual([504, 504, 200, 200]);
});

test('a raw diff alone fails', async () => {
  const path = '/projects/PLAYG/repos/service/pull-requests/1/diff';
  simulator.faults.add({ kind: 'status', message: 'git: process timed out', route: 'diff', accept: /text\/plain/ });
  const plain = await server.get(path, { Accept: 'text/plain' });
  expect([plain.status, plain.body.errors[0].message, (await server.get(path)).status]).toEqual([
    500,
    'git: process timed out',
    200,
  ]);
});

test('a field is null, missing or something else, in one entry or in all', async () => {
  const { faults } = simulator;
  const list = '/projects/PLAYG/repos/service/pull-requests?state=ALL&limit=3';
  const right = (await server.get(list)).body.values as any[];
  faults.add({ kind: 'field', field: 'properties', entry: right[1].id as number, times: 1 });
  const [first, second] = (await server.get(list)).body.values as any[];
  expect([first.properties, second.properties]).toEqual([expect.any(Object), null]);
  faults.add({ kind: 'field', field: 'fromRef.repository.project', absent: true, times: 1 });
  for (const { fromRef } of (await server.get(list)).body.values as any[]) expect(fromRef.repository?.project).toBeUndefined();
  faults.add({ kind: 'field', field: 'version', value: '9.4', route: 'application-properties' });
  expect((await server.get('/application-properties')).body).toMatchObject({ version: '9.4', displayName: 'Bitbucket' });
});

test('two servers have the same ids, and other hierarchies', async () => {
  const other = await Simulator.start({ seed: 2 });
  const [own, theirs] = [simulator, other].map(({ truth }) => truth.rows('repositories'));
  expect(theirs!.map(({ id }) => id)).toEqual(own!.map(({ id }) => id));
  expect(theirs![0]!['hierarchy_id']).not.toBe(own![0]!['hierarchy_id']);
  await other.stop();
});

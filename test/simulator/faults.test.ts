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

import { client, type Client } from './client';
import { Simulator, type SimulatorOptions } from './index';

const ONE = '/projects/ONE/repos/service';
const DAY = 86_400_000;
let now = 1_760_000_000_000;
let simulator: Simulator;
let server: Client;
const start = async (options: SimulatorOptions = {}): Promise<string> => {
  simulator = await Simulator.start({ dataset: 'empty', clock: () => now, ...options });
  server = client(simulator);
  const { history } = simulator;
  history.createProject({ key: 'ONE' });
  history.createRepository('ONE', { slug: 'service' });
  return history.pushCommits('ONE/service')[0]!;
};
afterEach(() => simulator.stop());

/** Of the instance, not of a repository. */
const status = async (path: string, init: RequestInit = {}): Promise<{ status: number; body: any }> => {
  const answer = await fetch(`${simulator.url}/rest/build-status/1.0/commits/${path}`, {
    headers: { Authorization: `Bearer ${simulator.credentials.token}`, 'X-Atlassian-Token': 'no-check' },
    ...init,
  });
  const text = await answer.text();
  return { status: answer.status, body: text.startsWith('{') ? JSON.parse(text) : text };
};
const stats = (...commits: readonly string[]): ReturnType<typeof status> =>
  status('stats', { method: 'POST', body: JSON.stringify(commits) });
const keys = async (path: string): Promise<string[]> =>
  ((await status(path)).body.values as any[]).map(({ key }) => key as string);

test('a build is told under its commit; under the same key the next one replaces it, and becomes the newest', async () => {
  const commit = await start();
  const { history } = simulator;
  for (const key of ['unit', 'lint', 'unit']) {
    now += 1000;
    history.build('ONE/service', { key, name: `Job ${key}`, description: 'done' });
  }
  const url = 'https://ci.example.com/job/unit/';
  expect((await status(commit)).body.values).toEqual([
    { key: 'unit', name: 'Job unit', state: 'SUCCESSFUL', url, description: 'done', dateAdded: now },
    expect.objectContaining({ key: 'lint', dateAdded: now - 1000 }),
  ]);
  expect(await keys(`${commit}?orderBy=OLDEST`)).toEqual(['lint', 'unit']);
  history.build('ONE/service', { key: 'unit', state: 'FAILED', name: null });
  expect(await keys(`${commit}?orderBy=STATUS`)).toEqual(['unit', 'lint']);
  expect((await status(`${commit}?limit=1`)).body).toMatchObject({ size: 1, isLastPage: false, nextPageStart: 1 });
});

test('counters of many commits leave out those without builds; those of one are zeros', async () => {
  const commit = await start();
  const other = simulator.history.pushCommits('ONE/service')[0]!;
  for (const [key, state] of [
    ['a', 'SUCCESSFUL'],
    ['b', 'FAILED'],
    ['c', 'INPROGRESS'],
    ['d', 'CANCELLED'],
    ['e', 'SUCCESSFUL'],
  ] as const)
    simulator.history.build('ONE/service', { commit, key, state });
  const expected = { successful: 2, failed: 1, inProgress: 1, cancelled: 1, unknown: 0 };
  expect((await stats(commit, other, commit)).body).toEqual({ [commit]: expected });
  expect((await status(`stats/${commit}`)).body).toEqual(expected);
  expect((await status(`stats/${other}`)).body).toEqual({ successful: 0, failed: 0, inProgress: 0, cancelled: 0, unknown: 0 });
  const asked = simulator.requests.find(({ route }) => route === 'build-stats');
  expect([asked?.method, asked?.headers['x-atlassian-token'], asked?.body]).toEqual([
    'POST',
    'no-check',
    JSON.stringify([commit, other, commit]),
  ]);
  expect((await status('stats', { method: 'POST', body: '{' })).status).toBe(400);
  expect([(await status('stats')).status, (await status('abc')).status]).toEqual([405, 400]);
});

test('an old version knows neither cancelled builds nor details', async () => {
  const commit = await start({ version: '5.16.0' });
  simulator.history.build('ONE/service', { key: 'a', state: 'CANCELLED', number: '7' });
  expect((await stats(commit)).body).toEqual({ [commit]: { successful: 0, failed: 1, inProgress: 0 } });
  for (const path of [`${ONE}/commits/${commit}/builds?key=a`, '/build/capabilities']) {
    const { status: code, body } = await server.get(path);
    expect([code, body.errors]).toEqual([404, undefined]);
  }
  const [row] = simulator.truth.rows('builds', { buildDetails: true });
  expect(row).toMatchObject({ key: 'a', state: 'FAILED', build_number: null });
});

test('details are told by key, in the repository that the build belongs to, and nowhere else', async () => {
  const commit = await start();
  const { history } = simulator;
  const fork = history.forkRepository('ONE/service', 'ONE', { slug: 'fork' });
  const tests = { successful: 41, failed: 0, skipped: 1 };
  history.build('ONE/service', { key: 'a/b', number: '17', ref: 'refs/heads/main', parent: 'a', duration: 61_000, tests });
  const path = (slug: string, key: string): string =>
    `/projects/ONE/repos/${slug}/commits/${commit}/builds?key=${encodeURIComponent(key)}`;
  expect((await server.get(path('service', 'a/b'))).body).toMatchObject({
    ...{ key: 'a/b', buildNumber: '17', ref: 'refs/heads/main', parent: 'a', duration: 61_000, testResults: tests },
    ...{ createdDate: now, updatedDate: now, projectKey: 'ONE', repositorySlug: 'service', repository: { slug: 'service' } },
  });
  expect([(await server.get(path('fork', 'a/b'))).status, (await server.get(path('service', 'x'))).status]).toEqual([404, 404]);
  expect((await server.get(path('service', ''))).status).toBe(400);
  expect((await server.get('/build/capabilities')).body).toEqual({ buildStatus: ['richBuildStatus'] });
  const rows = simulator.truth.rows('builds', { buildDetails: true });
  expect(rows.map((row) => [row['repository_id'], row['commit_id'], row['build_number'], row['tests_successful']])).toEqual([
    [1, commit, '17', 41],
    [fork, commit, null, null],
  ]);
});

test('the newest hundred of a commit are told, and no more', async () => {
  const commit = await start();
  for (let index = 0; index < 130; index += 1) {
    now += 1;
    simulator.history.build('ONE/service', { key: `axis-${index}` });
  }
  const list = await keys(`${commit}?limit=1000`);
  expect([list.length, list[0], list.at(-1)]).toEqual([100, 'axis-129', 'axis-30']);
  simulator.history.deleteBuild('ONE/service', 'axis-129');
  expect((await keys(`${commit}?limit=1000`))[0]).toBe('axis-128');
});

test('a server without build statuses has no routes for them; one may refuse the counters of many alone', async () => {
  const commit = await start({ buildStatuses: false });
  simulator.history.build('ONE/service', { key: 'a' });
  for (const { status: code, body } of [await status(commit), await stats(commit), await status(`stats/${commit}`)])
    expect([code, body.errors, body['status-code']]).toEqual([404, undefined, 404]);
  expect(simulator.truth.rows('builds')).toEqual([]);
  simulator.settings.buildStatuses = true;
  for (const refused of [401, 403, 404, 405] as const) {
    simulator.settings.refusesBuildStats = refused;
    expect([(await stats(commit)).status, (await status(`stats/${commit}`)).status]).toEqual([refused, 200]);
  }
  const anonymous = await status(commit, { headers: {} });
  expect(anonymous.status).toBe(401);
});

test('truth watches tips, open heads and what the lookback holds', async () => {
  now = 1_760_000_000_000;
  const first = await start();
  const { history } = simulator;
  history.createUser({ name: 'jane' });
  const old = now;
  now += 20 * DAY;
  const recent = history.pushCommits('ONE/service', { commits: 2 });
  const further = history.pushCommits('ONE/service', { branch: 'release', commits: [{ committerDate: old }] })[0]!;
  const open = history.createPullRequest('ONE/service', { author: 'jane', at: old });
  const closed = history.createPullRequest('ONE/service', { author: 'jane', at: old });
  history.decline(closed);
  const heads = [open, closed].map((each) => simulator.world.pullRequest(each).from.commit);
  for (const commit of [first, ...recent, further, ...heads]) history.build('ONE/service', { commit, key: 'unit' });
  const watched = (filter: object = {}): unknown[] =>
    simulator.truth
      .rows('builds', filter)
      .map((row) => row['commit_id'])
      .sort();
  expect(watched()).toEqual([...recent, ...heads].sort());
  expect(watched({ branches: ['rel*'] })).toEqual([...recent, further, ...heads].sort());
  expect(watched({ lookbackDays: 30 })).toEqual([first, ...recent, ...heads].sort());
  now += 600_001;
  expect(watched({ lookbackDays: 0 })).toEqual([recent[1], heads[0]].sort());
  now += 15 * DAY;
  expect(watched()).toEqual([recent[1], heads[0]].sort());
});

test('deployments are recognised by key or name, by the first pattern that matches', async () => {
  await start();
  for (const [key, name] of [
    ['deploy-PROD-eu', 'x'],
    ['a', 'Deploy to staging'],
    ['b', 'Unit tests'],
  ] as const)
    simulator.history.build('ONE/service', { key, name });
  const deploymentBuilds = [
    { pattern: 'deploy-prod*', environment: 'production' },
    { pattern: '*deploy*', environment: 'staging' },
  ];
  const rows = simulator.truth.rows('builds', { deploymentBuilds });
  expect(Object.fromEntries(rows.map((row) => [row['key'], [row['is_deployment'], row['environment']]]))).toEqual({
    'deploy-PROD-eu': [true, 'production'],
    a: [true, 'staging'],
    b: [false, null],
  });
});

import { client } from './client';
import { Simulator, type SimulatorOptions } from './index';

const dump = async (options: SimulatorOptions): Promise<string> => {
  const simulator = await Simulator.start({ displayUrl: 'https://bitbucket.example.com', ...options });
  const server = client(simulator);
  const parts: unknown[] = [await server.all('/projects'), await server.all('/admin/users')];
  for (const { project, slug } of await server.all('/repos')) {
    const path = `/projects/${project.key as string}/repos/${slug as string}/pull-requests`;
    for (const pullRequest of await server.all(`${path}?state=ALL`)) {
      parts.push(
        pullRequest,
        await server.all(`${path}/${pullRequest.id as number}/activities`),
        (await server.get(`${path}/${pullRequest.id as number}/diff`)).text,
      );
    }
  }
  await simulator.stop();
  return JSON.stringify(parts);
};

test('the same seed serves the same bytes, another seed others', async () => {
  const dataset = { projects: 1, repositoriesPerProject: 2, pullRequestsPerRepository: 12, oddities: true };
  const first = await dump({ dataset });
  expect(await dump({ dataset })).toBe(first);
  expect(await dump({ dataset, seed: 2 })).not.toBe(first);
});

test('an empty server has its account and nothing else', async () => {
  const simulator = await Simulator.start({ dataset: 'empty' });
  expect([simulator.truth.rows('projects'), simulator.truth.rows('repositories'), simulator.truth.rows('users').length]).toEqual([
    [],
    [],
    1,
  ]);
  await simulator.stop();
});

test('a data set has the size that was asked for', async () => {
  const simulator = await Simulator.start({
    dataset: { projects: 8, repositoriesPerProject: 2, pullRequestsPerRepository: 5, users: 30 },
  });
  const counts = (['projects', 'repositories', 'users', 'pull_requests', 'pull_request_diffs'] as const).map(
    (stream) => simulator.truth.rows(stream).length,
  );
  expect(counts).toEqual([8, 16, 30, 80, 80]);
  await simulator.stop();
});

test('activity ids grow with time over the whole instance', async () => {
  const simulator = await Simulator.start({ dataset: { projects: 2, repositoriesPerProject: 2, pullRequestsPerRepository: 20 } });
  const rows = simulator.truth.rows('pull_request_activities').sort((a, b) => (a['id'] as number) - (b['id'] as number));
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  const dates = rows.map(({ created_date }) => Date.parse(String(created_date)));
  for (let index = 1; index < dates.length; index += 1) expect(dates[index]! - dates[index - 1]!).toBeGreaterThan(-20);
  await simulator.stop();
});

describe('a repository of 100,000 pull requests', () => {
  let simulator: Simulator;
  const path = '/projects/LARGE0/repos/repository-0/pull-requests';
  beforeAll(async () => {
    simulator = await Simulator.start({
      dataset: { large: { repositories: 2, pullRequests: 100_000, activitiesPerPullRequest: 6 } },
    });
  });
  afterAll(() => simulator.stop());

  test('is paged by updatedDate and consistent with its activities', async () => {
    const server = client(simulator);
    const { body } = await server.get(`${path}?state=ALL&limit=1000&start=50000`);
    expect(body).toMatchObject({ size: 1000, nextPageStart: 51_000 });
    const dates = body.values.map(({ updatedDate }: { updatedDate: number }) => updatedDate) as number[];
    expect(dates).toEqual([...dates].sort((a, b) => b - a));
    const [listed] = body.values;
    const activities = await server.all(`${path}/${listed.id as number}/activities`);
    expect(activities).toHaveLength(6);
    expect(activities[0]).toMatchObject({ action: listed.state, createdDate: listed.closedDate });
    expect(activities.filter(({ action }) => action === 'COMMENTED')).toHaveLength(listed.properties.commentCount as number);
    expect((await server.get(path)).body.values.every(({ state }: { state: string }) => state === 'OPEN')).toBe(true);
  });

  test('remembers what events did to a few of them', async () => {
    const server = client(simulator);
    simulator.history.edit({ repositoryId: 1, id: 77 }, { title: 'Touched' });
    simulator.history.comment({ repositoryId: 1, id: 99_999 }, { user: 'user1' });
    simulator.history.deletePullRequest({ repositoryId: 1, id: 500 });
    const { body } = await server.get(`${path}?state=ALL&limit=3`);
    expect(body.values.map(({ id }: { id: number }) => id)).toEqual([77, 100_000, 99_999]);
    expect(body.values[2].properties.commentCount).toBe(5);
    expect((await server.get(`${path}/500`)).status).toBe(404);
    expect((await server.get(`${path}?state=ALL&limit=25&start=99975`)).body).toMatchObject({ size: 24, isLastPage: true });
  });
});

test('a pull request of 10,000 activities is paged by the cap', async () => {
  const simulator = await Simulator.start({
    dataset: { large: { repositories: 1, pullRequests: 1, activitiesPerPullRequest: 10_000, open: 1 } },
  });
  const activities = await client(simulator).all('/projects/LARGE0/repos/repository-0/pull-requests/1/activities', 1000);
  expect(activities).toHaveLength(10_000);
  expect(simulator.requests.length).toBe(20);
  await simulator.stop();
});

test('the company looks like one: reviews take hours and sometimes days, somebody waits, releases are built and deployed', async () => {
  const until = Date.UTC(2026, 5, 17, 12);
  const simulator = await Simulator.start({ dataset: 'demo', clock: () => until });
  const { truth } = simulator;
  const filter = { projects: ['WEB', 'PAY', 'DATA', 'MOB'], lookbackDays: 500, branches: ['*'] };
  const rows = truth.rows('pull_requests', filter);
  const hours = (row: Record<string, unknown>, from: string, to: string): number =>
    (Date.parse(String(row[to])) - Date.parse(String(row[from]))) / 3_600_000;
  expect(new Set(rows.map(({ created_date }) => String(created_date).slice(0, 7))).size).toBeGreaterThanOrEqual(12);
  expect(new Set(rows.map(({ author_id }) => author_id)).size).toBeGreaterThan(6);
  const open = rows.filter(({ state }) => state === 'OPEN');
  expect(open.length).toBeGreaterThan(4);
  expect(open.length).toBeLessThan(40);
  const cycles = rows.filter(({ state }) => state === 'MERGED').map((row) => hours(row, 'created_date', 'closed_date'));
  cycles.sort((a, b) => a - b);
  const [fast, median, slow] = [0.1, 0.5, 0.95].map((part) => cycles[Math.floor(part * cycles.length)]!);
  expect([fast! < 8, median! > 8 && median! < 60, slow! > 70]).toEqual([true, true, true]);
  const weekends = rows.filter(({ created_date }) => [0, 6].includes(new Date(String(created_date)).getUTCDay()));
  expect(weekends).toEqual([]);
  const builds = truth.rows('builds', {
    ...filter,
    deploymentBuilds: [{ pattern: 'deploy-production', environment: 'production' }],
  });
  const deployments = builds.filter(({ is_deployment }) => is_deployment === true);
  const failed = deployments.filter(({ state }) => state === 'FAILED').length / deployments.length;
  expect(deployments.length).toBe(truth.rows('tags', filter).length);
  expect([failed > 0, failed < 0.2]).toEqual([true, true]);
  const commits = new Set(truth.rows('commits', filter).map(({ id }) => id));
  expect(commits.size).toBeGreaterThan(500);
  const merges = rows.map(({ merge_commit }) => merge_commit).filter((id) => id !== null);
  expect(merges.filter((id) => !commits.has(id))).toEqual([]);
  const listed = truth.rows('commits', filter).map(({ committer_date }) => Date.parse(String(committer_date)));
  expect(listed.every((date) => date <= until)).toBe(true);
  await simulator.stop();
});

test('a large repository has a graph that its pull requests lie on, whatever there is of it', async () => {
  const large = {
    repositories: 1,
    pullRequests: 40,
    open: 3,
    commits: 250,
    commitsPerPullRequest: 3,
    branches: 5,
    tags: 20,
    builds: 2,
  };
  const simulator = await Simulator.start({ dataset: { large }, until: Date.now() });
  const { truth } = simulator;
  const server = client(simulator);
  const path = '/projects/LARGE0/repos/repository-0';
  const counts = (['commits', 'branches', 'tags', 'pull_request_commits'] as const).map((stream) => truth.rows(stream).length);
  const merged = truth.rows('pull_requests').filter(({ state }) => state === 'MERGED').length;
  expect(counts).toEqual([250 + merged * 4, 1 + 3 + 5, 20, 40 * 3]);
  expect(await server.all(`${path}/commits`, 100)).toHaveLength(counts[0]!);
  const dates = (await server.all(`${path}/commits`, 100)).map(({ committerTimestamp }) => committerTimestamp as number);
  expect(dates).toEqual([...dates].sort((a, b) => b - a));
  const { body } = await server.get(`${path}/pull-requests/20/commits`);
  expect(body.values.map(({ id }: { id: string }) => id)).toEqual(
    truth
      .rows('pull_request_commits')
      .filter(({ pull_request_id }) => pull_request_id === 20)
      .map(({ id }) => id),
  );
  simulator.history.merge({ repositoryId: 1, id: 40 });
  expect(truth.rows('commits').length).toBe(counts[0]! + 4);
  const watched = truth.rows('builds', { branches: ['branch-*'] });
  expect(new Set(watched.map(({ key }) => key))).toEqual(new Set(['job-0', 'job-1']));
  await simulator.stop();
});

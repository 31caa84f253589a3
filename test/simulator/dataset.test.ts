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

import { expectSuccess, read, type Run } from './benchmark/connector';
import { fullRead, pages, quietRead, type Amounts, type Caps } from './benchmark/minimum';
import { Simulator } from './simulator';

/** `npm run bench` in miniature: the counts, which are exact; times are never asserted. */

const THERE: Amounts = { projects: 1, repositories: 3, users: 11, pullRequests: 40, activities: 4 };
const LARGE = { repositories: 3, pullRequests: 40, activitiesPerPullRequest: 4, users: 10, open: 2 };

const recordsOf = ({ output }: Run): number => [...output.records.values()].reduce((sum, count) => sum + count, 0);

describe('the requests of a sync', () => {
  const running: Simulator[] = [];
  afterEach(async () => {
    for (const simulator of running.splice(0)) await simulator.stop();
  });

  const start = async ({ list, activities }: Caps): Promise<Simulator> => {
    const caps = { projects: list, repositories: list, users: list, pullRequests: list, activities };
    const simulator = await Simulator.start({ dataset: { large: LARGE }, until: Date.now(), caps });
    running.push(simulator);
    return simulator;
  };

  test.each([
    [1000, 500],
    [10, 3],
    [7, 2],
  ])('are the counted minimum for a full read, at caps of %i and %i', async (list, activities) => {
    const simulator = await start({ list, activities });
    const run = expectSuccess(await read(simulator));
    expect(simulator.requests).toHaveLength(fullRead(THERE, { list, activities }));
    expect(Object.fromEntries(run.output.records)).toEqual({
      projects: 1,
      repositories: 3,
      users: 11,
      pull_requests: 120,
      pull_request_activities: 480,
      pull_request_diffs: 120,
    });
  });

  test('are the inventory and a page per repository where nothing happened, and two for each pull request that changed', async () => {
    const caps = { list: 1000, activities: 500 };
    const simulator = await start(caps);
    const first = expectSuccess(await read(simulator));

    simulator.clearRequests();
    const second = expectSuccess(await read(simulator, { since: first }));
    expect(simulator.requests).toHaveLength(quietRead(THERE, caps));
    expect(recordsOf(second)).toBe(0);

    const repositoryId = simulator.world.visibleRepositories()[0]!.id;
    simulator.history.push({ repositoryId, id: 39 });
    simulator.history.push({ repositoryId, id: 40 });
    simulator.clearRequests();
    expectSuccess(await read(simulator, { since: second }));
    expect(simulator.requests).toHaveLength(quietRead(THERE, caps) + 2 * 2);
  });

  test('are never more at once than max_concurrency', async () => {
    const simulator = await Simulator.start({ dataset: { large: LARGE }, latencyMs: [1, 10] });
    running.push(simulator);
    expectSuccess(await read(simulator, { config: { max_concurrency: 5 } }));
    expect(simulator.maxInFlight).toBe(5);
  });
});

describe('the pages of a list', () => {
  test.each([
    [0, 10, 1],
    [10, 10, 1],
    [11, 10, 2],
    [19, 10, 2],
    [20, 10, 3],
  ])('of %i entries at a cap of %i are %i: each further one begins with an entry that was seen', (n, cap, wanted) => {
    expect(pages(n, cap)).toBe(wanted);
  });
});

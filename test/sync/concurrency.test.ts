import { Simulator } from '../simulator';
import { Clock } from './support/clock';
import { ALL_STREAMS, Connection } from './support/connection';

const clock = new Clock();
let simulator: Simulator;
afterEach(() => simulator.stop());

/** The answers overtake each other; what comes out must not depend on it. */
test.each([1, 8, 64])(
  'with max_concurrency %i and answers that take from none to twelve milliseconds, the warehouse is what the server is',
  async (max_concurrency) => {
    simulator = await Simulator.start({
      ...{ clock: clock.now, until: clock.now(), latencyMs: [0, 12] },
      ...{
        dataset: { projects: 3, repositoriesPerProject: 3, pullRequestsPerRepository: 25 },
        caps: { pullRequests: 7, activities: 4, repositories: 4, users: 5 },
      },
    });
    const { history, world, faults } = simulator;
    const connection = new Connection(simulator, clock, { max_concurrency });
    const settles = async () => {
      const { errors, needless, repeated } = await connection.sync();
      expect({ errors, needless, repeated, differences: connection.warehouse.differences(simulator, ALL_STREAMS) }).toEqual({
        errors: [],
        needless: [],
        repeated: [],
        differences: [],
      });
    };
    faults.add({ kind: 'status', status: 502, route: 'activities', times: 3 });
    faults.add({ kind: 'reset', route: 'diff', times: 2 });
    await settles();
    expect(simulator.maxInFlight).toBeLessThanOrEqual(max_concurrency);
    expect(simulator.maxInFlight).toBeGreaterThanOrEqual(Math.min(max_concurrency, 8));

    const open = world
      .visibleRepositories()
      .flatMap(({ id: repositoryId, pullRequests }) => pullRequests.ids('OPEN').map((id) => ({ repositoryId, id })));
    expect(open.length).toBeGreaterThan(6);
    for (const [index, pullRequest] of open.entries()) {
      if (index % 3 === 0) history.push(pullRequest);
      if (index % 3 === 1) history.decline(pullRequest);
    }
    await settles();
    expect((await connection.sync()).records).toEqual({});
  },
  120_000,
);

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Simulator } from '../simulator';
import type { Message } from '../support/connector';
import { keyOf, type Row } from '../support/rows';
import { Clock, DAY, HOUR } from './support/clock';
import { BEN, CEM, emitted, OLD_OPEN, REVIEW, startCompany } from './support/company';
import { ALL_STREAMS, Connection, EVERY_STREAM, type SyncResult } from './support/connection';

let simulator: Simulator;
const clock = new Clock();
afterEach(() => simulator.stop());

async function serve(options: Parameters<typeof Simulator.start>[0], config: object = {}): Promise<Connection> {
  simulator = await Simulator.start({ clock: clock.now, ...options });
  return new Connection(simulator, clock, config);
}

/** Requests by route. */
function counts({ requests }: SyncResult): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { route } of requests) found[route] = (found[route] ?? 0) + 1;
  return found;
}

describe('a sync in which nothing happened', () => {
  test('asks for the inventory and one list per repository, and emits nothing but states', async () => {
    const connection = await serve({
      dataset: { projects: 3, repositoriesPerProject: 4, pullRequestsPerRepository: 15 },
      until: clock.now(),
    });
    await connection.sync();
    const quiet = await connection.sync();
    expect(counts(quiet)).toEqual({ projects: 1, repositories: 1, 'admin-users': 1, 'pull-requests': 12 });
    expect(quiet.records).toEqual({});
    expect(
      new Set(quiet.messages.filter(({ type }) => type === 'STATE').map(({ state }) => state.stream.stream_descriptor.name)),
    ).toEqual(new Set(ALL_STREAMS));
  });

  test('asks once more for default branches and the activities of known pull requests when the recheck is due', async () => {
    const connection = await serve({
      dataset: { projects: 1, repositoriesPerProject: 4, pullRequestsPerRepository: 5 },
      until: clock.now(),
    });
    await connection.sync();
    clock.advance(25 * HOUR);
    const recheck = await connection.sync();
    expect(counts(recheck)).toMatchObject({
      projects: 1,
      repositories: 1,
      'admin-users': 1,
      'pull-requests': 4,
      'default-branch': 4,
    });
    expect(counts(recheck)['diff']).toBeUndefined();
    expect(recheck.records).toEqual({});
  });

  test.each([
    [0, 1],
    [1, 8],
  ])(
    'reads the list only as far as lookback_days %i need: %i pages of a hundred of 1,000 pull requests that came every two minutes',
    async (lookback_days, pages) => {
      const connection = await serve(
        { dataset: { large: { repositories: 1, pullRequests: 1000, open: 0 } }, until: clock.now(), caps: { pullRequests: 100 } },
        { lookback_days },
      );
      await connection.sync({ streams: ['pull_requests'] });
      const quiet = await connection.sync({ streams: ['pull_requests'] });
      expect(counts(quiet)).toEqual({ projects: 1, repositories: 1, 'pull-requests': pages });
      expect(quiet.records).toEqual({});
    },
  );

  test('lists the open ones, once, where some are older than the lookback', async () => {
    const company = await startCompany({ caps: { pullRequests: 4 } });
    ({ simulator } = company);
    const connection = company.connect();
    await connection.sync();
    const quiet = await connection.sync();
    expect(quiet.requests.filter(({ query }) => query['state'] === 'OPEN').map(({ path }) => path)).toEqual([
      '/rest/api/1.0/projects/ACME/repos/app/pull-requests',
    ]);
    expect(counts(quiet)).toEqual({ projects: 1, repositories: 1, 'admin-users': 1, 'pull-requests': 4 });
  });
});

test.each([1, 5, 10])(
  '%i pull requests with new commits add at most three requests each: activities, diff, commits',
  async (k) => {
    const connection = await serve({
      dataset: { projects: 2, repositoriesPerProject: 5, pullRequestsPerRepository: 20 },
      until: clock.now(),
    });
    await connection.sync();
    const quiet = await connection.sync();
    const open = simulator.world
      .visibleRepositories()
      .flatMap((repository) => repository.pullRequests.ids('OPEN').map((id) => ({ repositoryId: repository.id, id })));
    const changed = open.slice(0, k);
    expect(changed).toHaveLength(k);
    for (const each of changed) simulator.history.push(each);
    const busy = await connection.sync();
    expect(busy.requests.length - quiet.requests.length).toBeLessThanOrEqual(3 * k);
    expect(emitted(busy)).toEqual(
      changed
        .flatMap(({ repositoryId, id }) =>
          ['activities of', 'commits of', 'diff', 'pull request'].map((what) => `${what} ${repositoryId}/${id}`),
        )
        .sort(),
    );
  },
);

test('a changed pull request that takes no commits adds one request', async () => {
  const company = await startCompany();
  ({ simulator } = company);
  const connection = company.connect();
  await connection.sync();
  const quiet = await connection.sync();
  company.history.approve(REVIEW, BEN);
  company.history.comment(OLD_OPEN, { user: CEM });
  expect((await connection.sync()).requests.length).toBe(quiet.requests.length + 2);
});

/** Of eighty repositories with thirty pull requests each, all of them open or closed in the last fourteen days. */
test('what the states weigh, per thousand repositories', async () => {
  const dataset = { large: { repositories: 80, pullRequests: 30, open: 3, activitiesPerPullRequest: 8 } };
  const connection = await serve({ dataset, until: clock.now() });
  await connection.sync();
  const quiet = await connection.sync();
  expect(counts(quiet)).toEqual({ projects: 1, repositories: 1, 'admin-users': 1, 'pull-requests': 80 });
  const weights = Object.fromEntries(
    ALL_STREAMS.map((stream) => [stream, JSON.stringify(connection.states.get(stream)).length * 12.5]),
  );
  if (process.env['PRINT_WEIGHTS'] !== undefined) console.log(weights);
  // As docs/guarantees.md says.
  expect(weights['repositories']).toBeLessThan(100_000);
  expect(weights['pull_requests']).toBeLessThan(500_000);
  expect(weights['pull_request_diffs']).toBeLessThan(900_000);
  expect(weights['pull_request_activities']).toBeLessThan(1_200_000);
  expect(weights['pull_request_commits']).toBeLessThan(2_000_000);
}, 120_000);

describe('what Airbyte’s own tests want (assertions 52 to 59)', () => {
  const everyKey = ({ records }: SyncResult) =>
    new Set(ALL_STREAMS.flatMap((stream) => (records[stream] ?? []).map((row) => `${stream} ${keyOf(stream, row)}`)));
  const emittedAt = ({ messages }: SyncResult) =>
    messages.filter(({ type }) => type === 'RECORD').map(({ record }) => Number(record.emitted_at));

  test('52, 53: a second full refresh gives all that the first gave, later', async () => {
    const connection = await serve({});
    const [first, second] = [await connection.sync({ mode: 'full_refresh' }), await connection.sync({ mode: 'full_refresh' })];
    expect([...everyKey(first)].filter((key) => !everyKey(second).has(key))).toEqual([]);
    expect(Math.min(...emittedAt(second))).toBeGreaterThan(Math.max(...emittedAt(first)));
  });

  test('54, 55: the first read gives records and a state of each stream, which the second takes; it differs', async () => {
    const connection = await serve({});
    const first = await connection.sync();
    expect(ALL_STREAMS.filter((stream) => (first.records[stream] ?? []).length === 0)).toEqual([]);
    expect([...connection.states.values()].map(({ type }) => type)).toEqual(ALL_STREAMS.map(() => 'STREAM'));
    expect((await connection.sync()).records).toEqual({});
  });

  test('56, 58: from every state of a run, the rest comes: records before it and after it are all there are', async () => {
    const connection = await serve(
      { dataset: { projects: 1, repositoriesPerProject: 2, pullRequestsPerRepository: 70 }, until: clock.now() },
      { max_concurrency: 2 },
    );
    const full = await connection.sync();
    const places = full.messages.flatMap(({ type }, index) => (type === 'STATE' ? [index + 1] : []));
    expect(places.length).toBeGreaterThan(ALL_STREAMS.length + 3);
    const step = Math.ceil(places.length / 12);
    for (const place of places.filter((_, index) => index % step === 0)) {
      const before = full.messages.slice(0, place);
      const resumed = new Connection(simulator, clock);
      for (const { type, state } of before)
        if (type === 'STATE') resumed.states.set(state.stream.stream_descriptor.name, { type: 'STREAM', stream: state.stream });
      const rest = await resumed.sync();
      const keys = everyKey(rest);
      for (const { type, record } of before)
        if (type === 'RECORD') keys.add(`${record.stream} ${keyOf(record.stream, record.data as Row)}`);
      expect([...everyKey(full)].filter((key) => !keys.has(key))).toEqual([]);
      expect(everyKey(rest)).not.toEqual(everyKey(full));
    }
  }, 120_000);

  test('57: a state with every date in 2099 gives no record and a state of each stream', async () => {
    const connection = await serve({ until: clock.now() - DAY });
    await connection.sync({ streams: EVERY_STREAM });
    for (const [stream, state] of connection.states) {
      connection.states.set(stream, JSON.parse(JSON.stringify(state).replaceAll(/"\d{4}-(\d\d-\d\dT)/g, '"2099-$1')));
    }
    expect(JSON.stringify([...connection.states.values()])).toContain('2099-');
    const result = await connection.sync({ streams: EVERY_STREAM });
    expect({ records: result.records, errors: result.errors }).toEqual({ records: {}, errors: [] });
    expect(
      new Set(result.messages.filter(({ type }) => type === 'STATE').map(({ state }) => state.stream.stream_descriptor.name)),
    ).toEqual(new Set(EVERY_STREAM));
  });

  test('57: test_files/abnormal_state.json, of the simulator as it starts, gives no record either', async () => {
    const atItsStart = new Clock();
    simulator = await Simulator.start({ clock: atItsStart.now, until: Date.UTC(2026, 0, 1) });
    const connection = new Connection(simulator, atItsStart);
    const states = JSON.parse(readFileSync(resolve(__dirname, '../../test_files/abnormal_state.json'), 'utf8')) as Message[];
    for (const state of states)
      connection.states.set((state.stream as { stream_descriptor: { name: string } }).stream_descriptor.name, state);
    const result = await connection.sync({ streams: EVERY_STREAM });
    expect({ states: states.length, records: result.records, errors: result.errors }).toEqual({
      states: EVERY_STREAM.length,
      records: {},
      errors: [],
    });
  });

  test('59: the cursor of each stream is a text at the top of each record, and can be compared', async () => {
    const connection = await serve({});
    const { records } = await connection.sync();
    const cursors = {
      projects: 'changed_at',
      repositories: 'changed_at',
      users: 'changed_at',
      pull_requests: 'updated_date',
      pull_request_activities: 'created_date',
      pull_request_diffs: 'updated_date',
      pull_request_commits: 'pull_request_updated_date',
      branches: 'changed_at',
      tags: 'changed_at',
      commits: 'committer_date',
      builds: 'changed_at',
    };
    for (const stream of ALL_STREAMS)
      for (const row of records[stream] ?? []) expect(row[cursors[stream]]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });
});

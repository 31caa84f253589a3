import type { TruthFilter } from '../simulator';
import { DAY } from './support/clock';
import {
  ANN,
  APP,
  BEN,
  CEM,
  type Company,
  emitted,
  FORK,
  INLINE,
  MERGED,
  OLD_CLOSED,
  OTHER,
  REVIEW,
  startCompany,
} from './support/company';
import { ALL_STREAMS, type Connection, type SyncResult } from './support/connection';

let company: Company;
beforeEach(async () => {
  company = await startCompany();
});
afterEach(() => company.simulator.stop());

/** One sync without an error, after which the warehouse is what the server is. */
async function syncTo(
  connection: Connection,
  options: Parameters<Connection['sync']>[0] = {},
  filter: TruthFilter = {},
): Promise<SyncResult> {
  const result = await connection.sync(options);
  expect({ errors: result.errors, repeated: result.repeated }).toEqual({ errors: [], repeated: [] });
  expect(connection.warehouse.differences(company.simulator, ALL_STREAMS, filter)).toEqual([]);
  return result;
}

test('a connection that rested for longer than lookback_days misses nothing of that time', async () => {
  const { history, clock } = company;
  const connection = company.connect({ lookback_days: 7 });
  await syncTo(connection);
  clock.advance(DAY);
  history.comment(MERGED, { user: CEM });
  const fresh = history.createPullRequest(APP, { author: ANN });
  clock.advance(DAY);
  history.merge(fresh);
  clock.advance(DAY);
  history.comment(fresh, { user: BEN });
  history.deletePullRequest(REVIEW);
  clock.advance(40 * DAY);
  history.createPullRequest(APP, { author: BEN });
  expect(emitted(await syncTo(connection))).toEqual(
    [
      ...['1/2', '1/6', '1/7'].map((key) => `activities of ${key}`),
      ...['1/3', '1/6', '1/7'].map((key) => `commits of ${key}`),
      'diff 1/1 deleted',
      'diff 1/3',
      'diff 1/6',
      'diff 1/7',
    ].concat(['1/1 deleted', '1/2', '1/3', '1/6', '1/7'].map((key) => `pull request ${key}`)),
  );
});

test('a late comment on a pull request that was closed before lookback_days is the limit of polling: a full refresh reads it', async () => {
  const connection = company.connect();
  await syncTo(connection);
  company.history.comment(OLD_CLOSED, { user: CEM });
  expect(emitted(await connection.sync())).toEqual([]);
  await syncTo(connection, { mode: 'full_refresh' });
});

test('a pull request that was closed long ago is read when somebody edits it', async () => {
  const connection = company.connect();
  await syncTo(connection);
  company.history.edit(OLD_CLOSED, { title: 'For the record' });
  expect(emitted(await syncTo(connection))).toEqual(['activities of 1/4', 'commits of 1/4', 'diff 1/4', 'pull request 1/4']);
});

test('of what was closed at one instant nothing comes again when what was above it is deleted', async () => {
  const { history, clock, simulator } = company;
  simulator.settings.caps.pullRequests = 2;
  const at = clock.now();
  for (const author of [ANN, BEN, CEM]) history.decline(history.createPullRequest(APP, { author, at }), { at });
  clock.advance(DAY);
  const latest = history.createPullRequest(APP, { author: ANN });
  const connection = company.connect({ lookback_days: 0 });
  await syncTo(connection);
  history.deletePullRequest(latest);
  expect(emitted(await syncTo(connection))).toEqual(['diff 1/9 deleted', 'pull request 1/9 deleted']);
  expect(emitted(await syncTo(connection))).toEqual([]);
});

test('a key that another project takes is that project’s, and what it had is found under its new key', async () => {
  const { history } = company;
  const connection = company.connect();
  await syncTo(connection);
  history.changeProjectKey('ACME', 'CORP');
  history.reuseProjectKey('ACME');
  const app = history.createRepository('ACME', { slug: 'app' });
  history.createPullRequest(app, { author: ANN });
  expect(emitted(await syncTo(connection))).toEqual([
    'activities of 4/1',
    'commits of 4/1',
    'diff 4/1',
    'project 1',
    'project 3',
    'pull request 4/1',
    'repository 1',
    'repository 4',
  ]);
});

test('a repository deleted and made again under its name is another one', async () => {
  const { history } = company;
  const connection = company.connect();
  await syncTo(connection);
  history.deleteRepository(FORK);
  history.createRepository('LIB', { slug: 'fork' });
  expect(emitted(await syncTo(connection))).toEqual([
    'activities of 2/1',
    'commits of 2/1',
    'diff 2/1',
    'pull request 2/1',
    'repository 3 deleted',
    'repository 4',
  ]);
});

test('what was deleted while a repository was out of sight is deleted here when it comes back', async () => {
  const { history } = company;
  const connection = company.connect();
  await syncTo(connection);
  history.deleteComment(REVIEW, INLINE);
  history.hideRepository(APP);
  expect(emitted(await syncTo(connection))).toEqual(['repository 1 deleted']);
  history.deletePullRequest(MERGED);
  history.showRepository(APP);
  const lines = emitted(await syncTo(connection));
  expect(lines.filter((line) => line.endsWith('deleted'))).toEqual([
    'activity 11 deleted',
    'diff 1/2 deleted',
    'pull request 1/2 deleted',
  ]);
  expect(lines).toEqual(
    expect.arrayContaining(
      ['1/1', '1/3', '1/4', '1/5'].flatMap((key) => [`activities of ${key}`, `diff ${key}`, `pull request ${key}`]),
    ),
  );
});

test('personal repositories and their projects are read where the configuration wants them, by the flag or by name', async () => {
  const { history } = company;
  const plain = company.connect();
  await syncTo(plain);
  const dotfiles = history.createRepository(history.createPersonalProject(ANN), { slug: 'dotfiles' });
  history.createPullRequest(dotfiles, { author: ANN });
  expect(emitted(await syncTo(plain))).toEqual([]);
  const rows = ['activities of 4/1', 'commits of 4/1', 'diff 4/1', 'project 3', 'pull request 4/1', 'repository 4'];
  expect(
    emitted(await syncTo(plain, { config: { include_personal_projects: true } }, { includePersonalProjects: true })),
  ).toEqual(rows);
  expect(
    emitted(await syncTo(company.connect({ projects: ['~ann'] }), {}, { projects: ['~ann'] })).filter(
      (line) => !line.startsWith('user'),
    ),
  ).toEqual(rows);
});

test('a personal project that has lost its repositories disproves no empty list of projects', async () => {
  const { history } = company;
  const dotfiles = history.createRepository(history.createPersonalProject(ANN), { slug: 'dotfiles' });
  const connection = company.connect({ include_personal_projects: true });
  await connection.sync();
  history.deleteRepository(dotfiles);
  for (const key of ['ACME', 'LIB']) history.hideProject(key);
  const { errors, statuses } = await connection.sync();
  expect(errors).toEqual([]);
  expect(statuses['projects']).toBe('COMPLETE');
  expect(connection.warehouse.alive('projects').map(({ key }) => key)).toEqual(['~ann']);
});

test('filters that were widened bring what was left out, and it alone', async () => {
  const connection = company.connect();
  await syncTo(connection, { config: { projects: ['LIB'] } }, { projects: ['LIB'] });
  const pullRequests = ['1/1', '1/2', '1/3', '1/4', '1/5'];
  expect(emitted(await syncTo(connection))).toEqual([
    ...pullRequests.map((key) => `activities of ${key}`),
    ...pullRequests.map((key) => `commits of ${key}`),
    ...pullRequests.map((key) => `diff ${key}`),
    'project 1',
    ...pullRequests.map((key) => `pull request ${key}`),
    'repository 1',
  ]);
});

test('filters that were narrowed leave no tombstones, and widened again they bring what changed meanwhile', async () => {
  const { history, clock } = company;
  const connection = company.connect();
  await syncTo(connection);
  expect(emitted(await syncTo(connection, { config: { projects: ['LIB'] } }, { projects: ['LIB'] }))).toEqual([]);
  clock.advance(30 * DAY);
  history.comment(REVIEW, { user: CEM });
  history.comment(MERGED, { user: CEM });
  expect(emitted(await syncTo(connection, { config: { projects: ['LIB'] } }, { projects: ['LIB'] }))).toEqual([]);
  expect(emitted(await syncTo(connection))).toEqual([
    'activities of 1/1',
    'activities of 1/2',
    'pull request 1/1',
    'pull request 1/2',
  ]);
});

test('an archived repository that is not wanted comes a last time, without a tombstone, and again when it is restored', async () => {
  const { history } = company;
  const [config, filter] = [{ include_archived: false }, { includeArchived: false }];
  const connection = company.connect(config);
  await syncTo(connection);
  history.archiveRepository(OTHER);
  const [left] = (await syncTo(connection, {}, filter)).records.repositories ?? [];
  expect(left).toMatchObject({ id: OTHER, archived: true, deleted_at: null });
  expect(emitted(await syncTo(connection, {}, filter))).toEqual([]);
  history.unarchiveRepository(OTHER);
  history.createPullRequest(OTHER, { author: ANN });
  expect(emitted(await syncTo(connection, {}, filter))).toEqual([
    'activities of 2/2',
    'commits of 2/2',
    'diff 2/2',
    'pull request 2/2',
    'repository 2',
  ]);
});

test('an earlier start_date brings what is older; a later one leaves no tombstones', async () => {
  const { clock } = company;
  const recent = { start_date: new Date(clock.now() - 10 * DAY).toISOString() };
  const earlier = { start_date: new Date(clock.now() - 90 * DAY).toISOString() };
  const connection = company.connect();
  await syncTo(connection, { config: recent }, { startDate: recent.start_date });
  const old = ['activities of', 'commits of', 'diff', 'pull request'].flatMap((what) => [`${what} 1/3`, `${what} 1/4`]);
  expect(emitted(await syncTo(connection, { config: earlier }, { startDate: earlier.start_date }))).toEqual(old);
  expect(emitted(await connection.sync({ config: recent }))).toEqual([]);
  // What is still remembered one by one has not changed.
  expect(emitted(await syncTo(connection))).toEqual(old.filter((line) => line.endsWith('1/4')));
});

test('a comment that was deleted while its pull request lay before start_date gets its tombstone once that is earlier again', async () => {
  const { history, clock } = company;
  const old = { repositoryId: APP, id: 3 };
  const comment = history.comment(old, { user: CEM });
  const connection = company.connect();
  await syncTo(connection);
  const recent = { start_date: new Date(clock.now() - 10 * DAY).toISOString() };
  await connection.sync({ config: recent });
  history.deleteComment(old, comment);
  expect(emitted(await connection.sync({ config: recent }))).toEqual([]);
  expect(emitted(await syncTo(connection)).filter((line) => line.endsWith('deleted'))).toHaveLength(1);
});

test('the state of another server serves only the repositories that are the same ones, and a warning says so', async () => {
  const connection = company.connect();
  await syncTo(connection);
  const other = await startCompany({ seed: 2 });
  try {
    const moved = other.connect();
    for (const [stream, state] of connection.states) moved.states.set(stream, state);
    const result = await moved.sync();
    expect(result.warnings.filter((warning) => warning.includes('another server')).length).toBe(4 * 3);
    expect(
      moved.warehouse.differences(other.simulator, ['pull_requests', 'pull_request_activities', 'pull_request_diffs']),
    ).toEqual([]);
    expect(emitted(await moved.sync())).toEqual([]);
  } finally {
    await other.simulator.stop();
  }
});

test('a hierarchyId that appears with an upgrade of the server changes nothing', async () => {
  const connection = company.connect();
  await syncTo(connection);
  for (const message of connection.states.values()) {
    for (const repository of Object.values<any>(message.stream.stream_state.repositories ?? {})) delete repository.hierarchy_id;
  }
  expect(emitted(await syncTo(connection))).toEqual([]);
});

test.each([null, ''])('a hierarchyId that is %j in a list is none, and changes nothing', async (value) => {
  const connection = company.connect();
  await syncTo(connection);
  company.simulator.faults.add({ kind: 'field', route: 'repositories', field: 'hierarchyId', value });
  expect(emitted(await connection.sync()).filter((line) => !line.startsWith('repository'))).toEqual([]);
});

test('other shards: what moves to another one leaves no tombstone here, and what comes is read', async () => {
  const shards = [0, 1].map((shard_index) => ({ shard_index, shard_count: 2 }));
  const connections = shards.map((config) => company.connect(config));
  const parts = [];
  for (const connection of connections) parts.push(emitted(await connection.sync()));
  expect(parts.map((lines) => lines.filter((line) => line.startsWith('repository')).length).reduce((a, b) => a + b)).toBe(3);
  expect(parts.map((lines) => lines.some((line) => line.startsWith('project')))).toEqual([true, false]);
  // The second shard's connection now reads everything: only what the first one had is new to it.
  expect(emitted(await syncTo(connections[1]!, { config: { shard_index: 0, shard_count: 1 } }))).toEqual(parts[0]);
  expect(emitted(await connections[1]!.sync())).toEqual([]);
});

test('an incremental sync after a full refresh, and one after incremental syncs of other streams, begin from the right state', async () => {
  const connection = company.connect();
  await syncTo(connection, { mode: 'full_refresh' });
  const again = await connection.sync({ mode: 'full_refresh' });
  expect(emitted(again).length).toBeGreaterThan(20);
  await connection.sync({ streams: ['pull_requests'] });
  company.history.comment(REVIEW, { user: CEM });
  await connection.sync({ streams: ['pull_requests'] });
  await syncTo(connection);
});

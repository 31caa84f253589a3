import { isAskedAlone, isDue, printCounters } from '../../src/sync/watch/due';
import type { StreamName } from '../simulator';
import { DAY, HOUR, MINUTE } from './support/clock';
import { ANN, APP, type Company, FORK, MERGED, OLD_OPEN, OTHER, startCompany } from './support/company';
import type { Connection, SyncResult } from './support/connection';

const BUILDS: readonly StreamName[] = ['builds'];
let company: Company;
afterEach(() => company.simulator.stop());

/** How often each kind of request was made for builds. */
function asked({ requests }: SyncResult): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { method, path } of requests) {
    const kind = /build-status.*\/stats$/.test(path)
      ? `${method} counters`
      : /build-status.*\/stats\//.test(path)
        ? 'counters of one'
        : /build-status/.test(path)
          ? 'list'
          : /\/builds(?:\?|$)/.test(path)
            ? 'details'
            : null;
    if (kind !== null) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

const said = ({ records }: SyncResult) =>
  (records.builds ?? []).map((row) => `${String(row.key)} ${row.deleted_at === null ? String(row.state) : 'gone'}`).sort();

function differences(connection: Connection, filter = {}): string[] {
  return connection.warehouse.differences(company.simulator, BUILDS, { lookbackDays: 14, ...filter });
}

/** A company whose default branches and pull requests were built, and a connection that has read it. */
async function built(config = {}): Promise<Connection> {
  company = await startCompany();
  const { history, clock } = company;
  history.pushCommits(APP, { branch: 'main', commits: 3, user: ANN, at: clock.now() - HOUR });
  history.build(APP, { key: 'CORE-1', state: 'SUCCESSFUL', name: 'Core', number: '17', duration: 61_000 });
  history.build(APP, { key: 'deploy-prod', state: 'FAILED', name: 'Deploy', number: '3' });
  history.build(OTHER, { key: 'LIB-1', state: 'SUCCESSFUL' });
  const connection = company.connect(config);
  const first = await connection.sync({ streams: BUILDS });
  expect(first.statuses).toEqual({ builds: 'COMPLETE' });
  return connection;
}

it('reads the builds of tips, heads and recent commits, selected alone, and nothing when nothing happened', async () => {
  const connection = await built();
  expect(connection.warehouse.alive('builds').map(({ key }) => key)).toEqual(
    expect.arrayContaining(['CORE-1', 'deploy-prod', 'LIB-1']),
  );
  expect(differences(connection)).toEqual([]);
  const second = await connection.sync({ streams: BUILDS });
  expect([second.records, asked(second)]).toEqual([{}, { 'POST counters': 1 }]);
});

it('reads again only commits whose counters changed or that are in progress, and emits only what changed', async () => {
  const connection = await built();
  const { history } = company;
  history.build(APP, { key: 'CORE-2', state: 'INPROGRESS' });
  const started = await connection.sync({ streams: BUILDS });
  expect([said(started), asked(started)]).toEqual([['CORE-2 INPROGRESS'], { 'POST counters': 1, list: 1 }]);
  const running = await connection.sync({ streams: BUILDS });
  expect([said(running), asked(running)]).toEqual([[], { 'POST counters': 1, list: 1 }]);
  history.build(APP, { key: 'CORE-2', state: 'SUCCESSFUL' });
  expect(said(await connection.sync({ streams: BUILDS }))).toEqual(['CORE-2 SUCCESSFUL']);
  expect(differences(connection)).toEqual([]);
});

it('writes a tombstone for a build that was deleted while its commit is watched', async () => {
  const connection = await built();
  company.history.deleteBuild(APP, 'CORE-1');
  expect(said(await connection.sync({ streams: BUILDS }))).toEqual(['CORE-1 gone']);
  expect(differences(connection)).toEqual([]);
});

it('does not believe an empty list that contradicts the counters before it is given twice', async () => {
  const connection = await built();
  company.history.build(APP, { key: 'CORE-2', state: 'SUCCESSFUL' });
  const fault = company.simulator.faults.add({ kind: 'empty-list', route: 'build-statuses', times: 1 });
  expect(said(await connection.sync({ streams: BUILDS }))).toEqual(['CORE-2 SUCCESSFUL']);
  expect(fault.struck).toBe(1);
  expect(differences(connection)).toEqual([]);
});

it('sees a re-run that leaves the counters as they were within recheck_hours', async () => {
  const connection = await built();
  const { history, clock } = company;
  clock.advance(MINUTE);
  history.build(APP, { key: 'CORE-1', state: 'SUCCESSFUL', number: '18', description: 'again' });
  expect(said(await connection.sync({ streams: BUILDS }))).toEqual([]);
  clock.advance(25 * HOUR);
  expect(said(await connection.sync({ streams: BUILDS }))).toEqual(['CORE-1 SUCCESSFUL']);
  expect(differences(connection)).toEqual([]);
});

it('gives each repository that watches a commit a row, at one list', async () => {
  company = await startCompany();
  const [id] = company.history.pushCommits(OTHER, { branch: 'main', commits: 1, user: ANN });
  company.history.createBranch(FORK, 'shared', { from: 'refs/heads/main' });
  company.history.build(OTHER, { commit: id!, key: 'SHARED', state: 'SUCCESSFUL' });
  const connection = company.connect();
  await connection.sync({ streams: BUILDS });
  expect(differences(connection)).toEqual([]);
});

it('reads details where they are asked for, one request for each changed build, none in another repository', async () => {
  const connection = await built({ build_details: true });
  const [core] = connection.warehouse.alive('builds').filter(({ key }) => key === 'CORE-1');
  expect(core).toMatchObject({ build_number: '17', duration_ms: 61_000 });
  expect(differences(connection, { buildDetails: true })).toEqual([]);
  company.history.build(APP, { key: 'CORE-3', state: 'FAILED' });
  const result = await connection.sync({ streams: BUILDS });
  expect(asked(result)).toEqual({ 'POST counters': 1, list: 1, details: 1 });
});

it.each([
  ['the server', { kind: 'status', status: 401, exceptionName: 'com.atlassian.bitbucket.AuthorisationException' }],
  ['a firewall', { kind: 'html', status: 403 }],
  ['a proxy, with a page', { kind: 'html', status: 404 }],
  [
    'the server, which does not find the repository just then',
    { kind: 'status', status: 404, exceptionName: 'com.atlassian.bitbucket.repository.NoSuchRepositoryException' },
  ],
] as const)('owes a build whose details are refused by %s', async (_, fault) => {
  const connection = await built({ build_details: true });
  const { history, simulator } = company;
  history.build(APP, { key: 'CORE-4', state: 'SUCCESSFUL', number: '18' });
  simulator.faults.add({ route: 'build', ...fault });
  const refused = await connection.sync({ streams: BUILDS });
  expect([refused.statuses, said(refused)]).toEqual([{ builds: 'INCOMPLETE' }, []]);
  simulator.faults.clear();
  expect(said(await connection.sync({ streams: BUILDS }))).toEqual(['CORE-4 SUCCESSFUL']);
  expect(differences(connection, { buildDetails: true })).toEqual([]);
});

it.each([null, 'READ_ONLY'])('watches repositories whose state is %j as well', async (value) => {
  const connection = await built();
  company.history.build(APP, { key: 'CORE-5', state: 'SUCCESSFUL' });
  company.simulator.faults.add({ kind: 'field', route: 'repositories', field: 'state', value });
  expect(said(await connection.sync({ streams: BUILDS }))).toEqual(['CORE-5 SUCCESSFUL']);
});

it('reads what is watched once again where patterns or details were switched on', async () => {
  const connection = await built();
  const deployment_builds = [{ pattern: 'DEPLOY-*', environment: 'production' }];
  const result = await connection.sync({ streams: BUILDS, config: { deployment_builds } });
  expect(said(result)).toEqual(['CORE-1 SUCCESSFUL', 'LIB-1 SUCCESSFUL', 'deploy-prod FAILED']);
  const [deployment] = connection.warehouse.alive('builds').filter(({ key }) => key === 'deploy-prod');
  expect(deployment).toMatchObject({ is_deployment: true, environment: 'production' });
  const again = await connection.sync({ streams: BUILDS, config: { deployment_builds } });
  expect(again.records).toEqual({});
});

describe('patterns that were switched on', () => {
  const config = { deployment_builds: [{ pattern: '*', environment: 'production' }] };
  const environments = ({ warehouse }: Connection) => new Set(warehouse.alive('builds').map(({ environment }) => environment));

  it('reach a commit whose builds could not be read in that sync', async () => {
    const connection = await built();
    const list = /build-status\/1\.0\/commits\/[0-9a-f]{40}/;
    const fault = company.simulator.faults.add({ kind: 'status', status: 400, path: list, times: 1 });
    await connection.sync({ streams: BUILDS, config, calm: false });
    expect(fault.struck).toBe(1);
    await connection.sync({ streams: BUILDS, config });
    expect(environments(connection)).toEqual(new Set(['production']));
    expect((await connection.sync({ streams: BUILDS, config })).records).toEqual({});
  });

  it('reach a repository that was left out in that sync', async () => {
    const connection = await built();
    await connection.sync({ streams: BUILDS, config: { ...config, repositories: ['LIB/*'] } });
    await connection.sync({ streams: BUILDS, config });
    expect(environments(connection)).toEqual(new Set(['production']));
  });
});

it('shares the pages of commits with the stream commits, and the list of pull requests with theirs', async () => {
  company = await startCompany();
  company.history.pushCommits(APP, { branch: 'main', commits: 120, user: ANN, at: company.clock.now() - HOUR });
  const [together, apart] = [company.connect(), company.connect()];
  const count = ({ requests }: SyncResult, part: RegExp) => requests.filter(({ path }) => part.test(path)).length;
  const both = await together.sync({ streams: ['pull_requests', 'commits', 'builds'] });
  const alone = await apart.sync({ streams: ['pull_requests', 'commits'] });
  for (const part of [/\/commits(?:\?|$)/, /\/pull-requests(?:\?|$)/, /\/branches/])
    expect(count(both, part)).toBe(count(alone, part));
});

it.each([401, 403, 404, 405])('asks for each commit by itself where the request for many is refused with %i', async (status) => {
  company = await startCompany();
  company.simulator.settings.refusesBuildStats = status as 401;
  company.history.build(APP, { key: 'CORE-1', state: 'SUCCESSFUL' });
  const connection = company.connect();
  const first = await connection.sync({ streams: BUILDS });
  expect([first.statuses, first.errors]).toEqual([{ builds: 'COMPLETE' }, []]);
  expect(differences(connection)).toEqual([]);
  expect(asked(first)['counters of one']).toBeGreaterThan(1);
  const second = await connection.sync({ streams: BUILDS });
  expect(second.records).toEqual({});
  expect(asked(second)['counters of one']).toBeLessThanOrEqual(asked(first)['counters of one']!);
});

it.each([
  [404, 'NoSuchCommitException'],
  [400, 'ArgumentValidationException'],
])('reads the others where the first that is asked for by itself is refused with %i %s', async (status, exceptionName) => {
  company = await startCompany();
  company.simulator.settings.refusesBuildStats = 405;
  company.history.build(APP, { key: 'CORE-1', state: 'SUCCESSFUL' });
  company.history.build(OTHER, { key: 'LIB-1', state: 'SUCCESSFUL' });
  const fault = company.simulator.faults.add({ kind: 'status', status, exceptionName, path: /\/stats\/[0-9a-f]{40}/, times: 1 });
  const connection = company.connect();
  expect((await connection.sync({ streams: BUILDS, calm: false })).statuses).toEqual({ builds: 'INCOMPLETE' });
  expect(fault.struck).toBe(1);
  expect(connection.warehouse.alive('builds').length).toBeGreaterThan(0);
  await connection.sync({ streams: BUILDS });
  expect(differences(connection)).toEqual([]);
});

it('says once that a server has no build statuses, and touches nothing else', async () => {
  company = await startCompany();
  company.simulator.settings.buildStatuses = false;
  const connection = company.connect();
  const result = await connection.sync({ streams: ['projects', 'builds'] });
  expect(result.statuses).toEqual({ projects: 'COMPLETE', builds: 'COMPLETE' });
  expect(result.warnings.filter((warning) => warning.startsWith('builds'))).toHaveLength(1);
  expect(asked(result)).toEqual({ 'POST counters': 1, 'counters of one': 1 });
});

it('keeps a commit pending whose builds cannot be read, and reads it first in the next sync', async () => {
  const connection = await built();
  company.history.build(APP, { key: 'CORE-2', state: 'FAILED' });
  const fault = company.simulator.faults.add({ kind: 'status', status: 500, path: /build-status\/1\.0\/commits\/[0-9a-f]{40}/ });
  const failed = await connection.sync({ streams: BUILDS, calm: false });
  expect(failed.statuses).toEqual({ builds: 'INCOMPLETE' });
  fault.remove();
  expect(said(await connection.sync({ streams: BUILDS }))).toEqual(['CORE-2 FAILED']);
  expect(differences(connection)).toEqual([]);
});

it('loses nothing when it is cut off anywhere', async () => {
  for (let cut = 3; cut <= 12; cut += 3) {
    company = await startCompany();
    for (let each = 0; each < 6; each++) company.history.build(APP, { key: `K-${each}`, state: 'SUCCESSFUL' });
    company.history.build(OTHER, { key: 'L', state: 'FAILED' });
    const connection = company.connect();
    await connection.sync({ streams: BUILDS, cut, landsUncovered: false, calm: false });
    await connection.sync({ streams: BUILDS, calm: false });
    expect(differences(connection)).toEqual([]);
    await company.simulator.stop();
  }
});

it('sees in a later sync what is built of a closed pull request', async () => {
  const connection = await built();
  const { history, simulator } = company;
  const merged = simulator.truth.rows('pull_requests').find((row) => row.repository_id === APP && row.id === MERGED.id)!;
  history.build(APP, { commit: String(merged.source_commit), key: 'LATE', state: 'FAILED' });
  expect(said(await connection.sync({ streams: BUILDS }))).toEqual(['LATE FAILED']);
  expect((await connection.sync({ streams: BUILDS })).records).toEqual({});
  history.build(APP, { commit: String(merged.source_commit), key: 'LATER', state: 'SUCCESSFUL' });
  expect(said(await connection.sync({ streams: BUILDS }))).toEqual(['LATER SUCCESSFUL']);
  expect(differences(connection)).toEqual([]);
});

it('watches the heads of open pull requests however old, and of closed ones for lookback_days', async () => {
  const connection = await built();
  const { history, clock, simulator } = company;
  const head = simulator.truth.rows('pull_requests').find((row) => row.repository_id === APP && row.id === OLD_OPEN.id)!;
  history.build(APP, { commit: String(head.source_commit), key: 'OLD', state: 'FAILED' });
  expect(said(await connection.sync({ streams: BUILDS }))).toEqual(['OLD FAILED']);
  clock.advance(20 * DAY);
  const later = await connection.sync({ streams: BUILDS });
  expect(later.statuses).toEqual({ builds: 'COMPLETE' });
  expect(later.records.builds?.filter((row) => row.deleted_at !== null)).toEqual(
    later.records.builds === undefined ? undefined : [],
  );
});

it('goes on watching the tips that it knows, however old, while the branches cannot be listed', async () => {
  const connection = await built();
  company.clock.advance(30 * DAY);
  await connection.sync({ streams: BUILDS });
  const fault = company.simulator.faults.add({ kind: 'status', status: 500, route: 'branches', path: /\/branches/ });
  company.history.build(APP, { key: 'CORE-9', state: 'FAILED' });
  const refused = await connection.sync({ streams: BUILDS, calm: false });
  expect([refused.statuses, said(refused)]).toEqual([{ builds: 'INCOMPLETE' }, ['CORE-9 FAILED']]);
  fault.remove();
  expect(said(await connection.sync({ streams: BUILDS }))).toEqual([]);
  expect(differences(connection)).toEqual([]);
});

describe('what is due', () => {
  const counters = { successful: 1, failed: 0, inProgress: 0, cancelled: 0, unknown: 0 };
  const known = { counters: printCounters(counters), readAt: 0, runningSince: null, builds: new Map([['A', 'x']]) };
  const watched = { known, counters, isPrime: false, isWanted: false };

  it('is what changed, what was never read, what is wanted, and primes after recheck_hours', () => {
    expect(isDue(watched, HOUR, DAY)).toBe(false);
    expect(isDue({ ...watched, known: undefined }, HOUR, DAY)).toBe(true);
    expect(isDue({ ...watched, counters: { ...counters, failed: 1 } }, HOUR, DAY)).toBe(true);
    expect(isDue({ ...watched, counters: undefined }, HOUR, DAY)).toBe(true);
    expect(isDue({ ...watched, known: undefined, counters: undefined }, HOUR, DAY)).toBe(false);
    expect(isDue({ ...watched, isWanted: true }, HOUR, DAY)).toBe(true);
    expect(isDue({ ...watched, isPrime: true }, HOUR, DAY)).toBe(false);
    expect(isDue({ ...watched, isPrime: true }, DAY, DAY)).toBe(true);
    expect(isDue(watched, 2 * DAY, DAY)).toBe(false);
  });

  it('is what is in progress, in each sync for a day, then every recheck_hours', () => {
    const running = { ...watched, known: { ...known, runningSince: 0, readAt: 40 * HOUR } };
    expect(isDue({ ...running, known: { ...running.known, readAt: HOUR } }, 2 * HOUR, DAY)).toBe(true);
    expect(isDue(running, 41 * HOUR, DAY)).toBe(false);
    expect(isDue(running, 64 * HOUR, DAY)).toBe(true);
    expect(isAskedAlone(running, 41 * HOUR, DAY)).toBe(true);
  });
});

it('ends the stream alone where its counters cannot be had', async () => {
  const connection = await built();
  company.simulator.faults.add({ kind: 'status', status: 500, path: /\/stats$/ });
  const result = await connection.sync({ streams: ['projects', 'builds'], calm: false });
  expect(result.statuses).toEqual({ projects: 'COMPLETE', builds: 'INCOMPLETE' });
});

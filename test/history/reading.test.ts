import { Simulator, type Version } from '../simulator';
import { differences } from '../support/rows';
import { violations } from '../support/schemas';
import { Clock, DAY } from '../sync/support/clock';
import { Connection } from '../sync/support/connection';
import { HISTORY_STREAMS, HistoryWorld } from './support/world';

let stop: () => Promise<void>;
afterEach(() => stop());

async function start(...parameters: Parameters<typeof HistoryWorld.start>): Promise<HistoryWorld> {
  const world = await HistoryWorld.start(...parameters);
  stop = () => world.stop();
  return world;
}

test.each<Version>(['5.16.0', '7.21.0', '9.4.0', '10.4.0'])(
  'a first sync of %s gives what the server has: odd names, unmapped authors, broken dates, empty messages, empty repositories',
  async (version) => {
    const clock = new Clock();
    const simulator = await Simulator.start({ dataset: 'demo', version, clock: clock.now });
    stop = () => simulator.stop();
    const config = { branches: ['*'] };
    const { records, errors } = await new Connection(simulator, clock, config).sync({ streams: HISTORY_STREAMS });
    expect(errors).toEqual([]);
    for (const stream of HISTORY_STREAMS) {
      const rows = records[stream] ?? [];
      expect(rows.length).toBeGreaterThan(0);
      expect(violations(stream, rows)).toEqual([]);
      expect(differences(stream, rows, simulator.truth.rows(stream, config), ['changed_at'])).toEqual([]);
    }
  },
);

test('commits alone ask for nothing but the list of branches and the commits', async () => {
  const world = await start();
  const sync = await world.sync({ streams: ['commits'] });
  expect(sync.requests).toEqual({ branches: 1, commits: 1 });
});

test('the one list of branches tells the default branch to the stream of repositories', async () => {
  const world = await start();
  const sync = await world.sync({ streams: ['repositories', ...HISTORY_STREAMS] });
  expect(sync.requests).toEqual({ branches: 1, tags: 1, commits: 1 });
  expect(sync.rows('repositories')).toMatchObject([{ default_branch: 'main' }]);
  world.history.renameBranch(world.repository, 'main', 'trunk');
  expect((await world.sync({ streams: ['repositories', 'branches'] })).rows('repositories')).toMatchObject([
    { default_branch: 'trunk' },
  ]);
});

test('a message with issue keys, people whom Bitbucket knows and does not know, dates beyond the calendar', async () => {
  const world = await start();
  world.history.pushCommits(world.repository, {
    branch: 'main',
    commits: [
      { message: '', author: { name: 'Nobody', emailAddress: 'nobody@example.com' }, committer: 'ann' },
      {
        message: 'PLAT-1 and PLAT-22',
        issueKeys: ['PLAT-1', 'PLAT-22'],
        committerDate: 400_000_000_000_000,
        authorDate: -70_000_000_000_000,
      },
    ],
  });
  const sync = await world.sync();
  expect(world.differences()).toEqual([]);
  const [odd, known] = sync.rows('commits');
  expect(odd).toMatchObject({ issue_keys: ['PLAT-1', 'PLAT-22'], committer_date: null, author_date: null });
  expect(known).toMatchObject({
    message: '',
    author_id: null,
    author_name: 'Nobody',
    author_email: 'nobody@example.com',
    issue_keys: [],
  });
  expect(known!.committer_id).not.toBeNull();
});

describe('a backfill', () => {
  test('that is killed goes on at its page, whatever was pushed meanwhile', async () => {
    const world = await start();
    world.history.pushCommits(world.repository, { branch: 'main', commits: 1000 });
    const cut = await world.sync({ streams: ['commits'], cut: 620 });
    expect(cut.result.succeeded).toBeNull();
    expect([...world.states.keys()]).toEqual(['commits']);
    world.history.pushCommits(world.repository, { branch: 'main', commits: 2 });
    const next = await world.sync({ streams: ['commits'] });
    // 1,003 commits are eleven pages; six were read, of which at most one is read again; what came since takes two more requests.
    expect(next.requests['commits']).toBeLessThanOrEqual(11 - 6 + 1 + 2);
    expect(world.differences({}, ['commits'])).toEqual([]);
  });

  test('that goes on where another commit stands than the one it ended with begins anew', async () => {
    const world = await start();
    world.history.pushCommits(world.repository, { branch: 'main', commits: 300 });
    await world.sync({ streams: ['commits'], cut: 220 });
    const state = world.states.get('commits')!;
    world.states.set('commits', JSON.parse(JSON.stringify(state).replace(/"last":"[0-9a-f]{12}"/, '"last":"0123456789ab"')));
    const next = await world.sync({ streams: ['commits'] });
    expect(next.ids('commits')).toHaveLength(303);
    expect(world.differences({}, ['commits'])).toEqual([]);
  });

  test('of commits older than start_date ends after two whole pages that are thirty days older still', async () => {
    const world = await start({ start_date: new Date(new Clock().now() - 10 * DAY).toISOString() });
    const date = (days: number) => ({ committerDate: world.clock.now() - days * DAY });
    const commits = [
      ...Array.from({ length: 500 }, () => date(90)),
      ...Array.from({ length: 60 }, () => date(20)),
      ...Array.from({ length: 50 }, () => date(5)),
    ];
    world.history.pushCommits(world.repository, { branch: 'main', commits });
    const sync = await world.sync({ streams: ['commits'] });
    expect(sync.ids('commits')).toHaveLength(50);
    expect(sync.requests['commits']).toBe(4);
  });
});

describe('start_date', () => {
  test('that becomes earlier takes in what was left out, and nothing else', async () => {
    const world = await start();
    const date = (days: number) => ({ committerDate: world.clock.now() - days * DAY });
    world.history.pushCommits(world.repository, { branch: 'main', commits: [date(30), date(20), date(10)] });
    const since = (days: number) => ({ config: { start_date: new Date(world.clock.now() - days * DAY).toISOString() } });
    const first = await world.sync({ streams: ['commits'], ...since(15) });
    expect(first.ids('commits')).toHaveLength(4); // the three with which the repository begins are of today
    const second = await world.sync({ streams: ['commits'], ...since(25) });
    expect(second.ids('commits')).toHaveLength(1);
    const later = await world.sync({ streams: ['commits'], ...since(5) });
    expect([later.ids('commits'), later.requests]).toEqual([[], { branches: 1 }]);
    const all = await world.sync({ streams: ['commits'] });
    expect(all.requests['commits']).toBe(1);
    expect(world.differences({}, ['commits'])).toEqual([]);
  });
});

describe('a repository that is hidden and shown again', () => {
  test('is read anew, and what is missing from it gets tombstones', async () => {
    const world = await start();
    world.history.createBranch(world.repository, 'other');
    world.history.tag(world.repository, 'v1', { at: 'refs/heads/main' });
    const [left] = world.history.pushCommits(world.repository, { branch: 'main', commits: 1 });
    await world.sync();
    world.history.hideRepository(world.repository, 404);
    expect((await world.sync()).result.records).toEqual({});
    world.history.showRepository(world.repository);
    world.history.deleteBranch(world.repository, 'other');
    world.history.deleteTag(world.repository, 'v1');
    world.history.resetBranch(world.repository, 'main', 1);
    const back = await world.sync();
    expect(back.ids('commits')).toContain(`-${left}`);
    expect(back.ids('commits')).toHaveLength(4);
    expect(back.ids('branches').sort()).toEqual(['-refs/heads/other', 'refs/heads/main']);
    expect(back.ids('tags')).toEqual(['-refs/tags/v1']);
    expect(world.differences()).toEqual([]);
  });
});

test('a list of branches that cannot be read leaves the others alone, and is made up for', async () => {
  const world = await start();
  await world.sync();
  world.history.pushCommits(world.repository, { branch: 'main', commits: 2 });
  world.simulator.faults.add({ route: 'branches', kind: 'status', status: 500, times: 5 });
  const failed = await world.sync();
  expect(failed.result.statuses).toEqual({ branches: 'INCOMPLETE', tags: 'COMPLETE', commits: 'INCOMPLETE' });
  await world.sync();
  expect(world.differences()).toEqual([]);
});

test('an empty list of branches is none while one of them answers, for the default branch of the repository neither', async () => {
  const world = await start();
  const streams = ['repositories', ...HISTORY_STREAMS] as const;
  await world.sync({ streams });
  const fault = world.simulator.faults.add({ route: 'branches', kind: 'empty-list' });
  const failed = await world.sync({ streams });
  expect([failed.result.records, failed.result.statuses.repositories]).toEqual([{}, 'INCOMPLETE']);
  expect(failed.requests).toEqual({ branches: 1, tags: 1, commits: 1 });
  fault.remove();
  expect((await world.sync({ streams })).result.records).toEqual({});
});

describe('an empty list of commits that cannot be', () => {
  const emptied = (world: HistoryWorld) => world.simulator.faults.add({ route: 'commits', kind: 'empty-list', times: 1 });
  const streams = ['commits'] as const;

  test('is not believed of a branch that is read for the first time', async () => {
    const world = await start();
    const fault = emptied(world);
    expect((await world.sync({ streams })).result.statuses).toEqual({ commits: 'INCOMPLETE' });
    expect(fault.struck).toBe(1);
    await world.sync({ streams });
    expect(world.differences({}, streams)).toEqual([]);
  });

  test.each(['main', 'other'])('is not believed of what came to the branch %s', async (branch) => {
    const world = await start({ branches: ['*'] });
    const { history, repository } = world;
    history.createBranch(repository, 'other');
    history.pushCommits(repository, { branch: 'other', commits: 1 });
    await world.sync({ streams });
    history.pushCommits(repository, { branch, commits: 2 });
    const fault = emptied(world);
    expect((await world.sync({ streams })).result.statuses).toEqual({ commits: 'INCOMPLETE' });
    expect(fault.struck).toBe(1);
    expect((await world.sync({ streams })).ids('commits')).toHaveLength(2);
    expect(world.differences({ branches: ['*'] }, streams)).toEqual([]);
  });
});

test('changed_at never goes back, whatever the clock does', async () => {
  const world = await start();
  await world.sync();
  const before = world.states.get('branches')!;
  const ahead = new Date(world.clock.now() + 3 * DAY).toISOString();
  world.states.set('branches', JSON.parse(JSON.stringify(before).replace(/"changed_at":"[^"]*"/, `"changed_at":"${ahead}"`)));
  world.history.pushCommits(world.repository, { branch: 'main', commits: 1 });
  expect((await world.sync()).rows('branches')).toMatchObject([{ changed_at: ahead }]);
});

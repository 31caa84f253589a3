import { HistoryWorld, type HistorySync } from './support/world';

let world: HistoryWorld;
afterEach(() => world.stop());

const push = (branch: string, commits: number) => world.history.pushCommits(world.repository, { branch, commits });
const plain = (ids: readonly string[]) => ids.filter((id) => !id.startsWith('-'));
const gone = (ids: readonly string[]) => ids.filter((id) => id.startsWith('-')).map((id) => id.slice(1));

/** A default branch, and one that is read beside it with some commits of its own. */
async function begin(branches: readonly string[] = ['feature/*'], names: readonly string[] = ['feature/1']): Promise<void> {
  world = await HistoryWorld.start({ branches });
  for (const name of names) {
    world.history.createBranch(world.repository, name);
    push(name, 2);
  }
  await complete();
}

async function complete(): Promise<HistorySync> {
  const sync = await world.sync();
  expect(sync.result.errors).toEqual([]);
  expect(world.differences()).toEqual([]);
  return sync;
}

async function after(happen: () => void): Promise<HistorySync> {
  happen();
  const sync = await complete();
  const quiet = await world.sync();
  expect([quiet.requests, quiet.result.records]).toEqual([{ branches: 1, tags: 1 }, {}]);
  return sync;
}

test.each([1, 100, 250])('a push of %i commits to a further branch costs a request for each hundred', async (count) => {
  await begin();
  const sync = await after(() => void push('feature/1', count));
  expect(sync.requests['commits']).toBe(Math.ceil(count / 100));
  expect(sync.ids('commits')).toHaveLength(count);
  expect(sync.rows('commits').every(({ on_default_branch }) => on_default_branch === false)).toBe(true);
});

test('of a further branch that took several pages, a reset brings only what left', async () => {
  await begin();
  world.history.createBranch(world.repository, 'feature/long');
  const pushed = push('feature/long', 250);
  await complete();
  const sync = await after(() => world.history.resetBranch(world.repository, 'feature/long', 1));
  expect(sync.ids('commits')).toEqual([`-${pushed.at(-1)}`]);
  // What came, what left, and whether two other branches have that.
  expect(sync.requests['commits']).toBe(4);
});

test('the same of the only one, whose first list was read page by page', async () => {
  world = await HistoryWorld.start({ branches: ['feature/*'] });
  world.history.createBranch(world.repository, 'feature/long');
  const pushed = push('feature/long', 250);
  await complete();
  const sync = await after(() => world.history.resetBranch(world.repository, 'feature/long', 1));
  expect(sync.ids('commits')).toEqual([`-${pushed.at(-1)}`]);
});

test('a new further branch gives what the default branch has not', async () => {
  await begin();
  const sync = await after(() => {
    world.history.createBranch(world.repository, 'feature/2');
    push('feature/2', 2);
  });
  expect([sync.requests['commits'], sync.ids('commits').length]).toEqual([1, 2]);
});

test('commits that reach the default branch come again, and say so', async () => {
  await begin();
  const sync = await after(() => world.history.mergeBranch(world.repository, 'feature/1', 'main', { strategy: 'fast-forward' }));
  expect(sync.rows('commits').map(({ on_default_branch }) => on_default_branch)).toEqual([true, true]);
  expect(sync.requests['commits']).toBe(1);
});

test('the default branch merged into a further one brings nothing that was there', async () => {
  await begin();
  push('main', 3);
  await complete();
  const sync = await after(() => world.history.mergeBranch(world.repository, 'main', 'feature/1', { strategy: 'merge' }));
  expect(sync.ids('commits')).toHaveLength(1);
  expect(sync.rows('commits')).toMatchObject([{ is_merge: true, on_default_branch: false }]);
});

test('a further branch that is rebased leaves its former commits behind', async () => {
  await begin();
  push('main', 1);
  await complete();
  const sync = await after(() => world.history.rebaseBranch(world.repository, 'feature/1', 'main'));
  expect([plain(sync.ids('commits')).length, gone(sync.ids('commits')).length]).toEqual([2, 2]);
});

test.each([
  [1, 1, 0],
  [3, 2, 2],
  [1, 120, 3],
])('a force push of %i over %i on the default branch asks each of %i further ones', async (n, m, k) => {
  await begin(
    ['feature/*'],
    Array.from({ length: k }, (_, index) => `feature/${index}`),
  );
  push('main', m);
  await complete();
  const sync = await after(() => world.history.forcePush(world.repository, 'main', { remove: m, commits: n }));
  const pages = Math.ceil(m / 100);
  expect(sync.requests['commits']).toBeLessThanOrEqual(Math.max(1, Math.ceil(n / 100)) + pages + k * pages);
  expect([plain(sync.ids('commits')).length, gone(sync.ids('commits')).length]).toEqual([n, m]);
});

test('a force push of a further branch keeps within the same number of requests', async () => {
  await begin(['feature/*'], ['feature/1', 'feature/2']);
  const sync = await after(() => world.history.forcePush(world.repository, 'feature/1', { remove: 2, commits: 1 }));
  expect(sync.requests['commits']).toBeLessThanOrEqual(1 + 1 + 2);
  expect([plain(sync.ids('commits')).length, gone(sync.ids('commits')).length]).toEqual([1, 2]);
});

test('what left one branch is no tombstone while another one that is read has it', async () => {
  await begin();
  push('main', 2);
  world.history.createBranch(world.repository, 'feature/2');
  push('feature/2', 1);
  await complete();
  world.history.resetBranch(world.repository, 'main', 1);
  const sync = await world.sync();
  // What came, what left, and what of it each of the two further branches does not reach.
  expect([sync.ids('commits'), sync.requests['commits']]).toEqual([[], 4]);
  // It keeps saying that it is on the default branch until it is read again.
  expect(world.differences()).toEqual([expect.stringContaining('on_default_branch is true, should be false')]);
});

test('a renamed branch gives no commit; one renamed out of the patterns left them', async () => {
  await begin();
  const renamed = await after(() => world.history.renameBranch(world.repository, 'feature/1', 'feature/one'));
  expect(renamed.ids('commits')).toEqual([]);
  const out = await after(() => world.history.renameBranch(world.repository, 'feature/one', 'bugfix/one'));
  expect(gone(out.ids('commits'))).toHaveLength(2);
});

test('narrower patterns give no record; wider ones give what was left out, and tombstones for what is gone meanwhile', async () => {
  await begin();
  push('feature/1', 1);
  await complete();
  const narrow = await world.sync({ config: { branches: [] } });
  expect(narrow.ids('commits')).toEqual([]);
  world.history.resetBranch(world.repository, 'feature/1', 1);
  const [back] = push('feature/1', 1);
  expect((await world.sync({ config: { branches: [] } })).result.records).not.toHaveProperty('commits');
  const wide = await complete();
  expect(plain(wide.ids('commits'))).toContain(back);
  expect(gone(wide.ids('commits'))).toHaveLength(1);
});

test('with more than twenty further branches, tombstones come within recheck_hours, and none for what another has', async () => {
  const names = Array.from({ length: 25 }, (_, index) => `feature/${index}`);
  await begin(['*'], names);
  const remove = (name: string) => world.history.resetBranch(world.repository, name, 1);
  world.history.createBranch(world.repository, 'feature/copy', { from: 'refs/heads/feature/1' });
  remove('feature/0');
  remove('feature/1');
  const first = await complete();
  expect(gone(first.ids('commits'))).toHaveLength(1);
  remove('feature/2');
  expect(gone((await world.sync()).ids('commits'))).toEqual([]);
  const asked = await world.sync();
  expect(asked.requests['commits']).toBeUndefined();
  world.clock.advance(25 * 3_600_000);
  expect(gone((await complete()).ids('commits'))).toHaveLength(1);
});

test('a missing branch that answers is not gone, and an empty list while branches answer is none', async () => {
  await begin();
  world.simulator.faults.add({ route: 'branches', kind: 'empty-list', times: 1 });
  const lied = await world.sync();
  expect(lied.result.statuses).toMatchObject({ branches: 'INCOMPLETE', commits: 'INCOMPLETE' });
  expect(lied.result.records).toEqual({});
  expect((await complete()).result.records).toEqual({});
});

test.each(['main', 'feature/1'])('an empty list of what came upon %s is not believed', async (branch) => {
  await begin();
  push(branch, 3);
  world.simulator.faults.add({ route: 'commits', kind: 'empty-list' });
  const lied = await world.sync();
  expect([lied.result.statuses, lied.ids('commits')]).toEqual([expect.objectContaining({ commits: 'INCOMPLETE' }), []]);
  world.simulator.faults.clear();
  expect((await complete()).ids('commits')).toHaveLength(3);
});

test('neither is an empty list of a whole branch', async () => {
  world = await HistoryWorld.start();
  world.simulator.faults.add({ route: 'commits', kind: 'empty-list' });
  expect((await world.sync()).result.statuses).toMatchObject({ commits: 'INCOMPLETE' });
  world.simulator.faults.clear();
  expect((await complete()).ids('commits')).toHaveLength(3);
});

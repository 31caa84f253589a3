import { HistoryWorld, type HistorySync } from './support/world';

let world: HistoryWorld;
afterEach(() => world.stop());

const QUIET = { branches: 1, tags: 1 };
const MAIN = 'refs/heads/main';

/** Begins with a first sync of what `prepare` makes, which must be complete. */
async function begin(config: object = {}, prepare: (world: HistoryWorld) => void = () => undefined): Promise<void> {
  world = await HistoryWorld.start(config);
  prepare(world);
  const first = await world.sync();
  expect(first.result.errors).toEqual([]);
  expect(world.differences()).toEqual([]);
}

/** Lets something happen; the next sync brings the warehouse to what the server is, and the one after it asks and gives nothing. */
async function after(happen: () => void): Promise<HistorySync> {
  happen();
  const sync = await world.sync();
  expect(sync.result.errors).toEqual([]);
  expect(world.differences()).toEqual([]);
  const quiet = await world.sync();
  expect([quiet.requests, quiet.result.records]).toEqual([QUIET, {}]);
  return sync;
}

const push = (branch: string, commits: number) => world.history.pushCommits(world.repository, { branch, commits });
const tip = (branch = 'main') => world.simulator.truth.rows('branches').find(({ name }) => name === branch)!.commit_id as string;

describe('one branch that is read', () => {
  beforeEach(() => begin());

  test.each([1, 100, 250])('a push of %i commits costs a request for each hundred', async (count) => {
    const sync = await after(() => void push('main', count));
    expect(sync.requests).toEqual({ ...QUIET, commits: Math.ceil(count / 100) });
    expect(sync.ids('commits')).toHaveLength(count);
    expect(sync.rows('commits').every(({ on_default_branch }) => on_default_branch === true)).toBe(true);
    expect(sync.ids('branches')).toEqual([MAIN]);
  });

  test.each([
    [1, 1],
    [120, 2],
    [2, 130],
  ])('a force push of %i commits over %i asks for both, and writes tombstones with the commits’ own dates', async (n, m) => {
    const old = push('main', m);
    await world.sync();
    const dates = new Map(world.simulator.truth.rows('commits').map(({ id, committer_date }) => [id, committer_date]));
    const sync = await after(() => world.history.forcePush(world.repository, 'main', { remove: m, commits: n }));
    expect(sync.requests).toEqual({ ...QUIET, commits: Math.ceil(n / 100) + Math.ceil(m / 100) });
    const gone = sync.rows('commits').filter(({ deleted_at }) => deleted_at !== null);
    expect(gone.map(({ id }) => id).sort()).toEqual([...old].sort());
    for (const { id, committer_date, message } of gone) expect([committer_date, message]).toEqual([dates.get(id), null]);
  });

  test('a reset to an older commit asks what came (nothing) and what left', async () => {
    const [, second] = push('main', 2);
    await world.sync();
    const sync = await after(() => world.history.resetBranch(world.repository, 'main', 1));
    expect(sync.requests).toEqual({ ...QUIET, commits: 2 });
    expect(sync.ids('commits')).toEqual([`-${second}`]);
  });

  test('what left and comes back wins', async () => {
    const [, second] = push('main', 2);
    await world.sync();
    await after(() => world.history.resetBranch(world.repository, 'main', 1));
    const sync = await after(() => world.history.resetBranch(world.repository, 'main', second!));
    expect(sync.ids('commits')).toEqual([second]);
  });

  test.each(['merge', 'squash'] as const)('a pull request that is merged by %s', async (strategy) => {
    const { history, repository } = world;
    history.createBranch(repository, 'feature');
    push('feature', 3);
    push('main', 1);
    await world.sync();
    const sync = await after(() => history.mergeBranch(repository, 'feature', 'main', { strategy }));
    expect(sync.requests).toEqual({ ...QUIET, commits: 1 });
  });

  test('a branch that is rebased and fast-forwarded onto', async () => {
    const { history, repository } = world;
    history.createBranch(repository, 'feature');
    push('feature', 2);
    push('main', 1);
    await world.sync();
    const sync = await after(() => {
      history.rebaseBranch(repository, 'feature', 'main');
      history.mergeBranch(repository, 'feature', 'main', { strategy: 'fast-forward' });
    });
    expect(sync.requests).toEqual({ ...QUIET, commits: 1 });
    expect(sync.ids('commits')).toHaveLength(2);
  });

  test('a new branch, its push and its deletion are rows of branches, and none of commits', async () => {
    const { history, repository } = world;
    const created = await after(() => history.createBranch(repository, 'feature/#1+%?~ü'));
    expect(created.ids('branches')).toEqual(['refs/heads/feature/#1+%?~ü']);
    await after(() => void push('feature/#1+%?~ü', 2));
    const deleted = await after(() => history.deleteBranch(repository, 'feature/#1+%?~ü'));
    expect(deleted.ids('branches')).toEqual(['-refs/heads/feature/#1+%?~ü']);
    expect([created.ids('commits'), deleted.ids('commits')]).toEqual([[], []]);
    expect(deleted.requests).toEqual({ ...QUIET, commits: 1 });
  });

  test('a default branch that is renamed gives no commit', async () => {
    const sync = await after(() => world.history.renameBranch(world.repository, 'main', 'trunk'));
    expect(sync.ids('commits')).toEqual([]);
    expect(sync.ids('branches').sort()).toEqual(['-refs/heads/main', 'refs/heads/trunk']);
  });

  test('a default branch that is switched to the same commit gives no commit', async () => {
    world.history.createBranch(world.repository, 'develop');
    await world.sync();
    const sync = await after(() => world.history.setDefaultBranch(world.repository, 'develop'));
    expect(sync.ids('commits')).toEqual([]);
    expect(sync.rows('branches').map(({ name, is_default }) => [name, is_default])).toEqual([
      ['develop', true],
      ['main', false],
    ]);
  });

  test('a default branch that is switched to another commit: what left and what came', async () => {
    const { history, repository } = world;
    history.createBranch(repository, 'develop');
    const [left] = push('main', 1);
    const [came] = push('develop', 1);
    await world.sync();
    const sync = await after(() => history.setDefaultBranch(repository, 'develop'));
    expect(sync.ids('commits').sort()).toEqual([`-${left}`, came].sort());
  });

  test('a default branch that does not exist: its commits left, until there is one again', async () => {
    const missing = await after(() => world.history.setMissingDefaultBranch(world.repository, 'nowhere'));
    expect(missing.ids('commits').every((id) => id.startsWith('-'))).toBe(true);
    expect(missing.ids('commits')).toHaveLength(3);
    await after(() => world.history.setDefaultBranch(world.repository, 'main'));
  });

  test('a former tip that was removed as garbage: the branch is read anew, with a warning, and never again', async () => {
    push('main', 2);
    await world.sync();
    const sync = await worldAfterGarbage();
    expect(sync.result.errors).toEqual([]);
    expect(sync.result.warnings.join('\n')).toMatch(/is gone from the server.*read anew.*no tombstone/);
    expect(sync.ids('commits')).toHaveLength(4);
    const quiet = await world.sync();
    expect([quiet.requests, quiet.result.records]).toEqual([QUIET, {}]);
    expect(quiet.result.warnings.join('\n')).not.toContain('is gone');
  });

  test('a repository that is emptied and filled again', async () => {
    const emptied = await after(() => world.history.emptyRepository(world.repository));
    expect(emptied.ids('commits').filter((id) => id.startsWith('-'))).toHaveLength(3);
    expect(emptied.ids('branches')).toEqual([`-${MAIN}`]);
    const filled = await after(() => void world.history.fillRepository(world.repository, { branch: 'main', commits: 2 }));
    expect(filled.ids('commits')).toHaveLength(2);
  });
});

/** Three commits give way to one, and what was there is collected. */
function worldAfterGarbage(): Promise<HistorySync> {
  world.history.forcePush(world.repository, 'main', { remove: 2, commits: 1 });
  world.history.gc(world.repository);
  return world.sync();
}

describe('tags', () => {
  beforeEach(() =>
    begin({}, ({ history, repository }) => {
      history.tag(repository, 'v1', { at: MAIN });
      history.tag(repository, 'release/1-#+%?~ü', { at: MAIN, annotated: true });
    }),
  );

  test('a tag that is moved comes again', async () => {
    push('main', 1);
    await world.sync();
    const sync = await after(() => world.history.moveTag(world.repository, 'v1', { at: MAIN }));
    expect(sync.rows('tags')).toMatchObject([{ id: 'refs/tags/v1', commit_id: tip(), annotated: false, tag_hash: null }]);
    expect(sync.requests).toEqual(QUIET);
  });

  test('a lightweight tag that becomes an annotated one at the same commit comes again', async () => {
    const sync = await after(() => world.history.moveTag(world.repository, 'v1', { at: MAIN, annotated: true }));
    expect(sync.rows('tags')).toMatchObject([{ id: 'refs/tags/v1', commit_id: tip(), annotated: true }]);
  });

  test('a tag that is deleted gets a tombstone, once its own address says that it is gone', async () => {
    const sync = await after(() => world.history.deleteTag(world.repository, 'release/1-#+%?~ü'));
    expect(sync.ids('tags')).toEqual(['-refs/tags/release/1-#+%?~ü']);
    expect(sync.requests).toEqual({ ...QUIET, tag: 1 });
  });

  test('of more than twenty that vanish a second list is the proof', async () => {
    for (let index = 0; index < 25; index += 1) world.history.tag(world.repository, `t${index}`, { at: MAIN });
    await world.sync();
    const sync = await after(() => {
      for (let index = 0; index < 25; index += 1) world.history.deleteTag(world.repository, `t${index}`);
    });
    expect(sync.ids('tags')).toHaveLength(25);
    expect(sync.requests).toEqual({ branches: 1, tags: 2 });
  });
});

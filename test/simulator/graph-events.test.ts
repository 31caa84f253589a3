import { client, type Client } from './client';
import { Simulator, type PullRequestReference, type Version } from './index';

const ONE = '/projects/ONE/repos/service';
let now = 1_760_000_000_000;
let simulator: Simulator;
let server: Client;
const start = async (version: Version = '9.4.0'): Promise<void> => {
  simulator = await Simulator.start({ dataset: 'empty', version, clock: () => now });
  const { history } = simulator;
  for (const name of ['jane', 'bob']) history.createUser({ name });
  history.createProject({ key: 'ONE' });
  history.createRepository('ONE', { slug: 'service' });
  history.pushCommits('ONE/service', { commits: 4 });
  server = client(simulator);
};
beforeEach(() => start());
afterEach(() => simulator.stop());

const later = (): void => {
  now += 3_600_000;
};
const tip = (branch: string): string => simulator.world.repository('ONE/service').git.branches.get(branch)!.id;
const ids = async (query: string): Promise<string[]> =>
  (await server.all(`${ONE}/commits?${query}`)).map(({ id }) => id as string);
const commitsOf = async ({ id }: PullRequestReference): Promise<string[]> =>
  (await server.all(`${ONE}/pull-requests/${id}/commits`)).map((each) => each.id as string);
const entry = async ({ id }: PullRequestReference): Promise<any> => (await server.get(`${ONE}/pull-requests/${id}`)).body;
const open = (options: object = {}): PullRequestReference =>
  simulator.history.createPullRequest('ONE/service', { author: 'jane', commits: 3, ...options });

test('a push to the target: the pull request keeps its commits, gets a version and a target commit', async () => {
  const pullRequest = open();
  const [before, commits] = [await entry(pullRequest), await commitsOf(pullRequest)];
  later();
  simulator.history.pushCommits('ONE/service', { commits: 2 });
  const after = await entry(pullRequest);
  expect([after.version - before.version, after.updatedDate - before.updatedDate, after.toRef.latestCommit]).toEqual([
    1,
    0,
    tip('main'),
  ]);
  expect(await commitsOf(pullRequest)).toEqual(commits);
});

test('a push to the source branch rescopes every pull request that comes from it, also one in another repository', async () => {
  const { history } = simulator;
  const fork = history.forkRepository('ONE/service', 'ONE', { slug: 'fork' });
  const first = history.createPullRequest('ONE/service', { author: 'jane', fromRepository: fork, from: 'work' });
  const second = history.createPullRequest(fork, { author: 'jane', from: 'work' });
  later();
  const [pushed] = history.pushCommits(fork, { branch: 'work', user: 'bob' });
  for (const [path, { id }] of [
    [ONE, first],
    ['/projects/ONE/repos/fork', second],
  ] as const) {
    const base = `${path}/pull-requests/${id}`;
    expect((await server.get(base)).body).toMatchObject({ updatedDate: now, fromRef: { latestCommit: pushed } });
    const [activity] = await server.all(`${base}/activities`);
    expect(activity).toMatchObject({
      action: 'RESCOPED',
      user: { name: 'bob' },
      fromHash: pushed,
      added: { total: 1 },
      removed: { total: 0 },
    });
    expect((await server.get(`${base}/commits`)).body.values[0].id).toBe(pushed);
  }
});

test('a force push takes commits away and puts others there', async () => {
  const pullRequest = open();
  const before = await commitsOf(pullRequest);
  later();
  simulator.history.push(pullRequest, { removed: 2, commits: 3 });
  const after = await commitsOf(pullRequest);
  expect(after.length).toBe(4);
  expect(after.filter((id) => before.includes(id))).toEqual([before[2]]);
  const [{ added, removed }] = await server.all(`${ONE}/pull-requests/${pullRequest.id}/activities`);
  expect([added.total, removed.total]).toEqual([3, 2]);
  simulator.history.forcePush('ONE/service', 'main', { remove: 2, commits: 1 });
  expect((await ids('')).length).toBe(4);
});

test('merge: the merge commit has both parents and is the tip of the target; what was merged is frozen', async () => {
  const pullRequest = open();
  const [source, target, commits] = [(await entry(pullRequest)).fromRef.latestCommit, tip('main'), await commitsOf(pullRequest)];
  simulator.history.merge(pullRequest);
  const [{ action, commit }] = await server.all(`${ONE}/pull-requests/${pullRequest.id}/activities`);
  expect([action, commit.id, commit.parents.map(({ id }: { id: string }) => id)]).toEqual([
    'MERGED',
    tip('main'),
    [target, source],
  ]);
  expect(await ids(`since=${target}&until=refs/heads/main`)).toEqual([commit.id, ...commits]);
  simulator.history.pushCommits('ONE/service');
  expect(await commitsOf(pullRequest)).toEqual(commits);
});

test('squash: one commit with one parent; rebase: the same changes again, with their authors and author dates', async () => {
  const squashed = open();
  const target = tip('main');
  simulator.history.merge(squashed, { strategy: 'squash', deleteSource: true });
  expect((await server.get(`${ONE}/commits/${tip('main')}`)).body.parents.map(({ id }: { id: string }) => id)).toEqual([target]);
  expect((await server.all(`${ONE}/branches`)).map(({ displayId }) => displayId as string)).toEqual(['main']);
  const rebased = open({ commits: [{ name: 'Some Body', emailAddress: 's@example.com' }] });
  simulator.history.pushCommits('ONE/service');
  const [base, [own]] = [tip('main'), await server.all(`${ONE}/pull-requests/${rebased.id}/commits`)];
  later();
  simulator.history.merge(rebased, { strategy: 'rebase', user: 'bob' });
  const [again] = await server.all(`${ONE}/commits?since=${base}`);
  expect(again).toMatchObject({ author: own.author, authorTimestamp: own.authorTimestamp, committer: { name: 'bob' } });
  expect(again.id).not.toBe(own.id);
});

test('a pull request whose commits somebody pushed to the target is merged, without a commit', async () => {
  const [first, second] = [open(), open({ from: 'other' })];
  simulator.history.mergeBranch('ONE/service', `feature/${first.id}`, 'main', { user: 'bob' });
  expect(await entry(first)).toMatchObject({ state: 'MERGED' });
  expect(await entry(second)).toMatchObject({ state: 'OPEN' });
  const [merged] = await server.all(`${ONE}/pull-requests/${first.id}/activities`);
  expect([merged.action, merged.commit]).toEqual(['MERGED', undefined]);
});

test.each([
  ['source', (id: number) => `feature/${id}`],
  ['target', () => 'release'],
])('without its %s branch a pull request is declined', async (_end, branch) => {
  const pullRequest = open({ to: 'release' });
  simulator.history.deleteBranch('ONE/service', branch(pullRequest.id));
  expect(await entry(pullRequest)).toMatchObject({ state: 'DECLINED' });
  simulator.history.reopen(pullRequest);
  expect(await entry(pullRequest)).toMatchObject({ state: 'OPEN' });
  expect((await commitsOf(pullRequest)).length).toBe(3);
});

test('a reset backwards, a rebase, a renamed and a re-created branch', async () => {
  const { history } = simulator;
  const all = await ids('');
  history.resetBranch('ONE/service', 'main', 2);
  expect(await ids('')).toEqual(all.slice(2));
  history.pushCommits('ONE/service', { branch: 'work', commits: 3 });
  history.pushCommits('ONE/service', { branch: 'main' });
  const before = tip('work');
  history.rebaseBranch('ONE/service', 'work', 'main');
  expect((await ids('until=refs/heads/work&since=refs/heads/main')).length).toBe(3);
  expect((await server.get(`${ONE}/commits/${before}`)).status).toBe(200);
  history.renameBranch('ONE/service', 'main', 'trunk');
  expect((await server.get(`${ONE}/branches/default`)).body.displayId).toBe('trunk');
  history.createBranch('ONE/service', 'main', { from: before });
  expect([tip('main'), (await ids('')).length]).toEqual([before, 4]);
});

test('garbage: what no ref and no pull request reaches is gone, and named as missing', async () => {
  const { history } = simulator;
  const pullRequest = open();
  const [kept] = await commitsOf(pullRequest);
  history.decline(pullRequest);
  history.deleteBranch('ONE/service', `feature/${pullRequest.id}`);
  const [lost] = history.pushCommits('ONE/service');
  history.forcePush('ONE/service', 'main', { remove: 1 });
  expect((await server.get(`${ONE}/commits?since=${lost!}`)).status).toBe(200);
  expect(history.gc('ONE/service')).toBe(1);
  const { status, body } = await server.get(`${ONE}/commits?since=${lost!}&until=refs/heads/main`);
  expect([status, body.errors[0].exceptionName]).toEqual([404, 'com.atlassian.bitbucket.commit.NoSuchCommitException']);
  expect((await server.get(`${ONE}/commits/${kept!}`)).status).toBe(200);
});

test('lost commits of a pull request: 404 for them and its diff, while the pull request is there', async () => {
  const pullRequest = open();
  simulator.history.decline(pullRequest);
  simulator.history.deleteBranch('ONE/service', `feature/${pullRequest.id}`);
  simulator.history.loseCommits(pullRequest);
  for (const path of ['commits', 'diff', 'changes'])
    expect((await server.get(`${ONE}/pull-requests/${pullRequest.id}/${path}`)).body.errors[0].exceptionName).toContain(
      'NoSuchCommit',
    );
  expect((await entry(pullRequest)).state).toBe('DECLINED');
  expect(simulator.truth.rows('pull_request_commits')).toEqual([]);
  expect(simulator.truth.rows('pull_request_diffs')).toMatchObject([{ files: [], truncated: true }]);
});

test('a fork has the commits of its origin, and goes its own way', async () => {
  const { history } = simulator;
  const fork = history.forkRepository('ONE/service', 'ONE', { slug: 'fork' });
  const shared = await ids('');
  const [own] = history.pushCommits(fork);
  const forked = (await server.all('/projects/ONE/repos/fork/commits')).map(({ id }) => id as string);
  expect(forked).toEqual([own, ...shared]);
  expect((await server.get(`${ONE}/commits/${own!}`)).status).toBe(404);
});

test('tags come, move, turn annotated and go', async () => {
  const { history } = simulator;
  const seen = async (): Promise<unknown> => {
    const { status, body } = await server.get(`${ONE}/tags/v1`);
    return status === 200 ? [body.latestCommit, typeof body.hash] : status;
  };
  history.tag('ONE/service', 'v1');
  expect(await seen()).toEqual([tip('main'), 'object']);
  history.moveTag('ONE/service', 'v1', { annotated: true });
  expect(await seen()).toEqual([tip('main'), 'string']);
  const [first] = (await ids('')).reverse();
  history.moveTag('ONE/service', 'v1', { at: first! });
  expect(await seen()).toEqual([first, 'object']);
  history.deleteTag('ONE/service', 'v1');
  expect(await seen()).toBe(404);
});

test('webhooks are told of every ref, and of pull requests that followed', () => {
  const { history, webhooks, world } = simulator;
  const bodies: any[] = [];
  const told = jest
    .spyOn(webhooks, 'tell')
    .mockImplementation((_repository, event, payload: any) => void bodies.push([event, payload.changes]));
  const pullRequest = history.createPullRequest('ONE/service', { author: 'jane', from: 'work' });
  const source = world.pullRequest(pullRequest).from.commit;
  const zero = '0'.repeat(40);
  const ref = { id: 'refs/heads/work', displayId: 'work', type: 'BRANCH' };
  expect(bodies).toEqual([
    ['pr:opened', undefined],
    ['repo:refs_changed', [{ ref, refId: 'refs/heads/work', fromHash: zero, toHash: source, type: 'ADD' }]],
  ]);
  bodies.length = 0;
  history.deleteBranch('ONE/service', 'work');
  history.tag('ONE/service', 'v1', { annotated: true });
  expect(bodies).toMatchObject([
    ['pr:declined', undefined],
    ['repo:refs_changed', [{ fromHash: source, toHash: zero, type: 'DELETE' }]],
    ['repo:refs_changed', [{ ref: { type: 'TAG', displayId: 'v1' }, toHash: tip('main'), type: 'ADD' }]],
  ]);
  told.mockRestore();
});

import { client, type Client } from './client';
import { Simulator, type PullRequestReference } from './index';

const LIST = '/projects/ONE/repos/service/pull-requests?state=ALL';
let now = 1_760_000_000_000;
let simulator: Simulator;
let server: Client;
let pullRequest: PullRequestReference;

const entry = async (id = pullRequest.id): Promise<any> => (await server.all(LIST)).find((each) => each.id === id);
const activities = (id = pullRequest.id): Promise<any[]> =>
  server.all(`/projects/ONE/repos/service/pull-requests/${id}/activities`);
const later = (): void => {
  now += 60_000;
};

beforeEach(async () => {
  simulator = await Simulator.start({ dataset: 'empty', clock: () => now });
  const { history } = simulator;
  for (const name of ['jane', 'bob', 'carol']) history.createUser({ name });
  history.createProject({ key: 'ONE' });
  history.createRepository('ONE', { slug: 'service' });
  pullRequest = history.createPullRequest('ONE/service', { author: 'jane', title: 'First', reviewers: ['bob'] });
  server = client(simulator);
  later();
});
afterEach(() => simulator.stop());

test('a new pull request has version 0, one date, and an OPENED activity some milliseconds later', async () => {
  const { version, createdDate, updatedDate, properties, description } = await entry();
  expect({ version, description, updatedDate }).toEqual({ version: 0, description: undefined, updatedDate: createdDate });
  expect(properties).toEqual({
    mergeResult: { outcome: 'CLEAN', current: expect.any(Boolean) as boolean },
    resolvedTaskCount: 0,
    openTaskCount: 0,
  });
  const [opened, ...others] = await activities();
  expect(others).toEqual([]);
  expect(Object.keys(opened as object).sort()).toEqual(['action', 'createdDate', 'id', 'user']);
  expect(opened.createdDate - createdDate).toBe(18);
});

type Act = (simulator: Simulator, pullRequest: PullRequestReference) => unknown;
const TABLE: readonly (readonly [string, Act, { bump: boolean; version: number; actions: string[] }])[] = [
  ['an edited title', (s, p) => s.history.edit(p, { title: 'Second' }), { bump: true, version: 1, actions: [] }],
  ['an edited description', (s, p) => s.history.edit(p, { description: 'Text' }), { bump: true, version: 1, actions: [] }],
  ['another target branch', (s, p) => s.history.edit(p, { target: 'release' }), { bump: true, version: 1, actions: [] }],
  [
    'reviewers set in the dialog',
    (s, p) => s.history.setReviewers(p, ['carol']),
    { bump: true, version: 1, actions: ['UPDATED'] },
  ],
  [
    'a reviewer who adds himself',
    (s, p) => s.history.selfAddReviewer(p, 'carol'),
    { bump: false, version: 0, actions: ['UPDATED'] },
  ],
  ['a push to the source branch', (s, p) => s.history.push(p), { bump: true, version: 1, actions: ['RESCOPED'] }],
  ['a target branch that moves', (s) => s.history.moveTarget('ONE/service'), { bump: false, version: 1, actions: [] }],
  [
    'a target branch that moves, before the version follows',
    (s) => s.history.moveTarget('ONE/service', { version: false }),
    { bump: false, version: 0, actions: [] },
  ],
  ['a comment', (s, p) => s.history.comment(p, { user: 'bob' }), { bump: false, version: 0, actions: ['COMMENTED'] }],
  [
    'a comment on a line',
    (s, p) => s.history.inlineComment(p, { user: 'bob' }),
    { bump: false, version: 0, actions: ['COMMENTED'] },
  ],
  [
    'a comment on a file',
    (s, p) => s.history.fileComment(p, { user: 'bob' }),
    { bump: false, version: 0, actions: ['COMMENTED'] },
  ],
  [
    'a reply',
    (s, p) => s.history.reply(p, s.history.comment(p, { user: 'bob' }), { user: 'jane' }),
    { bump: false, version: 0, actions: ['COMMENTED'] },
  ],
  [
    'an edited comment',
    (s, p) => s.history.editComment(p, s.history.comment(p, { user: 'bob' }), 'New'),
    { bump: false, version: 0, actions: ['COMMENTED'] },
  ],
  [
    'a deleted comment',
    (s, p) => s.history.deleteComment(p, s.history.comment(p, { user: 'bob' })),
    { bump: false, version: 0, actions: [] },
  ],
  ['a task', (s, p) => s.history.addTask(p, { user: 'bob' }), { bump: false, version: 0, actions: ['COMMENTED'] }],
  [
    'a resolved task',
    (s, p) => s.history.resolveTask(p, s.history.addTask(p, { user: 'bob' })),
    { bump: false, version: 0, actions: ['COMMENTED'] },
  ],
  ['an approval', (s, p) => s.history.approve(p, 'bob'), { bump: false, version: 0, actions: ['APPROVED'] }],
  [
    'an approval by somebody new',
    (s, p) => s.history.approve(p, 'carol'),
    { bump: false, version: 0, actions: ['APPROVED', 'UPDATED'] },
  ],
  ['needs work', (s, p) => s.history.needsWork(p, 'bob'), { bump: false, version: 0, actions: ['REVIEWED'] }],
  [
    'an approval withdrawn',
    (s, p) => {
      s.history.approve(p, 'bob');
      s.history.unapprove(p, 'bob');
    },
    { bump: false, version: 0, actions: ['UNAPPROVED', 'APPROVED'] },
  ],
  ['a decline', (s, p) => s.history.decline(p), { bump: true, version: 1, actions: ['DECLINED'] }],
  [
    'a decline and a reopening',
    (s, p) => {
      s.history.decline(p);
      s.history.reopen(p);
    },
    { bump: true, version: 2, actions: ['REOPENED', 'DECLINED'] },
  ],
  ['a merge', (s, p) => s.history.merge(p), { bump: true, version: 2, actions: ['MERGED'] }],
  ['a merge that somebody pushed', (s, p) => s.history.remoteMerge(p), { bump: true, version: 2, actions: ['MERGED'] }],
  ['a draft', (s, p) => s.history.setDraft(p, true), { bump: true, version: 1, actions: [] }],
  [
    'the activity of a plug-in',
    (s, p) => s.history.pluginActivity(p, { user: 'bob', action: 'ACME' }),
    { bump: false, version: 0, actions: ['ACME'] },
  ],
];

test.each(TABLE)('%s moves updatedDate, version and activities as the rules say', async (_name, act, expected) => {
  const before = await entry();
  act(simulator, pullRequest);
  const after = await entry();
  expect(after.updatedDate).toBe(expected.bump ? now : before.updatedDate);
  expect(after.version - before.version).toBe(expected.version);
  expect((await activities()).map((each) => each.action)).toEqual([...expected.actions, 'OPENED']);
});

test('closing dates the end: closedDate, updatedDate and the activity are one instant', async () => {
  simulator.history.merge(pullRequest, { user: 'bob' });
  const { state, open, closed, closedDate, updatedDate, properties } = await entry();
  const [merged] = await activities();
  expect({ state, open, closed, closedDate, updatedDate, date: merged.createdDate }).toEqual({
    state: 'MERGED',
    open: false,
    closed: true,
    closedDate: now,
    updatedDate: now,
    date: now,
  });
  expect(properties.mergeCommit.id).toBe(merged.commit.id);
  expect(properties.mergeResult).toBeUndefined();
  expect(merged.commit.parents).toHaveLength(2);
});

test('a merge that somebody pushed has an activity without a commit', async () => {
  simulator.history.remoteMerge(pullRequest);
  expect((await activities())[0].commit).toBeUndefined();
});

test('a merge moves the target of the others on that branch: +1 version, no date', async () => {
  const other = simulator.history.createPullRequest('ONE/service', { author: 'bob' });
  const elsewhere = simulator.history.createPullRequest('ONE/service', { author: 'bob', to: 'release' });
  const before = await entry(other.id);
  later();
  simulator.history.merge(pullRequest);
  const after = await entry(other.id);
  expect(after).toMatchObject({ version: 1, updatedDate: before.updatedDate });
  expect(after.toRef.latestCommit).not.toBe(before.toRef.latestCommit);
  expect(await entry(elsewhere.id)).toMatchObject({ version: 0 });
});

test('the arithmetic of a recorded pull request comes out: reviewers, verdicts, decline, reopening, merge make version 5', async () => {
  const { history } = simulator;
  history.setReviewers(pullRequest, ['bob', 'carol']);
  history.needsWork(pullRequest, 'bob');
  history.approve(pullRequest, 'bob');
  history.unapprove(pullRequest, 'bob');
  history.decline(pullRequest);
  history.reopen(pullRequest);
  history.reply(pullRequest, history.comment(pullRequest, { user: 'bob' }), { user: 'jane' });
  history.merge(pullRequest);
  expect(await entry()).toMatchObject({ version: 5, updatedDate: now });
});

test('counters count comments with replies, and tasks apart', async () => {
  const { history } = simulator;
  const comment = history.comment(pullRequest, { user: 'bob' });
  const reply = history.reply(pullRequest, comment, { user: 'jane' });
  const task = history.addTask(pullRequest, { user: 'bob' });
  history.addTask(pullRequest, { user: 'bob', on: reply });
  expect((await entry()).properties).toMatchObject({ commentCount: 2, openTaskCount: 2, resolvedTaskCount: 0 });
  history.resolveTask(pullRequest, task, { user: 'jane' });
  history.resolveTask(pullRequest, task, { user: 'jane' });
  expect((await entry()).properties).toMatchObject({ commentCount: 2, openTaskCount: 1, resolvedTaskCount: 1 });
  history.reopenTask(pullRequest, task);
  expect((await entry()).properties).toMatchObject({ openTaskCount: 2, resolvedTaskCount: 0 });
  expect(() => history.deleteComment(pullRequest, comment)).toThrow('replies');
});

test('replies, edits and resolutions fold into the activity of the root comment', async () => {
  const { history } = simulator;
  const root = history.inlineComment(pullRequest, { user: 'bob', text: 'Old' });
  const [before] = await activities();
  later();
  history.editComment(pullRequest, root, 'New');
  const reply = history.reply(pullRequest, root, { user: 'carol' });
  history.reply(pullRequest, reply, { user: 'jane' });
  const [after, ...others] = await activities();
  expect(others).toHaveLength(1);
  expect(after).toMatchObject({ id: before.id, createdDate: before.createdDate, commentAction: 'ADDED' });
  expect(after.comment).toMatchObject({
    id: root,
    version: Number(before.comment.version) + 1,
    text: 'New',
    updatedDate: now,
    createdDate: before.comment.createdDate,
  });
  expect(after.comment.comments[0].comments[0].author.slug).toBe('jane');
});

test('a comment on a line quotes source code; on a file it has an anchor only; else neither', async () => {
  const { history } = simulator;
  history.comment(pullRequest, { user: 'bob' });
  history.fileComment(pullRequest, { user: 'bob' });
  history.inlineComment(pullRequest, { user: 'bob' });
  const [line, file, general] = await activities();
  expect(line.diff.hunks[0].segments[0].lines[0].line).toContain('SOURCE_LINE_');
  expect(Object.keys(line.commentAnchor as object).sort()).toEqual([
    'diffType',
    'fileType',
    'fromHash',
    'line',
    'lineType',
    'orphaned',
    'path',
    'toHash',
  ]);
  expect(Object.keys(file.commentAnchor as object).sort()).toEqual(['diffType', 'fromHash', 'orphaned', 'path', 'toHash']);
  expect(file.diff).toBeUndefined();
  expect([general.commentAnchor, general.diff]).toEqual([undefined, undefined]);
});

test('a verdict is shown on the reviewer, with the commit he looked at, which a push leaves behind', async () => {
  simulator.history.approve(pullRequest, 'bob');
  const before = await entry();
  simulator.history.push(pullRequest, { commits: 12 });
  const after = await entry();
  expect(after.reviewers).toEqual([
    { ...before.reviewers[0], status: 'APPROVED', approved: true, lastReviewedCommit: before.fromRef.latestCommit },
  ]);
  expect(after.fromRef.latestCommit).not.toBe(before.fromRef.latestCommit);
  const [rescoped] = await activities();
  expect(rescoped).toMatchObject({
    fromHash: after.fromRef.latestCommit,
    previousFromHash: before.fromRef.latestCommit,
    added: { total: 12 },
    removed: { total: 0, commits: [] },
  });
  expect(rescoped.added.commits).toHaveLength(5);
});

test('who comments without being author or reviewer takes part; who becomes reviewer no longer does', async () => {
  simulator.history.comment(pullRequest, { user: 'carol' });
  expect((await entry()).participants).toMatchObject([{ user: { name: 'carol' }, role: 'PARTICIPANT', status: 'UNAPPROVED' }]);
  simulator.history.approve(pullRequest, 'carol');
  expect((await entry()).participants).toEqual([]);
  simulator.history.setReviewers(pullRequest, []);
  expect((await entry()).participants).toMatchObject([{ user: { name: 'carol' } }]);
});

test('the merge result changes by itself between two looks at the list', async () => {
  const [first, second] = [await entry(), await entry()];
  expect(second.properties.mergeResult).not.toEqual(first.properties.mergeResult);
  expect({ ...second, properties: null }).toEqual({ ...first, properties: null });
});

test('NEWEST is by updatedDate: what is touched comes first', async () => {
  const second = simulator.history.createPullRequest('ONE/service', { author: 'bob' });
  later();
  simulator.history.comment(pullRequest, { user: 'bob' });
  expect((await server.all(LIST)).map(({ id }) => id as number)).toEqual([second.id, pullRequest.id]);
  simulator.history.edit(pullRequest, { title: 'Touched' });
  expect((await server.all(LIST)).map(({ id }) => id as number)).toEqual([pullRequest.id, second.id]);
  expect((await server.all(`${LIST}&order=OLDEST`)).map(({ id }) => id as number)).toEqual([second.id, pullRequest.id]);
});

test('a deleted pull request is gone with a 404 that names it', async () => {
  simulator.history.deletePullRequest(pullRequest);
  expect(await entry()).toBeUndefined();
  const { status, body } = await server.get('/projects/ONE/repos/service/pull-requests/1');
  expect(status).toBe(404);
  expect(body.errors).toEqual([
    {
      context: null,
      message: 'Pull request 1 does not exist in ONE/service.',
      exceptionName: 'com.atlassian.bitbucket.pull.NoSuchPullRequestException',
    },
  ]);
});

test('before 7.2 tasks hang on comments and embed them', async () => {
  const old = await Simulator.start({ dataset: 'empty', version: '5.16.0', clock: () => now });
  const { history } = old;
  history.createUser({ name: 'jane' });
  history.createProject({ key: 'ONE' });
  history.createRepository('ONE', { slug: 'service' });
  const made = history.createPullRequest('ONE/service', { author: 'jane' });
  const root = history.comment(made, { user: 'jane' });
  const task = history.addTask(made, { user: 'jane', on: history.reply(made, root, { user: 'jane' }) });
  const [{ comment }] = await client(old).all('/projects/ONE/repos/service/pull-requests/1/activities');
  expect(comment.comments[0].tasks).toMatchObject([
    { id: task, state: 'OPEN', anchor: { id: comment.comments[0].id, text: comment.comments[0].text, type: 'COMMENT' } },
  ]);
  expect([comment.severity, comment.state]).toEqual([undefined, undefined]);
  history.resolveTask(made, task);
  const [{ properties }] = await client(old).all(LIST);
  expect(properties).toMatchObject({ commentCount: 2, openTaskCount: 0, resolvedTaskCount: 1 });
  await old.stop();
});

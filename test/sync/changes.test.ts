import { HOUR } from './support/clock';
import {
  ANN,
  APP,
  BEN,
  CEM,
  type Company,
  DECLINED,
  emitted,
  FORK,
  FORKED,
  GENERAL,
  INLINE,
  MERGED,
  OLD_OPEN,
  OTHER,
  REVIEW,
  startCompany,
  TASK,
} from './support/company';
import { ALL_STREAMS, type Connection } from './support/connection';

let company: Company;
let connection: Connection;
beforeEach(async () => {
  company = await startCompany();
  connection = company.connect();
  await connection.sync();
});
afterEach(() => company.simulator.stop());

type History = Company['history'];
type Happening = (history: History) => unknown;
type Change = readonly [what: string, happen: Happening, rows: readonly string[], before?: Happening];
const named = (changes: readonly Change[]) => changes.map(([what, happen, rows, before]) => ({ what, happen, rows, before }));

/** The next sync brings these rows, and no others. */
const IN_THE_NEXT_SYNC: readonly Change[] = [
  [
    'a new pull request',
    (on) => on.createPullRequest(APP, { author: ANN }),
    ['activities of 1/6', 'commits of 1/6', 'diff 1/6', 'pull request 1/6'],
  ],
  ['an edited title', (on) => on.edit(REVIEW, { title: 'Better' }), ['pull request 1/1']],
  ['an edited description', (on) => on.edit(REVIEW, { description: 'More' }), ['pull request 1/1']],
  ['another target branch', (on) => on.edit(REVIEW, { target: 'release' }), ['commits of 1/1', 'diff 1/1', 'pull request 1/1']],
  ['reviewers set by the author', (on) => on.setReviewers(REVIEW, [CEM]), ['activities of 1/1', 'pull request 1/1']],
  ['a reviewer who adds himself', (on) => on.selfAddReviewer(REVIEW, CEM), ['activities of 1/1', 'pull request 1/1']],
  ['a push', (on) => on.push(REVIEW), ['activities of 1/1', 'commits of 1/1', 'diff 1/1', 'pull request 1/1']],
  [
    'a force push',
    (on) => on.push(REVIEW, { removed: 1 }),
    ['a commit of 1/1 deleted', 'activities of 1/1', 'commits of 1/1', 'diff 1/1', 'pull request 1/1'],
  ],
  ['a target branch that moved', (on) => on.moveTarget(APP), ['pull request 1/1', 'pull request 1/3']],
  ['the version that follows a moved target', (on) => on.bumpVersion(REVIEW), ['pull request 1/1']],
  ['a comment', (on) => on.comment(REVIEW, { user: ANN }), ['activities of 1/1', 'pull request 1/1']],
  ['a comment on a line', (on) => on.inlineComment(REVIEW, { user: ANN }), ['activities of 1/1', 'pull request 1/1']],
  ['a reply', (on) => on.reply(REVIEW, GENERAL, { user: ANN }), ['activities of 1/1', 'pull request 1/1']],
  [
    'a deleted comment',
    (on) => on.deleteComment(REVIEW, INLINE),
    ['activities of 1/1', 'activity 11 deleted', 'pull request 1/1'],
  ],
  ['a task', (on) => on.addTask(REVIEW, { user: CEM }), ['activities of 1/1', 'pull request 1/1']],
  ['a task that was resolved', (on) => on.resolveTask(REVIEW, TASK), ['activities of 1/1', 'pull request 1/1']],
  [
    'a task that was reopened',
    (on) => on.reopenTask(REVIEW, TASK),
    ['activities of 1/1', 'pull request 1/1'],
    (on) => on.resolveTask(REVIEW, TASK),
  ],
  ['an approval', (on) => on.approve(REVIEW, BEN), ['activities of 1/1', 'pull request 1/1']],
  [
    'an approval taken back',
    (on) => on.unapprove(REVIEW, BEN),
    ['activities of 1/1', 'pull request 1/1'],
    (on) => on.approve(REVIEW, BEN),
  ],
  ['a needs-work', (on) => on.needsWork(REVIEW, BEN), ['activities of 1/1', 'pull request 1/1']],
  ['a decline', (on) => on.decline(REVIEW), ['activities of 1/1', 'commits of 1/1', 'diff 1/1', 'pull request 1/1']],
  ['a reopening', (on) => on.reopen(DECLINED), ['activities of 1/5', 'commits of 1/5', 'diff 1/5', 'pull request 1/5']],
  [
    'a merge, which moves the target of others',
    (on) => on.merge(REVIEW),
    ['activities of 1/1', 'commits of 1/1', 'diff 1/1', 'pull request 1/1', 'pull request 1/3'],
  ],
  [
    'a merge pushed with git',
    (on) => on.remoteMerge(REVIEW),
    ['activities of 1/1', 'commits of 1/1', 'diff 1/1', 'pull request 1/1', 'pull request 1/3'],
  ],
  ['a draft made ready', (on) => on.setDraft(REVIEW, false), ['pull request 1/1'], (on) => on.setDraft(REVIEW, true)],
  ['a deleted pull request', (on) => on.deletePullRequest(REVIEW), ['diff 1/1 deleted', 'pull request 1/1 deleted']],
  [
    'a deleted pull request that had been open for two months',
    (on) => on.deletePullRequest(OLD_OPEN),
    ['diff 1/3 deleted', 'pull request 1/3 deleted'],
  ],
  [
    'a deleted pull request that was closed',
    (on) => on.deletePullRequest(MERGED),
    ['diff 1/2 deleted', 'pull request 1/2 deleted'],
  ],
  [
    'a late comment on a merged pull request',
    (on) => on.comment(MERGED, { user: CEM }),
    ['activities of 1/2', 'pull request 1/2'],
  ],
  [
    'an approval of one that has been open for two months',
    (on) => on.approve(OLD_OPEN, BEN),
    ['activities of 1/3', 'pull request 1/3'],
  ],
  [
    'a comment where another repository has the same slug',
    (on) => on.comment(FORKED, { user: ANN }),
    ['activities of 2/1', 'pull request 2/1'],
  ],
  ['a new project', (on) => on.createProject({ key: 'NEW' }), ['project 3']],
  ['a renamed project', (on) => on.renameProject('ACME', 'Acme Inc.'), ['project 1']],
  ['a project with another key', (on) => on.changeProjectKey('LIB', 'SHELF'), ['project 2', 'repository 2', 'repository 3']],
  ['a deleted project', (on) => on.deleteProject('LIB'), ['project 2 deleted', 'repository 2 deleted', 'repository 3 deleted']],
  [
    'a project that is not visible any more',
    (on) => on.hideProject('LIB'),
    ['project 2 deleted', 'repository 2 deleted', 'repository 3 deleted'],
  ],
  ['a new repository', (on) => on.createRepository('ACME', { slug: 'new' }), ['repository 4']],
  ['a renamed repository', (on) => on.renameRepository(APP, { slug: 'application' }), ['repository 1']],
  ['a repository in another project', (on) => on.moveRepository(FORK, 'ACME'), ['repository 3']],
  ['an edited repository', (on) => on.editRepository(APP, { description: 'The app' }), ['repository 1']],
  ['an archived repository', (on) => on.archiveRepository(APP), ['repository 1']],
  ['a deleted repository', (on) => on.deleteRepository(APP), ['repository 1 deleted', 'repository 3']],
  ['a repository that is not visible any more (404)', (on) => on.hideRepository(APP), ['repository 1 deleted']],
  ['a repository that is not visible any more (401)', (on) => on.hideRepository(APP, 401), ['repository 1 deleted']],
  ['a repository that went offline', (on) => on.editRepository(APP, { state: 'OFFLINE' }), ['repository 1']],
  [
    'a repository that came back, with what hangs below it',
    (on) => on.showRepository(OTHER),
    ['activities of 2/1', 'commits of 2/1', 'diff 2/1', 'pull request 2/1', 'repository 2'],
    (on) => on.hideRepository(OTHER),
  ],
  [
    'a deleted fork, whose pull request the server declines',
    (on) => on.deleteRepository(FORK),
    ['activities of 2/1', 'commits of 2/1', 'diff 2/1', 'pull request 2/1', 'repository 3 deleted'],
  ],
  ['a new user', (on) => on.createUser({ name: 'dan' }), ['user 6']],
  ['a user with another display name', (on) => on.renameUser(ANN, { displayName: 'Ann A.' }), ['user 3']],
  ['a user with another name', (on) => on.renameUser(ANN, { name: 'ann.a' }), ['user 3']],
  ['a user who left', (on) => on.deactivateUser(BEN), ['user 4']],
  ['a user who came back', (on) => on.reactivateUser(BEN), ['user 4'], (on) => on.deactivateUser(BEN)],
  ['a deleted user', (on) => on.deleteUser(BEN), ['user 4 deleted']],
  ['nothing but merge results that the server computes again', () => undefined, []],
];

test.each(named(IN_THE_NEXT_SYNC))('in the next sync: $what', async ({ happen, rows, before }) => {
  if (before !== undefined) {
    before(company.history);
    await connection.sync();
  }
  happen(company.history);
  await expectRows(rows);
  await expectRows([]);
});

/** What the list does not tell: seen when activities, or default branches, are next read again. */
const AT_THE_RECHECK: readonly Change[] = [
  ['an edited comment', (on) => on.editComment(REVIEW, GENERAL, 'Better'), ['activities of 1/1']],
  [
    'an edited comment of a merged pull request',
    (on) => on.editComment(MERGED, 4, 'Better'),
    ['activities of 1/2'],
    (on) => on.comment(MERGED, { user: ANN }),
  ],
  [
    'an edited comment of one that has been open for two months',
    (on) => on.editComment(OLD_OPEN, 4, 'Better'),
    ['activities of 1/3'],
    (on) => on.comment(OLD_OPEN, { user: ANN }),
  ],
  [
    'one comment deleted and another added',
    (on) => [on.deleteComment(REVIEW, GENERAL), on.comment(REVIEW, { user: CEM })],
    ['activities of 1/1', 'activity 10 deleted'],
  ],
  [
    'an approval given and taken back between two syncs',
    (on) => [on.approve(REVIEW, BEN), on.unapprove(REVIEW, BEN)],
    ['activities of 1/1'],
    (on) => [on.approve(REVIEW, BEN), on.unapprove(REVIEW, BEN)],
  ],
  [
    'a task resolved and reopened between two syncs',
    (on) => [on.resolveTask(REVIEW, TASK), on.reopenTask(REVIEW, TASK)],
    ['activities of 1/1'],
  ],
  ['an activity of a plug-in', (on) => on.pluginActivity(REVIEW, { user: CEM, action: 'ACME_SCANNED' }), ['activities of 1/1']],
  ['another default branch', (on) => on.setDefaultBranch(APP, 'develop'), ['repository 1']],
];

test.each(named(AT_THE_RECHECK))('within recheck_hours: $what', async ({ happen, rows, before }) => {
  if (before !== undefined) {
    before(company.history);
    await connection.sync();
  }
  happen(company.history);
  expect(emitted(await connection.sync())).toEqual([]);
  company.clock.advance(25 * HOUR);
  await expectRows(rows);
  await expectRows([]);
});

test.each(named(AT_THE_RECHECK))('in the next sync, with recheck_hours 0: $what', async ({ happen, rows, before }) => {
  connection = company.connect({ recheck_hours: 0 });
  await connection.sync();
  if (before !== undefined) {
    before(company.history);
    await connection.sync();
  }
  happen(company.history);
  await expectRows(rows);
  await expectRows([]);
});

test('what a moved target branch changes in the diffs of open pull requests is read within recheck_hours, however often it moves', async () => {
  for (let push = 1; push <= 3; push++) {
    company.history.moveTarget(APP);
    await expectRows(['pull request 1/1', 'pull request 1/3']);
  }
  company.clock.advance(25 * HOUR);
  await expectRows(['commits of 1/1', 'commits of 1/3', 'diff 1/1', 'diff 1/3'], true);
  await expectRows([], true);
});

test('with recheck_hours 0 the diffs of open pull requests follow their target branch at once', async () => {
  connection = company.connect({ recheck_hours: 0 });
  await connection.sync();
  company.history.moveTarget(APP);
  await expectRows(['commits of 1/1', 'commits of 1/3', 'diff 1/1', 'diff 1/3', 'pull request 1/1', 'pull request 1/3'], true);
});

test('a push or another target branch is read at once, also where the target had moved before', async () => {
  company.history.moveTarget(APP);
  await expectRows(['pull request 1/1', 'pull request 1/3']);
  company.history.push(REVIEW);
  await expectRows(['activities of 1/1', 'commits of 1/1', 'diff 1/1', 'pull request 1/1']);
  company.history.edit(OLD_OPEN, { target: 'release' });
  await expectRows(['commits of 1/3', 'diff 1/3', 'pull request 1/3'], true);
});

/** One sync: these rows, no others, and then the warehouse is what the server is. */
async function expectRows(rows: readonly string[], isRechecked = false): Promise<void> {
  const result = await connection.sync();
  expect({ errors: result.errors, emitted: emitted(result), repeated: result.repeated }).toEqual({
    errors: [],
    emitted: rows,
    repeated: [],
  });
  expect(connection.warehouse.differences(company.simulator, ALL_STREAMS, {}, isRechecked)).toEqual([]);
}

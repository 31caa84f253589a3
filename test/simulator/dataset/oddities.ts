import { awkwardFiles, SOURCE_MARKER, whole } from '../diffs/files';
import type { History } from '../history';
import type { World } from '../world';
import { oddHistory } from './odd-history';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Text that people wrote and that looks like code: it is text all the same. */
const QUOTED =
  'Why not\n\n```diff\n--- a/x.ts\n+++ b/x.ts\n@@ -1 +1 @@\n-if (a) { return; }\n+if (!a) return;\n```\n\n"quoted", \\backslash, ünïcödé 🎉, <b>html</b>\r\nand a\ttab';

/** One of everything odd that servers were seen with, in a handful of repositories. */
export const oddities = (world: World, history: History, until: number): void => {
  let now = until - 45 * DAY;
  const at = (minutes = 7): number => {
    now += minutes * MINUTE + 123;
    return now;
  };
  const [jane, bob, carol, dave] = ['jane', "Bob.O'Neil", 'carol', 'dave'];

  history.createProject({ key: 'PLAYG', name: 'Playground', description: 'Playground project' });
  history.createProject({ key: 'PR', name: 'Pull requests', public: true });
  history.createProject({ key: 'MERGE', name: 'A project without repositories' });
  const personal = history.createPersonalProject(jane);
  const service = history.createRepository('PLAYG', { slug: 'service', name: 'Service', description: 'The service', at: at() });
  oddHistory(history, service, at);
  history.createRepository('PR', { slug: 'service', defaultBranch: 'develop', public: true, at: at() });
  history.createRepository('PLAYG', { slug: 'empty', defaultBranch: null });
  const old = history.createRepository('PLAYG', { slug: 'old-tool', description: 'No longer used', forkable: false, at: at() });
  const fork = history.forkRepository(service, personal, { at: at() });
  const doomed = history.forkRepository(service, personal, { slug: 'service-experiment', at: at() });
  const dotfiles = history.createRepository(personal, { slug: 'dotfiles', defaultBranch: 'master', public: true, at: at() });

  // A long review: inline, file and general comments, replies, edits, tasks, verdicts, pushes, a merge.
  const long = history.createPullRequest(service, {
    author: jane,
    title: 'Add a parser',
    description: 'First version\r\n* fast\r\n* small',
    reviewers: [bob],
    at: at(),
    files: awkwardFiles(),
    commits: 3,
  });
  history.inlineComment(long, { user: bob, text: 'This line?', path: 'lib/copied.ts', line: 7, at: at() });
  const general = history.comment(long, { user: carol, text: QUOTED, at: at(), likedBy: [jane, bob] });
  const answer = history.reply(long, general, { user: jane, text: 'Because `x`.', at: at() });
  history.reply(long, answer, { user: carol, text: 'I see', at: at() });
  history.editComment(long, answer, 'Because `y`.', { at: at() });
  history.fileComment(long, { user: bob, text: 'A whole file', path: 'empty.txt', at: at() });
  history.inlineComment(long, { user: dave, text: 'Was here', path: 'lib/gone.ts', lineType: 'REMOVED', line: 3, at: at() });
  const task = history.addTask(long, {
    user: bob,
    text: 'Fix it',
    inline: true,
    path: 'windows.bat',
    at: at(),
    ...(world.features.blockerComments ? {} : { on: answer }),
  });
  history.addTask(long, { user: carol, text: 'And this', at: at() });
  history.needsWork(long, bob, { at: at() });
  history.push(long, {
    commits: [world.user(jane), { name: 'Some Body', emailAddress: 'somebody@elsewhere.example' }],
    files: awkwardFiles(),
    at: at(),
  });
  history.resolveTask(long, task, { user: jane, at: at() });
  history.approve(long, bob, { at: at() });
  history.approve(long, carol, { at: at() });
  history.unapprove(long, carol, { at: at() });
  history.pluginActivity(long, {
    user: 'bitbucket.system-user',
    action: 'ACME_SCANNED',
    at: at(),
    fields: {
      scan: {
        scannedDate: now,
        verdict: 'PASSED',
        findings: [{ path: 'lib/copied.ts', lines: [`${SOURCE_MARKER}77`], hunks: [] }],
      },
      diff: { text: `${SOURCE_MARKER}78` },
    },
  });
  history.merge(long, { user: bob, at: at() });

  const pushed = history.createPullRequest(service, {
    author: bob,
    title: 'Force pushed',
    reviewers: [jane, carol],
    at: at(),
    commits: 9,
  });
  history.push(pushed, { commits: 8, removed: 7, at: at() });
  history.setReviewers(pushed, [carol, dave], { at: at() });
  history.remoteMerge(pushed, { at: at() });
  history.createPullRequest(service, {
    author: jane,
    title: 'From a tag',
    from: 'v1.0',
    tag: true,
    at: at(),
    files: [whole('CHANGES', 'ADD', 3)],
  });
  const forked = history.createPullRequest(service, {
    author: jane,
    title: 'From a fork',
    fromRepository: fork,
    at: at(),
    reviewers: [bob],
  });
  history.selfAddReviewer(forked, carol, { at: at() });
  history.createPullRequest(service, { author: jane, title: 'From a fork that was deleted', fromRepository: doomed, at: at() });
  history.createPullRequest(service, { author: jane, title: 'And another', fromRepository: doomed, at: at() });
  history.deleteRepository(doomed, { at: at() });
  history.createPullRequest(service, { author: bob, title: 'Nothing changed after all', files: [], at: at() });
  history.createPullRequest(service, { author: carol, title: 'A draft', draft: world.features.draft, at: at() });
  const declined = history.createPullRequest(service, { author: carol, title: 'No', at: at() });
  history.decline(declined, { user: jane, at: at() });
  history.edit(declined, { description: 'Edited long after it was declined', at: at() });
  const again = history.createPullRequest(service, { author: carol, title: 'Declined and reopened', at: at() });
  history.decline(again, { at: at() });
  history.reopen(again, { at: at() });
  const deleted = history.createPullRequest(service, { author: carol, title: 'A mistake', at: at() });
  history.deletePullRequest(deleted);

  const other = history.createPullRequest('PR/service', { author: bob, title: 'Same slug, other project', at: at() });
  history.needsWork(other, jane, { at: at() });
  history.createPullRequest('PR/service', { author: carol, title: 'Waiting', reviewers: [jane], at: at() });
  history.moveTarget('PR/service', { at: at() });
  history.merge(history.createPullRequest(old, { author: jane, at: at() }), { at: at() });
  if (world.features.archive) history.archiveRepository(old);
  history.comment(history.createPullRequest(dotfiles, { author: jane, title: 'Mine', at: at() }), {
    user: jane,
    text: 'Note to self',
    at: at(),
  });
};

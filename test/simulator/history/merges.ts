import { reaches } from '../git/commit-graph';
import { commitsOf } from '../git/pull-request-commits';
import type { Commit, FileChange, PullRequest } from '../model';
import type { PullRequestReference, RepositoryReference, UserReference, World } from '../world';
import { commitOf, expectState, tipOf } from './branch-tips';
import { makeCommit, makeCommits, replay, type NewCommits } from './commits';
import { moveBranch, type Close } from './refs';
import { time, type When } from './when';

export interface Merge extends When {
  readonly user?: UserReference;
  /** A merge commit; one commit with all changes; the commits again, upon the target. @default 'merge' */
  readonly strategy?: 'merge' | 'squash' | 'rebase';
  /** The source branch goes. @default false */
  readonly deleteSource?: boolean;
}

/** Events that bring commits to a target branch, and those that lose them. */
export const merges = (world: World, close: Close) => ({
  /** Two versions, one date; the target moves for all others on it. */
  merge(pullRequest: PullRequestReference, options: Merge = {}): void {
    const found = world.pullRequest(pullRequest);
    expectState(found, 'OPEN');
    const at = time(world, options);
    const { from, to, author, repository } = found;
    const user = options.user === undefined ? author : world.user(options.user);
    const target = tipOf(world, repository, to.name, author, at);
    const source = commitOf(found, from.commit);
    const commits = commitsOf(found);
    const date = Math.floor(at / 1000) * 1000;
    const strategy = options.strategy ?? 'merge';
    const said = { message: mergeMessage(found, commits), committerDate: date, author };
    const merged =
      strategy === 'rebase'
        ? replay(world, commits.filter(({ parents }) => parents.length < 2).toReversed(), target, user, at)
        : makeCommit(world, strategy === 'squash' ? [target] : [target, source], said, user, at);
    found.mergeCommit = merged;
    close(found, 'MERGED', user, at);
    moveBranch(world, close, { repository, branch: to.name, to: merged, at, user });
    if (options.deleteSource === true && from.type === 'BRANCH')
      moveBranch(world, close, { repository: from.repository, branch: from.name, to: undefined, at, user });
  },

  /** Somebody pushed the merge with git: MERGED without a commit. */
  remoteMerge(pullRequest: PullRequestReference, options: When & { readonly user?: UserReference } = {}): void {
    const found = world.pullRequest(pullRequest);
    expectState(found, 'OPEN');
    const at = time(world, options);
    const { from, to, author, repository } = found;
    const user = options.user === undefined ? author : world.user(options.user);
    const [target, source] = [tipOf(world, repository, to.name, author, at), commitOf(found, from.commit)];
    close(found, 'MERGED', user, at);
    const message = `Merge branch '${from.name}'`;
    const merged = reaches(source, target) ? source : makeCommit(world, [target, source], { message }, user, at);
    moveBranch(world, close, { repository, branch: to.name, to: merged, at, user });
  },

  /** The server lost its commits, as it does after its fork is gone: 404 instead of commits and diffs. Others keep theirs. */
  loseCommits(pullRequest: PullRequestReference): void {
    const found = world.pullRequest(pullRequest);
    found.repository.git.lose(commitsOf(found));
    world.changed();
  },

  /**
   * Somebody pushed to a target branch: its open pull requests get +1 version (unless it is still to come: `version: false`), no date.
   * Their diffs are relative to it: `files` says, by id, to what they change.
   */
  moveTarget(
    repository: RepositoryReference,
    options: When & {
      readonly branch?: string;
      readonly user?: UserReference;
      readonly commits?: NewCommits;
      readonly version?: boolean;
      readonly files?: Readonly<Record<number, readonly FileChange[]>>;
    } = {},
  ): void {
    const found = world.repository(repository);
    const branch = options.branch ?? found.git.head ?? 'main';
    const at = time(world, options);
    const user = world.user(options.user ?? 1);
    const to = makeCommits(world, tipOf(world, found, branch, user, at), options.commits ?? 1, user, at);
    moveBranch(world, close, { repository: found, branch, to, at, version: options.version ?? true });
    for (const [id, files] of Object.entries(options.files ?? {}))
      world.pullRequest({ repositoryId: found.id, id: Number(id) }).files = files;
    world.changed();
  },
});

const mergeMessage = ({ id, title, repository, from, to }: PullRequest, commits: readonly Commit[]): string =>
  `Pull request #${id}: ${title}\n\nMerge in ${repository.project.key}/${repository.slug} from ${from.name} to ${to.name}\n\n* commit '${from.commit}':\n  ${commits.map((each) => each.message).join('\n  ')}`;

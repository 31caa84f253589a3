import { ordinaryFiles } from '../diffs/files';
import { commitsOf } from '../git/pull-request-commits';
import type { FileChange, Participant, PullRequest, User } from '../model';
import type { PullRequestReference, RepositoryReference, UserReference, World } from '../world';
import { bump, record } from './activities';
import { commitOf, expectState, tipOf } from './branch-tips';
import { makeCommits, type NewCommits } from './commits';
import { moveBranch, type Close } from './refs';
import { time, type When } from './when';

export interface NewPullRequest extends When {
  readonly author: UserReference;
  readonly title?: string;
  readonly description?: string;
  /** Source branch, or tag where `tag` is true. @default 'feature/<id>' */
  readonly from?: string;
  readonly tag?: boolean;
  /** Target branch. @default the default branch */
  readonly to?: string;
  /** The fork that it comes from. @default the repository itself */
  readonly fromRepository?: RepositoryReference;
  readonly reviewers?: readonly UserReference[];
  readonly draft?: boolean;
  readonly files?: readonly FileChange[];
  /** Pushed to the source branch before, upon what it has, else upon the target. @default 1 */
  readonly commits?: NewCommits;
}

export interface Push extends When {
  readonly user?: UserReference;
  /** @default 1 */
  readonly commits?: NewCommits;
  /** Commits that a force push took away, newest first. @default 0 */
  readonly removed?: number;
  readonly files?: readonly FileChange[];
}

/** Events of pull requests that move `updatedDate` and the version, or the version alone. */
export const pullRequests = (world: World) => {
  const close: Close = (pullRequest, state, user, at) => events.close(pullRequest, state, user, at);
  const events = {
    createPullRequest(repository: RepositoryReference, options: NewPullRequest): PullRequestReference {
      const target = world.repository(repository);
      const at = time(world, options);
      const id = target.pullRequests.nextId();
      const {
        title = `Pull request ${id}`,
        description,
        from = `feature/${id}`,
        to = target.git.head ?? 'main',
        tag = false,
      } = options;
      const author = world.user(options.author);
      const source = options.fromRepository === undefined ? target : world.repository(options.fromRepository);
      const base = tipOf(world, target, to, author, at);
      const name = tag ? `refs/tags/${from}` : `refs/heads/${from}`;
      const commit = makeCommits(world, source.git.resolve(name) ?? base, options.commits ?? 1, author, at) ?? base;
      if (tag) source.git.setTag(from, { commit, hash: null });
      else moveBranch(world, close, { repository: source, branch: from, to: commit, at });
      target.git.add(commit);
      const pullRequest: PullRequest = {
        repository: target,
        id,
        version: 0,
        title,
        state: 'OPEN',
        draft: options.draft ?? false,
        createdDate: at,
        updatedDate: at,
        author,
        reviewers: (options.reviewers ?? []).map((each): Participant => ({ user: world.user(each), status: 'UNAPPROVED' })),
        participants: [],
        from: { repository: source, type: tag ? 'TAG' : 'BRANCH', name: from, commit: commit.id },
        to: { repository: target, type: 'BRANCH', name: to, commit: base.id },
        files: options.files ?? ordinaryFiles(world.seed, `${target.id}/${id}`),
        counters: { comments: 0, openTasks: 0, resolvedTasks: 0 },
        activities: [],
      };
      if (description !== undefined && description !== '') pullRequest.description = description;
      target.pullRequests.add(pullRequest);
      record(world, pullRequest, author, 'OPENED', at + 18);
      world.changed();
      return { repositoryId: target.id, id };
    },

    /** Title, description or target branch: no activity. */
    edit(
      pullRequest: PullRequestReference,
      edit: When & {
        readonly title?: string;
        readonly description?: string;
        readonly target?: string;
        readonly files?: readonly FileChange[];
      },
    ): void {
      const found = world.pullRequest(pullRequest);
      if (edit.title !== undefined) found.title = edit.title;
      if (edit.description === '') delete found.description;
      else if (edit.description !== undefined) found.description = edit.description;
      if (edit.target !== undefined) {
        const { id } = tipOf(world, found.repository, edit.target, found.author, time(world, edit));
        found.to = { ...found.to, name: edit.target, commit: id };
      }
      if (edit.files !== undefined) found.files = edit.files;
      bump(found, time(world, edit));
      world.changed();
    },

    /** The source branch gets commits: RESCOPED, as is every other open pull request that comes from it. */
    push(pullRequest: PullRequestReference, options: Push = {}): void {
      const found = world.pullRequest(pullRequest);
      const at = time(world, options);
      const { from, to, author } = found;
      const own = commitsOf(found);
      const removed = own.slice(0, options.removed ?? 0);
      const kept =
        removed.length === 0 ? commitOf(found, from.commit) : (removed.at(-1)?.parents[0] ?? commitOf(found, to.commit));
      const tip = makeCommits(world, kept, options.commits ?? 1, author, at) ?? kept;
      const user = options.user === undefined ? undefined : world.user(options.user);
      moveBranch(world, close, { repository: from.repository, branch: from.name, to: tip, at, user, files: options.files });
    },

    /** The version that a moved target brings, seconds after `moveTarget(…, { version: false })`. */
    bumpVersion(pullRequest: PullRequestReference): void {
      world.pullRequest(pullRequest).version += 1;
      world.changed();
    },

    decline(pullRequest: PullRequestReference, options: When & { readonly user?: UserReference } = {}): void {
      const found = world.pullRequest(pullRequest);
      events.close(found, 'DECLINED', options.user === undefined ? found.author : world.user(options.user), time(world, options));
    },

    /** For other events: closes it, with its activity. */
    close: (pullRequest: PullRequest, state: 'DECLINED' | 'MERGED', user: User, at: number): void => {
      expectState(pullRequest, 'OPEN');
      Object.assign(pullRequest, { state, closedDate: at });
      bump(pullRequest, at, state === 'MERGED' ? 2 : 1);
      world.followed.push({ event: state === 'MERGED' ? 'pr:merged' : 'pr:declined', pullRequest });
      record(
        world,
        pullRequest,
        user,
        state,
        at,
        pullRequest.mergeCommit === undefined ? {} : { commit: pullRequest.mergeCommit },
      );
      world.changed();
    },

    reopen(pullRequest: PullRequestReference, options: When & { readonly user?: UserReference } = {}): void {
      const found = world.pullRequest(pullRequest);
      expectState(found, 'DECLINED');
      const at = time(world, options);
      const { from, to, repository, author } = found;
      if (from.type === 'BRANCH' && !from.repository.deleted) {
        const tip = from.repository.git.branches.get(from.name);
        if (tip === undefined)
          moveBranch(world, close, { repository: from.repository, branch: from.name, to: commitOf(found, from.commit), at });
        else repository.git.add(tip);
        from.commit = tip?.id ?? from.commit;
      }
      found.state = 'OPEN';
      delete found.closedDate;
      found.to = { ...to, commit: tipOf(world, repository, to.name, author, at).id };
      bump(found, at);
      record(world, found, options.user === undefined ? found.author : world.user(options.user), 'REOPENED', at);
      world.changed();
    },

    setDraft(pullRequest: PullRequestReference, draft: boolean, when: When = {}): void {
      const found = world.pullRequest(pullRequest);
      found.draft = draft;
      bump(found, time(world, when));
      world.changed();
    },

    deletePullRequest(pullRequest: PullRequestReference): void {
      const { repository, id } = world.pullRequest(pullRequest);
      repository.pullRequests.delete(id);
      world.changed();
    },
  };
  return events;
};

import { ordinaryFiles } from '../diffs/files';
import type { Commit, FileChange, Participant, Person, PullRequest, Repository, User } from '../model';
import type { PullRequestReference, RepositoryReference, UserReference, World } from '../world';
import { bump, record } from './activities';
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
  /** How many commits, or who wrote each. @default 1 */
  readonly commits?: number | readonly Person[];
}

export interface Push extends When {
  readonly user?: UserReference;
  readonly commits?: number | readonly Person[];
  /** Commits that a force push took away. @default 0 */
  readonly removed?: number;
  readonly files?: readonly FileChange[];
}

/** Events of pull requests that move `updatedDate` and the version, or the version alone. */
export const pullRequests = (world: World) => {
  const makeCommits = (
    pullRequest: Pick<PullRequest, 'author' | 'commits'>,
    wanted: number | readonly Person[],
    base: string,
    at: number,
  ): void => {
    const authors = typeof wanted === 'number' ? Array.from({ length: wanted }, () => pullRequest.author) : wanted;
    for (const [index, author] of authors.entries()) {
      const parent = pullRequest.commits[0] ?? { id: base };
      const id = world.nextHash('commit', at);
      const date = Math.floor(at / 1000) * 1000 - (authors.length - index) * 1000;
      pullRequest.commits.unshift({ id, message: `Change ${id.slice(0, 7)}`, author, date, parents: [parent] });
    }
  };
  const head = (repository: Repository, branch: string): string => {
    const known = repository.branches.get(branch) ?? world.nextHash(repository.id, branch);
    repository.branches.set(branch, known);
    return known;
  };
  /** Open pull requests on a branch that moved: a new target commit and version, no date. */
  const retarget = (repository: Repository, branch: string, commit: string, version: boolean): void => {
    repository.branches.set(branch, commit);
    for (const id of repository.pullRequests.ids('OPEN')) {
      const open = repository.pullRequests.get(id);
      if (open?.to.name !== branch) continue;
      repository.pullRequests.add(open);
      open.to = { ...open.to, commit };
      if (version) open.version += 1;
    }
  };
  const events = {
    createPullRequest(repository: RepositoryReference, options: NewPullRequest): PullRequestReference {
      const target = world.repository(repository);
      const at = time(world, options);
      const id = target.pullRequests.nextId();
      const {
        title = `Pull request ${id}`,
        description,
        from = `feature/${id}`,
        to = target.defaultBranch ?? 'main',
        tag = false,
      } = options;
      const author = world.user(options.author);
      const source = options.fromRepository === undefined ? target : world.repository(options.fromRepository);
      const toCommit = head(target, to);
      const commits: Commit[] = [];
      makeCommits({ author, commits }, options.commits ?? 1, toCommit, at);
      const commit = commits[0]?.id ?? toCommit;
      source.branches.set(from, commit);
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
        from: { repository: source, type: tag ? 'TAG' : 'BRANCH', name: from, commit },
        to: { repository: target, type: 'BRANCH', name: to, commit: toCommit },
        commits,
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
      if (edit.target !== undefined) found.to = { ...found.to, name: edit.target, commit: head(found.repository, edit.target) };
      if (edit.files !== undefined) found.files = edit.files;
      bump(found, time(world, edit));
      world.changed();
    },

    /** The source branch gets commits: RESCOPED. */
    push(pullRequest: PullRequestReference, options: Push = {}): void {
      const found = world.pullRequest(pullRequest);
      const at = time(world, options);
      const previousFromHash = found.from.commit;
      const removed = found.commits.splice(0, options.removed ?? 0);
      const before = found.commits.length;
      makeCommits(found, options.commits ?? 1, found.to.commit, at);
      found.from.commit = found.commits[0]?.id ?? found.to.commit;
      found.from.repository.branches.set(found.from.name, found.from.commit);
      found.files = options.files ?? ordinaryFiles(world.seed, found.from.commit);
      bump(found, at);
      const toHash = found.to.commit;
      const rescope = {
        fromHash: found.from.commit,
        previousFromHash,
        toHash,
        previousToHash: toHash,
        added: found.commits.slice(0, found.commits.length - before),
        removed,
      };
      record(world, found, options.user === undefined ? found.author : world.user(options.user), 'RESCOPED', at, { rescope });
      world.changed();
    },

    /**
     * Somebody pushed to a target branch: its open pull requests get +1 version (unless it is still to come: `version: false`), no date.
     * Their diffs are relative to it: `files` says, by id, to what they change.
     */
    moveTarget(
      repository: RepositoryReference,
      options: {
        readonly branch?: string;
        readonly version?: boolean;
        readonly files?: Readonly<Record<number, readonly FileChange[]>>;
      } = {},
    ): void {
      const found = world.repository(repository);
      const branch = options.branch ?? found.defaultBranch ?? 'main';
      retarget(found, branch, world.nextHash(found.id, branch), options.version ?? true);
      for (const [id, files] of Object.entries(options.files ?? {}))
        world.pullRequest({ repositoryId: found.id, id: Number(id) }).files = files;
      world.changed();
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
      found.state = 'OPEN';
      delete found.closedDate;
      found.to = { ...found.to, commit: head(found.repository, found.to.name) };
      const at = time(world, options);
      bump(found, at);
      record(world, found, options.user === undefined ? found.author : world.user(options.user), 'REOPENED', at);
      world.changed();
    },

    /** Two versions, one date; the target moves for all others on it. */
    merge(pullRequest: PullRequestReference, options: When & { readonly user?: UserReference } = {}): void {
      const found = world.pullRequest(pullRequest);
      expectState(found, 'OPEN');
      const at = time(world, options);
      const { from, to, title, id, commits, author } = found;
      const message = `Pull request #${id}: ${title}\n\nMerge in ${found.repository.project.key}/${found.repository.slug} from ${from.name} to ${to.name}\n\n* commit '${from.commit}':\n  ${commits.map((each) => each.message).join('\n  ')}`;
      found.mergeCommit = {
        id: world.nextHash('merge', at),
        message,
        author,
        date: Math.floor(at / 1000) * 1000,
        parents: [{ id: to.commit }, commits[0] ?? { id: from.commit }],
      };
      events.close(found, 'MERGED', options.user === undefined ? author : world.user(options.user), at);
      retarget(found.repository, to.name, found.mergeCommit.id, true);
      world.changed();
    },

    /** Somebody pushed the merge with git: MERGED without a commit. */
    remoteMerge(pullRequest: PullRequestReference, options: When & { readonly user?: UserReference } = {}): void {
      const found = world.pullRequest(pullRequest);
      events.close(found, 'MERGED', options.user === undefined ? found.author : world.user(options.user), time(world, options));
      retarget(found.repository, found.to.name, found.from.commit, true);
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

const expectState = ({ id, state }: PullRequest, expected: PullRequest['state']): void => {
  if (state !== expected) throw new Error(`Pull request ${id} is ${state}, not ${expected}`);
};

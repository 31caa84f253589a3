import { ordinaryFiles } from '../diffs/files';
import { difference } from '../git/commit-graph';
import { commitsOf } from '../git/pull-request-commits';
import type { Commit, FileChange, PullRequest, Repository, User } from '../model';
import type { World } from '../world';
import { bump, record } from './activities';

/** A branch that gets another tip, or none. */
export interface Move {
  readonly repository: Repository;
  readonly branch: string;
  /** Undefined: the branch is deleted. */
  readonly to: Commit | undefined;
  readonly at: number;
  /** Who pushed; of pull requests that it rescopes, else their authors. */
  readonly user?: User | undefined;
  /** Whether open pull requests on it get their version at once. @default true */
  readonly version?: boolean;
  /** What a pull request changes from now on, where that is not to be made up. */
  readonly files?: readonly FileChange[] | undefined;
}

/** Other events' way to close a pull request. */
export type Close = (pullRequest: PullRequest, state: 'DECLINED' | 'MERGED', user: User, at: number) => void;

const NOTHING = '0'.repeat(40);

/** Moves a branch, with all that it does to open pull requests: from it, they are rescoped; on it, they get a new target; without it, they are declined. */
export const moveBranch = (world: World, close: Close, move: Move): void => {
  const { repository, branch, to } = move;
  const before = repository.git.branches.get(branch);
  if (before === to) return;
  repository.git.setBranch(branch, to);
  tellOfRef(world, repository, `refs/heads/${branch}`, before?.id, to?.id);
  world.changed();
  rescope(world, close, move);
  retarget(world, close, move, before);
  world.changed();
};

/** Notes that a ref changed, for webhooks. */
export const tellOfRef = (
  world: World,
  repository: Repository,
  refId: string,
  from: string | undefined,
  to: string | undefined,
): void => {
  const type = from === undefined ? 'ADD' : to === undefined ? 'DELETE' : 'UPDATE';
  world.refChanges.push({ repository, refId, fromHash: from ?? NOTHING, toHash: to ?? NOTHING, type });
};

/** Open pull requests that come from the branch. */
const rescope = (world: World, close: Close, { repository, branch, to, at, user, files }: Move): void => {
  for (const pullRequest of openFrom(world, repository, branch)) {
    if (to === undefined) {
      close(pullRequest, 'DECLINED', user ?? pullRequest.author, at);
      continue;
    }
    pullRequest.repository.git.add(to);
    const [previousFromHash, before] = [pullRequest.from.commit, commitsOf(pullRequest)];
    pullRequest.from.commit = to.id;
    const after = commitsOf(pullRequest);
    pullRequest.files = files ?? ordinaryFiles(world.seed, to.id);
    bump(pullRequest, at);
    const toHash = pullRequest.to.commit;
    const added = after.filter((each) => !before.includes(each));
    const removed = before.filter((each) => !after.includes(each));
    record(world, pullRequest, user ?? pullRequest.author, 'RESCOPED', at, {
      rescope: { fromHash: to.id, previousFromHash, toHash, previousToHash: toHash, added, removed },
    });
    world.followed.push({ event: 'pr:from_ref_updated', pullRequest });
  }
};

/** Open pull requests on the branch: a version, no date; whatever of them arrived in full was merged by somebody who pushed it. */
const retarget = (
  world: World,
  close: Close,
  { repository, branch, to, at, user, version = true }: Move,
  before: Commit | undefined,
): void => {
  const open = repository.pullRequests.openOn('to', branch);
  if (open.length === 0) return;
  const arrived = to === undefined ? new Set<Commit>() : difference([to], before === undefined ? [] : [before]);
  const ids = new Set([...arrived].map(({ id }) => id));
  for (const pullRequest of open) {
    if (to === undefined) close(pullRequest, 'DECLINED', user ?? pullRequest.author, at);
    else if (ids.has(pullRequest.from.commit)) close(pullRequest, 'MERGED', user ?? pullRequest.author, at);
    else {
      pullRequest.to = { ...pullRequest.to, commit: to.id };
      if (version) pullRequest.version += 1;
    }
  }
};

const openFrom = (world: World, source: Repository, branch: string): PullRequest[] =>
  world.repositories
    .filter(({ deleted, hierarchyId }) => !deleted && hierarchyId === source.hierarchyId)
    .flatMap(({ pullRequests }) => pullRequests.openOn('from', branch))
    .filter(({ from }) => from.repository === source);

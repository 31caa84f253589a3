import { reaches } from '../git/commit-graph';
import type { Commit, Repository } from '../model';
import type { RepositoryReference, UserReference, World } from '../world';
import { makeCommit, makeCommits, replay, type NewCommits } from './commits';
import { moveBranch, type Close } from './refs';
import { time, type When } from './when';

/** Who pushes, and when. */
export interface ByWhom extends When {
  /** @default the first user */
  readonly user?: UserReference;
}

export interface PushCommits extends ByWhom {
  /** One that does not exist is created where the default branch is; in an empty repository with a first commit. @default the default branch */
  readonly branch?: string;
  /** @default 1 */
  readonly commits?: NewCommits;
}

/** Events of branches: each moves pull requests with it, as a push does. `close` is what closes one. */
export const branches = (world: World, close: Close) => {
  const move = (repository: Repository, branch: string, to: Commit | undefined, options: ByWhom): void => {
    const user = options.user === undefined ? undefined : world.user(options.user);
    moveBranch(world, close, { repository, branch, to, at: time(world, options), user });
  };
  const tipOf = ({ git, slug }: Repository, branch: string): Commit => {
    const tip = git.branches.get(branch);
    if (tip === undefined) throw new Error(`${slug} has no branch ${branch}`);
    return tip;
  };
  /** A commit by id, ref, branch, or so many first parents back. */
  const commitAt = (repository: Repository, tip: Commit, where: string | number): Commit => {
    if (typeof where === 'string') {
      const found = repository.git.resolve(where);
      if (found === undefined) throw new Error(`${repository.slug} has no commit ${where}`);
      return found;
    }
    let found = tip;
    for (let back = 0; back < where; back += 1) found = found.parents[0] ?? found;
    return found;
  };
  const events = {
    /** Commits upon a branch; the ids that were pushed, oldest first. */
    pushCommits(repository: RepositoryReference, options: PushCommits = {}): string[] {
      const found = world.repository(repository);
      const { git } = found;
      const branch = options.branch ?? git.head ?? 'main';
      git.head ??= branch;
      const base = git.branches.get(branch) ?? git.tip;
      const tip = makeCommits(world, base, options.commits ?? 1, world.user(options.user ?? 1), time(world, options));
      move(found, branch, tip, options);
      const ids: string[] = [];
      for (let each = tip; each !== undefined && each !== base; each = each.parents[0]) ids.push(each.id);
      return ids.reverse();
    },

    /** Takes the newest commits of a branch away, by their number or all beyond a commit, and puts others there. */
    forcePush(
      repository: RepositoryReference,
      branch: string,
      options: ByWhom & { readonly remove: number | string; readonly commits?: NewCommits },
    ): void {
      const found = world.repository(repository);
      const base = commitAt(found, tipOf(found, branch), options.remove);
      const by = world.user(options.user ?? 1);
      move(found, branch, makeCommits(world, base, options.commits ?? 1, by, time(world, options)), options);
    },

    /** To any commit: an id, a ref, or so many first parents back. */
    resetBranch(repository: RepositoryReference, branch: string, to: string | number, options: ByWhom = {}): void {
      const found = world.repository(repository);
      move(found, branch, commitAt(found, tipOf(found, branch), to), options);
    },

    /** The branch's own commits again, upon another branch. */
    rebaseBranch(repository: RepositoryReference, branch: string, onto: string, options: ByWhom = {}): void {
      const found = world.repository(repository);
      const [tip, base] = [tipOf(found, branch), tipOf(found, onto)];
      const own = found.git
        .log(tip, base)
        .all()
        .filter(({ parents }) => parents.length < 2);
      const by = world.user(options.user ?? 1);
      if (!reaches(tip, base)) move(found, branch, replay(world, own.toReversed(), base, by, time(world, options)), options);
    },

    /** With git, without a pull request; nothing where it is merged already. */
    mergeBranch(
      repository: RepositoryReference,
      branch: string,
      into: string,
      options: ByWhom & { readonly strategy?: 'merge' | 'squash' | 'fast-forward' } = {},
    ): void {
      const found = world.repository(repository);
      const [source, target] = [tipOf(found, branch), tipOf(found, into)];
      if (reaches(target, source)) return;
      const { strategy = 'merge' } = options;
      if (strategy === 'fast-forward') return move(found, into, reaches(source, target) ? source : target, options);
      const said = { message: `Merge branch '${branch}' into ${into}` };
      const parents = strategy === 'squash' ? [target] : [target, source];
      move(found, into, makeCommit(world, parents, said, world.user(options.user ?? 1), time(world, options)), options);
    },

    /** `at`: a commit id or a ref. @default the default branch */
    createBranch(repository: RepositoryReference, branch: string, options: ByWhom & { readonly from?: string } = {}): void {
      const found = world.repository(repository);
      const { git } = found;
      if (git.branches.has(branch)) throw new Error(`${found.slug} has a branch ${branch}`);
      const tip = git.tip;
      if (tip === undefined && options.from === undefined) throw new Error(`${found.slug} has no default branch to begin from`);
      const to = options.from === undefined ? tip : commitAt(found, [...git.branches.values()][0]!, options.from);
      move(found, branch, to, options);
    },

    /** Open pull requests from or to it are declined. The default branch, too: HEAD then names what does not exist. */
    deleteBranch(repository: RepositoryReference, branch: string, options: ByWhom = {}): void {
      const found = world.repository(repository);
      tipOf(found, branch);
      move(found, branch, undefined, options);
    },

    /** One name goes, another comes; if it was the default branch, that follows. */
    renameBranch(repository: RepositoryReference, branch: string, to: string, options: ByWhom = {}): void {
      const found = world.repository(repository);
      const { git } = found;
      const tip = tipOf(found, branch);
      if (git.branches.has(to)) throw new Error(`${found.slug} has a branch ${to}`);
      const followed = git.head === branch;
      move(found, to, tip, options);
      if (followed) git.head = to;
      move(found, branch, undefined, options);
    },

    /** One that does not exist is created where the default branch is, or with a first commit. */
    setDefaultBranch(repository: RepositoryReference, branch: string, options: ByWhom = {}): void {
      const found = world.repository(repository);
      const { git } = found;
      const user = world.user(options.user ?? 1);
      const tip = git.tip ?? makeCommit(world, [], { message: 'Initial commit' }, user, time(world, options));
      if (!git.branches.has(branch)) move(found, branch, tip, options);
      git.head = branch;
      world.changed();
    },

    /** HEAD names a branch that nobody pushed. */
    setMissingDefaultBranch(repository: RepositoryReference, branch: string): void {
      const { git } = world.repository(repository);
      if (git.branches.has(branch)) throw new Error(`The branch ${branch} exists`);
      git.head = branch;
      world.changed();
    },

    /** Every branch and tag goes, and what was the default is none; the commits stay until they are collected. */
    emptyRepository(repository: RepositoryReference, options: ByWhom = {}): void {
      const found = world.repository(repository);
      for (const branch of [...found.git.branches.keys()]) move(found, branch, undefined, options);
      for (const tag of [...found.git.tags.keys()]) found.git.setTag(tag, undefined);
      world.changed();
    },

    /** A first push, upon nothing. @default of one commit to `main` */
    fillRepository(repository: RepositoryReference, options: PushCommits = {}): string[] {
      const { git } = world.repository(repository);
      if (git.branches.size > 0) throw new Error('The repository is not empty');
      git.head = options.branch ?? git.head ?? 'main';
      return events.pushCommits(repository, options);
    },

    /** What nothing reaches goes: no branch, no tag, no pull request. How many commits that were. */
    gc(repository: RepositoryReference): number {
      const { git, pullRequests } = world.repository(repository);
      const kept: string[] = [];
      for (const id of pullRequests.ids('ALL')) {
        const { from, mergeCommit } = pullRequests.get(id)!;
        kept.push(from.commit, ...(mergeCommit === undefined ? [] : [mergeCommit.id]));
      }
      world.changed();
      return git.collectGarbage(kept);
    },
  };
  return events;
};

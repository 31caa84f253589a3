import type { Simulator } from '../simulator';
import { reachable } from '../simulator/git/commit-graph';
import type { Build, BuildState } from '../simulator/model';
import type { Events } from './model-events';
import { DAY } from './support/clock';

type Repository = Simulator['world']['repositories'][number];
type Happening = (on: Events, a: number, b: number) => void;

/** Names that come, go and come back. */
const BRANCHES = ['develop', 'release/1', 'feature/new', 'feature/#1 %+?~ü', 'hotfix'];
const TAGS = ['v1', 'release/ü #2', 'nightly'];
const KEYS = ['CI', 'CI-nightly', 'deploy-prod'];
const DONE: readonly BuildState[] = ['SUCCESSFUL', 'FAILED', 'CANCELLED', 'UNKNOWN'];

const pick = <T>(list: readonly T[], n: number): T | undefined => list[n % Math.max(1, list.length)];
const branchesOf = ({ git }: Repository) => [...git.branches.keys()];

/** Makes a happening of what happens to one branch; `b` chooses it together with how it happens. */
const toBranch =
  (happen: (on: Events, repository: Repository, branch: string, b: number) => void): Happening =>
  (on, a, b) => {
    const found = on.repository(a, ({ git }) => git.branches.size > 0);
    const branch = found === undefined ? undefined : pick(branchesOf(found), a + b);
    if (found !== undefined && branch !== undefined) happen(on, found, branch, b);
  };

/** The same for one tag. */
const toTag =
  (happen: (on: Events, repository: Repository, tag: string, b: number) => void): Happening =>
  (on, a, b) => {
    const found = on.repository(a, ({ git }) => git.tags.size > 0);
    const tag = found === undefined ? undefined : pick([...found.git.tags.keys()], b);
    if (found !== undefined && tag !== undefined) happen(on, found, tag, b);
  };

/** Commits of a repository that builds may be of: tips, heads of pull requests, and what lies below. */
const commitsToBuild = ({ git, pullRequests }: Repository): string[] => {
  const heads = pullRequests.ids('ALL').map((id) => pullRequests.get(id)!.from.commit);
  const tips = [...git.branches.values()];
  const below = [...reachable(tips)].slice(0, 12);
  return [...tips.map(({ id }) => id), ...heads.filter((id) => git.get(id) !== undefined), ...below.map(({ id }) => id)];
};

/** Makes a happening of what becomes of a build that there is. */
const toBuild =
  (
    suits: (build: Build) => boolean,
    happen: (on: Events, repository: Repository, commit: string, build: Build) => void,
  ): Happening =>
  (on, a, b) => {
    const all = [...on.world.builds].flatMap(([commit, builds]) => [...builds.values()].map((build) => ({ commit, build })));
    const found = pick(
      all.filter(
        ({ commit, build }) => suits(build) && !build.repository.deleted && build.repository.git.resolve(commit) !== undefined,
      ),
      a + b,
    );
    // Twice in a millisecond nobody could tell apart.
    if (found !== undefined && found.build.updatedDate < on.world.now())
      happen(on, found.build.repository, found.commit, found.build);
  };

const say =
  (state: (before: BuildState) => BuildState) =>
  (on: Events, { id }: Repository, commit: string, { key, state: before }: Build): void => {
    on.history.build(id, { commit, key, state: state(before), number: on.fresh('#'), description: on.fresh('Run ') });
  };

const isRunning = ({ state }: Build) => state === 'INPROGRESS';
const isDone = (build: Build) => !isRunning(build);

/** What happens to commits, refs and builds; beside the events of `model-events.ts`. */
export const GRAPH_HAPPENINGS = {
  pushBranch: toBranch((on, { id }, branch, b) => {
    on.history.pushCommits(id, { branch, commits: 1 + (b % 3) });
  }),
  pushMany: toBranch((on, { id }, branch, b) => {
    on.history.pushCommits(id, { branch, commits: 6 + b });
  }),
  /** Of one that does not exist, or into an empty repository. */
  pushNewBranch: (on, a, b) => {
    const found = on.repository(a);
    const branch = pick(BRANCHES, b)!;
    if (found !== undefined) on.history.pushCommits(found.id, { branch, commits: 1 + (a % 2) });
  },
  /** Commits whose dates lie: long ago, in the future, in no year that there is. */
  pushWrongDates: toBranch((on, { id }, branch, b) => {
    if (!on.allowsWrongDates) return;
    const committerDate = [on.world.now() - 40 * DAY, on.world.now() + 2 * DAY, Date.UTC(12_000, 0, 1)][b % 3]!;
    on.history.pushCommits(id, { branch, commits: [{ committerDate }, {}].slice(0, 1 + (b % 2)) });
  }),
  amend: toBranch((on, { id }, branch) => on.history.forcePush(id, branch, { remove: 1, commits: 1 })),
  forcePush: toBranch((on, { id }, branch, b) => on.history.forcePush(id, branch, { remove: 1 + (b % 4), commits: 1 + (b % 3) })),
  reset: toBranch((on, { id }, branch, b) => on.history.resetBranch(id, branch, 1 + (b % 4))),
  resetToOther: toBranch((on, repository, branch, b) => {
    const other = pick(branchesOf(repository), b)!;
    on.history.resetBranch(repository.id, branch, `refs/heads/${other}`);
  }),
  rebase: toBranch((on, repository, branch, b) => {
    const onto = pick(branchesOf(repository), b)!;
    if (onto !== branch) on.history.rebaseBranch(repository.id, branch, onto);
  }),
  mergeBranch: toBranch((on, repository, branch, b) => {
    const into = b % 2 === 0 ? repository.git.defaultBranch : pick(branchesOf(repository), b);
    if (into === undefined || into === branch) return;
    on.history.mergeBranch(repository.id, branch, into, { strategy: pick(['merge', 'squash', 'fast-forward'] as const, b)! });
  }),
  createBranch: (on, a, b) => {
    const found = on.repository(a, ({ git }) => git.branches.size > 0);
    const name = pick(BRANCHES, b)!;
    if (found === undefined || found.git.branches.has(name)) return;
    const from = pick(
      [...reachable(found.git.branches.values())].map(({ id }) => id),
      a + b,
    )!;
    on.history.createBranch(found.id, name, { from });
  },
  /** More than are compared at once, or go at once without a second list. */
  createManyBranches: (on, a, b) => {
    const found = on.repository(a, ({ git }) => git.tip !== undefined);
    if (found === undefined || !on.seesInvisible || b % 4 !== 0) return;
    for (let number = 1; number <= 22; number++)
      if (!found.git.branches.has(`feature/many-${number}`))
        on.history.pushCommits(found.id, { branch: `feature/many-${number}` });
  },
  deleteManyBranches: (on, a) => {
    const found = on.repository(a, ({ git }) => git.branches.has('feature/many-1'));
    if (found === undefined || !on.seesInvisible) return;
    for (const name of branchesOf(found)) if (name.startsWith('feature/many-')) on.history.deleteBranch(found.id, name);
  },
  deleteBranch: toBranch((on, { id }, branch) => on.history.deleteBranch(id, branch)),
  renameBranch: toBranch((on, { id, git }, branch, b) => {
    const to = pick(BRANCHES, b)!;
    if (!git.branches.has(to)) on.history.renameBranch(id, branch, to);
  }),
  switchDefaultBranch: toBranch((on, { id }, branch) => on.history.setDefaultBranch(id, branch)),
  missDefaultBranch: (on, a, b) => {
    const found = b % 3 === 0 ? on.repository(a, ({ git }) => !git.branches.has('nowhere')) : undefined;
    if (found !== undefined) on.history.setMissingDefaultBranch(found.id, 'nowhere');
  },
  emptyRepository: (on, a, b) => {
    const found = b % 3 === 0 ? on.repository(a) : undefined;
    if (found !== undefined) on.history.emptyRepository(found.id);
  },
  fillRepository: (on, a, b) => {
    const found = on.repository(a, ({ git }) => git.branches.size === 0);
    if (found !== undefined) on.history.fillRepository(found.id, { commits: 1 + (b % 3) });
  },
  collectGarbage: (on, a) => {
    const found = on.repository(a);
    if (found !== undefined) on.history.gc(found.id);
  },
  mergeWith: (on, a, b) => {
    const found = on.open(a);
    if (found === undefined) return;
    on.history.merge(
      { repositoryId: found.repository.id, id: found.id },
      { strategy: pick(['squash', 'rebase', 'merge'] as const, b)!, deleteSource: b % 2 === 0 },
    );
  },
  tag: (on, a, b) => {
    const found = on.repository(a, ({ git }) => git.branches.size > 0);
    const name = pick(TAGS, b)!;
    if (found === undefined || found.git.tags.has(name)) return;
    on.history.tag(found.id, name, { at: pick(commitsToBuild(found), b)!, annotated: b % 2 === 0 });
  },
  moveTag: toTag((on, repository, tag, b) => {
    const at = pick(commitsToBuild(repository), b);
    if (at !== undefined) on.history.moveTag(repository.id, tag, { at, annotated: b % 2 === 0 });
  }),
  annotateTag: toTag((on, { id, git }, tag) =>
    on.history.moveTag(id, tag, { at: git.tags.get(tag)!.commit.id, annotated: true }),
  ),
  deleteTag: toTag((on, { id }, tag) => on.history.deleteTag(id, tag)),
  build: (on, a, b) => {
    const found = on.repository(a, ({ git }) => git.branches.size > 0);
    const commit = found === undefined ? undefined : pick(commitsToBuild(found), b);
    if (found === undefined || commit === undefined) return;
    const key = pick(KEYS, a + b)!;
    if ((on.world.builds.get(commit)?.get(key)?.updatedDate ?? 0) >= on.world.now()) return;
    on.history.build(found.id, {
      ...{ commit, key, number: on.fresh('#'), duration: b * 1000 },
      state: b % 3 === 0 ? 'INPROGRESS' : pick(DONE, b)!,
    });
  },
  finishBuild: toBuild(isRunning, (on, { id }, commit, { key }) => {
    on.history.build(id, { commit, key, state: 'SUCCESSFUL', number: on.fresh('#') });
  }),
  cancelBuild: toBuild(
    isRunning,
    say(() => 'CANCELLED'),
  ),
  describeRunningBuild: toBuild(
    isRunning,
    say((before) => before),
  ),
  /** The counters stay as they were. */
  rerunAlike: toBuild(
    isDone,
    say((before) => before),
  ),
  rerunOtherwise: toBuild(
    isDone,
    say((before) => (before === 'FAILED' ? 'SUCCESSFUL' : 'FAILED')),
  ),
  restartBuild: toBuild(
    isDone,
    say(() => 'INPROGRESS'),
  ),
  deleteBuild: toBuild(
    () => true,
    (on, { id }, commit, { key }) => {
      if (on.world.features.richBuilds) on.history.deleteBuild(id, key, commit);
    },
  ),
} satisfies Record<string, Happening>;

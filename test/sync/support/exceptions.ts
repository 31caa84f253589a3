import type { Fault, Simulator, StreamName } from '../../simulator';
import { reachable } from '../../simulator/git/commit-graph';
import { Selection, type TruthFilter } from '../../simulator/truth/filter';
import type { Row } from '../../support/rows';
import { essenceOf } from './essence';
import { HOUR } from './clock';
import type { Warehouse } from './warehouse';

type Repository = Simulator['world']['repositories'][number];

/** How a history ended. */
export interface End {
  readonly filter: TruthFilter;
  /** What only a recheck sees must be there, too. */
  readonly isRechecked: boolean;
  /** A list of branches was read, which tells the default branch. */
  readonly readsBranches: boolean;
}

/** Where a warehouse may differ from the server, for that is promised: noted while a history goes on, asked at its end. */
export class Exceptions {
  /** Commits that were on the default branch once, by repository. */
  private readonly onDefault = new Map<number, Set<string>>();
  private readonly tipsSeen = new Map<number, string>();
  /** Commits, by repository and branch, that the branch had once. */
  private readonly onBranch = new Map<string, Set<string>>();
  /** Left out by patterns that became narrower: no record says so. */
  private readonly aside = new Map<number, Set<string>>();
  /** Commits that had builds and were not watched at some time. */
  private readonly unwatched = new Map<number, Set<string>>();
  /** Repositories that had no default branch at some time: nothing told then what is ahead of it. */
  private readonly headless = new Set<number>();
  /** Whether diffs were answered with half a body: what is said to be truncated was. */
  private brokenDiffs = false;
  /** Left branches whose former tips were gone from the server, which a warning said. */
  private readonly unnamed = new Set<string>();
  /** Since when each commit has a build in progress. */
  private readonly runningSince = new Map<string, number>();

  /** @param isForgotten whether a pull request was closed for so long that nothing of it was known when it was opened again */
  constructor(
    private readonly simulator: Simulator,
    private readonly isForgotten: (repository: number, pullRequest: number) => boolean = () => false,
  ) {}

  /** Takes note of the graph and of the builds: to be called after each event. */
  happened(): void {
    const { repositories, builds } = this.simulator.world;
    for (const { id, git } of repositories) {
      const seen = `${git.revision} ${git.head}`;
      if (this.tipsSeen.get(id) === seen) continue;
      this.tipsSeen.set(id, seen);
      const { tip } = git;
      if (tip === undefined) this.headless.add(id);
      else for (const each of reachable([tip])) put(this.onDefault, id, each.id);
      for (const [name, commit] of git.branches)
        for (const each of reachable([commit])) put(this.onBranch, `${id} ${name}`, each.id);
    }
    for (const [commit, ofCommit] of builds) {
      const isRunning = [...ofCommit.values()].some(({ state }) => state === 'INPROGRESS');
      if (!isRunning) this.runningSince.delete(commit);
      else if (!this.runningSince.has(commit)) this.runningSince.set(commit, this.simulator.world.now());
    }
  }

  /** Takes note of what is not watched by a sync that reads builds now. */
  watched(filter: TruthFilter): void {
    const { world, truth } = this.simulator;
    if (world.builds.size === 0) return;
    const keys = new Set(
      truth.rows('builds', widest(filter)).map((row) => `${String(row.repository_id)} ${String(row.commit_id)}`),
    );
    for (const { id } of world.repositories)
      for (const commit of world.builds.keys()) if (!keys.has(`${id} ${commit}`)) put(this.unwatched, id, commit);
  }

  /** Takes note of a sync that begins with other patterns of branches than the last one had. */
  narrowed(before: TruthFilter, after: TruthFilter, warehouse: Warehouse): void {
    if (String(before.branches) === String(after.branches)) return;
    const [was, is] = [new Selection(before), new Selection(after)];
    const alive = this.keys('commits', { ...widest(after), startDate: Number.NEGATIVE_INFINITY });
    for (const row of warehouse.alive('commits')) {
      const [repository, id] = [Number(row.repository_id), String(row.id)];
      if (alive.has(`${repository}/${id}`)) continue;
      const left = [...this.onBranch].some(([place, commits]) => {
        const [owner, name = ''] = place.split(/ (.*)/s);
        return Number(owner) === repository && was.branch(name) && !is.branch(name) && commits.has(id);
      });
      if (left) put(this.aside, repository, id);
    }
  }

  /** Takes note of what goes wrong in a sync. */
  goesWrong(faults: readonly Fault[]): void {
    if (faults.some(({ route, kind }) => route === 'diff' && kind === 'half-body')) this.brokenDiffs = true;
  }

  /** Takes note of what a sync warned of. */
  warned(warnings: readonly string[]): void {
    for (const [id] of warnings.join(' ').matchAll(/\b[0-9a-f]{40}\b/g)) {
      for (const { git } of this.simulator.world.repositories) {
        const commit = git.remembered(id);
        if (commit !== undefined) for (const each of reachable([commit])) this.unnamed.add(each.id);
      }
    }
  }

  /** Whether a row that nothing happened to may come again. */
  mayComeAgain(stream: string, repository: number, id: string, filter: TruthFilter): boolean {
    if (stream === 'builds') return this.unwatched.get(repository)?.has(id) === true;
    if (stream !== 'commits') return false;
    // Those that a further branch took over, and all of a branch that is read anew.
    return (filter.branches ?? []).length > 0
      ? this.wasOnSeveral(repository, id) || this.headless.has(repository) || this.unnamed.size > 0
      : this.unnamed.size > 0;
  }

  /** Whether a row may be other than the server's, or missing. */
  mayDiffer(stream: StreamName, landed: Row | undefined, right: Row, end: End, warehouse: Warehouse): boolean {
    if (stream === 'commits' && landed !== undefined) {
      const wasOnDefault = this.onDefault.get(Number(right.repository_id))?.has(String(right.id)) === true;
      const mayClaim = landed.on_default_branch === true && right.on_default_branch === false && wasOnDefault;
      return mayClaim && isSame(stream, { ...landed, on_default_branch: false }, right);
    }
    if (stream === 'repositories' && landed !== undefined)
      return !end.isRechecked && !end.readsBranches && isSame(stream, { ...landed, default_branch: right.default_branch }, right);
    if (stream === 'pull_request_diffs' && this.brokenDiffs) return landed?.truncated === true && right.truncated === false;
    return stream === 'builds' && this.haveSameCounters(right, end, warehouse);
  }

  /** Whether a row may be there that the server does not have. */
  mayStay(stream: StreamName, landed: Row, end: End, warehouse: Warehouse): boolean {
    const { world } = this.simulator;
    const selection = new Selection(end.filter);
    const start = typeof end.filter.startDate === 'number' ? end.filter.startDate : Number.NEGATIVE_INFINITY;
    const isBefore = (date: unknown): boolean => typeof date === 'string' && Date.parse(date) < start;
    const repository = Number(landed.repository_id);
    switch (stream) {
      case 'projects': {
        const found = world.projects.find(({ id }) => id === landed.id);
        // What it is called now is not known of one that was gone before it was looked at.
        return found !== undefined && [found, { ...found, key: String(landed.key) }].some((each) => !selection.project(each));
      }
      case 'repositories': {
        const found = world.repositories.find(({ id }) => id === landed.id);
        if (found === undefined) return false;
        const known = { ...found, slug: String(landed.slug), project: { ...found.project, key: String(landed.project_key) } };
        return [found, known].some((each) => !selection.repository(each));
      }
      case 'pull_requests':
        return isBefore(landed.updated_date);
      case 'pull_request_diffs': {
        const parent = warehouse.table('pull_requests').get(`${repository}/${landed.pull_request_id}`)?.row;
        return isBefore(parent?.updated_date ?? landed.updated_date);
      }
      case 'commits':
        return (
          isBefore(landed.committer_date) ||
          this.unnamed.has(String(landed.id)) ||
          this.aside.get(repository)?.has(String(landed.id)) === true
        );
      case 'builds':
        return (
          this.unwatched.get(repository)?.has(String(landed.commit_id)) === true || this.haveSameCounters(landed, end, warehouse)
        );
      case 'users':
      case 'branches':
      case 'tags':
      case 'pull_request_activities':
        return false;
      case 'pull_request_commits':
        return this.isForgotten(repository, Number(landed.pull_request_id));
    }
  }

  /** A re-run that leaves the counters alike is seen within `recheck_hours`, of tips and open heads only; one that runs for a day, too. */
  private haveSameCounters({ repository_id, commit_id }: Row, end: End, warehouse: Warehouse): boolean {
    const isOf = (row: Row) => row.repository_id === repository_id && row.commit_id === commit_id;
    const known = warehouse.covered('builds').filter(isOf);
    const right = this.simulator.truth.rows('builds', end.filter).filter(isOf);
    if (countersOf(known) !== countersOf(right)) return false;
    const now = this.simulator.world.now();
    const isRunning = known.some(({ state }) => state === 'INPROGRESS');
    if (isRunning) return !end.isRechecked && now - (this.runningSince.get(String(commit_id)) ?? now) > 24 * HOUR;
    return !end.isRechecked || !this.isPrime(Number(repository_id), String(commit_id), end);
  }

  /** A further branch that is made where another one has been, or moved there, is read as what it has beyond the default branch. */
  private wasOnSeveral(repository: number, id: string): boolean {
    const places = [...this.onBranch].filter(([place, ids]) => place.startsWith(`${repository} `) && ids.has(id));
    return places.length > 1 || this.onDefault.get(repository)?.has(id) === true;
  }

  private isPrime(repository: number, commit: string, { filter }: End): boolean {
    const selection = new Selection(filter);
    const found = this.simulator.world.repositories.find(({ id }) => id === repository);
    if (found === undefined) return false;
    const isTip = ([name, { id }]: [string, { id: string }]) =>
      id === commit && (name === found.git.defaultBranch || selection.branch(name));
    return [...found.git.branches].some(isTip) || this.isOpenHead(found, commit);
  }

  private isOpenHead({ pullRequests }: Repository, commit: string): boolean {
    return pullRequests.ids('OPEN').some((id) => pullRequests.get(id)?.from.commit === commit);
  }

  private keys(stream: StreamName, filter: TruthFilter): Set<string> {
    return new Set(this.simulator.truth.rows(stream, filter).map((row) => `${String(row.repository_id)}/${String(row.id)}`));
  }
}

/** The same, of all repositories. */
function widest(filter: TruthFilter): TruthFilter {
  return { ...filter, projects: [], repositories: [], includePersonalProjects: true, includeArchived: true };
}

function isSame(stream: StreamName, one: Row, other: Row): boolean {
  return essenceOf(stream, one) === essenceOf(stream, other);
}

function countersOf(rows: readonly Row[]): string {
  return rows
    .filter((row) => row.deleted_at === null)
    .map(({ state }) => String(state))
    .sort()
    .join();
}

function put<Key>(map: Map<Key, Set<string>>, key: Key, value: string): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, new Set([value]));
  else known.add(value);
}

import type { Simulator, StreamName, TruthFilter } from '../../simulator';
import { reachable } from '../../simulator/git/commit-graph';
import { keyOf, type Row } from '../../support/rows';
import { essenceOf } from './essence';
import type { End, Exceptions } from './exceptions';

const CURSORS: Readonly<Record<StreamName, string>> = {
  ...{ projects: 'changed_at', repositories: 'changed_at', users: 'changed_at', branches: 'changed_at', tags: 'changed_at' },
  ...{ pull_requests: 'updated_date', pull_request_activities: 'created_date', pull_request_diffs: 'updated_date' },
  ...{ pull_request_commits: 'pull_request_updated_date', commits: 'committer_date', builds: 'changed_at' },
};

/** Instants are texts of one form: what is earlier is less. */
const cursorOf = (stream: StreamName, row: Row): string => String(row[CURSORS[stream]] ?? '');

/** A row as it lies in the warehouse. */
export interface Landed {
  readonly row: Row;
  readonly essence: string;
  /** The greatest that the key ever had. */
  readonly cursor: string;
  /** A STATE came after it in the sync that brought it: the next sync knows of it. */
  readonly covered: boolean;
  /** The sync that brought it came to its end with this stream COMPLETE. */
  readonly settled: boolean;
  /** The latest covered row of this key, where this one is not. */
  readonly before: Landed | undefined;
  /** What its pull request was like on the server then. */
  readonly parent: string | undefined;
}

/** What a platform holds after some syncs: of each key the latest row. */
export class Warehouse {
  /** Rows that a destination would not keep, for an earlier one has a greater cursor. */
  readonly lost: string[] = [];
  private readonly tables = new Map<StreamName, Map<string, Landed>>();

  table(stream: StreamName): Map<string, Landed> {
    let table = this.tables.get(stream);
    if (table === undefined) {
      table = new Map();
      this.tables.set(stream, table);
    }
    return table;
  }

  /** Puts another table in the place of one. */
  replace(stream: StreamName, table: ReadonlyMap<string, Landed>): void {
    this.tables.set(stream, new Map(table));
  }

  /** Rows as the next sync knows them: those that a STATE followed. */
  covered(stream: StreamName): Row[] {
    return [...this.table(stream).values()].flatMap((landed) => (landed.covered ? landed : landed.before)?.row ?? []);
  }

  /** Rows that are not deleted. */
  alive(stream: StreamName): Row[] {
    return [...this.table(stream).values()].map(({ row }) => row).filter((row) => row.deleted_at === null);
  }

  /**
   * Takes the records of one sync.
   * @returns what came without need: rows that were there already, as they are, from a sync that was complete
   */
  land(
    stream: StreamName,
    records: readonly Row[],
    sync: { coveredUpTo: number; settled: boolean; pullRequests: ReadonlyMap<string, string> },
  ): string[] {
    const { coveredUpTo, settled, pullRequests } = sync;
    const table = this.table(stream);
    const needless = new Map<string, string[]>();
    const needed = new Set<string>();
    records.forEach((record, index) => {
      let row = record;
      const key = keyOf(stream, row);
      const essence = row.deleted_at === null ? essenceOf(stream, row) : 'deleted';
      const known = table.get(key);
      // Where something of a pull request changed, its diff, its activities and its commits may come again as a whole.
      const pullRequest = `${row.repository_id}/${row.pull_request_id ?? known?.row.pull_request_id}`;
      const group = stream === 'pull_request_activities' || stream === 'pull_request_commits' ? pullRequest : key;
      const parent = pullRequests.get(pullRequest);
      if (known?.settled === true && known.essence === essence && known.parent === parent)
        needless.set(group, [...(needless.get(group) ?? []), `${stream} ${key} came again as it was`]);
      else needed.add(group);
      const before = known?.covered === false ? known.before : known;
      // Destinations keep, of each key, the row with the greatest cursor, then the latest.
      // What landed after the last state of a sync that was cut off, nobody knows of (docs/guarantees.md, limits).
      const cursor = cursorOf(stream, row);
      const greatest = before?.cursor ?? '';
      if (known !== undefined && known.essence !== essence && cursor < greatest)
        this.lost.push(`${stream} ${key}${row.deleted_at === null ? '' : ' (deleted)'}: ${cursor} loses against ${greatest}`);
      if (row.deleted_at !== null && known !== undefined) row = { ...known.row, deleted_at: row.deleted_at };
      table.set(key, {
        row,
        essence,
        cursor: greatest > cursor ? greatest : cursor,
        covered: index < coveredUpTo,
        settled,
        before: index < coveredUpTo ? undefined : before,
        parent,
      });
    });
    return [...needless].filter(([group]) => !needed.has(group)).flatMap(([, said]) => said);
  }

  /**
   * How it differs from the server, in lines; what is excepted does not count.
   * @param isRechecked what only a moved target branch changes in open pull requests must be there, too
   * @param exceptions what was noted of the history, where the configuration changes or commits and builds are drawn
   */
  differences(
    simulator: Simulator,
    streams: readonly StreamName[],
    filter: TruthFilter = {},
    isRechecked = true,
    exceptions?: Exceptions,
  ): string[] {
    const readsBranches = streams.some((stream) => READ_BRANCHES.includes(stream));
    const end: End = { filter, isRechecked, readsBranches };
    return streams.flatMap((stream) => this.differencesIn(stream, simulator, end, exceptions));
  }

  private differencesIn(stream: StreamName, simulator: Simulator, end: End, exceptions: Exceptions | undefined): string[] {
    const { filter, isRechecked } = end;
    const found: string[] = [];
    const table = this.table(stream);
    const truth = new Map(
      simulator.truth.rows(stream, { ...filter, inactiveUsers: true }).map((row) => [keyOf(stream, row), row]),
    );
    for (const [key, row] of truth) {
      const landed = table.get(key);
      // Those who left are in no list, and found by their slug only.
      const left = stream === 'users' && row.active === false;
      if (left && (landed === undefined || landed.essence === 'deleted')) continue;
      // A personal project is in no list: unless it is named outright, only the repositories in it tell of it.
      if (stream === 'projects' && row.type === 'PERSONAL' && landed === undefined && !isInhabited(simulator, row.id)) continue;
      const right = essenceOf(stream, row);
      if (landed?.essence === right || excused(landed, right) || (left && excused(landed, undefined))) continue;
      if (!isRechecked && (onlyTargetMoved(stream, simulator, landed, row) || this.leftTarget(stream, simulator, row))) continue;
      if (exceptions?.mayDiffer(stream, aliveRow(landed), row, end, this) === true) continue;
      const uncovered = landed?.covered === false ? aliveRow(landed.before) : undefined;
      if (uncovered !== undefined && exceptions?.mayDiffer(stream, uncovered, row, end, this) === true) continue;
      found.push(
        landed === undefined
          ? `${stream} ${key}: missing`
          : `${stream} ${key}:\n  is        ${landed.essence}\n  should be ${right}`,
      );
    }
    const ofTruth = lookUp(simulator, filter, exceptions !== undefined);
    for (const [key, landed] of table) {
      if (truth.has(key) || landed.essence === 'deleted' || excused(landed, undefined)) continue;
      // A personal project whose repositories are all out of sight is in no list, but its own address answers.
      if (stream === 'projects' && isPersonal(simulator, landed.row.id)) continue;
      if (!isRechecked && reachedTarget(stream, simulator, landed.row)) continue;
      if (exceptions?.mayStay(stream, landed.row, end, this) === true) continue;
      if (!ofTruth.excepted(stream, landed.row))
        found.push(`${stream} ${key}: is not on the server any more, and not deleted here`);
    }
    return found;
  }

  /** A commit that is in an open pull request because the target branch has it no longer; what else there is was read at this source. */
  private leftTarget(stream: StreamName, simulator: Simulator, right: Row): boolean {
    if (stream !== 'pull_request_commits') return false;
    const pullRequest = openPullRequest(simulator, right);
    if (pullRequest === undefined) return false;
    const isOf = ({ row }: Landed) => row.repository_id === right.repository_id && row.pull_request_id === right.pull_request_id;
    const landed = [...this.table(stream).values()].filter(isOf);
    return landed.length === 0 || landed.some(({ row }) => row.id === pullRequest.from.commit);
  }
}

const READ_BRANCHES: readonly StreamName[] = ['branches', 'commits', 'builds'];

function aliveRow(landed: Landed | undefined): Row | undefined {
  return landed === undefined || landed.row.deleted_at !== null ? undefined : landed.row;
}

function isPersonal({ world }: Simulator, projectId: unknown): boolean {
  return world.visibleProjects().some(({ id, owner }) => id === projectId && owner !== undefined);
}

function isInhabited(simulator: Simulator, projectId: unknown): boolean {
  return simulator.truth.rows('repositories', { includePersonalProjects: true }).some((row) => row.project_id === projectId);
}

/** The diff, or a commit, of an open pull request as it was before its target branch moved. */
function onlyTargetMoved(stream: StreamName, simulator: Simulator, landed: Landed | undefined, right: Row): boolean {
  if (landed === undefined || landed.row.deleted_at !== null || openPullRequest(simulator, right) === undefined) return false;
  if (stream === 'pull_request_commits')
    return essenceOf(stream, { ...landed.row, position: null }) === essenceOf(stream, { ...right, position: null });
  const sameSource = landed.row.source_commit === right.source_commit;
  return stream === 'pull_request_diffs' && sameSource && landed.row.target_commit !== right.target_commit;
}

/** A commit that is no longer in its open pull request because the target branch has it by now. */
function reachedTarget(stream: StreamName, simulator: Simulator, { id, ...row }: Row): boolean {
  const pullRequest = stream === 'pull_request_commits' ? openPullRequest(simulator, row) : undefined;
  const target = pullRequest?.repository.git.remembered(pullRequest.to.commit);
  return target !== undefined && [...reachable([target])].some((commit) => commit.id === id);
}

function openPullRequest({ world }: Simulator, row: Row) {
  const found = world.repositories.find(({ id }) => id === row.repository_id)?.pullRequests.get(Number(row.pull_request_id));
  return found?.state === 'OPEN' ? found : undefined;
}

/** Nobody can know of a row that landed after the last state: if the server went back to what was before it, it stays. */
function excused(landed: Landed | undefined, right: string | undefined): boolean {
  if (landed === undefined || landed.covered) return false;
  const before = landed.before?.essence;
  return right === undefined ? before === undefined || before === 'deleted' : before === right;
}

/**
 * What may stay in a warehouse although the server shows it no longer: what hangs below what is gone, what left the filters.
 * @param isExact whoever asks knows what left them
 */
function lookUp(simulator: Simulator, filter: TruthFilter, isExact: boolean) {
  const repositories = new Set(
    simulator.truth
      .rows('repositories', filter)
      .filter((row) => row.state === 'AVAILABLE')
      .map(({ id }) => id),
  );
  const pullRequests = new Set(simulator.truth.rows('pull_requests', filter).map((row) => keyOf('pull_requests', row)));
  const filtered = !isExact && Object.keys(filter).length > 0;
  return {
    excepted: (stream: StreamName, row: Row): boolean => {
      if (stream === 'projects' || stream === 'repositories') return filtered;
      if (stream === 'users') return false;
      if (!repositories.has(row.repository_id)) return true;
      const ofPullRequest = stream === 'pull_request_activities' || stream === 'pull_request_commits';
      return ofPullRequest && !pullRequests.has(`${row.repository_id}/${row.pull_request_id}`);
    },
  };
}

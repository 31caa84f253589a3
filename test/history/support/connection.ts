import type { Json } from '../../../src/config/json';
import { NO_COMMITS, parseCommitsState, printCommitsState } from '../../../src/streams/history/commits-state';
import type { CommitsState } from '../../../src/streams/history/commits-state';
import { readCommits } from '../../../src/streams/history/read-commits';
import type { Server } from './server';

/** A row as a warehouse has it. */
export interface CommitRow {
  readonly id: string;
  readonly committer_date: number;
  readonly on_default_branch: boolean | null;
  readonly deleted: boolean;
}

export interface Settings {
  /** Names of further branches that are read. */
  readonly selects: (branch: string) => boolean;
  readonly beginning: number;
  readonly recheckHours: number;
}

export const DEFAULT_ONLY: Settings = { selects: () => false, beginning: -Infinity, recheckHours: 24 };
export const ALL_BRANCHES: Settings = { ...DEFAULT_ONLY, selects: () => true };

/** What one sync did. */
export interface Outcome {
  readonly rows: readonly CommitRow[];
  readonly requests: readonly string[];
  readonly warnings: readonly string[];
  readonly error: Error | null;
}

/** A connection's state and its warehouse, which keeps per key the row with the greatest cursor, then the latest. */
export class Connection {
  readonly warehouse = new Map<string, CommitRow>();
  /** Commits of which a row landed that no state covers: the process was killed between the two. */
  readonly uncovered = new Set<string>();
  /** The same of tombstones: should the commit be back before the next sync, nothing tells that there was one. */
  readonly uncoveredTombstones = new Set<string>();
  state: Json = printCommitsState(NO_COMMITS);
  now = 1_700_000_000_000;

  constructor(
    readonly server: Server,
    public settings: Settings = DEFAULT_ONLY,
  ) {}

  /**
   * @param steps after so many steps the process is killed; the states of all but the last one were saved
   * @param lands whether rows that no state covers reach the warehouse
   */
  async sync(steps = Infinity, lands = true): Promise<Outcome> {
    const { server, settings } = this;
    const [rows, warnings, first]: [CommitRow[], string[], number] = [[], [], server.requests.length];
    const run = {
      selects: settings.selects,
      beginning: settings.beginning,
      marginMs: 30 * 24 * 3_600_000,
      startedAt: this.now,
      recheckMs: settings.recheckHours * 3_600_000,
      warn: (message: string) => void warnings.push(message),
      row: ({ id, committerTimestamp = 0 }: { id: string; committerTimestamp?: number }, onDefault: boolean) =>
        ({ id, committer_date: committerTimestamp, on_default_branch: onDefault, deleted: false }) satisfies CommitRow,
      tombstone: ({ id, committerTimestamp = 0 }: { id: string; committerTimestamp?: number }) =>
        ({ id, committer_date: committerTimestamp, on_default_branch: null, deleted: true }) satisfies CommitRow,
    };
    let [error, left, covered]: [Error | null, number, number] = [null, steps, 0];
    try {
      for await (const step of readCommits(server, server.scan(), this.saved(), run)) {
        rows.push(...(step.rows as unknown as CommitRow[]));
        left -= 1;
        if (left <= 0) break;
        if (step.covers === undefined) continue;
        this.state = JSON.parse(JSON.stringify(printCommitsState(step.covers))) as Json;
        covered = rows.length;
      }
    } catch (caught) {
      error = caught as Error;
    }
    for (const [index, row] of rows.entries()) {
      if (index >= covered && lands) (row.deleted ? this.uncoveredTombstones : this.uncovered).add(row.id);
      if (index < covered || lands) this.load(row);
    }
    this.now += 60_000;
    return { rows, warnings, error, requests: server.requests.slice(first) };
  }

  saved(): CommitsState {
    return parseCommitsState(this.state, this.now);
  }

  alive(): Set<string> {
    return new Set([...this.warehouse.values()].filter(({ deleted }) => !deleted).map(({ id }) => id));
  }

  private load(row: CommitRow): void {
    const known = this.warehouse.get(row.id);
    if (known === undefined || row.committer_date >= known.committer_date) this.warehouse.set(row.id, row);
  }
}

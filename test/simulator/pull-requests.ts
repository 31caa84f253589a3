import type { Git } from './git/git';
import type { PullRequest } from './model';

/** Pull requests that are made up when asked for: what a list must know of each without making it. */
export interface Synthetic {
  readonly count: number;
  updatedDate(id: number): number;
  state(id: number): PullRequest['state'];
  branch(id: number, end: 'from' | 'to'): string;
  make(id: number): PullRequest;
  /** Puts their commits and branches into the repository. */
  fill(git: Git): void;
}

const RECENT = 64;

/** The pull requests of a repository: those that events made or touched are kept, the rest of a large data set is made up on demand. */
export class PullRequests {
  private readonly kept = new Map<number, PullRequest>();
  private readonly gone = new Set<number>();
  private orders: { revision: number; byState: Map<string, readonly number[]> } = { revision: -1, byState: new Map() };
  private last: number;
  /** The latest that were made up: pages of one pull request's activities ask for it again and again. */
  private readonly recent = new Map<number, PullRequest>();

  constructor(
    private readonly revision: () => number,
    private readonly synthetic?: Synthetic,
  ) {
    this.last = synthetic?.count ?? 0;
  }

  get(id: number): PullRequest | undefined {
    const kept = this.kept.get(id);
    if (kept !== undefined) return kept;
    const { synthetic } = this;
    if (synthetic === undefined || !Number.isInteger(id) || id < 1 || id > synthetic.count || this.gone.has(id)) return undefined;
    const recent = this.recent.get(id) ?? synthetic.make(id);
    this.recent.delete(id);
    this.recent.set(id, recent);
    for (const oldest of this.recent.keys()) {
      if (this.recent.size <= RECENT) break;
      this.recent.delete(oldest);
    }
    return recent;
  }

  /** As `get`, and what events do to it will last. */
  touch(id: number): PullRequest | undefined {
    const found = this.get(id);
    if (found !== undefined) this.kept.set(id, found);
    return found;
  }

  nextId(): number {
    this.last += 1;
    return this.last;
  }

  add(pullRequest: PullRequest): void {
    this.kept.set(pullRequest.id, pullRequest);
    this.last = Math.max(this.last, pullRequest.id);
  }

  delete(id: number): void {
    this.kept.delete(id);
    this.gone.add(id);
  }

  /** Those that events made or touched. */
  touched(): Iterable<PullRequest> {
    return this.kept.values();
  }

  /** Open ones with this branch at this end, to be changed. */
  openOn(end: 'from' | 'to', branch: string): PullRequest[] {
    const found: PullRequest[] = [];
    for (const id of this.ids('OPEN')) {
      const ref = this.kept.get(id)?.[end];
      const name = ref === undefined ? this.synthetic?.branch(id, end) : ref.type === 'BRANCH' ? ref.name : undefined;
      if (name !== branch) continue;
      const touched = this.touch(id);
      if (touched !== undefined) found.push(touched);
    }
    return found;
  }

  /** Ids by `updatedDate`, newest first; of equal dates the higher id first. */
  ids(state: 'ALL' | PullRequest['state']): readonly number[] {
    if (this.orders.revision !== this.revision()) this.orders = { revision: this.revision(), byState: new Map() };
    const known = this.orders.byState.get(state);
    if (known !== undefined) return known;
    const made = this.sort(state);
    this.orders.byState.set(state, made);
    return made;
  }

  private sort(state: 'ALL' | PullRequest['state']): number[] {
    const { synthetic, kept, gone } = this;
    const made: number[] = [];
    for (let id = synthetic?.count ?? 0; id > 0; id -= 1) {
      if (!kept.has(id) && !gone.has(id) && (state === 'ALL' || synthetic?.state(id) === state)) made.push(id);
    }
    const own = [...kept.values()].filter((each) => state === 'ALL' || each.state === state);
    own.sort((a, b) => b.updatedDate - a.updatedDate || b.id - a.id);
    return synthetic === undefined ? own.map(({ id }) => id) : merge(own, made, synthetic);
  }
}

const merge = (own: readonly PullRequest[], made: readonly number[], synthetic: Synthetic): number[] => {
  const merged: number[] = [];
  let next = 0;
  for (const id of made) {
    const date = synthetic.updatedDate(id);
    for (let each = own[next]; each !== undefined && (each.updatedDate - date || each.id - id) > 0; each = own[next]) {
      merged.push(each.id);
      next += 1;
    }
    merged.push(id);
  }
  return merged.concat(own.slice(next).map(({ id }) => id));
};

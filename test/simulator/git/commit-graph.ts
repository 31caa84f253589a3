import type { Commit } from '../model';
import { Heap } from './heap';

const WANTED = 1;
const EXCLUDED = 2;

/** Commits that `until` reaches and `since` does not, as `git rev-list until ^since` means it; no date decides. */
export const difference = (until: readonly Commit[], since: readonly Commit[]): Set<Commit> => {
  const flags = new Map<Commit, number>();
  const heap = new Heap<Commit>(({ generation }) => generation);
  let open = 0;
  const mark = (commit: Commit, flag: number): void => {
    const before = flags.get(commit);
    const after = (before ?? 0) | flag;
    if (before === after) return;
    flags.set(commit, after);
    if (before === undefined) heap.push(commit);
    open += Number(after === WANTED) - Number(before === WANTED);
  };
  for (const each of until) mark(each, WANTED);
  for (const each of since) mark(each, EXCLUDED);
  const found = new Set<Commit>();
  // A parent's generation is lower than its children's: whatever comes out has been reached from everywhere already.
  while (open > 0) {
    const commit = heap.pop();
    if (commit === undefined) break;
    const flag = flags.get(commit) ?? 0;
    if (flag === WANTED) {
      found.add(commit);
      open -= 1;
    }
    for (const parent of commit.parents) mark(parent, flag);
  }
  return found;
};

/** Everything that these commits reach, themselves included. */
export const reachable = (tips: Iterable<Commit>): Set<Commit> => {
  const found = new Set<Commit>(tips);
  const open = [...found];
  for (let commit = open.pop(); commit !== undefined; commit = open.pop()) {
    for (const parent of commit.parents) {
      if (found.has(parent)) continue;
      found.add(parent);
      open.push(parent);
    }
  }
  return found;
};

/** Whether `descendant` is, or reaches, `ancestor`. */
export const reaches = (descendant: Commit, ancestor: Commit): boolean => !difference([ancestor], [descendant]).has(ancestor);

/** Commits in the order in which git lists them, by committer date as far as the graph lets it; found as far as somebody asks. */
export class Log {
  private readonly found: Commit[] = [];
  private readonly seen = new Set<Commit>();
  private readonly heap = new Heap<Commit>(({ committerDate }) => committerDate);

  /** `within`: only these, of which the tips are some. */
  constructor(
    tips: Iterable<Commit>,
    private readonly within?: ReadonlySet<Commit>,
  ) {
    for (const tip of tips) this.meet(tip);
  }

  /** At least the first `count`, where there are as many. */
  first(count: number): readonly Commit[] {
    while (this.found.length < count) {
      const next = this.heap.pop();
      if (next === undefined) break;
      this.found.push(next);
      for (const parent of next.parents) this.meet(parent);
    }
    return this.found;
  }

  all(): readonly Commit[] {
    return this.first(Number.POSITIVE_INFINITY);
  }

  private meet(commit: Commit): void {
    if (this.seen.has(commit) || this.within?.has(commit) === false) return;
    this.seen.add(commit);
    this.heap.push(commit);
  }
}

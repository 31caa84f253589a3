/** A commit of the graph; dates say nothing of the order in which anything was pushed. */
export interface GraphCommit {
  readonly id: string;
  readonly parents: readonly GraphCommit[];
  /** Epoch milliseconds. */
  readonly date: number;
}

/** One repository's objects and refs, as git keeps them; a second opinion, which imports nothing from src. */
export class GitRepository {
  readonly branches = new Map<string, GraphCommit>();
  /** Refs that are no branches: they keep commits from being collected. */
  readonly kept = new Map<string, GraphCommit>();
  /** What HEAD names; its branch need not exist. */
  head = 'main';
  private objects = new Map<string, GraphCommit>();
  private count = 0;

  commit(parents: readonly GraphCommit[], date: number): GraphCommit {
    const id = ((this.count += 1) * 2654435761 + 0x1000000000).toString(16).padStart(16, '0').slice(-16).repeat(3).slice(0, 40);
    const made = { id, parents, date };
    this.objects.set(id, made);
    return made;
  }

  /** A chain of commits on a branch, which is made if there is none. */
  push(branch: string, count = 1, date: (index: number) => number = (index) => this.count * 1000 + index): GraphCommit {
    let tip = this.branches.get(branch);
    for (let index = 0; index < count; index += 1) tip = this.commit(tip === undefined ? [] : [tip], date(index));
    if (tip === undefined) throw new TypeError('a branch needs a commit');
    this.branches.set(branch, tip);
    return tip;
  }

  has(id: string): boolean {
    return this.objects.has(id);
  }

  get(id: string): GraphCommit | undefined {
    return this.objects.get(id);
  }

  collectGarbage(): void {
    const alive = reach([...this.branches.values(), ...this.kept.values()]);
    this.objects = new Map([...alive].map((commit) => [commit.id, commit]));
  }

  /** What `until` reaches and `since` does not, in git's order: by date, as far as children come first. */
  log(until: GraphCommit, since?: GraphCommit): GraphCommit[] {
    const excluded = since === undefined ? new Set<GraphCommit>() : reach([since]);
    const [open, met, listed] = [[until], new Set([until]), [] as GraphCommit[]];
    while (open.length > 0) {
      open.sort((a, b) => a.date - b.date);
      const next = open.pop()!;
      if (excluded.has(next)) continue;
      listed.push(next);
      for (const parent of next.parents) {
        if (met.has(parent)) continue;
        met.add(parent);
        open.push(parent);
      }
    }
    return listed;
  }
}

/** Everything that these commits reach, themselves included. */
export function reach(tips: Iterable<GraphCommit>): Set<GraphCommit> {
  const reached = new Set(tips);
  const open = [...reached];
  for (let commit = open.pop(); commit !== undefined; commit = open.pop()) {
    for (const parent of commit.parents) {
      if (reached.has(parent)) continue;
      reached.add(parent);
      open.push(parent);
    }
  }
  return reached;
}

import type { CommitsState } from './commits-state';
import type { BranchScan, ListedBranch } from './history-source';

/** What is to be read, and what became of the branches that were read. */
export interface TipsPlan {
  /** Null: the repository is empty, or its default branch does not exist. */
  readonly main: ListedBranch | null;
  /** Branches that are read beside it: name and tip. */
  readonly further: ReadonlyMap<string, string>;
  /** Names that are not read any more. They are dropped last: until then what they reach may be known by no other name. */
  readonly dropped: ReadonlySet<string>;
  readonly aside: ReadonlyMap<string, string>;
  readonly former: readonly string[];
  /** Branches that the list lacks, though nothing proves that they are gone: they stay as they are. */
  readonly kept: ReadonlySet<string>;
}

/**
 * Sorts what was read by what the list of branches says now. A branch that was deleted, or renamed out of the patterns, leaves a former
 * tip; one that the patterns no longer name is put aside; one whose tip another branch has needs nothing. Throws BitbucketError.
 */
export async function planTips(state: CommitsState, scan: BranchScan, selects: (name: string) => boolean): Promise<TipsPlan> {
  const branches = await scan.branches();
  const main = branches.find(({ isDefault }) => isDefault) ?? null;
  const read = branches.filter(({ name, isDefault }) => isDefault || selects(name));
  const further = new Map(read.filter((branch) => branch !== main).map(({ name, commitId }) => [name, commitId]));
  const [listed, alive] = [new Set(branches.map(({ name }) => name)), new Set(read.map(({ commitId }) => commitId))];
  const known = [...[...state.tips].map(([name, { commit }]): [string, string] => [name, commit]), ...state.aside];
  const isWanted = (name: string) => selects(name) || (main === null && name === state.defaultBranch);
  const missing = known.filter(([name, commit]) => !listed.has(name) && isWanted(name) && !alive.has(commit));
  const gone = missing.length === 0 ? new Set<string>() : await scan.gone([...new Set(missing.map(([name]) => name))]);

  const [dropped, aside, former] = [new Set<string>(), new Map(state.aside), new Set(state.former)];
  const kept = new Set(missing.map(([name]) => name).filter((name) => !gone.has(name)));
  for (const [name, { commit }] of state.tips) {
    const isFormerDefault = name === state.defaultBranch;
    if (name === main?.name || further.has(name) || kept.has(name) || (isFormerDefault && main !== null)) continue;
    dropped.add(name);
    if (alive.has(commit)) continue;
    if (gone.has(name) || isFormerDefault) former.add(commit);
    else aside.set(name, commit);
  }
  for (const [name, commit] of state.aside) {
    if (name !== main?.name && !further.has(name) && !gone.has(name) && !alive.has(commit)) continue;
    aside.delete(name);
    former.add(commit);
  }
  return { main, further, dropped, aside, former: [...former], kept };
}

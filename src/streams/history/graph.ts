import type { RestCommit } from '../../bitbucket/api/payloads';
import { isJson } from '../../config/json';

/*
 * What the parents in a list of commits tell. A list holds what `until` reaches and `since` does not; so whatever lies on a way between
 * two of its commits is in it as well, and these answers are exact whatever the order of the list.
 */

/** The ids of a commit's parents. */
export function parentsOf({ parents }: RestCommit): string[] {
  const list: readonly unknown[] = Array.isArray(parents) ? parents : [];
  return list.flatMap((parent) => (isJson(parent) && typeof parent.id === 'string' ? [parent.id] : []));
}

/**
 * Whether `since` is an ancestor of `until`, where `list` is what `until` reaches and `since` does not: a way from `until` to `since` ends
 * in a commit whose parent is `since`, and which `since` does not reach.
 */
export function leadsTo(list: readonly RestCommit[], since: string): boolean {
  return list.some((commit) => parentsOf(commit).includes(since));
}

/** Those of a list that one of these commits reaches, themselves included where the list has them. */
export function reachedFrom(list: readonly RestCommit[], tips: Iterable<string>): Set<string> {
  const parents = new Map(list.map((commit) => [commit.id, parentsOf(commit)]));
  const open = [...tips].filter((id) => parents.has(id));
  const reached = new Set(open);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const parent of parents.get(id) ?? []) {
      if (!parents.has(parent) || reached.has(parent)) continue;
      reached.add(parent);
      open.push(parent);
    }
  }
  return reached;
}

/** Those of a list that reach this commit, itself aside. */
export function descendantsOf(list: readonly RestCommit[], ancestor: string): Set<string> {
  const children = new Map<string, string[]>();
  for (const commit of list) {
    for (const parent of parentsOf(commit)) {
      const known = children.get(parent);
      if (known === undefined) children.set(parent, [commit.id]);
      else known.push(commit.id);
    }
  }
  const found = new Set<string>();
  const open = [ancestor];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const child of children.get(id) ?? []) {
      if (found.has(child)) continue;
      found.add(child);
      open.push(child);
    }
  }
  return found;
}

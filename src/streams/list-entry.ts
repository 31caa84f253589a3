import { isJson, type Json } from '../config/json';
import { type RestActivity, type RestPullRequest } from '../bitbucket/api/payloads';

const COUNTERS = ['commentCount', 'openTaskCount', 'resolvedTaskCount'];

/** Whether a single pull request's answer lacks what its list entry tells: so do those of 10.x, and some of 2020. */
export function lacksCounters({ properties }: RestPullRequest): boolean {
  return !isJson(properties) || !COUNTERS.some((counter) => counter in properties);
}

/**
 * A single pull request's answer as its list entry would be: counters and merge commit are taken from all of its activities. Tasks are
 * BLOCKER comments, or before 7.2 entries of a comment; neither counts as a comment, replies do.
 */
export function asListed(single: RestPullRequest, activities: readonly RestActivity[]): RestPullRequest {
  const counts = { comments: 0, open: 0, resolved: 0 };
  const counted = new Set<unknown>();
  for (const { comment } of activities) count(comment, counts, counted);
  const merge = activities.find(({ action, commit }) => action === 'MERGED' && isJson(commit))?.commit as Json | undefined;
  const properties = {
    ...single.properties,
    resolvedTaskCount: counts.resolved,
    commentCount: counts.comments,
    openTaskCount: counts.open,
    ...(merge !== undefined && single.state === 'MERGED' && { mergeCommit: { displayId: merge.displayId, id: merge.id } }),
  };
  return { ...single, properties };
}

interface Counts {
  comments: number;
  open: number;
  resolved: number;
}

/** Counts a comment, its tasks and its replies, which nest without limit; one comment may hang in several activities. */
function count(comment: unknown, counts: Counts, counted: Set<unknown>): void {
  const waiting = [comment];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (!isJson(next) || counted.has(next.id)) continue;
    counted.add(next.id);
    if (next.severity !== 'BLOCKER') counts.comments++;
    else if (next.state === 'RESOLVED') counts.resolved++;
    else counts.open++;
    for (const task of list(next.tasks)) {
      if (isJson(task) && task.state === 'RESOLVED') counts.resolved++;
      else counts.open++;
    }
    for (const reply of list(next.comments)) if (isJson(reply)) waiting.push(reply);
  }
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

import { at, type Facts, MERGED } from './facts';
import { type Filter, rowsIn } from './filter';

const SECONDS_PER_MINUTE = 60;

/** The day on which a pull request was merged; null unless it is merged. */
export function mergedOn({ pullRequests }: Facts, row: number): number | null {
  return at(pullRequests.state, row) === MERGED ? at(pullRequests.opened, row) + at(pullRequests.closedAfter, row) : null;
}

/** Those that were merged in the period. */
export function mergedIn(facts: Facts, filter: Filter): readonly number[] {
  return rowsIn(facts, filter, facts.pullRequests.repository, (row) => mergedOn(facts, row));
}

/** Those that were opened in the period. */
export function openedIn(facts: Facts, filter: Filter): readonly number[] {
  return rowsIn(facts, filter, facts.pullRequests.repository, (row) => at(facts.pullRequests.opened, row));
}

/** Those that were open at the end of a day. */
export function openOn(facts: Facts, filter: Filter, day: number): readonly number[] {
  const { repository, opened, closedAfter } = facts.pullRequests;
  const isOpen = (row: number) => {
    const after = at(closedAfter, row);
    return at(opened, row) <= day && (after < 0 || at(opened, row) + after > day);
  };
  return rowsIn(facts, { ...filter, from: day, to: day }, repository, (row) => (isOpen(row) ? day : null));
}

/** The values of a column for these rows, nulls left out. */
export function valuesOf(column: Float64Array, rows: readonly number[]): number[] {
  return rows.map((row) => at(column, row)).filter((value) => value >= 0);
}

/** The part of the cycle time that a merged one waited for its first review, in seconds. */
export function waitingForReview({ pullRequests }: Facts, row: number): number {
  return Math.max(0, at(pullRequests.firstReview, row)) + at(pullRequests.waitingExtra, row);
}

/** Of one that was deployed, the time from its first commit to production, in seconds to the minute. */
export function leadTime({ pullRequests }: Facts, row: number): number {
  return at(pullRequests.cycle, row) + SECONDS_PER_MINUTE * at(pullRequests.leadExtra, row);
}

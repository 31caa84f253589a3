/** The instants later than `from` and up to `to`, in epoch milliseconds; `from` is -Infinity where nothing is older. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** What of a repository has been read, as intervals of `updatedDate`: disjoint, the latest first. */
export type Coverage = readonly Interval[];

export function covers(coverage: Coverage, instant: number): boolean {
  return coverage.some(({ from, to }) => from < instant && instant <= to);
}

/** Adds an interval; those that touch or overlap become one. An empty one changes nothing. */
export function extend(coverage: Coverage, added: Interval): Coverage {
  if (added.from >= added.to) return coverage;
  if (coverage.length === 0) return [added];
  const apart = coverage.filter(({ from, to }) => to < added.from || added.to < from);
  const joined = coverage.filter((interval) => !apart.includes(interval));
  const whole = {
    from: Math.min(added.from, ...joined.map(({ from }) => from)),
    to: Math.max(added.to, ...joined.map(({ to }) => to)),
  };
  return [...apart, whole].sort((a, b) => b.to - a.to);
}

/** The latest instant covered; -Infinity where nothing is. */
export function highMark(coverage: Coverage): number {
  return coverage[0]?.to ?? -Infinity;
}

/**
 * How far down a list that is sorted by date must be read to find all that is not covered.
 * @param beginning nothing older is wanted
 * @returns an instant; Infinity where only what is later than the high mark is missing
 */
export function lowestGap(coverage: Coverage, beginning: number): number {
  const oldest = coverage.at(-1);
  const reachesBeginning = oldest !== undefined && (oldest.from < beginning || oldest.from === -Infinity);
  if (!reachesBeginning) return beginning;
  return coverage.length === 1 ? Infinity : oldest.to;
}

import { at, type Facts, TURNS, whyUnknown } from './facts';
import { before, daysCovered, type Filter, firstDay } from './filter';
import { mergedIn, openedIn, openOn, valuesOf } from './pull-requests';
import { inHours, median } from './statistics';
import { counted, duration, number } from './text';

/** One of the four numbers. */
export interface Tile {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly detail: string;
  /** Against the period before. */
  readonly change: string;
  /** Whether the change is for the better; null where it cannot be said. */
  readonly isBetter: boolean | null;
}

/** The four numbers of a period, each against the period of the same length before it. */
export function tiles(facts: Facts, filter: Filter): readonly Tile[] {
  const earlier = before(filter);
  const isKnown = firstDay(facts) <= earlier.from;
  const against = (now: number | null, then: number | null, isLessBetter: boolean | null) =>
    isKnown ? change(now, then, isLessBetter) : { change: 'no full period before it', isBetter: null };
  const { cycle, firstReview, turn } = facts.pullRequests;
  const cycleOf = (period: Filter) => inHours(median(valuesOf(cycle, mergedIn(facts, period))));
  const reviewOf = (period: Filter) => inHours(median(valuesOf(firstReview, openedIn(facts, period))));
  const weekly = (period: Filter) => (mergedIn(facts, period).length * 7) / daysCovered(facts, period);
  const open = openOn(facts, filter, facts.head.today);
  const turns = TURNS.slice(1).map((_, index) => open.filter((row) => at(turn, row) === index + 1).length);
  const openBefore = openOn(facts, filter, filter.from - 1).length;
  const merged = mergedIn(facts, filter).length;
  const days = daysCovered(facts, filter);
  return [
    tile(
      'cycle',
      'Cycle time',
      duration(cycleOf(filter)),
      'median, opening to merge',
      against(cycleOf(filter), cycleOf(earlier), true),
    ),
    tile(
      'review',
      'First review',
      duration(reviewOf(filter)),
      facts.head.coverage.missing.includes('pull_request_activities')
        ? `not known: ${whyUnknown(facts, 'pull_request_activities')}`
        : 'median wait, of those opened',
      against(reviewOf(filter), reviewOf(earlier), true),
    ),
    tile(
      'merged',
      days < 7 ? 'Merged' : 'Merged per week',
      number(days < 7 ? merged : weekly(filter)),
      mergedDetail(merged, days, filter),
      against(weekly(filter), weekly(earlier), false),
    ),
    tile(
      'open',
      'Waiting now',
      number(open.length),
      whoseTurn(turns, open.length),
      firstDay(facts) < filter.from
        ? { ...change(open.length, openBefore, null), ...since(open.length - openBefore) }
        : { change: 'no full period before it', isBetter: null },
    ),
  ];
}

/** The data may be younger than the period. */
function mergedDetail(merged: number, days: number, { from, to }: Filter): string {
  if (days < 7) return `in ${counted(days, 'day')}`;
  return days === to - from + 1
    ? `${number(merged)} in the period`
    : `${number(merged)} in the ${number(days / 7)} weeks of data`;
}

/** Zeros are left out. */
function whoseTurn([authors = 0, reviewers = 0, merge = 0]: readonly number[], open: number): string {
  const unknown = open - authors - reviewers - merge;
  if (open > 0 && unknown === open) return 'whose turn it is, is not known';
  const parts = [
    [reviewers, 'for reviewers'],
    [authors, 'for authors'],
    [merge, 'to be merged'],
    [unknown, 'not known'],
  ] as const;
  const told = parts.filter(([count]) => count > 0).map(([count, what]) => `${number(count)} ${what}`);
  return told.length === 0 ? 'nothing is open' : told.join(', ');
}

type Change = Pick<Tile, 'change' | 'isBetter'>;

function tile(id: string, label: string, value: string, detail: string, compared: Change): Tile {
  return { id, label, value, detail, ...compared };
}

function since(difference: number): Pick<Tile, 'change'> {
  if (difference === 0) return { change: 'as many as when the period began' };
  return { change: `${number(Math.abs(difference))} ${difference > 0 ? 'more' : 'fewer'} than when the period began` };
}

function change(now: number | null, then: number | null, isLessBetter: boolean | null): Change {
  if (now === null || then === null || then === 0) return { change: 'nothing before to compare with', isBetter: null };
  const percent = Math.round((100 * (now - then)) / then);
  if (percent === 0) return { change: 'as in the period before', isBetter: null };
  const arrow = percent > 0 ? '▲' : '▼';
  const isBetter = isLessBetter === null ? null : percent < 0 === isLessBetter;
  return { change: `${arrow} ${number(Math.abs(percent))} % against the period before`, isBetter };
}

import { chart, INK, scaled, SERIES } from '../chart';
import { dayOf, isoDay, monthName, monthOf, monthsBetween } from '../days';
import { at, type Facts, whyUnknown } from '../facts';
import { conditions, type Filter, noBots } from '../filter';
import { mergedIn, mergedOn, valuesOf, waitingForReview } from '../pull-requests';
import { column, type Section } from '../section';
import { grouped, hours, inHours, mean, median, quantile } from '../statistics';
import { duration, number } from '../text';

/** Nine of ten takes ten. */
const FEW = 10;
const PARTS = ['Draft', 'Waiting for review', 'In review', 'Waiting for merge'];

/** Cycle time by month of the merge: median, 90th percentile, and the mean of its parts. */
export function cycleTime(facts: Facts, filter: Filter): Section {
  const rows = grouped(mergedIn(facts, filter), (row) => monthOf(mergedOn(facts, row) ?? 0)).map(([month, merged]) => {
    const cycle = valuesOf(facts.pullRequests.cycle, merged);
    return [isoDay(month), merged.length, hours(median(cycle)), hours(quantile(cycle, 0.9)), ...partsOf(facts, merged)];
  });
  const merged = mergedIn(facts, filter);
  const all = valuesOf(facts.pullRequests.cycle, merged);
  const unknown = merged.length - withParts(facts, merged).length;
  return {
    id: 'cycle-time',
    title: 'Cycle time by month',
    answer: answerOf(all),
    note: `Bars: the mean of each part of the cycle time, by month of the merge. Lines: median and 90th percentile. All hours of the clock; the first and last month may be cut by the period.${
      unknown === 0
        ? ''
        : ` The parts of ${number(unknown)} of ${number(merged.length)} are not known: ${whyUnknown(facts, 'pull_request_activities')}.`
    }`,
    columns: [
      column('month', 'Month', 'month'),
      column('merged', 'Merged'),
      column('median_hours', 'Median, hours', 'hours'),
      column('p90_hours', '90th percentile, hours', 'hours'),
      ...['draft', 'waiting_for_review', 'in_review', 'waiting_for_merge'].map((name, index) =>
        column(name, `${PARTS[index] ?? ''}, mean hours`, 'hours'),
      ),
    ],
    rows,
    chart: rows.length === 0 ? null : drawing(rows),
    sql: `SELECT date_trunc('month', merged_on)::DATE AS month, count(*) AS merged,
  round(median(cycle_hours), 1) AS median_hours,
  round(quantile_cont(cycle_hours, 0.9), 1) AS p90_hours,
  round(avg(draft_hours), 1) AS draft,
  round(avg(waiting_for_review_hours), 1) AS waiting_for_review,
  round(avg(in_review_hours), 1) AS in_review,
  round(avg(waiting_for_merge_hours), 1) AS waiting_for_merge
FROM pull_request_facts
${conditions(facts, filter, 'merged_on', noBots(facts, 'author_is_bot'))}
GROUP BY 1 ORDER BY 1`,
  };
}

/** Of few it says what each of them allows to say. */
function answerOf(all: readonly number[]): string {
  const took = (share: number) => duration(inHours(quantile(all, share)));
  if (all.length === 0) return 'Nothing was merged in this period.';
  if (all.length === 1) return `One pull request was merged, ${took(1)} after it was opened.`;
  const rest = all.length < FEW ? `the longest ${took(1)}` : `nine of ten less than ${took(0.9)}`;
  return `Half of ${number(all.length)} merged pull requests took less than ${took(0.5)} from opening to merge, ${rest}.`;
}

/** Those of which it is known what happened between opening and merge. */
function withParts({ pullRequests }: Facts, merged: readonly number[]): readonly number[] {
  return merged.filter((row) => at(pullRequests.draft, row) >= 0);
}

function partsOf(facts: Facts, merged: readonly number[]): (number | null)[] {
  const { cycle, draft, inReview } = facts.pullRequests;
  const parts = withParts(facts, merged).map((row) => {
    const known = [Math.max(0, at(draft, row)), waitingForReview(facts, row), Math.max(0, at(inReview, row))];
    return [...known, at(cycle, row) - known.reduce((sum, part) => sum + part, 0)];
  });
  return PARTS.map((_, index) => hours(mean(parts.map((each) => each[index] ?? 0))));
}

/** Every month from the first to the last, also those in which nothing was merged. */
function drawing(rows: readonly (readonly (string | number | null)[])[]) {
  const byMonth = new Map(rows.map((row) => [String(row[0]), row]));
  const days = rows.map(([month]) => dayOf(String(month)) ?? 0);
  const months = monthsBetween(days[0] ?? 0, days.at(-1) ?? -1);
  const values = (index: number) => months.map((month) => (byMonth.get(isoDay(month))?.[index] ?? null) as number | null);
  const { unit, of } = scaled([2, 3, 4, 5, 6, 7].map(values));
  const series = (index: number) => values(index).map(of);
  return chart(months.map(monthName), unit, [
    ...PARTS.map((name, index) => ({
      name,
      data: series(index + 4),
      type: 'bar' as const,
      colour: SERIES[index] ?? INK,
      isStacked: true,
    })),
    { name: 'Median', data: series(2), type: 'line', colour: INK },
    { name: '90th percentile', data: series(3), type: 'line', colour: INK, isDashed: true },
  ]);
}

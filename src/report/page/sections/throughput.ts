import { chart, INK, SERIES } from '../chart';
import { isoDay, longDay, weekOf } from '../days';
import { at, type Facts } from '../facts';
import { conditions, daysCovered, type Filter, noBots } from '../filter';
import { mergedIn, mergedOn, openedIn } from '../pull-requests';
import { column, type Section } from '../section';
import { perWeek } from '../text';

/** How many pull requests are opened and merged in each week. */
export function throughput(facts: Facts, filter: Filter): Section {
  const opened = byWeek(openedIn(facts, filter).map((row) => at(facts.pullRequests.opened, row)));
  const merged = byWeek(mergedIn(facts, filter).map((row) => mergedOn(facts, row) ?? 0));
  const known = [...opened.keys(), ...merged.keys()];
  const first = Math.min(...known);
  const weeks = known.length === 0 ? [] : Array.from({ length: (Math.max(...known) - first) / 7 + 1 }, (_, n) => first + 7 * n);
  const rows = weeks
    .filter((week) => opened.has(week) || merged.has(week))
    .map((week) => [isoDay(week), opened.get(week) ?? 0, merged.get(week) ?? 0]);
  const total = [...merged.values()].reduce((sum, count) => sum + count, 0);
  const where = (day: string) => conditions(facts, filter, day, noBots(facts, 'author_is_bot')).replaceAll('\n', '\n  ');
  return {
    id: 'throughput',
    title: 'Throughput by week',
    answer:
      total === 0
        ? 'Nothing was merged in this period.'
        : `${perWeek(total, daysCovered(facts, filter), 'pull request is merged', 'pull requests are merged')}.`,
    note: 'Weeks begin on Monday; the first and the last one may be cut by the period.',
    columns: [column('week', 'Week of', 'day'), column('opened', 'Opened'), column('merged', 'Merged')],
    rows,
    chart:
      rows.length === 0
        ? null
        : chart(
            weeks.map((week) => longDay(week)),
            'pull requests',
            [
              { name: 'Merged', data: weeks.map((week) => merged.get(week) ?? 0), type: 'bar', colour: SERIES[1] },
              { name: 'Opened', data: weeks.map((week) => opened.get(week) ?? 0), type: 'line', colour: INK },
            ],
          ),
    sql: `SELECT week, count(*) FILTER (what = 'opened') AS opened, count(*) FILTER (what = 'merged') AS merged
FROM (
  SELECT date_trunc('week', opened_on)::DATE AS week, 'opened' AS what FROM pull_request_facts
  ${where('opened_on')}
  UNION ALL
  SELECT date_trunc('week', merged_on)::DATE, 'merged' FROM pull_request_facts
  ${where('merged_on')}
)
GROUP BY week ORDER BY week`,
  };
}

function byWeek(days: readonly number[]): Map<number, number> {
  const weeks = new Map<number, number>();
  for (const day of days) weeks.set(weekOf(day), (weeks.get(weekOf(day)) ?? 0) + 1);
  return weeks;
}

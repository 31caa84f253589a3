import { chart, scaled, SERIES } from '../chart';
import { at, type Facts } from '../facts';
import { conditions, type Filter, noBots } from '../filter';
import { mergedIn, valuesOf } from '../pull-requests';
import { column, type Section } from '../section';
import { grouped, hours, median, quantile } from '../statistics';
import { counted } from '../text';

const MOST_DRAWN = 15;

/** Repositories beside each other, those with most merges first. */
export function repositories(facts: Facts, filter: Filter): Section {
  const { repository, cycle, firstReview } = facts.pullRequests;
  const rows = grouped(mergedIn(facts, filter), (row) => at(repository, row))
    .map(([index, merged]) => {
      const times = valuesOf(cycle, merged);
      const first = hours(median(valuesOf(firstReview, merged)));
      return [
        facts.head.repositories[index]?.name ?? '',
        merged.length,
        hours(median(times)),
        hours(quantile(times, 0.9)),
        first,
      ];
    })
    .sort((a, b) => Number(b[1]) - Number(a[1]) || (String(a[0]) < String(b[0]) ? -1 : 1));
  const drawn = rows.slice(0, MOST_DRAWN);
  const { unit, of } = scaled([drawn.map((row) => row[2] as number)]);
  return {
    id: 'repositories',
    title: 'Repositories compared',
    answer:
      rows.length === 0
        ? 'Nothing was merged in this period.'
        : `${counted(rows.length, 'repository', 'repositories')} merged something in this period.`,
    note: `Median cycle time in ${unit}${rows.length > MOST_DRAWN ? `, of the ${MOST_DRAWN} with most merges; the table has all` : ''}. Most merges first; few merges say little.`,
    columns: [
      column('repository_full_name', 'Repository', 'text'),
      column('merged', 'Merged'),
      column('median_hours', 'Median cycle, hours', 'hours'),
      column('p90_hours', '90th percentile, hours', 'hours'),
      column('first_review_hours', 'Median to first review, hours', 'hours'),
    ],
    rows,
    chart:
      rows.length === 0
        ? null
        : chart(
            drawn.map(([name]) => String(name)),
            unit,
            [{ name: 'Median cycle time', data: drawn.map((row) => of(row[2] as number)), type: 'bar', colour: SERIES[1] }],
            true,
          ),
    sql: `SELECT repository_full_name, count(*) AS merged, round(median(cycle_hours), 1) AS median_hours,
  round(quantile_cont(cycle_hours, 0.9), 1) AS p90_hours,
  round(median(hours_to_first_review), 1) AS first_review_hours
FROM pull_request_facts
${conditions(facts, filter, 'merged_on', noBots(facts, 'author_is_bot'))}
GROUP BY repository_full_name ORDER BY merged DESC, repository_full_name`,
  };
}

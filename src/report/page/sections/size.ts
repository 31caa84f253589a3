import { chart, INK, scaled, SERIES } from '../chart';
import { at, type Facts, whyUnknown } from '../facts';
import { conditions, type Filter, noBots } from '../filter';
import { mergedIn, valuesOf } from '../pull-requests';
import { column, type Section } from '../section';
import { grouped, hours, inHours, median, quantile } from '../statistics';
import { duration } from '../text';

const LIMITS = [10, 50, 250, 1000];
const CLASSES = ['XS', 'S', 'M', 'L', 'XL'];
const LABELS = ['XS < 10', 'S < 50', 'M < 250', 'L < 1,000', 'XL'];

/** Size against time to merge. */
export function sizeAndTime(facts: Facts, filter: Filter): Section {
  const { lines, cycle } = facts.pullRequests;
  const merged = mergedIn(facts, filter);
  const sized = merged.filter((row) => at(lines, row) >= 0);
  const groups = grouped(sized, (row) => LIMITS.filter((limit) => at(lines, row) >= limit).length);
  const rows = groups.map(([size, merged]) => {
    const times = valuesOf(cycle, merged);
    return [CLASSES[size] ?? '', merged.length, hours(median(times)), hours(quantile(times, 0.9))];
  });
  const { unit, of } = scaled(rows.map((row) => [row[2], row[3]] as (number | null)[]));
  const said = (group: (typeof groups)[number] | undefined) =>
    `the median ${CLASSES[group?.[0] ?? 0] ?? ''} change took ${duration(inHours(median(valuesOf(cycle, group?.[1] ?? []))))}`;
  return {
    id: 'size',
    title: 'Size against time to merge',
    answer:
      merged.length > 0 && sized.length === 0
        ? `How large they were is not known: ${whyUnknown(facts, 'pull_request_diffs')}.`
        : rows.length < 2
          ? 'There is too little to compare in this period.'
          : `${said(groups[0]).replace('the', 'The')}, ${said(groups.at(-1)).replace(' took', '')}.`,
    note: 'Lines added and removed. Pull requests whose size was not read are left out.',
    columns: [
      column('size_class', 'Size', 'text'),
      column('merged', 'Merged'),
      column('median_hours', 'Median, hours', 'hours'),
      column('p90_hours', '90th percentile, hours', 'hours'),
    ],
    rows,
    chart:
      rows.length === 0
        ? null
        : chart(
            groups.map(([size]) => LABELS[size] ?? ''),
            unit,
            [
              { name: 'Median', data: rows.map((row) => of(row[2] as number)), type: 'bar', colour: SERIES[1] },
              {
                name: '90th percentile',
                data: rows.map((row) => of(row[3] as number)),
                type: 'line',
                colour: INK,
                isDashed: true,
              },
            ],
          ),
    sql: `SELECT size_class, count(*) AS merged, round(median(cycle_hours), 1) AS median_hours,
  round(quantile_cont(cycle_hours, 0.9), 1) AS p90_hours
FROM pull_request_facts
${conditions(facts, filter, 'merged_on', ['size_class IS NOT NULL', ...noBots(facts, 'author_is_bot')])}
GROUP BY size_class ORDER BY min(lines_changed)`,
  };
}

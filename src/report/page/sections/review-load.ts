import { chart, INK, SERIES } from '../chart';
import { isoDay, monthName, monthOf, monthsBetween } from '../days';
import { at, type Facts, whyUnknown } from '../facts';
import { conditions, type Filter, literal, noBots, rowsIn } from '../filter';
import { column, type Section } from '../section';
import { grouped, rounded } from '../statistics';
import { counted, number } from '../text';

const MOST_SHOWN = 20;

/** How reviews are shared: by month and without names, or by person. */
export function reviewLoad(facts: Facts, filter: Filter): Section {
  const { repository, day, reviewer } = facts.reviews;
  const rows = rowsIn(facts, filter, repository, (row) => at(day, row));
  const people = grouped(rows, (row) => at(reviewer, row)).map(([, group]) => group.length);
  const most = Math.max(0, ...people);
  const answer =
    rows.length === 0
      ? facts.head.coverage.missing.includes('pull_request_activities')
        ? `Who reviewed is not known: ${whyUnknown(facts, 'pull_request_activities')}.`
        : 'Nobody reviewed anything in this period.'
      : `${counted(people.length, 'person', 'people')} gave ${counted(rows.length, 'review')}${people.length === 1 ? '' : `; the busiest gave ${number(rounded((100 * most) / rows.length, 1))} % of them`}.`;
  const section = facts.head.byPerson ? byPerson(facts, filter, rows) : byMonth(facts, filter, rows);
  return { ...section, id: 'review-load', title: 'Review load', answer };
}

type Part = Omit<Section, 'id' | 'title' | 'answer'>;

function byMonth(facts: Facts, filter: Filter, reviews: readonly number[]): Part {
  const { day, reviewer } = facts.reviews;
  const rows = grouped(reviews, (row) => monthOf(at(day, row))).map(([month, group]) => {
    const each = grouped(group, (row) => at(reviewer, row)).map(([, own]) => own.length);
    const share = rounded((100 * Math.max(...each)) / group.length, 1);
    return [month, group.length, each.length, rounded(group.length / each.length, 1), share] as const;
  });
  const responded = respondedOn(facts);
  const months = monthsBetween(rows[0]?.[0] ?? 0, rows.at(-1)?.[0] ?? -1);
  const of = (month: number) => rows.find(([each]) => each === month);
  return {
    note: 'One review is one person on one pull request, by month of the first response. Nobody is named; run the report with --by-person for names.',
    columns: [
      column('month', 'Month', 'month'),
      column('reviews', 'Reviews'),
      column('reviewers', 'Reviewers'),
      column('per_reviewer', 'Reviews per reviewer'),
      column('busiest_percent', 'Share of the busiest', 'percent'),
    ],
    rows: rows.map(([month, ...numbers]) => [isoDay(month), ...numbers]),
    chart:
      rows.length === 0
        ? null
        : chart(months.map(monthName), '', [
            { name: 'Reviews', data: months.map((month) => of(month)?.[1] ?? 0), type: 'bar', colour: SERIES[1] },
            { name: 'Reviewers', data: months.map((month) => of(month)?.[2] ?? 0), type: 'line', colour: INK },
          ]),
    sql: `SELECT month, sum(n)::INTEGER AS reviews, count(*) AS reviewers, round(sum(n) / count(*), 1) AS per_reviewer,
  round(100 * max(n) / sum(n), 1) AS busiest_percent
FROM (
  SELECT date_trunc('month', ${responded})::DATE AS month, reviewer_id, count(*) AS n
  FROM reviews
  ${conditions(facts, filter, responded, noBots(facts, 'reviewer_is_bot')).replaceAll('\n', '\n  ')}
  GROUP BY ALL
)
GROUP BY month ORDER BY month`,
  };
}

function byPerson(facts: Facts, filter: Filter, reviews: readonly number[]): Part {
  const { head } = facts;
  const rows = grouped(reviews, (row) => at(facts.reviews.reviewer, row))
    .map(([person, group]) => [head.people[person] ?? '?', group.length] as const)
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const shown = rows.slice(0, MOST_SHOWN);
  return {
    note: `One review is one person on one pull request. ${rows.length > MOST_SHOWN ? `The ${MOST_SHOWN} busiest are drawn.` : ''}`,
    columns: [column('reviewer_name', 'Reviewer', 'text'), column('reviews', 'Reviews')],
    rows,
    chart:
      rows.length === 0
        ? null
        : chart(
            shown.map(([name]) => name),
            'reviews',
            [{ name: 'Reviews', data: shown.map(([, count]) => count), type: 'bar', colour: SERIES[1] }],
            true,
          ),
    sql: `SELECT any_value(reviewer_name) AS reviewer_name, count(*) AS reviews
FROM reviews
${conditions(facts, filter, respondedOn(facts), noBots(facts, 'reviewer_is_bot'))}
GROUP BY reviewer_id ORDER BY reviews DESC, reviewer_name`,
  };
}

function respondedOn({ head }: Facts): string {
  return `CAST(first_response_at AT TIME ZONE ${literal(head.timeZone)} AS DATE)`;
}

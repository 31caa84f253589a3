import { chart, SERIES } from '../chart';
import { at, type Facts } from '../facts';
import { conditions, type Filter, noBots } from '../filter';
import { mergedIn } from '../pull-requests';
import { column, type Section } from '../section';
import { grouped, rounded } from '../statistics';
import { number } from '../text';

const MOST = 5;

/** In how many rounds of review pull requests are merged. */
export function rounds(facts: Facts, filter: Filter): Section {
  const merged = mergedIn(facts, filter);
  const rows = grouped(merged, (row) => Math.min(MOST, at(facts.pullRequests.rounds, row))).map(([count, group]) => [
    count,
    group.length,
  ]);
  const without = rows.find(([count]) => count === 0)?.[1] ?? 0;
  const label = (count: number | undefined) => (count === 0 ? 'None' : count === MOST ? `${MOST} or more` : String(count));
  return {
    id: 'rounds',
    title: 'Rounds of review',
    answer:
      merged.length === 0
        ? 'Nothing was merged in this period.'
        : `${number(rounded((100 * without) / merged.length, 1))} % were merged without a review.`,
    note: `How many versions of a change were reviewed before it was merged${rows.some(([count]) => count === MOST) ? `; ${MOST} stands for ${MOST} or more` : ''}.`,
    columns: [column('rounds', 'Rounds'), column('merged', 'Merged')],
    rows,
    chart:
      rows.length === 0
        ? null
        : chart(
            rows.map(([count]) => label(count)),
            'merged',
            [{ name: 'Merged', data: rows.map(([, count]) => count ?? 0), type: 'bar', colour: SERIES[1] }],
          ),
    sql: `SELECT least(review_rounds, ${MOST}) AS rounds, count(*) AS merged
FROM pull_request_facts
${conditions(facts, filter, 'merged_on', noBots(facts, 'author_is_bot'))}
GROUP BY 1 ORDER BY 1`,
  };
}

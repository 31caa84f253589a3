import { chart, SERIES } from '../chart';
import { at, type Facts, whyUnknown } from '../facts';
import { conditions, type Filter, noBots } from '../filter';
import { mergedIn } from '../pull-requests';
import { column, type Section } from '../section';
import { grouped, rounded } from '../statistics';
import { number } from '../text';

const MOST = 5;

/** In how many rounds of review pull requests are merged. */
export function rounds(facts: Facts, filter: Filter): Section {
  const merged = mergedIn(facts, filter);
  const known = merged.filter((row) => at(facts.pullRequests.rounds, row) >= 0);
  const rows = grouped(known, (row) => Math.min(MOST, at(facts.pullRequests.rounds, row))).map(([count, group]) => [
    count,
    group.length,
  ]);
  const without = rows.find(([count]) => count === 0)?.[1] ?? 0;
  const label = (count: number | undefined) => (count === 0 ? 'None' : count === MOST ? `${MOST} or more` : String(count));
  return {
    id: 'rounds',
    title: 'Rounds of review',
    answer: answerOf(facts, { merged: merged.length, known: known.length, without }),
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
${conditions(facts, filter, 'merged_on', ['review_rounds IS NOT NULL', ...noBots(facts, 'author_is_bot')])}
GROUP BY 1 ORDER BY 1`,
  };
}

function answerOf(facts: Facts, { merged, known, without }: Readonly<Record<'merged' | 'known' | 'without', number>>): string {
  if (merged === 0) return 'Nothing was merged in this period.';
  const why = whyUnknown(facts, 'pull_request_activities');
  if (known === 0) return `Whether they were reviewed is not known: ${why}.`;
  const share = `${number(rounded((100 * without) / known, 1))} % were merged without a review`;
  return known === merged ? `${share}.` : `Of ${number(known)} of ${number(merged)} it is known: ${share}.`;
}

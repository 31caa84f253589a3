import { at, type Facts, whyUnknown } from '../facts';
import { chosen, conditions, type Filter, noBots } from '../filter';
import { column, type Section } from '../section';
import { openOn } from '../pull-requests';
import { rounded } from '../statistics';
import { duration, number } from '../text';

/** How many are shown; the facts have as many of each repository, so that every choice of repositories is whole. */
export const MOST_WAITING = 15;
const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
const TURNS: Readonly<Record<string, string>> = { author: 'the author', reviewers: 'the reviewers', merge: 'to be merged' };

/** The open pull requests that have waited longest, and for whom. */
export function waitingLongest(facts: Facts, filter: Filter): Section {
  const { head } = facts;
  const isChosen = chosen(facts, filter);
  const longest = head.waiting.filter(({ repository }) => isChosen[repository] === true).slice(0, MOST_WAITING);
  const hours = (since: number) => (head.readAt - since) / HOUR_MS;
  const [first] = longest;
  const open = openOn(facts, filter, head.today);
  const known = open.filter((row) => at(facts.pullRequests.turn, row) > 0).length;
  const ofKnown = known < open.length ? `Of the ${number(known)} of ${number(open.length)} of which it is known, ` : '';
  const instant = new Date(head.readAt).toISOString();
  return {
    id: 'waiting',
    title: 'Waiting longest',
    answer:
      first === undefined
        ? open.length === 0
          ? 'Nothing is open.'
          : `Since when they wait is not known: ${whyUnknown(facts, 'pull_request_activities')}.`
        : `${ofKnown}${duration(hours(first.since))} is the longest that an open pull request has waited for its next step.`,
    note: `Open when the data was read, whatever the period above.${head.waitingIsCut ? ' There are very many: of a single repository some may not be here; the SQL gives all.' : ''}${head.coverage.withoutActivities === 0 ? '' : ' Those of which it is not known since when they wait are left out.'}`,
    columns: [
      column('title', 'Pull request', 'text'),
      column('repository_full_name', 'Repository', 'text'),
      column('waiting_for', 'Waits for', 'text'),
      column('waiting_days', 'Days'),
      ...(head.byPerson ? [column('author_name', 'Author', 'text')] : []),
    ],
    rows: longest.map(({ repository, id, title, turn, since, author }) => [
      `#${id} ${title}`,
      head.repositories[repository]?.name ?? '',
      TURNS[turn] ?? turn,
      rounded(hours(since) / DAY_HOURS, 1),
      ...(head.byPerson ? [author] : []),
    ]),
    links: longest.map(({ url }) => url),
    chart: null,
    sql: `SELECT '#' || pull_request_id || ' ' || title AS title, repository_full_name,
  CASE waiting_for WHEN 'merge' THEN 'to be merged' ELSE 'the ' || waiting_for END AS waiting_for,
  round(epoch(TIMESTAMPTZ '${instant}' - waiting_since) / 86400, 1) AS waiting_days${head.byPerson ? ',\n  author_name' : ''}
FROM pull_request_facts
${conditions(facts, filter, null, ["state = 'OPEN'", 'waiting_since IS NOT NULL', ...noBots(facts, 'author_is_bot')])}
ORDER BY waiting_since, repository_full_name, pull_request_id
LIMIT ${MOST_WAITING}`,
  };
}

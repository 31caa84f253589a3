import type { Database } from '../warehouse/database';
import { readJournal } from '../warehouse/journal';
import {
  openOnes,
  pullRequestsCount,
  pullRequestsLeftOut,
  repositoriesCount,
  repositoriesLeftOut,
  sinceWhen,
} from '../warehouse/outside';
import { savedTimes } from '../warehouse/states';
import type { Coverage } from './page/facts';

/** Streams that parts of the page need. */
const NEEDED = ['repositories', 'pull_request_activities', 'pull_request_diffs', 'builds'];
const SHOWN = ['pull_requests', ...NEEDED];
/** A repository of a person, which bears their login name. */
const PERSONAL = /(?:repository )?~\S+/;
const MOST_BOTS = 12;
/** One sync reads its streams one after the other; what is further behind was not part of the last one. */
const BEHIND_MS = 24 * 3_600_000;

/** When the pull requests of the file were last read, in milliseconds since 1970; null: it does not say. */
export async function pullRequestsReadAt(database: Database): Promise<number | null> {
  const read = await savedTimes(database);
  return read.get('pull_requests') ?? latestOf(read);
}

/** What the file covers, and what it lacks. @param byPerson whether people may be named */
export async function readCoverage(database: Database, byPerson: boolean): Promise<Coverage> {
  const [row = {}] = await database.query(`SELECT
    (SELECT count(DISTINCT project_key) FROM repositories_live)::INTEGER AS projects,
    (SELECT count(*) FROM repositories_live)::INTEGER AS repositories,
    count(*)::INTEGER AS pull_requests,
    count(*) FILTER (author_is_bot)::INTEGER AS bot_pull_requests,
    count(*) FILTER (lines_changed IS NULL)::INTEGER AS without_size,
    count(*) FILTER (review_rounds IS NULL)::INTEGER AS without_activities,
    any_value(regexp_extract(url, '^(https?://.*?)/(?:projects|users)/', 1)) FILTER (url IS NOT NULL) AS server
    FROM pull_request_facts`);
  const bots = await database.query(
    `SELECT DISTINCT name FROM (
       SELECT author_name AS name FROM pull_request_facts WHERE author_is_bot
       UNION ALL SELECT reviewer_name FROM reviews WHERE reviewer_is_bot)
     WHERE name IS NOT NULL ORDER BY name LIMIT ${MOST_BOTS}`,
  );
  const read = await savedTimes(database);
  const journal = await readJournal(database);
  const denied = journal?.denied ?? [];
  const streams = (journal?.streams ?? [...read.keys()]).filter((stream) => !denied.includes(stream));
  const latest = latestOf(read) ?? 0;
  const complete = journal?.complete ?? null;
  const begun = new Set([...read.keys(), ...(journal?.partial ?? [])]);
  const unfinished = complete === null ? [] : [...begun].filter((stream) => !complete.includes(stream));
  const leftIn = (all: readonly string[]) =>
    all.flatMap((stream) => {
      const since = read.get(stream);
      const isLeft = since !== undefined && (!streams.includes(stream) || since < latest - BEHIND_MS);
      return isLeft && !unfinished.includes(stream) ? [{ stream, since }] : [];
    });
  const others = [...read.keys()].filter((stream) => !SHOWN.includes(stream));
  const partial = SHOWN.filter((stream) => journal?.partial.includes(stream) === true && !unfinished.includes(stream));
  const leftOut = await repositoriesLeftOut(database, journal?.outside ?? null);
  const old = journal === null ? null : await pullRequestsLeftOut(database, journal);
  return {
    server: typeof row['server'] === 'string' ? row['server'] : '',
    projects: Number(row['projects'] ?? 0),
    repositories: Number(row['repositories'] ?? 0),
    pullRequests: Number(row['pull_requests'] ?? 0),
    bots: bots.map(({ name }) => String(name)),
    botPullRequests: Number(row['bot_pull_requests'] ?? 0),
    hasPullRequests: Number(row['pull_requests'] ?? 0) > 0 || read.has('pull_requests'),
    missing: NEEDED.filter((stream) => !read.has(stream) && !unfinished.includes(stream)),
    left: leftIn(NEEDED),
    others: leftIn(others),
    denied,
    unfinished: SHOWN.filter((stream) => unfinished.includes(stream)),
    partial: partial.filter((stream) => journal?.cutOff.includes(stream) !== true || journal.unreadable.has(stream)),
    unreadable: Object.fromEntries(
      [...(journal?.unreadable ?? [])].map(([stream, what]) => [
        stream,
        byPerson ? what : what.replace(PERSONAL, 'a personal repository'),
      ]),
    ),
    cutOff: partial
      .filter((stream) => journal?.cutOff.includes(stream))
      .map((stream) => ({ stream, since: journal?.whole.get(stream) ?? null })),
    leftOut: leftOut === null ? null : { count: repositoriesCount(leftOut), since: sinceWhen(leftOut) },
    old: old === null ? null : { count: pullRequestsCount(old), open: openOnes(old) },
    isFollowed: streams.includes('pull_requests'),
    streams,
    withoutSize: Number(row['without_size'] ?? 0),
    withoutActivities: Number(row['without_activities'] ?? 0),
  };
}

function latestOf(read: ReadonlyMap<string, number>): number | null {
  return read.size === 0 ? null : Math.max(...read.values());
}

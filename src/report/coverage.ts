import { longDay } from './page/days';
import type { Facts, Head } from './page/facts';
import { firstDay } from './page/filter';
import { counted } from './page/text';

/** What the page is made from, those first without which there is none. */
const STREAMS = ['pull_requests', 'repositories', 'pull_request_activities', 'pull_request_diffs', 'pull_request_commits'];

/** What the page is made from and what it lacks, in one paragraph. */
export function coverage(facts: Facts): string {
  const { head } = facts;
  const { server, projects, repositories, pullRequests, hasPullRequests, isFollowed } = head.coverage;
  const read = `Read ${minute(head.readAt)}`;
  if (!hasPullRequests)
    return `No pull requests were synced into this file: sync --streams ${streamsToAdd(facts).join(',')} reads them. ${read}.`;
  if (pullRequests === 0) return `There are no pull requests in this file yet. ${read}.`;
  const lastOpened = facts.pullRequests.opened.reduce((last, day) => Math.max(last, day), firstDay(facts));
  const lacks = lacksOf(head);
  return [
    `${server === '' ? 'Bitbucket' : server.replace(/^https?:\/\//, '')}: ${counted(pullRequests, 'pull request')} in ${counted(repositories, 'repository', 'repositories')} of ${counted(projects, 'project')}, opened ${openedDays(firstDay(facts), lastOpened)}.`,
    isFollowed ? `${read};` : `${read} and not since: syncs of this file no longer read pull_requests;`,
    `days are those of ${head.timeZone}.`,
    `Missing: ${lacks.length === 0 ? 'nothing that this page needs' : lacks.join('; ')}.`,
  ].join(' ');
}

/** What a person should know of a page before they show it to others; empty: nothing. */
export function caveats({ head }: Facts): string {
  const { hasPullRequests, isFollowed } = head.coverage;
  if (!hasPullRequests) return 'No pull requests were synced into this file.';
  const lacks = lacksOf(head);
  return [
    ...(isFollowed ? [] : [`Pull requests were last read ${minute(head.readAt)}: syncs of this file no longer read them.`]),
    ...(lacks.length === 0 ? [] : [`Missing: ${lacks.join('; ')}.`]),
  ].join(' ');
}

/** What `sync --streams` has to name so that the page lacks nothing; empty: it would lack the same. */
export function streamsToAdd({ head }: Facts): string[] {
  const { streams, missing, left, hasPullRequests, isFollowed } = head.coverage;
  const wanted = [...(hasPullRequests && isFollowed ? [] : STREAMS), ...missing, ...left.map(({ stream }) => stream)];
  const added = wanted.filter((stream) => !streams.includes(stream));
  return added.length === 0 ? [] : [...new Set([...streams, ...added])];
}

function lacksOf({ coverage: { missing, left, partial, withoutActivities, withoutSize } }: Head): string[] {
  const lacking = (count: number, what: string, stream: string) =>
    count === 0 || missing.includes(stream) ? [] : [`${counted(count, 'pull request')} without ${what}`];
  const bySince = new Map<string, string[]>();
  for (const { stream, since } of left) bySince.set(minute(since), [...(bySince.get(minute(since)) ?? []), stream]);
  return [
    ...(missing.length === 0 ? [] : [`${missing.join(', ')} (not synced)`]),
    ...[...bySince].map(([since, streams]) => `${streams.join(', ')} (not read since ${since})`),
    ...(partial.length === 0 ? [] : [`parts of ${partial.join(', ')} (not read in the last sync, which says what)`]),
    ...lacking(withoutActivities, 'activities', 'pull_request_activities'),
    ...lacking(withoutSize, 'a size', 'pull_request_diffs'),
  ];
}

function minute(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().replace('T', ' ').slice(0, 16)} UTC`;
}

function openedDays(first: number, last: number): string {
  return first === last ? `on ${longDay(first)}` : `${longDay(first)} to ${longDay(last)}`;
}

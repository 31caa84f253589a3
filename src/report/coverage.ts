import { minuteOf } from '../text/instant';
import { longDay } from './page/days';
import type { Facts, Head } from './page/facts';
import { firstDay } from './page/filter';
import { counted } from './page/text';

/** What the page is made from, those first without which there is none. */
const STREAMS = ['pull_requests', 'repositories', 'pull_request_activities', 'pull_request_diffs', 'pull_request_commits'];

const NOTHING_READ = 'No pull requests were read into this file yet: no sync has come to that. Run sync into it again.';

/** What the page is made from and what it lacks, in one paragraph. */
export function coverage(facts: Facts): string {
  const { head } = facts;
  const { server, projects, repositories, pullRequests, hasPullRequests, isFollowed } = head.coverage;
  const read = `Read ${minuteOf(head.readAt)}`;
  if (isUnread(head)) return NOTHING_READ;
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
    ...behindOf(head),
    ...othersLeft(head),
  ].join(' ');
}

/** What a person should know of a page before they show it to others; empty: nothing. */
export function caveats({ head }: Facts): string {
  const { hasPullRequests, isFollowed } = head.coverage;
  if (isUnread(head)) return NOTHING_READ;
  if (!hasPullRequests) return 'No pull requests were synced into this file.';
  const lacks = lacksOf(head);
  return [
    ...(isFollowed ? [] : [`Pull requests were last read ${minuteOf(head.readAt)}: syncs of this file no longer read them.`]),
    ...(lacks.length === 0 ? [] : [`Missing: ${lacks.join('; ')}.`]),
    ...behindOf(head),
    ...othersLeft(head),
    ...deniedOnes(head),
    ...waysBack(head),
  ].join(' ');
}

/** What brings back what is denied, for which it is of no use to name it to `sync`. */
function deniedOnes({ coverage: { left, others, denied } }: Head): string[] {
  const names = [...left, ...others].flatMap(({ stream }) => (denied.includes(stream) ? [stream] : []));
  const them = names.length === 1 ? 'it' : 'them';
  return names.length === 0 ? [] : [`An account that may read ${names.join(', ')} brings ${them} up to date.`];
}

/** What brings back what the configuration leaves out, which no stream does. */
function waysBack({ coverage: { leftOut, old } }: Head): string[] {
  const these = (count: string, one: string, many: string) => (count.startsWith('1 ') ? `this ${one}` : `these ${many}`);
  const repositories = leftOut === null ? '' : these(leftOut.count, 'repository', 'repositories');
  const pullRequests = old === null ? '' : these(old.count, 'pull request', 'pull requests');
  if (repositories !== '')
    return [
      `Wider filters or shards in the configuration bring ${repositories} back${pullRequests === '' ? '' : `, an earlier start_date ${pullRequests}`}.`,
    ];
  return pullRequests === '' ? [] : [`An earlier start_date in the configuration brings ${pullRequests} back.`];
}

/** What `sync --streams` has to name so that the page lacks no stream; empty: it would lack the same. */
export function streamsToAdd(facts: Facts): string[] {
  const added = streamsAdded(facts);
  return added.length === 0 ? [] : [...new Set([...facts.head.coverage.streams, ...added])];
}

/** Which of them syncs of the file do not read yet. */
export function streamsAdded({ head }: Facts): string[] {
  const { streams, missing, left, others, denied, unfinished, hasPullRequests, isFollowed } = head.coverage;
  const behind = [...left, ...others].map(({ stream }) => stream);
  const wanted = [...(hasPullRequests && isFollowed ? [] : STREAMS), ...missing, ...unfinished, ...behind];
  return [...new Set(wanted.filter((stream) => !streams.includes(stream) && !denied.includes(stream)))];
}

/** Syncs of the file read pull requests, but none has come to that yet. */
function isUnread({ coverage: { pullRequests, unfinished, isFollowed } }: Head): boolean {
  return pullRequests === 0 && isFollowed && unfinished.includes('pull_requests');
}

function lacksOf({ coverage }: Head): string[] {
  const {
    missing,
    left,
    denied,
    unfinished,
    partial,
    unreadable,
    cutOff,
    leftOut,
    old,
    streams,
    withoutActivities,
    withoutSize,
  } = coverage;
  const isRead = (stream: string) => streams.includes(stream);
  const lacking = (count: number, what: string, stream: string) =>
    count === 0 || missing.includes(stream) ? [] : [`${counted(count, 'pull request')} without ${what}`];
  const parts = (names: readonly string[], why: (what?: string) => string) =>
    grouped(names, (stream) => why(unreadable[stream])).map(([reason, streams]) => `parts of ${streams} (${reason})`);
  const lastAttempt = (what: string) => `${what} could not be read at the last attempt`;
  return [
    ...(missing.length === 0 ? [] : [`${missing.join(', ')} (not synced)`]),
    ...bySince(left, denied).map(([since, names]) => `${names} (not read since ${since})`),
    ...parts(
      unfinished,
      (what) => `their first reading has not come to its end${what === undefined ? '' : `: ${lastAttempt(what)}`}`,
    ),
    ...parts(partial.filter(isRead), (what) =>
      what === undefined ? 'not read in the last sync, which says what' : lastAttempt(what),
    ),
    ...parts(
      partial.filter((stream) => !isRead(stream)),
      (what) => (what === undefined ? 'could not be read when they were read last' : lastAttempt(what)),
    ),
    ...parts(
      cutOff.flatMap(({ stream }) => (isRead(stream) ? [] : [stream])),
      () => 'the last sync that read them failed or was cut off',
    ),
    ...(leftOut === null ? [] : [repositoriesLeftOut(leftOut)]),
    ...(old === null ? [] : [pullRequestsLeftOut(old)]),
    ...lacking(withoutActivities, 'activities', 'pull_request_activities'),
    ...lacking(withoutSize, 'a size', 'pull_request_diffs'),
  ];
}

/** What nobody has looked at to its end since: that is no lack as long as nothing has changed. */
function behindOf({ coverage: { cutOff, streams } }: Head): string[] {
  const behind = cutOff.filter(({ stream }) => streams.includes(stream));
  if (behind.length === 0) return [];
  const names = behind.map(({ stream }) => stream).join(', ');
  const times = behind.flatMap(({ since }) => (since === null ? [] : [since]));
  const since = times.length === 0 ? '' : ` since ${minuteOf(Math.min(...times))}`;
  return [
    `Maybe behind: the last sync failed or was cut off before it had read all of ${names}. What has changed${since} may not be here yet; the next sync reads it.`,
  ];
}

function repositoriesLeftOut({ count, since }: { readonly count: string; readonly since: string }): string {
  const when = since === '' ? 'not read any more' : `not read ${since}`;
  const [them, theyAre] = count.startsWith('1 ') ? ['it', 'it is'] : ['them', 'they are'];
  return `${count} (${when}: the configuration leaves ${them} out, and ${theyAre} shown as last read)`;
}

function pullRequestsLeftOut({ count, open }: { readonly count: string; readonly open: string }): string {
  const [them, theyAre] = count.startsWith('1 ') ? ['it', 'it is'] : ['them', 'they are'];
  return `${count}${open} (not read any more: start_date leaves ${them} out, and ${theyAre} shown as last read)`;
}

/** What the page does not need, and is in the file. */
function othersLeft({ coverage: { others, denied } }: Head): string[] {
  const left = bySince(others, denied).map(([since, names]) => `${names} (since ${since})`);
  return left.length === 0 ? [] : [`No longer read into this file: ${left.join('; ')}.`];
}

/** Streams by when they were read last, and whether they are denied. */
function bySince(
  left: readonly { readonly stream: string; readonly since: number }[],
  denied: readonly string[],
): [since: string, names: string][] {
  const times = new Map(left.map(({ stream, since }) => [stream, minuteOf(since)]));
  const isDenied = (stream: string) => (denied.includes(stream) ? ', denied to the account of the last sync' : '');
  return grouped([...times.keys()], (stream) => `${times.get(stream) ?? ''}${isDenied(stream)}`);
}

/** The streams of which the same is to be told, behind that. */
function grouped(streams: readonly string[], told: (stream: string) => string): [told: string, streams: string][] {
  const found = new Map<string, string[]>();
  for (const stream of streams) found.set(told(stream), [...(found.get(told(stream)) ?? []), stream]);
  return [...found].map(([each, names]) => [each, names.join(', ')]);
}

function openedDays(first: number, last: number): string {
  return first === last ? `on ${longDay(first)}` : `${longDay(first)} to ${longDay(last)}`;
}

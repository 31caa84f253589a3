import type { RestCommit } from '../../bitbucket/api/payloads';
import type { Reading } from './commits-state';
import { dateOf } from './commits-run';
import { leadsTo } from './graph';
import type { CommitPage, CommitRange, CommitSource } from './history-source';

/** A backfill ends after so many whole pages in a row whose commits are all older than its floor. */
const OLD_PAGES = 2;
/** Digits by which the place where a reading was broken off is recognised. */
const DIGITS = 12;

/** A page of a reading, and the reading as it is after it. */
export interface ReadPage {
  readonly commits: readonly RestCommit[];
  /** Null: that was the last page that is needed. */
  readonly next: Reading | null;
  /** A commit whose parent is `since` has been seen. */
  readonly forward: boolean;
}

/** The range of a reading, from its place on. */
export function rangeOf({ until, since, start, last }: Reading): CommitRange {
  return { until, ...(since !== null && { since }), start: last === null ? start : start - 1 };
}

/**
 * Reads a list of commits from where its reading stands. One that was broken off is gone on with one commit early; where another commit
 * stands there than the one that was last, the server has another order now, and the reading begins anew.
 * @param floor a backfill, which nothing but this ends, stops long before this committer date; -Infinity: never
 * @param begun pages that were read already, if the reading has just begun
 */
export async function* readPages(
  source: CommitSource,
  reading: Reading,
  floor: number,
  begun?: AsyncIterable<CommitPage>,
): AsyncGenerator<ReadPage, void, void> {
  let { forward, last } = reading;
  let [place, oldPages] = [reading.last, 0];
  for await (const page of begun ?? source.commits(rangeOf(reading))) {
    if (place !== null && page.commits[0]?.id.slice(0, DIGITS) !== place) break;
    const commits = place === null ? page.commits : page.commits.slice(1);
    place = null;
    forward ||= reading.since !== null && leadsTo(commits, reading.since);
    last = commits.at(-1)?.id.slice(0, DIGITS) ?? last;
    oldPages = commits.every((commit) => dateOf(commit) < floor) ? oldPages + 1 : 0;
    const isEnd = page.next === null || oldPages >= OLD_PAGES;
    yield { commits, next: isEnd ? null : { ...reading, start: page.next, last, forward }, forward };
    if (isEnd) return;
  }
  if (place === null) yield { commits: [], next: null, forward };
  else yield* readPages(source, { ...reading, start: 0, last: null, forward: false }, floor);
}

import { BitbucketError } from '../errors';

/** Bitbucket's paging envelope; `size` is the number of values here, and there is no total anywhere. */
export interface Page<T> {
  readonly values: readonly T[];
  readonly isLastPage: boolean;
  /** Where the next page begins; not always `start + size`: what the account may not see leaves gaps. */
  readonly nextPageStart: number | null;
}

/** The envelope of an answer, each value checked by `accept`. @throws BitbucketError 'unexpected_answer' when the shape is another */
export function parsePage<T>(answer: unknown, accept: (value: unknown) => value is T): Page<T> {
  const { values, isLastPage, nextPageStart = null } = (answer ?? {}) as Record<string, unknown>;
  if (!Array.isArray(values) || typeof isLastPage !== 'boolean') throw wrong('values or isLastPage is missing');
  const checked = values.map((value) => checkValue(value, accept));
  if (isLastPage) return { values: checked, isLastPage, nextPageStart: null };
  if (typeof nextPageStart !== 'number') throw wrong('nextPageStart is missing on a page that is not the last');
  return { values: checked, isLastPage, nextPageStart };
}

/** A value of a page, if it is of the kind that was asked for. @throws BitbucketError 'unexpected_answer' */
export function checkValue<T>(value: unknown, accept: (value: unknown) => value is T): T {
  if (accept(value)) return value;
  throw wrong('a value is not of the kind that was asked for');
}

function wrong(what: string): BitbucketError {
  return new BitbucketError('unexpected_answer', `was answered with JSON that is no page of a list (${what})`);
}

/** How often a walk may go back without finding anything new before the list is not believed. */
const MAX_RETURNS = 8;

/**
 * Walks a list whose members come and go meanwhile. Yields the values of each page that were not seen before, in order; whoever is done
 * with an array may empty it, for nothing else keeps its values while the walk waits.
 *
 * A member that vanishes pulls the rest forward, and the first of the next page would be skipped. So each page is asked for one
 * member early, and the overlap must be one that was seen; else the walk goes back until it is. A page that is empty where the one before
 * promised more is no end either. A member that moves to the front pushes the rest back, and is merely seen again. After a jump of
 * `nextPageStart` the server's word is followed, and with pages of one there is no room for an overlap.
 * @param fetch the page that begins at `start`
 * @param idOf what identifies a value
 */
export async function* pages<T>(
  fetch: (start: number) => Promise<Page<T>>,
  idOf: (value: T) => number | string,
): AsyncGenerator<T[], void, void> {
  const seen = new Set<number | string>();
  let promised = false;
  let overlaps = false;
  let returns = 0;
  const isLost = (at: number, { values: [first] }: Page<T>) =>
    at > 0 && (first === undefined ? promised : overlaps && !seen.has(idOf(first)));
  /** The page at `at`, or as far before as it takes to lose nothing: what is new in it, and where the next begins. */
  const read = async (at: number): Promise<{ fresh: T[]; next: number | null }> => {
    let page = await fetch(at);
    if (isLost(at, page) && ++returns > MAX_RETURNS)
      throw contradiction(`after start=${at} comes nothing, although there was more`);
    for (let back = 1; isLost(at, page); back *= 2) {
      at = Math.max(0, at - back);
      page = await fetch(at);
    }
    const { values, nextPageStart } = page;
    if (promised && values.length === 0) throw contradiction('it begins with nothing, although there was something');
    if (nextPageStart !== null && nextPageStart <= at)
      throw contradiction(`it goes round in circles, after start=${at} comes nextPageStart=${nextPageStart}`);
    promised = nextPageStart === at + values.length;
    overlaps = promised && values.length > 1;
    const fresh = values.filter((value) => {
      const id = idOf(value);
      return !seen.has(id) && seen.add(id);
    });
    return { fresh, next: overlaps && nextPageStart !== null ? nextPageStart - 1 : nextPageStart };
  };
  for (let start: number | null = 0; start !== null;) {
    const { fresh, next } = await read(start);
    start = next;
    if (fresh.length === 0) continue;
    returns = 0;
    yield fresh;
  }
}

function contradiction(what: string): BitbucketError {
  return new BitbucketError('unexpected_answer', `A list contradicts itself: ${what}`);
}

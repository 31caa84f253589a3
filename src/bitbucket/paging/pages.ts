import { BitbucketError } from '../errors';

/** Bitbucket's paging envelope; `size` is the number of values here, and there is no total anywhere. */
export interface Page<T> {
  readonly values: readonly T[];
  readonly isLastPage: boolean;
  /** Where the next page begins; not always `start + size`: what the account may not see leaves gaps. */
  readonly nextPageStart: number | null;
}

/** What a value of a list is, or null where it is of another kind. */
export type Read<T> = (value: unknown) => T | null;

/** The envelope of an answer, each value as `read` gives it. @throws BitbucketError 'unexpected_answer' when the shape is another */
export function parsePage<T>(answer: unknown, read: Read<T>): Page<T> {
  const { values, isLastPage, nextPageStart = null } = (answer ?? {}) as Record<string, unknown>;
  if (!Array.isArray(values) || typeof isLastPage !== 'boolean') throw wrong('values or isLastPage is missing');
  const checked = values.map((value) => readValue(value, read));
  if (isLastPage) return { values: checked, isLastPage, nextPageStart: null };
  if (typeof nextPageStart !== 'number') throw wrong('nextPageStart is missing on a page that is not the last');
  return { values: checked, isLastPage, nextPageStart };
}

/** A value of a page, if it is of the kind that was asked for. @throws BitbucketError 'unexpected_answer' */
export function readValue<T>(value: unknown, read: Read<T>): T {
  const found = read(value);
  if (found === null) throw wrong('a value is not of the kind that was asked for');
  return found;
}

function wrong(what: string): BitbucketError {
  return new BitbucketError('unexpected_answer', `the answer is JSON that is no page of a list (${what})`);
}

/** How often the reading of a list may go back without finding anything new before the list is not believed. */
const MAX_RETURNS = 8;

/** What a page has that was not seen before, and its place in the list. */
export interface NumberedPage<T> {
  readonly values: T[];
  /** Where it begins. */
  readonly start: number;
  /** Where the next one begins; null: this was the last. */
  readonly next: number | null;
}

/** The values of a list, page by page; those of each page that were not seen before, never none. See {@link numberedPages}. */
export async function* pages<T>(
  fetch: (start: number) => Promise<Page<T>>,
  idOf: (value: T) => number | string,
): AsyncGenerator<T[], void, void> {
  for await (const { values } of numberedPages(fetch, idOf)) yield values;
}

/**
 * Reads a list whose members come and go meanwhile. Yields the values of each page that were not seen before, in order; whoever is done
 * with an array may empty it, for nothing else keeps its values meanwhile.
 *
 * A member that vanishes pulls the rest forward, and the first of the next page would be skipped. So each page is asked for one
 * member early, and the overlap must be one that was seen; else the reading goes back until it is. A page that is empty where the one
 * before promised more is no end either. A member that moves to the front pushes the rest back, and is merely seen again. After a jump of
 * `nextPageStart` the server's word is followed, and with pages of one there is no room for an overlap.
 * @param fetch the page that begins at `start`
 * @param idOf what identifies a value
 * @param fixed where an earlier reading of a list ended that does not change (commits between two ids): no member is asked for twice
 */
export async function* numberedPages<T>(
  fetch: (start: number) => Promise<Page<T>>,
  idOf: (value: T) => number | string,
  fixed?: { readonly from: number },
): AsyncGenerator<NumberedPage<T>, void, void> {
  const from = fixed?.from ?? 0;
  const list = new ListReading(fetch, idOf, from, fixed !== undefined);
  for (let start: number | null = from; start !== null;) {
    const { values, at, next, nextPageStart }: ReadPage<T> = await list.read(start);
    start = next;
    if (values.length > 0) yield { values, start: at, next: nextPageStart };
  }
}

interface ReadPage<T> {
  readonly values: T[];
  readonly at: number;
  /** Where to ask next: one member early. */
  readonly next: number | null;
  readonly nextPageStart: number | null;
}

/** What the pages of one list have shown so far. */
class ListReading<T> {
  private readonly seen = new Set<number | string>();
  /** The page before said that more follows immediately. */
  private promised = false;
  /** The page was asked for one member early, and that one must have been seen. */
  private overlaps = false;
  private returns = 0;

  constructor(
    private readonly fetch: (start: number) => Promise<Page<T>>,
    private readonly idOf: (value: T) => number | string,
    private readonly from: number,
    private readonly isFixed: boolean,
  ) {}

  /** The page at `start`, or as far before as it takes to lose nothing. */
  async read(start: number): Promise<ReadPage<T>> {
    const { page, at } = await this.find(start);
    const { values, nextPageStart } = page;
    if (this.promised && values.length === 0) throw contradiction('it begins with nothing, although there was something');
    if (nextPageStart !== null && nextPageStart <= at)
      throw contradiction(`it goes round in circles, after start=${at} comes nextPageStart=${nextPageStart}`);
    this.promised = nextPageStart === at + values.length;
    this.overlaps = this.promised && values.length > 1 && !this.isFixed;
    const fresh = values.filter((value) => {
      const id = this.idOf(value);
      return !this.seen.has(id) && this.seen.add(id);
    });
    if (fresh.length > 0) this.returns = 0;
    return {
      values: fresh,
      at,
      next: this.overlaps && nextPageStart !== null ? nextPageStart - 1 : nextPageStart,
      nextPageStart,
    };
  }

  private async find(start: number): Promise<{ page: Page<T>; at: number }> {
    let at = start;
    let page = await this.fetch(at);
    if (this.isLost(at, page) && ++this.returns > MAX_RETURNS)
      throw contradiction(`after start=${at} comes nothing, although there was more`);
    for (let back = 1; this.isLost(at, page); back *= 2) {
      at = Math.max(this.from, at - back);
      page = await this.fetch(at);
    }
    return { page, at };
  }

  private isLost(at: number, { values: [first] }: Page<T>): boolean {
    return at > this.from && (first === undefined ? this.promised : this.overlaps && !this.seen.has(this.idOf(first)));
  }
}

function contradiction(what: string): BitbucketError {
  return new BitbucketError('unexpected_answer', `A list contradicts itself: ${what}`);
}

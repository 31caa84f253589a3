import { isJson } from '../../config/json';
import { BitbucketError } from '../errors';

/** Bitbucket's paging envelope; `size` is the number of values here, and there is no total anywhere. */
export interface Page<T> {
  readonly values: readonly T[];
  readonly isLastPage: boolean;
  /** Entries that are not what they should be, beside the values. */
  readonly unreadable?: readonly UnreadableEntry[];
  /** Where the next page begins; not always `start + size`: what the account may not see leaves gaps. */
  readonly nextPageStart: number | null;
}

/** An entry of a list that lacks what makes it one: it alone is not read. */
export interface UnreadableEntry {
  /** Its id, where it has one. */
  readonly id: number | string | null;
}

/** What a value of a list is, or null where it is of another kind. */
export type Read<T> = (value: unknown) => T | null;

/** The envelope of an answer, each value as `read` gives it, those that it gives null for as unreadable. @throws BitbucketError 'unexpected_answer' when the shape is another */
export function parsePage<T>(answer: unknown, read: Read<T>): Page<T> {
  const { values, isLastPage, nextPageStart = null } = (answer ?? {}) as Record<string, unknown>;
  if (!Array.isArray(values) || typeof isLastPage !== 'boolean') throw wrong('values or isLastPage is missing');
  const readable: T[] = [];
  const unreadable: UnreadableEntry[] = [];
  for (const value of values as unknown[]) {
    const found = read(value);
    if (found === null) unreadable.push(unreadableEntry(value));
    else readable.push(found);
  }
  if (!isLastPage && typeof nextPageStart !== 'number') throw wrong('nextPageStart is missing on a page that is not the last');
  const next = isLastPage || typeof nextPageStart !== 'number' ? null : nextPageStart;
  return { values: readable, isLastPage, nextPageStart: next, ...(unreadable.length > 0 && { unreadable }) };
}

/** What can be told of an entry that is not what it should be. */
export function unreadableEntry(value: unknown): UnreadableEntry {
  const id = isJson(value) ? value.id : undefined;
  return { id: typeof id === 'string' || (typeof id === 'number' && Number.isSafeInteger(id)) ? id : null };
}

function wrong(what: string): BitbucketError {
  return new BitbucketError('unexpected_answer', `the answer is JSON that is no page of a list (${what})`);
}

/** How often the reading of a list may go back without finding anything new before the list is not believed. */
const MAX_RETURNS = 8;
/** Pages in a row that hold nothing new before a list is not believed: something drops the place that is asked for. */
const MAX_REPEATED = 3;
/** Empty pages in a row: what an account may not see leaves such gaps, but no list is all gap. */
const MAX_EMPTY = 2000;

/** What a page has that was not seen before, and its place in the list. */
export interface NumberedPage<T> {
  readonly values: T[];
  /** Where it begins. */
  readonly start: number;
  /** Where the next one begins; null: this was the last. */
  readonly next: number | null;
}

/** How a list is read. */
export interface Reading<T> {
  /** The page that begins at `start`. */
  readonly fetch: (start: number) => Promise<Page<T>>;
  /** What identifies a value. */
  readonly idOf: (value: T) => number | string;
  /** Where an earlier reading of a list ended that does not change. @default 0 */
  readonly from?: number;
  /** It does not change (commits between two ids): no member is asked for twice. @default false */
  readonly isFixed?: boolean;
  /** Is given each entry that cannot be read, once, before the page that it is on; may throw. @default left out */
  readonly onUnreadable?: (entry: UnreadableEntry) => void;
}

/** The values of a list, page by page; those of each page that were not seen before, never none. See {@link numberedPages}. */
export async function* pages<T>(
  fetch: Reading<T>['fetch'],
  idOf: Reading<T>['idOf'],
  onUnreadable: (entry: UnreadableEntry) => void = () => undefined,
): AsyncGenerator<T[], void, void> {
  const list = new ListReading({ fetch, idOf, onUnreadable }, 0);
  for (let page = await list.next(); page !== null; page = await list.next()) yield page.values;
}

/**
 * Reads a list whose members come and go meanwhile. Yields the values of each page that were not seen before, in order; whoever is done
 * with an array may empty it, for nothing else keeps its values meanwhile.
 *
 * A member that vanishes pulls the rest forward, and the first of the next page would be skipped. So each page is asked for one
 * member early, and the overlap must be one that was seen; else the reading goes back until it is. A page that is empty where the one
 * before promised more is no end either. A member that moves to the front pushes the rest back, and is merely seen again. After a jump of
 * `nextPageStart` the server's word is followed, and with pages of one there is no room for an overlap.
 * @throws BitbucketError 'unexpected_answer' when the list contradicts itself, or has no end
 */
export async function* numberedPages<T>(reading: Reading<T>): AsyncGenerator<NumberedPage<T>, void, void> {
  const list = new ListReading(reading, reading.from ?? 0);
  for (let page = await list.next(); page !== null; page = await list.next())
    yield { values: page.values, start: page.at, next: page.nextPageStart };
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
  /** Entries that could not be read. */
  private readonly reported = new Set<number | string>();
  /** The page before said that more follows immediately. */
  private promised = false;
  /** The page was asked for one member early, and that one must have been seen. */
  private overlaps = false;
  private returns = 0;
  private repeated = 0;
  private empty = 0;
  /** Where the next page is to be asked for; null: the list is over. */
  private start: number | null;

  constructor(
    private readonly reading: Reading<T>,
    private readonly from: number,
  ) {
    this.start = from;
  }

  /** The next page that holds something new; null: there is none. */
  async next(): Promise<ReadPage<T> | null> {
    while (this.start !== null) {
      const page = await this.read(this.start);
      this.start = page.next;
      if (page.values.length > 0) return page;
    }
    return null;
  }

  /** The page at `start`, or as far before as it takes to lose nothing. */
  private async read(start: number): Promise<ReadPage<T>> {
    const { page, at } = await this.find(start);
    const { values, nextPageStart, unreadable = [] } = page;
    const size = values.length + unreadable.length;
    if (this.promised && size === 0) throw contradiction('it begins with nothing, although there was something');
    if (nextPageStart !== null && nextPageStart <= at)
      throw contradiction(`it goes round in circles, after start=${at} comes nextPageStart=${nextPageStart}`);
    this.promised = nextPageStart === at + size;
    this.overlaps = this.promised && values.length > 1 && this.reading.isFixed !== true;
    const fresh = this.freshOf(values, unreadable);
    if (nextPageStart !== null) this.expectProgress(fresh.length, size, at);
    return {
      values: fresh,
      at,
      next: this.overlaps && nextPageStart !== null ? nextPageStart - 1 : nextPageStart,
      nextPageStart,
    };
  }

  /** What was not seen before; what cannot be read is reported, once. */
  private freshOf(values: readonly T[], unreadable: readonly UnreadableEntry[]): T[] {
    for (const entry of unreadable) {
      if (entry.id !== null && this.reported.has(entry.id)) continue;
      if (entry.id !== null) this.reported.add(entry.id);
      this.reading.onUnreadable?.(entry);
    }
    return values.filter((value) => {
      const id = this.reading.idOf(value);
      return !this.seen.has(id) && this.seen.add(id);
    });
  }

  private expectProgress(fresh: number, size: number, at: number): void {
    if (fresh > 0) {
      this.returns = this.repeated = this.empty = 0;
    } else if (size === 0) {
      if (++this.empty >= MAX_EMPTY) throw contradiction(`${MAX_EMPTY} empty pages follow each other, up to start=${at}`);
    } else if (++this.repeated >= MAX_REPEATED) {
      throw contradiction(`its pages repeat what came before, although they say that more follows (start=${at})`);
    }
  }

  private async find(start: number): Promise<{ page: Page<T>; at: number }> {
    let at = start;
    let page = await this.reading.fetch(at);
    if (this.isLost(at, page) && ++this.returns > MAX_RETURNS)
      throw contradiction(`after start=${at} comes nothing, although there was more`);
    for (let back = 1; this.isLost(at, page); back *= 2) {
      at = Math.max(this.from, at - back);
      page = await this.reading.fetch(at);
    }
    return { page, at };
  }

  private isLost(at: number, { values: [first], unreadable = [] }: Page<T>): boolean {
    if (at <= this.from) return false;
    if (first === undefined) return this.promised && unreadable.length === 0;
    return this.overlaps && !this.seen.has(this.reading.idOf(first));
  }
}

function contradiction(what: string): BitbucketError {
  return new BitbucketError('unexpected_answer', `A list contradicts itself: ${what}`);
}

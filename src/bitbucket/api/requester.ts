import { type Answer, readJson } from '../transport/answer';
import type { Sender } from '../session/sender';
import type { Asking, RestRequest } from '../session/request';
import { BitbucketError } from '../errors';
import type { PageSizes } from '../paging/page-sizes';
import { type NumberedPage, numberedPages, type Page, pages, parsePage, type Read, type UnreadableEntry } from '../paging/pages';

/** More than any default cap: the server clamps it silently and its answer tells. */
export const LIMIT = 1000;

/** Enough to get over a hiccup; a server that is well answers much sooner. */
const BRIEF = { attempts: 2, timeoutMs: 3000 };

/** A list that comes in pages. */
export interface List<T> {
  /** What is asked, for pacing and logs: `pull-requests`. */
  readonly kind: string;
  readonly path: string;
  readonly query?: NonNullable<RestRequest['query']>;
  /** A page of it. */
  readonly readPage: (answer: Answer) => Promise<Page<T>>;
  /** What identifies a value: it is given once. */
  readonly idOf: (value: T) => number | string;
  /** Values on a page at most. @default 1000 */
  readonly limit?: number;
  /** What, below that of the requester, it is the list of: the id of a pull request. */
  readonly of?: number;
  /** Is given each entry that is not what it should be; without it, the list ends there with an error. */
  readonly onUnreadable?: ((entry: UnreadableEntry) => void) | undefined;
}

/** How a requester asks. */
export interface RequesterOptions {
  readonly session: Sender;
  readonly by: Asking;
  readonly pageSizes: PageSizes;
  /** What its lists are of, by an id that lasts: the repository's. @default those of the instance */
  readonly of?: number;
  /** It is for whoever looks around: values on the first page of a list; entries that cannot be read are left out. @default as on all pages */
  readonly firstPage?: number;
}

/** Reads a page whose values are documents. */
export function pageOf<T>(read: Read<T>): List<T>['readPage'] {
  return async (answer) => parsePage(await readJson(answer), read);
}

/** The requests of one lane, in the forms in which Bitbucket answers: one document, a page, a whole list. Each throws BitbucketError. */
export class Requester {
  readonly session: Sender;
  readonly by: Asking;

  constructor(private readonly options: RequesterOptions) {
    this.session = options.session;
    this.by = options.by;
  }

  /** The same for what failed in the last sync. */
  get retrying(): Requester {
    return new Requester({ ...this.options, by: { ...this.by, failedBefore: true } });
  }

  /** The same for whoever tries one of several things: it is soon given up. */
  get brief(): Requester {
    return new Requester({ ...this.options, by: { ...this.by, ...BRIEF } });
  }

  /** One document. */
  one<T>(kind: string, path: string, read: Read<T>, query: NonNullable<RestRequest['query']> = {}): Promise<T> {
    return this.session.send({ kind, path, query, ...this.by }, async (answer) => {
      const value = read(await readJson(answer));
      if (value === null) throw new BitbucketError('unexpected_answer', 'the answer is JSON of another kind');
      return value;
    });
  }

  /** One page of a list, in just this size. */
  page<T>({ kind, path, query = {}, readPage }: List<T>, start: number, limit: number, canAskForLess = false): Promise<Page<T>> {
    return this.session.send(
      { kind, path, query: Object.assign({}, query, { start, limit }), canAskForLess, ...this.by },
      readPage,
    );
  }

  /** A whole list: the values of each page that were not seen before. @param first its first page, where it is known */
  list<T>(list: List<T>, first: Page<T> | null = null): AsyncGenerator<T[], void, void> {
    const fetch = this.pagesOf(list);
    const fetchFurther = (start: number) => (start === 0 && first !== null ? Promise.resolve(first) : fetch(start));
    return pages(fetchFurther, list.idOf, this.onUnreadable(list));
  }

  /** A list that does not change, each page with its place in it, from which it can be gone on with. */
  numbered<T>(list: List<T>, start: number): AsyncGenerator<NumberedPage<T>, void, void> {
    const { idOf } = list;
    return numberedPages({ fetch: this.pagesOf(list), idOf, from: start, isFixed: true, onUnreadable: this.onUnreadable(list) });
  }

  /** How each page of a list is fetched: in the size that the server can bear. */
  private pagesOf<T>(list: List<T>): (start: number) => Promise<Page<T>> {
    const { pageSizes, firstPage, of } = this.options;
    const limit = list.limit ?? LIMIT;
    const name = { kind: list.kind, of: [of, list.of].filter((id) => id !== undefined).join('/') };
    return (start) =>
      pageSizes.fetch(name, start === 0 ? (firstPage ?? limit) : limit, (size, canAskForLess) =>
        this.page(list, start, size, canAskForLess),
      );
  }

  private onUnreadable<T>(list: List<T>): (entry: UnreadableEntry) => void {
    if (list.onUnreadable !== undefined) return list.onUnreadable;
    if (this.options.firstPage !== undefined) return () => undefined;
    return ({ id }) => {
      const which = id === null ? 'an entry of the list, which has no id,' : `entry ${id} of the list`;
      throw new BitbucketError('unexpected_answer', `GET ${list.path}: ${which} is not what Bitbucket describes`);
    };
  }
}

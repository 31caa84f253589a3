import { readJson } from '../transport/answer';
import type { Sender } from '../session/sender';
import type { Asking, RestRequest } from '../session/request';
import { BitbucketError } from '../errors';
import { type NumberedPage, numberedPages, type Page, pages, parsePage, type Read } from '../paging/pages';

/** More than any default cap: the server clamps it silently and its answer tells. */
export const LIMIT = 1000;

/** A list that comes in pages. */
export interface List<T> {
  /** What is asked, for pacing and logs: `pull-requests`. */
  readonly kind: string;
  readonly path: string;
  readonly query?: NonNullable<RestRequest['query']>;
  readonly read: Read<T>;
  /** What identifies a value: it is given once. */
  readonly idOf: (value: T) => number | string;
  /** Values on a page at most. @default 1000 */
  readonly limit?: number;
}

/** The requests of one lane, in the forms in which Bitbucket answers: one document, a page, a whole list. Each throws BitbucketError. */
export class Requester {
  /** @param firstPage values on the first page of a list, where less than all may answer the question. @default as on all pages */
  constructor(
    readonly session: Sender,
    readonly by: Asking,
    private readonly firstPage: number | null = null,
  ) {}

  /** The same for what failed in the last sync. */
  get retrying(): Requester {
    return new Requester(this.session, { ...this.by, failedBefore: true }, this.firstPage);
  }

  /** One document. */
  one<T>(kind: string, path: string, read: Read<T>, query: NonNullable<RestRequest['query']> = {}): Promise<T> {
    return this.session.send({ kind, path, query, ...this.by }, async (answer) => {
      const value = read(await readJson(answer));
      if (value === null) throw new BitbucketError('unexpected_answer', 'the answer is JSON of another kind');
      return value;
    });
  }

  /** One page of a list. */
  page<T>({ kind, path, query = {}, read }: List<T>, start: number, limit: number): Promise<Page<T>> {
    return this.session.send({ kind, path, query: { ...query, start, limit }, ...this.by }, async (answer) =>
      parsePage(await readJson(answer), read),
    );
  }

  /** A whole list: the values of each page that were not seen before. */
  list<T>(list: List<T>): AsyncGenerator<T[], void, void> {
    return pages(this.pagesOf(list), list.idOf);
  }

  /** A list that does not change, each page with its place in it, from which it can be gone on with. */
  numbered<T>(list: List<T>, start: number): AsyncGenerator<NumberedPage<T>, void, void> {
    return numberedPages(this.pagesOf(list), list.idOf, { from: start });
  }

  /** How each page of a list is fetched. */
  pagesOf<T>(list: List<T>): (start: number) => Promise<Page<T>> {
    const limit = list.limit ?? LIMIT;
    return (start) => this.page(list, start, start === 0 ? (this.firstPage ?? limit) : limit);
  }
}

import type { RepositoryApi } from '../../streams/stream';

type CommitPages = ReturnType<RepositoryApi['commits']>;
type CommitPage = CommitPages extends AsyncIterable<infer Page> ? Page : never;

/** The first pages of a list are kept for whoever reads it, however often. */
const KEPT = 50;
/** Later ones are kept until they were read a second time: so many, for whoever is behind. */
const BEHIND = 20;

/**
 * The same repository, whose lists of commits are asked for once for all who read them: the two ends of a list are ids, so that it does
 * not change. Each page is asked for by whoever comes to it first.
 */
export function sharingCommits(api: RepositoryApi): RepositoryApi {
  const lists = new Map<string, SharedList>();
  const commits: RepositoryApi['commits'] = (range) => {
    const key = JSON.stringify([range.since, range.until, range.start]);
    let list = lists.get(key);
    if (list === undefined) {
      list = new SharedList((start) => api.commits(start === null ? range : { ...range, start }));
      lists.set(key, list);
    }
    return list.read();
  };
  return Object.assign(Object.create(api) as RepositoryApi, { commits });
}

class SharedList {
  /** By their place in the list. */
  private readonly pages = new Map<number, CommitPage>();
  /** How many pages were asked for. */
  private count = 0;
  /** Where the list goes on after them; null: at its beginning. */
  private end: number | null = null;
  private source: AsyncIterator<CommitPage, void> | null = null;
  private turn: Promise<unknown> = Promise.resolve();
  private isOver = false;

  /** @param ask the list from a place on; null: from its beginning */
  constructor(private readonly ask: (start: number | null) => CommitPages) {}

  async *read(): AsyncGenerator<CommitPage, void, void> {
    let next: number | null = null;
    for (let index = 0; ; index++) {
      const page = await this.page(index);
      if (page === 'forgotten') {
        for await (const further of this.ask(next)) yield further;
        return;
      }
      if (page === null) return;
      yield page;
      if (page.next === null) return;
      next = page.next;
    }
  }

  /** Null: the list has ended before. What was asked for is there at once, so that whoever is behind catches up. */
  private page(index: number): Promise<CommitPage | 'forgotten' | null> {
    if (index < this.count) return Promise.resolve(this.again(index));
    // One after the other: two who come to the same place wait for one answer.
    const page = this.turn.then(() => (index < this.count ? this.again(index) : this.fetch(index)));
    this.turn = page.catch(() => undefined);
    return page;
  }

  private again(index: number): CommitPage | 'forgotten' {
    const page = this.pages.get(index);
    if (index >= KEPT) this.pages.delete(index);
    return page ?? 'forgotten';
  }

  private async fetch(index: number): Promise<CommitPage | null> {
    if (this.isOver) return null;
    this.source ??= this.ask(this.end)[Symbol.asyncIterator]();
    try {
      const { value, done } = await this.source.next();
      if (done === true) {
        this.isOver = true;
        return null;
      }
      this.pages.set(index, value);
      if (index - BEHIND >= KEPT) this.pages.delete(index - BEHIND);
      this.count++;
      this.end = value.next;
      return value;
    } catch (error) {
      this.source = null; // whoever comes next asks again
      throw error;
    }
  }
}

import type { RepositoryApi } from '../../streams/stream';

type CommitPages = ReturnType<RepositoryApi['commits']>;
type CommitPage = CommitPages extends AsyncIterable<infer Page> ? Page : never;

/** Pages of one list that are kept for whoever reads it second; what comes after them is asked for again. */
const KEPT = 50;

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
  private readonly pages: CommitPage[] = [];
  private source: AsyncIterator<CommitPage, void> | null = null;
  private next: Promise<void> = Promise.resolve();
  private isOver = false;

  /** @param ask the list from a place on; null: from its beginning */
  constructor(private readonly ask: (start: number | null) => CommitPages) {}

  async *read(): AsyncGenerator<CommitPage, void, void> {
    for (let index = 0; ; index++) {
      const page = await this.page(index);
      if (page === null) return;
      yield page;
      if (index + 1 < KEPT || page.next === null) continue;
      for await (const further of this.ask(page.next)) yield further;
      return;
    }
  }

  private async page(index: number): Promise<CommitPage | null> {
    // One after the other: two who come to the same place wait for one answer.
    this.next = this.next.catch(() => undefined).then(() => this.fetch(index));
    await this.next;
    return this.pages[index] ?? null;
  }

  private async fetch(index: number): Promise<void> {
    if (index < this.pages.length || this.isOver) return;
    this.source ??= this.ask(this.pages.at(-1)?.next ?? null)[Symbol.asyncIterator]();
    try {
      const { value, done } = await this.source.next();
      if (done === true) this.isOver = true;
      else this.pages.push(value);
    } catch (error) {
      this.source = null; // whoever comes next asks again
      throw error;
    }
  }
}

import { of } from '../../src/bitbucket/api/payloads';
import { BitbucketError } from '../../src/bitbucket/errors';
import { type Page, pages, parsePage } from '../../src/bitbucket/paging/pages';

interface Item {
  readonly id: number;
}
const items = (...ids: number[]): Item[] => ids.map((id) => ({ id }));
const isItem = (value: unknown): value is Item => typeof (value as Item | null)?.id === 'number';

/** A list on a server that clamps pages to `cap`; `before` may change the list before the request of that number (from 1) is answered. */
function server(list: number[], cap: number, before: Record<number, () => void> = {}) {
  const starts: number[] = [];
  const fetch = (start: number): Promise<Page<Item>> => {
    starts.push(start);
    before[starts.length]?.();
    const values = items(...list.slice(start, start + cap));
    const isLastPage = start + cap >= list.length;
    return Promise.resolve({ values, isLastPage, nextPageStart: isLastPage ? null : start + cap });
  };
  return { fetch, starts };
}

async function collect(fetch: (start: number) => Promise<Page<Item>>): Promise<number[]> {
  const ids: number[] = [];
  for await (const page of pages(fetch, ({ id }) => id)) ids.push(...page.map(({ id }) => id));
  return ids;
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('a list that stands still', () => {
  it.each([1, 2, 3, 4, 9, 10, 11, 1000])('is read whole, each member once and in order, in pages of %i', async (cap) => {
    expect(await collect(server(upTo(10), cap).fetch)).toEqual(upTo(10));
  });

  it('that is empty takes one request and yields nothing', async () => {
    const { fetch, starts } = server([], 25);
    expect(await collect(fetch)).toEqual([]);
    expect(starts).toEqual([0]);
  });

  it('yields page by page, so that a reader may stop early and nothing more is asked', async () => {
    const { fetch, starts } = server(upTo(100), 10);
    for await (const page of pages(fetch, ({ id }) => id)) {
      expect(page).toHaveLength(10);
      break;
    }
    expect(starts).toEqual([0]);
  });
});

describe('a list that moves while it is read', () => {
  it('loses no member when one before it vanishes', async () => {
    const list = upTo(12);
    const { fetch } = server(list, 4, { 2: () => list.splice(0, 1) });
    expect(await collect(fetch)).toEqual(upTo(12));
  });

  it.each([2, 3, 4, 7])('loses no member when %i before it vanish at once', async (count) => {
    const list = upTo(20);
    const { fetch } = server(list, 8, { 2: () => list.splice(0, count) });
    expect(await collect(fetch)).toEqual(upTo(20));
  });

  it('loses no member when one vanishes before every page', async () => {
    const list = upTo(30);
    const shift = () => list.splice(0, 1);
    const { fetch } = server(list, 5, Object.fromEntries(upTo(8).map((n) => [n + 1, shift])));
    expect(await collect(fetch)).toEqual(upTo(30));
  });

  it('sees a member that moves to the front no second time, and none is lost', async () => {
    const list = upTo(12);
    const toFront = () => list.unshift(...list.splice(9, 1));
    const { fetch } = server(list, 4, { 2: toFront });
    const ids = await collect(fetch);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.sort((a, b) => a - b)).toEqual(upTo(12).filter((id) => id !== 10)); // 10 jumped over us: the next sync sees it first
  });

  it('is not believed when it is suddenly empty: that is how a failing server looks, too', async () => {
    const list = upTo(12);
    const { fetch } = server(list, 4, { 2: () => list.splice(0) });
    await expect(collect(fetch)).rejects.toThrow(/contradicts itself/);
  });
});

describe('nextPageStart', () => {
  const answers = (...given: Page<Item>[]) => {
    const starts: number[] = [];
    return { starts, fetch: (start: number) => Promise.resolve(given[starts.push(start) - 1]!) };
  };
  const page = (values: Item[], nextPageStart: number | null): Page<Item> => ({
    values,
    isLastPage: nextPageStart === null,
    nextPageStart,
  });

  it('is followed as given where it jumps, for hidden members leave gaps', async () => {
    const { fetch, starts } = answers(page(items(1, 2), 61), page(items(3), 75), page([], 80), page(items(4), null));
    expect(await collect(fetch)).toEqual([1, 2, 3, 4]);
    expect(starts).toEqual([0, 61, 75, 80]);
  });

  it.each([0, 4])('that leads back to %i where the page began or before is an error, not an endless loop', async (next) => {
    const { fetch } = answers(page(items(1), 5), page(items(2), next));
    await expect(collect(fetch)).rejects.toThrow(/round in circles/);
  });

  it('overlaps by one where it is simply the end of the page', async () => {
    const { fetch, starts } = answers(page(items(1, 2, 3), 3), page(items(3, 4, 5), null));
    expect(await collect(fetch)).toEqual([1, 2, 3, 4, 5]);
    expect(starts).toEqual([0, 2]);
  });
});

describe('an answer that should be a page', () => {
  const good = { size: 2, limit: 25, isLastPage: false, values: items(1, 2), start: 0, nextPageStart: 2 };

  it('is taken as it is', () => {
    expect(parsePage(good, of(isItem))).toEqual({ values: items(1, 2), isLastPage: false, nextPageStart: 2 });
  });

  it('may leave nextPageStart out, or say null, on the last page', () => {
    for (const last of [
      { values: [], isLastPage: true },
      { values: [], isLastPage: true, nextPageStart: null },
    ]) {
      expect(parsePage(last, of(isItem))).toEqual({ values: [], isLastPage: true, nextPageStart: null });
    }
  });

  it.each([
    null,
    'text',
    [],
    {},
    { ...good, values: { 0: {} } },
    { ...good, isLastPage: 'perhaps' },
    { ...good, nextPageStart: null },
    { ...good, nextPageStart: '2' },
    { errors: [{ message: 'no' }] },
  ])('is none, and an error: %j', (answer) => {
    expect(() => parsePage(answer, of(isItem))).toThrow(BitbucketError);
    expect(() => parsePage(answer, of(isItem))).toThrow(/no page of a list/);
  });

  it('tells what is not an entry apart from those that are', () => {
    const values = [{ id: 1 }, { name: 'x' }, null, { id: 'text' }, 7, { id: 2 }];
    expect(parsePage({ ...good, values }, of(isItem))).toEqual({
      ...{ values: items(1, 2), isLastPage: false, nextPageStart: 2 },
      unreadable: [{ id: null }, { id: null }, { id: 'text' }, { id: null }],
    });
  });
});

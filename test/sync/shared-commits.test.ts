import type { RepositoryApi } from '../../src/streams/stream';
import { sharingCommits } from '../../src/sync/repository/shared-commits';

const PAGES = 200;
const SIZE = 100;

/** A list of so many pages, and the places at which it was asked for. */
function share(failsAt: number | null = null) {
  const asked: number[] = [];
  let fails = failsAt;
  const api = {
    async *commits({ start = 0 }: { readonly start?: number }) {
      for (let page = start / SIZE; page < PAGES; page++) {
        asked.push(page);
        await new Promise((resolve) => setTimeout(resolve, 1));
        if (page === fails) {
          fails = null;
          throw new Error('broken off');
        }
        yield { commits: [{ id: String(page) }], start: page * SIZE, next: page + 1 < PAGES ? (page + 1) * SIZE : null };
      }
    },
  } as unknown as RepositoryApi;
  return { api: sharingCommits(api), asked };
}

/** Reads the list; every so many pages it rests. */
async function read(api: RepositoryApi, rests = Infinity): Promise<string[]> {
  const ids: string[] = [];
  for await (const { commits } of api.commits({ until: 'a'.repeat(40) })) {
    ids.push(...commits.map(({ id }) => id));
    if (ids.length % rests === 0) await new Promise((resolve) => setTimeout(resolve, 3));
  }
  return ids;
}

const all = Array.from({ length: PAGES }, (_, page) => String(page));

it('asks for each page once, however long the list, where two read it side by side', async () => {
  const { api, asked } = share();
  expect(await Promise.all([read(api), read(api, 7)])).toEqual([all, all]);
  expect(asked).toHaveLength(PAGES);
});

it('gives everything to whoever comes later, or is far behind, and keeps the beginning', async () => {
  const { api, asked } = share();
  expect([await read(api), await read(api)]).toEqual([all, all]);
  expect(asked).toHaveLength(PAGES + PAGES - 50);
  const other = share();
  expect(await Promise.all([read(other.api), read(other.api, 1)])).toEqual([all, all]);
  expect(other.asked.length).toBeLessThanOrEqual(PAGES + PAGES - 50);
});

it('goes on where it was broken off, for whoever asks next', async () => {
  const { api, asked } = share(120);
  const [first, second] = await Promise.allSettled([read(api), read(api)]);
  expect([first.status, second.status].sort()).toEqual(['fulfilled', 'rejected']);
  expect([first, second].map((each) => (each.status === 'fulfilled' ? each.value : all))).toEqual([all, all]);
  expect(asked).toHaveLength(PAGES + 1);
});

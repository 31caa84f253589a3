import nock from 'nock';
import type { Bitbucket } from '../../src/bitbucket/api/bitbucket';
import { all, connection, ORIGIN } from './support/connection';

/*
 * What befalls every list there is, whatever it is a list of: pages that are too much, that repeat, that have no end, entries that are
 * not what they should be.
 */
const REPOSITORY = { id: 7, key: 'PLAT', slug: 'api', fullName: 'PLAT/api' };
const SHA = (n: number) => n.toString(16).padStart(40, '0');
const project = (id: number) => ({ id, key: `P${id}`, public: false });

interface List {
  readonly name: string;
  readonly usual: number;
  readonly entry: (id: number) => object;
  readonly read: (bitbucket: Bitbucket) => AsyncIterable<readonly unknown[]>;
}

const lists: readonly List[] = [
  { name: 'projects', usual: 1000, entry: project, read: (bitbucket) => bitbucket.projects() },
  {
    name: 'repositories',
    usual: 1000,
    entry: (id) => ({ id, slug: `r${id}`, project: project(1) }),
    read: (bitbucket) => bitbucket.repositories(true),
  },
  { name: 'users', usual: 1000, entry: (id) => ({ id, name: `u${id}` }), read: (bitbucket) => bitbucket.users() },
  {
    name: 'pull requests',
    usual: 1000,
    entry: (id) => ({ id, createdDate: 1, updatedDate: 2 }),
    read: (bitbucket) => bitbucket.of(REPOSITORY).pullRequests('ALL'),
  },
  {
    name: 'activities',
    usual: 1000,
    entry: (id) => ({ id, action: 'OPENED' }),
    read: (bitbucket) => bitbucket.of(REPOSITORY).activities(12),
  },
  {
    name: 'commits of a pull request',
    usual: 100,
    entry: (id) => ({ id: SHA(id) }),
    read: (bitbucket) => bitbucket.of(REPOSITORY).pullRequestCommits(12),
  },
  {
    name: 'branches',
    usual: 1000,
    entry: (id) => ({ id: `refs/heads/b${id}`, displayId: `b${id}`, latestCommit: SHA(id) }),
    read: (bitbucket) => bitbucket.of(REPOSITORY).branches(),
  },
  {
    name: 'tags',
    usual: 1000,
    entry: (id) => ({ id: `refs/tags/t${id}`, displayId: `t${id}`, latestCommit: SHA(id), hash: null }),
    read: (bitbucket) => bitbucket.of(REPOSITORY).tags(),
  },
  {
    name: 'commits',
    usual: 100,
    entry: (id) => ({ id: SHA(id) }),
    read: async function* (bitbucket) {
      for await (const { commits } of bitbucket.of(REPOSITORY).commits({ until: SHA(9) })) yield commits;
    },
  },
  { name: 'builds', usual: 100, entry: (id) => ({ key: `k${id}` }), read: (bitbucket) => bitbucket.builds(SHA(1)) },
  {
    name: 'webhooks',
    usual: 1000,
    entry: (id) => ({ id }),
    read: async function* (bitbucket) {
      yield await bitbucket.webhooks.list({ key: 'PLAT' });
    },
  },
];

let asked: { start: number; limit: number }[] = [];
/** Answers each page of any list; null: by silence. */
function serve(page: (start: number, limit: number) => { status?: number; body: object | string } | null): void {
  nock(ORIGIN)
    .get(/.*/)
    .reply(function (uri) {
      const { searchParams } = new URL(uri, ORIGIN);
      const [start, limit] = [Number(searchParams.get('start')), Number(searchParams.get('limit'))];
      if (uri.includes('application-properties')) return [200, { version: '9.4.0' }];
      asked.push({ start, limit });
      const answer = page(start, limit);
      return [answer?.status ?? 200, answer?.body ?? ''];
    })
    .persist();
}
const pageOf = (entries: readonly unknown[], start: number, limit: number) => {
  const values = entries.slice(start, start + limit);
  const isLastPage = start + limit >= entries.length;
  return { body: { size: values.length, limit, isLastPage, start, values, nextPageStart: isLastPage ? null : start + limit } };
};

beforeAll(() => nock.disableNetConnect());
beforeEach(() => (asked = []));
afterEach(() => nock.cleanAll());
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});

describe.each(lists)('the list of $name', ({ usual, entry, read }) => {
  const entries = Array.from({ length: 230 }, (_, n) => entry(n + 1));

  it.each([502, 504])('is read in pages of 100 where larger ones give %i: at once, all of it', async (status) => {
    if (usual <= 100) return;
    serve((start, limit) => (limit > 100 ? { status, body: '<html>Gateway</html>' } : pageOf(entries, start, limit)));
    const { bitbucket, waits } = connection();
    expect((await all(read(bitbucket))).length).toBe(230);
    expect(asked.map(({ limit }) => limit)).toEqual([1000, 100, 100, 100]);
    expect(waits).toEqual([]);
  });

  it('is read in pages of 25 where those of 100 give 504, too', async () => {
    serve((start, limit) => (limit > 25 ? { status: 504, body: '' } : pageOf(entries, start, limit)));
    const { bitbucket, waits } = connection();
    expect((await all(read(bitbucket))).length).toBe(230);
    expect(asked.map(({ limit }) => limit).slice(0, 4)).toEqual(usual === 1000 ? [1000, 100, 25, 25] : [100, 25, 25, 25]);
    expect(waits).toEqual([]);
  });

  it('is asked for in the same size after a 503, which is overload', async () => {
    let left = 2;
    serve((start, limit) => (left-- > 0 ? { status: 503, body: '' } : pageOf(entries.slice(0, 20), start, limit)));
    const { bitbucket, waits } = connection();
    expect((await all(read(bitbucket))).length).toBe(20);
    expect(asked.map(({ limit }) => limit)).toEqual([usual, usual, usual]);
    expect(waits).toEqual([2000, 4000]);
  });

  it('that times out in every size has failed, and the server is not taken to be down for it', async () => {
    serve(() => ({ status: 504, body: '' }));
    const { bitbucket } = connection();
    await expect(all(read(bitbucket))).rejects.toMatchObject({ kind: 'unavailable', details: { status: 504 } });
    expect(asked.filter(({ limit }) => limit > 25)).toHaveLength(usual === 1000 ? 2 : 1);
    expect(asked.filter(({ limit }) => limit === 25)).toHaveLength(5);
  });

  it('that gives the same page over and over has failed, and says so', async () => {
    serve((start) => ({ body: { ...pageOf(entries.slice(0, 3), 0, 25).body, isLastPage: false, nextPageStart: start + 3 } }));
    await expect(all(read(connection().bitbucket))).rejects.toMatchObject({
      kind: 'unexpected_answer',
      message: expect.stringMatching(/^A list contradicts itself: (?:its pages repeat|it goes round)/),
    });
    expect(asked.length).toBeLessThan(12);
  });

  it('that has empty pages between is read to its end', async () => {
    const gap = (start: number) => ({
      body: { size: 0, limit: 25, isLastPage: false, start, values: [], nextPageStart: start + 1000 },
    });
    serve((start) => (start < 200_000 ? gap(start) : pageOf(entries.slice(0, 5), 0, 25)));
    expect((await all(read(connection().bitbucket))).length).toBe(5);
  });

  it.each([
    ['null', null],
    ['an object without what makes it an entry', {}],
    ['a list', []],
    ['text', 'x'],
    ['one whose id is null', { id: null, key: null }],
  ])('with an entry that is %s is not given as if it were whole', async (_, odd) => {
    serve((start, limit) => pageOf([entry(1), odd, entry(2)], start, limit));
    await expect(all(read(connection().bitbucket))).rejects.toMatchObject({
      kind: 'unexpected_answer',
      message: expect.stringMatching(/entry/),
    });
  });

  it('says which entry it is that cannot be read, where it has an id', async () => {
    const { id } = entry(1) as { id?: number | string };
    if (typeof id !== 'number') return;
    const odd = Object.keys(entry(77)).length === 1 ? { id: 'x77' } : { id: 77, action: 7, key: null };
    serve((start, limit) => pageOf([entry(1), odd], start, limit));
    const given = await all(read(connection().bitbucket)).catch((error: unknown) => error);
    if (Array.isArray(given)) return; // an id is all that it takes to be one
    expect((given as Error).message).toMatch(/entry x?77 of the list/);
  });
});

describe('a list of which somebody takes what cannot be read', () => {
  const pullRequest = (id: number) => ({ id, createdDate: 1, updatedDate: 2 });

  it('goes on: each is told once, before the page that it is on, and the rest is read', async () => {
    const entries: unknown[] = Array.from({ length: 2500 }, (_, n) => pullRequest(n + 1));
    entries[999] = { id: 1000, updatedDate: 'yesterday' };
    entries[1000] = null;
    entries[2000] = { id: 2001 };
    serve((start, limit) => pageOf(entries, start, limit));
    const odd: unknown[] = [];
    const { bitbucket } = connection();
    const read = await all(bitbucket.of(REPOSITORY).pullRequests('ALL', ({ id }) => odd.push(id)));
    expect(read.map(({ id }) => id)).toEqual(entries.map((_, n) => n + 1).filter((id) => ![1000, 1001, 2001].includes(id)));
    expect([...new Set(odd)]).toEqual([1000, null, 2001]);
  });

  it('is the same for what is listed whole', async () => {
    serve((start, limit) =>
      pageOf(
        [
          { id: 1, slug: 'a', project: project(1) },
          { id: 2, slug: 'b' },
          { id: 3, slug: 'c', project: project(1) },
        ],
        start,
        limit,
      ),
    );
    const odd: unknown[] = [];
    const { bitbucket } = connection();
    expect((await all(bitbucket.repositories(true, ({ id }) => odd.push(id)))).map(({ id }) => id)).toEqual([1, 3]);
    expect(odd).toEqual([2]);
  });

  it('is one for whoever looks around, too, who wants to see what there is', async () => {
    serve((start, limit) =>
      pageOf(
        [
          { id: 2, slug: 'b' },
          { id: 3, slug: 'c', project: project(1) },
        ],
        start,
        limit,
      ),
    );
    expect((await all(connection().bitbucket.glancing.repositories(true))).map(({ id }) => id)).toEqual([3]);
  });
});

it('silence is too much as well: the list is read in smaller pages, and the time it took blames nobody', async () => {
  const entries = Array.from({ length: 120 }, (_, n) => project(n + 1));
  nock(ORIGIN)
    .get(/limit=1000/)
    .delay(1500)
    .reply(200, {});
  nock(ORIGIN)
    .get(/limit=100$/)
    .reply(function (uri) {
      return [200, pageOf(entries, Number(new URL(uri, ORIGIN).searchParams.get('start')), 100).body];
    })
    .persist();
  const { bitbucket, waits } = connection();
  expect((await all(bitbucket.projects())).length).toBe(120);
  expect(waits).toEqual([]);
});

it('a page that is longer than can be held is asked for in smaller ones', async () => {
  const padding = 'x'.repeat(400_000);
  const entries = Array.from({ length: 120 }, (_, n) => ({ ...project(n + 1), description: padding }));
  serve((start, limit) => pageOf(entries, start, limit));
  // Ten megabytes take their time on a machine that is busy.
  expect((await all(connection({}, 60_000).bitbucket.projects())).length).toBe(120);
  expect(asked.map(({ limit }) => limit)).toEqual([1000, 100, 25, 25, 25, 25, 25]);
});

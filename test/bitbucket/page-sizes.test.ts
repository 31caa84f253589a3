import { BitbucketError } from '../../src/bitbucket/errors';
import { PageSizes } from '../../src/bitbucket/paging/page-sizes';

const HOUR = 3_600_000;
const LIST = { kind: 'pull-requests', of: '7' };
let now = 1_000_000;
beforeEach(() => (now = 1_000_000));

/** A server that can bear pages of so many entries; what it was asked for is kept. */
function server(bears: number, failure: Error = new BitbucketError('timeout', 'no byte came for 60 s')) {
  const asked: [limit: number, canAskForLess: boolean][] = [];
  const fetch = (limit: number, canAskForLess: boolean) => {
    asked.push([limit, canAskForLess]);
    return limit <= bears ? Promise.resolve(limit) : Promise.reject(failure);
  };
  return { asked, fetch };
}

describe('a list', () => {
  it('that is not too much is asked for as usual', async () => {
    const { asked, fetch } = server(1000);
    const sizes = new PageSizes(() => now);
    await expect(sizes.fetch(LIST, 1000, fetch)).resolves.toBe(1000);
    expect(asked).toEqual([[1000, true]]);
    expect(sizes.print(['pull-requests'])).toBeNull();
  });

  it.each([
    [100, [1000, 100]],
    [25, [1000, 100, 25]],
  ])(
    'that is too much in pages of more than %i is asked for in smaller ones, and further pages in that size at once',
    async (bears, limits) => {
      const { asked, fetch } = server(bears);
      const sizes = new PageSizes(() => now);
      await expect(sizes.fetch(LIST, 1000, fetch)).resolves.toBe(bears);
      await sizes.fetch(LIST, 1000, fetch);
      expect(asked.map(([limit]) => limit)).toEqual([...limits, bears]);
      expect(asked.map(([, canAskForLess]) => canAskForLess)).toEqual([...limits, bears].map((limit) => limit > 25));
    },
  );

  it('that fails in every size has failed, and is asked for as usual the next time', async () => {
    const { asked, fetch } = server(10);
    const sizes = new PageSizes(() => now);
    await expect(sizes.fetch(LIST, 1000, fetch)).rejects.toMatchObject({ kind: 'timeout' });
    expect(sizes.print(['pull-requests'])).toBeNull();
    await expect(sizes.fetch(LIST, 1000, fetch)).rejects.toMatchObject({ kind: 'timeout' });
    expect(asked.map(([limit]) => limit)).toEqual([1000, 100, 25, 1000, 100, 25]);
  });

  it('that is small by itself is never asked for in larger pages', async () => {
    const { asked, fetch } = server(25);
    await new PageSizes(() => now).fetch(LIST, 100, fetch);
    expect(asked.map(([limit]) => limit)).toEqual([100, 25]);
  });

  it.each([
    new BitbucketError('unavailable', 'x', { status: 503 }),
    new BitbucketError('network', 'x', { code: 'ECONNRESET' }),
    new BitbucketError('forbidden', 'x', { status: 401 }),
  ])('that fails otherwise (case %#) is not asked for in smaller pages', async (failure) => {
    const { asked, fetch } = server(100, failure);
    await expect(new PageSizes(() => now).fetch(LIST, 1000, fetch)).rejects.toBe(failure);
    expect(asked).toHaveLength(1);
  });
});

describe('a size that succeeded', () => {
  it('is kept for that list alone', async () => {
    const { asked, fetch } = server(100);
    const sizes = new PageSizes(() => now);
    await sizes.fetch(LIST, 1000, fetch);
    await sizes.fetch({ kind: 'pull-requests', of: '8' }, 1000, fetch);
    await sizes.fetch({ kind: 'activities', of: '7' }, 1000, fetch);
    expect(asked.map(([limit]) => limit)).toEqual([1000, 100, 1000, 100, 1000, 100]);
  });

  it('is kept for a day, however often it serves', async () => {
    const { asked, fetch } = server(100);
    const sizes = new PageSizes(() => now);
    for (let hour = 0; hour < 25; hour++) {
      await sizes.fetch(LIST, 1000, fetch);
      now += HOUR;
    }
    expect(asked.filter(([limit]) => limit === 1000)).toHaveLength(2);
  });

  it('is kept in a state, and taken from it', async () => {
    const before = new PageSizes(() => now);
    await before.fetch(LIST, 1000, server(100).fetch);
    await before.fetch({ kind: 'activities', of: '7/12' }, 1000, server(25).fetch);
    const printed = JSON.parse(JSON.stringify(before.print(['pull-requests', 'activities']))) as unknown;
    expect(before.print(['users'])).toBeNull();
    const { asked, fetch } = server(25);
    const after = new PageSizes(() => now);
    after.restore(printed);
    await after.fetch({ kind: 'activities', of: '7/12' }, 1000, fetch);
    expect(asked.map(([limit]) => limit)).toEqual([25]);
    expect(after.print(['pull-requests', 'activities'])).toEqual(printed);
  });

  it.each([
    null,
    'text',
    7,
    [],
    { 'pull-requests': null },
    { 'pull-requests': { 7: null } },
    { 'pull-requests': { 7: [100] } },
    { 'pull-requests': { 7: ['100', 2_000_000] } },
    { 'pull-requests': { 7: [0, 2_000_000] } },
    { 'pull-requests': { 7: [100, 1] } },
    { 'pull-requests': { 7: [100, 1e15] } },
  ])('is not taken from a state that is damaged, or old, or ahead of the clock: %j', async (state) => {
    const sizes = new PageSizes(() => now);
    sizes.restore(state);
    const { asked, fetch } = server(1000);
    await sizes.fetch(LIST, 1000, fetch);
    expect(asked.map(([limit]) => limit)).toEqual([1000]);
  });
});

import fc from 'fast-check';
import { type Child, parseChildren, parseIds, printChildren, printIds } from '../../../src/sync/items/child-list';

it('comes back as it went, whatever its order was', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat({ max: 1e15 - 1 })), (ids) => {
      const sorted = [...ids].sort((a, b) => b - a);
      expect(parseIds(printIds(ids.map(String)))).toEqual(sorted.map(String));
    }),
  );
});

it('is short: a distance each', () => {
  expect(printIds(['998', '1000', '900'])).toBe('rs,2,2q');
  expect(printIds([])).toBe('');
  const ids = Array.from({ length: 1000 }, (_, index) => String(900_000_000 + 3 * index));
  expect(printIds(ids).length).toBeLessThan(2010);
});

it('keeps the ids of commits in twenty bytes each, in their order', () => {
  const commit = fc
    .array(fc.nat({ max: 15 }), { minLength: 40, maxLength: 40 })
    .map((digits) => digits.map((each) => each.toString(16)).join(''));
  fc.assert(
    fc.property(fc.array(commit, { minLength: 1 }), (ids) => {
      // Forty digits that are all decimal are a commit's, too.
      expect(parseIds(printIds(ids))).toEqual(ids);
    }),
  );
  expect(printIds(Array.from({ length: 30 }, (_, index) => `${index}`.padStart(40, 'a'))).length).toBeLessThan(30 * 27);
});

it('keeps any other ids as they are', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), (ids) => {
      const numbers = ids.every((id) => /^\d{1,15}$/.test(id));
      if (!numbers) expect(parseIds(printIds(ids))).toEqual(ids);
    }),
  );
});

describe('rows with their cursors', () => {
  const numbered = fc.uniqueArray(fc.nat({ max: 1e9 }).map(String), { maxLength: 20 });
  const named = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 20 });
  const date = fc.integer({ min: -1e13, max: 1e14 });

  it('come back as they went, numbers from the highest on', () => {
    fc.assert(
      fc.property(fc.oneof(numbered, named), fc.infiniteStream(date), (ids, dates) => {
        const children = ids.map((id): Child => ({ id, date: dates.next().value as number }));
        const back = parseChildren(printChildren(children));
        expect(new Map(back.map((each) => [each.id, each.date]))).toEqual(new Map(children.map((each) => [each.id, each.date])));
      }),
    );
  });

  it('have one date where all are the same, and none where one is not known', () => {
    const same = ['3', '5', '9'].map((id) => ({ id, date: 1_600_000_000_000 }));
    expect(printChildren(same)).toBe('9,4,2@kf12ot8g');
    expect(parseChildren('9,4,2@kf12ot8g')).toEqual([...same].reverse());
    expect(printChildren([...same, { id: '1', date: null }])).toBe('9,4,2,2');
  });

  it.each(['x y', '[1', '#??', '9,?,2@zz', '@', '12@@5'])('are no rows, or without dates, where they are damaged: %s', (text) => {
    for (const { id, date: found } of parseChildren(text)) expect([typeof id, Number.isNaN(found)]).toEqual(['string', false]);
  });
});

import fc from 'fast-check';
import { parseIds, printIds } from '../../../src/sync/items/id-list';

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

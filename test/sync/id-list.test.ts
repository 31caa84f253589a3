import fc from 'fast-check';
import { parseIds, printIds } from '../../src/sync/id-list';

it('comes back as it went, whatever its order was', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat({ max: Number.MAX_SAFE_INTEGER })), (ids) => {
      expect(parseIds(printIds(ids))).toEqual([...ids].sort((a, b) => b - a));
    }),
  );
});

it('is short: a distance each', () => {
  expect(printIds([998, 1000, 900])).toBe('rs,2,2q');
  expect(printIds([])).toBe('');
  const ids = Array.from({ length: 1000 }, (_, index) => 900_000_000 + 3 * index);
  expect(printIds(ids).length).toBeLessThan(2010);
});

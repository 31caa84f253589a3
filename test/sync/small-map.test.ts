import fc from 'fast-check';
import { SmallMap } from '../../src/sync/small-map';

type Step = readonly ['set' | 'delete', number, number];

it('is a Map, whatever is put into it and taken out again', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom('set' as const, 'delete' as const), fc.nat(3), fc.nat(3)), { maxLength: 12 });
  fc.assert(
    fc.property(steps, (all: readonly Step[]) => {
      const [small, map] = [new SmallMap<number, number>(), new Map<number, number>()];
      for (const [what, key, value] of all) {
        if (what === 'set') {
          small.set(key, value);
          map.set(key, value);
        } else expect(small.delete(key)).toBe(map.delete(key));
        expect([...small]).toEqual([...map]);
        expect([...small.keys()]).toEqual([...map.keys()]);
        expect([...small.values()]).toEqual([...map.values()]);
        expect([small.size, small.has(key), small.get(key)]).toEqual([map.size, map.has(key), map.get(key)]);
      }
      expect([...new SmallMap(map)]).toEqual([...map]);
    }),
    { numRuns: 1000 },
  );
});

it.each([1, 3])('of %d can be emptied by whoever goes through it', (size) => {
  const map = new SmallMap(Array.from({ length: size }, (_, key): [number, string] => [key, 'x']));
  for (const key of map.keys()) map.delete(key);
  expect([map.size, [...map]]).toEqual([0, []]);
});

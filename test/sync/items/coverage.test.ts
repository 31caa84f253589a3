import fc from 'fast-check';
import { type Coverage, covers, extend, highMark, type Interval, lowestGap } from '../../../src/sync/items/coverage';

const instants = Array.from({ length: 42 }, (_, index) => index - 1);
const interval = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 }))
  .map(([a, b]): Interval => ({ from: Math.min(a, b), to: Math.max(a, b) }));
const coverage = fc.array(interval, { maxLength: 6 }).map((intervals) => intervals.reduce<Coverage>(extend, []));

it('covers what is later than the beginning of an interval, up to its end and with it', () => {
  const one = [{ from: 10, to: 20 }];
  expect([9, 10, 11, 20, 21].map((instant) => covers(one, instant))).toEqual([false, false, true, true, false]);
  expect(covers([{ from: -Infinity, to: 20 }], -1e15)).toBe(true);
  expect(covers([], 5)).toBe(false);
});

it('covers after an extension exactly what it covered before and what was added', () => {
  fc.assert(
    fc.property(coverage, interval, (before, added) => {
      const after = extend(before, added);
      for (const instant of instants) expect(covers(after, instant)).toBe(covers(before, instant) || covers([added], instant));
    }),
  );
});

it('stays a list of intervals that lie apart, the latest first', () => {
  fc.assert(
    fc.property(coverage, (intervals) => {
      for (const [index, { from, to }] of intervals.entries()) {
        expect(from).toBeLessThan(to);
        const next = intervals[index + 1];
        if (next !== undefined) expect(next.to).toBeLessThan(from);
      }
    }),
  );
});

it('makes one of intervals that touch', () => {
  expect(extend([{ from: 10, to: 20 }], { from: 20, to: 30 })).toEqual([{ from: 10, to: 30 }]);
  expect(
    extend(
      [
        { from: 30, to: 40 },
        { from: 10, to: 20 },
      ],
      { from: 15, to: 30 },
    ),
  ).toEqual([{ from: 10, to: 40 }]);
});

it('is not changed by an interval without extent', () => {
  expect(extend([{ from: 10, to: 20 }], { from: 5, to: 5 })).toEqual([{ from: 10, to: 20 }]);
});

it('has its high mark where the latest interval ends', () => {
  expect(
    highMark([
      { from: 30, to: 40 },
      { from: 10, to: 20 },
    ]),
  ).toBe(40);
  expect(highMark([])).toBe(-Infinity);
});

describe('the lowest gap', () => {
  it('is the beginning itself where nothing is covered, or what is covered does not reach it', () => {
    expect(lowestGap([], 5)).toBe(5);
    expect(lowestGap([{ from: 10, to: 20 }], 5)).toBe(5);
    expect(lowestGap([{ from: 10, to: 20 }], -Infinity)).toBe(-Infinity);
  });

  it('is nowhere where one interval covers all from the beginning on', () => {
    expect(lowestGap([{ from: 4, to: 20 }], 5)).toBe(Infinity);
    expect(lowestGap([{ from: -Infinity, to: 20 }], 5)).toBe(Infinity);
    expect(lowestGap([{ from: -Infinity, to: 20 }], -Infinity)).toBe(Infinity);
  });

  it('lies above the oldest of several intervals', () => {
    expect(
      lowestGap(
        [
          { from: 30, to: 40 },
          { from: -Infinity, to: 20 },
        ],
        -Infinity,
      ),
    ).toBe(20);
    expect(
      lowestGap(
        [
          { from: 30, to: 40 },
          { from: 4, to: 20 },
        ],
        5,
      ),
    ).toBe(20);
  });

  it('has nothing below it that is wanted and not covered', () => {
    fc.assert(
      fc.property(coverage, fc.integer({ min: 0, max: 40 }), (intervals, beginning) => {
        const bottom = lowestGap(intervals, beginning);
        const missing = instants.filter(
          (instant) => instant >= beginning && instant <= highMark(intervals) && !covers(intervals, instant),
        );
        for (const instant of missing) expect(instant).toBeGreaterThanOrEqual(bottom);
      }),
    );
  });
});

import { createHash } from 'node:crypto';
import type { Json } from '../../src/config/json';
import { branches } from '../../src/streams/branches';
import { commits } from '../../src/streams/commits';
import { type CommitsState, NO_COMMITS } from '../../src/streams/history/commits-state';
import { tags } from '../../src/streams/tags';

const hash = (text: string) => createHash('sha1').update(text).digest('hex');
const names = Array.from({ length: 1000 }, (_, index) => `feature/PLAT-${1000 + index}-some-changes`);
const size = (json: Json) => JSON.stringify(json).length;

test('a thousand branches weigh what the documentation says', () => {
  expect(names[0]).toHaveLength(30);
  const refs = { refs: new Map(names.map((name) => [name, hash(name).slice(0, 12)])), changedAt: 0 };
  expect(size(branches.state.print(refs))).toBeLessThan(48_100);
  expect(
    size(tags.state.print({ ...refs, refs: new Map([...refs.refs].map(([name, digits]) => [name, `${digits}^`])) })),
  ).toBeLessThan(49_100);
  const tips = new Map(names.map((name) => [name, { commit: hash(name), ahead: true }]));
  expect(size(commits.state.print({ ...NO_COMMITS, tips }))).toBeLessThan(77_100);
});

const full: CommitsState = {
  defaultBranch: 'main',
  tips: new Map([
    ['main', { commit: hash('a'), ahead: false }],
    ['__proto__', { commit: hash('b'), ahead: true }],
  ]),
  aside: new Map([['old', hash('c')]]),
  former: [hash('d')],
  reading: {
    ...{ branch: 'main', onDefault: true, until: hash('e'), since: hash('f'), start: 300 },
    ...{ last: hash('g').slice(0, 12), forward: true },
  },
  from: Date.UTC(2026, 0, 1),
  lowest: -Infinity,
  settledAt: Date.UTC(2026, 1, 1),
};

test('a state is read back as it was printed', () => {
  const printed = JSON.parse(JSON.stringify(commits.state.print(full))) as Json;
  expect(commits.state.parse(printed, Date.UTC(2026, 5, 1))).toEqual(full);
  expect(commits.state.parse({}, 0)).toEqual(NO_COMMITS);
});

test.each([null, 1, 'text', [], {}, { main: 'abc' }, { main: 1 }])('what is damaged (%j) is not known', (damaged) => {
  const raw = {
    default: damaged,
    branches: damaged,
    aside: damaged,
    former: damaged,
    reading: damaged,
    from: damaged,
    settled_at: damaged,
  };
  const state = commits.state.parse(raw, 0) as CommitsState;
  expect({ ...state, defaultBranch: null }).toEqual(NO_COMMITS);
  expect(branches.state.parse({ refs: damaged, changed_at: damaged }, 0)).toMatchObject({ changedAt: null });
});

test('of a repository that is gone the tips are kept, and compared if it comes back', () => {
  expect(commits.state.whenGone(full)).toEqual({
    ...NO_COMMITS,
    former: [hash('a'), hash('b'), hash('c'), hash('d'), hash('e')],
    lowest: -Infinity,
  });
  expect(commits.state.whenGone(NO_COMMITS)).toBeNull();
});

test('a start in the far future claims all of the past, as dates that Airbyte’s tests move do', () => {
  expect((commits.state.parse({ from: '2099-01-01T00:00:00.000Z' }, Date.UTC(2026, 0, 1)) as CommitsState).from).toBe(-Infinity);
});

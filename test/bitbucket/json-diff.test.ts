import { BitbucketError } from '../../src/bitbucket/errors';
import { countJsonDiff } from '../../src/bitbucket/diff/json-diff';

const path = (text: string) => ({ components: text.split('/'), name: text.split('/').at(-1), toString: text });
const segment = (type: string, count: number, truncated = false) => ({
  type,
  truncated,
  lines: Array.from({ length: count }, () => ({ line: 'text', truncated: false })),
});
const hunk = (...segments: object[]) => ({ segments, truncated: false });
const diff = (over: object) => ({
  source: path('lib/a.ts'),
  destination: path('lib/a.ts'),
  hunks: [],
  truncated: false,
  ...over,
});
const one = (over: object) => countJsonDiff({ diffs: [diff(over)], truncated: false });

it.each([
  ['a change', {}, { path: 'lib/a.ts', previousPath: null, type: 'MODIFY' }],
  ['a new file', { source: null }, { path: 'lib/a.ts', previousPath: null, type: 'ADD' }],
  ['a deleted file', { destination: null }, { path: 'lib/a.ts', previousPath: null, type: 'DELETE' }],
  ['a move', { source: path('old.ts') }, { path: 'lib/a.ts', previousPath: 'old.ts', type: 'MOVE' }],
  ['a path that is text', { source: 'x', destination: 'x' }, { path: 'x', previousPath: null, type: 'MODIFY' }],
  [
    'a path of components alone',
    { source: null, destination: { components: ['a', 'b'] } },
    { path: 'a/b', previousPath: null, type: 'ADD' },
  ],
])('tells %s', (_name, over, expected) => {
  expect(one(over)).toEqual({ files: [{ additions: 0, deletions: 0, binary: false, ...expected }], truncated: false });
});

it('counts lines by kind, over all hunks', () => {
  const hunks = [hunk(segment('CONTEXT', 3), segment('REMOVED', 2), segment('ADDED', 4)), hunk(segment('ADDED', 1))];
  expect(one({ hunks }).files[0]).toMatchObject({ additions: 5, deletions: 2 });
});

it('counts no line of a binary file, which has no hunks', () => {
  expect(one({ binary: true, hunks: undefined }).files[0]).toMatchObject({ binary: true, additions: 0, deletions: 0 });
});

it.each([
  ['the diff', { diffs: [diff({})], truncated: true }],
  ['a file', { diffs: [diff({}), diff({ truncated: true })] }],
  ['a hunk', { diffs: [diff({ hunks: [{ segments: [], truncated: true }] })] }],
  ['a segment', { diffs: [diff({ hunks: [hunk(segment('ADDED', 1, true))] })] }],
])('is truncated where %s is', (_name, answer) => {
  expect(countJsonDiff(answer).truncated).toBe(true);
});

it('is whole where only a line was cut short: it is one line all the same', () => {
  const lines = [{ line: 'very long', truncated: true }];
  expect(one({ hunks: [hunk({ type: 'ADDED', lines, truncated: false })] })).toMatchObject({
    truncated: false,
    files: [{ additions: 1 }],
  });
});

it.each([null, {}, [], { diffs: {} }, 'text'])('is no diff: %j', (answer) => {
  expect(() => countJsonDiff(answer)).toThrow(BitbucketError);
});

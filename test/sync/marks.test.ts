import { marksOf } from '../../src/sync/hints';
import { counted } from '../../src/text/counted';

const mark = (pullRequestId: number | null) => ({ repositoryId: 1, pullRequestId, position: 1 });

it.each([
  [[], 'nothing'],
  [[mark(1)], '1 pull request'],
  [[mark(null)], '1 repository'],
  [[mark(1), mark(2), mark(null)], '2 pull requests and 1 repository'],
])('what webhooks have marked is said in words: %j', (hints, said) => expect(marksOf(hints)).toBe(said));

it('a number comes with its noun', () => {
  expect([0, 1, 2000].map((count) => counted(count, 'build'))).toEqual(['no builds', '1 build', '2,000 builds']);
});

import { BitbucketError } from '../../src/bitbucket/errors';
import * as missing from '../../src/bitbucket/missing';

const notFound = (exceptionName?: string) =>
  new BitbucketError('not_found', 'nothing is there', exceptionName === undefined ? {} : { exceptionName });

/** Which of these say yes to an answer. */
const saying = (error: unknown) =>
  Object.entries(missing)
    .filter(([, says]) => says(error))
    .map(([name]) => name)
    .sort();

it.each([
  ['NoSuchPullRequestException', ['isGone', 'saysNoneInRepository', 'saysPullRequestIsGone']],
  ['NoSuchRepositoryException', ['isGone', 'saysRepositoryIsGone']],
  ['NoSuchProjectException', ['isGone', 'saysRepositoryIsGone']],
  ['NoSuchUserException', ['isGone', 'saysNoneInRepository', 'saysPullRequestIsGone']],
  ['NoSuchCommitException', ['saysCommitsAreLost', 'saysNoSuchCommit', 'saysNoneInRepository', 'saysNothingToCompare']],
  ['NoDefaultBranchException', ['saysNoSuchCommit', 'saysNoneInRepository']],
  ['NoSuchTagException', ['saysNoneInRepository']],
  ['NoSuchObjectException', ['saysNoneInRepository', 'saysNothingToCompare']],
  ['NoSuchPathException', ['saysNoneInRepository', 'saysNothingToCompare']],
  ['NoSuchRefException', ['saysNoneInRepository', 'saysNothingToCompare']],
  ['NoSuchBranchException', ['saysNoneInRepository', 'saysNothingToCompare']],
  [undefined, ['saysNoneInRepository']],
])('what a 404 with %s says is missing', (exceptionName, expected) => {
  expect(saying(notFound(exceptionName))).toEqual(expected);
});

it('any other failure says that of nothing', () => {
  for (const kind of ['forbidden', 'no_such_route', 'unavailable', 'unexpected_answer'] as const)
    expect(saying(new BitbucketError(kind, 'no', { exceptionName: 'NoSuchRepositoryException' }))).toEqual([]);
  expect(saying(new Error('NoSuchRepositoryException'))).toEqual([]);
});

import { type BitbucketError, isKind } from './errors';

/*
 * What a 404 says is missing, by the exception that Bitbucket names in it: nothing else reads these names for that. What is asked about a
 * thing may be answered with the exception of what holds it.
 */

/** Whether it is the thing itself, or what holds it: a pull request, repository, project or user, not merely a commit or branch in it. */
export function isGone(error: unknown): error is BitbucketError {
  return names(error, /NoSuch(?:PullRequest|Repository|Project|User)/);
}

/** Whether it is the repository, or its project. */
export function saysRepositoryIsGone(error: unknown): error is BitbucketError {
  return names(error, /NoSuch(?:Repository|Project)/);
}

/** Whether it is the pull request, and not its repository. */
export function saysPullRequestIsGone(error: unknown): error is BitbucketError {
  return isGone(error) && !saysRepositoryIsGone(error);
}

/** Whether it is something in the repository, and not the repository: whatever has an address of its own there, such as a tag. */
export function saysNoneInRepository(error: unknown): error is BitbucketError {
  return isKind(error, 'not_found') && !saysRepositoryIsGone(error);
}

/** Whether it is a commit, or the name that should lead to one; in an empty repository all of them. */
export function saysNoSuchCommit(error: unknown): error is BitbucketError {
  return names(error, /NoSuchCommit|NoDefaultBranch/);
}

/** Whether it is the commits of a pull request: its fork was deleted, or they were removed as garbage. */
export function saysCommitsAreLost(error: unknown): error is BitbucketError {
  return names(error, /^NoSuchCommitException$/);
}

/** Whether it is what the two sides of a diff were made from. */
export function saysNothingToCompare(error: unknown): error is BitbucketError {
  return names(error, /NoSuch(?:Commit|Object|Path|Ref|Branch)/);
}

function names(error: unknown, exceptions: RegExp): error is BitbucketError {
  return isKind(error, 'not_found') && exceptions.test(error.details.exceptionName ?? '');
}

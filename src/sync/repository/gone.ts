import { BitbucketError, isFatal, isKind } from '../../bitbucket/errors';
import { isGone, saysPullRequestIsGone, saysRepositoryIsGone } from '../../bitbucket/missing';
import type { RepositoryApi } from '../../streams/stream';

/*
 * What a 404 proves. A list or a diff may say that the pull request or the repository it belongs to does not exist, though it does (the
 * fork of a pull request was deleted, a cluster node is behind): only its own 404 proves it.
 */

/**
 * Whether what was asked for by its own address is gone: it does not exist, or is not permitted, said by Bitbucket itself to an account
 * that it knows.
 */
export function isGoneByItsAddress(error: BitbucketError): boolean {
  const { userName, isKnown, exceptionName } = error.details;
  const isInvisible = isKind(error, 'forbidden') && (userName !== undefined || isKnown === true) && exceptionName !== undefined;
  return isGone(error) || isInvisible;
}

/** Whether an error says that the repository is gone, and the repository says so itself, or another one lives at its address. */
export async function isProvenGone(api: RepositoryApi, error: unknown): Promise<boolean> {
  if (!saysRepositoryIsGone(error)) return false;
  try {
    return (await api.get()).id !== api.repository.id;
  } catch (answer) {
    return saysRepositoryIsGone(unlessFatal(answer));
  }
}

/** Whether an error says that a pull request is gone, and the pull request says so itself. */
export async function isProvenGonePullRequest(api: RepositoryApi, id: number, error: unknown): Promise<boolean> {
  if (!saysPullRequestIsGone(error)) return false;
  try {
    await api.pullRequest(id);
    return false;
  } catch (answer) {
    return saysPullRequestIsGone(unlessFatal(answer));
  }
}

/** What cannot be asked proves nothing. @throws what ends the run */
export function unlessFatal(error: unknown): BitbucketError {
  if (isFatal(error) || !(error instanceof BitbucketError)) throw error;
  return error;
}

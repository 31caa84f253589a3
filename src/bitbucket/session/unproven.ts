import { BitbucketError, isKind } from '../errors';
import { isGone } from '../missing';
import { isRead, type RestRequest } from './request';

/** What a token of a project or repository may be refused for good: refusing it says nothing about the token. */
const OF_THE_WHOLE_SERVER = ['login', 'users', 'user', 'build-counters', 'builds', 'build', 'webhooks', 'application-properties'];

/**
 * Whether an answer may be one to a stranger, since it names nobody: that something does not exist, and to a login that answers never name
 * also that it is not permitted.
 * @param isNameless whether answers never name the login
 */
export function isUnproven(error: unknown, request: RestRequest, isNameless: boolean): error is BitbucketError {
  if (!(error instanceof BitbucketError) || error.details.userName !== undefined) return false;
  if (isGone(error)) return true;
  return isNameless && isRefused(error) && isRead(request) && !OF_THE_WHOLE_SERVER.includes(request.kind);
}

/** The same answer, given again once the server had shown that it knows us. */
export function asKnown(error: unknown): unknown {
  return error instanceof BitbucketError && isRefused(error)
    ? new BitbucketError(error.kind, error.message, { ...error.details, isKnown: true })
    : error;
}

function isRefused(error: BitbucketError): boolean {
  return isKind(error, 'forbidden') && error.details.status === 401;
}

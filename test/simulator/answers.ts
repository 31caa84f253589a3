import type { Document } from './documents/json';

/** What a route says; the server puts it on the wire. */
export type Answer =
  | {
      readonly kind: 'json';
      readonly status: number;
      readonly body: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'text';
      readonly status: number;
      readonly type: string;
      readonly body: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'stream'; readonly type: string; readonly chunks: Iterable<Buffer> }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'empty'; readonly status: number };

export const ok = (body: unknown): Answer => ({ kind: 'json', status: 200, body });

/** Thrown by routes: the answer that ends them. */
export class Refusal extends Error {
  constructor(readonly answer: Answer) {
    super('refused');
  }
}

const error = (
  status: number,
  exceptionName: string | null,
  message: string,
  headers?: Readonly<Record<string, string>>,
): Refusal => {
  const body = { errors: [{ context: null, message, exceptionName }] };
  return new Refusal({ kind: 'json', status, body, ...(headers === undefined ? {} : { headers }) });
};

const BASIC = { 'WWW-Authenticate': 'Basic realm="Atlassian Bitbucket"' };
const PREFIX = 'com.atlassian.bitbucket.';

/** Bitbucket's refusals, word for word where they were recorded. */
export const refusals = {
  noSuchProject: (key: string) => error(404, `${PREFIX}project.NoSuchProjectException`, `Project ${key} does not exist.`),
  noSuchRepository: (key: string, slug: string) =>
    error(404, `${PREFIX}repository.NoSuchRepositoryException`, `Repository ${key}/${slug} does not exist.`),
  noSuchPullRequest: (name: string, id: string) =>
    error(404, `${PREFIX}pull.NoSuchPullRequestException`, `Pull request ${id} does not exist in ${name}.`),
  noSuchUser: (slug: string) => error(404, `${PREFIX}user.NoSuchUserException`, `User ${slug} does not exist.`),
  noDefaultBranch: (name: string, head?: string) =>
    error(
      404,
      `${PREFIX}repository.NoDefaultBranchException`,
      head === undefined
        ? `No default branch is defined for repository ${name}`
        : `refs/heads/${head} is set as the default branch, but this branch does not exist`,
    ),
  noSuchCommit: (id: string, slug: string) =>
    error(404, `${PREFIX}commit.NoSuchCommitException`, `Commit '${id}' does not exist in repository '${slug}'.`),
  noSuchBuild: (key: string, commit: string) =>
    error(404, `${PREFIX}build.status.NoSuchBuildStatusException`, `There is no build status ${key} for commit ${commit}.`),
  noSuchTag: (name: string, slug: string) =>
    error(404, `${PREFIX}repository.NoSuchTagException`, `Tag '${name}' does not exist in repository '${slug}'.`),
  notAvailable: (name: string) =>
    error(409, `${PREFIX}repository.RepositoryNotAvailableException`, `Repository ${name} is not available.`),
  badState: (state: string) =>
    error(400, `${PREFIX}validation.ArgumentValidationException`, `${state} is not a valid pull request state`),
  badRequest: (context: string, message: string) =>
    new Refusal({ kind: 'json', status: 400, body: { errors: [{ context, message, exceptionName: null }] } }),
  notAcceptable: () => new Refusal({ kind: 'empty', status: 406 }),
  incorrectPassword: () =>
    error(
      401,
      `${PREFIX}auth.IncorrectPasswordAuthenticationException`,
      'Authentication failed. Please check your credentials and try again.',
      BASIC,
    ),
  captcha: () =>
    error(
      401,
      `${PREFIX}auth.CaptchaRequiredAuthenticationException`,
      'CAPTCHA required. Your Bitbucket account has been locked. To unlock it and log in again you must solve a CAPTCHA. This is typically caused by too many attempts to login with an incorrect password. The account lock prevents your SCM client from accessing Bitbucket and its mirrors until it is solved, even if you enter your password correctly.\n\nIf you are currently logged in to Bitbucket via a browser you may need to logout and then log back in in order to solve the CAPTCHA.',
      BASIC,
    ),
  basicDisabled: () =>
    new Refusal({ kind: 'json', status: 403, body: { message: 'Basic Authentication has been disabled on this instance.' } }),
  noLicence: () =>
    error(
      401,
      `${PREFIX}auth.NoAccessAuthenticationException`,
      'You are not currently licensed to use Bitbucket. Please contact your administrator.',
      BASIC,
    ),
  forbidden: (status: number) => error(status, null, 'You are not permitted to access this resource'),
  notPermitted: () => error(401, `${PREFIX}AuthorisationException`, 'You are not permitted to access this resource'),
  loginRequired: () =>
    error(
      401,
      'com.atlassian.plugins.rest.api.security.exception.AuthenticationRequiredException',
      'Client must be authenticated to access this resource.',
    ),
  rateLimited: (seconds: number | undefined) =>
    error(
      429,
      null,
      'You are being rate limited. Please try again later.',
      seconds === undefined ? undefined : { 'Retry-After': String(seconds) },
    ),
  noSuchRoute: (style: 'null-for-uri' | 'not-found', uri: string) => {
    const message = style === 'not-found' ? 'HTTP 404 Not Found' : `null for uri: ${uri}`;
    const body: Document = { message, 'status-code': 404, ...(style === 'not-found' ? { 'sub-code': -1 } : {}) };
    return new Refusal({ kind: 'json', status: 404, body });
  },
};

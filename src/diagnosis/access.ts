import { type Bitbucket, referenceOf } from '../bitbucket/api/bitbucket';
import { BitbucketError, isFatal } from '../bitbucket/errors';
import type { Login } from '../bitbucket/session/login';
import type { RestPullRequest, RestRepository } from '../bitbucket/api/payloads';
import { USERS_REMEDY } from './check';
import { type Config, ConfigError } from '../config/config';
import { CredentialsError } from '../credentials/credentials-error';
import { explainNothing, findRepositories, isAvailable, type Known, nameOf } from './candidates';
import { counted } from '../text/counted';
import { curl } from './commands';
import type { Diagnosis } from './diagnosis';
import { guarded } from './guarded';
import { examineHistory, firstPage } from './history';
import { failed, ok, type Step, warning } from './step';

/** What rights are examined with. */
export interface AccessOptions {
  readonly config: Config;
  readonly bitbucket: Bitbucket;
  readonly diagnose: (error: BitbucketError) => Diagnosis;
}

/** Who we are, what passes the filters, and what may be read for each stream; ends with the first step without which the rest is moot. */
export async function* examineAccess({ config, bitbucket, diagnose }: AccessOptions): AsyncGenerator<Step> {
  let login: Login;
  try {
    login = await bitbucket.logIn();
  } catch (error) {
    yield failed('login', withoutLogin(error, diagnose));
    return;
  }
  yield loginStep(config, login);
  const { firstProjects } = login;
  if (firstProjects === null) {
    const remedy = 'Give the account Project read on the projects that are to be synced (Project settings > Permissions).';
    yield failed('projects', {
      code: 'invalid_permissions',
      cause: 'The account may not list projects',
      remedy,
      command: curl(config),
    });
    return;
  }
  const glancing = bitbucket.glancing;
  const known: Known = {
    glancing,
    filters: config.filters,
    projects: firstProjects.values,
    complete: firstProjects.isLastPage,
  };
  yield* guarded('filters', diagnose, async function* () {
    const repositories = await findRepositories(known);
    if (repositories.length === 0) {
      yield failed('filters', { code: 'no_resources', cause: 'Nothing passes the filters', remedy: await explainNothing(known) });
      return;
    }
    yield ok(
      'filters',
      `they let through ${repositories.slice(0, 2).map(nameOf).join(', ')}${repositories.length > 2 ? ' and more' : ''}`,
    );
    yield ok(
      'projects',
      `may be listed: ${firstProjects.isLastPage ? '' : 'more than '}${counted(firstProjects.values.length, 'project')}`,
    );
    yield* examineStreams(glancing, diagnose, repositories);
  });
}

/** Why there is no login: none of them works, or the store that holds them cannot be read. */
function withoutLogin(error: unknown, diagnose: AccessOptions['diagnose']): Diagnosis {
  if (error instanceof BitbucketError) return diagnose(error);
  const remedy = 'Put credential_store right; `credentials list` shows what it holds.';
  if (error instanceof ConfigError) return { code: 'invalid_config', cause: error.message.replace(/\.$/, ''), remedy };
  if (error instanceof CredentialsError) return { code: 'server_unavailable', cause: error.message.replace(/\.$/, ''), remedy };
  throw error;
}

function loginStep({ credentials }: Config, { userName }: Login): Step {
  const how = credentials.type === 'token' ? 'a token of' : 'a password or token of';
  return userName === null
    ? ok('login', 'an access token without a user: of a project or of a repository', { userName })
    : ok('login', `${how} ${userName}`, { userName, method: credentials.type });
}

async function* examineStreams(
  bitbucket: Bitbucket,
  diagnose: AccessOptions['diagnose'],
  repositories: readonly RestRepository[],
): AsyncGenerator<Step> {
  yield* examineOthers(bitbucket, diagnose, repositories);
  yield* examineHistory(bitbucket, diagnose, repositories);
}

async function* examineOthers(
  bitbucket: Bitbucket,
  diagnose: AccessOptions['diagnose'],
  repositories: readonly RestRepository[],
): AsyncGenerator<Step> {
  const [first] = repositories;
  if (first === undefined) return;
  yield* guarded('repositories', diagnose, async function* () {
    const branch = isAvailable(first) ? await bitbucket.of(referenceOf(first)).defaultBranch() : null;
    yield ok(
      'repositories',
      `${nameOf(first)} may be read, ${branch === null ? 'it has no default branch' : `its default branch is ${branch}`}`,
    );
  });
  yield* guarded('users', diagnose, async function* () {
    const list = await bitbucket.usersList();
    if (list === null) yield warning('users', 'The account may not list users', USERS_REMEDY);
    else yield ok('users', `from /${list}${list === 'users' ? ', without directories and deactivated people' : ''}`, { list });
  });
  yield* guarded('pull_requests', diagnose, async function* () {
    const found = await findPullRequest(bitbucket, repositories);
    if (found === null) {
      yield warning(
        'pull_requests',
        `there are none in ${repositories.map(nameOf).join(', ')}, so their activities, diffs and commits were not tried`,
        'That is fine if these repositories are new.',
      );
      return;
    }
    const { repository, pullRequest } = found;
    const api = bitbucket.of(referenceOf(repository));
    const name = `#${pullRequest.id} of ${nameOf(repository)}`;
    yield ok('pull_requests', `may be read, such as ${name}`);
    yield* guarded('pull_request_activities', diagnose, async function* () {
      await api.latestActivities(pullRequest.id, 1);
      yield ok('pull_request_activities', `may be read, such as those of ${name}`);
    });
    yield* guarded('pull_request_diffs', diagnose, async function* () {
      const { files } = await api.diff(pullRequest.id);
      yield ok('pull_request_diffs', `may be read: ${name} changes ${counted(files.length, 'file')}`);
    });
    yield* guarded('pull_request_commits', diagnose, async function* () {
      const commits = await firstPage(api.pullRequestCommits(pullRequest.id));
      yield ok('pull_request_commits', `may be read: ${name} has ${counted(commits.length, 'commit')}`);
    });
  });
}

async function findPullRequest(
  bitbucket: Bitbucket,
  repositories: readonly RestRepository[],
): Promise<{ repository: RestRepository; pullRequest: RestPullRequest } | null> {
  let failure: unknown = null;
  for (const repository of repositories.filter(isAvailable)) {
    try {
      const [pullRequest] = (await bitbucket.of(referenceOf(repository)).somePullRequests(0, 1)).values;
      if (pullRequest !== undefined) return { repository, pullRequest };
      failure = null;
    } catch (error) {
      if (isFatal(error)) throw error;
      failure = error;
    }
  }
  if (failure !== null) throw failure as Error;
  return null;
}

import { type Bitbucket, referenceOf } from '../bitbucket/api/bitbucket';
import { BitbucketError } from '../bitbucket/errors';
import type { Login } from '../bitbucket/session/login';
import type { RestPullRequest, RestRepository } from '../bitbucket/api/payloads';
import type { RepositoryApi } from '../bitbucket/api/repository-api';
import { USERS_REMEDY } from './check';
import { type Config, ConfigError } from '../config/config';
import { CredentialsError } from '../credentials/credentials-error';
import { explainNothing, findRepositories, type Known, nameOf } from './candidates';
import { counted } from '../text/counted';
import { curl } from './commands';
import type { Diagnosis } from './diagnosis';
import { guarded } from './guarded';
import { examineHistory, firstPage } from './history';
import { failed, ok, type Step, type StepName, warning } from './step';
import { type Examined, okBut, tryPullRequests, tryRepositories } from './try-each';
import { warningsOfUnseen } from './unseen';

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
    asked: new Map(),
  };
  yield* guarded('filters', diagnose, async function* () {
    const candidates = await findRepositories(known);
    const { first } = candidates;
    if (first.length === 0) {
      yield failed('filters', { code: 'no_resources', cause: 'Nothing passes the filters', remedy: await explainNothing(known) });
      return;
    }
    const through = `they let through ${first.slice(0, 2).map(nameOf).join(', ')}${first.length > 2 ? ' and more' : ''}`;
    const unseen = await warningsOfUnseen(known);
    yield unseen.length === 0 ? ok('filters', through) : warning('filters', through, `But ${unseen.join(' ')}`);
    yield ok(
      'projects',
      `may be listed: ${firstProjects.isLastPage ? '' : 'more than '}${counted(firstProjects.values.length, 'project')}`,
    );
    const examined = { config, bitbucket: glancing, diagnose, candidates };
    yield* examineOthers(examined);
    yield* examineHistory(examined);
  });
}

/** Why there is no login: none of them works, or the store that holds them cannot be read. */
function withoutLogin(error: unknown, diagnose: AccessOptions['diagnose']): Diagnosis {
  if (error instanceof BitbucketError) return diagnose(error);
  const remedy = 'Put credential_store and its key right: `credentials list` says whether they fit, and what the store holds.';
  if (error instanceof ConfigError) {
    const { command: ownCommand } = error;
    const fault = { code: 'invalid_config', cause: error.message.replace(/\.$/, '') } as const;
    return ownCommand === undefined ? { ...fault, remedy } : { ...fault, remedy: 'Then run the same again.', ownCommand };
  }
  if (error instanceof CredentialsError) return { code: 'server_unavailable', cause: error.message.replace(/\.$/, ''), remedy };
  throw error;
}

function loginStep({ credentials }: Config, { userName }: Login): Step {
  const how = credentials.type === 'token' ? 'a token of' : 'a password or token of';
  return userName === null
    ? ok('login', 'an access token without a user: of a project or of a repository', { userName })
    : ok('login', `${how} ${userName}`, { userName, method: credentials.type });
}

async function* examineOthers(examined: Examined): AsyncGenerator<Step> {
  const { config, bitbucket, diagnose, candidates } = examined;
  yield* guarded('repositories', diagnose, async function* () {
    const { found, troubles } = await tryRepositories(bitbucket, candidates, (api) => api.defaultBranch());
    const repository = found?.thing ?? candidates.first[0];
    if (repository === undefined) return;
    const branch = found?.answer ?? null;
    const finding = `${nameOf(repository)} may be read, ${branch === null ? 'it has no default branch' : `its default branch is ${branch}`}`;
    yield okBut('repositories', finding, troubles, config);
  });
  yield* guarded('users', diagnose, async function* () {
    const list = await bitbucket.usersList();
    if (list === null) yield warning('users', 'The account may not list users', USERS_REMEDY);
    else yield ok('users', `from /${list}${list === 'users' ? ', without directories and deactivated people' : ''}`, { list });
  });
  yield* guarded('pull_requests', diagnose, async function* () {
    const { found, troubles } = await tryRepositories(
      bitbucket,
      candidates,
      async (api) => (await api.somePullRequests(0, 1)).values[0],
      (pullRequest) => pullRequest !== undefined,
    );
    if (found?.answer === undefined) {
      const failed = new Set(troubles.map(({ thing }) => thing));
      const empty = candidates.first.filter((each) => !failed.has(each));
      const finding = `there are none in ${empty.map(nameOf).join(', ')}, so their activities, diffs and commits were not tried`;
      yield troubles.length === 0
        ? warning('pull_requests', finding, 'That is fine if these repositories are new.')
        : okBut('pull_requests', finding, troubles, config);
      return;
    }
    const { thing: repository, answer: pullRequest } = found;
    yield okBut('pull_requests', `may be read, such as #${pullRequest.id} of ${nameOf(repository)}`, troubles, config);
    yield* examinePullRequest(examined, repository, pullRequest);
  });
}

/** What hangs on a pull request; where that of one cannot be read, those before it are tried. */
async function* examinePullRequest(
  { bitbucket, diagnose }: Examined,
  repository: RestRepository,
  latest: RestPullRequest,
): AsyncGenerator<Step> {
  const api = bitbucket.of(referenceOf(repository));
  const step = async function* <T>(
    name: StepName,
    ask: (api: RepositoryApi, pullRequest: RestPullRequest) => Promise<T>,
    say: (pullRequest: string, answer: T) => string,
  ): AsyncGenerator<Step> {
    yield* guarded(name, diagnose, async function* () {
      const called = ({ id }: RestPullRequest) => `#${id} of ${nameOf(repository)}`;
      const { found, troubles } = await tryPullRequests(api, latest, ask);
      if (found === null) return;
      const finding = `may be read${say(called(found.thing), found.answer)}`;
      const but = troubles.map(({ thing, error }) => `; not those of ${called(thing)}: ${error.message}`).join('');
      yield but === ''
        ? ok(name, finding)
        : warning(name, finding + but, 'A sync reads the others, and tries what it could not read again in the next one.');
    });
  };
  yield* step(
    'pull_request_activities',
    (each, { id }) => each.latestActivities(id, 1),
    (which) => `, such as those of ${which}`,
  );
  yield* step(
    'pull_request_diffs',
    (each, { id }) => each.diff(id),
    (which, { files }) => `: ${which} changes ${counted(files.length, 'file')}`,
  );
  yield* step(
    'pull_request_commits',
    (each, { id }) => firstPage(each.pullRequestCommits(id)),
    (which, commits) => `: ${which} has ${counted(commits.length, 'commit')}`,
  );
}

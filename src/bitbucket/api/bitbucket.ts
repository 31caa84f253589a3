import { isJson } from '../../config/json';
import { API, projectPath, type RepositoryAddress, type RepositoryReference, repositoryPath } from '../paths';
import { type Accounts, oneAccount } from './accounts';
import * as builds from './builds';
import type { Sender } from '../session/sender';
import { type BitbucketError, isFatal, isKind } from '../errors';
import { WebhooksApi } from './hooks';
import type { Login } from '../session/login';
import type { Read, UnreadableEntry } from '../paging/pages';
import * as rest from './payloads';
import type { ServerQuirks } from './quirks';
import { PageSizes } from '../paging/page-sizes';
import { type List, pageOf, Requester } from './requester';
import { RepositoryApi } from './repository-api';
import type { Statistics } from '../session/statistics';

export type { RepositoryAddress, RepositoryReference } from '../paths';
export type { PullRequestState } from './repository-api';

/** Which of the two lists of users an account may read: with directories and the deactivated, without, or none. */
export type UsersList = 'admin/users' | 'users';

/** Is given each entry of a list that cannot be read; where there is nobody, the list fails there. */
export type OnUnreadable = (entry: UnreadableEntry) => void;

const SHARED_LANE = 'inventory';
const GLANCE_LANE = 'glance';
/** What decides most about a list is on its first page. */
const GLANCE = 25;

/** What turned out about a server. */
export interface Known {
  readonly quirks: ServerQuirks;
  readonly pageSizes: PageSizes;
  login: Login | null;
  version: Promise<string | null> | null;
}

/**
 * The REST API 1.0 of one server, as far as the streams need it. Lists come in pages of values not seen before; each call throws
 * {@link BitbucketError}, of kind `not_found` only when Bitbucket itself says so.
 */
export class Bitbucket {
  /** The webhooks of projects and repositories. */
  readonly webhooks: WebhooksApi;
  private readonly requester: Requester;
  protected readonly now: () => number;

  /** @param glances whether it is for somebody who looks around: lists begin with a small page, and all goes in one lane */
  constructor(
    protected readonly session: Sender,
    now: () => number,
    protected readonly glances = false,
    protected readonly known: Known = {
      quirks: { refusesRawDiffs: false, hasDefaultBranchRoute: true },
      pageSizes: new PageSizes(now),
      login: null,
      version: null,
    },
  ) {
    const { pageSizes } = known;
    this.requester = glances
      ? new Requester({ session, by: { lane: GLANCE_LANE }, pageSizes, firstPage: GLANCE })
      : new Requester({ session, by: { lane: SHARED_LANE }, pageSizes });
    this.webhooks = new WebhooksApi(session, pageSizes);
    this.now = now;
  }

  /** What the requests have cost so far. */
  get statistics(): Statistics {
    return this.session.statistics;
  }

  /** The latest attempt that failed, whether or not a later one succeeded. */
  get lastFailure(): BitbucketError | null {
    return this.session.lastFailure;
  }

  /** How large the pages of its lists may be: kept between syncs in the states of the streams that read them. */
  get pageSizes(): PageSizes {
    return this.known.pageSizes;
  }

  /** The same server for whoever looks around. */
  get glancing(): Bitbucket {
    return new Bitbucket(this.session, this.now, true, this.known);
  }

  /** The accounts that are read with. */
  get accounts(): Accounts<Bitbucket> {
    return oneAccount(this);
  }

  /** What can be asked of one repository. */
  of(repository: RepositoryReference): RepositoryApi {
    return this.bind(repository, this.session);
  }

  /** What can be asked of a repository, by whom. */
  protected bind(repository: RepositoryReference, session: Sender): RepositoryApi {
    const by = this.glances ? this.requester.by : { lane: `${repository.key}/${repository.slug}` };
    const { pageSizes } = this;
    const requester = new Requester({ session, by, pageSizes, of: repository.id, ...(this.glances && { firstPage: GLANCE }) });
    return new RepositoryApi({ repository, requester, quirks: this.known.quirks });
  }

  /** The first request of a run, alone: proves the login, or nothing more is sent. */
  async logIn(): Promise<Login> {
    this.known.login ??= await this.session.logIn(this.pageSizes);
    return this.known.login;
  }

  /** Whether the login was proven. */
  get isLoggedIn(): boolean {
    return this.known.login !== null;
  }

  /** All normal projects that the account sees; personal ones are never listed. */
  projects(onUnreadable?: OnUnreadable): AsyncGenerator<readonly rest.RestProject[]> {
    const first = this.known.login?.firstProjects ?? null;
    const list = listOf('projects', `${API}/projects`, rest.of(rest.isProject), {}, onUnreadable);
    return this.requester.list(list, first);
  }

  project(key: string): Promise<rest.RestProject> {
    return this.requester.one('project', projectPath(key), rest.of(rest.isProject));
  }

  /**
   * All repositories that the account sees, personal ones included.
   * @param archived archived ones too; versions before 8.0 have none and ignore the parameter
   */
  repositories(archived: boolean, onUnreadable?: OnUnreadable): AsyncGenerator<readonly rest.RestRepository[]> {
    return this.requester.list(repositoriesList(`${API}/repos`, { archived: archived ? 'ALL' : 'ACTIVE' }, onUnreadable));
  }

  /** The repositories of one project. Since 8.0 the list of all can be asked for them, and tells archived ones for certain. */
  async *repositoriesOf(
    key: string,
    archived: boolean,
    onUnreadable?: OnUnreadable,
  ): AsyncGenerator<readonly rest.RestRepository[]> {
    const list =
      (await this.majorVersion()) >= 8
        ? repositoriesList(`${API}/repos`, { projectkey: key, archived: archived ? 'ALL' : 'ACTIVE' }, onUnreadable)
        : repositoriesList(`${projectPath(key)}/repos`, {}, onUnreadable);
    yield* this.requester.list(list);
  }

  /** A repository by its address. */
  repository(address: RepositoryAddress): Promise<rest.RestRepository> {
    return this.requester.one('repository', repositoryPath(address), rest.of(rest.isRepository));
  }

  /** The server's version, `9.4.0`; null where it does not say. Asked for once. */
  version(): Promise<string | null> {
    this.known.version ??= this.session
      .json({ kind: 'application-properties', path: `${API}/application-properties`, ...this.requester.by })
      .then(
        (answer) => (isJson(answer) && typeof answer.version === 'string' ? answer.version : null),
        (error: unknown) => {
          if (isFatal(error)) throw error;
          return null;
        },
      );
    return this.known.version;
  }

  /** First number of the server's version; 0 where it does not say. */
  async majorVersion(): Promise<number> {
    return parseInt((await this.version()) ?? '', 10) || 0;
  }

  /** The users, from `/admin/users` (inactive ones and directories too), else from `/users`. */
  async *users(onUnreadable?: OnUnreadable): AsyncGenerator<readonly rest.RestUser[]> {
    const from = (list: UsersList) =>
      this.requester.list(listOf('users', `${API}/${list}`, rest.of(rest.isUser), {}, onUnreadable));
    let begun = false;
    try {
      for await (const page of from('admin/users')) {
        begun = true;
        yield page;
      }
    } catch (error) {
      if (begun || !isKind(error, 'forbidden', 'not_found', 'no_such_route')) throw error;
      yield* from('users');
    }
  }

  /** The better list of users that this account may read; null: neither. */
  async usersList(): Promise<UsersList | null> {
    for (const list of ['admin/users', 'users'] as const) {
      try {
        await this.requester.page(listOf('users', `${API}/${list}`, rest.of(rest.isUser)), 0, 1);
        return list;
      } catch (error) {
        if (!isKind(error, 'forbidden', 'not_found', 'no_such_route')) throw error;
      }
    }
    return null;
  }

  user(slug: string): Promise<rest.RestUser> {
    return this.requester.one('user', `${API}/users/${encodeURIComponent(slug)}`, rest.of(rest.isUser));
  }

  /** The build counters of up to 100 commits, of any repositories; commits without builds are absent. */
  buildCounters(ids: readonly string[]): Promise<Map<string, rest.BuildCounters>> {
    return builds.buildCounters(this.requester, ids);
  }

  /** Those of one commit, for servers that refuse the request for many. */
  buildCountersOf(commitId: string): Promise<rest.BuildCounters> {
    return builds.buildCountersOf(this.requester, commitId);
  }

  /** The newest builds of a commit, 100 at most, whatever repository reported them. */
  builds(commitId: string): AsyncGenerator<readonly rest.RestBuild[]> {
    return builds.builds(this.requester, commitId);
  }
}

/** What identifies a repository in requests. */
export function referenceOf({ id, project, slug }: rest.RestRepository): RepositoryReference {
  return { id, key: project.key, slug, fullName: `${project.key}/${slug}` };
}

function listOf<T extends { readonly id: number }>(
  kind: string,
  path: string,
  read: Read<T>,
  query: NonNullable<List<T>['query']> = {},
  onUnreadable?: OnUnreadable,
): List<T> {
  return { kind, path, query, readPage: pageOf(read), idOf: ({ id }) => id, onUnreadable };
}

function repositoriesList(path: string, query: Record<string, string>, onUnreadable?: OnUnreadable): List<rest.RestRepository> {
  return listOf('repos', path, rest.of(rest.isRepository), query, onUnreadable);
}

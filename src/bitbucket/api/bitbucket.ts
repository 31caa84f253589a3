import { isJson } from '../../config/json';
import { readJson } from '../transport/answer';
import { API } from './api';
import type { Client } from '../session/client';
import type { Asking, Question } from './question';
import { readDiff } from '../diff/diff-reader';
import type { Diff } from '../diff/diff';
import { BitbucketError, isFatal, isGone, isKind } from '../errors';
import { type Listed, readListed } from '../paging/listed';
import { type Login, logIn } from '../session/login';
import { pages, parsePage, type Page } from '../paging/pages';
import * as rest from './payloads';
import type { ServerQuirks } from './quirks';

/** More than any default cap: the server clamps it silently and its answer tells. */
const LIMIT = 1000;
const SHARED_LANE = 'inventory';

/** Where a repository is asked for; its id names it for ever, its address only for now. */
export interface RepositoryAddress {
  readonly key: string;
  readonly slug: string;
}

/** How something is asked for. */
export interface AskOptions {
  /** It failed in the last sync: that it fails again says nothing about the server. @default false */
  readonly failedBefore?: boolean;
}

/** Which pull requests a list holds. */
export type PullRequestState = 'ALL' | 'OPEN';

/**
 * The REST API 1.0 of one server, as far as the streams need it. Lists come in pages of values not seen before; each question throws
 * {@link BitbucketError}, of kind `not_found` only when Bitbucket itself says so.
 */
export class Bitbucket {
  private readonly quirks: ServerQuirks = { refusesRawDiffs: false, hasDefaultBranchRoute: true };
  private loggedIn: Login | null = null;
  private version: Promise<number> | null = null;

  constructor(readonly client: Client) {}

  /** The first request of a run, alone: proves the login, or nothing more is sent. */
  async logIn(): Promise<Login> {
    this.loggedIn ??= await logIn(this.client);
    return this.loggedIn;
  }

  /** All normal projects that the account sees; personal ones are never listed. */
  projects(): AsyncGenerator<readonly rest.RestProject[]> {
    const first = this.loggedIn?.firstProjects ?? null;
    const list = this.list('projects', `${API}/projects`, {}, rest.isProject);
    return pages((start) => (start === 0 && first !== null ? Promise.resolve(first) : list(start)), byId);
  }

  async project(key: string): Promise<rest.RestProject> {
    return this.one('project', `${API}/projects/${encodeURIComponent(key)}`, rest.isProject);
  }

  /**
   * All repositories that the account sees, personal ones included.
   * @param archived archived ones too; versions before 8.0 have none and ignore the parameter
   */
  repositories(archived: boolean): AsyncGenerator<readonly rest.RestRepository[]> {
    return pages(this.list('repos', `${API}/repos`, { archived: archived ? 'ALL' : 'ACTIVE' }, rest.isRepository), byId);
  }

  /** The repositories of one project. Since 8.0 the list of all can be asked for them, and tells archived ones for certain. */
  async *repositoriesOf(key: string, archived: boolean): AsyncGenerator<readonly rest.RestRepository[]> {
    const list =
      (await this.majorVersion()) >= 8
        ? this.list('repos', `${API}/repos`, { projectkey: key, archived: archived ? 'ALL' : 'ACTIVE' }, rest.isRepository)
        : this.list('repos', `${API}/projects/${encodeURIComponent(key)}/repos`, {}, rest.isRepository);
    yield* pages(list, byId);
  }

  /** First number of the server's version; 0 where it does not say. */
  async majorVersion(): Promise<number> {
    this.version ??= this.client
      .json({ kind: 'application-properties', path: `${API}/application-properties`, lane: SHARED_LANE })
      .then(
        (answer) => (isJson(answer) ? parseInt(String(answer.version), 10) || 0 : 0),
        (error: unknown) => {
          if (isFatal(error)) throw error;
          return 0;
        },
      );
    return this.version;
  }

  async repository(address: RepositoryAddress): Promise<rest.RestRepository> {
    return this.one('repository', pathOf(address), rest.isRepository);
  }

  /** Display id of the default branch (`main`); null for an empty repository. `/default-branch` came with 7.5. */
  async defaultBranch(address: RepositoryAddress): Promise<string | null> {
    if (!this.quirks.hasDefaultBranchRoute) return this.askDefaultBranch(address, 'branches/default');
    try {
      return await this.askDefaultBranch(address, 'default-branch');
    } catch (error) {
      if (!isKind(error, 'no_such_route')) throw error;
      const branch = await this.askDefaultBranch(address, 'branches/default');
      this.quirks.hasDefaultBranchRoute = false;
      return branch;
    }
  }

  private async askDefaultBranch(address: RepositoryAddress, route: string): Promise<string | null> {
    try {
      return await this.client.ask(
        { kind: 'default-branch', path: `${pathOf(address)}/${route}`, lane: laneOf(address) },
        async (answer) => {
          const branch = await readJson(answer);
          if (branch === null) return null; // 204: the repository is empty
          if (isJson(branch) && typeof branch.displayId === 'string') return branch.displayId;
          throw new BitbucketError('unexpected_answer', 'was answered with JSON of another kind');
        },
      );
    } catch (error) {
      if (isKind(error, 'not_found') && !isGone(error)) return null; // so do newer ones say that it is empty
      throw error;
    }
  }

  /** The users, from `/admin/users` (inactive ones and directories too), else from `/users`. */
  async *users(): AsyncGenerator<readonly rest.RestUser[]> {
    const from = (path: string) => pages(this.list('users', path, {}, rest.isUser), byId);
    let begun = false;
    try {
      for await (const page of from(`${API}/admin/users`)) {
        begun = true;
        yield page;
      }
    } catch (error) {
      if (begun || !isKind(error, 'forbidden', 'not_found', 'no_such_route')) throw error;
      yield* from(`${API}/users`);
    }
  }

  async user(slug: string): Promise<rest.RestUser> {
    return this.one('user', `${API}/users/${encodeURIComponent(slug)}`, rest.isUser);
  }

  /** The pull requests of a repository, most recently updated first (`NEWEST` is updatedDate descending; reference: b2). */
  pullRequests(
    address: RepositoryAddress,
    state: PullRequestState,
    options: AskOptions = {},
  ): AsyncGenerator<Listed<rest.RestPullRequest>[]> {
    const question = { kind: 'pull-requests', path: `${pathOf(address)}/pull-requests`, lane: laneOf(address), ...options };
    const fetch = (start: number) =>
      this.client.ask({ ...question, query: { state, order: 'NEWEST', start, limit: LIMIT } }, (answer) =>
        readListed(answer, rest.isPullRequest),
      );
    return pages(fetch, byId);
  }

  /** One pull request; without `properties` in most versions. */
  async pullRequest(address: RepositoryAddress, id: number, options: AskOptions = {}): Promise<rest.RestPullRequest> {
    return this.one('pull-request', `${pathOf(address)}/pull-requests/${id}`, rest.isPullRequest, {
      lane: laneOf(address),
      ...options,
    });
  }

  /** Everything that happened to a pull request, newest first; comments with their replies, and with source code in `diff`. */
  activities(address: RepositoryAddress, id: number, options: AskOptions = {}): AsyncGenerator<readonly rest.RestActivity[]> {
    const path = `${pathOf(address)}/pull-requests/${id}/activities`;
    return pages(this.list('activities', path, {}, rest.isActivity, { lane: laneOf(address), ...options }), byId);
  }

  /** What a pull request changes, counted; no text of it is kept. */
  diff(address: RepositoryAddress, id: number, options: AskOptions = {}): Promise<Diff> {
    return readDiff(this.client, `${pathOf(address)}/pull-requests/${id}`, { lane: laneOf(address), ...options }, this.quirks);
  }

  private list<T>(
    kind: string,
    path: string,
    query: NonNullable<Question['query']>,
    accept: (value: unknown) => value is T,
    by: Asking = { lane: SHARED_LANE },
  ): (start: number) => Promise<Page<T>> {
    return (start) =>
      this.client.ask({ kind, path, query: { ...query, start, limit: LIMIT }, ...by }, async (answer) =>
        parsePage(await readJson(answer), accept),
      );
  }

  private one<T>(
    kind: string,
    path: string,
    accept: (value: unknown) => value is T,
    by: Asking = { lane: SHARED_LANE },
  ): Promise<T> {
    return this.client.ask({ kind, path, ...by }, async (answer) => {
      const value = await readJson(answer);
      if (!accept(value)) throw new BitbucketError('unexpected_answer', 'was answered with JSON of another kind');
      return value;
    });
  }
}

function pathOf({ key, slug }: RepositoryAddress): string {
  return `${API}/projects/${encodeURIComponent(key)}/repos/${encodeURIComponent(slug)}`;
}

function laneOf({ key, slug }: RepositoryAddress): string {
  return `${key}/${slug}`;
}

const byId = (value: { readonly id: number }) => value.id;

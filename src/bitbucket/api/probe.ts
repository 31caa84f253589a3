import { isJson } from '../../config/json';
import { readJson } from '../transport/answer';
import { API } from './api';
import type { RepositoryAddress } from './bitbucket';
import type { Client } from '../session/client';
import type { Question } from './question';
import { BitbucketError, isKind } from '../errors';
import { type Page, pages, parsePage } from '../paging/pages';
import * as rest from './payloads';

const LANE = 'probe';
/** What decides most questions about a list is on its first page; the rest comes in large ones. */
const FIRST_PAGE = 25;
const FURTHER_PAGES = 1000;

/** Which of the two lists of users an account may read: with directories and the deactivated, without, or none. */
export type UsersList = 'admin/users' | 'users';

/** The questions of somebody who looks around: small ones, about what can be read and how much there is. Each throws {@link BitbucketError}. */
export class Probe {
  constructor(readonly client: Client) {}

  /** The server's version, `9.4.0`; null where it does not say. */
  async version(): Promise<string | null> {
    const answer = await this.client.json({ kind: 'application-properties', path: `${API}/application-properties`, lane: LANE });
    return isJson(answer) && typeof answer.version === 'string' ? answer.version : null;
  }

  /** All repositories that the account sees, a small page first. */
  repositories(archived: boolean): AsyncGenerator<readonly rest.RestRepository[]> {
    return this.list('repos', `${API}/repos`, { archived: archived ? 'ALL' : 'ACTIVE' }, rest.isRepository);
  }

  /** Those of one project, archived ones too. @param major first number of the version: since 8.0, only the list of all tells archived ones for certain */
  repositoriesOf(key: string, major: number): AsyncGenerator<readonly rest.RestRepository[]> {
    if (major >= 8) return this.list('repos', `${API}/repos`, { projectkey: key, archived: 'ALL' }, rest.isRepository);
    return this.list('repos', `${API}/projects/${encodeURIComponent(key)}/repos`, {}, rest.isRepository);
  }

  async repository({ key, slug }: RepositoryAddress): Promise<rest.RestRepository> {
    const path = pathOf({ key, slug });
    return this.client.ask({ kind: 'repository', path, lane: LANE }, async (answer) => {
      const value = await readJson(answer);
      if (!rest.isRepository(value)) throw new BitbucketError('unexpected_answer', 'was answered with JSON of another kind');
      return value;
    });
  }

  /** A page of a repository's pull requests, most recently updated first. */
  pullRequests(address: RepositoryAddress, start: number, limit: number): Promise<Page<rest.RestPullRequest>> {
    const query = { state: 'ALL', order: 'NEWEST', start, limit };
    return this.page({ kind: 'pull-requests', path: `${pathOf(address)}/pull-requests`, query, lane: LANE }, rest.isPullRequest);
  }

  /** The latest activities of a pull request. */
  activities(address: RepositoryAddress, id: number, limit: number): Promise<Page<rest.RestActivity>> {
    const path = `${pathOf(address)}/pull-requests/${id}/activities`;
    return this.page({ kind: 'activities', path, query: { start: 0, limit }, lane: LANE }, rest.isActivity);
  }

  /** The better list of users that this account may read; null: neither. */
  async usersList(): Promise<UsersList | null> {
    for (const list of ['admin/users', 'users'] as const) {
      try {
        await this.page({ kind: 'users', path: `${API}/${list}`, query: { start: 0, limit: 1 }, lane: LANE }, rest.isUser);
        return list;
      } catch (error) {
        if (!isKind(error, 'forbidden', 'not_found', 'no_such_route')) throw error;
      }
    }
    return null;
  }

  /** The users, page by page. */
  users(list: UsersList): AsyncGenerator<readonly rest.RestUser[]> {
    return this.list('users', `${API}/${list}`, {}, rest.isUser);
  }

  private list<T extends { readonly id: number }>(
    kind: string,
    path: string,
    query: NonNullable<Question['query']>,
    accept: (value: unknown) => value is T,
  ): AsyncGenerator<readonly T[]> {
    const limit = (start: number) => (start === 0 ? FIRST_PAGE : FURTHER_PAGES);
    return pages(
      (start) => this.page({ kind, path, query: { ...query, start, limit: limit(start) }, lane: LANE }, accept),
      ({ id }) => id,
    );
  }

  private page<T>(question: Question, accept: (value: unknown) => value is T): Promise<Page<T>> {
    return this.client.ask(question, async (answer) => parsePage(await readJson(answer), accept));
  }
}

function pathOf({ key, slug }: RepositoryAddress): string {
  return `${API}/projects/${encodeURIComponent(key)}/repos/${encodeURIComponent(slug)}`;
}

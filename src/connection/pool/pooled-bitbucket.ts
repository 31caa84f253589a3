import type { Accounts } from '../../bitbucket/api/accounts';
import { Bitbucket, type Known, type OnUnreadable } from '../../bitbucket/api/bitbucket';
import type { RepositoryApi } from '../../bitbucket/api/repository-api';
import type { RestProject, RestRepository, RestUser } from '../../bitbucket/api/payloads';
import { type BitbucketError, isKind } from '../../bitbucket/errors';
import type { RepositoryReference } from '../../bitbucket/paths';
import type { Pool } from './pool';

/** A server that is read with several accounts: its lists hold what any of them sees. */
export class PooledBitbucket extends Bitbucket {
  constructor(
    private readonly pool: Pool,
    now: () => number,
    glances = false,
    known: Known = pool.known,
  ) {
    super(pool, now, glances, known);
  }

  override get glancing(): Bitbucket {
    return new PooledBitbucket(this.pool, this.now, true, this.known);
  }

  override get accounts(): Accounts<Bitbucket> {
    return this.pool;
  }

  override projects(onUnreadable?: OnUnreadable): AsyncGenerator<readonly RestProject[]> {
    return this.union((bitbucket) => bitbucket.projects(onUnreadable));
  }

  override repositories(archived: boolean, onUnreadable?: OnUnreadable): AsyncGenerator<readonly RestRepository[]> {
    return this.union(
      (bitbucket) => bitbucket.repositories(archived, onUnreadable),
      (user, { id }) => this.pool.saw(user, id),
    );
  }

  override repositoriesOf(
    key: string,
    archived: boolean,
    onUnreadable?: OnUnreadable,
  ): AsyncGenerator<readonly RestRepository[]> {
    return this.union(
      (bitbucket) => bitbucket.repositoriesOf(key, archived, onUnreadable),
      (user, { id }) => this.pool.saw(user, id),
    );
  }

  override users(onUnreadable?: OnUnreadable): AsyncGenerator<readonly RestUser[]> {
    return this.union((bitbucket) => bitbucket.users(onUnreadable));
  }

  override of(repository: RepositoryReference): RepositoryApi {
    return this.bind(repository, this.pool.of(repository.id));
  }

  /** What any account lists, once. @throws BitbucketError where none may list */
  private async *union<T extends { readonly id: number }>(
    list: (bitbucket: Bitbucket) => AsyncIterable<readonly T[]>,
    saw: (user: string, value: T) => void = () => undefined,
  ): AsyncGenerator<readonly T[]> {
    await this.logIn();
    const seen = new Set<number>();
    let failure: BitbucketError | null = null;
    let isListed = false;
    for (const { user, bitbucket } of this.pool.views) {
      try {
        for await (const page of list(this.glances ? bitbucket.glancing : bitbucket)) {
          for (const value of page) saw(user, value);
          const fresh = page.filter(({ id }) => !seen.has(id) && seen.add(id));
          if (fresh.length > 0) yield fresh;
        }
        isListed = true;
      } catch (error) {
        if (!isKind(error, 'forbidden', 'not_found', 'no_such_route', 'account_lost')) throw error;
        failure ??= error;
      }
    }
    if (!isListed && failure !== null) throw failure;
  }
}

import { type Answer, readJson } from '../transport/answer';
import { type RepositoryReference, repositoryPath } from '../paths';
import { isJson } from '../../config/json';
import { readDiff } from '../diff/diff-reader';
import type { Diff } from '../diff/diff';
import { BitbucketError, isKind } from '../errors';
import { isGone } from '../missing';
import { type Listed, readListed } from '../paging/listed';
import type { NumberedPage, Page, UnreadableEntry } from '../paging/pages';
import * as rest from './payloads';
import type { ServerQuirks } from './quirks';
import { type List, pageOf, type Requester } from './requester';

/** Which pull requests a list holds. */
export type PullRequestState = 'ALL' | 'OPEN';

/** What the API of a repository is bound to. */
export interface RepositoryBinding {
  readonly repository: RepositoryReference;
  /** Requests in the repository's own lane, or in that of whoever looks around. */
  readonly requester: Requester;
  readonly quirks: ServerQuirks;
}

/** Which commits are listed: those that can be reached from `until` and not from `since`. */
export interface CommitRange {
  /** A full id or a full name (`refs/heads/main`). */
  readonly until: string;
  readonly since?: string;
  /** Where an earlier reading of the same range ended. @default 0 */
  readonly start?: number;
}

/** Commits on a page; the default cap of the server, too. */
const COMMITS = 100;

/**
 * What can be asked of one repository; each call throws {@link BitbucketError}, of kind `not_found` only when Bitbucket itself says so.
 * Lists come in pages of values not seen before.
 */
export class RepositoryApi {
  readonly repository: RepositoryReference;
  private readonly requester: Requester;
  private readonly quirks: ServerQuirks;
  private readonly path: string;
  private again: RepositoryApi | null = null;

  constructor(binding: RepositoryBinding) {
    this.repository = binding.repository;
    this.requester = binding.requester;
    this.quirks = binding.quirks;
    this.path = repositoryPath(binding.repository);
  }

  /** The same for what failed in the last sync: that it fails again says nothing about the server. */
  get retrying(): RepositoryApi {
    if (this.requester.by.failedBefore === true) return this;
    this.again ??= new RepositoryApi({ repository: this.repository, requester: this.requester.retrying, quirks: this.quirks });
    return this.again;
  }

  /** The same for whoever tries one repository of several: what does not answer soon is given up. */
  get brief(): RepositoryApi {
    return new RepositoryApi({ repository: this.repository, requester: this.requester.brief, quirks: this.quirks });
  }

  get(): Promise<rest.RestRepository> {
    return this.requester.one('repository', this.path, rest.of(rest.isRepository));
  }

  /** Display id of the default branch (`main`); null for an empty repository. `/default-branch` came with 7.5. */
  async defaultBranch(): Promise<string | null> {
    if (!this.quirks.hasDefaultBranchRoute) return this.askDefaultBranch('branches/default');
    try {
      return await this.askDefaultBranch('default-branch');
    } catch (error) {
      if (!isKind(error, 'no_such_route')) throw error;
      const branch = await this.askDefaultBranch('branches/default');
      this.quirks.hasDefaultBranchRoute = false;
      return branch;
    }
  }

  /**
   * The pull requests, most recently updated first (`NEWEST` is updatedDate descending).
   * @param onUnreadable is given each entry that cannot be read, before the page that it is on; where there is nobody, the list fails there
   */
  pullRequests(
    state: PullRequestState,
    onUnreadable?: (entry: UnreadableEntry) => void,
  ): AsyncGenerator<Listed<rest.RestPullRequest>[]> {
    const readPage = (answer: Answer) => readListed(answer, rest.of(rest.isPullRequest));
    return this.requester.list({
      ...this.below('pull-requests', 'pull-requests', readPage, { state, order: 'NEWEST' }),
      onUnreadable,
    });
  }

  /** A part of that list, for whoever looks around. */
  somePullRequests(start: number, limit: number): Promise<Page<rest.RestPullRequest>> {
    const query = { state: 'ALL', order: 'NEWEST' };
    return this.requester.page(
      this.below('pull-requests', 'pull-requests', pageOf(rest.of(rest.isPullRequest)), query),
      start,
      limit,
    );
  }

  /** One pull request; without `properties` in most versions. */
  pullRequest(id: number): Promise<rest.RestPullRequest> {
    return this.requester.one('pull-request', `${this.path}/pull-requests/${id}`, rest.of(rest.isPullRequest));
  }

  /** Everything that happened to a pull request, newest first; comments with their replies, and with source code in `diff`. */
  activities(id: number): AsyncGenerator<readonly rest.RestActivity[]> {
    return this.requester.list(this.activitiesOf(id));
  }

  /** The latest of them, for whoever looks around. */
  latestActivities(id: number, limit: number): Promise<Page<rest.RestActivity>> {
    return this.requester.page(this.activitiesOf(id), 0, limit);
  }

  /** What a pull request changes, counted; no text of it is kept. */
  diff(id: number): Promise<Diff> {
    return readDiff(this.requester.session, `${this.path}/pull-requests/${id}`, this.requester.by, this.quirks);
  }

  /** The commits of a pull request, newest first. @throws BitbucketError 404 NoSuchCommit where they are lost (a deleted fork) */
  pullRequestCommits(id: number): AsyncGenerator<readonly rest.RestCommit[]> {
    const path = `pull-requests/${id}/commits`;
    const more = { of: id, limit: COMMITS };
    return this.requester.list(this.below('pull-request-commits', path, pageOf(rest.of(rest.isCommit)), {}, more));
  }

  /** All branches, by name; none for an empty repository. */
  branches(): AsyncGenerator<readonly rest.RestBranch[]> {
    return this.requester.list(this.below('branches', 'branches', pageOf(rest.readBranch), { orderBy: 'ALPHABETICAL' }));
  }

  /** All tags, by name. */
  tags(): AsyncGenerator<readonly rest.RestTag[]> {
    return this.requester.list(this.below('tags', 'tags', pageOf(rest.readTag), { orderBy: 'ALPHABETICAL' }));
  }

  /** One tag by its name (`release/1.0`): its slashes stay as they are, an encoded one is refused. */
  tag(name: string): Promise<rest.RestTag> {
    const path = name.split('/').map(encodeURIComponent).join('/');
    return this.requester.one('tag', `${this.path}/tags/${path}`, rest.readTag);
  }

  /**
   * The commits of a range, in git's order, which stays the same for the same ids: a reading that was broken off can go on at `next`.
   * @throws BitbucketError 404 NoSuchCommit, NoDefaultBranch (an empty repository); `unexpected_answer` where not even `until` itself is listed
   */
  async *commits(
    range: CommitRange,
  ): AsyncGenerator<{ commits: readonly rest.RestCommit[]; start: number; next: number | null }> {
    const { until, since, start: from = 0 } = range;
    const list = { ...this.commitsIn(range), limit: COMMITS };
    const numbered: AsyncGenerator<NumberedPage<rest.RestCommit>> = this.requester.numbered(list, from);
    let isEmpty = true;
    for await (const { values, start, next } of numbered) {
      isEmpty = false;
      yield { commits: values, start, next };
    }
    if (isEmpty && since === undefined && from === 0) throw this.noCommits(until);
  }

  /** The commit that an id or a full name (`refs/heads/main`) leads to. @throws BitbucketError 404 NoSuchCommit, NoDefaultBranch: there is none */
  async newestCommit(until: string): Promise<rest.RestCommit> {
    const { values } = await this.requester.page(this.commitsIn({ until }), 0, 1);
    const [commit] = values;
    if (commit === undefined) throw this.noCommits(until);
    return commit;
  }

  /** A build with number, duration and test results. @throws BitbucketError 404 in another repository, and before 7.14 */
  build(commitId: string, key: string): Promise<rest.RestRichBuild> {
    return this.requester.one('build', `${this.path}/commits/${commitId}/builds`, rest.of<rest.RestRichBuild>(rest.isBuild), {
      key,
    });
  }

  /** A commit is always in its own list. */
  private noCommits(until: string): BitbucketError {
    return new BitbucketError('unexpected_answer', `The commits of ${until} in ${this.repository.fullName} are an empty list`);
  }

  private commitsIn({ until, since }: CommitRange): List<rest.RestCommit> {
    const query = { ...(since !== undefined && { since }), until };
    return this.below('commits', 'commits', pageOf(rest.of(rest.isCommit)), query);
  }

  private activitiesOf(id: number): List<rest.RestActivity> {
    const path = `pull-requests/${id}/activities`;
    return this.below('activities', path, pageOf(rest.of(rest.isActivity)), {}, { of: id });
  }

  private below<T extends { readonly id: number | string }>(
    kind: string,
    path: string,
    readPage: List<T>['readPage'],
    query: NonNullable<List<T>['query']> = {},
    more: Pick<List<T>, 'of' | 'limit'> = {},
  ): List<T> {
    return { kind, path: `${this.path}/${path}`, query, readPage, idOf: ({ id }) => id, ...more };
  }

  private async askDefaultBranch(route: string): Promise<string | null> {
    const { session, by } = this.requester;
    try {
      return await session.send({ kind: 'default-branch', path: `${this.path}/${route}`, ...by }, async (answer) => {
        const branch = await readJson(answer);
        if (branch === null) return null; // 204: the repository is empty
        if (isJson(branch) && typeof branch.displayId === 'string') return branch.displayId;
        throw new BitbucketError('unexpected_answer', 'the answer is JSON of another kind');
      });
    } catch (error) {
      if (isKind(error, 'not_found') && !isGone(error)) return null; // so do newer ones say that it is empty
      throw error;
    }
  }
}

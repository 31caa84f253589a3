import type { RestCommit } from '../bitbucket/api/payloads';
import { saysCommitsAreLost } from '../bitbucket/missing';
import type { PullRequestCommitRecord } from '../generated/pull_request_commits';
import { columnsOf } from './columns';
import { commitColumns } from './history/commit-columns';
import { instant } from './documents';
import { fingerprint, shortFingerprint } from './fingerprint';
import type { PullRequestReference, PullRequestStream, RepositoryApi, RepositoryReference } from './stream';

/**
 * The commits of a pull request: one request per hundred, when its source, its target branch or its state changes. That the target branch
 * moves takes those away that it has reached: then within `recheck_hours`. What a force push removed gets a tombstone.
 */
export const pullRequestCommits: PullRequestStream = {
  kind: 'item',
  of: 'pull requests',
  name: 'pull_request_commits',
  primaryKey: ['repository_id', 'pull_request_id', 'id'],
  cursor: 'pull_request_updated_date',
  columns: columnsOf('pull_request_commits'),
  requestKinds: ['pull-request-commits'],
  fingerprint: ({ fromRef, toRef, state }) => fingerprint([fromRef?.latestCommit, toRef?.latestCommit, toRef?.id, state]),
  urgent: ({ fromRef, toRef, state }) => shortFingerprint([fromRef?.latestCommit, toRef?.id, state]),
  source: { from: 'requests', rows: readCommits },
  // The fork was deleted, or its objects were removed: the pull request is still there.
  isLost: saysCommitsAreLost,
  children: {
    id: (row) => String(row.id),
    isId: (text) => /^[0-9a-f]{40,64}$/.test(text),
    mayBeNone: true,
    key: (repositoryId, pullRequestId, id) => ({ repository_id: repositoryId, pull_request_id: pullRequestId, id }),
  },
};

async function* readCommits(pullRequest: PullRequestReference, api: RepositoryApi) {
  let position = 0;
  // Where source and target are the same commit there is none; elsewhere an empty answer is not believed before it is given twice.
  const most = pullRequest.sourceCommit === pullRequest.targetCommit ? 1 : 2;
  for (let attempt = 1; position === 0 && attempt <= most; attempt++) {
    for await (const page of api.pullRequestCommits(pullRequest.id))
      yield page.map((commit) => rowOf(commit, position++, pullRequest, api.repository));
  }
}

function rowOf(
  commit: RestCommit,
  position: number,
  pullRequest: PullRequestReference,
  repository: RepositoryReference,
): PullRequestCommitRecord {
  return {
    repository_id: repository.id,
    pull_request_id: pullRequest.id,
    id: commit.id,
    repository_full_name: repository.fullName,
    position,
    ...commitColumns(commit),
    pull_request_updated_date: instant(pullRequest.updatedDate) ?? '',
    deleted_at: null,
  };
}

import type { Diff } from '../bitbucket/diff/diff';
import type { PullRequestDiffRecord } from '../generated/pull_request_diffs';
import { columnsOf } from './columns';
import { instant } from './documents';
import { fingerprint, shortFingerprint } from './fingerprint';
import type { PullRequestReference, PullRequestStream, RepositoryReference } from './stream';

/**
 * What a pull request changes, file by file, in counts: one request each, when its source, its target branch or its state changes. That the
 * target branch moves changes little and happens often: then within `recheck_hours`.
 */
export const pullRequestDiffs: PullRequestStream = {
  kind: 'item',
  of: 'pull requests',
  name: 'pull_request_diffs',
  primaryKey: ['repository_id', 'pull_request_id'],
  cursor: 'updated_date',
  columns: columnsOf('pull_request_diffs'),
  requestKinds: ['diff', 'changes'],
  fingerprint: (listed) => fingerprint([listed.fromRef?.latestCommit, listed.toRef?.latestCommit]),
  urgent: ({ fromRef, toRef, state }) => shortFingerprint([fromRef?.latestCommit, toRef?.id, state]),
  source: {
    from: 'requests',
    rows: async function* (pullRequest, api) {
      yield [rowOf(await api.diff(pullRequest.id), pullRequest, api.repository)];
    },
  },
  itemKey: (repositoryId, id) => ({ repository_id: repositoryId, pull_request_id: id }),
};

function rowOf(diff: Diff, pullRequest: PullRequestReference, repository: RepositoryReference): PullRequestDiffRecord {
  const files = diff.files.map(({ path, previousPath, type, additions, deletions, binary }) => ({
    path,
    previous_path: previousPath,
    type,
    additions,
    deletions,
    binary,
  }));
  return {
    repository_id: repository.id,
    pull_request_id: pullRequest.id,
    repository_full_name: repository.fullName,
    updated_date: instant(pullRequest.updatedDate) ?? '',
    source_commit: pullRequest.sourceCommit,
    target_commit: pullRequest.targetCommit,
    files,
    file_count: files.length,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    truncated: diff.truncated,
    deleted_at: null,
  };
}

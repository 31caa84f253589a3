import { countLines } from '../diffs/files';
import type { InstanceDocuments } from '../documents/instance';
import type { PullRequest } from '../model';
import { fullName } from '../world';
import type { Row } from '../truth';
import { instant } from './nested';

/** A row of `pull_request_diffs`, counted from the model, not from any text; lost commits have none. */
export const diffRow = (_instance: InstanceDocuments, pullRequest: PullRequest): Row => {
  const lost = pullRequest.repository.git.get(pullRequest.from.commit) === undefined;
  const files = (lost ? [] : pullRequest.files).map((file) => ({
    path: file.path,
    previous_path: file.previousPath ?? null,
    type: file.type,
    additions: countLines(file, 'ADDED'),
    deletions: countLines(file, 'REMOVED'),
    binary: file.binary ?? false,
  }));
  return {
    repository_id: pullRequest.repository.id,
    pull_request_id: pullRequest.id,
    repository_full_name: fullName(pullRequest.repository),
    updated_date: instant(pullRequest.updatedDate),
    source_commit: pullRequest.from.commit,
    target_commit: pullRequest.to.commit,
    files,
    file_count: files.length,
    additions: files.reduce((sum, { additions }) => sum + additions, 0),
    deletions: files.reduce((sum, { deletions }) => sum + deletions, 0),
    truncated: lost,
    deleted_at: null,
  };
};

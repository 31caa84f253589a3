import type { Repository } from '../model';
import { fullName } from '../world';
import type { Row } from '../truth';

/** Rows of `branches` of one repository: all of them, whichever are read. */
export const branchRows = (repository: Repository): Row[] =>
  [...repository.git.branches].map(([name, { id }]) => ({
    repository_id: repository.id,
    id: `refs/heads/${name}`,
    repository_full_name: fullName(repository),
    name,
    is_default: name === repository.git.defaultBranch,
    commit_id: id,
    deleted_at: null,
  }));

/** Rows of `tags` of one repository. */
export const tagRows = (repository: Repository): Row[] =>
  [...repository.git.tags].map(([name, { commit, hash }]) => ({
    repository_id: repository.id,
    id: `refs/tags/${name}`,
    repository_full_name: fullName(repository),
    name,
    commit_id: commit.id,
    tag_hash: hash,
    annotated: hash !== null,
    deleted_at: null,
  }));

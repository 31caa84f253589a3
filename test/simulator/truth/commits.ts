import { commitsOf } from '../git/pull-request-commits';
import { reachable } from '../git/commit-graph';
import type { Commit, Person, PullRequest, Repository } from '../model';
import { fullName } from '../world';
import type { Row } from '../truth';
import type { Selection } from './filter';
import { instant } from './nested';

/** Rows of `pull_request_commits` of one pull request; none where the server lost its commits. */
export const pullRequestCommitRows = (pullRequest: PullRequest): Row[] => {
  const { repository, id, from, updatedDate } = pullRequest;
  if (repository.git.get(from.commit) === undefined) return [];
  return commitsOf(pullRequest).map((commit, position) => ({
    repository_id: repository.id,
    pull_request_id: id,
    id: commit.id,
    repository_full_name: fullName(repository),
    position,
    ...said(commit),
    pull_request_updated_date: instant(updatedDate),
    deleted_at: null,
  }));
};

/** Rows of `commits` of one repository: what the default branch and the branches that are read reach. */
export function* commitRows(repository: Repository, selection: Selection): Generator<Row> {
  const { git } = repository;
  const onDefault = reachable(git.tip === undefined ? [] : [git.tip]);
  for (const commit of reachable(readTips(repository, selection))) {
    if (!selection.since(commit.committerDate)) continue;
    yield {
      repository_id: repository.id,
      id: commit.id,
      repository_full_name: fullName(repository),
      ...said(commit),
      is_merge: commit.parents.length > 1,
      on_default_branch: onDefault.has(commit),
      issue_keys: commit.issueKeys ?? [],
      deleted_at: null,
    };
  }
}

/** The tips of the default branch and of those that the configuration names. */
export const readTips = ({ git }: Repository, selection: Selection): Commit[] =>
  [...git.branches].filter(([name]) => name === git.defaultBranch || selection.branch(name)).map(([, commit]) => commit);

const said = (commit: Commit): Row => ({
  display_id: commit.id.slice(0, 11),
  message: commit.message,
  ...by('author', commit.author),
  author_date: instant(commit.authorDate),
  ...by('committer', commit.committer),
  committer_date: instant(commit.committerDate),
  parents: commit.parents.map(({ id }) => id),
});

const by = (role: string, person: Person): Row => ({
  [`${role}_id`]: 'id' in person ? person.id : null,
  [`${role}_name`]: 'id' in person ? person.displayName : person.name,
  [`${role}_email`]: person.emailAddress ?? null,
});

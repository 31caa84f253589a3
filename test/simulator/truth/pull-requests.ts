import type { InstanceDocuments } from '../documents/instance';
import { pullRequestDocument } from '../documents/pull-requests';
import type { PullRequest } from '../model';
import { fullName } from '../world';
import type { Row } from '../truth';
import { instant, nested } from './nested';

/** A row of `pull_requests`: scalars from the model, documents as the list has them. */
export const pullRequestRow = (instance: InstanceDocuments, pullRequest: PullRequest): Row => {
  const { repository, id, state, from, to, counters, mergeCommit } = pullRequest;
  const { features } = instance.world;
  const listed = nested(pullRequestDocument(instance, pullRequest, 0, true)) as Record<string, any>;
  const properties = Object.fromEntries(
    Object.entries(listed['properties'] as object).filter(([name]) => name !== 'mergeResult'),
  );
  return {
    repository_id: repository.id,
    id,
    repository_full_name: fullName(repository),
    project_key: repository.project.key,
    repository_slug: repository.slug,
    version: pullRequest.version,
    title: pullRequest.title,
    description: pullRequest.description ?? null,
    state,
    open: state === 'OPEN',
    closed: state !== 'OPEN',
    draft: features.draft ? pullRequest.draft : null,
    locked: false,
    created_date: instant(pullRequest.createdDate),
    updated_date: instant(pullRequest.updatedDate),
    closed_date: instant(pullRequest.closedDate),
    author_id: pullRequest.author.id,
    author: listed['author'],
    reviewers: listed['reviewers'],
    participants: listed['participants'],
    from_ref: listed['fromRef'],
    to_ref: listed['toRef'],
    source_branch: from.name,
    target_branch: to.name,
    source_commit: from.commit,
    target_commit: to.commit,
    source_repository_id: from.repository.deleted ? null : from.repository.id,
    merge_commit: features.mergeCommit ? (mergeCommit?.id ?? null) : null,
    comment_count: counters.comments,
    open_task_count: counters.openTasks,
    resolved_task_count: counters.resolvedTasks,
    properties,
    url: listed['links'].self[0].href,
    links: listed['links'],
    deleted_at: null,
  };
};

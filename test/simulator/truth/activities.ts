import type { InstanceDocuments } from '../documents/instance';
import { activityDocument } from '../documents/pull-requests';
import type { Activity, PullRequest } from '../model';
import { fullName } from '../world';
import type { Row } from '../truth';
import { instant, nested } from './nested';

/** The fields of an activity that have a column. */
const COLUMNS = new Set([
  'id',
  'createdDate',
  'user',
  'action',
  'commentAction',
  'comment',
  'commentAnchor',
  'commit',
  'addedReviewers',
  'removedReviewers',
  'fromHash',
  'toHash',
  'previousFromHash',
  'previousToHash',
  'added',
  'removed',
]);

/** A row of `pull_request_activities`. */
export const activityRow = (instance: InstanceDocuments, pullRequest: PullRequest, activity: Activity): Row => {
  const document = nested(activityDocument(instance, pullRequest, activity)) as Record<string, unknown>;
  const column = (name: string): unknown => document[name] ?? null;
  const rest = Object.entries(document).filter(([name]) => !COLUMNS.has(name));
  return {
    repository_id: pullRequest.repository.id,
    id: activity.id,
    repository_full_name: fullName(pullRequest.repository),
    pull_request_id: pullRequest.id,
    pull_request_updated_date: instant(pullRequest.updatedDate),
    action: activity.action,
    created_date: instant(activity.createdDate),
    user_id: activity.user.id,
    user: column('user'),
    comment_action: column('commentAction'),
    comment_id: activity.comment?.id ?? null,
    comment: column('comment'),
    comment_anchor: column('commentAnchor'),
    commit: column('commit'),
    added_reviewers: column('addedReviewers'),
    removed_reviewers: column('removedReviewers'),
    from_hash: column('fromHash'),
    to_hash: column('toHash'),
    previous_from_hash: column('previousFromHash'),
    previous_to_hash: column('previousToHash'),
    added: column('added'),
    removed: column('removed'),
    details: rest.length === 0 ? null : Object.fromEntries(rest),
    deleted_at: null,
  };
};

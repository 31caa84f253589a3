import type { RestActivity } from '../bitbucket/api/payloads';
import type { PullRequestActivityRecord } from '../generated/pull_request_activities';
import { columnsOf } from './columns';
import { document, documents, instant, integer, text } from './documents';
import { fingerprint } from './fingerprint';
import { asSet, countersOf } from './pull_requests';
import type { PullRequestReference, PullRequestStream, RepositoryApi, RepositoryReference } from './stream';

/** The fields with a column of their own, and the source code that Bitbucket embeds. */
const NOT_DETAILS = new Set([
  ...[
    'id',
    'action',
    'createdDate',
    'user',
    'commentAction',
    'comment',
    'commentAnchor',
    'commit',
    'addedReviewers',
    'removedReviewers',
  ],
  ...['fromHash', 'toHash', 'previousFromHash', 'previousToHash', 'added', 'removed', 'diff'],
]);

/** All columns but those that are copied from elsewhere, as of the row's own last read. */
const TELLING = columnsOf('pull_request_activities').filter(
  (column) => column !== 'repository_full_name' && column !== 'pull_request_updated_date',
);

/** What happened to a pull request: one request each; rows may change for ever (edits, replies), so they are re-read now and then. */
export const pullRequestActivities: PullRequestStream = {
  kind: 'item',
  of: 'pull requests',
  name: 'pull_request_activities',
  primaryKey: ['repository_id', 'id'],
  cursor: 'created_date',
  columns: columnsOf('pull_request_activities'),
  requestKinds: ['activities'],
  fingerprint: (listed) =>
    fingerprint([
      listed.version,
      listed.state,
      listed.updatedDate,
      countersOf(listed),
      asSet(listed.reviewers),
      asSet(listed.participants),
    ]),
  source: { from: 'requests', rows: readActivities },
  recheck: (row) => TELLING.map((column) => row[column]),
  children: {
    id: (row) => String(row.id),
    isId: (text) => /^\d+$/.test(text),
    mayBeNone: false,
    key: (repositoryId, _, id) => ({ repository_id: repositoryId, id: Number(id) }),
  },
};

async function* readActivities(pullRequest: PullRequestReference, api: RepositoryApi) {
  // Each pull request was opened at least: an empty answer is not believed before it is given twice.
  for (let attempt = 1, rows = 0; rows === 0 && attempt <= 2; attempt++) {
    for await (const page of api.activities(pullRequest.id)) {
      rows += page.length;
      yield page.map((activity) => rowOf(activity, pullRequest, api.repository));
    }
  }
}

function rowOf(
  activity: RestActivity,
  pullRequest: PullRequestReference,
  repository: RepositoryReference,
): PullRequestActivityRecord {
  const comment = document(activity.comment);
  return {
    repository_id: repository.id,
    id: activity.id,
    repository_full_name: repository.fullName,
    pull_request_id: pullRequest.id,
    pull_request_updated_date: instant(pullRequest.updatedDate),
    action: text(activity.action),
    created_date: instant(activity.createdDate) ?? instant(pullRequest.updatedDate) ?? '',
    user_id: integer(activity.user?.id),
    user: document(activity.user),
    comment_action: text(activity.commentAction),
    comment_id: integer(comment?.id),
    comment,
    comment_anchor: document(activity.commentAnchor),
    commit: document(activity.commit),
    added_reviewers: documents(activity.addedReviewers),
    removed_reviewers: documents(activity.removedReviewers),
    from_hash: text(activity.fromHash),
    to_hash: text(activity.toHash),
    previous_from_hash: text(activity.previousFromHash),
    previous_to_hash: text(activity.previousToHash),
    added: document(activity.added),
    removed: document(activity.removed),
    details: detailsOf(activity),
    deleted_at: null,
  };
}

function detailsOf(activity: RestActivity): Record<string, unknown> | null {
  return hasDetails(activity)
    ? document(Object.fromEntries(Object.entries(activity).filter(([key]) => !NOT_DETAILS.has(key))))
    : null;
}

/** Most have none, and a list of what an activity holds is made for nothing. */
function hasDetails(activity: RestActivity): boolean {
  for (const key in activity) if (!NOT_DETAILS.has(key)) return true;
  return false;
}

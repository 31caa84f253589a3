import type { Activity, Participant, PullRequest, Ref } from '../model';
import { commitDocument } from './commits';
import { anchorDocument, commentDocument, quotedDiff } from './comments';
import type { InstanceDocuments } from './instance';
import type { Document } from './json';

/** How many commits a RESCOPED activity names; `total` tells the true number. */
const NAMED_COMMITS = 5;

/** A pull request. `view` numbers how often it was looked at: the server recomputes `mergeResult` in between. */
export const pullRequestDocument = (
  instance: InstanceDocuments,
  pullRequest: PullRequest,
  view: number,
  withProperties: boolean,
): Document => {
  const { id, version, title, description, state, createdDate, updatedDate, closedDate, author } = pullRequest;
  return {
    id,
    version,
    title,
    description,
    state,
    open: state === 'OPEN',
    closed: state !== 'OPEN',
    draft: instance.world.features.draft ? pullRequest.draft : undefined,
    createdDate,
    updatedDate,
    closedDate,
    fromRef: refDocument(instance, pullRequest.from, id),
    toRef: refDocument(instance, pullRequest.to, id),
    locked: false,
    author: { user: instance.user(author), role: 'AUTHOR', approved: false, status: 'UNAPPROVED' },
    reviewers: pullRequest.reviewers.map((each) => participantDocument(instance, each, 'REVIEWER')),
    participants: pullRequest.participants.map((each) => participantDocument(instance, each, 'PARTICIPANT')),
    properties: withProperties ? properties(instance, pullRequest, view) : undefined,
    links: instance.self(`${instance.repositoryPath(pullRequest.repository)}/pull-requests/${id}`),
    ...instance.extra('pullRequest'),
  };
};

/** The counters; the merge result, which moves by itself; the merge commit, where the version tells it. */
const properties = (instance: InstanceDocuments, pullRequest: PullRequest, view: number): Document => {
  const { id, state, counters, mergeCommit } = pullRequest;
  const fresh = (id + view) % 2 === 0;
  return {
    mergeResult: state === 'MERGED' ? undefined : { outcome: fresh || id % 5 > 0 ? 'CLEAN' : 'CONFLICTED', current: fresh },
    resolvedTaskCount: counters.resolvedTasks,
    commentCount: counters.comments === 0 && id % 2 === 1 ? undefined : counters.comments,
    openTaskCount: counters.openTasks,
    mergeCommit:
      mergeCommit === undefined || !instance.world.features.mergeCommit
        ? undefined
        : { displayId: mergeCommit.id.slice(0, 11), id: mergeCommit.id },
  };
};

/** One end; of a fork that was deleted, the repository is null or left out. */
const refDocument = (instance: InstanceDocuments, ref: Ref, id: number): Document => {
  const { repository, type, name, commit } = ref;
  const gone = id % 2 === 0 ? null : undefined;
  return {
    id: `refs/${type === 'TAG' ? 'tags' : 'heads'}/${name}`,
    displayId: name,
    latestCommit: commit,
    type: instance.world.features.refType ? type : undefined,
    repository: repository.deleted ? gone : instance.repository(repository),
    ...instance.extra('ref'),
  };
};

const participantDocument = (
  instance: InstanceDocuments,
  { user, status, lastReviewedCommit }: Participant,
  role: string,
): Document => ({
  user: instance.user(user),
  lastReviewedCommit,
  role,
  approved: status === 'APPROVED',
  status,
  ...instance.extra('participant'),
});

/** One entry of the activities, with the source code that the server puts into it. */
export const activityDocument = (instance: InstanceDocuments, pullRequest: PullRequest, activity: Activity): Document => {
  const { id, createdDate, user, action, comment, anchor, reviewers, rescope, commit, fields } = activity;
  const commits = (list: readonly NonNullable<typeof commit>[]): Document => ({
    commits: list.slice(0, NAMED_COMMITS).map((each) => commitDocument(instance, each, false)),
    total: list.length,
  });
  return {
    id,
    createdDate,
    user: instance.user(user),
    action,
    ...(comment === undefined
      ? {}
      : { commentAction: 'ADDED', comment: commentDocument(instance, pullRequest.repository.id, comment) }),
    commentAnchor: anchor === undefined ? undefined : anchorDocument(anchor),
    diff: quotedDiff(activity),
    ...(reviewers === undefined
      ? {}
      : {
          addedReviewers: reviewers.added.map((each) => instance.user(each)),
          removedReviewers: reviewers.removed.map((each) => instance.user(each)),
        }),
    ...(rescope === undefined
      ? {}
      : {
          fromHash: rescope.fromHash,
          previousFromHash: rescope.previousFromHash,
          previousToHash: rescope.previousToHash,
          toHash: rescope.toHash,
          added: commits(rescope.added),
          removed: commits(rescope.removed),
        }),
    commit: commit === undefined ? undefined : commitDocument(instance, commit, true),
    ...fields,
    ...instance.extra('activity'),
  };
};

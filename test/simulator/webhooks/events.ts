import type { Document } from '../documents/json';
import { pullRequestDocument } from '../documents/pull-requests';
import type { InstanceDocuments } from '../documents/instance';
import type { History } from '../history';
import type { PullRequest, Repository } from '../model';
import type { PullRequestReference } from '../world';
import type { Webhooks } from './index';

/** What each event of a pull request is called on the wire. One edit may be told twice; reopening is told not at all. */
const OF_PULL_REQUESTS: Partial<Record<keyof History, readonly string[]>> = {
  createPullRequest: ['pr:opened'],
  edit: ['pr:modified'],
  setDraft: ['pr:modified'],
  push: ['pr:from_ref_updated', 'repo:refs_changed'],
  decline: ['pr:declined'],
  merge: ['pr:merged', 'repo:refs_changed'],
  remoteMerge: ['pr:merged', 'repo:refs_changed'],
  deletePullRequest: ['pr:deleted'],
  approve: ['pr:reviewer:approved'],
  unapprove: ['pr:reviewer:unapproved'],
  needsWork: ['pr:reviewer:needs_work'],
  setReviewers: ['pr:modified', 'pr:reviewer:updated'],
  selfAddReviewer: ['pr:reviewer:updated'],
  comment: ['pr:comment:added'],
  inlineComment: ['pr:comment:added'],
  fileComment: ['pr:comment:added'],
  reply: ['pr:comment:added'],
  addTask: ['pr:comment:added'],
  editComment: ['pr:comment:edited'],
  resolveTask: ['pr:comment:edited'],
  reopenTask: ['pr:comment:edited'],
  deleteComment: ['pr:comment:deleted'],
};

const OF_REPOSITORIES: Partial<Record<keyof History, readonly string[]>> = {
  moveTarget: ['repo:refs_changed'],
  renameRepository: ['repo:modified'],
  editRepository: ['repo:modified'],
  moveRepository: ['repo:modified'],
};

type Event = (...parameters: readonly unknown[]) => unknown;

/** The same history, whose events are also told to webhooks. */
export const observed = (history: History, instance: InstanceDocuments, webhooks: Webhooks): History => {
  const told: Record<string, Event> = { ...(history as unknown as Record<string, Event>) };
  const tell = (keys: readonly string[], repository: Repository, pullRequest: Document | undefined): void => {
    for (const key of keys) {
      const about = key.startsWith('pr:') ? { pullRequest } : bodyOf(key, instance, repository);
      webhooks.tell(repository, key, {
        eventKey: key,
        date: dateOf(instance.world.now()),
        actor: instance.user(instance.world.users[0]!),
        ...about,
      });
    }
  };
  for (const [name, keys] of Object.entries(OF_PULL_REQUESTS)) {
    told[name] = (...parameters) => {
      const before = name === 'createPullRequest' ? undefined : instance.world.pullRequest(parameters[0] as PullRequestReference);
      const document = before === undefined ? undefined : documentOf(instance, before);
      const result = (history as unknown as Record<string, Event>)[name]!(...parameters);
      if (name === 'deletePullRequest') tell(keys, before!.repository, document);
      else {
        const after = instance.world.pullRequest((before === undefined ? result : parameters[0]) as PullRequestReference);
        tell(keys, after.repository, documentOf(instance, after));
      }
      return result;
    };
  }
  for (const [name, keys] of Object.entries(OF_REPOSITORIES)) {
    told[name] = (...parameters) => {
      const repository = instance.world.repository(parameters[0] as number | string);
      const result = (history as unknown as Record<string, Event>)[name]!(...parameters);
      tell(keys, repository, undefined);
      return result;
    };
  }
  return told as unknown as History;
};

/** A pull request as events carry it: without the list's counters; since 10.3 with dates as text. */
const documentOf = (instance: InstanceDocuments, pullRequest: PullRequest): Document => {
  const document = pullRequestDocument(instance, pullRequest, 0, false);
  if (Number.parseInt(instance.world.version, 10) < 10) return document;
  return JSON.parse(JSON.stringify(document), (name, value: unknown) =>
    /(?:Date|Timestamp)$/.test(name) && typeof value === 'number' ? new Date(value).toISOString() : value,
  ) as Document;
};

const bodyOf = (key: string, instance: InstanceDocuments, repository: Repository): Document => {
  const document = instance.repository(repository);
  return key === 'repo:modified' ? { old: document, new: document } : { repository: document, changes: [] };
};

/** Without milliseconds, with an offset without a colon. */
const dateOf = (instant: number): string => `${new Date(instant).toISOString().slice(0, 19)}+0000`;

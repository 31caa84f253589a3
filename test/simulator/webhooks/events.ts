import type { Document } from '../documents/json';
import { pullRequestDocument } from '../documents/pull-requests';
import type { InstanceDocuments } from '../documents/instance';
import type { History } from '../history';
import type { PullRequest, RefChange, Repository } from '../model';
import type { PullRequestReference } from '../world';
import type { Webhooks } from './index';

/**
 * What each event of a pull request is called on the wire, besides pushes and ends. One edit may be told twice. Reopening is told not at all,
 * nor what becomes of a task once it is there: no list of events names it, and that a task of 7.2 is a comment does not say that its state is
 * its text.
 */
const OF_PULL_REQUESTS: Partial<Record<keyof History, readonly string[]>> = {
  createPullRequest: ['pr:opened'],
  edit: ['pr:modified'],
  setDraft: ['pr:modified'],
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
  deleteComment: ['pr:comment:deleted'],
};

const OF_REPOSITORIES: Partial<Record<keyof History, readonly string[]>> = {
  renameRepository: ['repo:modified'],
  editRepository: ['repo:modified'],
  moveRepository: ['repo:modified'],
};

type Event = (...parameters: readonly unknown[]) => unknown;

/** The same history, whose events are also told to webhooks. */
export const observed = (history: History, instance: InstanceDocuments, webhooks: Webhooks): History => {
  const { world } = instance;
  const events = history as unknown as Record<string, Event>;
  const tell = (event: string, repository: Repository, about: Document): void => {
    const actor = instance.user(world.users[0]!);
    webhooks.tell(repository, event, { eventKey: event, date: dateOf(world.now()), actor, ...about });
  };
  const tellAll = (events: readonly string[], repository: Repository, pullRequest: Document): void => {
    for (const event of events) tell(event, repository, { pullRequest });
  };
  /** What branches and tags did since the last time, and pull requests with them. */
  const tellOfRefs = (): void => {
    for (const { event, pullRequest } of world.followed.splice(0))
      tell(event, pullRequest.repository, { pullRequest: documentOf(instance, pullRequest) });
    const changes = world.refChanges.splice(0);
    for (const repository of new Set(changes.map((each) => each.repository))) {
      const own = changes.filter((each) => each.repository === repository).map(changeOf);
      tell('repo:refs_changed', repository, { repository: instance.repository(repository), changes: own });
    }
  };
  world.followed.length = 0;
  world.refChanges.length = 0;
  const told = Object.entries(events).map(([name, run]): [string, Event] => {
    const ofPullRequest = OF_PULL_REQUESTS[name as keyof History];
    const ofRepository = OF_REPOSITORIES[name as keyof History];
    return [
      name,
      (...parameters) => {
        const before =
          ofPullRequest === undefined || name === 'createPullRequest'
            ? undefined
            : world.pullRequest(parameters[0] as PullRequestReference);
        const document = before === undefined ? undefined : documentOf(instance, before);
        const repository = ofRepository === undefined ? undefined : world.repository(parameters[0] as number | string);
        const result = run(...parameters);
        if (ofPullRequest !== undefined && name === 'deletePullRequest') tellAll(ofPullRequest, before!.repository, document!);
        else if (ofPullRequest !== undefined) {
          const after = world.pullRequest((before === undefined ? result : parameters[0]) as PullRequestReference);
          tellAll(ofPullRequest, after.repository, documentOf(instance, after));
        }
        if (repository !== undefined && ofRepository !== undefined) {
          const now = instance.repository(repository);
          for (const event of ofRepository) tell(event, repository, { old: now, new: now });
        }
        tellOfRefs();
        return result;
      },
    ];
  });
  return Object.fromEntries(told) as unknown as History;
};

/** A ref that changed, as `repo:refs_changed` names it. */
const changeOf = ({ refId, fromHash, toHash, type }: RefChange): Document => {
  const [, kind, displayId] = /^refs\/(heads|tags)\/(.*)$/s.exec(refId) ?? [];
  return { ref: { id: refId, displayId, type: kind === 'tags' ? 'TAG' : 'BRANCH' }, refId, fromHash, toHash, type };
};

/** A pull request as events carry it: without the list's counters; since 10.3 with dates as text. */
const documentOf = (instance: InstanceDocuments, pullRequest: PullRequest): Document => {
  const document = pullRequestDocument(instance, pullRequest, 0, false);
  if (Number.parseInt(instance.world.version, 10) < 10) return document;
  return JSON.parse(JSON.stringify(document), (name, value: unknown) =>
    /(?:Date|Timestamp)$/.test(name) && typeof value === 'number' ? new Date(value).toISOString() : value,
  ) as Document;
};

/** Without milliseconds, with an offset without a colon. */
const dateOf = (instant: number): string => `${new Date(instant).toISOString().slice(0, 19)}+0000`;

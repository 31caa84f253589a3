import { isJson, type Json } from '../config/json';
import { type RestParticipant, type RestPullRequest } from '../bitbucket/api/payloads';
import type { PullRequestRecord } from '../generated/pull_requests';
import { columnsOf } from './columns';
import { document, documents, flag, instant, integer, text } from './documents';
import { fingerprint } from './fingerprint';
import type { PullRequestReference, PullRequestStream, RepositoryReference } from './stream';

const COUNTERS = ['commentCount', 'openTaskCount', 'resolvedTaskCount'] as const;

/** The pull requests, each from its list entry alone: no request of their own. */
export const pullRequests: PullRequestStream = {
  kind: 'item',
  of: 'pull requests',
  name: 'pull_requests',
  primaryKey: ['repository_id', 'id'],
  cursor: 'updated_date',
  columns: columnsOf('pull_requests'),
  requestKinds: ['pull-requests', 'pull-request'],
  fingerprint: fingerprintOfEntry,
  source: { from: 'entry', row: rowOf },
  itemKey: (repositoryId, id) => ({ repository_id: repositoryId, id }),
};

function rowOf(listed: RestPullRequest, repository: RepositoryReference): PullRequestRecord {
  const { fromRef, toRef, author } = listed;
  const [commentCount, openTaskCount, resolvedTaskCount] = countersOf(listed);
  const mergeCommit = isJson(listed.properties?.mergeCommit) ? text(listed.properties.mergeCommit.id) : null;
  return {
    repository_id: repository.id,
    id: listed.id,
    repository_full_name: repository.fullName,
    project_key: repository.key,
    repository_slug: repository.slug,
    version: integer(listed.version),
    title: text(listed.title),
    description: text(listed.description),
    state: text(listed.state),
    open: flag(listed.open),
    closed: flag(listed.closed),
    draft: flag(listed.draft),
    locked: flag(listed.locked),
    created_date: instant(listed.createdDate),
    updated_date: instant(listed.updatedDate) ?? '',
    closed_date: instant(listed.closedDate),
    author_id: integer(author?.user?.id),
    author: document(author),
    reviewers: documents(listed.reviewers),
    participants: documents(listed.participants),
    source_branch: text(fromRef?.displayId),
    target_branch: text(toRef?.displayId),
    source_commit: text(fromRef?.latestCommit),
    target_commit: text(toRef?.latestCommit),
    source_repository_id: integer(fromRef?.repository?.id),
    from_ref: document(fromRef),
    to_ref: document(toRef),
    merge_commit: mergeCommit,
    comment_count: commentCount ?? 0,
    open_task_count: openTaskCount ?? 0,
    resolved_task_count: resolvedTaskCount ?? 0,
    properties: document(withoutMergeResult(listed.properties)),
    url: selfLink(listed.links),
    links: document(listed.links),
    deleted_at: null,
  };
}

/** Everything that the row shows, less what is a descriptive copy; who reviews is a set. */
function fingerprintOfEntry(listed: RestPullRequest): string {
  const properties: Record<string, unknown> = { ...withoutMergeResult(listed.properties) };
  for (const counter of COUNTERS) properties[counter] = undefined;
  return fingerprint([
    [listed.version, listed.title, listed.description, listed.state, listed.open, listed.closed, listed.draft, listed.locked],
    [listed.createdDate, listed.updatedDate, listed.closedDate],
    [listed.author, asSet(listed.reviewers), asSet(listed.participants), listed.fromRef, listed.toRef],
    [countersOf(listed), properties],
  ]);
}

/** The counters; one that is absent is 0. */
export function countersOf(listed: RestPullRequest): number[] {
  return COUNTERS.map((counter) => integer(listed.properties?.[counter]) ?? 0);
}

/** The participants in an order that does not depend on the server's. */
export function asSet(participants: readonly RestParticipant[] | undefined): readonly RestParticipant[] {
  const given: unknown = participants;
  if (!Array.isArray(given)) return [];
  const idOf = (one: unknown) => (isJson(one) && isJson(one.user) ? (integer(one.user.id) ?? 0) : 0);
  return [...(given as RestParticipant[])].sort((one, other) => idOf(one) - idOf(other));
}

/** What the other pull-request streams need of a list entry. */
export function referenceOf(listed: RestPullRequest): PullRequestReference {
  return {
    id: listed.id,
    // States keep whole milliseconds: a part of one would lie before the beginning of what is covered, as written there.
    updatedDate: Math.floor(listed.updatedDate),
    open: listed.state === undefined ? listed.open === true : listed.state === 'OPEN',
    sourceCommit: text(listed.fromRef?.latestCommit),
    targetCommit: text(listed.toRef?.latestCommit),
  };
}

/** `mergeResult` is a cache that the server recomputes by itself. */
function withoutMergeResult(properties: unknown): Json | undefined {
  if (!isJson(properties)) return undefined;
  if (!('mergeResult' in properties)) return properties;
  return Object.fromEntries(Object.entries(properties).filter(([key]) => key !== 'mergeResult'));
}

function selfLink(links: unknown): string | null {
  const self = isJson(links) && Array.isArray(links.self) ? (links.self[0] as unknown) : null;
  return isJson(self) ? text(self.href) : null;
}

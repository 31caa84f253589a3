import { ok, refusals, type Answer } from '../answers';
import { changeDocuments, jsonDiff } from '../diffs/json';
import { rawDiff } from '../diffs/raw';
import { commitDocument } from '../documents/commits';
import { activityDocument, pullRequestDocument } from '../documents/pull-requests';
import { commitsOf } from '../git/pull-request-commits';
import type { Commit, PullRequest, Repository } from '../model';
import { page, pageRequest } from '../paging';
import type { Call } from '../routes';
import { findAvailable, findPullRequest } from './access';

const STATES = ['ALL', 'OPEN', 'MERGED', 'DECLINED'] as const;

/** NEWEST is by `updatedDate`, the latest first. */
export const pullRequests = (call: Call): Answer => {
  const repository = findAvailable(call);
  const { context, query } = call;
  const { instance, views } = context;
  const withProperties = query.get('withProperties') !== 'false';
  const view = views.get(repository.id) ?? 0;
  return ok(
    page(listed(call, repository), query, call.paging('pullRequests'), (id) => {
      const found = repository.pullRequests.get(id);
      return found === undefined ? null : pullRequestDocument(instance, found, view, withProperties);
    }),
  );
};

const listed = ({ query, context }: Call, repository: Repository): readonly number[] => {
  const wanted = (query.get('state') ?? 'OPEN').toUpperCase();
  const state = STATES.find((each) => each === wanted);
  if (state === undefined) throw refusals.badState(wanted);
  let ids = repository.pullRequests.ids(state);
  const keep = filters(query, repository, context.world.features.draft);
  if (keep !== undefined) {
    ids = ids.filter((id) => {
      const found = repository.pullRequests.get(id);
      return found !== undefined && keep(found);
    });
  }
  return query.get('order')?.toUpperCase() === 'OLDEST' ? ids.toReversed() : ids;
};

/** The filters that make it look into each pull request; none for an ordinary list. */
const filters = (
  query: URLSearchParams,
  repository: Repository,
  draft: boolean,
): ((pullRequest: PullRequest) => boolean) | undefined => {
  const at = query.get('at');
  const text = query.get('filterText')?.toLowerCase();
  const drafts = draft ? query.get('draft') : null;
  const outgoing = query.get('direction')?.toUpperCase() === 'OUTGOING';
  if (at === null && text === undefined && drafts === null && !outgoing) return undefined;
  return (each) => {
    const end = outgoing ? each.from : each.to;
    return (
      (!outgoing || each.from.repository === repository) &&
      (at === null || at === `refs/heads/${end.name}` || at === end.name) &&
      (text === undefined || each.title.toLowerCase().includes(text)) &&
      (drafts === null || String(each.draft) === drafts)
    );
  };
};

/** One; newer versions leave the counters to the list. */
export const pullRequest = (call: Call): Answer => {
  const found = findPullRequest(call);
  const { instance, views, world } = call.context;
  const view = (views.get(found.repository.id) ?? 0) + 1;
  return ok(pullRequestDocument(instance, found, view, world.features.propertiesOfOne && found.id % 3 !== 0));
};

/** Newest first. */
export const activities = (call: Call): Answer => {
  const found = findPullRequest(call);
  const { instance } = call.context;
  const list = found.activities;
  const newest = Array.from({ length: list.length }, (_, index) => list.length - 1 - index);
  return ok(page(newest, call.query, call.paging('activities'), (index) => activityDocument(instance, found, list[index]!)));
};

/** Raw for `text/plain`, where the server gives it; else JSON, where lines are capped. */
export const diff = (call: Call): Answer => {
  const found = expectCommits(call);
  const { rawDiff: manner, maxDiffLines } = call.context.settings;
  const contextLines = Number(call.query.get('contextLines') ?? 10);
  const wantsText = /text\/plain/.test(call.accept) && !/json/.test(call.accept);
  if (wantsText && manner === 'refused') throw refusals.notAcceptable();
  if (wantsText && manner === 'text')
    return { kind: 'stream', type: 'text/plain;charset=UTF-8', chunks: rawDiff(found, contextLines) };
  const path = call.parameters[3] ?? '';
  return ok(jsonDiff(found, { contextLines, maxLines: maxDiffLines, ...(path === '' ? {} : { path }) }));
};

export const diffFile = (call: Call): Answer => {
  const { context, query } = call;
  if (!context.world.features.diffFile)
    throw refusals.noSuchRoute(context.world.features.missingRoute, context.baseUrl() + call.url);
  return {
    kind: 'stream',
    type: 'text/plain;charset=UTF-8',
    chunks: rawDiff(expectCommits(call), Number(query.get('contextLines') ?? 10)),
  };
};

/** One page only: `start` is ignored, and what lies beyond the cap is never told. */
export const changes = (call: Call): Answer => {
  const found = expectCommits(call);
  const { cap } = call.paging('changes');
  const { limit } = pageRequest(call.query, cap);
  const all = changeDocuments(found, call.context.world.features.copies);
  const values = all.slice(0, limit);
  return ok({
    fromHash: found.to.commit,
    toHash: found.from.commit,
    properties: { changeScope: 'ALL' },
    values,
    size: values.length,
    isLastPage: values.length === all.length,
    start: 0,
    limit,
    nextPageStart: null,
  });
};

/** Newest first; what the server lost is no longer there. */
export const commits = (call: Call): Answer => {
  const found = expectCommits(call);
  const list = commitsOf(found);
  const { instance, world } = call.context;
  const body = page(list, call.query, call.paging('commits'), (each) =>
    commitDocument(instance, each, world.features.fullParents),
  );
  return ok({ ...body, ...counts(list) });
};

/** How many there are, and how many people wrote them. */
export const counts = (list: readonly Commit[]): { readonly authorCount: number; readonly totalCount: number } => ({
  authorCount: new Set(list.map(({ author }) => author.name)).size,
  totalCount: list.length,
});

const expectCommits = (call: Call): PullRequest => {
  const found = findPullRequest(call);
  const { repository, from } = found;
  if (repository.git.get(from.commit) === undefined) throw refusals.noSuchCommit(from.commit, repository.slug);
  return found;
};

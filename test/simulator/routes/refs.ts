import { ok, refusals, type Answer } from '../answers';
import { branchDocument, tagDocument } from '../documents/refs';
import type { Commit } from '../model';
import { page } from '../paging';
import type { Call } from '../routes';
import { fullName } from '../world';
import { findAvailable } from './access';

/** By name, or the latest commit first; `filterText` looks for each of its words. */
export const branches = (call: Call): Answer => {
  const { git } = findAvailable(call);
  const { instance, settings } = call.context;
  const list = ordered([...git.branches], call.query, (commit) => commit);
  return ok(
    page(list, call.query, call.paging('branches'), ([name, commit]) =>
      branchDocument(instance, name, commit, settings.defaultFlag, name === git.defaultBranch),
    ),
  );
};

export const tags = (call: Call): Answer => {
  const { git } = findAvailable(call);
  const list = ordered([...git.tags], call.query, ({ commit }) => commit);
  return ok(page(list, call.query, call.paging('tags'), ([name, tag]) => tagDocument(call.context.instance, name, tag)));
};

/** The name stands in the path with its slashes. */
export const tag = (call: Call): Answer => {
  const { git, slug } = findAvailable(call);
  const name = (call.parameters[2] ?? '').replace(/^refs\/tags\//, '');
  const found = git.tags.get(name);
  if (found === undefined) throw refusals.noSuchTag(name, slug);
  return ok(tagDocument(call.context.instance, name, found));
};

/** Since 7.5. */
export const defaultBranch = (call: Call): Answer => {
  const { features } = call.context.world;
  if (!features.defaultBranch) throw refusals.noSuchRoute(features.missingRoute, call.context.baseUrl() + call.url);
  const found = findAvailable(call);
  const branch = found.git.defaultBranch;
  if (branch === undefined) throw refusals.noDefaultBranch(fullName(found));
  return ok({ id: `refs/heads/${branch}`, displayId: branch, type: 'BRANCH' });
};

/** The older way; an empty repository has nothing to say. */
export const branchesDefault = (call: Call): Answer => {
  const found = findAvailable(call);
  const { git } = found;
  const branch = git.defaultBranch;
  const commit = git.tip;
  if (branch !== undefined && commit !== undefined)
    return ok(branchDocument(call.context.instance, branch, commit, 'isDefault', true));
  if (call.context.world.features.emptyBranch === 404 || git.branches.size > 0) throw refusals.noDefaultBranch(fullName(found));
  return { kind: 'empty', status: 204 };
};

const ordered = <T>(
  list: (readonly [string, T])[],
  query: URLSearchParams,
  commitOf: (entry: T) => Commit,
): (readonly [string, T])[] => {
  const words = (query.get('filterText') ?? '')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const found = list.filter(([name]) => words.every((word) => name.toLowerCase().includes(word)));
  const byName = query.get('orderBy')?.toUpperCase() === 'ALPHABETICAL';
  const date = ([, entry]: readonly [string, T]): number => (byName ? 0 : commitOf(entry).committerDate);
  return found.sort((a, b) => date(b) - date(a) || compareNames(a[0], b[0]));
};

/** By code unit, as names of refs are sorted. */
const compareNames = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

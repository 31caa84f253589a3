import type { Refusal } from '../answers';
import { ok, refusals, type Answer } from '../answers';
import { buildDocument, buildsOf, buildStatusDocument, statsDocument } from '../documents/builds';
import { page } from '../paging';
import type { Call } from '../routes';
import { expectAccess, findAvailable } from './access';

const noRoute = ({ context, url }: Call): Refusal =>
  refusals.noSuchRoute(context.world.features.missingRoute, context.baseUrl() + url);

/** Build statuses belong to commits, not to repositories: any login may ask for any commit. */
const expectBuildStatuses = (call: Call): void => {
  if (!call.context.settings.buildStatuses) throw noRoute(call);
  expectAccess({ ...call, context: { ...call.context, settings: { ...call.context.settings, publicAccess: false } } });
};

const commitOf = (call: Call): string => {
  const [commit = ''] = call.parameters;
  if (!/^[0-9a-f]{40}$/i.test(commit)) throw refusals.badRequest('commitId', `${commit} is not a full 40-character SHA1`);
  return commit.toLowerCase();
};

/** The newest hundred; NEWEST first unless told otherwise. */
export const statuses = (call: Call): Answer => {
  expectBuildStatuses(call);
  const list = [...buildsOf(call.context.world, commitOf(call))];
  const order = call.query.get('orderBy')?.toUpperCase();
  if (order === 'OLDEST') list.reverse();
  if (order === 'STATUS') list.sort((a, b) => (a.state < b.state ? -1 : a.state > b.state ? 1 : 0));
  return ok(page(list, call.query, call.paging('builds'), buildStatusDocument));
};

/** Counters of many commits; of those without builds nothing. */
export const stats = (call: Call): Answer => {
  expectBuildStatuses(call);
  const { world, settings } = call.context;
  const refused = settings.refusesBuildStats;
  if (refused === 401) throw refusals.notPermitted();
  if (refused === 404) throw noRoute(call);
  if (refused === 405) return { kind: 'empty', status: 405 };
  if (refused !== undefined) throw refusals.forbidden(refused);
  const asked = commitsIn(call.body);
  if (asked === undefined) throw refusals.badRequest('', 'The body must be a list of commits');
  const known = [...new Set(asked)].filter((commit) => buildsOf(world, commit).length > 0);
  return ok(Object.fromEntries(known.map((commit) => [commit, statsDocument(world, commit)])));
};

/** The same for one; without builds zeros. */
export const statsOfCommit = (call: Call): Answer => {
  expectBuildStatuses(call);
  return ok(statsDocument(call.context.world, commitOf(call)));
};

/** Since 7.14: one build with its details, in the repository that it was said in. */
export const build = (call: Call): Answer => {
  const { instance, world, settings } = call.context;
  if (!world.features.richBuilds || !settings.buildStatuses) throw noRoute(call);
  const repository = findAvailable(call);
  const name = call.parameters[2] ?? '';
  const commit = repository.git.resolve(name);
  if (commit === undefined) throw refusals.noSuchCommit(name, repository.slug);
  const key = call.query.get('key') ?? '';
  if (key === '') throw refusals.badRequest('key', 'A key is required');
  const found = buildsOf(world, commit.id).find((each) => each.key === key);
  if (found?.repository !== repository) throw refusals.noSuchBuild(key, commit.id);
  return ok(buildDocument(instance, found));
};

/** Since 7.14: what this server can do. */
export const capabilities = (call: Call): Answer => {
  const { world, settings } = call.context;
  if (!world.features.richBuilds || !settings.buildStatuses) throw noRoute(call);
  expectAccess(call);
  return ok({ buildStatus: ['richBuildStatus'] });
};

const commitsIn = (body: string): readonly string[] | undefined => {
  try {
    const parsed: unknown = JSON.parse(body);
    return Array.isArray(parsed) && parsed.every((each) => typeof each === 'string') ? parsed : undefined;
  } catch {
    return undefined;
  }
};

import { Refusal, refusals } from '../answers';
import type { Project, PullRequest, Repository } from '../model';
import { fullName } from '../world';
import type { Call } from '../routes';

/** Nobody without a login, unless the server lets everybody in; application properties and status are open to all. */
export const expectAccess = ({ identity, context }: Call): void => {
  if (identity.kind !== 'anonymous' || context.settings.publicAccess) return;
  throw context.world.features.loginRequired ? refusals.loginRequired() : refusals.notPermitted();
};

/** Only a person: what tokens of projects and anonymous clients never get. */
export const expectUser = (call: Call): void => {
  if (call.identity.kind === 'user') return;
  expectAccess({ ...call, context: { ...call.context, settings: { ...call.context.settings, publicAccess: false } } });
  throw refusals.notPermitted();
};

/** The project that the path names, or the right refusal: redirect, 401, 404. */
export const findProject = (call: Call): Project => {
  expectAccess(call);
  const {
    context,
    parameters: [key = ''],
  } = call;
  const found = context.world.findProject(key);
  if (found === undefined) {
    const moved = context.world.formerProjects.get(key.toLowerCase());
    if (moved !== undefined && !moved.deleted) redirect(call, `/projects/${encodeURIComponent(key)}`, `/projects/${moved.key}`);
    throw refusals.noSuchProject(key);
  }
  if (context.permissions.hiddenFrom(call.identity, found) === 401) throw refusals.notPermitted();
  if (!context.permissions.project(call.identity, found)) throw refusals.noSuchProject(key);
  return found;
};

/** The repository that the path names, or the right refusal. */
export const findRepository = (call: Call): Repository => {
  expectAccess(call);
  const {
    context,
    parameters: [key = '', slug = ''],
  } = call;
  const { world } = context;
  const found = world.findRepository(`${key}/${slug}`);
  if (found === undefined) {
    const moved = world.formerRepositories.get(`${key}/${slug}`.toLowerCase());
    if (moved !== undefined && !moved.deleted) {
      redirect(
        call,
        `/projects/${encodeURIComponent(key)}/repos/${encodeURIComponent(slug)}`,
        `/projects/${moved.project.key}/repos/${moved.slug}`,
      );
    }
    const project = world.findProject(key);
    throw project === undefined || context.permissions.hiddenFrom(call.identity, project) !== false
      ? refusals.noSuchProject(key)
      : refusals.noSuchRepository(project.key, slug);
  }
  if (context.permissions.hiddenFrom(call.identity, found) === 401) throw refusals.notPermitted();
  if (context.permissions.hiddenFrom(call.identity, found.project) !== false) throw refusals.noSuchProject(key);
  if (!context.permissions.repository(call.identity, found)) throw refusals.noSuchRepository(found.project.key, slug);
  return found;
};

/** As `findRepository`, of which the contents can be read. */
export const findAvailable = (call: Call): Repository => {
  const found = findRepository(call);
  if (found.state !== 'AVAILABLE') throw refusals.notAvailable(fullName(found));
  return found;
};

/** The pull request that the path names. */
export const findPullRequest = (call: Call): PullRequest => {
  const repository = findAvailable(call);
  const id = call.parameters[2] ?? '';
  const { context } = call;
  if (!/^\d+$/.test(id)) throw refusals.noSuchRoute(context.world.features.missingRoute, context.baseUrl() + call.url);
  const found = repository.pullRequests.get(Number(id));
  if (found === undefined) throw refusals.noSuchPullRequest(fullName(repository), id);
  return found;
};

const redirect = ({ context, url }: Call, from: string, to: string): void => {
  const plain = url.replace(/%7E/gi, '~');
  const at = plain.toLowerCase().indexOf(from.toLowerCase());
  if (!context.settings.redirects || at < 0) return;
  throw new Refusal({ kind: 'redirect', location: context.baseUrl() + plain.slice(0, at) + to + plain.slice(at + from.length) });
};

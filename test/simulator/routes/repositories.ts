import { ok, type Answer } from '../answers';
import type { Repository } from '../model';
import { page } from '../paging';
import type { Call } from '../routes';
import { expectAccess, expectUser, findProject, findRepository } from './access';

/** Without personal projects, by name. */
export const projects = (call: Call): Answer => {
  expectAccess(call);
  const { context, identity, query } = call;
  const name = (query.get('name') ?? '').toLowerCase();
  const list = context.world.projects.filter(
    (each) => each.owner === undefined && context.permissions.project(identity, each) && each.name.toLowerCase().includes(name),
  );
  list.sort((a, b) => compare(a.name, b.name) || a.id - b.id);
  return ok(page(list, query, call.paging('projects'), (each) => context.instance.project(each)));
};

/** Also a personal one. */
export const project = (call: Call): Answer => ok(call.context.instance.project(findProject(call)));

export const projectRepositories = (call: Call): Answer => {
  const found = findProject(call);
  return listRepositories(
    call,
    visibleTo(call).filter((each) => each.project === found),
  );
};

/** All that the account sees, personal ones too; archived ones only if asked for. */
export const repositories = (call: Call): Answer => {
  expectAccess(call);
  return listRepositories(call, visibleTo(call).filter(repositoryFilter(call)));
};

export const recentRepositories = (call: Call): Answer => {
  expectUser(call);
  return listRepositories(
    call,
    visibleTo(call)
      .filter(({ archived }) => !archived)
      .slice(0, 20),
  );
};

export const repository = (call: Call): Answer => ok(call.context.instance.repository(findRepository(call)));

const visibleTo = ({ context, identity }: Call): Repository[] =>
  context.world.repositories.filter((each) => context.permissions.repository(identity, each));

const listRepositories = (call: Call, list: Repository[]): Answer => {
  list.sort((a, b) => compare(a.project.key, b.project.key) || compare(a.slug, b.slug));
  return ok(page(list, call.query, call.paging('repositories'), (each) => call.context.instance.repository(each)));
};

/** The filters of `/repos` that the version knows; unknown ones are ignored. */
const repositoryFilter = ({ query, context }: Call): ((repository: Repository) => boolean) => {
  const { archive } = context.world.features;
  const text = (name: string): string => (query.get(name) ?? '').toLowerCase();
  const name = text('name');
  const projectName = text('projectname');
  const projectKey = archive ? text('projectkey') : '';
  const archived = archive ? text('archived') || 'active' : 'all';
  const visibility = text('visibility');
  const state = text('state');
  return (each) =>
    each.name.toLowerCase().includes(name) &&
    each.project.name.toLowerCase().includes(projectName) &&
    (projectKey === '' || each.project.key.toLowerCase() === projectKey) &&
    (archived === 'all' || each.archived === (archived === 'archived')) &&
    (visibility === '' || each.public === (visibility === 'public')) &&
    (state === '' || each.state.toLowerCase() === state);
};

const compare = (a: string, b: string): number => {
  const [left, right] = [a.toLowerCase(), b.toLowerCase()];
  return left < right ? -1 : left > right ? 1 : 0;
};

import type { PullRequestReference, Simulator } from '../simulator';
import { isEverydayLife } from './changes';

type Kind = 'repository' | 'project' | 'pull request' | 'user' | 'name' | readonly string[];

/** What can be made to happen: of what kind each argument is; a list names the fields that an object may have, the first ones with `!` it must. */
export const EVENTS: Readonly<Record<string, readonly Kind[]>> = {
  renameProject: ['project', 'name'],
  deleteProject: ['project'],
  renameRepository: ['repository', ['slug!', 'name']],
  moveRepository: ['repository', 'project'],
  archiveRepository: ['repository'],
  deleteRepository: ['repository'],
  createPullRequest: ['repository', ['author!', 'title', 'description', 'reviewers']],
  edit: ['pull request', ['title', 'description']],
  push: ['pull request', []],
  approve: ['pull request', 'user'],
  needsWork: ['pull request', 'user'],
  comment: ['pull request', ['user!', 'text!']],
  merge: ['pull request', ['user', 'strategy']],
  decline: ['pull request', ['user']],
  reopen: ['pull request', ['user']],
  deletePullRequest: ['pull request'],
  renameUser: ['user', ['displayName']],
  deactivateUser: ['user'],
  pushCommits: ['repository', ['commits', 'branch']],
  tag: ['repository', 'name'],
};

/** What an object may hold, by example; short, for an example is to fit on a line of a terminal. */
const VALUES: Readonly<Record<string, unknown>> = {
  slug: 'site',
  name: 'Site',
  author: 'jane',
  user: 'jane',
  title: 'Better',
  description: 'Why',
  text: 'ok',
  reviewers: ['carol'],
  displayName: 'Carol Smith',
  strategy: 'squash',
  commits: 2,
  branch: 'main',
};

/** How an event is written: as it can be typed, and what its object may hold besides, or null. */
export interface Example {
  readonly line: string;
  readonly more: string | null;
}

/** How an event is written at this moment: it names what is there, so that it happens as it stands. */
export function exampleOf(simulator: Simulator, call: string): Example {
  const kinds = EVENTS[call] ?? [];
  const values = valuesOn(simulator, call);
  const given = kinds.map((kind) => (typeof kind === 'string' ? values[kind] : objectOf(shownOf(kind))));
  // An object with nothing in it need not be there.
  if (JSON.stringify(given.at(-1)) === '{}') given.pop();
  const more = objectOf(
    kinds.flatMap((kind) => (typeof kind === 'string' ? [] : withoutMarks(kind).slice(shownOf(kind).length))),
  );
  return {
    line: JSON.stringify({ call, arguments: given }),
    more: Object.keys(more).length === 0 ? null : JSON.stringify(more).slice(1, -1),
  };
}

/** The fields that an example shows: those that must be there, or else the first. */
function shownOf(fields: readonly string[]): string[] {
  const required = fields.filter((field) => field.endsWith('!'));
  return withoutMarks(required.length > 0 ? required : fields.slice(0, 1));
}

function withoutMarks(fields: readonly string[]): string[] {
  return fields.map((field) => field.replace('!', ''));
}

function objectOf(fields: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(fields.map((field) => [field, VALUES[field]]));
}

/** For each kind of argument one that is there now; if everything was deleted, one that was. */
function valuesOn({ world }: Simulator, call: string): Readonly<Record<Exclude<Kind, readonly string[]>, string>> {
  const state = call === 'reopen' ? 'DECLINED' : 'OPEN';
  const repositories = world.visibleRepositories().filter(({ archived }) => !archived);
  const able = repositories.filter(({ pullRequests }) => pullRequests.ids(state).length > 0);
  const everyday = able.filter(({ project }) => isEverydayLife(project.key));
  // The one with the shortest name leaves most room for the rest of the line.
  const [repository = repositories[0]] = (everyday.length > 0 ? everyday : able).toSorted(
    (a, b) => nameOf(a).length - nameOf(b).length,
  );
  const id = repository?.pullRequests.ids(state)[0] ?? 1;
  const project = world
    .visibleProjects()
    .find(({ key }) => isEverydayLife(key) && world.findRepository(`${key}/${repository?.slug}`) === undefined);
  const name = repository === undefined ? 'WEB/api' : nameOf(repository);
  return {
    repository: name,
    'pull request': `${name}#${id}`,
    project: project?.key ?? 'PAY',
    user: repository?.pullRequests.get(id)?.author.name === 'carol' ? 'jane' : 'carol',
    name: call === 'tag' ? 'v9' : 'New name',
  };
}

function nameOf({ project, slug }: { readonly project: { readonly key: string }; readonly slug: string }): string {
  return `${project.key}/${slug}`;
}

/** What somebody typed cannot happen as it is written. Nothing has happened then. */
export class NotUnderstood extends Error {
  /** `event`: of which an example helps. */
  constructor(
    message: string,
    readonly event: string | null = null,
  ) {
    super(message);
  }
}

/** Has happen what somebody typed. @throws NotUnderstood, or what the server says against it */
export function happen(simulator: Simulator, line: string): void {
  const { call, given } = parsed(line);
  const kinds = Object.hasOwn(EVENTS, call) ? EVENTS[call] : undefined;
  if (kinds === undefined) throw new NotUnderstood(`There is no event ${call}: type help to see those that there are.`);
  for (const [index, kind] of kinds.entries()) {
    const wrong = mistakeIn(simulator, kind, given[index]);
    if (wrong !== null) throw new NotUnderstood(`That did not happen: argument ${index + 1} ${wrong}. For example:`, call);
  }
  if (given.length > kinds.length) throw new NotUnderstood('That did not happen: it has too many arguments. For example:', call);
  const meant = given.map((each, index) => (kinds[index] === 'pull request' ? pullRequestOf(simulator, each) : each));
  (simulator.history as unknown as Record<string, (...parameters: readonly unknown[]) => unknown>)[call]?.(...meant);
}

function parsed(line: string): { readonly call: string; readonly given: readonly unknown[] } {
  const word = line.trim();
  if (Object.hasOwn(EVENTS, word)) throw new NotUnderstood(`${word} is written as JSON on one line:`, word);
  if (/^\w+$/.test(word)) throw new NotUnderstood(`There is no event ${word}: type help to see those that there are.`);
  try {
    const { call, arguments: given = [] } = JSON.parse(line) as { call: unknown; arguments?: unknown };
    if (typeof call === 'string' && Array.isArray(given)) return { call, given };
  } catch {
    // told below
  }
  throw new NotUnderstood('That is no event as JSON on one line: type help to see how each is written.');
}

/** A pull request by name and number, as people write it, or by the ids that the server's documents have. */
function pullRequestOf({ world }: Simulator, given: unknown): PullRequestReference | null {
  const [, name = '', number] = /^(.+?) ?#(\d+)$/.exec(typeof given === 'string' ? given : '') ?? [];
  const { repositoryId, id } =
    number === undefined
      ? ((given ?? {}) as { repositoryId?: unknown; id?: unknown })
      : { repositoryId: name, id: Number(number) };
  const repository = world.visibleRepositories().find((each) => each.id === repositoryId || nameOf(each) === repositoryId);
  return typeof id !== 'number' || repository?.pullRequests.get(id) === undefined ? null : { repositoryId: repository.id, id };
}

/** Null: there is none. */
function mistakeIn(simulator: Simulator, kind: Kind, given: unknown): string | null {
  const { world } = simulator;
  if (typeof kind !== 'string') return mistakeInFields(world, kind, given);
  const isText = typeof given === 'string' && given !== '';
  switch (kind) {
    case 'name':
      return isText ? null : 'is a name';
    case 'project':
      return isText && world.visibleProjects().some(({ key }) => key === given) ? null : 'is the key of a project that is there';
    case 'repository':
      return isText && world.visibleRepositories().some((each) => nameOf(each) === given)
        ? null
        : 'is KEY/slug of a repository that is there';
    case 'user':
      return isText && world.users.some(({ name }) => name === given) ? null : `is one of ${namesIn(world)}`;
    case 'pull request':
      return pullRequestOf(simulator, given) === null ? 'is KEY/slug#number of a pull request that is there' : null;
  }
}

function mistakeInFields(world: Simulator['world'], fields: readonly string[], given: unknown): string | null {
  const known = withoutMarks(fields);
  const required = withoutMarks(fields.filter((field) => field.endsWith('!')));
  if (given === undefined && required.length === 0) return null;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return `is an object with ${known.join(', ')}`;
  const missing = required.find((field) => !(field in given));
  if (missing !== undefined) return `lacks ${missing}`;
  const stranger = Object.keys(given).find((field) => !known.includes(field));
  if (stranger !== undefined) return `has no ${stranger}`;
  for (const [field, value] of Object.entries(given)) {
    const people = field === 'user' || field === 'author' ? [value] : field === 'reviewers' && Array.isArray(value) ? value : [];
    if (people.some((name) => !world.users.some((user) => user.name === name)))
      return `names nobody who is there: choose among ${namesIn(world)}`;
    if (typeof value !== typeof VALUES[field]) return `has a ${field} of another kind`;
  }
  return null;
}

function namesIn(world: Simulator['world']): string {
  return world.users.map(({ name }) => name).join(', ');
}

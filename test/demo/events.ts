import type { Simulator } from '../simulator';

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
  pushCommits: ['repository', ['branch', 'commits']],
  tag: ['repository', 'name'],
};

/** Examples of what every argument of a kind looks like, on this server. */
export interface Examples {
  readonly pullRequest: { readonly repositoryId: number; readonly id: number };
  readonly user: string;
}

const VALUES: Readonly<Record<string, unknown>> = {
  slug: 'site',
  name: 'Site',
  author: 'jane',
  user: 'jane',
  title: 'Say what changed',
  description: 'And why',
  text: 'Looks good',
  reviewers: ['carol'],
  displayName: 'Carol Smith',
  strategy: 'squash',
  branch: 'main',
  commits: 2,
};

/** How a call is written. */
export function exampleOf(call: string, examples: Examples): string {
  const kinds = EVENTS[call] ?? [];
  const argument = (kind: Kind): unknown => {
    if (typeof kind !== 'string')
      return Object.fromEntries(kind.map((field) => field.replace('!', '')).map((field) => [field, VALUES[field]]));
    if (kind === 'pull request') return examples.pullRequest;
    return { repository: 'WEB/api', project: 'PAY', user: examples.user, name: 'v9' }[kind];
  };
  return JSON.stringify({ call, arguments: kinds.map(argument) });
}

/** Has happen what somebody typed. @throws Error that says how it is written; then nothing has happened */
export function happen(simulator: Simulator, line: string, examples: Examples): void {
  const { call, given } = parsed(line, examples);
  const kinds = EVENTS[call];
  if (kinds === undefined) throw new Error(`there is no ${call}. There are ${Object.keys(EVENTS).join(', ')}`);
  for (const [index, kind] of kinds.entries()) {
    const wrong = mistakeIn(simulator, kind, given[index]);
    if (wrong !== null) throw new Error(`argument ${index + 1} ${wrong}. For example: ${exampleOf(call, examples)}`);
  }
  if (given.length > kinds.length) throw new Error(`too many arguments. For example: ${exampleOf(call, examples)}`);
  (simulator.history as unknown as Record<string, (...parameters: readonly unknown[]) => unknown>)[call]?.(...given);
}

function parsed(line: string, examples: Examples): { readonly call: string; readonly given: readonly unknown[] } {
  try {
    const { call, arguments: given = [] } = JSON.parse(line) as { call: unknown; arguments?: unknown };
    if (typeof call === 'string' && Array.isArray(given)) return { call, given };
  } catch {
    // told below
  }
  throw new Error(
    `write it as JSON on one line, such as ${exampleOf('merge', examples)}. There are ${Object.keys(EVENTS).join(', ')}`,
  );
}

/** Null: there is none. */
function mistakeIn({ world }: Simulator, kind: Kind, given: unknown): string | null {
  if (typeof kind !== 'string') return mistakeInFields(world, kind, given);
  const isText = typeof given === 'string' && given !== '';
  switch (kind) {
    case 'name':
      return isText ? null : 'is a name';
    case 'project':
      return isText && world.visibleProjects().some(({ key }) => key === given) ? null : 'is the key of a project that is there';
    case 'repository':
      return isText && world.visibleRepositories().some(({ project, slug }) => `${project.key}/${slug}` === given)
        ? null
        : 'is KEY/slug of a repository that is there';
    case 'user':
      return isText && world.users.some(({ name }) => name === given) ? null : `is one of ${namesIn(world)}`;
    case 'pull request': {
      const { repositoryId, id } = (given ?? {}) as { repositoryId?: unknown; id?: unknown };
      const repository = world.visibleRepositories().find((each) => each.id === repositoryId);
      return typeof id === 'number' && repository?.pullRequests.get(id) !== undefined
        ? null
        : 'is a pull request that is there, by the id of its repository and its own';
    }
  }
}

function mistakeInFields(world: Simulator['world'], fields: readonly string[], given: unknown): string | null {
  const known = fields.map((field) => field.replace('!', ''));
  const required = fields.filter((field) => field.endsWith('!')).map((field) => field.slice(0, -1));
  if (given === undefined && required.length === 0) return null;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return `is an object with ${known.join(', ')}`;
  const missing = required.find((field) => !(field in given));
  if (missing !== undefined) return `lacks ${missing}`;
  const stranger = Object.keys(given).find((field) => !known.includes(field));
  if (stranger !== undefined) return `has no ${stranger}`;
  for (const [field, value] of Object.entries(given)) {
    const people = field === 'user' || field === 'author' ? [value] : field === 'reviewers' && Array.isArray(value) ? value : [];
    if (people.some((name) => !world.users.some((user) => user.name === name)))
      return `names somebody else than ${namesIn(world)}`;
    if (typeof value !== typeof VALUES[field]) return `has a ${field} of another kind`;
  }
  return null;
}

function namesIn(world: Simulator['world']): string {
  return world.users.map(({ name }) => name).join(', ');
}

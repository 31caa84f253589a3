import type { RestProject, RestRepository } from '../bitbucket/api/payloads';
import { nearest } from '../text/nearest';
import { warningOfProjects } from '../config/unseen-names';
import { describeFilters, type Filters, matchesProject, namedPersonalProjects, selectsRepository } from '../config/filters';

/** What the account sees, as far as it was looked at. */
export interface Visible {
  readonly projects: readonly RestProject[];
  readonly repositories: readonly RestRepository[];
  /** Whether that is all of it. */
  readonly complete: boolean;
}

/** A filter, and what is left of all filters without it. */
interface Relaxation {
  readonly without: (filters: Filters) => Filters;
  /** What is wrong with it, as a sentence without its end. */
  readonly says: (filters: Filters) => string;
}

const CORRECT = 'Correct the filter, or leave it empty to read everything.';
const CORRECT_ONE = 'Correct one of them, or leave both empty to read everything.';

const patterns = (list: readonly { readonly text: string }[]) => list.map(({ text }) => text).join(', ');
const included = ({ repositories }: Filters) => repositories.filter(({ excludes }) => !excludes);
const excluded = ({ repositories }: Filters) => repositories.filter(({ excludes }) => excludes);

/** The switches first, which are less in the way than what people wrote down. */
const RELAXATIONS: readonly Relaxation[] = [
  {
    without: (filters) => ({ ...filters, includePersonalProjects: true }),
    says: () => 'The filter include_personal_projects is false, and what is left are repositories of personal projects',
  },
  {
    without: (filters) => ({ ...filters, includeArchived: true }),
    says: () => 'The filter include_archived is false, and what is left is archived',
  },
  {
    without: (filters) => ({ ...filters, projects: [] }),
    says: ({ projects }) => `The filter projects (${patterns(projects)}) matches none of them`,
  },
  {
    without: (filters) => ({ ...filters, repositories: excluded(filters) }),
    says: (filters) => `The filter repositories (${patterns(included(filters))}) matches none of them`,
  },
  {
    without: (filters) => ({ ...filters, repositories: included(filters) }),
    says: (filters) => `The filter repositories (${patterns(excluded(filters))}) excludes them all`,
  },
];

/** Which filter lets nothing through, and what to do: the one without which something would come, those that contradict each other, or all. */
export function explainFilters(filters: Filters, visible: Visible): string {
  const passes = (candidate: Filters) =>
    visible.repositories.some(({ project, slug, archived }) => selectsRepository(candidate, project.key, slug, archived ?? null));
  const contradiction = contradictionOf(filters, passes);
  if (contradiction !== null) return `${contradiction}. ${CORRECT_ONE}`;
  const empty = emptyProjects(filters, visible);
  const culprit = RELAXATIONS.find(({ without }) => passes(without(filters)));
  const found = culprit?.says(filters) ?? `The filters together (${describeFilters(filters)}) match none of them`;
  return `${empty ?? found}.${suggestion(filters, visible)} ${CORRECT}`;
}

/** Filters each of which lets something through alone, in a sentence without its end; null: there are none. */
function contradictionOf(filters: Filters, passes: (candidate: Filters) => boolean): string | null {
  const { projects } = filters;
  if (projects.length === 0 || !passes({ ...filters, repositories: [] })) return null;
  const [named, left] = [included(filters), excluded(filters)];
  if (named.length === 0)
    return `The filter repositories (${patterns(left)}) excludes all that projects (${patterns(projects)}) selects`;
  // Where the repositories are nowhere, or excluded themselves, they alone are wrong.
  if (!passes({ ...filters, projects: [] })) return null;
  return `The filters projects (${patterns(projects)}) and repositories (${patterns(named)}) have no repository in common`;
}

/** Projects that are there and have nothing in them, in a sentence without its end; null: it is not that. */
function emptyProjects(filters: Filters, { projects, repositories }: Visible): string | null {
  if (filters.projects.length === 0 || filters.repositories.length > 0) return null;
  if (repositories.some(({ project }) => matchesProject(filters, project.key))) return null;
  const keys = projects.filter(({ key }) => matchesProject(filters, key)).map(({ key }) => key);
  if (keys.length === 0) return null;
  return keys.length === 1
    ? `The project ${keys.join('')} has no repository that the account sees`
    : `The projects ${keys.slice(0, 5).join(', ')} have no repository that the account sees`;
}

/** What `projects` names outright and the account does not see, each with what was perhaps meant, in a sentence; null: nothing. */
export function warningOfUnknown(filters: Filters, visible: Pick<Visible, 'projects' | 'complete'>): string | null {
  const unknown = unknownProjects(filters, visible);
  if (unknown.length === 0) return null;
  return warningOfProjects(
    unknown,
    visible.projects.map(({ key }) => key),
  );
}

/** Keys that `projects` names outright and that are not among the visible ones; empty where not all of these are known. */
function unknownProjects(filters: Filters, visible: Pick<Visible, 'projects' | 'complete'>): string[] {
  if (!visible.complete) return [];
  const known = new Set(visible.projects.map(({ key }) => key.toLowerCase()));
  const personal = new Set(namedPersonalProjects(filters));
  return filters.projects
    .map(({ text }) => text)
    .filter((text) => !text.includes('*') && !personal.has(text) && !known.has(text.toLowerCase()));
}

/** What the person may have meant: a key instead of the project's name, what is nearly called so, or some of what there is. */
function suggestion(filters: Filters, visible: Visible): string {
  const { projects, repositories } = visible;
  const wanted = [
    ...filters.projects.map(({ text }) => text),
    ...filters.repositories.map(({ text }) => text.replace(/^!/, '').split('/')[0] ?? ''),
  ];
  const keys = new Set(projects.map(({ key }) => key.toLowerCase()));
  const byName = projects.find(
    ({ name }) =>
      typeof name === 'string' &&
      wanted.some((text) => text.toLowerCase() === name.toLowerCase() && !keys.has(text.toLowerCase())),
  );
  if (byName !== undefined) return ` The project named "${String(byName.name)}" has the key ${byName.key}.`;
  const meant = [...new Set([...nearProjects(filters, visible), ...nearRepositories(filters, visible)])];
  if (meant.length > 0) return ` Did you mean ${meant.join(', ')}?`;
  const inNamed = repositories.filter(({ project }) => included(filters).some((pattern) => pattern.project.test(project.key)));
  const inProjects = [...new Set(inNamed.map(({ project }) => project.key))];
  if (inProjects.length === 1) return ` Visible in ${inProjects.join('')} are, for example: ${someOf(inNamed.map(fullName))}.`;
  const names =
    filters.repositories.length > 0 && filters.projects.length === 0
      ? repositories.map(fullName)
      : repositories.map(({ project }) => project.key).filter((key) => !key.startsWith('~'));
  return names.length === 0 ? '' : ` Visible are, for example: ${someOf(names)}.`;
}

function fullName({ project, slug }: RestRepository): string {
  return `${project.key}/${slug}`;
}

function someOf(names: readonly string[]): string {
  return [...new Set(names)].slice(0, 5).join(', ');
}

/** For each project that is named and not there, the one that is nearly called so. */
function nearProjects({ projects }: Filters, visible: Visible): string[] {
  const keys = [...new Set([...visible.projects, ...visible.repositories.map(({ project }) => project)].map(({ key }) => key))];
  return nearOf(
    projects.map(({ text }) => text),
    keys,
  );
}

/** For each repository that is named and not there; where only the project is named outright (`KEY/*`), for that. */
function nearRepositories(filters: Filters, visible: Visible): string[] {
  const texts = filters.repositories.filter(({ excludes }) => !excludes).map(({ text }) => text);
  // Others would contradict the projects that are named.
  const selected = visible.repositories.filter(({ project }) => matchesProject(filters, project.key));
  const keys = [...new Set(selected.map(({ project }) => project.key))];
  return [
    ...nearOf(texts, selected.map(fullName)),
    ...texts.flatMap((text) => {
      const [key = '', slug = ''] = text.split('/');
      return slug.includes('*') ? nearOf([key], keys).map((meant) => `${meant}/${slug}`) : [];
    }),
  ];
}

function nearOf(texts: readonly string[], names: readonly string[]): string[] {
  const known = new Set(names.map((name) => name.toLowerCase()));
  return texts
    .filter((text) => !text.includes('*') && !known.has(text.toLowerCase()))
    .map((text) => nearest(text, names))
    .filter((meant) => meant !== null);
}

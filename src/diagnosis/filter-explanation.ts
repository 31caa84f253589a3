import type { RestProject, RestRepository } from '../bitbucket/api/payloads';
import { describeFilters, type Filters, namedPersonalProjects, selectsRepository } from '../config/filters';

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
  readonly says: (filters: Filters) => string;
}

const patterns = (list: readonly { readonly text: string }[]) => list.map(({ text }) => text).join(', ');

/** The switches first, which are less in the way than what people wrote down. */
const RELAXATIONS: readonly Relaxation[] = [
  {
    without: (filters) => ({ ...filters, includePersonalProjects: true }),
    says: () => 'include_personal_projects is false, and what is left are repositories of personal projects',
  },
  {
    without: (filters) => ({ ...filters, includeArchived: true }),
    says: () => 'include_archived is false, and what is left is archived',
  },
  {
    without: (filters) => ({ ...filters, projects: [] }),
    says: ({ projects }) => `projects (${patterns(projects)}) matches none of them`,
  },
  {
    without: (filters) => ({ ...filters, repositories: filters.repositories.filter(({ excludes }) => excludes) }),
    says: ({ repositories }) =>
      `repositories (${patterns(repositories.filter(({ excludes }) => !excludes))}) matches none of them`,
  },
  {
    without: (filters) => ({ ...filters, repositories: filters.repositories.filter(({ excludes }) => !excludes) }),
    says: ({ repositories }) => `repositories (${patterns(repositories.filter(({ excludes }) => excludes))}) excludes them all`,
  },
];

/** Which filter it is that lets nothing through: the one without which something would come; else all of them. */
export function explainFilters(filters: Filters, visible: Visible): string {
  const passes = (candidate: Filters) =>
    visible.repositories.some(({ project, slug, archived }) => selectsRepository(candidate, project.key, slug, archived ?? null));
  const culprit = RELAXATIONS.find(({ without }) => passes(without(filters)));
  const found =
    culprit === undefined
      ? `The filters together (${describeFilters(filters)}) match none of them`
      : `The filter ${culprit.says(filters)}`;
  return `${found}.${suggestion(filters, visible)}`;
}

/** Keys that `projects` names outright and that are not among the visible ones; empty where not all of these are known. */
export function unknownProjects(filters: Filters, visible: Pick<Visible, 'projects' | 'complete'>): string[] {
  if (!visible.complete) return [];
  const known = new Set(visible.projects.map(({ key }) => key.toLowerCase()));
  const personal = new Set(namedPersonalProjects(filters));
  return filters.projects
    .map(({ text }) => text)
    .filter((text) => !text.includes('*') && !personal.has(text) && !known.has(text.toLowerCase()));
}

/** What the person may have meant: a key instead of the project's name, or some of what there is. */
function suggestion(filters: Filters, { projects, repositories }: Visible): string {
  const wanted = [
    ...filters.projects.map(({ text }) => text),
    ...filters.repositories.map(({ text }) => text.replace(/^!/, '').split('/')[0] ?? ''),
  ];
  const byName = projects.find(
    ({ name }) => typeof name === 'string' && wanted.some((text) => text.toLowerCase() === name.toLowerCase()),
  );
  if (byName !== undefined) return ` The project named "${String(byName.name)}" has the key ${byName.key}.`;
  const names =
    filters.repositories.length > 0 && filters.projects.length === 0
      ? repositories.map(({ project, slug }) => `${project.key}/${slug}`)
      : projects.map(({ key }) => key);
  if (names.length === 0) return '';
  return ` Visible are, for example: ${[...new Set(names)].slice(0, 5).join(', ')}.`;
}

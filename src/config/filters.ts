import { wildcard } from './wildcard';

/** What of the server is read, as the user chose it (`projects`, `repositories`, `include_*`). */
export interface Filters {
  readonly projects: readonly ProjectPattern[];
  readonly repositories: readonly RepositoryPattern[];
  readonly includePersonalProjects: boolean;
  readonly includeArchived: boolean;
}

/** One entry of `projects`: a project key in which `*` stands for any text. */
export interface ProjectPattern {
  readonly text: string;
  readonly matches: RegExp;
}

/** One entry of `repositories`: `KEY/slug` with `*`; `excludes` where it began with `!`. */
export interface RepositoryPattern {
  readonly text: string;
  readonly excludes: boolean;
  readonly project: RegExp;
  readonly slug: RegExp;
  readonly everySlug: boolean;
}

/** @throws Error whose message continues "projects[0] …" */
export function parseProjectPattern(text: string): ProjectPattern {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.includes('/') || trimmed.startsWith('!')) {
    throw new Error(
      'must be a project key such as "PLAT", "PLAT*" or "~jdoe"; a single repository goes into repositories as "PLAT/slug".',
    );
  }
  return { text: trimmed, matches: wildcard(trimmed, 'i') };
}

/** @throws Error whose message continues "repositories[0] …" */
export function parseRepositoryPattern(text: string): RepositoryPattern {
  const match = /^(!?)([^/!]+)\/([^/]+)$/.exec(text.trim());
  if (match === null) {
    throw new Error(
      'must be a project key, a slash and a slug, such as "PLAT/api", "PLAT/*" or "!PLAT/legacy-*"; without repositories all are read.',
    );
  }
  const [, bang, project = '', slug = ''] = match;
  return {
    text: text.trim(),
    excludes: bang === '!',
    project: wildcard(project, 'i'),
    slug: wildcard(slug, 'i'),
    everySlug: /^\*+$/.test(slug),
  };
}

/** Whether a project passes the filters: it holds, or may hold, repositories that are read. */
export function selectsProject(filters: Filters, key: string): boolean {
  const positive = filters.repositories.filter((pattern) => !pattern.excludes);
  return (
    matchesProject(filters, key) &&
    (positive.length === 0 || positive.some((pattern) => pattern.project.test(key))) &&
    !filters.repositories.some((pattern) => pattern.excludes && pattern.everySlug && pattern.project.test(key))
  );
}

/** Whether a repository passes the filters; `archived` is null in versions before 8.0. */
export function selectsRepository(filters: Filters, key: string, slug: string, archived: boolean | null): boolean {
  const matches = (pattern: RepositoryPattern) => pattern.project.test(key) && pattern.slug.test(slug);
  const positive = filters.repositories.filter((pattern) => !pattern.excludes);
  return (
    (filters.includeArchived || archived !== true) &&
    matchesProject(filters, key) &&
    (positive.length === 0 || positive.some(matches)) &&
    !filters.repositories.some((pattern) => pattern.excludes && matches(pattern))
  );
}

/** The personal projects (`~user`) that the filters name outright: `GET /projects` never lists them. */
export function namedPersonalProjects(filters: Filters): string[] {
  return [...new Set(personalKeys(filters).filter((key) => !key.includes('*')))];
}

/** Whether personal projects may be wanted that are not named outright: only the list of all repositories tells them. */
export function wantsUnnamedPersonalProjects(filters: Filters): boolean {
  return filters.includePersonalProjects || personalKeys(filters).some((key) => key.includes('*'));
}

function personalKeys({ projects, repositories }: Filters): string[] {
  const positive = repositories.filter((pattern) => !pattern.excludes).map(({ text }) => text.split('/')[0] ?? '');
  return [...projects.map(({ text }) => text), ...positive].filter((key) => key.startsWith('~'));
}

/** The keys of all projects that can pass the filters, where these name them outright; null where a wildcard or nothing is given. */
export function namedProjects(filters: Filters): string[] | null {
  const positive = filters.repositories.filter((pattern) => !pattern.excludes);
  const keys =
    filters.projects.length > 0
      ? filters.projects.map(({ text }) => text)
      : positive.map(({ text }) => text.split('/')[0] ?? '*');
  if (keys.length === 0 || keys.some((key) => key.includes('*'))) return null;
  return [...new Map(keys.map((key) => [key.toLowerCase(), key])).values()];
}

/** The filters in a sentence, for messages. */
export function describeFilters(filters: Filters): string {
  const parts = [
    filters.projects.length > 0 && `projects: ${filters.projects.map((pattern) => pattern.text).join(', ')}`,
    filters.repositories.length > 0 && `repositories: ${filters.repositories.map((pattern) => pattern.text).join(', ')}`,
    !filters.includePersonalProjects && 'include_personal_projects: false',
    !filters.includeArchived && 'include_archived: false',
  ];
  return parts.filter(Boolean).join('; ');
}

/** A personal project needs the flag, or to be named by a pattern that begins with `~`. */
export function matchesProject(filters: Filters, key: string): boolean {
  const personal = key.startsWith('~');
  const named = (text: string) => text.startsWith('~');
  if (filters.projects.length > 0) {
    return filters.projects.some(
      ({ text, matches }) => matches.test(key) && (!personal || filters.includePersonalProjects || named(text)),
    );
  }
  if (!personal || filters.includePersonalProjects) return true;
  return filters.repositories.some((pattern) => !pattern.excludes && named(pattern.text) && pattern.project.test(key));
}

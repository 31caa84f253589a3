import type { Project, PullRequest, Repository } from '../model';
import { fullName, type UserReference } from '../world';
import type { Place } from '../history/permissions';

/** The filters of a configuration, as far as they decide what is read. */
export interface TruthFilter {
  /** What any of these sees: users, and places that a token without a user belongs to. @default the first user */
  readonly accounts?: readonly (UserReference | Place)[];
  /** Keys, with `*`, in any case. @default [] all */
  readonly projects?: readonly string[];
  /** `KEY/slug`, with `*`, in any case; a leading `!` excludes. @default [] all */
  readonly repositories?: readonly string[];
  /** @default false */
  readonly includePersonalProjects?: boolean;
  /** @default true */
  readonly includeArchived?: boolean;
  /** Branches read besides the default one, with `*`, case-sensitive. @default [] none */
  readonly branches?: readonly string[];
  /** A date, a date-time, or epoch milliseconds: pull requests last updated and commits committed before it are left out. */
  readonly startDate?: string | number;
  /** Commits and closed pull requests whose builds are watched. @default 14 */
  readonly lookbackDays?: number;
  /** @default false */
  readonly buildDetails?: boolean;
  /** Builds that are deployments; the first pattern that matches the key or the name, in any case, wins. @default [] */
  readonly deploymentBuilds?: readonly { readonly pattern: string; readonly environment: string }[];
  /** People who were deactivated, too: a fresh read does not see them, one that knew them before does. @default false */
  readonly inactiveUsers?: boolean;
}

/** What a filter lets through. */
export class Selection {
  private readonly projectPatterns: readonly RegExp[];
  private readonly included: readonly (readonly [RegExp, RegExp])[];
  private readonly excluded: readonly (readonly [RegExp, RegExp])[];
  private readonly start: number;
  private readonly branchPatterns: readonly RegExp[];
  readonly lookbackDays: number;
  readonly buildDetails: boolean;

  constructor(private readonly filter: TruthFilter) {
    const { projects = [], repositories = [], branches = [], startDate } = filter;
    this.lookbackDays = filter.lookbackDays ?? 14;
    this.buildDetails = filter.buildDetails ?? false;
    this.branchPatterns = branches.map((each) => wildcard(each, ''));
    this.projectPatterns = projects.map((each) => wildcard(each));
    this.included = repositories.filter((each) => !each.startsWith('!')).map(pair);
    this.excluded = repositories.filter((each) => each.startsWith('!')).map((each) => pair(each.slice(1)));
    this.start =
      startDate === undefined ? Number.NEGATIVE_INFINITY : typeof startDate === 'number' ? startDate : Date.parse(startDate);
  }

  /** A personal project that the filter names by its `~key`. */
  names({ key, owner }: Project): boolean {
    const named = [...(this.filter.projects ?? []), ...(this.filter.repositories ?? []).map((each) => each.split('/')[0] ?? '')];
    return owner !== undefined && named.some((each) => each.startsWith('~') && wildcard(each).test(key));
  }

  project(project: Project): boolean {
    if (!this.allowed(project)) return false;
    if (this.excluded.some(([key, slug]) => key.test(project.key) && slug.source === '^.*$')) return false;
    return this.included.length === 0 || this.included.some(([key]) => key.test(project.key));
  }

  repository(repository: Repository): boolean {
    if (!this.allowed(repository.project) || (repository.archived && this.filter.includeArchived === false)) return false;
    const [project = '', slug = ''] = fullName(repository).split('/');
    const matches = ([key, name]: readonly [RegExp, RegExp]): boolean => key.test(project) && name.test(slug);
    return (this.included.length === 0 || this.included.some(matches)) && !this.excluded.some(matches);
  }

  pullRequest({ updatedDate }: PullRequest): boolean {
    return this.since(updatedDate);
  }

  since(date: number): boolean {
    return date >= this.start;
  }

  /** Where a build of this key and name deploys to; undefined: nowhere. */
  environmentOf(key: string, name: string | undefined): string | undefined {
    const matches = (pattern: RegExp): boolean => pattern.test(key) || (name !== undefined && pattern.test(name));
    return this.filter.deploymentBuilds?.find(({ pattern }) => matches(wildcard(pattern)))?.environment;
  }

  /** Whether a branch other than the default one is read. */
  branch(name: string): boolean {
    return this.branchPatterns.some((pattern) => pattern.test(name));
  }

  private allowed(project: Project): boolean {
    const personal = project.owner === undefined || this.filter.includePersonalProjects === true || this.names(project);
    return personal && (this.projectPatterns.length === 0 || this.projectPatterns.some((pattern) => pattern.test(project.key)));
  }
}

const wildcard = (pattern: string, flags = 'i'): RegExp =>
  new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`, flags);

const pair = (pattern: string): readonly [RegExp, RegExp] => {
  const [key = '*', slug = '*'] = pattern.split('/');
  return [wildcard(key), wildcard(slug)];
};

import type { Build, Hidden, Project, PullRequest, RefChange, Repository, User } from './model';
import { hash } from './random';
import { FEATURES, type Features, type Version } from './versions';

/** A user by id or by name. */
export type UserReference = number | string;
/** A project by id or by key. */
export type ProjectReference = number | string;
/** A repository by id or as `KEY/slug`. */
export type RepositoryReference = number | string;
/** A pull request: what `createPullRequest` returns. */
export interface PullRequestReference {
  readonly repositoryId: number;
  readonly id: number;
}

/** What one user sees. */
export interface Sight {
  /** Undefined: everything. */
  only: Set<Project | Repository> | undefined;
  /** Besides: what is hidden from this user, and how its address says so. */
  readonly hidden: Map<Project | Repository, Exclude<Hidden, false>>;
}

interface Index {
  readonly revision: number;
  readonly projects: Map<string | number, Project>;
  readonly repositories: Map<string | number, Repository>;
}

/** Everything the server knows, and its counters. Events change it; documents and truth read it. */
export class World {
  readonly features: Features;
  readonly users: User[] = [];
  readonly projects: Project[] = [];
  readonly repositories: Repository[] = [];
  /** What single users see, where that is not everything. */
  readonly sights = new Map<User, Sight>();
  /** By commit, whichever repositories have it, then by key; the latest last. */
  readonly builds = new Map<string, Map<string, Build>>();
  /** Old `KEY` and old `KEY/slug`, in lower case, of what was renamed or moved. */
  readonly formerProjects = new Map<string, Project>();
  readonly formerRepositories = new Map<string, Repository>();
  /** What became of refs, and of pull requests with them, since somebody last took note. */
  readonly refChanges: RefChange[] = [];
  readonly followed: { readonly event: string; readonly pullRequest: PullRequest }[] = [];
  /** Grows with every event: what was computed at an older one is stale. */
  revision = 0;
  readonly instance: readonly string[];
  private index: Index = { revision: -1, projects: new Map(), repositories: new Map() };
  private readonly counters = new Map<string, number>();

  constructor(
    readonly seed: number,
    readonly version: Version,
    private readonly clock: () => number,
    /** Of the hashes that tell instances apart; empty: nothing does. */
    instance?: string,
  ) {
    this.instance = instance === undefined ? [] : [instance];
    this.features = FEATURES[version];
  }

  now(): number {
    return Math.floor(this.clock());
  }

  changed(): void {
    this.revision += 1;
  }

  /** The next number of an instance-wide sequence, from 1. */
  nextId(sequence: 'user' | 'project' | 'repository' | 'activity' | 'comment' | 'task' | 'commit', by = 1): number {
    const value = (this.counters.get(sequence) ?? 0) + by;
    this.counters.set(sequence, value);
    return value;
  }

  nextHash(...parts: readonly (string | number)[]): string {
    return hash(this.seed, this.nextId('commit'), ...parts);
  }

  user(reference: UserReference): User {
    const found = this.users.find((user) => user.id === reference || user.name === reference);
    return known(found, 'user', reference);
  }

  project(reference: ProjectReference): Project {
    return known(this.findProject(reference), 'project', reference);
  }

  repository(reference: RepositoryReference): Repository {
    return known(this.findRepository(reference), 'repository', reference);
  }

  pullRequest(reference: PullRequestReference): PullRequest {
    const found = this.repository(reference.repositoryId).pullRequests.touch(reference.id);
    return known(found, 'pull request', `${reference.repositoryId}/${reference.id}`);
  }

  findProject(reference: ProjectReference): Project | undefined {
    return this.indexed().projects.get(typeof reference === 'string' ? reference.toLowerCase() : reference);
  }

  findRepository(reference: RepositoryReference): Repository | undefined {
    return this.indexed().repositories.get(typeof reference === 'string' ? reference.toLowerCase() : reference);
  }

  /** One more repository: the index needs not be made anew for it. */
  addRepository(repository: Repository): void {
    const index = this.indexed();
    this.repositories.push(repository);
    index.repositories.set(repository.id, repository).set(fullName(repository).toLowerCase(), repository);
    this.changed();
    this.index = { ...index, revision: this.revision };
  }

  private indexed(): Index {
    if (this.index.revision === this.revision) return this.index;
    const index: Index = { revision: this.revision, projects: new Map(), repositories: new Map() };
    for (const project of this.projects) {
      if (!project.deleted) index.projects.set(project.id, project).set(project.key.toLowerCase(), project);
    }
    for (const repository of this.repositories) {
      if (!repository.deleted)
        index.repositories.set(repository.id, repository).set(fullName(repository).toLowerCase(), repository);
    }
    this.index = index;
    return index;
  }

  /** Projects that exist and that the account sees. */
  visibleProjects(): Project[] {
    return this.projects.filter(({ deleted, hidden }) => !deleted && hidden === false);
  }

  /** Repositories that exist and that the account sees. */
  visibleRepositories(): Repository[] {
    return this.repositories.filter(visible);
  }
}

/** It exists and the account sees it. */
export const visible = (repository: Repository): boolean =>
  !repository.deleted && repository.hidden === false && !repository.project.deleted && repository.project.hidden === false;

/** `KEY/slug`. */
export const fullName = (repository: Repository): string => `${repository.project.key}/${repository.slug}`;

const known = <T>(found: T | undefined, what: string, reference: string | number): T => {
  if (found === undefined) throw new Error(`The simulator has no ${what} ${reference}`);
  return found;
};

import type { Person, Project, Repository, User } from '../model';
import type { World } from '../world';
import type { Document } from './json';

/** How a server presents itself in its documents. */
export interface Presentation {
  /** The base URL that its links begin with, context path included. */
  readonly baseUrl: () => string;
  /** Send fields that no version of today has. */
  readonly extraFields: boolean;
}

/** People, projects, repositories and commits as documents, shared within one revision of the world. */
export class InstanceDocuments {
  private cache = new Map<User | Project | Repository, Document>();
  private revision = -1;

  constructor(
    readonly world: World,
    readonly presentation: Presentation,
  ) {}

  user(user: User): Document {
    return this.cached(user, () => ({
      name: user.name,
      emailAddress: user.emailAddress,
      id: user.id,
      displayName: user.displayName,
      active: user.active,
      slug: user.slug,
      type: user.type,
      links: this.self(`/${user.type === 'SERVICE' ? 'bots' : 'users'}/${user.slug}`),
      ...this.extra('user'),
    }));
  }

  /** With what only `/admin/users` tells. */
  detailedUser(user: User): Document {
    return {
      ...this.user(user),
      directoryName: 'Bitbucket Internal Directory',
      deletable: true,
      lastAuthenticationTimestamp: 1_700_000_000_000 + user.id * 86_400_000,
      mutableDetails: true,
      mutableGroups: true,
    };
  }

  project(project: Project): Document {
    return this.cached(project, () => {
      const { key, id, name, description, owner } = project;
      if (owner !== undefined) {
        return {
          key,
          id,
          name,
          description,
          type: 'PERSONAL',
          owner: this.user(owner),
          links: this.self(`/users/${owner.slug}`),
          ...this.extra('project'),
        };
      }
      return {
        key,
        id,
        name,
        description,
        public: project.public,
        type: 'NORMAL',
        links: this.self(`/projects/${key}`),
        ...this.extra('project'),
      };
    });
  }

  repository(repository: Repository): Document {
    return this.cached(repository, () => {
      const { slug, id, name, description, state, statusMessage, forkable, origin, archived } = repository;
      const { hierarchyId, archive } = this.world.features;
      return {
        slug,
        id,
        name,
        description,
        hierarchyId: hierarchyId ? repository.hierarchyId : undefined,
        scmId: 'git',
        state,
        statusMessage,
        forkable,
        origin: origin === undefined || origin.deleted ? undefined : this.repository(origin),
        project: this.project(repository.project),
        public: repository.public,
        archived: archive ? archived : undefined,
        links: this.repositoryLinks(repository),
        ...this.extra('repository'),
      };
    });
  }

  /** The path of a repository's pages in the browser. */
  repositoryPath({ project, slug }: Repository): string {
    return `${project.owner === undefined ? `/projects/${project.key}` : `/users/${project.owner.slug}`}/repos/${slug}`;
  }

  person(person: Person): Document {
    return 'id' in person ? this.user(person) : { name: person.name, emailAddress: person.emailAddress };
  }

  self(path: string): Document {
    return { self: [{ href: this.presentation.baseUrl() + path }] };
  }

  extra(kind: string): Document {
    return this.presentation.extraFields ? { futureField: { kind, since: '11.0' }, futureFlag: true } : {};
  }

  private repositoryLinks(repository: Repository): Document {
    const { project, slug } = repository;
    const base = this.presentation.baseUrl();
    const key = project.key.toLowerCase();
    return {
      clone: [
        { href: `${base}/scm/${key}/${slug}.git`, name: 'http' },
        { href: `ssh://git@localhost:7999/${key}/${slug}.git`, name: 'ssh' },
      ],
      ...this.self(`${this.repositoryPath(repository)}/browse`),
    };
  }

  private cached(entity: User | Project | Repository, make: () => Document): Document {
    if (this.revision !== this.world.revision) {
      this.cache = new Map();
      this.revision = this.world.revision;
    }
    const known = this.cache.get(entity);
    if (known !== undefined) return known;
    const made = make();
    this.cache.set(entity, made);
    return made;
  }
}

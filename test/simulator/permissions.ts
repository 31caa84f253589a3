import type { Identity } from './authentication';
import type { Hidden, Project, Repository, User } from './model';
import { visible, type World } from './world';

/** What an identity may see. */
export class Permissions {
  constructor(private readonly world: World) {}

  repository(identity: Identity, repository: Repository): boolean {
    if (!visible(repository) || this.hiddenFrom(identity, repository) !== false) return false;
    if (identity.kind === 'user') return this.grants(identity.user, repository);
    if (identity.kind === 'anonymous') return repository.public || repository.project.public;
    return repository === identity.place || repository.project === identity.place;
  }

  project(identity: Identity, project: Project): boolean {
    if (project.deleted || project.hidden !== false || this.hiddenFrom(identity, project) !== false) return false;
    if (identity.kind === 'user' && this.grants(identity.user, project)) return true;
    if (identity.kind === 'token' && identity.place === project) return true;
    if (identity.kind === 'anonymous' && project.public) return true;
    return this.world.repositories.some((repository) => repository.project === project && this.repository(identity, repository));
  }

  /** What its own address says to somebody from whom it is hidden; false: it is not. */
  hiddenFrom(identity: Identity, place: Project | Repository): Hidden {
    if (place.hidden !== false) return place.hidden;
    const own = identity.kind === 'user' ? (this.world.sights.get(identity.user)?.hidden.get(place) ?? false) : false;
    return own === false && 'project' in place ? this.hiddenFrom(identity, place.project) : own;
  }

  /** A user of whom nothing else was said sees everything. */
  private grants(user: User, place: Project | Repository): boolean {
    const only = this.world.sights.get(user)?.only;
    return only === undefined || only.has(place) || ('project' in place && only.has(place.project));
  }
}

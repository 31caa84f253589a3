import type { Hidden, Project, Repository, User } from '../model';
import type { ProjectReference, RepositoryReference, UserReference, World } from '../world';

/** A project or a repository. */
export type Place = { readonly project: ProjectReference } | { readonly repository: RepositoryReference };

/** Events of who sees what. Without them every account sees all that `hideProject` and `hideRepository` leave. */
export const permissions = (world: World) => {
  const find = (place: Place): Project | Repository =>
    'project' in place ? world.project(place.project) : world.repository(place.repository);
  const sight = (reference: UserReference) => {
    const user: User = world.user(reference);
    const found = world.sights.get(user) ?? { only: undefined, hidden: new Map<Project | Repository, Exclude<Hidden, false>>() };
    world.sights.set(user, found);
    world.changed();
    return found;
  };
  return {
    /** From now on the user sees these places and nothing else; undefined: everything. */
    seesOnly(user: UserReference, places: readonly Place[] | undefined): void {
      sight(user).only = places === undefined ? undefined : new Set(places.map(find));
    },

    /** One more place of a user who sees only some. */
    grant(user: UserReference, place: Place): void {
      const found = sight(user);
      found.only?.add(find(place));
      found.hidden.delete(find(place));
    },

    /** The user no longer sees the place. `answer`: what its own address says to that user. @default 404 */
    revokeAccess(user: UserReference, place: Place, answer: Exclude<Hidden, false> = 404): void {
      const found = sight(user);
      found.only?.delete(find(place));
      found.hidden.set(find(place), answer);
    },
  };
};

import type { Repository } from '../model';
import type { RepositoryReference, World } from '../world';
import { tellOfRef } from './refs';

export interface NewTag {
  /** A commit id or a ref. @default the default branch */
  readonly at?: string;
  /** An object of its own, with a hash. @default false */
  readonly annotated?: boolean;
}

/** Events of tags. */
export const tags = (world: World) => {
  const set = (repository: Repository, name: string, { at, annotated = false }: NewTag): void => {
    const { git, slug } = repository;
    const commit = at === undefined ? git.tip : git.resolve(at);
    if (commit === undefined) throw new Error(`${slug} has nothing at ${at ?? 'its default branch'} to tag`);
    const before = git.tags.get(name);
    git.setTag(name, { commit, hash: annotated ? world.nextHash('tag', name) : null });
    tellOfRef(world, repository, `refs/tags/${name}`, before?.commit.id, commit.id);
    world.changed();
  };
  const found = (reference: RepositoryReference, name: string): Repository => {
    const repository = world.repository(reference);
    if (!repository.git.tags.has(name)) throw new Error(`${repository.slug} has no tag ${name}`);
    return repository;
  };
  return {
    tag(repository: RepositoryReference, name: string, options: NewTag = {}): void {
      const place = world.repository(repository);
      if (place.git.tags.has(name)) throw new Error(`${place.slug} has a tag ${name}`);
      set(place, name, options);
    },

    /** To another commit, or into an annotated one. */
    moveTag(repository: RepositoryReference, name: string, options: NewTag = {}): void {
      set(found(repository, name), name, options);
    },

    deleteTag(repository: RepositoryReference, name: string): void {
      const place = found(repository, name);
      const before = place.git.tags.get(name);
      place.git.setTag(name, undefined);
      tellOfRef(world, place, `refs/tags/${name}`, before?.commit.id, undefined);
      world.changed();
    },
  };
};

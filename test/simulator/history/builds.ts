import type { Build, BuildState, Repository } from '../model';
import type { RepositoryReference, World } from '../world';
import { time, type When } from './when';

export interface NewBuild extends When {
  /** A full commit id or a ref. @default the tip of the default branch */
  readonly commit?: string;
  readonly key: string;
  /** Before 8.x nobody knows CANCELLED, which is told as FAILED, and UNKNOWN, which is told as INPROGRESS. @default 'SUCCESSFUL' */
  readonly state?: BuildState;
  /** @default the key */
  readonly name?: string | null;
  readonly url?: string;
  readonly description?: string;
  readonly number?: string;
  /** `refs/heads/…` */
  readonly ref?: string;
  readonly parent?: string;
  /** Milliseconds. */
  readonly duration?: number;
  readonly tests?: NonNullable<Build['tests']>;
}

/** Events of builds: what CI servers say of commits. Nothing else moves with them. */
export const builds = (world: World) => {
  const idOf = ({ git, slug }: Repository, commit: string | undefined): string => {
    const found = commit === undefined ? git.tip : git.resolve(commit);
    if (found === undefined) throw new Error(`${slug} has no commit ${commit ?? 'on a default branch'}`);
    return found.id;
  };
  const told = (state: BuildState): BuildState => {
    if (world.features.cancelledBuilds) return state;
    return state === 'CANCELLED' ? 'FAILED' : state === 'UNKNOWN' ? 'INPROGRESS' : state;
  };
  return {
    /** A build, or what became of one: under the same key of the same commit it replaces what was said before. The commit's id. */
    build(repository: RepositoryReference, options: NewBuild): string {
      const found = world.repository(repository);
      const { commit, key, state = 'SUCCESSFUL', at = time(world, options), name = key, ...said } = options;
      const id = idOf(found, commit);
      const ofCommit = world.builds.get(id) ?? new Map<string, Build>();
      const before = ofCommit.get(key);
      ofCommit.delete(key);
      ofCommit.set(key, {
        url: `https://ci.example.com/job/${encodeURIComponent(key)}/`,
        ...said,
        key,
        repository: found,
        state: told(state),
        createdDate: before?.createdDate ?? at,
        updatedDate: at,
        ...(name === null ? {} : { name }),
      });
      world.builds.set(id, ofCommit);
      world.changed();
      return id;
    },

    /** Its status is deleted (possible since 7.14). */
    deleteBuild(repository: RepositoryReference, key: string, commit?: string): void {
      const id = idOf(world.repository(repository), commit);
      if (world.builds.get(id)?.delete(key) !== true) throw new Error(`There is no build ${key} of ${id}`);
      world.changed();
    },
  };
};

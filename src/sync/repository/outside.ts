import type { Config } from '../../config/config';
import { streams } from '../../streams';
import { repositories as repositoriesStream } from '../../streams/repositories';
import { pullRequestsForm } from '../items/item-state';
import { SnapshotState } from '../snapshots/snapshot-state';
import { type RepositoryMemory, RepositoryStates } from './repository-states';

/** Repositories that were read once and are not any more, and the stream whose state tells so. */
interface OutsideRepositories {
  readonly stream: string;
  readonly repositories: readonly number[];
}

/** What a configuration leaves out of what was read once. */
export interface Narrowing {
  readonly readsRepositories: boolean;
  /** Null where no state knows of repositories. */
  readonly repositories: OutsideRepositories | null;
  readonly readsPullRequests: boolean;
  /** Pull requests last updated before it are left out, in epoch milliseconds; null: none. */
  readonly startDate: number | null;
}

/**
 * What a configuration leaves out where these streams are read.
 * @param stateOf the saved state of a stream; null: there is none
 */
export async function narrowingOf(
  config: Config,
  names: readonly string[],
  stateOf: (stream: string) => Promise<unknown>,
): Promise<Narrowing> {
  const selected = streams.filter(({ name }) => names.includes(name));
  return {
    readsRepositories: selected.some(({ name, kind }) => kind !== 'snapshot' || name === repositoriesStream.name),
    repositories: await repositoriesOutside(config, stateOf),
    readsPullRequests: selected.some(({ kind }) => kind === 'item'),
    startDate: config.startDate,
  };
}

/**
 * Which repositories a configuration leaves out (filters, archived ones, shards) of those that saved states know; also those that were moved
 * out of what it selects.
 * @returns null where no state knows of repositories
 */
async function repositoriesOutside(
  config: Config,
  stateOf: (stream: string) => Promise<unknown>,
): Promise<OutsideRepositories | null> {
  const isWanted = (id: number, address: string) => repositoriesStream.selectsKnown(config, id, address);
  const listed = await stateOf(repositoriesStream.name);
  if (listed !== null) {
    const { rows, outside } = SnapshotState.parse(listed, Infinity);
    const unwanted = [...rows].filter(([id, [, address]]) => !isWanted(id, address)).map(([id]) => id);
    return { stream: repositoriesStream.name, repositories: [...outside.keys(), ...unwanted] };
  }
  for (const stream of streams) {
    if (stream.kind !== 'item' && stream.kind !== 'repository') continue;
    const saved = await stateOf(stream.name);
    if (saved === null) continue;
    const known: ReadonlyMap<number, RepositoryMemory<unknown>> = stream.kind === 'item'
      ? RepositoryStates.parse(pullRequestsForm, saved, Infinity).repositories
      : RepositoryStates.parse(stream.state, saved, Infinity).repositories;
    const outside = [...known].filter(([id, memory]) => isOutside(memory, (address) => isWanted(id, address)));
    return { stream: stream.name, repositories: outside.map(([id]) => id) };
  }
  return null;
}

/** One that left the filters while the list showed it has no name any more; of one that the list lacks only the name tells. */
function isOutside({ name, goneAt, attempts, pending }: RepositoryMemory<unknown>, isWanted: (name: string) => boolean): boolean {
  if (goneAt !== null) return false;
  return name === '' ? attempts === 0 && pending.size === 0 : !isWanted(name);
}

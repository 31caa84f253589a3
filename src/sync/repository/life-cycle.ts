import type { RepositoryReference } from '../../bitbucket/paths';
import type { RestRepository } from '../../bitbucket/api/payloads';
import type { SyncContext } from '../context';
import type { SelectedByRepository } from '../selected';
import { nameOf, type Unclear } from '../snapshots/inventory';
import type { RepositoryMemory, RepositoryStates } from './repository-states';

/** A stream's name and what it remembers of repositories. */
export interface Remembering<Body> {
  readonly stream: { readonly name: string };
  readonly state: RepositoryStates<Body>;
}

/** What tells a repository from all others, also from one of another server. */
export interface Identified {
  readonly id: number;
  readonly hierarchyId?: string | undefined;
}

/** What a stream remembers of a repository that is about to be read: nothing, where that was one of another server with the same id. */
export function memoryOf<Body>(
  { emitter, bitbucket }: SyncContext,
  { stream, state }: Remembering<Body>,
  repository: Identified,
  { fullName }: RepositoryReference,
): RepositoryMemory<Body> {
  let memory = state.of(repository.id);
  if (isOfAnotherServer(memory, repository)) {
    emitter.log(
      'WARN',
      `${stream.name}: the state of repository ${repository.id} is that of ${memory.name} on another server: ${fullName} is read anew`,
    );
    memory = state.replace(repository.id);
  }
  memory.name = fullName;
  memory.goneAt = null;
  memory.reader = bitbucket.accounts.readerOf(repository.id);
  memory.hierarchyId = hierarchyIdOf(repository) ?? memory.hierarchyId;
  return memory;
}

/** Two servers use the same ids; older versions send no `hierarchyId`, and one side without it agrees. */
export function isOfAnotherServer(memory: RepositoryMemory<unknown>, repository: Identified): boolean {
  const hierarchyId = hierarchyIdOf(repository);
  return memory.hierarchyId !== null && hierarchyId !== null && !hierarchyId.startsWith(memory.hierarchyId);
}

function hierarchyIdOf({ hierarchyId }: Identified): string | null {
  return typeof hierarchyId === 'string' && hierarchyId !== '' ? hierarchyId : null;
}

/** Whether the repositories that are known by id are those of another server: not one of them is the same. */
export function isOtherServer(states: readonly RepositoryStates<unknown>[], repositories: readonly RestRepository[]): boolean {
  const known = repositories.flatMap((repository) =>
    states.flatMap(({ repositories: memories }) => {
      const memory = memories.get(repository.id);
      return memory === undefined || memory.hierarchyId === null || hierarchyIdOf(repository) === null
        ? []
        : [isOfAnotherServer(memory, repository)];
    }),
  );
  return known.length > 0 && known.every(Boolean);
}

/** Something of the repository could not be read in the last sync: it is read first. */
export function isTroubled(memory: RepositoryMemory<unknown> | undefined): boolean {
  return memory !== undefined && (memory.attempts > 0 || memory.pending.size > 0);
}

/** A repository could not be read for these streams: it is read first in the next sync. */
export function postponeRepository(
  { failures }: SyncContext,
  selected: readonly SelectedByRepository[],
  { id, address, error }: Unclear,
): void {
  for (const { stream, state } of selected) {
    const memory = state.of(id);
    if (memory.name === '' && address !== null) memory.name = address;
    failures.add({
      ...{
        error,
        stream: stream.name,
        kind: 'repository',
        item: `repository ${nameOf({ id, address })}`,
        before: memory.attempts,
      },
      count: (attempts) => {
        memory.attempts = attempts;
        state.changed(id);
      },
    });
  }
}

/** States in which a server is known to serve nothing of what is in a repository. */
const NOT_SERVED: readonly unknown[] = ['INITIALISING', 'INITIALISATION_FAILED', 'OFFLINE'];

/** Whether the server says that it serves what is in it: a state that is not told is no word against it. */
export function isAvailable({ state }: RestRepository): boolean {
  return typeof state !== 'string' || state === 'AVAILABLE';
}

/** Whether it is worth a try: a state that nobody knows here may be one of a newer version. */
export function mayBeServed({ state }: RestRepository): boolean {
  return !NOT_SERVED.includes(state);
}

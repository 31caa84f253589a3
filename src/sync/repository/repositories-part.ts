import { repositories as repositoriesStream } from '../../streams/repositories';
import type { RestRepository } from '../../bitbucket/api/payloads';
import type { SyncContext } from '../context';
import { allBelow, type Below, type SelectedByRepository, type SelectedSnapshot } from '../selected';
import type { Inventory } from '../snapshots/inventory';
import { addressesIn, inventoryOf, rememberWitnesses } from '../snapshots/snapshot-part';
import { isOtherServer } from './life-cycle';
import { readRepositories } from './read-repositories';
import { RepositoryRows } from './repository-rows';

/**
 * Reads the list of repositories once, for the stream of that name and for all that are read repository by repository.
 * @param rows the stream `repositories`, where it is selected
 */
export async function repositoriesPart(context: SyncContext, rows: SelectedSnapshot | undefined, below: Below): Promise<void> {
  const selected = allBelow(below);
  const inventory = await listRepositories(context, rows, selected);
  const isOther = isOtherServer(
    selected.map(({ state }) => state),
    inventory.present,
  );
  context.tellServer(isOther);
  if (isOther) rows?.state.forget();
  if (rows !== undefined) rememberWitnesses(context, rows, inventory);
  for (const { stream, state } of selected) {
    for (const id of inventory.gone) state.lose(id, context.startedAt);
    for (const { id } of inventory.left) state.leftFilters(id);
    context.failures.succeeded(stream.name, 'row');
  }
  const writer = rows === undefined ? null : new RepositoryRows(context, rows, inventory);
  const isScanned = selected.some(readsBranches);
  // Both run to their end before either's failure is told: a stream that has ended must not speak again.
  const writing = isScanned || writer === null ? Promise.resolve() : endOf(context, writer.writeAll());
  const reading = readRepositories(context, below, inventory, isScanned ? writer : null);
  const [, outcome] = await Promise.allSettled([writing, reading]);
  if (outcome.status === 'rejected') throw outcome.reason as Error;
}

/** The stream `repositories` has ended before those below it. */
function endOf(context: SyncContext, writing: Promise<void>): Promise<void> {
  return writing.then(
    () => context.finish(repositoriesStream.name),
    (error: unknown) => context.finish(repositoriesStream.name, error),
  );
}

/** Whether a stream asks for the branches of each repository: these then tell the default branches, too. */
function readsBranches(selected: SelectedByRepository): boolean {
  return selected.kind === 'repository' && selected.stream.readsBranches;
}

/** Lists them, and decides which account reads each. */
async function listRepositories(
  context: SyncContext,
  rows: SelectedSnapshot | undefined,
  below: readonly SelectedByRepository[],
): Promise<Inventory<RestRepository>> {
  const known = new Map<number, string>();
  const readers = new Map<number, string>();
  for (const { state } of below) {
    for (const [id, { name, reader }] of state.repositories) {
      if (name !== '') known.set(id, name);
      if (reader !== null) readers.set(id, reader);
    }
  }
  if (rows !== undefined) for (const [id, address] of addressesIn(rows.state)) known.set(id, address);
  const inventory = await inventoryOf(context, repositoriesStream, known, (id) => {
    const reader = readers.get(id);
    return rows?.state.seenBy.get(id) ?? (reader === undefined ? undefined : new Set([reader]));
  });
  context.bitbucket.accounts.assign(inventory.seenBy, readers);
  return inventory;
}

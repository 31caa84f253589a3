import type { SnapshotStream } from '../../streams/stream';
import type { SyncContext } from '../context';
import type { SelectedSnapshot } from '../selected';
import { type Inventory, type Listing, takeInventory } from './inventory';
import { changedRows, type SnapshotWriter, writeRow, writeTombstones } from './rows';

type Source = Awaited<ReturnType<SnapshotStream['get']>>;

/** Reads one snapshot stream: its list, what has changed in it, and what is gone from it; what belongs to no repository in shard 0 only. */
export async function readSnapshot(context: SyncContext, selected: SelectedSnapshot): Promise<void> {
  const { stream, state } = selected;
  if (context.config.shardIndex !== 0) return;
  const known = new Map([...state.rows].map(([id, [, address]]) => [id, address]));
  const inventory = await inventoryOf(context, stream, known, (id) => state.seenBy.get(id));
  const writer = writerOf(context, selected);
  rememberWitnesses(context, selected, inventory);
  for (const changed of changedRows(writer, inventory)) await writeRow(writer, changed);
  for (const { id } of inventory.present) state.pending.delete(id); // it was read, whether or not anything is new
  await writeTombstones(writer, inventory);
  context.failures.succeeded(stream.name, 'row');
  for (const { id, address, error } of inventory.unclear)
    postponeRow(context, selected, { id, error, item: `${address} (${stream.what})` });
}

/**
 * Takes the inventory of a snapshot stream.
 * @param known address by id
 * @param witnesses which accounts saw it last, as far as that is known
 */
export function inventoryOf<S extends Source>(
  context: SyncContext,
  stream: SnapshotStream<S>,
  known: ReadonlyMap<number, string>,
  witnesses: (id: number) => ReadonlySet<string> | undefined,
): Promise<Inventory<S>> {
  const { config, bitbucket, emitter } = context;
  const warn = (message: string) => emitter.log('WARN', message);
  const { accounts } = bitbucket;
  const listing: Listing<S> = {
    what: stream.what,
    permission: stream.permission,
    sights: accounts.views.map((view) => ({
      user: view.user,
      list: (tell) => stream.list({ config, bitbucket: view.bitbucket, warn: tell }),
      everything: () => stream.everything({ config, bitbucket: view.bitbucket, warn }),
      ask: (address) => stream.get({ config, bitbucket: view.bitbucket, warn }, address),
    })),
    isGone: (id, agreed) => accounts.isGone(witnesses(id), agreed),
    shows: (source) => stream.isListed(source),
    selects: (source) => stream.selects(config, source),
    selectsKnown: (id, address) => stream.selectsKnown(config, id, address),
  };
  return takeInventory(listing, known, config.maxConcurrency, warn);
}

/** Remembers who sees each row, where there are several accounts: what nobody sees any more is gone by their word alone. */
export function rememberWitnesses(
  { bitbucket }: SyncContext,
  { state }: SelectedSnapshot,
  { present, left, seenBy }: Inventory<Source>,
): void {
  if (!bitbucket.accounts.areSeveral) return state.seenBy.clear();
  for (const { id } of [...present, ...left]) state.seenBy.set(id, seenBy.get(id) ?? []);
}

/** What writes the rows of a snapshot stream. */
export function writerOf({ now, emitter, checkpoints }: SyncContext, { stream, state }: SelectedSnapshot): SnapshotWriter {
  const { name } = stream;
  return { stream, state, now, emit: (row) => emitter.record(name, row), onChange: () => checkpoints.changed(name, 0) };
}

/** A row could not be read: what is remembered of it stays as it was, so that the next sync finds it changed again. */
export function postponeRow(
  { failures }: SyncContext,
  { stream, state }: SelectedSnapshot,
  { id, item, error }: { readonly id: number; readonly item: string; readonly error: Error },
): void {
  const before = state.pending.get(id) ?? 0;
  state.pending.set(id, before);
  failures.add({
    ...{ error, before, item, stream: stream.name, kind: 'row' },
    count: (attempts) => state.pending.set(id, attempts),
  });
}

import type { AnySnapshotStream, SnapshotStream } from '../streams/stream';
import type { SyncContext } from './context';
import { type Listing, takeInventory } from './inventory';
import { buryRows, changedRows, type SnapshotContext, writeRow } from './snapshot';

/** Reads one snapshot stream: its list, what has changed in it, and what is gone from it. */
export async function readSnapshot<Source extends { readonly id: number }>(
  context: SyncContext,
  stream: SnapshotStream<Source> & AnySnapshotStream,
  listing: Listing<Source>,
): Promise<void> {
  const state = context.snapshotState(stream.name);
  if (state === undefined) return;
  const warn = (message: string) => context.emitter.log('WARN', message);
  const known = new Map([...state.rows].map(([id, [, address]]) => [id, address]));
  const inventory = await takeInventory(listing, known, context.config.maxConcurrency, warn);
  const writer = snapshotContext(context, stream);
  for (const changed of changedRows(stream, inventory, state)) await writeRow(writer, state, changed);
  for (const { id } of inventory.present) state.owed.delete(id); // it was read, whether or not anything is new
  await buryRows(writer, stream, inventory, state);
  context.failures.succeeded(stream.name, 'row');
  for (const { id, address, error } of inventory.unclear) {
    const before = state.owed.get(id) ?? 0;
    const count = (failures: number) => state.owed.set(id, failures);
    context.failures.add({ stream: stream.name, kind: 'row', item: `${address} (${listing.what})`, error, before, count });
  }
}

/** What the driver of a snapshot stream needs, made from the sync. */
export function snapshotContext({ now, emitter, checkpoints }: SyncContext, stream: AnySnapshotStream): SnapshotContext {
  return { now, emit: (row) => emitter.record(stream.name, row), onChange: () => checkpoints.changed(stream.name, 0) };
}

import type { AnySnapshotStream, Row, SnapshotStream } from '../streams/stream';
import { tombstone } from '../streams/stream';
import type { Inventory } from './inventory';
import type { SnapshotRow, SnapshotState } from './states';

/** What the driver of a snapshot stream needs from the sync it is part of. */
export interface SnapshotContext {
  readonly now: () => number;
  readonly emit: (row: Row) => Promise<void> | undefined;
  readonly onChange: () => Promise<void> | undefined;
}

/** A row that is new or has changed, and what to remember once it is written. */
export interface ChangedRow {
  readonly id: number;
  readonly row: Row;
  readonly remembered: SnapshotRow;
  /** It left the filters: written a last time, then forgotten. */
  readonly leaves: boolean;
}

/** What of an inventory is new to the state; rows that are as they were only keep their address up to date. */
export function changedRows<Source extends { readonly id: number }>(
  stream: SnapshotStream<Source>,
  inventory: Inventory<Source>,
  state: SnapshotState,
): ChangedRow[] {
  const changed: ChangedRow[] = [];
  const consider = (source: Source, leaves: boolean) => {
    const row = stream.row(source);
    const known = state.rows.get(source.id);
    const remembered: SnapshotRow = [
      stream.fingerprint(row),
      stream.addressOf(source),
      ...((known?.slice(2) ?? []) as [string?]),
    ];
    if (known?.[0] !== remembered[0]) changed.push({ id: source.id, row, remembered, leaves });
    else if (leaves) state.rows.delete(source.id);
    else if (known[1] !== remembered[1]) state.rows.set(source.id, remembered);
  };
  for (const source of inventory.present) consider(source, false);
  for (const source of inventory.left) if (state.rows.has(source.id)) consider(source, true);
  return changed;
}

/** Writes a row as of now, then remembers it. */
export async function writeRow(context: SnapshotContext, state: SnapshotState, changed: ChangedRow): Promise<void> {
  const behind = context.emit({ ...changed.row, changed_at: new Date(context.now()).toISOString(), deleted_at: null });
  if (changed.leaves) state.rows.delete(changed.id);
  else state.rows.set(changed.id, changed.remembered);
  state.owed.delete(changed.id);
  await behind;
  await context.onChange();
}

/** Writes a tombstone for each row that is gone, and forgets what the filters no longer want. */
export async function buryRows(
  context: SnapshotContext,
  stream: AnySnapshotStream,
  inventory: Pick<Inventory<unknown>, 'gone' | 'unwanted'>,
  state: SnapshotState,
): Promise<void> {
  for (const id of inventory.gone) {
    state.owed.delete(id);
    if (!state.rows.delete(id)) continue;
    await context.emit(tombstone(stream, { id }, new Date(context.now()).toISOString()));
    await context.onChange();
  }
  for (const id of inventory.unwanted) state.rows.delete(id);
}

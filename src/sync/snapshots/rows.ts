import type { Row, SnapshotStream } from '../../streams/stream';
import { tombstone } from '../../streams/stream';
import { isOurFault } from '../failures';
import type { Inventory } from './inventory';
import type { SnapshotRow, SnapshotState } from './snapshot-state';

/** What writing the rows of a snapshot stream needs from the sync it is part of. */
export interface SnapshotWriter {
  readonly stream: SnapshotStream;
  readonly state: SnapshotState;
  readonly now: () => number;
  readonly emit: (row: Row) => Promise<void> | undefined;
  readonly onChange: () => Promise<void> | undefined;
}

/** A row that is new or has changed, and what to remember once it is written. */
export interface ChangedRow {
  readonly id: number;
  readonly row: Row;
  readonly remembered: SnapshotRow;
  /** It left the filters: written a last time, then put aside. */
  readonly leaves: boolean;
}

/** What of an inventory is new to the state; rows that are as they were only keep their address up to date. */
export function changedRows<Source extends { readonly id: number }>(
  { stream, state }: Pick<SnapshotWriter, 'stream' | 'state'>,
  inventory: Inventory<Source>,
  onFault: (source: Source, error: Error) => void,
): ChangedRow[] {
  const changed: ChangedRow[] = [];
  const consider = (source: Source, leaves: boolean) => {
    const row = stream.row(source);
    const known = state.known(source.id);
    const remembered: SnapshotRow = [
      stream.fingerprint(row),
      stream.addressOf(source),
      ...((known?.slice(2) ?? []) as [string?]),
    ];
    if (known?.[0] !== remembered[0]) changed.push({ id: source.id, row, remembered, leaves });
    else if (leaves) state.leave(source.id, remembered);
    else state.keep(source.id, remembered);
  };
  const attempt = (source: Source, leaves: boolean) => {
    try {
      consider(source, leaves);
    } catch (error) {
      if (!isOurFault(error)) throw error;
      onFault(source, error);
    }
  };
  for (const source of inventory.present) attempt(source, false);
  for (const source of inventory.left) if (state.rows.has(source.id)) attempt(source, true);
  return changed;
}

/** Writes a row as of now, then remembers it. */
export async function writeRow({ state, now, emit, onChange }: SnapshotWriter, changed: ChangedRow): Promise<void> {
  const behind = emit({ ...changed.row, changed_at: new Date(state.stamp(now())).toISOString(), deleted_at: null });
  if (changed.leaves) state.leave(changed.id, changed.remembered);
  else state.keep(changed.id, changed.remembered);
  state.pending.delete(changed.id);
  await behind;
  await onChange();
}

/** Writes a tombstone for each row that is gone, and puts aside what the filters no longer want. */
export async function writeTombstones(
  { stream, state, now, emit, onChange }: SnapshotWriter,
  inventory: Pick<Inventory<unknown>, 'gone' | 'unwanted'>,
): Promise<void> {
  for (const id of inventory.gone) {
    state.pending.delete(id);
    if (!state.remove(id)) continue;
    await emit(tombstone(stream, { id }, state.stamp(now())));
    await onChange();
  }
  for (const id of inventory.unwanted) state.leave(id);
}

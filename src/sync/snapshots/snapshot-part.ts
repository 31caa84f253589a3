import type { SnapshotStream } from '../../streams/stream';
import type { SyncContext } from '../context';
import type { SelectedSnapshot } from '../selected';
import { type Inventory, type Listing, nameOf, takeInventory } from './inventory';
import { changedRows, type SnapshotWriter, writeRow, writeTombstones } from './rows';

type Source = Awaited<ReturnType<SnapshotStream['get']>>;

/** Reads one snapshot stream: its list, what has changed in it, and what is gone from it; what belongs to no repository in shard 0 only. */
export async function readSnapshot(context: SyncContext, selected: SelectedSnapshot): Promise<void> {
  const { stream, state } = selected;
  if (context.config.shardIndex !== 0) return;
  if (state.rows.size > 0 && (await context.isOtherServer)) state.forget();
  const known = addressesIn(state);
  const inventory = await inventoryOf(context, stream, known, (id) => state.seenBy.get(id));
  const writer = writerOf(context, selected);
  rememberWitnesses(context, selected, inventory);
  const faults = new Map<number, Error>();
  for (const changed of changedRows(writer, inventory, ({ id }, error) => faults.set(id, error))) await writeRow(writer, changed);
  // It was read, whether or not anything is new.
  for (const { id } of inventory.present) if (!faults.has(id)) state.pending.delete(id);
  for (const [id, error] of faults) postponeRow(context, selected, { id, error, item: `${stream.what} ${id}` });
  await writeTombstones(writer, inventory);
  context.failures.succeeded(stream.name, 'row');
  for (const each of inventory.unclear)
    postponeRow(context, selected, { id: each.id, error: each.error, item: `${nameOf(each)} (${stream.what})` });
  failNameless(context, stream, inventory);
}

/** An entry without an id fails each sync: nobody can tell what is missing. */
export function failNameless(
  { failures }: SyncContext,
  { name }: { readonly name: string },
  { nameless }: Pick<Inventory<unknown>, 'nameless'>,
): void {
  if (nameless === null) return;
  const item = 'An entry of a list';
  failures.add({ error: nameless, stream: name, kind: 'row', item, before: 0, count: () => undefined });
}

/** The address of each row that is known, by id. */
export function addressesIn({ rows, outside }: SelectedSnapshot['state']): Map<number, string> {
  return new Map([...outside, ...rows].map(([id, [, address]]) => [id, address]));
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
  const scope = { config, warn, onUnreadable: () => undefined };
  const listing: Listing<S> = {
    what: stream.what,
    permission: stream.permission,
    sights: accounts.views.map((view) => ({
      user: view.user,
      list: (tell, onUnreadable) =>
        stream.list({
          ...scope,
          bitbucket: view.bitbucket,
          warn: tell,
          onUnreadable: ({ id }) => onUnreadable(typeof id === 'number' ? id : null),
        }),
      everything: () => stream.everything({ ...scope, bitbucket: view.bitbucket }),
      ask: (address) => stream.get({ ...scope, bitbucket: view.bitbucket }, address),
    })),
    isGone: (id, agreed) => accounts.isGone(witnesses(id), agreed),
    shows: (source) => stream.isListed(source),
    selects: (source) => stream.selects(config, source),
    selectsKnown: (id, address) => stream.selectsKnown(config, id, address),
  };
  return takeInventory(listing, known, config.maxConcurrency, warn);
}

/**
 * Remembers who sees each row, where there are several accounts: what nobody sees any more is gone by their word alone. Who saw it before and
 * could not look this time may see it still.
 */
export function rememberWitnesses(
  { bitbucket }: SyncContext,
  { state }: SelectedSnapshot,
  { present, left, seenBy, able }: Inventory<Source>,
): void {
  const { accounts } = bitbucket;
  if (!accounts.areSeveral) return state.seenBy.clear();
  for (const { id } of [...present, ...left]) {
    const now = seenBy.get(id) ?? new Set();
    const unable = [...(state.seenBy.get(id) ?? [])].filter(
      (user) => !now.has(user) && !able.has(user) && accounts.isConfigured(user),
    );
    state.seenBy.set(id, [...now, ...unable]);
  }
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

import { Batch, DELETED_AT } from './batch';
import type { Target } from './catalog';
import { quote, type Database } from './database';
import type { JsonObject } from './messages';
import { promoteState, saveState } from './states';
import {
  endAnew,
  EXTRACTED_AT,
  forgetAnew,
  isReadAnew,
  loadingTable,
  proveRows,
  sameKey,
  swapTables,
  notReplaced,
  unproven,
} from './tables';

/** A batch never grows beyond these, whatever the connector sends: memory stays flat. */
const MAX_ROWS = 20_000;
const MAX_BYTES = 16 * 1024 * 1024;

interface Loading {
  readonly target: Target;
  readonly batch: Batch;
  state: { readonly value: unknown } | null;
  complete: boolean;
  /** What the end of the stream means for its table has been done. */
  settled: boolean;
  /** Whether the table is being read anew; null: nobody has asked the database, which takes as long as writing a small batch. */
  isReadAnew: boolean | null;
}

/**
 * Loads records and states: what was added before a state is in the database when that state is, for both are written in
 * one transaction; nothing is written between two calls of `commit`.
 */
export class Loader {
  private readonly streams: ReadonlyMap<string, Loading>;
  private rows = 0;
  private bytes = 0;
  private statesWaiting = false;

  /**
   * @param onMisfit hears of each value that does not fit its column
   * @param onStaged may compare rows that wait in `temp.batch` with those in their table, before they are written
   * @param onMissing hears, before they go, by which condition rows of the table `t` have not come again though all others have
   */
  constructor(
    private readonly database: Database,
    targets: readonly Target[],
    private readonly now: () => number,
    onMisfit: (stream: string, column: string, value: unknown) => void,
    private readonly onStaged: (target: Target, rows: number, areTombstones: boolean) => Promise<unknown> = () =>
      Promise.resolve(),
    private readonly onMissing: (target: Target, missing: string) => Promise<unknown> = () => Promise.resolve(),
  ) {
    this.streams = new Map(
      targets.map((target) => {
        const batch = new Batch(target, (column, value) => onMisfit(target.id, column, value));
        return [target.id, { target, batch, state: null, complete: false, settled: false, isReadAnew: null }];
      }),
    );
  }

  /** Whether the batch must be committed before more is added. */
  get isFull(): boolean {
    return this.rows >= MAX_ROWS || this.bytes >= MAX_BYTES;
  }

  /** Whether there is a state, or the end of a replacement, that a commit would make durable. */
  get hasNews(): boolean {
    return this.statesWaiting;
  }

  /** Takes a record that was `bytes` long on the wire. */
  add(stream: string, data: JsonObject, emittedAt: number, bytes: number): void {
    const loading = this.streams.get(stream);
    if (loading === undefined) return;
    loading.batch.add(data, emittedAt);
    this.rows++;
    this.bytes += bytes;
  }

  /** Takes a state, which covers what was added before; a later one of the same stream takes its place. */
  cover(stream: string, state: unknown): void {
    const loading = this.streams.get(stream);
    if (loading === undefined) return;
    loading.state = { value: state };
    this.statesWaiting = true;
  }

  /** Says that the stream came whole: a replacement takes the place of the old rows with the next commit. */
  complete(stream: string): void {
    const loading = this.streams.get(stream);
    if (loading === undefined) return;
    loading.complete = true;
    this.statesWaiting = true;
  }

  /** Writes everything taken so far, rows and states, in one transaction. */
  async commit(): Promise<void> {
    const changed = [...this.streams.values()].filter(needsCommit);
    if (changed.length > 0) {
      await this.database.transaction(async () => {
        for (const loading of changed) await this.write(loading);
      });
    }
    for (const loading of changed) {
      loading.batch.clear();
      loading.state = null;
      if (loading.complete) Object.assign(loading, { settled: true, isReadAnew: false });
    }
    this.rows = 0;
    this.bytes = 0;
    this.statesWaiting = false;
  }

  private async write(loading: Loading): Promise<void> {
    const { target, batch, state } = loading;
    const isBeside = target.mode === 'replace' && !loading.settled;
    const table = isBeside ? loadingTable(target) : target.table;
    if (batch.rows.length > 0) await this.insert(table, loading);
    if (batch.tombstones.length > 0) await this.writeTombstones(table, loading);
    if (state !== null) await saveState(this.database, target, state.value, { now: this.now(), isBeside });
    if (loading.complete && !loading.settled) await this.settle(loading);
  }

  /** The stream has come whole: a replacement takes the place of the table; rows that did not come again while all was read anew are gone. */
  private async settle(loading: Loading): Promise<void> {
    const { target } = loading;
    if (target.mode === 'replace') {
      if (target.key.length > 0) await this.onMissing(target, notReplaced(target));
      await swapTables(this.database, target);
      await promoteState(this.database, target);
      await forgetAnew(this.database, target);
    } else if (await this.isReadAnew(loading)) {
      await this.onMissing(target, unproven(target));
      await endAnew(this.database, target, DELETED_AT, BigInt(Math.trunc(this.now())) * 1000n);
    }
  }

  /** Delete and insert, not ON CONFLICT: no index then has to fit into memory, and it is as fast. */
  private async insert(table: string, loading: Loading): Promise<void> {
    const { target, batch } = loading;
    const names = batch.columns.map(({ name }) => quote(name)).join(', ');
    await this.stage(batch, batch.rows);
    await this.onStaged(target, batch.rows.length, false);
    await this.prove(loading);
    if (target.mode !== 'append' && target.key.length > 0) {
      await this.database.run(`DELETE FROM ${quote(table)} AS t USING temp.batch AS b WHERE ${sameKey(target)}`);
    }
    await this.database.run(`INSERT INTO ${quote(table)} (${names}) SELECT ${names} FROM temp.batch`);
  }

  private async writeTombstones(table: string, loading: Loading): Promise<void> {
    const { target, batch } = loading;
    const names = batch.columns.map(({ name }) => quote(name)).join(', ');
    const cursor = target.cursor === null || target.cursor === DELETED_AT ? null : quote(target.cursor);
    const changes = [
      ...[DELETED_AT, EXTRACTED_AT.name].map((name) => `${quote(name)} = b.${quote(name)}`),
      ...(cursor === null || target.key.includes(target.cursor ?? '') ? [] : [`${cursor} = coalesce(b.${cursor}, t.${cursor})`]),
    ];
    await this.stage(batch, batch.tombstones);
    await this.onStaged(target, batch.tombstones.length, true);
    await this.prove(loading);
    await this.database.run(
      `UPDATE ${quote(table)} AS t SET ${changes.join(', ')} FROM temp.batch AS b WHERE ${sameKey(target)}`,
    );
    await this.database.run(
      `INSERT INTO ${quote(table)} (${names}) SELECT ${names} FROM temp.batch AS b
       WHERE NOT EXISTS (SELECT 1 FROM ${quote(table)} AS t WHERE ${sameKey(target)})`,
    );
  }

  private async prove(loading: Loading): Promise<void> {
    const { target } = loading;
    if (target.mode === 'upsert' && (await this.isReadAnew(loading))) await proveRows(this.database, target, 'temp.batch');
  }

  /** Until the stream has come whole: a table begins to be read anew before a sync, never within one. */
  private async isReadAnew(loading: Loading): Promise<boolean> {
    loading.isReadAnew ??= await isReadAnew(this.database, loading.target);
    return loading.isReadAnew;
  }

  private async stage(batch: Batch, rows: Batch['rows']): Promise<void> {
    const columns = batch.columns.map(({ name, type }) => `${quote(name)} ${type === 'JSON' ? 'VARCHAR' : type}`);
    await this.database.run(`CREATE OR REPLACE TEMP TABLE batch (${columns.join(', ')})`);
    await this.database.append('batch', batch.columns, rows);
  }
}

function needsCommit({ batch, state, complete, settled }: Loading): boolean {
  return batch.size > 0 || state !== null || (complete && !settled);
}

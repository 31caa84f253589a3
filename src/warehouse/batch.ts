import type { Target } from './catalog';
import { toValue, type Column, type Value } from './columns';
import type { JsonObject } from './messages';
import { SyncError } from './sync-error';
import { tableColumns } from './tables';

/** The column that makes a row of this connector's streams a tombstone when it is not null. */
export const DELETED_AT = 'deleted_at';

type Row = readonly Value[];

/**
 * Rows of one stream on their way to its table, at most one per key: the last word wins. A tombstone is kept apart, for
 * it changes two columns of a row that may already be in the table; on a row that is still here it does so at once.
 */
export class Batch {
  readonly columns: readonly Column[];
  private readonly keyIndexes: readonly number[];
  private readonly deletedIndex: number;
  private readonly cursorIndex: number;
  private readonly byKey = new Map<string | number, Row>();
  private readonly tombstonesByKey = new Map<string | number, Row>();
  private added = 0;

  /** `onMisfit` hears of each value that its column cannot hold (null is loaded in its place) and of undeclared columns. */
  constructor(
    private readonly target: Target,
    private readonly onMisfit: (column: string, value: unknown) => void,
  ) {
    this.columns = tableColumns(target);
    const indexOf = (name: string) => this.columns.findIndex((column) => column.name === name);
    this.keyIndexes = target.mode === 'append' ? [] : target.key.map(indexOf);
    this.deletedIndex = this.keyIndexes.length === 0 ? -1 : indexOf(DELETED_AT);
    this.cursorIndex = target.cursor === null ? -1 : indexOf(target.cursor);
  }

  /** Rows to be put into the table whole. */
  get rows(): readonly Row[] {
    return [...this.byKey.values()];
  }

  /** Rows that only mark what is in the table as deleted. */
  get tombstones(): readonly Row[] {
    return [...this.tombstonesByKey.values()];
  }

  /** How many rows wait here. */
  get size(): number {
    return this.byKey.size + this.tombstonesByKey.size;
  }

  /** Takes a record; throws a SyncError if a part of its key is missing. */
  add(data: JsonObject, emittedAt: number): void {
    const row = this.toRow(data, emittedAt);
    const key = this.keyOf(row);
    const deletedAt = row[this.deletedIndex] ?? null;
    if (deletedAt === null) {
      this.tombstonesByKey.delete(key);
      this.byKey.set(key, row);
      return;
    }
    const waiting = this.byKey.get(key);
    if (waiting === undefined) this.tombstonesByKey.set(key, row);
    else this.byKey.set(key, this.marked(waiting, row));
  }

  /** Forgets all rows, once they are in the table. */
  clear(): void {
    this.byKey.clear();
    this.tombstonesByKey.clear();
  }

  private toRow(data: JsonObject, emittedAt: number): Row {
    const row = this.target.columns.map(({ name, type }) => {
      const value = toValue(type, data[name]);
      if (value === undefined) this.onMisfit(name, data[name]);
      return value ?? null;
    });
    row.push(BigInt(Math.trunc(emittedAt)) * 1000n);
    return row;
  }

  private keyOf(row: Row): string | number {
    if (this.keyIndexes.length === 0) return this.added++;
    return this.keyIndexes
      .map((index) => {
        const value = row[index] ?? null;
        if (value !== null) return String(value);
        throw new SyncError(
          `A record of ${this.target.id} has no usable ${this.columns[index]?.name ?? 'key'}, which is part of its primary key: this is a defect of the connector.`,
        );
      })
      .join('\u0000');
  }

  private marked(row: Row, tombstone: Row): Row {
    const extractedIndex = this.columns.length - 1;
    return row.map((value, index) => {
      if (index === this.deletedIndex || index === extractedIndex) return tombstone[index] ?? null;
      return index === this.cursorIndex ? (tombstone[index] ?? value) : value;
    });
  }
}

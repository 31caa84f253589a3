import { isJson } from '../../config/json';
import { parseInstant } from '../repository/instants';
import { printState, unpackState } from '../packing';
import { SeenBy } from './seen-by';
import { entriesById, type FullRefresh, isKnownVersion, parseFullRefresh, type StreamState, VERSION } from '../stream-state';

/** Fingerprint, address, and for repositories the default branch. */
export type SnapshotRow = readonly [fingerprint: string, address: string, defaultBranch?: string | null];

/** One snapshot stream's memory: each row by id, as `[fingerprint, address, …]`. */
export class SnapshotState implements StreamState {
  fullRefresh: FullRefresh = null;
  readonly rows = new Map<number, SnapshotRow>();
  /** Rows that were written and that the filters no longer select: not looked for, until they do again. */
  readonly outside = new Map<number, SnapshotRow>();
  /** The greatest `changed_at` that was written, in epoch milliseconds. */
  private latest = 0;
  /** Entries that could not be understood. */
  damaged = 0;
  /** Rows that could not be read, with the number of syncs that failed to. */
  readonly pending = new Map<number, number>();
  /** Which accounts saw a row when it was last seen; of none, where there is but one account. */
  readonly seenBy = new SeenBy();
  /** When what costs a request per row was last read for all, in epoch milliseconds. */
  recheckedAt: number | null = null;

  /** What is remembered of a row, whether or not the filters select it. */
  known(id: number): SnapshotRow | undefined {
    return this.rows.get(id) ?? this.outside.get(id);
  }

  /** The row was written, or is as it was. */
  keep(id: number, row: SnapshotRow): void {
    this.rows.set(id, row);
    this.outside.delete(id);
  }

  /** The filters no longer select the row. */
  leave(id: number, row = this.rows.get(id)): void {
    if (row !== undefined) this.outside.set(id, row);
    this.rows.delete(id);
  }

  /** The row is gone. @returns whether it was known */
  remove(id: number): boolean {
    const wasOutside = this.outside.delete(id);
    return this.rows.delete(id) || wasOutside;
  }

  /** Nothing of it is known any more: it was of another server. */
  forget(): void {
    for (const part of [this.rows, this.outside, this.pending, this.seenBy]) part.clear();
    this.recheckedAt = null;
  }

  /** The instant of a row that is written now: never below that of one that was, whatever the clock says. */
  stamp(now: number): number {
    this.latest = Math.max(this.latest, now);
    return this.latest;
  }

  print(): string {
    const seenBy = this.seenBy.print((id) => this.known(id) !== undefined);
    const readable = {
      version: VERSION,
      ...(this.fullRefresh !== null && { full_refresh: this.fullRefresh }),
      ...(this.recheckedAt !== null && { rechecked_at: new Date(this.recheckedAt).toISOString() }),
      ...(this.latest > 0 && { changed_at: new Date(this.latest).toISOString() }),
      ...(this.pending.size > 0 && { pending: Object.fromEntries(this.pending) }),
    };
    const rest = JSON.stringify({
      rows: Object.fromEntries(this.rows),
      ...(this.outside.size > 0 && { outside: Object.fromEntries(this.outside) }),
      ...(seenBy.length > 0 && { seen_by: seenBy }),
    });
    return printState(readable, { rows: this.rows.size, outside: this.outside.size }, [rest.slice(1, -1)]);
  }

  static parse(saved: unknown, now: number): SnapshotState {
    const state = new SnapshotState();
    if (!isJson(saved) || !isKnownVersion(saved)) return state;
    const raw = unpackState(saved);
    if (raw === null) {
      state.damaged = 1;
      return state;
    }
    state.fullRefresh = parseFullRefresh(raw.full_refresh);
    const recheckedAt = Date.parse(String(raw.rechecked_at));
    state.recheckedAt = Number.isNaN(recheckedAt) ? null : Math.min(recheckedAt, now);
    state.latest = parseInstant(raw.changed_at, now) ?? 0;
    const parts = [
      [raw.rows, state.rows],
      [raw.outside, state.outside],
    ] as const;
    for (const [part, into] of parts) {
      state.damaged += countOf(part) - entriesById(part).length;
      for (const [id, row] of entriesById(part)) {
        if (isRow(row)) into.set(id, row);
        else state.damaged++;
      }
    }
    state.seenBy.parse(raw.seen_by);
    for (const [id, failures] of entriesById(raw.pending ?? raw.owed)) state.pending.set(id, Number(failures) || 0);
    return state;
  }
}

function isRow(row: unknown): row is SnapshotRow {
  return Array.isArray(row) && typeof row[0] === 'string' && typeof row[1] === 'string' && row[1] !== '';
}

function countOf(part: unknown): number {
  return part === undefined ? 0 : isJson(part) ? Object.keys(part).length : 1;
}

import { isJson } from '../../config/json';
import { SeenBy } from './seen-by';
import { entriesById, type FullRefresh, isKnownVersion, parseFullRefresh, type StreamState, VERSION } from '../stream-state';

/** Fingerprint, address, and for repositories the default branch. */
export type SnapshotRow = readonly [fingerprint: string, address: string, defaultBranch?: string | null];

/** One snapshot stream's memory: each row by id, as `[fingerprint, address, …]`. */
export class SnapshotState implements StreamState {
  fullRefresh: FullRefresh = null;
  readonly rows = new Map<number, SnapshotRow>();
  /** Rows that could not be read, with the number of syncs that failed to. */
  readonly pending = new Map<number, number>();
  /** Which accounts saw a row when it was last seen; of none, where there is but one account. */
  readonly seenBy = new SeenBy();
  /** When what costs a request per row was last read for all, in epoch milliseconds. */
  recheckedAt: number | null = null;

  print(): string {
    const seenBy = this.seenBy.print((id) => this.rows.has(id));
    return JSON.stringify({
      version: VERSION,
      ...(this.fullRefresh !== null && { full_refresh: this.fullRefresh }),
      ...(this.recheckedAt !== null && { rechecked_at: new Date(this.recheckedAt).toISOString() }),
      rows: Object.fromEntries(this.rows),
      ...(seenBy.length > 0 && { seen_by: seenBy }),
      ...(this.pending.size > 0 && { pending: Object.fromEntries(this.pending) }),
    });
  }

  static parse(raw: unknown, now: number): SnapshotState {
    const state = new SnapshotState();
    if (!isJson(raw) || !isKnownVersion(raw)) return state;
    state.fullRefresh = parseFullRefresh(raw.full_refresh);
    const recheckedAt = Date.parse(String(raw.rechecked_at));
    state.recheckedAt = Number.isNaN(recheckedAt) ? null : Math.min(recheckedAt, now);
    for (const [id, row] of entriesById(raw.rows)) {
      if (Array.isArray(row) && typeof row[0] === 'string' && typeof row[1] === 'string')
        state.rows.set(id, row as unknown as SnapshotRow);
    }
    state.seenBy.parse(raw.seen_by);
    for (const [id, failures] of entriesById(raw.pending ?? raw.owed)) state.pending.set(id, Number(failures) || 0);
    return state;
  }
}

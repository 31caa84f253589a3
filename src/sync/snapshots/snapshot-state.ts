import { isJson } from '../../config/json';
import { entriesById, type FullRefresh, isKnownVersion, parseFullRefresh, type StreamState, VERSION } from '../stream-state';

/** Fingerprint, address, and for repositories the default branch. */
export type SnapshotRow = readonly [fingerprint: string, address: string, defaultBranch?: string | null];

/** One snapshot stream's memory: each row by id, as `[fingerprint, address, …]`. */
export class SnapshotState implements StreamState {
  fullRefresh: FullRefresh = null;
  readonly rows = new Map<number, SnapshotRow>();
  /** Rows that could not be read, with the number of syncs that failed to. */
  readonly pending = new Map<number, number>();
  /** When what costs a request per row was last read for all, in epoch milliseconds. */
  recheckedAt: number | null = null;

  print(): string {
    return JSON.stringify({
      version: VERSION,
      ...(this.fullRefresh !== null && { full_refresh: this.fullRefresh }),
      ...(this.recheckedAt !== null && { rechecked_at: new Date(this.recheckedAt).toISOString() }),
      rows: Object.fromEntries(this.rows),
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
    for (const [id, failures] of entriesById(raw.pending ?? raw.owed)) state.pending.set(id, Number(failures) || 0);
    return state;
  }
}

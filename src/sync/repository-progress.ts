import { type PullRequestReference, type PullRequestStream, type Row, tombstone } from '../streams/stream';
import { type Coverage, covers, extend, highMark, lowestGap } from './coverage';
import type { RepositoryState } from './pull-request-state';

const DAY_MS = 24 * 3600 * 1000;

/** What a walk is to go by; instants in epoch milliseconds. */
export interface ProgressOptions {
  readonly startedAt: number;
  /** Nothing older is wanted; -Infinity where all is. */
  readonly beginning: number;
  readonly lookbackDays: number;
  /** Everything known is to be read again. */
  readonly recheck: boolean;
}

/** A list entry's place in the order of the walk. */
export interface Ticket {
  readonly id: number;
  readonly date: number;
  /** Kept in state while the walk goes on. */
  readonly remembered: boolean;
  /** Kept in state afterwards. */
  readonly kept: boolean;
  done: boolean;
}

/**
 * One stream's way through one repository: says which list entries must be read, and moves what is covered behind what has been
 * written. Entries are tracked in list order (most recently updated first) and settled in any; coverage goes down to the first that is
 * not settled, and never claims what was not.
 */
export class RepositoryProgress {
  /** Every pull request updated since then is known, or new. */
  readonly floor: number;
  /** The list must be read down to here. */
  readonly bottom: number;
  /** Owed ones that are read by themselves, not when the list comes to them. */
  readonly retried = new Set<number>();
  private base: Coverage;
  private readonly keptAfterwards = new Set<number>();
  /** Of what is known or owed, what somebody has looked at. */
  private readonly seen = new Set<number>();
  private queue: Ticket[] = [];
  private head = 0;
  private top: number | null = null;
  private lastDate = Infinity;
  private suspended = false;
  /** Ids count up from 1 within a repository: about how many there are. */
  private highestId = 0;

  constructor(
    readonly stream: PullRequestStream,
    readonly state: RepositoryState,
    private readonly options: ProgressOptions,
    /** Called after each change of the state, with the share of the repository that one settled entry is. */
    private readonly onChange: (share: number) => void,
  ) {
    this.base = state.covered;
    const readAt = state.readAt ?? options.startedAt;
    this.floor = Math.min(readAt - Math.max(options.lookbackDays, state.lookbackDays) * DAY_MS, highMark(state.covered));
    if (state.covered.length === 0) this.floor = readAt - options.lookbackDays * DAY_MS;
    this.bottom = Math.max(Math.min(this.floor, lowestGap(state.covered, options.beginning)), options.beginning);
    state.readAt = readAt;
    state.lookbackDays = state.covered.length === 0 ? options.lookbackDays : state.lookbackDays;
  }

  /** Whether this stream must read a pull request again, given its list entry. */
  wants(entry: PullRequestReference, fingerprint: () => string): boolean {
    if (entry.updatedDate < this.options.beginning) return false;
    const known = this.state.known.get(entry.id);
    // Without its content, of which it is only known that nobody has to look at it, there is nothing to compare.
    const recheck = this.options.recheck && known?.includes(' ') === true;
    const again = this.stream.rechecked !== null && (recheck || this.state.owed.has(entry.id));
    if (known !== undefined) return again || fingerprintOf(known) !== fingerprint();
    return (
      this.state.owed.has(entry.id) || entry.open || entry.updatedDate >= this.floor || !covers(this.base, entry.updatedDate)
    );
  }

  /** The same for one that something happened to: what may have changed without a trace is read in any case. */
  wantsHinted(entry: PullRequestReference, fingerprint: string): boolean {
    if (entry.updatedDate < this.options.beginning) return false;
    const isForgotten = this.stream.fromList !== null && !this.state.known.has(entry.id);
    return this.stream.rechecked !== null || isForgotten || this.wants(entry, () => fingerprint);
  }

  /** Something was never read: the walk will read it, and must not find it read before. */
  get hasGap(): boolean {
    return !this.state.empty && (this.base.length === 0 || lowestGap(this.base, this.options.beginning) !== Infinity);
  }

  /** Takes the next entry of the list. */
  track(entry: PullRequestReference): Ticket {
    this.top ??= entry.updatedDate;
    this.lastDate = entry.updatedDate;
    this.highestId = Math.max(this.highestId, entry.id);
    const ticket = this.ticket(entry);
    this.queue.push(ticket);
    return ticket;
  }

  /** An entry that came by another way than the list of all, and says nothing of what is covered. */
  ticket(entry: PullRequestReference): Ticket {
    const { startedAt, lookbackDays, beginning } = this.options;
    const window = Math.min(startedAt - lookbackDays * DAY_MS, this.top ?? Infinity);
    const wanted = entry.updatedDate >= beginning;
    const kept = wanted && (entry.open || entry.updatedDate >= window);
    const remembered = kept || (wanted && entry.updatedDate >= this.floor);
    if (kept) this.keptAfterwards.add(entry.id);
    if (remembered || this.state.known.has(entry.id) || this.state.owed.has(entry.id)) this.seen.add(entry.id);
    return { id: entry.id, date: entry.updatedDate, kept, remembered, done: false };
  }

  /** It is to be kept and is not known, because what was above it is gone: all that is known is what it is like now. */
  isUnknown(ticket: Ticket): boolean {
    return ticket.kept && !this.state.known.has(ticket.id);
  }

  /** The entry was written, or nothing about it is new. @param known what it is like now; undefined where it is as it was */
  settle(ticket: Ticket, known?: string): void {
    this.state.owed.delete(ticket.id);
    if (known !== undefined && ticket.remembered) this.state.known.set(ticket.id, known);
    // A state from before it was kept goes on without: a pull request above what is written now may have been written then.
    const isKept = this.state.highestId > 0 || this.base.length === 0;
    if (known !== undefined && isKept) this.state.highestId = Math.max(this.state.highestId, ticket.id);
    this.finish(ticket);
  }

  /** Some of its rows go out: should the others never be read, the next sync looks again, and knows which rows there are. */
  note(id: number, known: string): void {
    this.state.known.set(id, known);
    this.onChange(0);
  }

  /** The entry is owed, or vanished while it was to be read: what is known of it stays, so that the next sync asks for it. */
  leave(ticket: Ticket): void {
    this.finish(ticket);
  }

  /** A pull request could not be read: it is read first in the next sync. @param failures syncs that failed to, as far as they count */
  owe(id: number, failures = this.state.owed.get(id) ?? 0): void {
    this.seen.add(id);
    this.state.owed.set(id, failures);
    this.onChange(0);
  }

  /** What is known or owed, no list has shown, and nobody asks for yet. */
  unseen(): number[] {
    return [...new Set([...this.state.known.keys(), ...this.state.owed.keys()])].filter(
      (id) => !this.seen.has(id) && !this.retried.has(id),
    );
  }

  /** Keeps what is known of a pull request that no list showed. */
  keep(id: number): void {
    this.keptAfterwards.add(id);
  }

  /**
   * A pull request is gone. One that was closed long ago is not known any more, but was written; what came and went between two syncs was
   * not. @returns its tombstone, where there must be one
   */
  bury(repositoryId: number, id: number, at: number): Row | null {
    const wasWritten = mayHaveWritten(this.state, id);
    this.forget(id);
    const keys = this.stream.tombstoneKey?.(repositoryId, id);
    return wasWritten && keys !== undefined ? tombstone(this.stream, keys, new Date(at).toISOString()) : null;
  }

  /** @returns whether it was known */
  forget(id: number): boolean {
    this.state.owed.delete(id);
    this.onChange(0);
    return this.state.known.delete(id);
  }

  /**
   * The list is not in order: nothing more is covered before it has been read to its end. What a read that was cut off has claimed of it
   * was claimed in the belief that it is, and is withdrawn.
   */
  suspend(): void {
    this.suspended = true;
    if (lowestGap(this.base, this.options.beginning) !== Infinity) this.base = [];
    this.state.covered = this.base;
    this.state.unordered = true;
    this.onChange(0);
  }

  /** Everything down to the bottom was read and written. */
  complete(): void {
    const { startedAt, beginning, lookbackDays, recheck } = this.options;
    if (this.stream.rechecked !== null)
      this.state.recheckedAt = recheck ? startedAt : (this.state.recheckedAt ?? this.state.readAt);
    // What lies before the beginning is not claimed, even if it was read once: nobody has looked at it since.
    this.state.covered =
      this.top === null ? [] : extend([], { from: beginning === -Infinity ? beginning : beginning - 1, to: this.top });
    this.state.readAt = startedAt;
    this.state.lookbackDays = lookbackDays;
    this.state.empty = this.top === null;
    this.state.failures = 0;
    for (const id of this.state.known.keys()) {
      if (!this.keptAfterwards.has(id) && !this.state.owed.has(id)) this.state.known.delete(id);
    }
    this.onChange(0);
  }

  private finish(ticket: Ticket): void {
    ticket.done = true;
    while (this.queue[this.head]?.done === true) this.head++;
    if (this.head > 1000) {
      this.queue = this.queue.slice(this.head);
      this.head = 0;
    }
    if (!this.suspended && this.top !== null) {
      const from = this.queue[this.head]?.date ?? this.lastDate;
      this.state.covered = extend(this.base, { from, to: this.top });
    }
    this.onChange(1 / Math.max(this.highestId, 1));
  }
}

/** Whether a pull request may have been written, though nothing is known of it any more: ids count up. */
export function mayHaveWritten({ known, highestId, covered }: RepositoryState, id: number): boolean {
  return known.has(id) || (highestId === 0 ? covered.length > 0 : id <= highestId);
}

/** The fingerprint within what is known of a pull request: all of it, or its first word. */
function fingerprintOf(known: string): string {
  const end = known.indexOf(' ');
  return end === -1 ? known : known.slice(0, end);
}

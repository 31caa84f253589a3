import type { RestPullRequest } from '../../bitbucket/api/payloads';
import { type PullRequestReference, type PullRequestStream, type Row, tombstone } from '../../streams/stream';
import type { RepositoryMemory } from '../repository/repository-states';
import { type Coverage, covers, extend, highMark, lowestGap } from './coverage';
import { type ItemMemory, UNKNOWN } from './item-memory';
import type { PullRequestsState } from './item-state';

const DAY_MS = 24 * 3600 * 1000;
/** Lists show a pull request a moment after its date: so far back is looked in any case. */
const LEAST_LOOKBACK_MS = 10 * 60_000;

/** What a listing pass is to go by; instants in epoch milliseconds. */
export interface TrackerOptions {
  readonly startedAt: number;
  /** Nothing older is wanted; -Infinity where all is. */
  readonly beginning: number;
  readonly lookbackDays: number;
  /** Everything known is to be read again. */
  readonly recheck: boolean;
}

/** A list entry's place in the order of the listing pass. */
export interface Place {
  readonly id: number;
  readonly date: number;
  /** Kept in state while the pass goes on. */
  readonly isRemembered: boolean;
  /** Kept in state afterwards. */
  readonly isKept: boolean;
  isDone: boolean;
}

/**
 * The progress of one stream in one repository's pull requests: says which list entries must be read, and moves what is covered behind what has been
 * written. Entries are tracked in list order (most recently updated first) and settled in any; coverage goes down to the first that is
 * not settled, and never claims what was not.
 */
export class Tracker {
  /** Every pull request updated since then is known, or new. */
  readonly floor: number;
  /** The list must be read down to here. */
  readonly bottom: number;
  /** Pending ones that are read by themselves, not when the list comes to them. */
  readonly retried = new Set<number>();
  private base: Coverage;
  private readonly keptAfterwards = new Set<number>();
  /** Of what is known or pending, what was listed or asked for. */
  private readonly seen = new Set<number>();
  private queue: Place[] = [];
  private head = 0;
  private top: number | null = null;
  private lastDate = Infinity;
  /** Down to where the coverage in the state goes, which need not be put together for each entry. */
  private coveredDownTo = NaN;
  private isBlocked = false;
  private suspended = false;
  /** Ids count up from 1 within a repository: about how many there are. */
  private highestId = 0;

  constructor(
    readonly stream: PullRequestStream,
    readonly memory: RepositoryMemory<PullRequestsState>,
    private readonly options: TrackerOptions,
    /** Called after each change of the state, with the share of the repository that one settled entry is. */
    private readonly onChange: (share: number) => void,
  ) {
    const state = memory.body;
    this.base = state.covered;
    const readAt = state.readAt ?? options.startedAt;
    const lookbackDays = Math.max(options.lookbackDays, state.lookbackDays);
    this.floor = Math.min(readAt - lookback(lookbackDays), highMark(state.covered));
    if (state.covered.length === 0) this.floor = readAt - lookback(options.lookbackDays);
    this.bottom = Math.max(Math.min(this.floor, lowestGap(state.covered, options.beginning)), options.beginning);
    state.readAt = readAt;
    state.lookbackDays = state.covered.length === 0 ? options.lookbackDays : state.lookbackDays;
  }

  /** Whether this stream must read a pull request again, given its list entry. */
  wants(entry: PullRequestReference, listed: Fingerprints): boolean {
    if (entry.updatedDate < this.options.beginning) return false;
    const isPending = this.memory.pending.has(entry.id);
    const known = this.state.known.get(entry.id);
    if (known === undefined)
      return isPending || entry.open || entry.updatedDate >= this.floor || !covers(this.base, entry.updatedDate);
    // Without its rows, of which it is only known that they need no reading, there is nothing to compare.
    const recheck = this.options.recheck && (known.content !== null || known.children !== null);
    if (this.stream.recheck !== undefined && (recheck || isPending)) return true;
    if (known.urgent !== null && known.urgent !== listed.urgent()) return true;
    const mayWait = known.urgent !== null && !isPending && !this.options.recheck;
    return !mayWait && known.fingerprint !== listed.fingerprint();
  }

  /** The same for one that a hint names: what may have changed without a trace is read in any case. */
  wantsHinted(entry: PullRequestReference, listed: Fingerprints): boolean {
    if (entry.updatedDate < this.options.beginning) return false;
    const isForgotten = this.stream.source.from === 'entry' && !this.state.known.has(entry.id);
    return this.stream.recheck !== undefined || isForgotten || this.wants(entry, listed);
  }

  /** Something was never read: the listing pass will read it, and must not find it read before. */
  get hasGap(): boolean {
    return !this.state.empty && (this.base.length === 0 || lowestGap(this.base, this.options.beginning) !== Infinity);
  }

  /** Takes the next entry of the list. */
  track(listed: PullRequestReference): Place {
    this.top ??= listed.updatedDate;
    this.lastDate = listed.updatedDate;
    this.highestId = Math.max(this.highestId, listed.id);
    const place = this.placeOf(listed);
    this.queue.push(place);
    return place;
  }

  /** Something stands here in the list that nobody can read: what is listed after it is not covered, but remembered, however old. */
  block(): void {
    this.isBlocked = true;
    this.queue.push({ id: 0, date: this.lastDate, isKept: false, isRemembered: false, isDone: false });
  }

  /** The place of what came by another way than the list of all, and says nothing of what is covered. */
  placeOf({ id, updatedDate, open }: PullRequestReference): Place {
    const { startedAt, lookbackDays, beginning } = this.options;
    const window = Math.min(startedAt - lookback(lookbackDays), this.top ?? Infinity);
    const isWanted = updatedDate >= beginning;
    const isKept = isWanted && (open || updatedDate >= window);
    const isRemembered = isKept || (isWanted && (this.isBlocked || updatedDate >= this.floor));
    if (isKept) this.keptAfterwards.add(id);
    if (isRemembered || this.state.known.has(id) || this.memory.pending.has(id)) this.seen.add(id);
    return { id, date: updatedDate, isKept, isRemembered, isDone: false };
  }

  /** It is to be kept and is not known, because what was above it is gone: all that is known is what it is like now. */
  isUnknown(place: Place): boolean {
    return place.isKept && !this.state.known.has(place.id);
  }

  /** What is known of an entry once the row that it gives itself is written. */
  knownAsListed({ isRemembered }: Place, listed: Fingerprints): ItemMemory {
    return isRemembered ? { ...UNKNOWN, fingerprint: listed.fingerprint(), urgent: listed.urgent() } : UNKNOWN;
  }

  /** The entry was written. @param known what it is like now */
  written(place: Place, known: ItemMemory): void {
    // A state from before it was kept goes on without: a pull request above what is written now may have been written then.
    const isKept = this.state.highestId > 0 || this.base.length === 0;
    if (isKept) this.state.highestId = Math.max(this.state.highestId, place.id);
    if (place.isRemembered) this.state.known.set(place.id, { ...known, date: place.date });
    this.settle(place);
  }

  /** Nothing about the entry need be read now. */
  unchanged(place: Place, listed: Fingerprints): void {
    const known = this.state.known.get(place.id);
    if (this.isUnknown(place)) return this.written(place, this.knownAsListed(place, listed));
    // A state of version 1 does not know what is urgent.
    if (known?.urgent === null && this.stream.urgent !== undefined)
      this.state.known.set(place.id, { ...known, urgent: listed.urgent() });
    this.settle(place);
  }

  /** The entry needs no reading. */
  settle(place: Place): void {
    this.memory.pending.delete(place.id);
    this.finish(place);
  }

  /** The entry could not be read, or vanished while it was to be: what is known of it stays, so that the next sync asks for it. */
  putOff(place: Place): void {
    this.finish(place);
  }

  /** Some of its rows go out: should the others never be read, the next sync reads it again, and knows which rows there are. */
  note(id: number, known: ItemMemory): void {
    this.state.known.set(id, known);
    this.onChange(0);
  }

  /** A pull request could not be read: it is read first in the next sync. @param attempts syncs that failed to, as far as they count */
  postpone(id: number, attempts = this.memory.pending.get(id) ?? 0): void {
    this.seen.add(id);
    this.memory.pending.set(id, attempts);
    this.onChange(0);
  }

  /** What is known or pending, no list has shown, and that is not asked for yet. */
  unseen(): number[] {
    return [...new Set([...this.state.known.keys(), ...pendingNumbers(this.memory)])].filter(
      (id) => !this.seen.has(id) && !this.retried.has(id) && !this.isOutside(id),
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
  remove(repositoryId: number, id: number, at: number): Row | null {
    const wasWritten = mayHaveWritten(this.state, id);
    const date = this.state.known.get(id)?.date ?? null;
    this.forget(id);
    const key = this.stream.itemKey?.(repositoryId, id);
    return wasWritten && key !== undefined ? tombstone(this.stream, key, at, date) : null;
  }

  /** @returns whether it was known */
  forget(id: number): boolean {
    this.memory.pending.delete(id);
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
    if (isRechecked(this.stream)) this.state.recheckedAt = recheck ? startedAt : (this.state.recheckedAt ?? this.state.readAt);
    // What lies before the beginning is not claimed, even if it was read once: it is not read any more.
    this.state.covered =
      this.top === null ? [] : extend([], { from: beginning === -Infinity ? beginning : beginning - 1, to: this.top });
    this.state.readAt = startedAt;
    this.state.lookbackDays = lookbackDays;
    this.state.empty = this.top === null;
    this.memory.attempts = 0;
    for (const id of this.state.known.keys()) {
      if (!this.keptAfterwards.has(id) && !this.memory.pending.has(id) && !this.isOutside(id)) this.state.known.delete(id);
    }
    this.onChange(0);
  }

  /** It lies before the beginning: what is known of it stays, for the day on which an earlier one is chosen. */
  private isOutside(id: number): boolean {
    const date = this.state.known.get(id)?.date ?? null;
    return date !== null && date < this.options.beginning;
  }

  private get state(): PullRequestsState {
    return this.memory.body;
  }

  private finish(place: Place): void {
    place.isDone = true;
    while (this.queue[this.head]?.isDone === true) this.head++;
    if (this.head > 1000) {
      this.queue = this.queue.slice(this.head);
      this.head = 0;
    }
    const from = this.queue[this.head]?.date ?? this.lastDate;
    if (!this.suspended && this.top !== null && from !== this.coveredDownTo) {
      this.state.covered = extend(this.base, { from, to: this.top });
      this.coveredDownTo = from;
    }
    this.onChange(1 / Math.max(this.highestId, 1));
  }
}

function lookback(days: number): number {
  return Math.max(days * DAY_MS, LEAST_LOOKBACK_MS);
}

/** The fingerprints of a list entry for one stream, computed only where they are needed. */
export interface Fingerprints {
  readonly fingerprint: () => string;
  /** Null where all of the fingerprint is urgent. */
  readonly urgent: () => string | null;
}

/** Makes them. */
export function fingerprintsOf(stream: PullRequestStream, listed: RestPullRequest): Fingerprints {
  let fingerprint: string | null = null;
  return {
    fingerprint: () => (fingerprint ??= stream.fingerprint(listed)),
    urgent: () => stream.urgent?.(listed) ?? null,
  };
}

/** Whether a stream reads items again after `recheck_hours`. */
export function isRechecked({ recheck, urgent }: Pick<PullRequestStream, 'recheck' | 'urgent'>): boolean {
  return recheck !== undefined || urgent !== undefined;
}

/** Whether a pull request may have been written, though nothing is known of it any more: ids count up. */
export function mayHaveWritten({ known, highestId, covered }: PullRequestsState, id: number): boolean {
  return known.has(id) || (highestId === 0 ? covered.length > 0 : id <= highestId);
}

/** The pull requests that could not be read. */
export function pendingNumbers({ pending }: Pick<RepositoryMemory<unknown>, 'pending'>): number[] {
  return [...pending.keys()].filter((id) => typeof id === 'number');
}

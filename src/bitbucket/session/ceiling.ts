/** What holds for all logins of a run together. */
export interface CeilingOptions {
  /** Requests in flight at most. */
  readonly maxConcurrency: number;
  /** Requests per second at most; null: no ceiling. */
  readonly requestsPerSecond: number | null;
}

/** How late a timer may wake us, in milliseconds: made up for, so that a rate is used; an idle time is not. */
const LATENESS_MS = 20;

/** The ceiling that all sessions share: so many requests in flight, so many in a second. Each has a pace of its own below it. */
export class Ceiling {
  readonly maxConcurrency: number;
  private readonly spacing: number;
  private inFlight = 0;
  private nextSlot = 0;
  /** Those for whom there was no room, in the order in which they asked. */
  private readonly waiting = new Set<() => void>();

  constructor({ maxConcurrency, requestsPerSecond }: CeilingOptions) {
    this.maxConcurrency = maxConcurrency;
    this.spacing = requestsPerSecond === null ? 0 : 1000 / requestsPerSecond;
  }

  /** Whether as many requests are in flight as may be; then `whenFree` is called once one has ended. */
  isFull(whenFree: () => void): boolean {
    if (this.inFlight < this.maxConcurrency) return false;
    this.waiting.add(whenFree);
    return true;
  }

  /** When the next request may go, in epoch milliseconds. */
  get nextAt(): number {
    return this.nextSlot;
  }

  /** A request goes now. */
  take(now: number): void {
    this.inFlight++;
    if (this.spacing > 0) this.nextSlot = Math.max(this.nextSlot, now - Math.min(this.spacing, LATENESS_MS)) + this.spacing;
  }

  /** A request has ended: who waits for room is called, in turn. */
  release(): void {
    this.inFlight--;
    for (const whenFree of this.waiting) {
      if (this.inFlight >= this.maxConcurrency) return;
      this.waiting.delete(whenFree);
      whenFree();
    }
  }
}

/** Nothing has succeeded for this long, in milliseconds: the server is down. */
const DOWN_AFTER_MS = 120_000;

/**
 * Tells an outage from a bad item: two minutes of trying in which nothing at all succeeded are an outage, whatever was asked.
 * Time in which nothing was tried does not count.
 */
export class Availability {
  private failingSince: number | null = null;

  constructor(private readonly now: () => number) {}

  /** The server gave an answer of its own. */
  succeeded(): void {
    this.failingSince = null;
  }

  /** @returns whether the server is down, now that a request begun at `startedAt` (epoch milliseconds) has failed */
  failed(startedAt: number): boolean {
    this.failingSince = Math.min(this.failingSince ?? startedAt, startedAt);
    return this.now() - this.failingSince >= DOWN_AFTER_MS;
  }
}

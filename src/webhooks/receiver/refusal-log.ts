/** So long one cause and address is told of once, in milliseconds. */
const MINUTE_MS = 60_000;
/** So many at once are told apart: whoever sends from many addresses fills no memory. */
const MOST = 500;

interface Entry {
  since: number;
  count: number;
}

/** Tells of refusals: the first of a cause and address at once, what follows once a minute, with how many there were. */
export class RefusalLog {
  private readonly entries = new Map<string, Entry>();
  private readonly checking: NodeJS.Timeout;

  /** @param now a clock that only goes forward, in milliseconds */
  constructor(
    private readonly log: (line: string) => void,
    private readonly now: () => number,
    checkMs = 1000,
  ) {
    this.checking = setInterval(() => this.tell(), checkMs);
    this.checking.unref();
  }

  /** @param cause what was answered and why; names nothing that the sender wrote */
  note(address: string, cause: string): void {
    const known = `${address}: ${cause}`;
    const key = this.entries.has(known) || this.entries.size < MOST ? known : `other addresses: ${cause}`;
    const entry = this.entries.get(key);
    if (entry !== undefined) entry.count++;
    else {
      this.entries.set(key, { since: this.now(), count: 0 });
      this.log(`refused ${key}`);
    }
  }

  /** Tells of what has waited for a minute. @param all also of what has not */
  tell(all = false): void {
    const now = this.now();
    for (const [key, entry] of this.entries) {
      if (!all && now - entry.since < MINUTE_MS) continue;
      if (entry.count === 0) this.entries.delete(key);
      else {
        this.log(`refused ${key} (${entry.count} more in ${Math.max(1, Math.round((now - entry.since) / 1000))} s)`);
        this.entries.set(key, { since: now, count: 0 });
      }
    }
  }

  /** Tells of the rest, and ends. */
  stop(): void {
    clearInterval(this.checking);
    this.tell(true);
  }
}

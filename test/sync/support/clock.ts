/** A clock that the server and the connector share: it runs, faster than ours, and can be set forward. */
export class Clock {
  private readonly startedAt = performance.now();
  private offset = Date.UTC(2026, 0, 1);

  /** @param speed milliseconds that pass here while one passes outside */
  constructor(private readonly speed = 1) {}

  /** Epoch milliseconds. */
  readonly now = (): number => Math.floor(this.offset + (performance.now() - this.startedAt) * this.speed);

  advance(milliseconds: number): void {
    this.offset += milliseconds;
  }
}

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

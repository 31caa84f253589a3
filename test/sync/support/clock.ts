/** A clock that the server and the connector share: it runs with ours, or stands, and can be set forward. */
export class Clock {
  private readonly startedAt = performance.now();
  private offset = Date.UTC(2026, 0, 1);

  /** @param runs whether it moves by itself */
  constructor(private readonly runs = true) {}

  /** Epoch milliseconds. */
  readonly now = (): number => Math.floor(this.offset + (this.runs ? performance.now() - this.startedAt : 0));

  advance(milliseconds: number): void {
    this.offset += milliseconds;
  }

  /** From now on nobody waits for a timer: the clock is set forward instead. @returns ends it */
  skipWaits(): () => void {
    const timer = globalThis.setTimeout;
    const skip = (action: () => void, milliseconds = 0) =>
      timer(() => {
        this.advance(milliseconds);
        action();
      }, 0);
    globalThis.setTimeout = skip as typeof setTimeout;
    return () => {
      globalThis.setTimeout = timer;
    };
  }
}

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

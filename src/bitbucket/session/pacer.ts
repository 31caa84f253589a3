import { BitbucketError, isKind } from '../errors';
import type { Ceiling } from './ceiling';
import { LearnedRate } from './learned-rate';

/** How fast requests go out; times in milliseconds. */
export interface PacerOptions {
  /** Shared with the other sessions. */
  readonly ceiling: Ceiling;
  /** How long 429s are waited out without one success before giving up. */
  readonly rateLimitPatienceMs: number;
  readonly now: () => number;
  readonly random: () => number;
  /** The server asked to wait; requests go on at `resumeAt` (epoch milliseconds). */
  readonly onRateLimited: (resumeAt: number) => void;
}

interface Waiting {
  readonly start: () => void;
  readonly fail: (error: Error) => void;
}

/** How long a sync waits out 429s without one success in between. */
export const RATE_LIMIT_PATIENCE_MS = 15 * 60_000;
/** An answer slower than this, and than four times what is usual for its kind, means that the server is struggling. */
const SLOW_MS = 2000;
/** `Retry-After` counts whole seconds. */
const LEAST_WAIT_MS = 1000;

/**
 * Decides when each request of one login may go: below the ceiling, lanes (one per repository) in turn so that a huge one starves
 * nobody, half as many at once after a 429, a 503 or answers that have become slow, then one more per round; never faster than the
 * server's 429s have taught.
 */
export class Pacer {
  private readonly lanes = new Map<string, Waiting[]>();
  private inFlight = 0;
  private limit: number;
  private lastReduction = 0;
  private pausedUntil = 0;
  private timer: NodeJS.Timeout | null = null;
  private stopped: Error | null = null;
  private holds = 0;
  private readonly usualMs = new Map<string, number>();
  private readonly learned = new LearnedRate();
  private rateLimitedSince: number | null = null;
  private unansweredWaits = 0;

  constructor(private readonly options: PacerOptions) {
    this.limit = options.ceiling.maxConcurrency;
  }

  /**
   * Runs `action` when its turn has come, again after each 429 that can be waited out.
   * @param lane who asks: lanes are served in turn
   * @param kind what is asked: the usual latency is kept per kind
   */
  async run<T>(lane: string, kind: string, action: () => Promise<T>): Promise<T> {
    for (;;) {
      await this.turn(lane);
      const startedAt = this.options.now();
      try {
        const result = await action();
        this.succeeded(kind, startedAt);
        return result;
      } catch (error) {
        this.failed(error, startedAt);
        if (!isKind(error, 'rate_limited')) throw error;
      } finally {
        this.inFlight--;
        this.options.ceiling.release();
        this.pump();
      }
    }
  }

  /** Sends nothing until what it returns is called: an answer that may deny the login is being read. */
  hold(): () => void {
    this.holds++;
    return () => {
      this.holds--;
      this.pump();
    };
  }

  /** Sends nothing more: what waits and what comes fails with `error`. */
  stop(error: Error): void {
    this.stopped ??= error;
    for (const queue of this.lanes.values()) {
      for (const waiting of queue) waiting.fail(this.stopped);
    }
    this.lanes.clear();
  }

  private turn(lane: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.stopped !== null) return reject(this.stopped);
      const waiting: Waiting = { start: resolve, fail: reject };
      const queue = this.lanes.get(lane);
      if (queue === undefined) this.lanes.set(lane, [waiting]);
      else queue.push(waiting);
      this.pump();
    });
  }

  private readonly pump = (): void => {
    const { ceiling, now: clock } = this.options;
    while (
      this.lanes.size > 0 &&
      this.holds === 0 &&
      this.inFlight < Math.max(1, Math.floor(Math.min(this.limit, this.learned.width)))
    ) {
      if (ceiling.isFull(this.pump)) return;
      const now = clock();
      const wait = Math.max(this.pausedUntil, this.learned.readyAt(now), ceiling.nextAt) - now;
      if (wait > 0) return this.wakeIn(wait);
      this.learned.started(now);
      this.inFlight++;
      ceiling.take(now);
      this.takeNext()?.start();
    }
  };

  /** The first lane's first request; the lane then goes to the end of the line. */
  private takeNext(): Waiting | undefined {
    for (const [lane, queue] of this.lanes) {
      const next = queue.shift();
      this.lanes.delete(lane);
      if (queue.length > 0) this.lanes.set(lane, queue);
      return next;
    }
    return undefined;
  }

  private wakeIn(milliseconds: number): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(
      () => {
        this.timer = null;
        this.pump();
      },
      Math.max(1, Math.ceil(milliseconds)),
    );
  }

  private succeeded(kind: string, startedAt: number): void {
    const took = this.options.now() - startedAt;
    const usual = this.usualMs.get(kind);
    this.usualMs.set(kind, usual === undefined ? took : usual + (took - usual) / 16);
    this.rateLimitedSince = null;
    this.unansweredWaits = 0;
    this.learned.succeeded();
    if (usual !== undefined && took > SLOW_MS && took > 4 * usual) this.reduce(startedAt);
    else this.limit = Math.min(this.options.ceiling.maxConcurrency, this.limit + 1 / this.limit);
  }

  private failed(error: unknown, startedAt: number): void {
    if (isKind(error, 'rate_limited')) this.rateLimited(error, startedAt);
    else if (isKind(error, 'unavailable') && error.details.status === 503) this.reduce(startedAt);
  }

  /** Halves, once for all requests that were on their way together. */
  private reduce(startedAt: number): void {
    if (startedAt <= this.lastReduction) return;
    this.lastReduction = this.options.now();
    this.limit = Math.max(1, this.limit / 2);
  }

  /**
   * Waits what the server says, else 1, 2, 4 … 60 s; throws when that would be longer than our patience. Less than a second, or a date that
   * is over, says nothing: whoever believed it would ask as fast as it is refused.
   */
  private rateLimited(error: BitbucketError, startedAt: number): void {
    const now = this.options.now();
    this.rateLimitedSince ??= now;
    const said = error.details.retryAfterMs;
    const patience = this.options.rateLimitPatienceMs;
    if (now - this.rateLimitedSince >= patience || (said !== undefined && said > patience)) {
      const waited =
        said !== undefined && said > patience ? `it asks to wait ${Math.ceil(said / 1000)} s (Retry-After)` : 'for too long';
      throw new BitbucketError('rate_limited', `The server limits the rate of this account, ${waited}`, { cause: error });
    }
    const isFirst = startedAt > this.lastReduction;
    if (isFirst) this.unansweredWaits++;
    this.reduce(startedAt);
    const own = Math.min(60_000, 1000 * 2 ** (this.unansweredWaits - 1)) * (0.8 + 0.4 * this.options.random());
    const wait = said === undefined || said < LEAST_WAIT_MS ? own : said;
    this.pausedUntil = Math.max(this.pausedUntil, now + wait);
    if (isFirst) this.learned.refused(now, this.pausedUntil);
    this.options.onRateLimited(this.pausedUntil);
  }
}

import { refusals } from './answers';

export interface RateLimitOptions {
  /** Tokens in a full bucket. */
  readonly capacity: number;
  readonly fillPerSecond: number;
  /** Say how long to wait. @default true */
  readonly retryAfter?: boolean;
}

/** A bucket of tokens per user; a request costs one. */
export class RateLimit {
  private readonly buckets = new Map<string, { tokens: number; at: number }>();

  constructor(
    private readonly options: RateLimitOptions,
    private readonly now: () => number = Date.now,
  ) {}

  /** Takes a token, or refuses with 429. */
  take(user: string): void {
    const { capacity, fillPerSecond, retryAfter = true } = this.options;
    const now = this.now();
    const bucket = this.buckets.get(user) ?? { tokens: capacity, at: now };
    bucket.tokens = Math.min(capacity, bucket.tokens + ((now - bucket.at) / 1000) * fillPerSecond);
    bucket.at = now;
    this.buckets.set(user, bucket);
    if (bucket.tokens < 1)
      throw refusals.rateLimited(retryAfter ? Math.max(1, Math.ceil((1 - bucket.tokens) / fillPerSecond)) : undefined);
    bucket.tokens -= 1;
  }
}

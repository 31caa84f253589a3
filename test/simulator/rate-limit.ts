import { refusals } from './answers';

export interface RateLimitOptions {
  /** Tokens in a full bucket. */
  readonly capacity: number;
  readonly fillPerSecond: number;
  /** Say how long to wait. @default true */
  readonly retryAfter?: boolean;
  /** Servers behind a balancer, each with buckets of its own, asked in turn. @default 1 */
  readonly nodes?: number;
  /** Users by name who are exempt. @default [] */
  readonly exempt?: readonly string[];
}

/** A bucket of tokens per user and node; a request costs one. */
export class RateLimit {
  private readonly buckets = new Map<string, { tokens: number; at: number }>();
  private turn = 0;

  constructor(
    private options: RateLimitOptions | undefined,
    private readonly now: () => number = Date.now,
  ) {}

  /** Another limit from now on, or none; what is left in the buckets stays, up to what they hold. */
  change(options: RateLimitOptions | undefined): void {
    this.options = options;
  }

  /** Somebody else uses the same account: so many tokens are gone, at each node. */
  drain(username: string, tokens: number): void {
    const { options } = this;
    if (options === undefined) return;
    for (let node = 0; node < (options.nodes ?? 1); node += 1) {
      const bucket = this.bucket(`user ${username}`, node, options);
      bucket.tokens = Math.max(0, bucket.tokens - tokens);
    }
  }

  /** Takes a token, or refuses with 429. */
  take(who: string): void {
    const { options } = this;
    if (options === undefined || options.exempt?.some((name) => who === `user ${name}`) === true) return;
    const { fillPerSecond, retryAfter = true, nodes = 1 } = options;
    this.turn += 1;
    const bucket = this.bucket(who, this.turn % nodes, options);
    if (bucket.tokens < 1)
      throw refusals.rateLimited(retryAfter ? Math.max(1, Math.ceil((1 - bucket.tokens) / fillPerSecond)) : undefined);
    bucket.tokens -= 1;
  }

  private bucket(who: string, node: number, { capacity, fillPerSecond }: RateLimitOptions): { tokens: number; at: number } {
    const now = this.now();
    const key = `${node} ${who}`;
    const bucket = this.buckets.get(key) ?? { tokens: capacity, at: now };
    bucket.tokens = Math.min(capacity, bucket.tokens + ((now - bucket.at) / 1000) * fillPerSecond);
    bucket.at = now;
    this.buckets.set(key, bucket);
    return bucket;
  }
}

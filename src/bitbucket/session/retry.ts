import { type BitbucketError, isKind } from '../errors';

/** How often and how long a request is tried again; times in milliseconds. */
export interface RetryPolicy {
  /** Attempts in all for 5xx, timeouts, resets and answers that are none. @default 5 */
  readonly attempts: number;
  /** Delay before the second attempt; doubled for each further one: 2 + 4 + 8 + 16 = 30 s. @default 2000 */
  readonly firstDelayMs: number;
  /** Failures that are not worth another attempt. @default none */
  readonly isHopeless?: (error: BitbucketError) => boolean;
}

export const defaultRetryPolicy: RetryPolicy = { attempts: 5, firstDelayMs: 2000 };

/** Delay before the attempt after `attempt` (1 = the first), spread by ±20 % so that clients do not come back together. */
export function retryDelay(attempt: number, policy: RetryPolicy, random: () => number): number {
  return policy.firstDelayMs * 2 ** (attempt - 1) * (0.8 + 0.4 * random());
}

/**
 * Milliseconds that a `Retry-After` header asks to wait: seconds or an HTTP date (RFC 9110 §10.2.3); null if absent or unreadable.
 * @param now epoch milliseconds
 * @param date the answer's own `Date`: the clock that the date is of
 */
export function retryAfter(header: string | undefined, now: number, date?: string): number | null {
  if (header === undefined || header.trim() === '') return null;
  const seconds = Number(header);
  const servers = Date.parse(date ?? '');
  const wait = Number.isNaN(seconds) ? Date.parse(header) - (Number.isNaN(servers) ? now : servers) : seconds * 1000;
  return Number.isNaN(wait) ? null : Math.max(0, wait);
}

/** What a retry needs from outside. */
export interface RetryContext {
  readonly policy: RetryPolicy;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly random: () => number;
  /** Failures of this request that another attempt does not help. @default none */
  readonly isHopeless?: (error: BitbucketError) => boolean;
  /** Called before each wait. */
  readonly onRetry: (error: BitbucketError, attempt: number, delayMs: number) => void;
}

/** Runs `attempt` until it succeeds, fails for a reason that time does not heal, or the attempts are used up. */
export async function retry<T>(attempt: () => Promise<T>, context: RetryContext): Promise<T> {
  for (let number = 1; ; number++) {
    try {
      return await attempt();
    } catch (error) {
      const { attempts, isHopeless } = context.policy;
      if (!isKind(error, 'unavailable', 'network', 'timeout', 'unexpected_answer') || number >= attempts) throw error;
      if (isHopeless?.(error) === true || context.isHopeless?.(error) === true) throw error;
      const delay = retryDelay(number, context.policy, context.random);
      context.onRetry(error, number, delay);
      await context.sleep(delay);
    }
  }
}

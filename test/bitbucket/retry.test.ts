import { BitbucketError, type FailureKind } from '../../src/bitbucket/errors';
import { defaultRetryPolicy, retry, retryAfter, retryDelay } from '../../src/bitbucket/session/retry';

describe('the delay before the next attempt', () => {
  const delay = (attempt: number, random = 0.5) => retryDelay(attempt, defaultRetryPolicy, () => random);

  it('doubles, and the four of them are about thirty seconds', () => {
    expect([1, 2, 3, 4].map((attempt) => delay(attempt))).toEqual([2000, 4000, 8000, 16_000]);
  });

  it('is spread by a fifth to either side', () => {
    expect([delay(1, 0), delay(1, 1)].map(Math.round)).toEqual([1600, 2400]);
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-08-19T17:27:55Z');

  it.each([
    ['120', 120_000],
    ['0', 0],
    [' 7 ', 7000],
    ['1.5', 1500],
    ['-3', 0],
    ['Wed, 19 Aug 2026 17:28:55 GMT', 60_000],
    ['Wed, 19 Aug 2026 17:00:00 GMT', 0],
  ])('%j asks to wait %i ms', (header, wait) => {
    expect(retryAfter(header, now)).toBe(wait);
  });

  it('that is a date is counted by the clock of whoever wrote it', () => {
    const header = 'Wed, 19 Aug 2026 17:28:55 GMT';
    expect(retryAfter(header, now + 3600_000, 'Wed, 19 Aug 2026 17:28:25 GMT')).toBe(30_000);
    expect(retryAfter(header, now, 'yesterday')).toBe(60_000);
  });

  it.each([undefined, '', '  ', 'soon'])('%j asks for nothing', (header) => {
    expect(retryAfter(header, now)).toBeNull();
  });
});

describe('retry', () => {
  /** Fails so often with errors of a kind, then succeeds; what it waited is in `waits`. */
  const failing = (kind: FailureKind, times: number) => {
    let calls = 0;
    const waits: number[] = [];
    const attempt = () =>
      ++calls <= times ? Promise.reject(new BitbucketError(kind, `failure ${calls}`)) : Promise.resolve('done');
    const context = {
      policy: defaultRetryPolicy,
      random: () => 0.5,
      sleep: (milliseconds: number) => {
        waits.push(milliseconds);
        return Promise.resolve();
      },
      onRetry: () => undefined,
    };
    return { attempt, context, waits, calls: () => calls };
  };

  it.each(['unavailable', 'network', 'timeout', 'unexpected_answer'] as const)(
    'tries again after %s, up to five times in all',
    async (kind) => {
      const four = failing(kind, 4);
      await expect(retry(four.attempt, four.context)).resolves.toBe('done');
      expect(four.waits).toEqual([2000, 4000, 8000, 16_000]);
      const five = failing(kind, 5);
      await expect(retry(five.attempt, five.context)).rejects.toThrow('failure 5');
      expect(five.calls()).toBe(5);
    },
  );

  it.each([
    'login_denied',
    'no_licence',
    'forbidden',
    'not_found',
    'no_such_route',
    'rate_limited',
    'tls',
    'rejected',
    'server_down',
    'aborted',
  ] as const)('does not try again after %s', async (kind) => {
    const once = failing(kind, 1);
    await expect(retry(once.attempt, once.context)).rejects.toMatchObject({ kind });
    expect(once.calls()).toBe(1);
  });

  it('does not try again after what the policy calls hopeless, nor after a bug', async () => {
    const hopeless = failing('network', 1);
    const policy = { ...defaultRetryPolicy, isHopeless: () => true };
    await expect(retry(hopeless.attempt, { ...hopeless.context, policy })).rejects.toThrow('failure 1');
    const bug = () => Promise.reject(new TypeError('x is not a function'));
    await expect(retry(bug, hopeless.context)).rejects.toThrow(TypeError);
    expect(hopeless.waits).toEqual([]);
  });

  it('tells of each wait before it begins: what failed, which attempt it was, and how long', async () => {
    const told: unknown[] = [];
    const twice = failing('timeout', 2);
    await retry(twice.attempt, {
      ...twice.context,
      onRetry: (error, attempt, delayMs) => told.push([error.message, attempt, delayMs, twice.waits.length]),
    });
    expect(told).toEqual([
      ['failure 1', 1, 2000, 0],
      ['failure 2', 2, 4000, 1],
    ]);
  });
});

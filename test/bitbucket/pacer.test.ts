import { BitbucketError } from '../../src/bitbucket/errors';
import { Ceiling, type CeilingOptions } from '../../src/bitbucket/session/ceiling';
import { Pacer, type PacerOptions } from '../../src/bitbucket/session/pacer';

const MINUTE = 60_000;
const waits: number[] = [];

beforeEach(() => {
  jest.useFakeTimers({ now: 1_000_000 });
  waits.length = 0;
});
afterEach(() => {
  jest.useRealTimers();
});

const pacer = ({ maxConcurrency = 4, requestsPerSecond = null, ...options }: Partial<PacerOptions & CeilingOptions> = {}) =>
  new Pacer({
    ceiling: new Ceiling({ maxConcurrency, requestsPerSecond }),
    ...{ rateLimitPatienceMs: 15 * MINUTE, now: Date.now, random: () => 0.5 },
    onRateLimited: (resumeAt) => waits.push(resumeAt - Date.now()),
    ...options,
  });

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
const refusal = (retryAfterMs?: number) =>
  new BitbucketError('rate_limited', 'GET /x was answered with 429', {
    status: 429,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });

/** An action of some duration that keeps count of how many run at once, and when each began. */
function workload(durationMs: number) {
  const load = { running: 0, most: 0, startedAt: [] as number[], done: 0 };
  const action = async () => {
    load.startedAt.push(Date.now());
    load.most = Math.max(load.most, ++load.running);
    await sleep(durationMs);
    load.running--;
    load.done++;
  };
  return { load, action };
}

describe('concurrency', () => {
  it('never exceeds its limit, and uses it', async () => {
    const { load, action } = workload(100);
    const one = pacer();
    for (let n = 0; n < 20; n++) void one.run('lane', 'list', action);
    await jest.advanceTimersByTimeAsync(99);
    expect(load.most).toBe(4);
    await jest.advanceTimersByTimeAsync(500);
    expect({ most: load.most, done: load.done }).toEqual({ most: 4, done: 20 });
  });

  it('serves lanes in turn, so that one with much to ask starves nobody', async () => {
    const order: string[] = [];
    const one = pacer({ maxConcurrency: 1 });
    const ask = (lane: string) =>
      one.run(lane, 'list', async () => {
        order.push(lane);
        await sleep(1);
      });
    for (let n = 0; n < 5; n++) void ask('huge');
    void ask('small');
    void ask('other');
    await jest.advanceTimersByTimeAsync(100);
    expect(order).toEqual(['huge', 'huge', 'small', 'other', 'huge', 'huge', 'huge']);
  });

  it('gives a request’s result and its error to whoever asked', async () => {
    const one = pacer();
    await expect(one.run('lane', 'list', () => Promise.resolve(7))).resolves.toBe(7);
    await expect(one.run('lane', 'list', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(one.run('lane', 'list', () => Promise.resolve(8))).resolves.toBe(8);
  });
});

describe('a configured rate', () => {
  it.each([1, 4, 20])('of %i per second is never exceeded, and used', async (rate) => {
    const { load, action } = workload(1);
    const one = pacer({ requestsPerSecond: rate, maxConcurrency: 64 });
    for (let n = 0; n < rate * 20; n++) void one.run('lane', 'list', action);
    await jest.advanceTimersByTimeAsync(10_000);
    const { startedAt } = load;
    for (const [index, at] of startedAt.entries()) {
      const within = startedAt.slice(index).filter((other) => other - at < 1000).length;
      expect(within).toBeLessThanOrEqual(rate + 1);
    }
    expect(startedAt.length).toBeGreaterThanOrEqual(rate * 9.5);
    expect(startedAt.length).toBeLessThanOrEqual(rate * 10 + 1);
  });

  it('saves nothing up while nobody asks', async () => {
    const { load, action } = workload(1);
    const one = pacer({ requestsPerSecond: 2 });
    await one.run('lane', 'list', async () => Promise.resolve());
    await jest.advanceTimersByTimeAsync(60_000);
    for (let n = 0; n < 10; n++) void one.run('lane', 'list', action);
    await jest.advanceTimersByTimeAsync(999);
    expect(load.startedAt.length).toBeLessThanOrEqual(3);
  });
});

describe('429', () => {
  it('is waited out as long as it says, and then asked again', async () => {
    let calls = 0;
    const asked = pacer().run('lane', 'list', () => (++calls === 1 ? Promise.reject(refusal(90_000)) : Promise.resolve('done')));
    await jest.advanceTimersByTimeAsync(89_000);
    expect({ calls, waits }).toEqual({ calls: 1, waits: [90_000] });
    await jest.advanceTimersByTimeAsync(2000);
    await expect(asked).resolves.toBe('done');
  });

  it('stops every other request meanwhile', async () => {
    const one = pacer();
    void one.run('a', 'list', () => Promise.reject(refusal(30_000))).catch(() => undefined);
    await jest.advanceTimersByTimeAsync(10);
    const { load, action } = workload(1);
    void one.run('b', 'list', action).catch(() => undefined);
    await jest.advanceTimersByTimeAsync(29_000);
    expect(load.startedAt).toEqual([]);
    one.stop(new Error('over'));
  });

  it('without Retry-After is waited for longer and longer, up to a minute', async () => {
    const asked = pacer().run('lane', 'list', () => Promise.reject(refusal()));
    asked.catch(() => undefined);
    await jest.advanceTimersByTimeAsync(6 * MINUTE);
    expect(waits.slice(0, 8)).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  });

  it.each([0, 200])(
    'with a Retry-After of %i ms is waited for as without: it does not ask as fast as it is refused',
    async (said) => {
      const asked = pacer().run('lane', 'list', () => Promise.reject(refusal(said)));
      asked.catch(() => undefined);
      await jest.advanceTimersByTimeAsync(MINUTE);
      expect(waits.slice(0, 5)).toEqual([1000, 2000, 4000, 8000, 16_000]);
    },
  );

  it('is given up after a quarter of an hour without one success', async () => {
    const asked = pacer().run('lane', 'list', () => Promise.reject(refusal(20_000)));
    const failure = expect(asked).rejects.toMatchObject({
      kind: 'rate_limited',
      message: expect.stringContaining('for too long'),
    });
    await jest.advanceTimersByTimeAsync(14 * MINUTE);
    expect(waits.length).toBeGreaterThan(35);
    await jest.advanceTimersByTimeAsync(2 * MINUTE);
    await failure;
  });

  it('is not given up while something succeeds now and then', async () => {
    const one = pacer();
    let calls = 0;
    const asked = one.run('a', 'list', () => (++calls < 40 ? Promise.reject(refusal(MINUTE)) : Promise.resolve('done')));
    const beat = setInterval(() => void one.run('b', 'list', () => Promise.resolve()).catch(() => undefined), 5 * MINUTE);
    await jest.advanceTimersByTimeAsync(45 * MINUTE);
    clearInterval(beat);
    await expect(asked).resolves.toBe('done');
  });

  it('that asks for more than our patience ends at once, and its wish is named', async () => {
    await expect(pacer().run('lane', 'list', () => Promise.reject(refusal(3600_000)))).rejects.toMatchObject({
      kind: 'rate_limited',
      message: expect.stringMatching(/3600 s \(Retry-After\)/),
    });
  });

  it('halves what goes out at once, and success after success brings it back', async () => {
    const one = pacer({ maxConcurrency: 8 });
    const ends: (() => void)[] = [];
    const refused = Array.from({ length: 8 }, () => {
      let first = true;
      return one.run('lane', 'list', async () => {
        if (!first) return;
        first = false;
        await new Promise<void>((resolve) => ends.push(resolve));
        throw refusal(1000);
      });
    });
    await jest.advanceTimersByTimeAsync(0);
    for (const end of ends) end();
    await jest.advanceTimersByTimeAsync(60_000);
    await Promise.all(refused);
    const after = workload(1000);
    for (let n = 0; n < 400; n++) void one.run('lane', 'list', after.action).catch(() => undefined);
    await jest.advanceTimersByTimeAsync(1);
    expect(after.load.most).toBeLessThan(8);
    await jest.advanceTimersByTimeAsync(120_000);
    expect(after.load.most).toBe(8);
    one.stop(new Error('over'));
  });

  it('teaches the rate at which a bucket of tokens fills: few requests are refused after the first minute', async () => {
    let tokens = 60;
    let filledAt = Date.now();
    let refused = 0;
    let passed = 0;
    const bucket = async () => {
      tokens = Math.min(60, tokens + ((Date.now() - filledAt) / 1000) * 5);
      filledAt = Date.now();
      await sleep(20);
      if (tokens < 1) {
        refused++;
        throw refusal(1000);
      }
      tokens--;
      passed++;
    };
    const one = pacer({ maxConcurrency: 8 });
    for (let n = 0; n < 2000; n++) void one.run('lane', 'list', bucket).catch(() => undefined);
    await jest.advanceTimersByTimeAsync(MINUTE);
    const before = { refused, passed };
    await jest.advanceTimersByTimeAsync(3 * MINUTE);
    expect(refused - before.refused).toBeLessThan((passed - before.passed) / 10);
    expect((passed - before.passed) / 180).toBeGreaterThan(3.5);
    one.stop(new Error('over'));
  });
});

describe('a server that struggles', () => {
  const settle = async (one: Pacer, count: number, durationMs: number) => {
    const { load, action } = workload(durationMs);
    for (let n = 0; n < count; n++) void one.run('lane', 'list', action);
    await jest.advanceTimersByTimeAsync(durationMs * count);
    return load;
  };

  it('(503) is asked half as much at once', async () => {
    const one = pacer({ maxConcurrency: 8 });
    const failure = one.run('lane', 'list', () => Promise.reject(new BitbucketError('unavailable', '503', { status: 503 })));
    await expect(failure).rejects.toThrow('503');
    const { load, action } = workload(1000);
    for (let n = 0; n < 8; n++) void one.run('lane', 'list', action);
    await jest.advanceTimersByTimeAsync(1);
    expect(load.running).toBe(4);
  });

  it('(500) is asked as before: one broken thing is not overload', async () => {
    const one = pacer({ maxConcurrency: 8 });
    await expect(
      one.run('lane', 'list', () => Promise.reject(new BitbucketError('unavailable', '500', { status: 500 }))),
    ).rejects.toThrow('500');
    const { load, action } = workload(1000);
    for (let n = 0; n < 8; n++) void one.run('lane', 'list', action);
    await jest.advanceTimersByTimeAsync(1);
    expect(load.running).toBe(8);
  });

  it('(answers far slower than usual) is asked less at once', async () => {
    const one = pacer({ maxConcurrency: 8 });
    await settle(one, 30, 100);
    await settle(one, 8, 5000);
    const { load, action } = workload(100);
    for (let n = 0; n < 20; n++) void one.run('lane', 'list', action);
    await jest.advanceTimersByTimeAsync(1);
    expect(load.running).toBeLessThan(8);
  });

  it('(one kind of answer that is always slow) is not taken for one', async () => {
    const one = pacer({ maxConcurrency: 8 });
    await settle(one, 30, 5000);
    const { load, action } = workload(5000);
    for (let n = 0; n < 20; n++) void one.run('lane', 'list', action);
    await jest.advanceTimersByTimeAsync(1);
    expect(load.running).toBe(8);
  });
});

it('sends nothing more once it is stopped: what waits and what comes fails with the reason', async () => {
  const one = pacer({ maxConcurrency: 1 });
  const { load, action } = workload(1000);
  const running = one.run('lane', 'list', action);
  const waiting = expect(one.run('lane', 'list', action)).rejects.toThrow('login denied');
  one.stop(new Error('login denied'));
  one.stop(new Error('a later reason'));
  await waiting;
  await expect(one.run('lane', 'list', action)).rejects.toThrow('login denied');
  await jest.advanceTimersByTimeAsync(1000);
  await running;
  expect(load.startedAt).toHaveLength(1);
});

describe('a ceiling that several logins share', () => {
  it('holds for all of them together, and is used by whoever has something to ask', async () => {
    const ceiling = new Ceiling({ maxConcurrency: 3, requestsPerSecond: null });
    const [one, other] = [pacer({ ceiling }), pacer({ ceiling })];
    const { load, action } = workload(100);
    for (let n = 0; n < 9; n++) void one.run('lane', 'list', action);
    for (let n = 0; n < 9; n++) void other.run('lane', 'list', action);
    await jest.advanceTimersByTimeAsync(650);
    expect({ most: load.most, done: load.done }).toEqual({ most: 3, done: 18 });
  });

  it('starves neither of them', async () => {
    const ceiling = new Ceiling({ maxConcurrency: 1, requestsPerSecond: null });
    const order: string[] = [];
    const [one, other] = [pacer({ ceiling }), pacer({ ceiling })];
    const ask = (who: Pacer, name: string) =>
      void who.run('lane', 'list', async () => {
        order.push(name);
        await sleep(10);
      });
    for (let n = 0; n < 3; n++) ask(one, 'one');
    for (let n = 0; n < 3; n++) ask(other, 'other');
    await jest.advanceTimersByTimeAsync(100);
    expect(order).toEqual(['one', 'other', 'one', 'other', 'one', 'other']);
  });

  it('limits the rate of both, while a 429 of one stops that one alone', async () => {
    const ceiling = new Ceiling({ maxConcurrency: 8, requestsPerSecond: 10 });
    const [one, other] = [pacer({ ceiling }), pacer({ ceiling })];
    const { load, action } = workload(1);
    let refused = false;
    void one.run('lane', 'list', () => {
      if (refused) return action();
      refused = true;
      return Promise.reject(refusal(5000));
    });
    for (let n = 0; n < 30; n++) void other.run('lane', 'list', action);
    await jest.advanceTimersByTimeAsync(2000);
    expect(load.startedAt.length).toBeGreaterThanOrEqual(18);
    expect(load.startedAt.length).toBeLessThanOrEqual(21);
    await jest.advanceTimersByTimeAsync(5000);
    expect(load.done).toBe(31);
  });
});

it('nothing goes while an answer that may deny the login is read', async () => {
  const one = pacer();
  const { load, action } = workload(10);
  const release = one.hold();
  void one.run('lane', 'list', action);
  await jest.advanceTimersByTimeAsync(1000);
  expect(load.done).toBe(0);
  release();
  await jest.advanceTimersByTimeAsync(10);
  expect(load.done).toBe(1);
});

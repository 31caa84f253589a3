import { BitbucketError } from '../../src/bitbucket/errors';
import { Ceiling } from '../../src/bitbucket/session/ceiling';
import { Pacer } from '../../src/bitbucket/session/pacer';

/** A limit as an administrator sets it: buckets of tokens behind a balancer. */
interface Limit {
  readonly capacity: number;
  readonly fillPerSecond: number;
  readonly nodes?: number;
  readonly retryAfter?: boolean;
}

interface Outcome {
  readonly passed: number;
  readonly refused: number;
  /** What the limit allowed in that time. */
  readonly allowed: number;
}

beforeEach(() => jest.useFakeTimers({ now: 1_000_000 }));
afterEach(() => jest.useRealTimers());

/** The server's side; a request costs a token of the node that it reaches, and takes so long. */
class Buckets {
  allowed = 0;
  passed = 0;
  refused = 0;
  private tokens: number[];
  private at = Date.now();
  private turn = 0;

  constructor(
    private limit: Limit,
    private readonly latencyMs: number,
  ) {
    this.tokens = Array.from({ length: limit.nodes ?? 1 }, () => limit.capacity);
    this.allowed = limit.capacity * this.tokens.length;
  }

  change(limit: Limit): void {
    this.fill();
    this.limit = limit;
  }

  /** All is there again. */
  refill(): void {
    this.tokens = this.tokens.map(() => this.limit.capacity);
  }

  /** Somebody else takes some. */
  take(tokens: number): void {
    this.fill();
    this.allowed -= Math.min(tokens, this.tokens[0]!);
    this.tokens[0] = Math.max(0, this.tokens[0]! - tokens);
  }

  readonly request = async (): Promise<void> => {
    await sleep(this.latencyMs / 2);
    this.fill();
    const node = this.turn++ % this.tokens.length;
    const isRefused = this.tokens[node]! < 1;
    if (!isRefused) this.tokens[node]! -= 1;
    const retryAfterMs = Math.max(1, Math.ceil((1 - this.tokens[node]!) / this.limit.fillPerSecond)) * 1000;
    await sleep(this.latencyMs / 2);
    if (!isRefused) {
      this.passed++;
      return;
    }
    this.refused++;
    throw new BitbucketError('rate_limited', '429', {
      status: 429,
      ...(this.limit.retryAfter !== false && { retryAfterMs }),
    });
  };

  fill(): void {
    const now = Date.now();
    const { capacity, fillPerSecond } = this.limit;
    const inflow = ((now - this.at) / 1000) * fillPerSecond;
    this.allowed += inflow * this.tokens.length;
    this.tokens = this.tokens.map((tokens) => Math.min(capacity, tokens + inflow));
    this.at = now;
  }
}

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** As many requests as can be had in so many seconds, eight at once; `every` second something may happen. */
async function run(
  limit: Limit,
  seconds: number,
  { latencyMs = 40, every = () => undefined }: { latencyMs?: number; every?: (second: number, buckets: Buckets) => void } = {},
): Promise<Outcome & { readonly buckets: Buckets }> {
  const buckets = new Buckets(limit, latencyMs);
  let seed = 1;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  const ceiling = new Ceiling({ maxConcurrency: 8, requestsPerSecond: null });
  const pacer = new Pacer({ ceiling, rateLimitPatienceMs: 900_000, now: Date.now, random, onRateLimited: () => undefined });
  const work = { isOver: false };
  for (let worker = 0; worker < 16; worker++)
    void (async () => {
      while (!work.isOver) await pacer.run(`lane ${worker % 4}`, 'list', buckets.request);
    })().catch(() => undefined);
  for (let second = 0; second < seconds; second++) {
    every(second, buckets);
    await jest.advanceTimersByTimeAsync(1000);
  }
  work.isOver = true;
  pacer.stop(new Error('over'));
  buckets.fill();
  const { passed, refused, allowed } = buckets;
  return { passed, refused, allowed, buckets };
}

const report = (name: string, { passed, refused, allowed }: Outcome) => {
  if (process.env.SHOW_RATES !== undefined)
    process.stderr.write(
      `${name}: ${((100 * passed) / allowed).toFixed(1)} % used, ${refused} of ${passed + refused} refused (${((100 * refused) / (passed + refused)).toFixed(1)} %)\n`,
    );
};

const LIMITS: readonly (readonly [string, Limit])[] = [
  ['60 + 5/s', { capacity: 60, fillPerSecond: 5 }],
  ['60 + 20/s', { capacity: 60, fillPerSecond: 20 }],
  ['300 + 50/s', { capacity: 300, fillPerSecond: 50 }],
  ['two nodes of 60 + 5/s', { capacity: 60, fillPerSecond: 5, nodes: 2 }],
  ['three nodes of 60 + 20/s', { capacity: 60, fillPerSecond: 20, nodes: 3 }],
];

describe.each(LIMITS)('a limit of %s', (name, limit) => {
  it.each([60, 300])('with Retry-After is used to 95 % within %i s, with 5 % refused at most', async (seconds) => {
    const outcome = await run(limit, seconds);
    report(`${name}, ${seconds} s`, outcome);
    expect(outcome.passed / outcome.allowed).toBeGreaterThanOrEqual(0.95);
    expect(outcome.refused / (outcome.passed + outcome.refused)).toBeLessThanOrEqual(0.05);
  });

  it('is used to 95 % within half a minute, too, the first eight refusals included', async () => {
    const outcome = await run(limit, 34);
    report(`${name}, 34 s`, outcome);
    expect(outcome.passed / outcome.allowed).toBeGreaterThanOrEqual(0.95);
    expect(outcome.refused / (outcome.passed + outcome.refused)).toBeLessThanOrEqual(0.06);
  });

  it('without Retry-After is used to 85 % within a minute, with 5 % refused at most', async () => {
    const outcome = await run({ ...limit, retryAfter: false }, 60);
    report(`${name}, without Retry-After`, outcome);
    expect(outcome.passed / outcome.allowed).toBeGreaterThanOrEqual(0.85);
    expect(outcome.refused / (outcome.passed + outcome.refused)).toBeLessThanOrEqual(0.05);
  });
});

describe('a limit that changes', () => {
  it.each([
    ['is raised', 5, 20],
    ['is lowered', 20, 5],
    ['is raised a little', 20, 25],
  ])('(%s from %i to %i per second) is learned again within a minute', async (what, before, after) => {
    let learned: Outcome = { passed: 0, refused: 0, allowed: 0 };
    const end = await run({ capacity: 60, fillPerSecond: before }, 240, {
      every: (second, buckets) => {
        if (second === 60) buckets.change({ capacity: 60, fillPerSecond: after });
        if (second !== 120) return;
        buckets.fill();
        learned = { passed: buckets.passed, refused: buckets.refused, allowed: buckets.allowed };
      },
    });
    const since = {
      passed: end.passed - learned.passed,
      refused: end.refused - learned.refused,
      allowed: end.allowed - learned.allowed,
    };
    report(`limit ${what}, until then`, learned);
    report(`limit ${what}, then`, since);
    expect(since.passed / since.allowed).toBeGreaterThanOrEqual(0.95);
    expect(end.refused / (end.passed + end.refused)).toBeLessThanOrEqual(0.05);
    expect(learned.passed / learned.allowed).toBeGreaterThanOrEqual(0.85);
  });
});

it('others who use the same account take what they take; the rest is used', async () => {
  const outcome = await run({ capacity: 60, fillPerSecond: 10 }, 180, {
    every: (second, buckets) => {
      if (second % 3 === 0) buckets.take(6);
      if (second % 50 === 49) buckets.take(40);
    },
  });
  report('others on the same account', outcome);
  expect(outcome.passed / outcome.allowed).toBeGreaterThanOrEqual(0.95);
  expect(outcome.refused / (outcome.passed + outcome.refused)).toBeLessThanOrEqual(0.05);
});

describe('a server that refuses everything for some seconds', () => {
  const SHUT: Limit = { capacity: 0, fillPerSecond: 1 };
  const OPEN: Limit = { capacity: 1e9, fillPerSecond: 1e9 };
  /** What passed since the server took requests again, with eight at once that take 40 ms: 200 a second are possible. */
  const passedIn = async (shut: Limit, from: number, to: number, seconds: number): Promise<number> => {
    let before = 0;
    const { passed } = await run(from === 0 ? shut : OPEN, to + seconds, {
      every: (second, buckets) => {
        if (second === from && from > 0) buckets.change(shut);
        if (second !== to) return;
        before = buckets.passed;
        buckets.change(OPEN);
        buckets.refill();
      },
    });
    return passed - before;
  };

  it.each([
    ['at the beginning, with Retry-After', SHUT, 0],
    ['at the beginning, without it', { ...SHUT, retryAfter: false }, 0],
    ['in the middle, with Retry-After', SHUT, 20],
    ['in the middle, without it', { ...SHUT, retryAfter: false }, 20],
  ])('has told nothing of a rate: %s', async (_, shut, from) => {
    expect(await passedIn(shut, from, from + 4, 20)).toBeGreaterThan(1000);
  });
});

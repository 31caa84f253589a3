import fc from 'fast-check';
import { covers } from '../../../src/sync/items/coverage';
import { type ItemMemory, parseItem } from '../../../src/sync/items/item-memory';
import { type PullRequestsState, pullRequestsForm } from '../../../src/sync/items/item-state';
import { type Place, type Fingerprints, Tracker, type TrackerOptions } from '../../../src/sync/items/tracker';
import { emptyMemory } from '../../../src/sync/repository/repository-states';
import { SmallMap } from '../../../src/sync/small-map';
import { pullRequestActivities } from '../../../src/streams/pull_request_activities';
import { pullRequestDiffs } from '../../../src/streams/pull_request_diffs';
import type { PullRequestReference, PullRequestStream } from '../../../src/streams/stream';

const DAY = 24 * 3600 * 1000;
const NOW = Date.parse('2026-08-19T12:00:00Z');
const ago = (days: number) => NOW - days * DAY;
const entry = (id: number, updatedDate: number, open = false): PullRequestReference => ({
  id,
  updatedDate,
  open,
  sourceCommit: null,
  targetCommit: null,
});

/** What was remembered of an item, as the state has it. */
const item = (text: string): ItemMemory => parseItem(text)!;
const known = (items: Readonly<Record<number, string>>) =>
  new SmallMap(Object.entries(items).map(([id, text]): [number, ItemMemory] => [Number(id), item(text)]));

const prints = (fingerprint: string, urgent: string | null = null): Fingerprints => ({
  fingerprint: () => fingerprint,
  urgent: () => urgent,
});

/** A stream's progress in a repository; `before` says what earlier syncs left. */
function begin(
  before: Partial<PullRequestsState> & { readonly pending?: ReadonlyMap<number, number> } = {},
  options: Partial<TrackerOptions> = {},
  stream: PullRequestStream = pullRequestDiffs,
) {
  const { pending = new Map<number, number>(), ...body } = before;
  const memory = emptyMemory<PullRequestsState>({ ...pullRequestsForm.initial(), ...body });
  for (const [id, attempts] of pending) memory.pending.set(id, attempts);
  const shares: number[] = [];
  const given = { startedAt: NOW, beginning: -Infinity, lookbackDays: 14, recheck: false, ...options };
  const progress = new Tracker(stream, memory, given, (share) => shares.push(share));
  return { memory, state: memory.body, shares, progress };
}

/** What a complete read a day ago leaves behind. */
const readYesterday = (): Partial<PullRequestsState> => ({
  covered: [{ from: -Infinity, to: ago(2) }],
  readAt: ago(1),
  lookbackDays: 14,
});

describe('how far down the list is read', () => {
  it('is to its end where nothing is covered', () => {
    expect(begin().progress.bottom).toBe(-Infinity);
  });

  it('is to the beginning that the user chose', () => {
    expect(begin({}, { beginning: ago(100) }).progress.bottom).toBe(ago(100));
  });

  it('is through the lookback, counted from the last complete read and not from now', () => {
    expect(begin(readYesterday()).progress.bottom).toBe(ago(15));
    expect(begin({ ...readYesterday(), readAt: ago(60), covered: [{ from: -Infinity, to: ago(61) }] }).progress.bottom).toBe(
      ago(74),
    );
  });

  it('is ten minutes back at least: lists show a pull request a moment after its date', () => {
    const state = { ...readYesterday(), covered: [{ from: -Infinity, to: NOW }], readAt: NOW, lookbackDays: 0 };
    expect(begin(state, { lookbackDays: 0 }).progress.bottom).toBe(NOW - 600_000);
    expect(begin(state, { lookbackDays: 0.001 }).progress.bottom).toBe(NOW - 600_000);
  });

  it('is through the longer of two lookbacks where it was changed', () => {
    expect(begin(readYesterday(), { lookbackDays: 30 }).progress.bottom).toBe(ago(31));
    expect(begin(readYesterday(), { lookbackDays: 1 }).progress.bottom).toBe(ago(15));
  });

  it('is down to what is covered where the latest change is older than the lookback', () => {
    expect(begin({ ...readYesterday(), covered: [{ from: -Infinity, to: ago(300) }] }).progress.bottom).toBe(ago(300));
  });

  it('is into the gap that a killed backfill left', () => {
    const state = { ...readYesterday(), covered: [{ from: ago(5), to: ago(2) }] };
    expect(begin(state).progress.bottom).toBe(-Infinity);
    const resumed = {
      ...state,
      covered: [
        { from: ago(5), to: ago(2) },
        { from: -Infinity, to: ago(100) },
      ],
    };
    expect(begin(resumed).progress.bottom).toBe(ago(100));
  });

  it('is to an earlier beginning, once one is chosen', () => {
    const state = { ...readYesterday(), covered: [{ from: ago(50), to: ago(2) }] };
    expect(begin(state, { beginning: ago(50) + 1 }).progress.bottom).toBe(ago(15));
    expect(begin(state, { beginning: ago(200) }).progress.bottom).toBe(ago(200));
  });
});

describe('what is read', () => {
  const same = prints('same');

  it('is what is new: later than what is covered, or in a gap', () => {
    const { progress } = begin({
      ...readYesterday(),
      covered: [
        { from: ago(40), to: ago(30) },
        { from: -Infinity, to: ago(100) },
      ],
      readAt: ago(29),
    });
    expect([ago(1), ago(60), ago(100), ago(101)].map((date) => progress.wants(entry(1, date), same))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('is what is known and has another fingerprint', () => {
    const { progress } = begin({
      ...readYesterday(),
      known: known({ 1: 'same', 2: 'other' }),
    });
    expect(progress.wants(entry(1, ago(3)), same)).toBe(false);
    expect(progress.wants(entry(2, ago(3)), same)).toBe(true);
  });

  it('is what is open and not known, however old', () => {
    const { progress } = begin(readYesterday());
    expect(progress.wants(entry(1, ago(500), true), same)).toBe(true);
    expect(progress.wants(entry(1, ago(500), false), same)).toBe(false);
  });

  it('is nothing from before the beginning, be it open or pending', () => {
    const { progress } = begin({ pending: new Map([[1, 1]]) }, { beginning: ago(10) });
    expect(progress.wants(entry(1, ago(11), true), same)).toBe(false);
    expect(progress.wants(entry(1, ago(10), true), same)).toBe(true);
  });

  it('is what is pending', () => {
    const { progress } = begin({ ...readYesterday(), pending: new Map([[1, 2]]) });
    expect(progress.wants(entry(1, ago(500)), same)).toBe(true);
  });

  it('is everything known on a recheck, but only where rows may change without a trace', () => {
    const before = () => ({ ...readYesterday(), known: known({ 1: 'same content ids' }) });
    expect(begin(before(), { recheck: true }, pullRequestActivities).progress.wants(entry(1, ago(3)), same)).toBe(true);
    expect(begin(before(), { recheck: false }, pullRequestActivities).progress.wants(entry(1, ago(3)), same)).toBe(false);
    expect(begin(before(), { recheck: true }, pullRequestDiffs).progress.wants(entry(1, ago(3)), same)).toBe(false);
  });
});

describe('what only a moved target changes', () => {
  const before = (urgent: string | null) => ({
    ...readYesterday(),
    known: new SmallMap([[1, { ...item('old'), urgent, date: ago(3) }]]),
  });
  const wants = (progress: Tracker, listed: Fingerprints) => progress.wants(entry(1, ago(3), true), listed);

  it('waits for the recheck, and what is urgent does not', () => {
    expect(wants(begin(before('same')).progress, prints('new', 'same'))).toBe(false);
    expect(wants(begin(before('same'), { recheck: true }).progress, prints('new', 'same'))).toBe(true);
    expect(wants(begin(before('same'), { recheck: true }).progress, prints('old', 'same'))).toBe(false);
    expect(wants(begin(before('same')).progress, prints('old', 'other'))).toBe(true);
    expect(wants(begin({ ...before('same'), pending: new Map([[1, 1]]) }).progress, prints('new', 'same'))).toBe(true);
  });

  it('is read at once where it is not known what is urgent, and known from then on', () => {
    expect(wants(begin(before(null)).progress, prints('new', 'any'))).toBe(true);
    const { progress, state } = begin(before(null));
    expect(wants(progress, prints('old', 'any'))).toBe(false);
    progress.unchanged(progress.track(entry(1, ago(3), true)), prints('old', 'any'));
    expect(state.known.get(1)).toMatchObject({ fingerprint: 'old', urgent: 'any', date: ago(3) });
  });
});

describe('the tombstone of a pull request', () => {
  it('has the cursor that its row had, else the time at which it was found gone', () => {
    const { progress } = begin({ ...readYesterday(), known: known({ 8: 'a' }) });
    progress.written(progress.track(entry(9, ago(3))), item('b'));
    expect(progress.remove(7, 9, NOW)).toMatchObject({
      ...{ repository_id: 7, pull_request_id: 9 },
      ...{ updated_date: new Date(ago(3)).toISOString(), deleted_at: new Date(NOW).toISOString() },
    });
    expect(progress.remove(7, 8, NOW)).toMatchObject({ updated_date: new Date(NOW).toISOString() });
  });
});

describe('what is covered', () => {
  it('never includes what is not settled, in whatever order that happens, and in the end all of it', () => {
    const walks = fc.record({
      dates: fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 30 }),
      order: fc.infiniteStream(fc.nat()),
    });
    fc.assert(
      fc.property(walks, ({ dates, order }) => {
        const { progress, state } = begin();
        const entries = dates.sort((a, b) => a - b).map((days, index) => entry(index + 1, ago(days)));
        const pending: Place[] = [];
        for (const each of entries) {
          pending.push(progress.track(each));
          const settled = pending.splice((order.next().value as number) % pending.length, 1)[0];
          if ((order.next().value as number) % 2 === 0 && settled !== undefined) progress.written(settled, item('known'));
          else if (settled !== undefined) pending.push(settled);
          for (const { date, isDone } of pending) if (!isDone) expect(covers(state.covered, date)).toBe(false);
        }
        for (const ticket of pending) progress.written(ticket, item('known'));
        progress.complete();
        for (const { updatedDate } of entries) expect(covers(state.covered, updatedDate)).toBe(true);
        expect(covers(state.covered, ago(0) + 1)).toBe(false);
      }),
    );
  });

  it('goes down behind what is settled', () => {
    const { progress, state } = begin();
    const tickets = [1, 2, 3].map((days, index) => progress.track(entry(index + 1, ago(days))));
    expect(state.covered).toEqual([]);
    progress.written(tickets[1]!, item('a'));
    expect(state.covered).toEqual([]);
    progress.written(tickets[0]!, item('b'));
    expect(state.covered).toEqual([{ from: ago(3), to: ago(1) }]);
  });

  it('joins what an earlier walk has covered, once it gets there', () => {
    const { progress, state } = begin({ ...readYesterday(), covered: [{ from: -Infinity, to: ago(5) }] });
    const [first, second] = [1, 6].map((days, index) => progress.track(entry(index + 1, ago(days))));
    progress.written(first!, item('a'));
    expect(state.covered).toEqual([{ from: -Infinity, to: ago(1) }]);
    progress.settle(second!);
    expect(state.covered).toEqual([{ from: -Infinity, to: ago(1) }]);
  });

  it('does not move where the list turned out not to be in order, until it has been read to its end', () => {
    const { progress, state } = begin();
    progress.written(progress.track(entry(1, ago(3))), item('a'));
    progress.suspend();
    progress.written(progress.track(entry(2, ago(1))), item('b'));
    expect(state.covered).toEqual([]);
  });

  it('withdraws what a read that was cut off has claimed of a list that is not in order, and remembers that it is not', () => {
    const { progress, state } = begin({ covered: [{ from: ago(9), to: ago(3) }], readAt: ago(1), lookbackDays: 14 });
    expect(progress.wants(entry(1, ago(5)), prints('x'))).toBe(true);
    const old = begin({ covered: [{ from: ago(90), to: ago(30) }], readAt: ago(1), lookbackDays: 14 });
    expect(old.progress.wants(entry(1, ago(50)), prints('x'))).toBe(false);
    old.progress.suspend();
    expect(old.progress.wants(entry(1, ago(50)), prints('x'))).toBe(true);
    expect(old.state).toMatchObject({ covered: [], unordered: true });
    progress.suspend();
    expect(state.covered).toEqual([]);
  });

  it('keeps what a complete read has covered of it', () => {
    const { progress, state } = begin(readYesterday());
    progress.suspend();
    expect(state.covered).toEqual(readYesterday().covered);
  });

  it('claims nothing before the beginning', () => {
    const { progress, state } = begin({}, { beginning: ago(10) });
    progress.written(progress.track(entry(1, ago(3))), item('a'));
    progress.complete();
    expect(covers(state.covered, ago(10))).toBe(true);
    expect(covers(state.covered, ago(11))).toBe(false);
  });

  it('tells with each step which share of the repository it was', () => {
    const { progress, shares } = begin();
    progress.written(progress.track(entry(200, ago(1))), item('a'));
    expect(shares.at(-1)).toBeCloseTo(1 / 200);
  });
});

describe('what is known afterwards', () => {
  it('is what is open, and what was closed within the lookback', () => {
    const { progress, state, memory } = begin();
    const entries = [entry(1, ago(1)), entry(2, ago(13)), entry(3, ago(30), true), entry(4, ago(40))];
    for (const each of entries) progress.written(progress.track(each), item(`known ${each.id}`));
    progress.complete();
    expect([...state.known.keys()]).toEqual([1, 2, 3]);
    expect(state).toMatchObject({ readAt: NOW, lookbackDays: 14 });
    expect(memory.attempts).toBe(0);
  });

  it('is no longer what was closed and has left the lookback', () => {
    const { progress, state } = begin({ ...readYesterday(), known: known({ 9: 'same' }) });
    progress.written(progress.track(entry(10, ago(1))), item('new'));
    progress.settle(progress.track(entry(9, ago(14.5))));
    progress.complete();
    expect([...state.known.keys()]).toEqual([10]);
  });

  it('stays for what could not be read, which is pending', () => {
    const { progress, state, memory } = begin({ ...readYesterday(), known: known({ 9: 'same' }) });
    const ticket = progress.track(entry(9, ago(3)));
    progress.postpone(9, 2);
    progress.putOff(ticket);
    progress.complete();
    expect([...state.known]).toEqual([[9, item('same')]]);
    expect([...memory.pending]).toEqual([[9, 2]]);
  });

  it('is pending no more once it was read', () => {
    const { progress, memory } = begin({ pending: new Map([[9, 1]]) });
    progress.written(progress.track(entry(9, ago(3))), item('a'));
    expect(memory.pending.size).toBe(0);
  });

  it('names what no list has shown', () => {
    const { progress } = begin({
      ...readYesterday(),
      known: known({ 7: 'a', 8: 'b' }),
      pending: new Map([[9, 1]]),
    });
    progress.track(entry(8, ago(3)));
    expect(progress.unseen().sort()).toEqual([7, 9]);
    expect(progress.forget(7)).toBe(true);
    expect(progress.forget(9)).toBe(false);
    expect(progress.unseen()).toEqual([]);
  });
});

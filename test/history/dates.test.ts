import type { RestCommit } from '../../src/bitbucket/api/payloads';
import { dateOf } from '../../src/streams/history/commits-run';
import { type CommitsState, NO_COMMITS } from '../../src/streams/history/commits-state';
import { readCommits } from '../../src/streams/history/read-commits';

const DAY = 24 * 3_600_000;
const NOW = Date.UTC(2026, 0, 1);
const idOf = (index: number) => index.toString(16).padStart(40, '0');

/** A default branch of these commits, newest first. */
class Branch {
  readonly repository = { id: 1, fullName: 'ACME/app' };

  constructor(
    private readonly log: readonly RestCommit[],
    private readonly pageSize = 100,
  ) {}

  async *commits({ start = 0 }: { readonly start?: number }) {
    for (let from = start; from < this.log.length; from += this.pageSize) {
      const next = from + this.pageSize < this.log.length ? from + this.pageSize : null;
      yield await Promise.resolve({ commits: this.log.slice(from, from + this.pageSize), start: from, next });
    }
  }

  newestCommit = () => Promise.resolve(this.log[0]!);
  branches = () => Promise.resolve([{ name: 'main', commitId: this.log[0]!.id, isDefault: true }]);
  gone = () => Promise.resolve(new Set<string>());

  /** Reads it; @returns the ids of the rows, and the state after them */
  async read(saved: CommitsState, beginning: number): Promise<{ ids: string[]; state: CommitsState }> {
    const run = {
      ...{ selects: () => false, beginning, startedAt: NOW, recheckMs: DAY, marginMs: 30 * DAY, warn: () => undefined },
      ...{ row: ({ id }: RestCommit) => ({ id }), tombstone: ({ id }: RestCommit) => ({ id: `-${id}` }) },
    };
    const ids: string[] = [];
    let state = saved;
    for await (const { rows, covers } of readCommits(this, this, saved, run)) {
      ids.push(...rows.map(({ id }) => String(id)));
      state = covers ?? state;
    }
    return { ids, state };
  }
}

test.each([undefined, null, 'never', '2026-01-01T00:00:00Z', 10n ** 20n, 1e300, -1e300])(
  'a commit whose committer date is %p is read',
  async (committerTimestamp) => {
    const branch = new Branch([{ id: idOf(1), committerTimestamp } as unknown as RestCommit]);
    expect((await branch.read(NO_COMMITS, -Infinity)).ids).toEqual([idOf(1)]);
  },
);

test('dates are numbers whatever they were sent as; none is as recent as can be', () => {
  expect(
    [5, 5n, '2026-01-01T00:00:00Z', 'never', null, undefined].map((committerTimestamp) => dateOf({ committerTimestamp })),
  ).toEqual([5, 5, NOW, Infinity, Infinity, Infinity]);
});

test.each([25, 100])(
  'an earlier start_date takes in what was hidden behind two pages of %i older commits as well',
  async (size) => {
    const ages = [...Array.from({ length: 50 }, () => 5), ...Array.from({ length: 4 * size }, () => 300), 5, 300, 8];
    const commits = ages.map((days, index) => ({ id: idOf(index), committerTimestamp: NOW - days * DAY }));
    const first = await new Branch(commits, size).read(NO_COMMITS, NOW - 10 * DAY);
    expect(first.ids).toHaveLength(50);
    // The server may give larger pages by now.
    const second = await new Branch(commits).read(first.state, -Infinity);
    expect(new Set([...first.ids, ...second.ids]).size).toBe(ages.length);
    expect(second.ids.filter((id) => first.ids.includes(id))).toEqual([]);
  },
);

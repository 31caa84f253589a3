import { dayOf } from '../../src/report/page/days';
import type { Facts } from '../../src/report/page/facts';
import { type Filter, firstPeriod, periodOf } from '../../src/report/page/filter';
import { pack, unpack } from '../../src/report/page/packed';
import { sections } from '../../src/report/page/sections';
import { quantile } from '../../src/report/page/statistics';
import { csv } from '../../src/report/page/text';
import { tiles } from '../../src/report/page/tiles';
import { readFacts } from '../../src/report/read-facts';
import { SHOP } from '../views/shop';
import { Warehouse } from '../views/warehouse';
import { READ_AT, town } from './town';

const day = (text: string) => dayOf(text)!;
const whole = (facts: Facts, more: Partial<Filter> = {}): Filter => ({
  project: null,
  repository: null,
  ...periodOf(facts, 'all'),
  ...more,
});
const open = async (rows: Parameters<Warehouse['fill']>[0], readAt: string) => {
  const warehouse = await Warehouse.open();
  await warehouse.fill(rows);
  for (const stream of ['repositories', 'pull_requests', 'pull_request_activities', 'pull_request_diffs', 'builds'])
    await warehouse.database.run(`INSERT INTO _airbyte_state VALUES (?, NULL, '{}', ?::TIMESTAMPTZ)`, [stream, readAt]);
  return warehouse;
};
/** Facts as the page gets them: packed and unpacked. */
const factsOf = async ({ database }: Warehouse, byPerson = false, includesBots = false) => {
  for (const table of ['pull_requests', 'answers', 'reviewers', 'reviews', 'deployments'])
    await database.run(`DROP TABLE IF EXISTS temp.report_${table}`);
  const facts = await readFacts(database, { byPerson, includesBots }, 0);
  const again = unpack(pack(facts));
  expect(again).toEqual(facts);
  return again;
};

/** One decimal: where the second is a 5, the sums of two programs may round to either side. */
const about = (hours: unknown) => (typeof hours === 'number' ? expect.closeTo(hours, 0.6) : hours);
const plain = (value: unknown) => (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value);

/** Each section shows what its SQL says. @returns how many rows there are */
async function shownAsItsSqlSays(warehouse: Warehouse, facts: Facts, filter: Filter): Promise<number> {
  let shown = 0;
  for (const { id, rows, columns, sql } of sections(facts, filter)) {
    const found = await warehouse.database.query(sql);
    expect([id, found.map((row) => columns.map((column) => plain(row[column.name])))]).toEqual([
      id,
      rows.map((row) => row.map((cell, place) => (columns[place]?.kind === 'hours' ? about(cell) : cell))),
    ]);
    shown += rows.length;
  }
  return shown;
}

describe('the small shop, worked out by hand', () => {
  let shop: Warehouse;
  let facts: Facts;
  beforeAll(async () => {
    shop = await open(SHOP, '2026-03-16T00:00:00.000Z');
    facts = await factsOf(shop);
  }, 60_000);
  afterAll(() => shop.remove());

  test('the four numbers', () => {
    // Merged: #1 in 12 h, #2 in 1.5 h, #3 in 4 h: the median is 4 h. 2 March to 16 March are 15 days: 3 × 7 / 15 = 1.4 per week.
    // Open: #4, #5, #6, #7, #8, #9, #12, #13, of which #5, #7 and #13 wait for reviewers, #6 to be merged, the other four for authors.
    const [cycle, review, merged, waiting] = tiles(facts, whole(facts));
    expect(cycle?.value).toBe('4 h');
    // Waited for a first review: #1 2 h, #3 0 h, #4, #5 and #6 2 h, #10 1 h, #12 1 h: the median of 0 1 1 2 2 2 2 is 2 h.
    expect(review?.value).toBe('2 h');
    expect(merged?.value).toBe('1.4');
    expect([waiting?.value, waiting?.detail]).toEqual(['8', '3 for reviewers, 4 for authors, 1 to be merged']);
  });

  test('against the period before, where there is one', () => {
    // 4 March alone: 4 h; 3 March alone: 1.5 h: 167 % more.
    const [cycle, , merged] = tiles(facts, whole(facts, { from: day('2026-03-04'), to: day('2026-03-04') }));
    expect([cycle?.change, cycle?.isBetter]).toEqual(['▲ 167 % against the period before', false]);
    expect(merged?.change).toBe('as in the period before');
    expect(tiles(facts, whole(facts))[0]?.change).toBe('no full period before it');
  });

  test('cycle time and its parts, sizes, rounds, and who has waited longest', () => {
    const found = new Map(sections(facts, whole(facts)).map((section) => [section.id, section.rows]));
    // Parts, as means over #1, #2 and #3: draft 0, 0, 2; waiting for review 2, 0, 0; in review 6, 0, 1; waiting for merge 4, 1.5, 1.
    expect(found.get('cycle-time')).toEqual([['2026-03-01', 3, 4, 10.4, 0.7, 0.7, 2.3, 2.2]]);
    // #2 changed 9 lines in 1.5 h, #1 50 lines in 12 h; the size of #3 is not known.
    expect(found.get('size')).toEqual([
      ['XS', 1, 1.5, 1.5],
      ['M', 1, 12, 12],
    ]);
    expect(found.get('rounds')).toEqual([
      [0, 1],
      [1, 1],
      [3, 1],
    ]);
    expect(found.get('throughput')).toEqual([['2026-03-02', 12, 3]]);
    expect(found.get('waiting')?.[0]).toEqual(['#7 Change 7', 'SHOP/web', 'the reviewers', 10.7]);
  });
});

describe('a town of three repositories', () => {
  let warehouse: Warehouse;
  beforeAll(async () => {
    warehouse = await open(town(), READ_AT);
  }, 60_000);
  afterAll(() => warehouse.remove());

  test.each([
    ['everything', {}, false, false],
    ['a project', { project: 'SHOP' }, false, false],
    ['a repository with a quote in its name', { repository: "SHOP/o'neill" }, true, false],
    [
      'a repository and two months, bots included',
      { repository: 'BANK/ledger', from: day('2026-01-10'), to: day('2026-03-09') },
      true,
      true,
    ],
    ['one day', { from: day('2026-02-02'), to: day('2026-02-02') }, false, true],
    ['no day at all', { from: day('2020-01-01'), to: day('2020-02-01') }, false, false],
  ] as const)('shows of %s what its SQL says', async (_, choice, byPerson, includesBots) => {
    const facts = await factsOf(warehouse, byPerson, includesBots);
    const { repository: name, ...more } = choice as Partial<Record<'repository' | 'project', string>> & {
      from?: number;
      to?: number;
    };
    const index = facts.head.repositories.findIndex((each) => each.name === name);
    expect(index === -1).toBe(name === undefined);
    const filter = whole(facts, { ...more, repository: index === -1 ? null : index });
    expect(await shownAsItsSqlSays(warehouse, facts, filter)).toBeGreaterThan(0);
  });

  test.each([
    ['of every third', (id: number) => id % 3 === 0],
    ['at all', () => true],
  ])(
    'shows the same where activities are not read %s',
    async (_, isUnread) => {
      const rows = town();
      const read = rows['pull_request_activities']!.filter((row) => !isUnread(Number(row['pull_request_id'])));
      const lacking = await open({ ...rows, pull_request_activities: read }, READ_AT);
      try {
        const facts = await factsOf(lacking);
        expect(facts.head.coverage.withoutActivities).toBeGreaterThan(60);
        expect(await shownAsItsSqlSays(lacking, facts, whole(facts))).toBeGreaterThan(0);
      } finally {
        lacking.remove();
      }
    },
    60_000,
  );

  test('says the lead time, the frequency and the failures as the measures of DORA define them', async () => {
    const facts = await factsOf(warehouse);
    const { answer } = sections(facts, whole(facts)).at(-1)!;
    const [measures = {}] = await warehouse.database.query(`SELECT
      (SELECT median(lead_time_hours) FROM pull_request_facts WHERE deployed_at IS NOT NULL AND NOT author_is_bot) / 24 AS lead,
      100 * count(*) FILTER (is_failure) / count(*) AS failed, count(*) AS ended
      FROM deployment_facts WHERE is_production AND state IN ('SUCCESSFUL', 'FAILED')`);
    const [, failed, ended, lead] = / week; ([\d.]+) % of (\d+) deployments .* changes ([\d.]+) days/.exec(answer)!.map(Number);
    expect([failed, ended, lead]).toEqual([
      expect.closeTo(Number(measures['failed']), 0.9),
      Number(measures['ended']),
      expect.closeTo(Number(measures['lead']), 0.9),
    ]);
  });

  test('names nobody unless asked to, and names bots, which it leaves out', async () => {
    const ofBots = town()['pull_requests']!.filter(({ author_id: author }) => author === 7).length;
    expect(ofBots).toBeGreaterThan(10);
    const silent = await factsOf(warehouse);
    expect(JSON.stringify(silent)).not.toMatch(/Person \d|Ann/);
    expect(silent.head.coverage).toMatchObject({ bots: ['Machine 7'], botPullRequests: ofBots, missing: [], pullRequests: 260 });
    expect(silent.pullRequests.opened).toHaveLength(260 - ofBots);
    const open = await factsOf(warehouse, true, true);
    expect(open.head.people).toContain('Person 2');
    expect(open.pullRequests.opened).toHaveLength(260);
  });

  test('begins with six months, and with all where nothing was opened in them', async () => {
    const facts = await factsOf(warehouse);
    expect(firstPeriod(facts)).toBe('182');
    expect(firstPeriod({ ...facts, head: { ...facts.head, today: facts.head.today + 400 } })).toBe('all');
  });
});

test('quantiles are those of DuckDB', () => {
  expect([quantile([], 0.5), quantile([3], 0.9), quantile([4, 1, 3, 2], 0.5), quantile([1, 2, 3], 0.9)]).toEqual([
    null,
    3,
    2.5,
    2.8,
  ]);
});

test('a spreadsheet takes nothing of a CSV for a formula', () => {
  const columns = [{ name: 'title', label: 'Title', kind: 'text' as const }];
  expect(csv(columns, [['=1+1'], ['a,"b"'], [null], [-2]])).toBe('title\r\n\'=1+1\r\n"a,""b"""\r\n\r\n-2\r\n');
});

import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chart } from '../../src/report/page/chart';
import { dayOf } from '../../src/report/page/days';
import type { Facts } from '../../src/report/page/facts';
import { type Filter, periodOf } from '../../src/report/page/filter';
import { sections } from '../../src/report/page/sections';
import { duration } from '../../src/report/page/text';
import { tiles } from '../../src/report/page/tiles';
import { readFacts } from '../../src/report/read-facts';
import { writeReport } from '../../src/report/report';
import type { Row } from '../views/shop';
import { Warehouse } from '../views/warehouse';

/** Few pull requests, fast ones, those of a person's own project: the page says of them what is true, and in whole words. */
const MINUTE_MS = 60_000;
const START = Date.parse('2026-03-02T09:00:00Z');
const at = (minutes: number) => new Date(START + minutes * MINUTE_MS).toISOString();
const person = (id: number) => ({
  id,
  name: `p${id}`,
  slug: `p${id}`,
  displayName: `Person ${id}`,
  active: true,
  type: 'NORMAL',
});

interface Given {
  readonly opened: number;
  readonly reviewed: number;
  readonly merged: number;
  readonly comments?: number;
  readonly repository?: number;
  readonly title?: string;
}

function rowsOf(given: readonly Given[]): Readonly<Record<string, readonly Row[]>> {
  const ids = [1, 2];
  return {
    projects: [
      { id: 1, key: 'SHOP', name: 'Shop', type: 'NORMAL', changed_at: at(0) },
      { id: 2, key: '~p1', name: 'Person 1', type: 'PERSONAL', changed_at: at(0) },
    ],
    repositories: ids.map((id) => ({
      ...{ id, slug: 'web', name: 'web', project_id: id, default_branch: 'main', archived: false, changed_at: at(0) },
      ...(id === 1 ? { full_name: 'SHOP/web', project_key: 'SHOP' } : { full_name: '~p1/web', project_key: '~p1' }),
    })),
    pull_requests: given.map(({ opened, merged, comments = 0, repository = 1, title = 'Change' }, index) => ({
      ...{ repository_id: repository, id: index + 1, title, state: merged < 0 ? 'OPEN' : 'MERGED', draft: false },
      ...{ created_date: at(opened), updated_date: at(opened), author_id: 1, comment_count: comments, open_task_count: 0 },
      ...(merged < 0 ? {} : { closed_date: at(opened + merged) }),
      ...{ author: { user: person(1), role: 'AUTHOR' }, reviewers: [], participants: [], target_branch: 'main' },
      url: `https://git.example.com/${repository === 1 ? 'projects/SHOP' : 'users/p1'}/repos/web/pull-requests/${index + 1}`,
    })),
    pull_request_activities: given.flatMap(({ opened, reviewed, repository = 1 }, index) => {
      const act = (id: number, action: string, by: number, when: number) => ({
        ...{
          repository_id: repository,
          id,
          pull_request_id: index + 1,
          action,
          user_id: by,
          user: person(by),
          created_date: at(when),
        },
      });
      const opening = act(2 * index + 1, 'OPENED', 1, opened);
      return reviewed < 0 ? [opening] : [opening, act(2 * index + 2, 'APPROVED', 2, opened + reviewed)];
    }),
  };
}

/** @param unread the pull requests, by their place, whose activities were not read; all: the stream is not synced */
async function facts(given: readonly Given[], byPerson = false, unread: readonly number[] | 'all' = []): Promise<Facts> {
  const warehouse = await Warehouse.open();
  try {
    const rows = rowsOf(given);
    const isRead = (row: Row) => unread !== 'all' && !unread.includes(Number(row['pull_request_id']) - 1);
    await warehouse.fill({ ...rows, pull_request_activities: rows['pull_request_activities']!.filter(isRead) });
    const synced = ['pull_requests', 'pull_request_diffs', ...(unread === 'all' ? [] : ['pull_request_activities'])];
    for (const stream of synced)
      await warehouse.database.run(`INSERT INTO _airbyte_state VALUES ('${stream}', NULL, '{}', ?::TIMESTAMPTZ)`, [at(1440)]);
    return await readFacts(warehouse.database, { byPerson, includesBots: false }, 0);
  } finally {
    warehouse.remove();
  }
}

const whole = (found: Facts, more: Partial<Filter> = {}): Filter => ({
  ...{ project: null, repository: null },
  ...periodOf(found, 'all'),
  ...more,
});
const answers = (found: Facts, filter = whole(found)) =>
  Object.fromEntries(sections(found, filter).map(({ id, answer }) => [id, answer]));

test('minutes are minutes, and a change is that of the numbers, not of their rounded forms', async () => {
  const day = 24 * 60;
  // Yesterday merged after 64 minutes, today after 65: 1.6 % more, both 1.1 h; reviewed after 3 and after 4 minutes: a third more, both 0.1 h.
  const found = await facts([
    { opened: 0, reviewed: 3, merged: 64 },
    { opened: day, reviewed: 4, merged: 65 },
  ]);
  const today = dayOf('2026-03-03')!;
  const [cycle, review] = tiles(found, whole(found, { from: today, to: today }));
  expect([cycle?.value, cycle?.change]).toEqual(['1.1 h', '▲ 2 % against the period before']);
  expect([review?.value, review?.change]).toEqual(['4 min', '▲ 33 % against the period before']);
});

test('of one, of few and of none it says no more than can be said', async () => {
  const one = await facts([{ opened: 0, reviewed: 3, merged: 7 }]);
  expect(answers(one)).toMatchObject({
    'cycle-time': 'One pull request was merged, 7 min after it was opened.',
    throughput: '1 pull request is merged in 2 days.',
    'review-load': '1 person gave 1 review.',
    repositories: '1 repository merged something in this period.',
  });
  const three = await facts([5, 10, 600].map((merged) => ({ opened: 0, reviewed: -1, merged })));
  expect(answers(three)['cycle-time']).toBe(
    'Half of 3 merged pull requests took less than 10 min from opening to merge, the longest 10 h.',
  );
  const none = await facts([{ opened: 0, reviewed: -1, merged: -1 }]);
  expect(answers(none)).toMatchObject({
    throughput: 'Nothing was merged in this period.',
    repositories: 'Nothing was merged in this period.',
  });
  expect(tiles(none, whole(none))[3]?.detail).toBe('1 for authors');
  expect(tiles(one, whole(one))[3]?.detail).toBe('nothing is open');
});

test('the owner of a personal project is named only where people are', async () => {
  const given = [
    { opened: 0, reviewed: -1, merged: -1 },
    { opened: 0, reviewed: -1, merged: -1, repository: 2 },
    { opened: 0, reviewed: 3, merged: 7, repository: 2 },
  ];
  const silent = await facts(given);
  expect(JSON.stringify(silent.head)).not.toMatch(/p1|Person 1/);
  expect(silent.head.projects).toEqual(['Personal', 'SHOP']);
  expect(silent.head.repositories.map(({ name }) => name)).toEqual(['SHOP/web', 'Personal repository 2']);
  const [cycle] = sections(silent, whole(silent, { project: 'Personal', repository: 1 }));
  expect([cycle?.rows.length, cycle?.sql]).toEqual([
    1,
    expect.stringMatching(/project_key LIKE '~%'\n +AND repository_id = 2\n/),
  ]);
  const open = await facts(given, true);
  expect(open.head.repositories.map(({ name }) => name)).toEqual(['SHOP/web', '~p1/web']);
});

test('what nobody read is not known, and never nothing', async () => {
  const given = [
    { opened: 0, reviewed: 3, merged: 60 },
    { opened: 0, reviewed: -1, merged: 120 },
    { opened: 0, reviewed: 5, merged: -1 },
    { opened: 0, reviewed: -1, merged: -1 },
  ];
  const known = await facts(given);
  expect(answers(known)['rounds']).toBe('50 % were merged without a review.');
  const nothing = await facts(given, false, 'all');
  const why = 'pull_request_activities is not synced';
  expect(answers(nothing)).toMatchObject({
    'cycle-time': expect.stringMatching(/^Half of 2 merged/),
    rounds: `Whether they were reviewed is not known: ${why}.`,
    'review-load': `Who reviewed is not known: ${why}.`,
    waiting: `Since when they wait is not known: ${why}.`,
    size: 'How large they were is not known: their pull_request_diffs were not read.',
  });
  const section = (found: Facts, name: string) => sections(found, whole(found)).find(({ id }) => id === name)!;
  expect(section(nothing, 'cycle-time').rows[0]!.slice(-4)).toEqual([null, null, null, null]);
  expect(section(nothing, 'cycle-time').note).toContain(`The parts of 2 of 2 are not known: ${why}.`);
  const [, review, , open] = tiles(nothing, whole(nothing));
  expect([review?.detail, open?.value, open?.detail]).toEqual([`not known: ${why}`, '2', 'whose turn it is, is not known']);
  const some = await facts(given, false, [1, 3]);
  const talkedAbout = given.map((each) => ({ ...each, merged: -1, comments: 1 }));
  expect(answers(await facts(talkedAbout, false, [1, 3]))['waiting']).toBe(
    'Of the 2 of 4 of which it is known, 24 h is the longest that an open pull request has waited for its next step.',
  );
  expect(answers(some)['rounds']).toBe('Of 1 of 2 it is known: 0 % were merged without a review.');
  expect(section(some, 'rounds').rows).toEqual([[1, 1]]);
  const parts = section(await facts(given.slice(0, 1)), 'cycle-time').rows[0]!.slice(-4);
  expect(section(some, 'cycle-time').rows[0]!.slice(-4)).toEqual(parts);
});

test('a title is cut between characters, and names in a drawing where they fit', async () => {
  const found = await facts([{ opened: 0, reviewed: -1, merged: -1, title: `a${'😀'.repeat(200)}` }]);
  expect(found.head.waiting[0]?.title).toBe(`a${'😀'.repeat(139)}…`);
  const names = ['PLATFORM/a-service-with-a-very-long-name-backend', 'SHOP/web'];
  const labelsAt = (width: number) =>
    (chart(names, 'hours', [{ name: 'x', data: [1, 2], type: 'bar', colour: '#0102a1' }], true).option(width) as any).yAxis.data;
  expect(labelsAt(1280)).toEqual(['PLATFORM/a-se…-name-backend', 'SHOP/web']);
  expect(labelsAt(360)).toEqual(['PLATFOR…backend', 'SHOP/web']);
});

test('durations end where the next unit begins', () => {
  expect([0.004, 0.995, 1, 47.9, 48].map(duration)).toEqual(['0 min', '1 h', '1 h', '47.9 h', '2 days']);
});

test('what is younger than the period is divided by its own weeks, and less than a week has no rate', async () => {
  const day = 24 * 60;
  const young = await facts(Array.from({ length: 21 }, (_, index) => ({ opened: -index * day, reviewed: 5, merged: 10 })));
  const merged = (found: Facts, period: string) =>
    tiles(found, { project: null, repository: null, ...periodOf(found, period) }).find(({ id }) => id === 'merged');
  // Twenty-one in the twenty-two days up to the day of reading.
  expect(merged(young, '182')).toMatchObject({ label: 'Merged per week', value: '6.7', detail: '21 in the 3.1 weeks of data' });
  expect(merged(young, 'all')).toMatchObject({ value: '6.7', detail: '21 in the period' });
  const one = await facts([{ opened: 1000, reviewed: 5, merged: 10 }]);
  expect(merged(one, '182')).toMatchObject({ label: 'Merged', value: '1', detail: 'in 1 day' });
  expect(sections(one, whole(one)).find(({ id }) => id === 'throughput')?.answer).toBe('1 pull request is merged in 1 day.');
});

test('a page is written into a pipe and through a link, which stay what they are', async () => {
  const warehouse = await Warehouse.open();
  const folder = mkdtempSync(join(tmpdir(), 'report-'));
  const [pipe, link, page] = ['pipe', 'link.html', 'page.html'].map((name) => join(folder, name)) as [string, string, string];
  try {
    await warehouse.fill(rowsOf([]));
    const database = warehouse.file;
    warehouse.database.close();
    execFileSync('mkfifo', [pipe]);
    writeFileSync(page, '<html>old</html>');
    symlinkSync(page, link);
    const reader = readFile(pipe, 'utf8');
    const { bytes } = await writeReport({
      database,
      output: pipe,
      byPerson: false,
      includesBots: false,
      now: 0,
      syncCommand: () => '',
    });
    expect(Buffer.byteLength(await reader)).toBe(bytes);
    expect(lstatSync(pipe).isFIFO()).toBe(true);
    await writeReport({ database, output: link, byPerson: false, includesBots: false, now: 0, syncCommand: () => '' });
    expect([lstatSync(link).isSymbolicLink(), readFileSync(page, 'utf8').length > 1000]).toEqual([true, true]);
    await expect(
      writeReport({ database, output: folder, byPerson: false, includesBots: false, now: 0, syncCommand: () => '' }),
    ).rejects.toThrow(/cannot be written/);
  } finally {
    rmSync(warehouse.folder, { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  }
});

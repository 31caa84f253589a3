import type { RestActivity } from '../../src/bitbucket/api/payloads';
import { pullRequestActivities } from '../../src/streams/pull_request_activities';
import type { Row } from '../../src/streams/stream';
import { rowsOf } from '../support/item-rows';
import { sourceCodeIn, violations } from '../support/schemas';

const REPOSITORY = { id: 3, key: 'PLAT', slug: 'api', fullName: 'PLAT/api' };
const PULL_REQUEST = { id: 12, updatedDate: 1_600_000_500_000, open: true, sourceCommit: null, targetCommit: null };
const jane = { id: 7, name: 'jane', displayName: 'Jane' };

/** Reads pull request 12 from answers given in order, each a list of pages; how often it asked is counted. */
async function read(...answers: RestActivity[][][]): Promise<{ rows: Row[]; asked: number }> {
  let asked = 0;
  const api = {
    async *activities() {
      for (const page of answers[asked++] ?? []) yield await Promise.resolve(page);
    },
  };
  const rows = await rowsOf(pullRequestActivities, PULL_REQUEST, REPOSITORY, api);
  return { rows, asked };
}

const commented = (): RestActivity => ({
  ...{ id: 100, createdDate: 1_600_000_000_000, user: jane, action: 'COMMENTED', commentAction: 'ADDED' },
  comment: {
    id: 50,
    version: 0,
    text: '```diff\n- a\n```',
    author: jane,
    createdDate: 1_600_000_000_000,
    updatedDate: 1_600_000_000_000,
    comments: [{ id: 51, text: 'Reply', comments: [] }],
    severity: 'NORMAL',
    state: 'OPEN',
  },
  commentAnchor: { line: 3, lineType: 'ADDED', fileType: 'TO', path: 'a.ts', diffType: 'EFFECTIVE' },
  diff: { hunks: [{ segments: [{ lines: [{ line: 'const secret = 1' }] }] }] },
});

it('gives each activity its columns, with replies nested and without the code that hangs on it', async () => {
  const { rows } = await read([[commented()]]);
  expect(violations('pull_request_activities', rows)).toEqual([]);
  expect(rows[0]).toMatchObject({
    ...{
      repository_id: 3,
      id: 100,
      pull_request_id: 12,
      pull_request_updated_date: '2020-09-13T12:35:00.000Z',
      action: 'COMMENTED',
      created_date: '2020-09-13T12:26:40.000Z',
    },
    ...{
      user_id: 7,
      comment_action: 'ADDED',
      comment_id: 50,
      comment_anchor: { line: 3, path: 'a.ts' },
      details: null,
      deleted_at: null,
    },
    comment: { text: '```diff\n- a\n```', comments: [{ id: 51, text: 'Reply' }] },
  });
  expect(sourceCodeIn(JSON.parse(JSON.stringify(rows)))).toEqual([]);
  expect(JSON.stringify(rows)).not.toContain('const secret');
});

it('keeps what a plug-in adds in details, cleaned as everything is', async () => {
  const { rows } = await read([
    [
      {
        id: 1,
        action: 'SCANNED',
        createdDate: 1,
        user: jane,
        scan: { scannedDate: 0, findings: [{ lines: ['x'], path: 'a' }] },
        diff: 'text',
        score: 7,
      },
    ],
  ]);
  expect(JSON.parse(JSON.stringify(rows[0]?.details))).toEqual({
    scan: { scannedDate: '1970-01-01T00:00:00.000Z', findings: [{ path: 'a' }] },
    score: 7,
  });
});

it('takes the date of the pull request where an activity has none: the cursor is never null', async () => {
  const { rows } = await read([[{ id: 1, action: 'ODD' }]]);
  expect(rows[0]).toMatchObject({ created_date: '2020-09-13T12:35:00.000Z', user_id: null, user: null });
});

it('reads all pages', async () => {
  const { rows, asked } = await read([[{ id: 3 }, { id: 2 }], [{ id: 1 }]]);
  expect({ ids: rows.map(({ id }) => id), asked }).toEqual({ ids: [3, 2, 1], asked: 1 });
});

it('does not believe an empty list before it was given twice: each pull request was opened at least', async () => {
  expect(await read([], [[{ id: 1 }]])).toMatchObject({ rows: [{ id: 1 }], asked: 2 });
  expect(await read([], [])).toEqual({ rows: [], asked: 2 });
});

it('counts as changed by what it holds, not by descriptive copies', () => {
  const content = (over: object) =>
    JSON.stringify(pullRequestActivities.recheck!({ id: 1, repository_full_name: 'a', comment: 1, ...over }));
  expect(content({ repository_full_name: 'b', pull_request_updated_date: 'c' })).toBe(
    content({ pull_request_updated_date: 'd' }),
  );
  expect(content({ comment: 2 })).not.toBe(content({}));
});

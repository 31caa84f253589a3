import type { Diff } from '../../src/bitbucket/diff/diff';
import { pullRequestDiffs } from '../../src/streams/pull_request_diffs';
import { rowsOf } from '../support/item-rows';
import { violations } from '../support/schemas';

const PULL_REQUEST = {
  id: 12,
  updatedDate: 1_600_000_500_000,
  open: true,
  sourceCommit: 'a'.repeat(40),
  targetCommit: 'b'.repeat(40),
};
const REPOSITORY = { id: 3, key: 'PLAT', slug: 'api', fullName: 'PLAT/api' };
const read = async (diff: Diff) => {
  const rows = await rowsOf(pullRequestDiffs, PULL_REQUEST, REPOSITORY, { diff: () => Promise.resolve(diff) });
  if (rows.length !== 1) throw new Error('not one row');
  return rows[0];
};
const file = (path: string, additions: number, deletions: number) => ({
  path,
  previousPath: null,
  type: 'MODIFY' as const,
  additions,
  deletions,
  binary: false,
});

it('a diff is one row with its files and their sums', async () => {
  const row = await read({ files: [file('a', 3, 1), file('b', 0, 2)], truncated: false });
  expect(violations('pull_request_diffs', [row!])).toEqual([]);
  expect(row).toMatchObject({
    pull_request_id: 12,
    source_commit: 'a'.repeat(40),
    file_count: 2,
    additions: 3,
    deletions: 3,
    truncated: false,
    updated_date: '2020-09-13T12:35:00.000Z',
  });
});

it('a diff without files is a row all the same', async () => {
  expect(await read({ files: [], truncated: true })).toMatchObject({
    files: [],
    file_count: 0,
    additions: 0,
    deletions: 0,
    truncated: true,
  });
});

it('a diff is read again when one of the two commits has moved, and not for anything else', () => {
  const listed = (from: string, to: string, over: object = {}) => ({
    id: 1,
    createdDate: 1,
    updatedDate: 2,
    fromRef: { latestCommit: from },
    toRef: { latestCommit: to },
    ...over,
  });
  const fingerprint: typeof pullRequestDiffs.fingerprint = (listed) => pullRequestDiffs.fingerprint(listed);
  expect(fingerprint(listed('a', 'b', { version: 5, title: 'x', updatedDate: 9 }))).toBe(fingerprint(listed('a', 'b')));
  expect(fingerprint(listed('a', 'c'))).not.toBe(fingerprint(listed('a', 'b')));
  expect(fingerprint(listed('b', 'a'))).not.toBe(fingerprint(listed('a', 'b')));
});

import type { RestCommit } from '../../src/bitbucket/api/payloads';
import { BitbucketError } from '../../src/bitbucket/errors';
import { pullRequestCommits } from '../../src/streams/pull_request_commits';
import { rowsOf } from '../support/item-rows';
import { violations } from '../support/schemas';

const PULL_REQUEST = { id: 12, updatedDate: 1_600_000_500_000, open: true, sourceCommit: null, targetCommit: null };
const REPOSITORY = { id: 3, key: 'PLAT', slug: 'api', fullName: 'PLAT/api' };
const jane = { id: 7, name: 'jane', displayName: 'Jane Doe', emailAddress: 'jane@example.com', slug: 'jane' };
const commit = (id: string, over: object = {}): RestCommit => ({
  ...{ id: id.repeat(40), displayId: id.repeat(11), message: 'Change\n\nWhy', author: jane, committer: jane },
  ...{ authorTimestamp: 1_600_000_000_000, committerTimestamp: 1_600_000_100_000, parents: [{ id: 'f'.repeat(40) }] },
  ...over,
});

const read = (...pages: RestCommit[][]) =>
  rowsOf(pullRequestCommits, PULL_REQUEST, REPOSITORY, {
    async *pullRequestCommits() {
      for (const page of pages) yield await Promise.resolve(page);
    },
  });

it('gives a row per commit, counted from the newest on, over all pages', async () => {
  const rows = await read([commit('a'), commit('b')], [commit('c', { parents: [{ id: 'd' }, { id: 'e' }] })]);
  expect(violations('pull_request_commits', rows)).toEqual([]);
  expect(rows.map(({ id, position }) => [String(id).charAt(0), position])).toEqual([
    ['a', 0],
    ['b', 1],
    ['c', 2],
  ]);
  expect(rows[0]).toEqual({
    ...{ repository_id: 3, pull_request_id: 12, id: 'a'.repeat(40), repository_full_name: 'PLAT/api', position: 0 },
    ...{ display_id: 'a'.repeat(11), message: 'Change\n\nWhy', parents: ['f'.repeat(40)] },
    ...{ author_id: 7, author_name: 'Jane Doe', author_email: 'jane@example.com', author_date: '2020-09-13T12:26:40.000Z' },
    ...{ committer_id: 7, committer_name: 'Jane Doe', committer_email: 'jane@example.com' },
    ...{ committer_date: '2020-09-13T12:28:20.000Z', pull_request_updated_date: '2020-09-13T12:35:00.000Z', deleted_at: null },
  });
  expect(rows[2]?.parents).toEqual(['d', 'e']);
});

it('knows who has no account by name and e-mail address, and does without what is missing, null or of another type', async () => {
  const stranger = { name: 'Ann', emailAddress: 'ann@elsewhere.example' };
  const odd = { author: null, committer: 'x', message: null, parents: null, authorTimestamp: 'soon', committerTimestamp: 1e300 };
  const rows = await read([commit('a', { author: stranger }), { id: 'b'.repeat(40) }, commit('c', odd)]);
  expect(violations('pull_request_commits', rows)).toEqual([]);
  expect(rows[0]).toMatchObject({ author_id: null, author_name: 'Ann', author_email: 'ann@elsewhere.example', committer_id: 7 });
  const nothing = {
    author_id: null,
    author_name: null,
    author_date: null,
    committer_name: null,
    committer_date: null,
    parents: null,
  };
  expect(rows.slice(1)).toMatchObject([nothing, nothing]);
});

it('is read again at once when source, target branch or state change, and within recheck_hours when the target moves', () => {
  const listed = (over: object = {}, to: object = {}) => ({
    ...{ id: 1, createdDate: 1, updatedDate: 2, state: 'OPEN', fromRef: { latestCommit: 'a' } },
    ...{ toRef: { id: 'refs/heads/main', latestCommit: 'b', ...to }, ...over },
  });
  const urgent = (each: ReturnType<typeof listed>) => pullRequestCommits.urgent?.(each);
  const whole = (each: ReturnType<typeof listed>) => pullRequestCommits.fingerprint(each);
  for (const changed of [listed({ fromRef: { latestCommit: 'c' } }), listed({}, { id: 'x' }), listed({ state: 'MERGED' })]) {
    expect(urgent(changed)).not.toBe(urgent(listed()));
    expect(whole(changed)).not.toBe(whole(listed()));
  }
  const moved = listed({}, { latestCommit: 'c' });
  expect([urgent(moved) === urgent(listed()), whole(moved) === whole(listed())]).toEqual([true, false]);
  expect(whole(listed({ title: 'New', version: 9, updatedDate: 5 }))).toBe(whole(listed()));
});

it('has lost its commits where the server says so, and not where the pull request or the repository is missing', () => {
  const missing = (exceptionName: string) => new BitbucketError('not_found', 'x', { exceptionName });
  const isLost = (error: unknown) => pullRequestCommits.isLost?.(error);
  expect(isLost(missing('NoSuchCommitException'))).toBe(true);
  for (const name of ['NoSuchPullRequestException', 'NoSuchRepositoryException']) expect(isLost(missing(name))).toBe(false);
  expect(isLost(new BitbucketError('unavailable', 'x'))).toBe(false);
});

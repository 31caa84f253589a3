import type { RestPullRequest } from '../../src/bitbucket/api/payloads';
import { asSet, pullRequests, referenceOf } from '../../src/streams/pull_requests';
import { tombstone } from '../../src/streams/stream';
import { rowOfEntry } from '../support/item-rows';
import { violations } from '../support/schemas';

const REPOSITORY = { id: 3, key: 'PLAT', slug: 'api', fullName: 'PLAT/api' };
const jane = { id: 7, name: 'jane', displayName: 'Jane', slug: 'jane', type: 'NORMAL', active: true };
const ref = (displayId: string, latestCommit: string) => ({
  id: `refs/heads/${displayId}`,
  displayId,
  latestCommit,
  repository: { id: 3, slug: 'api', project: { id: 1, key: 'PLAT' } },
});

const listed = (over: object = {}): RestPullRequest => ({
  ...{ id: 12, version: 2, title: 'Title', description: 'Why', state: 'MERGED', open: false, closed: true, locked: false },
  ...{ createdDate: 1_600_000_000_000, updatedDate: 1_600_000_500_000, closedDate: 1_600_000_500_000 },
  ...{ fromRef: ref('feature', 'a'.repeat(40)), toRef: ref('main', 'b'.repeat(40)) },
  author: { user: jane, role: 'AUTHOR', approved: false, status: 'UNAPPROVED' },
  reviewers: [
    { user: { ...jane, id: 8 }, role: 'REVIEWER', approved: true, status: 'APPROVED', lastReviewedCommit: 'a'.repeat(40) },
  ],
  participants: [],
  properties: {
    mergeResult: { outcome: 'CLEAN', current: true },
    mergeCommit: { id: 'c'.repeat(40), displayId: 'ccc' },
    commentCount: 3,
    resolvedTaskCount: 1,
  },
  links: { self: [{ href: 'https://git.example.com/pr/12' }] },
  ...over,
});
const row = (over: object = {}) => rowOfEntry(pullRequests, listed(over), REPOSITORY);

it('takes every column from the list entry', () => {
  const made = row();
  expect(violations('pull_requests', [made])).toEqual([]);
  expect(made).toMatchObject({
    ...{
      repository_id: 3,
      id: 12,
      repository_full_name: 'PLAT/api',
      project_key: 'PLAT',
      repository_slug: 'api',
      version: 2,
      state: 'MERGED',
    },
    ...{
      created_date: '2020-09-13T12:26:40.000Z',
      updated_date: '2020-09-13T12:35:00.000Z',
      closed_date: '2020-09-13T12:35:00.000Z',
    },
    ...{
      author_id: 7,
      source_branch: 'feature',
      target_branch: 'main',
      source_commit: 'a'.repeat(40),
      target_commit: 'b'.repeat(40),
      source_repository_id: 3,
    },
    ...{
      merge_commit: 'c'.repeat(40),
      comment_count: 3,
      open_task_count: 0,
      resolved_task_count: 1,
      url: 'https://git.example.com/pr/12',
      deleted_at: null,
    },
  });
  expect(made.properties).not.toHaveProperty('mergeResult');
});

it('does without what old versions, drafts of none and deleted forks leave out', () => {
  const bare = { id: 1, createdDate: 1, updatedDate: 2 } as RestPullRequest;
  const made = rowOfEntry(pullRequests, bare, REPOSITORY);
  expect(violations('pull_requests', [made])).toEqual([]);
  expect(made).toMatchObject({
    draft: null,
    closed_date: null,
    source_repository_id: null,
    merge_commit: null,
    comment_count: 0,
    reviewers: null,
    properties: null,
    url: null,
  });
  expect(row({ fromRef: { ...ref('x', 'd'.repeat(40)), repository: null } }).source_repository_id).toBeNull();
});

describe('the fingerprint', () => {
  const fingerprint: typeof pullRequests.fingerprint = (each) => pullRequests.fingerprint(each);
  const changes: readonly (readonly [name: string, over: object])[] = [
    ['its version', { version: 3 }],
    ['its title', { title: 'Other' }],
    ['its description', { description: 'Other' }],
    ['being a draft', { draft: true }],
    ['its state', { state: 'OPEN' }],
    ['the date of its update', { updatedDate: 1_600_000_500_001 }],
    ['a commit', { toRef: ref('main', 'd'.repeat(40)) }],
    ['its target branch', { toRef: ref('develop', 'b'.repeat(40)) }],
    [
      'a reviewer’s verdict',
      { reviewers: [{ user: { ...jane, id: 8 }, role: 'REVIEWER', approved: false, status: 'NEEDS_WORK' }] },
    ],
    ['another reviewer', { reviewers: [] }],
    ['a participant', { participants: [{ user: { ...jane, id: 9 }, status: 'UNAPPROVED' }] }],
    ['a comment', { properties: { ...listed().properties, commentCount: 4 } }],
    ['a resolved task', { properties: { ...listed().properties, resolvedTaskCount: 2 } }],
    ['another property', { properties: { ...listed().properties, qgStatus: 'FAILED' } }],
  ];
  it.each(changes)('tells %s', (_name, over) => {
    expect(fingerprint(listed(over))).not.toBe(fingerprint(listed()));
  });

  const reviewers = [7, 8, 9].map((id) => ({ user: { ...jane, id }, status: 'UNAPPROVED' }));
  const same: readonly (readonly [name: string, a: object, b: object])[] = [
    [
      'the merge result, which the server recomputes',
      {},
      { properties: { ...listed().properties, mergeResult: { outcome: 'CONFLICTED' } } },
    ],
    ['a counter of 0 that is left out', { properties: { commentCount: 0 } }, { properties: {} }],
    ['the order of reviewers', { reviewers }, { reviewers: [...reviewers].reverse() }],
    ['the name of a person', { author: { user: jane } }, { author: { user: { ...jane, displayName: 'Jane Doe' } } }],
    ['links', {}, { links: { self: [{ href: 'https://elsewhere.example.com' }] } }],
  ];
  it.each(same)('does not mind %s', (_name, a, b) => {
    expect(fingerprint(listed(a))).toBe(fingerprint(listed(b)));
  });
});

it('a pull request is open by its state, else by its flag', () => {
  expect(
    [
      { state: 'OPEN', open: false },
      { state: 'MERGED', open: true },
      { state: undefined, open: true },
      { state: undefined, open: undefined },
    ].map((over) => referenceOf(listed(over)).open),
  ).toEqual([true, false, true, false]);
});

it('participants are a set', () => {
  expect(asSet([{ user: { id: 2 } }, { user: { id: 1 } }])).toEqual(asSet([{ user: { id: 1 } }, { user: { id: 2 } }]));
  expect(asSet(undefined)).toEqual([]);
});

it('a tombstone has its keys, its cursor and deleted_at, and null everywhere else', () => {
  const made = tombstone(pullRequests, { repository_id: 3, id: 12 }, Date.parse('2026-08-19T17:27:55.266Z'));
  expect(violations('pull_requests', [made])).toEqual([]);
  expect(Object.entries(made).filter(([, value]) => value !== null)).toEqual([
    ['repository_id', 3],
    ['id', 12],
    ['updated_date', '2026-08-19T17:27:55.266Z'],
    ['deleted_at', '2026-08-19T17:27:55.266Z'],
  ]);
});

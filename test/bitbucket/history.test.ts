import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import nock from 'nock';
import { all, connection, ORIGIN } from './support/connection';

const REPOSITORY = { id: 7, key: 'PLAT', slug: 'api', fullName: 'PLAT/api' };
const PATH = '/bitbucket/rest/api/1.0/projects/PLAT/repos/api';
const BUILDS = '/bitbucket/rest/build-status/1.0/commits';
const SHA = (digit: string) => digit.repeat(40);
const envelope = (values: readonly unknown[], next: number | null = null) => ({
  ...{ size: values.length, limit: 100, isLastPage: next === null, values, start: 0 },
  ...(next !== null && { nextPageStart: next }),
});
const notFound = (name: string) => ({
  errors: [{ context: null, message: 'No.', exceptionName: `com.atlassian.bitbucket.${name}` }],
});

/** An API of one repository, and what it has sent. */
function create() {
  const { bitbucket, requests, waits } = connection();
  return { bitbucket, api: bitbucket.of(REPOSITORY), requests, waits };
}

beforeAll(() => nock.disableNetConnect());
afterEach(() => {
  const pending = nock.pendingMocks();
  nock.cleanAll();
  expect(pending).toEqual([]);
});
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});
const server = () => nock(ORIGIN);

describe('branches', () => {
  const branch = (name: string, more: object = {}) => ({
    ...{ id: `refs/heads/${name}`, displayId: name, type: 'BRANCH', latestCommit: SHA('a'), latestChangeset: SHA('a') },
    ...more,
  });

  it('come by name in pages of a thousand, each asked for one branch early', async () => {
    const query = { orderBy: 'ALPHABETICAL', limit: 1000 };
    server()
      .get(`${PATH}/branches`)
      .query({ ...query, start: 0 })
      .reply(200, envelope([branch('a'), branch('b')], 2));
    server()
      .get(`${PATH}/branches`)
      .query({ ...query, start: 1 })
      .reply(200, envelope([branch('b'), branch('c', { isDefault: true })]));
    const found = await all(create().api.branches());
    expect(found.map(({ displayId, isDefault }) => [displayId, isDefault])).toEqual([
      ['a', false],
      ['b', false],
      ['c', true],
    ]);
  });

  it.each(['isDefault', 'default'])('say by %s which is the default one', async (field) => {
    server()
      .get(/branches/)
      .reply(200, envelope([branch('main', { [field]: true }), branch('x', { [field]: false })]));
    expect((await all(create().api.branches())).map(({ isDefault }) => isDefault)).toEqual([true, false]);
  });

  it('of which one was deleted meanwhile are not skipped: the list is gone back in', async () => {
    server()
      .get(/branches.*start=0/)
      .reply(200, envelope([branch('a'), branch('b'), branch('c')], 3));
    server()
      .get(/branches.*start=2/)
      .reply(200, envelope([branch('d')]));
    server()
      .get(/branches.*start=1/)
      .reply(200, envelope([branch('c'), branch('d')]));
    expect((await all(create().api.branches())).map(({ displayId }) => displayId)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('of an empty repository are none', async () => {
    server()
      .get(/branches/)
      .reply(200, envelope([]));
    await expect(all(create().api.branches())).resolves.toEqual([]);
  });
});

describe('tags', () => {
  it('have a hash where they are annotated', async () => {
    const tag = (name: string, hash: unknown) => ({ id: `refs/tags/${name}`, displayId: name, latestCommit: SHA('b'), hash });
    server()
      .get(`${PATH}/tags`)
      .query({ orderBy: 'ALPHABETICAL', start: 0, limit: 1000 })
      .reply(200, envelope([tag('v1', SHA('c')), tag('v2', null), tag('v3', undefined)]));
    expect((await all(create().api.tags())).map(({ hash }) => hash)).toEqual([SHA('c'), null, null]);
  });

  it.each([
    ['release/2024/v1', 'release/2024/v1'],
    ['50%#?&+ü', '50%25%23%3F%26%2B%C3%BC'],
    ['a/b c', 'a/b%20c'],
  ])('%s is asked for with its slashes as they are: %s', async (name, path) => {
    const { api, requests } = create();
    server()
      .get(`${PATH}/tags/${path}`)
      .reply(200, { id: `refs/tags/${name}`, displayId: name, latestCommit: SHA('b'), hash: null });
    await expect(api.tag(name)).resolves.toMatchObject({ displayId: name });
    expect(requests).toEqual([`GET /rest/api/1.0/projects/PLAT/repos/api/tags/${path} 200`]);
  });

  it('that are gone say so', async () => {
    server().get(`${PATH}/tags/v9`).reply(404, notFound('tag.NoSuchTagException'));
    await expect(create().api.tag('v9')).rejects.toMatchObject({
      kind: 'not_found',
      details: { exceptionName: 'NoSuchTagException' },
    });
  });
});

describe('commits', () => {
  const commit = (id: string) => ({ id: SHA(id), displayId: id, message: id, parents: [] });

  it('of a range come in pages of a hundred, each with its place', async () => {
    const query = { since: SHA('1'), until: SHA('9'), limit: 100 };
    server()
      .get(`${PATH}/commits`)
      .query({ ...query, start: 0 })
      .reply(200, envelope([commit('9'), commit('8')], 2));
    server()
      .get(`${PATH}/commits`)
      .query({ ...query, start: 2 })
      .reply(200, envelope([commit('7')]));
    const pages: unknown[] = [];
    for await (const { commits, start, next } of create().api.commits({ since: SHA('1'), until: SHA('9') }))
      pages.push([commits.map(({ displayId }) => displayId), start, next]);
    expect(pages).toEqual([
      [['9', '8'], 0, 2],
      [['7'], 2, null],
    ]);
  });

  it('are gone on with where a reading was broken off', async () => {
    server()
      .get(`${PATH}/commits`)
      .query({ until: SHA('9'), start: 200, limit: 100 })
      .reply(200, envelope([commit('3')]));
    const pages: unknown[] = [];
    for await (const { commits, next } of create().api.commits({ until: SHA('9'), start: 200 }))
      pages.push([commits.length, next]);
    expect(pages).toEqual([[1, null]]);
  });

  it.each(['commit.NoSuchCommitException', 'repository.NoDefaultBranchException'])('404 %s is told as it is', async (name) => {
    server().get(`${PATH}/commits`).query({ until: 'refs/heads/a#b', start: 0, limit: 1 }).reply(404, notFound(name));
    await expect(create().api.newestCommit('refs/heads/a#b')).rejects.toMatchObject({
      kind: 'not_found',
      details: { exceptionName: name.split('.').pop() },
    });
  });

  it('of a pull request are a list of their own', async () => {
    server()
      .get(`${PATH}/pull-requests/12/commits`)
      .query({ start: 0, limit: 100 })
      .reply(200, envelope([commit('5'), commit('4')]));
    expect((await all(create().api.pullRequestCommits(12))).map(({ displayId }) => displayId)).toEqual(['5', '4']);
  });
});

describe('builds', () => {
  it('are counted for many commits in one request, which is tried again like any other that only reads', async () => {
    const { bitbucket, waits } = create();
    const reply = { [SHA('a')]: { successful: 2, failed: 1, inProgress: 0 }, [SHA('b')]: { cancelled: 3, unknown: 1 } };
    const post = () =>
      nock(ORIGIN, { reqheaders: { 'x-atlassian-token': 'no-check', 'content-type': 'application/json' } }).post(
        `${BUILDS}/stats`,
        JSON.stringify([SHA('a'), SHA('b'), SHA('c')]),
      );
    post().reply(503);
    post().reply(200, reply);
    const counters = await bitbucket.buildCounters([SHA('a'), SHA('b'), SHA('c')]);
    expect(Object.fromEntries(counters)).toEqual({
      [SHA('a')]: { successful: 2, failed: 1, inProgress: 0, cancelled: 0, unknown: 0 },
      [SHA('b')]: { successful: 0, failed: 0, inProgress: 0, cancelled: 3, unknown: 1 },
    });
    expect(waits).toEqual([2000]);
  });

  it('whose counters are no map are no answer', async () => {
    server().post(`${BUILDS}/stats`).times(5).reply(200, [1]);
    await expect(create().bitbucket.buildCounters([SHA('a')])).rejects.toMatchObject({ kind: 'unexpected_answer' });
  });

  it('of one commit are counted by themselves where the server refuses the other', async () => {
    server()
      .get(`${BUILDS}/stats/${SHA('a')}`)
      .reply(200, { successful: 1, failed: 0, inProgress: 2 });
    await expect(create().bitbucket.buildCountersOf(SHA('a'))).resolves.toMatchObject({ successful: 1, inProgress: 2 });
  });

  it('of a commit are one per key', async () => {
    const build = (key: string) => ({ key, state: 'SUCCESSFUL', url: 'https://ci.example.com', dateAdded: 1616539597394 });
    server()
      .get(`${BUILDS}/${SHA('a')}`)
      .query({ orderBy: 'NEWEST', start: 0, limit: 100 })
      .reply(200, envelope([build('x'), build('y')]));
    expect((await all(create().bitbucket.builds(SHA('a')))).map(({ key }) => key)).toEqual(['x', 'y']);
  });

  it('tell more of themselves one by one', async () => {
    server()
      .get(`${PATH}/commits/${SHA('a')}/builds`)
      .query({ key: 'job/1 ü' })
      .reply(200, { key: 'job/1 ü', state: 'FAILED', buildNumber: '42', duration: 1500 });
    await expect(create().api.build(SHA('a'), 'job/1 ü')).resolves.toMatchObject({ buildNumber: '42', duration: 1500 });
  });
});

it('a change of the server is sent once, whatever becomes of it', async () => {
  const { bitbucket } = create();
  server().post(`${PATH}/webhooks`).reply(503);
  const definition = { name: 'x', url: 'https://x', active: true, events: [], configuration: { secret: 's' } };
  await expect(bitbucket.webhooks.create({ key: 'PLAT', slug: 'api' }, definition)).rejects.toMatchObject({
    kind: 'unavailable',
  });
});

it('what failed before is asked for by an API of its own, which is always the same', () => {
  const { api } = create();
  expect(api.retrying).toBe(api.retrying);
  expect(api.retrying.retrying).toBe(api.retrying);
  expect(api.retrying.repository).toBe(REPOSITORY);
});

const folder = join(process.env.BITBUCKET_REFERENCE ?? '', 'recorded/jenkins-bitbucket-branch-source/api');
const isHere = process.env.BITBUCKET_REFERENCE !== undefined && existsSync(folder);

(isHere ? it : it.skip)('the answers of a real server are understood', async () => {
  const { api } = create();
  const recorded = (name: string) => readFileSync(join(folder, `1.0-projects-amuniz-repos-test-repos-${name}.json`), 'utf8');
  server()
    .get(/branches/)
    .reply(200, recorded('branches_start_0_limit_200'));
  server()
    .get(/tags\?/)
    .reply(200, recorded('tags_start_0_limit_200'));
  server()
    .get(/tags\/v0/)
    .reply(200, recorded('tags-v0.0.0'));
  server()
    .get(/commits/)
    .reply(200, recorded('commits_since_174561d625c9623b60d8aba09b7f08ddc9df45cd_until_feature_2Fdiffstat_start_0_limit_200'));
  expect((await all(api.branches())).filter(({ isDefault }) => isDefault).map(({ displayId }) => displayId)).toEqual(['main']);
  expect((await all(api.tags())).every(({ latestCommit }) => /^[0-9a-f]{40}$/.test(latestCommit))).toBe(true);
  await expect(api.tag('v0.0.0')).resolves.toMatchObject({ displayId: 'v0.0.0' });
  for await (const { commits } of api.commits({ until: 'refs/heads/feature/diffstat' }))
    for (const { id, parents } of commits)
      expect([id, parents?.[0]?.id]).toEqual([expect.stringMatching(/^[0-9a-f]{40}$/), expect.any(String)]);
});

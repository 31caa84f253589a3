import { client, type Client } from './client';
import { ODD_NAMES } from './dataset/odd-history';
import { Simulator, type SimulatorOptions } from './index';

const SERVICE = '/projects/PLAYG/repos/service';
let simulator: Simulator;
let server: Client;
const start = async (options: SimulatorOptions = {}): Promise<void> => {
  simulator = await Simulator.start(options);
  server = client(simulator);
};
afterEach(() => simulator.stop());

const problem = ({ status, body }: { status: number; body: any }): unknown[] => [
  status,
  String(body.errors[0].exceptionName).split('.').at(-1),
  body.errors[0].message,
];
const names = (list: readonly any[]): string[] => list.map(({ displayId }) => displayId as string);

test('branches are listed by name or by the date of their tip, and one of them is the default', async () => {
  await start();
  const byName = await server.all(`${SERVICE}/branches?orderBy=ALPHABETICAL`);
  expect(names(byName)).toEqual([...names(byName)].sort());
  expect(names(byName)).toEqual(expect.arrayContaining(['main', 'same-as-main', ...ODD_NAMES]));
  expect(byName.filter(({ isDefault }) => isDefault === true).map(({ id }) => id as string)).toEqual(['refs/heads/main']);
  const byDate = await server.all(`${SERVICE}/branches`);
  const dates: number[] = [];
  for (const { latestCommit } of byDate)
    dates.push((await server.get(`${SERVICE}/commits/${latestCommit as string}`)).body.committerTimestamp as number);
  expect(dates).toEqual([...dates].sort((a, b) => b - a));
  expect(names(byDate).sort()).toEqual(names(byName));
  expect(names(await server.all(`${SERVICE}/branches?filterText=WITH feature`))).toEqual(['feature/with/slashes']);
});

test('branches are paged, and capped as the server is set', async () => {
  await start({ caps: { branches: 3 } });
  const { body } = await server.get(`${SERVICE}/branches?limit=1000&orderBy=ALPHABETICAL`);
  expect([body.size, body.limit, body.isLastPage, body.nextPageStart]).toEqual([3, 3, false, 3]);
  expect((await server.all(`${SERVICE}/branches?orderBy=ALPHABETICAL`, 1000)).length).toBe(
    simulator.truth.rows('branches', { repositories: ['PLAYG/service'] }).length,
  );
});

test('the default flag can be called as the specification calls it', async () => {
  await start({ defaultFlag: 'default' });
  const [main] = (await server.all(`${SERVICE}/branches?filterText=main`)).filter(({ displayId }) => displayId === 'main');
  expect([main.default, main.isDefault]).toEqual([true, undefined]);
});

test('a tag has its slashes in the path, all else encoded; an annotated one has a hash that names the commit, too', async () => {
  await start();
  const tags = await server.all(`${SERVICE}/tags`);
  expect(tags.length).toBe(6);
  for (const { displayId, latestCommit, hash } of tags) {
    const path = (displayId as string).split('/').map(encodeURIComponent).join('/');
    expect((await server.get(`${SERVICE}/tags/${path}`)).body).toMatchObject({ displayId, latestCommit, hash });
    if (hash !== null) expect((await server.get(`${SERVICE}/commits/${hash as string}`)).body.id).toBe(latestCommit);
  }
  expect(
    tags
      .filter(({ hash }) => hash === null)
      .map(({ displayId }) => displayId as string)
      .sort(),
  ).toEqual(['release/1.0+build%20', 'v1-light', 'v1.0']);
  expect((await server.get(`${SERVICE}/tags/nope`)).status).toBe(404);
  expect((await server.get(`${SERVICE}/tags/release%2F1.0+build%2520`)).status).toBe(400);
});

test('any odd name can be asked for as a query value', async () => {
  await start();
  for (const { id, displayId, latestCommit } of await server.all(`${SERVICE}/branches`)) {
    const { body } = await server.get(`${SERVICE}/commits?until=${encodeURIComponent(id as string)}&limit=1`);
    expect([displayId, body.values[0].id]).toEqual([displayId, latestCommit]);
  }
});

test('commits: what `until` reaches and `since` does not, in pages of a hundred at most', async () => {
  await start();
  const { history } = simulator;
  const before = simulator.world.repository('PLAYG/service').git.tip!.id;
  const pushed = history.pushCommits('PLAYG/service', { commits: 230, user: 'jane' });
  const { body } = await server.get(`${SERVICE}/commits?since=${before}&until=${pushed.at(-1)!}&limit=1000`);
  expect([body.size, body.limit, body.nextPageStart]).toEqual([100, 100, 100]);
  const list = await server.all(`${SERVICE}/commits?since=${before}&until=refs/heads/main`, 1000);
  expect(list.map(({ id }) => id as string)).toEqual(pushed.toReversed());
  expect((await server.get(`${SERVICE}/commits?since=${pushed.at(-1)!}&until=${before}`)).body.values).toEqual([]);
  expect((await server.get(`${SERVICE}/commits?since=${before}&withCounts=true`)).body).toMatchObject({
    totalCount: 230,
    authorCount: 1,
  });
});

test('merges are in the list, or alone, or not at all', async () => {
  await start();
  const all = await server.all(`${SERVICE}/commits`);
  const [only, without] = [
    await server.all(`${SERVICE}/commits?merges=only`),
    await server.all(`${SERVICE}/commits?merges=exclude`),
  ];
  expect(only.length).toBeGreaterThan(1);
  expect(only.every(({ parents }) => parents.length === 2)).toBe(true);
  expect(only.length + without.length).toBe(all.length);
});

test('what is not there is a 404 that names it; ignoreMissing lists everything instead', async () => {
  await start();
  const none = '1'.repeat(40);
  const message = `Commit '${none}' does not exist in repository 'service'.`;
  for (const query of [`since=${none}`, `until=${none}`])
    expect(problem(await server.get(`${SERVICE}/commits?${query}`))).toEqual([404, 'NoSuchCommitException', message]);
  expect(problem(await server.get(`${SERVICE}/commits/${none}`))).toEqual([404, 'NoSuchCommitException', message]);
  expect(problem(await server.get(`${SERVICE}/commits?until=refs/heads/none&limit=1`))[1]).toBe('NoSuchCommitException');
  const all = await server.all(`${SERVICE}/commits`);
  expect((await server.all(`${SERVICE}/commits?since=${none}&ignoreMissing=true`)).length).toBe(all.length);
});

test.each([
  ['5.16.0', 'refs/heads/main is set as the default branch, but this branch does not exist', 204],
  ['9.4.0', 'No default branch is defined for repository PLAYG/service', 404],
] as const)(
  'an emptied repository of %s has no branches, and says that it has no default one',
  async (version, message, status) => {
    await start({ version });
    simulator.history.emptyRepository('PLAYG/service');
    expect(await server.all(`${SERVICE}/branches`)).toEqual([]);
    expect(await server.all(`${SERVICE}/tags`)).toEqual([]);
    expect(problem(await server.get(`${SERVICE}/commits`))).toEqual([404, 'NoDefaultBranchException', message]);
    expect((await server.get(`${SERVICE}/branches/default`)).status).toBe(status);
    expect(simulator.truth.rows('commits', { repositories: ['PLAYG/service'], branches: ['*'] })).toEqual([]);
    const [first] = simulator.history.fillRepository('PLAYG/service', { branch: 'trunk' });
    expect((await server.get(`${SERVICE}/commits`)).body.values.map(({ id }: { id: string }) => id)).toEqual([first]);
    expect((await server.get(`${SERVICE}/branches/default`)).body.displayId).toBe('trunk');
  },
);

test('a default branch that nobody pushed: no branch is the default, others are there', async () => {
  await start();
  simulator.history.setMissingDefaultBranch('PLAYG/service', 'never');
  const list = await server.all(`${SERVICE}/branches`);
  expect(list.length).toBeGreaterThan(5);
  expect(list.some(({ isDefault }) => isDefault === true)).toBe(false);
  for (const path of ['/commits', '/default-branch', '/branches/default'])
    expect(problem(await server.get(SERVICE + path))).toEqual([404, 'NoDefaultBranchException', expect.any(String)]);
  const [row] = simulator.truth.rows('repositories', { repositories: ['PLAYG/service'] });
  expect(row!['default_branch']).toBeNull();
});

test('dates and texts are served as they are, whatever they are', async () => {
  await start();
  const list = await server.all(`${SERVICE}/commits`);
  const years = list.map(({ committerTimestamp }) => new Date(committerTimestamp as number).getUTCFullYear());
  expect([Math.min(...years), Math.max(...years)]).toEqual([0, 12_000]);
  const messages = list.map(({ message }) => message as string);
  expect(messages).toEqual(expect.arrayContaining(['', 'NUL \0 and half of a pair \ud83d']));
  const rows = simulator.truth.rows('commits', { repositories: ['PLAYG/service'] });
  expect(rows.map(({ message }) => message)).toContain('NUL \uFFFD and half of a pair \uFFFD');
  expect(rows.filter(({ committer_date }) => committer_date === null)).toHaveLength(2);
  expect(rows.filter(({ issue_keys }) => (issue_keys as string[]).length > 0)).toHaveLength(1);
  expect(rows.some(({ author_id }) => author_id === null)).toBe(true);
});

test('truth reads the branches of the configuration, and nothing older than its start', async () => {
  await start();
  const ids = (filter: object): Set<unknown> =>
    new Set(simulator.truth.rows('commits', { repositories: ['PLAYG/service'], ...filter }).map(({ id }) => id));
  const [main, all] = [ids({}), ids({ branches: ['*'] })];
  expect(all.size).toBeGreaterThan(main.size);
  const [odd] = simulator.truth.rows('branches').filter(({ name }) => name === 'percent%41');
  expect([
    ids({ branches: ['percent*'] }).has(odd!['commit_id']),
    ids({ branches: ['PERCENT*'] }).has(odd!['commit_id']),
  ]).toEqual([true, false]);
  expect(ids({ startDate: '2024-01-01' }).size).toBeLessThan(main.size);
  const served = await server.all(`${SERVICE}/commits`);
  expect(main).toEqual(new Set(served.map(({ id }) => id as string)));
});

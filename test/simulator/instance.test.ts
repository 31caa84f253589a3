import { client, type Client } from './client';
import { Simulator, type SimulatorOptions } from './index';

let simulator: Simulator;
let server: Client;
const start = async (options: SimulatorOptions = {}): Promise<void> => {
  simulator = await Simulator.start(options);
  server = client(simulator);
};
afterEach(() => simulator.stop());

const errors = (body: any): unknown => body.errors.map(({ message }: { message: string }) => message);

test('personal projects are not listed, but answer; they have an owner and no `public`', async () => {
  await start();
  expect((await server.all('/projects')).map(({ key }) => key as string)).toEqual(['MERGE', 'PLAYG', 'PR']);
  const { body } = await server.get('/projects/%7Ejane');
  expect(body).toMatchObject({
    key: '~jane',
    type: 'PERSONAL',
    owner: { name: 'jane' },
    links: { self: [{ href: `${simulator.url}/users/jane` }] },
  });
  expect(body.public).toBeUndefined();
  const [repository] = await server.all('/projects/~jane/repos');
  expect(repository.links.self[0].href).toBe(`${simulator.url}/users/jane/repos/dotfiles/browse`);
});

test('/repos hides archived repositories unless asked', async () => {
  await start();
  const names = async (query: string): Promise<string[]> =>
    (await server.all(`/repos?${query}`)).map(({ project, slug }) => `${project.key as string}/${slug as string}`);
  expect(await names('')).not.toContain('PLAYG/old-tool');
  expect(await names('archived=ALL')).toContain('PLAYG/old-tool');
  expect(await names('archived=ARCHIVED')).toEqual(['PLAYG/old-tool']);
  expect(await names('projectkey=PR')).toEqual(['PR/service']);
  expect((await server.all('/projects/PLAYG/repos')).map(({ archived }) => archived as boolean)).toEqual([false, true, false]);
});

test('ids survive renames and moves, and old addresses redirect', async () => {
  await start();
  const { history } = simulator;
  history.renameRepository('PLAYG/service', { slug: 'core', name: 'Core' });
  history.moveRepository('PLAYG/core', 'MERGE');
  history.changeProjectKey('MERGE', 'TOOLS');
  for (const old of ['PLAYG/repos/service', 'PLAYG/repos/core', 'MERGE/repos/core']) {
    const { status, headers } = await server.get(`/projects/${old}/pull-requests?state=ALL&limit=3`);
    expect([status, headers.get('location')]).toEqual([
      301,
      `${simulator.url}/rest/api/1.0/projects/TOOLS/repos/core/pull-requests?state=ALL&limit=3`,
    ]);
  }
  expect((await server.get('/projects/MERGE')).headers.get('location')).toBe(`${simulator.url}/rest/api/1.0/projects/TOOLS`);
  expect((await server.get('/projects/TOOLS/repos/core')).body).toMatchObject({ id: 1, name: 'Core' });
  history.reuseProjectKey('MERGE');
  expect((await server.get('/projects/MERGE')).body).toMatchObject({ key: 'MERGE', id: 5 });
});

test('two repositories never share an address', async () => {
  await start();
  const { history } = simulator;
  history.createRepository('MERGE', { slug: 'service' });
  expect(() => history.moveRepository('PLAYG/service', 'MERGE')).toThrow('MERGE has a repository service already');
  expect(() => history.renameRepository('PLAYG/service', { slug: 'Old-Tool' })).toThrow(
    'PLAYG has a repository Old-Tool already',
  );
  expect((await server.get('/projects/PLAYG/repos/service')).body).toMatchObject({ id: 1, slug: 'service' });
});

test('redirects can be switched off', async () => {
  await start({ redirects: false });
  simulator.history.renameRepository('PLAYG/service', { slug: 'core' });
  expect((await server.get('/projects/PLAYG/repos/service')).status).toBe(404);
});

test('what is missing or hidden answers 404 with its own words', async () => {
  await start();
  expect(errors((await server.get('/projects/NOPE')).body)).toEqual(['Project NOPE does not exist.']);
  expect(errors((await server.get('/projects/NOPE/repos/x')).body)).toEqual(['Project NOPE does not exist.']);
  expect(errors((await server.get('/projects/PR/repos/nope')).body)).toEqual(['Repository PR/nope does not exist.']);
  simulator.history.hideRepository('PR/service');
  expect((await server.get('/projects/PR/repos/service/pull-requests')).status).toBe(404);
  simulator.history.hideProject('PLAYG', 401);
  expect((await server.get('/projects/PLAYG/repos/service')).status).toBe(401);
  expect((await server.all('/projects')).map(({ key }) => key as string)).toEqual(['MERGE', 'PR']);
  simulator.history.showProject('PLAYG');
  simulator.history.showRepository('PR/service');
  expect((await server.get('/projects/PR/repos/service')).status).toBe(200);
});

test('a deleted project takes its repositories along', async () => {
  await start();
  simulator.history.deleteProject('PLAYG');
  expect(errors((await server.get('/projects/PLAYG/repos/service')).body)).toEqual(['Project PLAYG does not exist.']);
  expect((await server.all('/repos?archived=ALL')).some(({ project }) => project.key === 'PLAYG')).toBe(false);
});

test('a fork names its whole origin and shares the hierarchy; when it is deleted, its open pull requests are declined', async () => {
  await start();
  const [origin, fork] = [
    (await server.get('/projects/PLAYG/repos/service')).body,
    (await server.get('/projects/~jane/repos/service')).body,
  ];
  expect(fork.origin).toEqual(origin);
  expect(fork.hierarchyId).toBe(origin.hierarchyId);
  const list = await server.all('/projects/PLAYG/repos/service/pull-requests?state=DECLINED');
  const orphans = list.filter(({ fromRef }) => (fromRef.repository ?? null) === null);
  expect(orphans.map(({ fromRef }) => 'repository' in fromRef).sort()).toEqual([false, true]);
  const [last] = await server.all(`/projects/PLAYG/repos/service/pull-requests/${orphans[0].id as number}/activities`);
  expect(last).toMatchObject({ action: 'DECLINED', user: { name: 'bitbucket.system-user', type: 'SERVICE' } });
  expect(last.user.emailAddress).toBeUndefined();
  expect(last.user.links.self[0].href).toBe(`${simulator.url}/bots/bitbucket.system-user`);
});

test('people are renamed everywhere at once', async () => {
  await start();
  simulator.history.renameUser('jane', { name: 'Jane.Doe', displayName: 'Jane Doe' });
  expect((await server.get('/users/jane.doe')).body).toMatchObject({ id: 3, displayName: 'Jane Doe', slug: 'jane.doe' });
  expect((await server.get('/projects/PLAYG/repos/service/pull-requests/1')).body.author.user).toMatchObject({
    name: 'Jane.Doe',
  });
});

test.each([
  ['5.16.0', 404, 204],
  ['7.21.0', 404, 204],
  ['9.4.0', 404, 404],
] as const)('an empty repository of %s has no default branch: %i and %i', async (version, newer, older) => {
  await start({ version });
  expect((await server.get('/projects/PLAYG/repos/empty/default-branch')).status).toBe(newer);
  expect((await server.get('/projects/PLAYG/repos/empty/branches/default')).status).toBe(older);
  expect((await server.get('/projects/PLAYG/repos/empty/pull-requests')).body).toMatchObject({
    size: 0,
    values: [],
    isLastPage: true,
  });
  expect((await server.get('/projects/PR/repos/service/branches/default')).body).toMatchObject({
    displayId: 'develop',
    isDefault: true,
  });
});

test('versions differ in what they know and send', async () => {
  await start({ version: '5.16.0' });
  const missing = await server.get('/projects/PR/repos/service/default-branch');
  expect(missing.body).toEqual({ message: expect.stringMatching(/^null for uri: http/) as string, 'status-code': 404 });
  const [old] = await server.all('/repos?archived=ARCHIVED');
  expect(['hierarchyId' in old, 'archived' in old]).toEqual([false, false]);
  const [listed] = await server.all('/projects/PR/repos/service/pull-requests');
  expect(['draft' in listed, 'type' in listed.fromRef]).toEqual([false, false]);
  await simulator.stop();
  await start({ version: '10.4.0' });
  expect((await server.get('/nothing/here')).body).toEqual({ message: 'HTTP 404 Not Found', 'status-code': 404, 'sub-code': -1 });
  const { body } = await server.get('/projects/PR/repos/service/pull-requests/1');
  expect(['draft' in body, 'properties' in body]).toEqual([true, false]);
  expect((await server.get('/projects/PR/repos/service/default-branch')).body).toEqual({
    id: 'refs/heads/develop',
    displayId: 'develop',
    type: 'BRANCH',
  });
});

test('a repository that is not available answers for itself only', async () => {
  await start();
  simulator.history.editRepository('PR/service', { state: 'INITIALISATION_FAILED', statusMessage: 'Failed' });
  expect((await server.get('/projects/PR/repos/service')).body).toMatchObject({ state: 'INITIALISATION_FAILED' });
  expect((await server.get('/projects/PR/repos/service/pull-requests')).status).toBe(409);
});

test('latest is 1.0, and a context path is part of every address', async () => {
  await start({ contextPath: '/bitbucket' });
  const latest = await fetch(`${simulator.url}/rest/api/latest/projects/PR`, {
    headers: { Authorization: `Bearer ${simulator.credentials.token}` },
  });
  expect(await latest.json()).toEqual((await server.get('/projects/PR')).body);
  expect((await server.get('/projects/PR')).body.links.self[0].href).toBe(`${simulator.url}/projects/PR`);
  expect((await fetch(simulator.url.replace('/bitbucket', '/rest/api/1.0/projects'))).status).toBe(404);
});

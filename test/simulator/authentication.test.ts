import { basic, client } from './client';
import { Simulator } from './index';

let simulator: Simulator;
const start = async (options: Parameters<typeof Simulator.start>[0] = {}): Promise<Simulator> => {
  simulator = await Simulator.start(options);
  return simulator;
};
afterEach(() => simulator.stop());

const error = ({ body }: { body: any }): string => String(body.errors[0].exceptionName).split('.').at(-1)!;

test.each(['basic', 'token', 'token as password'])('%s names the user in the headers', async (kind) => {
  const { credentials } = await start();
  const { username, password, token } = credentials;
  const authorization = kind === 'token' ? `Bearer ${token}` : basic(username, kind === 'basic' ? password : token);
  const { status, headers } = await client(simulator, authorization).get('/projects');
  expect(status).toBe(200);
  expect([headers.get('x-ausername'), headers.get('x-auserid')]).toEqual(['airbyte', '1']);
  expect(headers.get('x-arequestid')).toMatch(/^@/);
  expect(simulator.requests[0]).toMatchObject({
    route: 'projects',
    user: 'airbyte',
    authorized: kind === 'token' ? 'bearer' : 'basic',
    status: 200,
    method: 'GET',
  });
});

test('five wrong passwords lock the account, for the right password too, until it is unlocked', async () => {
  const {
    credentials: { username, password, token },
  } = await start();
  const right = client(simulator, basic(username, password));
  const wrong = client(simulator, basic(username, 'wrong'));
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const answer = await wrong.get('/projects');
    expect(error(answer)).toBe('IncorrectPasswordAuthenticationException');
    expect(answer.headers.get('www-authenticate')).toBe('Basic realm="Atlassian Bitbucket"');
  }
  expect(simulator.failedLogins).toBe(5);
  const locked = await right.get('/projects');
  expect([locked.status, error(locked)]).toEqual([401, 'CaptchaRequiredAuthenticationException']);
  expect((await client(simulator, `Bearer ${token}`).get('/projects')).status).toBe(200);
  simulator.authentication.unlock();
  expect((await right.get('/projects')).status).toBe(200);
});

test('four wrong passwords and a right one start the count again', async () => {
  const {
    credentials: { username, password },
  } = await start();
  for (let attempt = 0; attempt < 4; attempt += 1) await client(simulator, basic(username, 'wrong')).get('/projects');
  await client(simulator, basic(username, password)).get('/projects');
  await client(simulator, basic(username, 'wrong')).get('/projects');
  expect((await client(simulator, basic(username, password)).get('/projects')).status).toBe(200);
});

test('a user without a licence is told so', async () => {
  const {
    credentials: { unlicensed },
  } = await start();
  const answer = await client(simulator, basic(unlicensed.username, unlicensed.password)).get('/projects');
  expect([answer.status, error(answer)]).toEqual([401, 'NoAccessAuthenticationException']);
});

test.each([
  ['9.4.0', 'AuthorisationException'],
  ['10.4.0', 'AuthenticationRequiredException'],
] as const)('on %s a token that is none is refused with %s and no name', async (version, exception) => {
  const {
    credentials: { expiredToken },
  } = await start({ version });
  const answer = await client(simulator, `Bearer ${expiredToken}`).get('/projects');
  expect([answer.status, error(answer), answer.headers.get('x-ausername')]).toEqual([401, exception, null]);
});

test('with public access a token that is none reads what is public, without a name', async () => {
  const {
    credentials: { token },
  } = await start({ publicAccess: true });
  simulator.authentication.revoke(token);
  const server = client(simulator);
  const answer = await server.get('/projects');
  expect([answer.status, answer.headers.get('x-ausername')]).toEqual([200, null]);
  expect(answer.body.values.map(({ key }: { key: string }) => key)).toEqual(['PR']);
  expect((await server.all('/repos')).map(({ slug }) => slug as string)).toEqual(['service', 'dotfiles']);
  expect((await server.get('/projects/PLAYG')).status).toBe(404);
  expect((await server.get('/users')).status).toBe(401);
  expect((await server.get('/profile/recent/repos')).status).toBe(401);
});

test('tokens of a project or a repository read only that, have no name, and may not list people', async () => {
  const { credentials } = await start();
  const project = client(simulator, `Bearer ${credentials.projectToken}`);
  const answer = await project.get('/projects');
  expect(answer.headers.get('x-ausername')).toBeNull();
  expect(answer.body.values.map(({ key }: { key: string }) => key)).toEqual(['PLAYG']);
  const repository = client(simulator, `Bearer ${credentials.repositoryToken}`);
  expect((await repository.all('/repos')).map(({ id }) => id as number)).toEqual([1]);
  expect(error(await project.get('/users'))).toBe('AuthorisationException');
  expect(error(await project.get('/admin/users'))).toBe('AuthorisationException');
});

test('the version is open to everybody, a wrong password is refused even there', async () => {
  await start({ version: '7.21.0' });
  expect((await client(simulator, '').get('/application-properties')).body).toEqual({
    version: '7.21.0',
    buildNumber: '7021000',
    buildDate: '1616539597394',
    displayName: 'Bitbucket',
  });
  expect((await client(simulator, '').get('/status')).body).toEqual({ state: 'RUNNING' });
  expect((await client(simulator, basic('airbyte', 'wrong')).get('/application-properties')).status).toBe(401);
});

test.each([
  ['admin', 200, 200],
  ['plain', 401, 200],
  ['forbidden', 401, 401],
] as const)('people: %s', async (usersListing, admin, plain) => {
  await start({ usersListing });
  const server = client(simulator);
  const detailed = await server.get('/admin/users');
  expect([detailed.status, (await server.get('/users')).status]).toEqual([admin, plain]);
  if (admin === 401)
    expect([error(detailed), detailed.headers.get('x-ausername')]).toEqual(['AuthorisationException', 'airbyte']);
  else expect(detailed.body.values[0]).toMatchObject({ directoryName: 'Bitbucket Internal Directory', deletable: true });
});

test('people who were deactivated or bots are not listed; the former still answer at their own address, by slug', async () => {
  await start();
  const server = client(simulator);
  const names = (await server.all('/users')).map(({ name }) => name as string);
  expect(names).toContain("Bob.O'Neil");
  expect(names).not.toContain('dave');
  expect(names).not.toContain('bitbucket.system-user');
  expect((await server.get('/users/dave')).body).toMatchObject({ active: false });
  expect((await server.get("/users/Bob.O'Neil")).status).toBe(404);
  expect((await server.get('/users/bob.o_neil')).body).toMatchObject({ name: "Bob.O'Neil" });
  simulator.history.deleteUser('dave');
  expect(error(await server.get('/users/dave'))).toBe('NoSuchUserException');
});

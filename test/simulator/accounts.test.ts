import { basic, client, type Client } from './client';
import { Simulator, type SimulatorOptions } from './index';

let simulator: Simulator;
const start = async (options: SimulatorOptions = {}): Promise<void> => {
  simulator = await Simulator.start(options);
};
afterEach(() => simulator.stop());

const bearer = (token: string): Client => client(simulator, `Bearer ${token}`);
const repositories = async (server: Client): Promise<string[]> =>
  (await server.all('/repos?archived=ALL')).map(({ project, slug }) => `${project.key as string}/${slug as string}`);
const named = (rows: readonly Record<string, unknown>[]): unknown[] => rows.map(({ full_name }) => full_name).sort();
const exception = ({ body }: { body: any }): string => String(body.errors[0].exceptionName).split('.').at(-1)!;

test('each account has a password and tokens of its own, and is told by its name', async () => {
  await start();
  const { username, password, tokens } = simulator.authentication.addAccount('jane', 2);
  expect(new Set([...tokens, simulator.credentials.token]).size).toBe(3);
  for (const authorization of [
    basic(username, password),
    ...tokens.flatMap((token) => [`Bearer ${token}`, basic(username, token)]),
  ]) {
    const { status, headers } = await client(simulator, authorization).get('/projects');
    expect([status, headers.get('x-ausername')]).toEqual([200, 'jane']);
  }
  expect((await client(simulator, basic('airbyte', tokens[0]!)).get('/projects')).status).toBe(401);
  expect((await client(simulator, basic(username, simulator.credentials.password)).get('/projects')).status).toBe(401);
});

test('one account sees what another does not, and both change while it runs', async () => {
  await start();
  const { history, authentication, truth } = simulator;
  const jane = bearer(authentication.addAccount('jane').tokens[0]!);
  const airbyte = client(simulator);
  history.seesOnly('jane', [{ project: 'PR' }, { repository: 'PLAYG/old-tool' }]);
  history.revokeAccess('airbyte', { project: 'PR' });
  expect((await repositories(jane)).sort()).toEqual(['PLAYG/old-tool', 'PR/service']);
  expect(await repositories(airbyte)).not.toContain('PR/service');
  expect((await jane.all('/projects')).map(({ key }) => key as string)).toEqual(['PLAYG', 'PR']);
  expect(exception(await airbyte.get('/projects/PR'))).toBe('NoSuchProjectException');
  expect(exception(await airbyte.get('/projects/PR/repos/service'))).toBe('NoSuchProjectException');
  expect(exception(await jane.get('/projects/PLAYG/repos/service'))).toBe('NoSuchRepositoryException');
  const all = { includePersonalProjects: true };
  expect(named(truth.rows('repositories', { ...all, accounts: ['jane'] }))).toEqual(['PLAYG/old-tool', 'PR/service']);
  expect(named(truth.rows('repositories', all))).toEqual((await repositories(airbyte)).sort());
  const union = named(truth.rows('repositories', { ...all, accounts: ['jane', 'airbyte'] }));
  expect(union).toEqual([...new Set([...(await repositories(airbyte)), ...(await repositories(jane))])].sort());
  expect(truth.rows('pull_requests', { accounts: ['jane'] }).length).toBeLessThan(
    truth.rows('pull_requests', { accounts: ['jane', 1] }).length,
  );

  history.revokeAccess('jane', { repository: 'PLAYG/old-tool' }, 401);
  expect(exception(await jane.get('/projects/PLAYG/repos/old-tool'))).toBe('AuthorisationException');
  expect(await repositories(jane)).toEqual(['PR/service']);
  history.grant('jane', { repository: 'PLAYG/service' });
  expect(await repositories(jane)).toEqual(['PLAYG/service', 'PR/service']);
  history.seesOnly('jane', undefined);
  expect(await repositories(jane)).toContain('~jane/dotfiles');
});

test('tokens of places have no user; each is one of its own', async () => {
  await start();
  const { authentication, truth } = simulator;
  const repository = bearer(authentication.addPlaceToken({ repository: 'PR/service' }));
  const project = bearer(authentication.addPlaceToken({ project: 'MERGE' }));
  expect(await repositories(repository)).toEqual(['PR/service']);
  expect([await repositories(project), (await project.all('/projects')).map(({ key }) => key as string)]).toEqual([
    [],
    ['MERGE'],
  ]);
  expect((await repository.get('/projects')).headers.get('x-ausername')).toBeNull();
  expect(named(truth.rows('repositories', { accounts: [{ repository: 'PR/service' }] }))).toEqual(['PR/service']);
  expect(truth.rows('projects', { accounts: [{ project: 'MERGE' }] }).map(({ key }) => key)).toEqual(['MERGE']);
});

test('a token revoked midway is refused, and the log says whose it was; its sibling goes on', async () => {
  await start();
  const { tokens } = simulator.authentication.addAccount('jane', 2);
  const [first, second] = tokens.map(bearer);
  expect((await first!.get('/projects')).status).toBe(200);
  simulator.authentication.revoke(tokens[0]!);
  expect([(await first!.get('/projects')).status, (await second!.get('/projects')).status]).toEqual([401, 200]);
  expect(simulator.requests.map(({ user, owner, status }) => [user, owner, status])).toEqual([
    ['jane', 'jane', 200],
    [null, 'jane', 401],
    ['jane', 'jane', 200],
  ]);
});

test('failed logins are counted by user, and lock that user alone', async () => {
  await start();
  const { authentication } = simulator;
  const { username, password } = authentication.addAccount('jane');
  for (let attempt = 0; attempt < 5; attempt += 1) await client(simulator, basic(username, 'wrong')).get('/projects');
  const locked = await client(simulator, basic(username, password)).get('/projects');
  expect(exception(locked)).toBe('CaptchaRequiredAuthenticationException');
  expect([authentication.failedLoginsOf('jane'), authentication.failedLoginsOf('airbyte'), authentication.locked]).toEqual([
    5,
    0,
    false,
  ]);
  const { credentials } = simulator;
  expect((await client(simulator, basic(credentials.username, credentials.password)).get('/projects')).status).toBe(200);
  authentication.unlock('jane');
  expect((await client(simulator, basic(username, password)).get('/projects')).status).toBe(200);
  authentication.lock('jane');
  expect((await client(simulator, basic(username, password)).get('/projects')).status).toBe(401);
});

test('each user has a bucket; tokens of one user share it; it can change, run dry by somebody else, or be none', async () => {
  await start({ rateLimit: { capacity: 3, fillPerSecond: 0.001, exempt: ['carol'] } });
  const { authentication, rateLimit } = simulator;
  const jane = authentication.addAccount('jane', 2).tokens.map(bearer);
  const carol = bearer(authentication.addAccount('carol').tokens[0]!);
  const statuses = async (...servers: readonly Client[]): Promise<number[]> => {
    const found: number[] = [];
    for (const server of servers) found.push((await server.get('/projects?limit=1')).status);
    return found;
  };
  expect(await statuses(jane[0]!, jane[1]!, jane[0]!, jane[1]!)).toEqual([200, 200, 200, 429]);
  expect(await statuses(client(simulator), carol, carol, carol, carol)).toEqual([200, 200, 200, 200, 200]);
  rateLimit.drain('airbyte', 2);
  expect(await statuses(client(simulator))).toEqual([429]);
  rateLimit.change({ capacity: 2, fillPerSecond: 0.001, nodes: 2 });
  const bob = bearer(authentication.addAccount("Bob.O'Neil").tokens[0]!);
  expect(await statuses(bob, bob, bob, bob, bob)).toEqual([200, 200, 200, 200, 429]);
  rateLimit.change(undefined);
  expect(await statuses(jane[0]!, bob)).toEqual([200, 200]);
});

test('with Basic authentication switched off the answer is a 403 with a message and nothing else, for any password', async () => {
  await start();
  simulator.authentication.basicAllowed = false;
  const { username, password, token } = simulator.credentials;
  for (const secret of [password, 'wrong', token]) {
    const { status, body, headers } = await client(simulator, basic(username, secret)).get('/projects');
    expect([status, body, headers.get('x-ausername')]).toEqual([
      403,
      { message: 'Basic Authentication has been disabled on this instance.' },
      null,
    ]);
  }
  expect(simulator.failedLogins).toBe(0);
  expect((await bearer(token).get('/projects')).status).toBe(200);
});

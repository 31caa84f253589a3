import { BitbucketError, type FailureKind } from '../src/bitbucket/errors';
import { withoutLimit } from '../src/diagnosis/check';
import { Simulator } from './simulator';
import type { Fault } from './simulator/faults';
import { configFor, logsOf, type Outcome, run, runWith } from './support/connector';
import {
  ADDRESSES,
  CONFIGURATIONS,
  CREDENTIALS,
  FILTERS,
  type Misconfiguration,
  PASSWORD,
  PERMISSIONS,
  TOKEN,
} from './check/cases';

const status = ({ messages }: Outcome): { status: string; message?: string } | undefined =>
  messages.find(({ type }) => type === 'CONNECTION_STATUS')?.connectionStatus;

/** A secret in all the ways in which it might be printed. */
const disguises = (secret: string): string[] => {
  const base64 = (text: string) => Buffer.from(text).toString('base64').replace(/=+$/, '');
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    base64(secret),
    base64(`airbyte:${secret}`),
    secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;'),
  ];
};

const expectNoSecret = ({ stdout, stderr }: Outcome, ...secrets: string[]): void => {
  for (const form of secrets.flatMap(disguises)) expect(stdout + stderr).not.toContain(form);
};

describe.each<[string, readonly Misconfiguration[]]>([
  ['credentials', CREDENTIALS],
  ['permissions', PERMISSIONS],
  ['filters', FILTERS],
  ['configurations', CONFIGURATIONS],
  ['addresses', ADDRESSES],
])('a check of wrong %s', (_what, cases) => {
  let simulator: Simulator | undefined;
  afterEach(async () => {
    await simulator?.stop();
  });

  test.each(cases.map((each) => [each.code, each.name, each] as const))('says %s to %s', async (code, _name, each) => {
    simulator = await Simulator.start(each.server);
    each.prepare?.(simulator);
    const { config = {} } = each;
    const outcome = await runWith(
      'check',
      {
        config:
          typeof config === 'function' ? (config as (simulator: Simulator) => unknown)(simulator) : configFor(simulator, config),
      },
      { env: { LOG_LEVEL: 'debug', ...each.env } },
    );
    const { message = '', ...rest } = status(outcome) ?? {};
    expect(message).toMatch(new RegExp(`^${code}: `));
    for (const part of each.says) expect(message).toMatch(part);
    expect(message).not.toMatch(/\n|\bat .*\.js:\d+|undefined|\[object/);
    // As the documentation says: where a request failed.
    const isAboutRequest = !['invalid_config', 'no_resources'].includes(code) && !message.includes('nothing was sent');
    expect(message.includes(' To try it by hand: ')).toBe(isAboutRequest);
    expect(rest).toEqual({ status: 'FAILED' });
    expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code: 0, stderr: '' });
    expect(outcome.messages.filter(({ type }) => type !== 'LOG')).toHaveLength(1);
    expect(outcome.stdout.trim().split('\n')).toHaveLength(outcome.messages.length);
    expect(outcome.milliseconds).toBeLessThan(45_000);
    expect(simulator.failedLogins).toBeLessThanOrEqual(1);
    expect(simulator.requests.length).toBeLessThanOrEqual(each.mostRequests ?? 8);
    expect(simulator.requests.every(({ method }) => method === 'GET')).toBe(true);
    const { password, token, projectToken } = simulator.credentials;
    expectNoSecret(outcome, PASSWORD, TOKEN, password, token, projectToken);
  });
});

describe('a check of what works', () => {
  let simulator: Simulator;
  const check = (overrides: object = {}): Promise<Outcome> => runWith('check', { config: configFor(simulator, overrides) });
  afterEach(async () => simulator.stop());

  test('asks a handful of small questions, the first alone and with the login', async () => {
    simulator = await Simulator.start({ dataset: 'demo' });
    const outcome = await check();
    expect(status(outcome)).toEqual({ status: 'SUCCEEDED' });
    expect(simulator.requests.map(({ route }) => route)).toEqual([
      'projects',
      'application-properties',
      'repositories',
      'pull-requests',
      'admin-users',
    ]);
    expect(simulator.maxInFlight).toBe(1);
    expect(simulator.requests.slice(1).map(({ query }) => Number(query.limit ?? 0))).toEqual([0, 25, 1, 1]);
    expect(logsOf(outcome.messages, 'INFO')).toEqual([
      expect.stringMatching(/^Bitbucket 9\.4\.0 at http.*, logged in as airbyte; the pull requests of .* can be read\.$/),
    ]);
  });

  test('does not page through thousands of repositories, whatever the filter names', async () => {
    simulator = await Simulator.start({ dataset: { large: { repositories: 3000, pullRequests: 10 } } });
    const last = [...simulator.world.repositories].at(-1)!;
    for (const filter of [{}, { projects: [last.project.key] }, { repositories: [`${last.project.key}/${last.slug}`] }]) {
      simulator.clearRequests();
      const outcome = await check(filter);
      expect(status(outcome)).toEqual({ status: 'SUCCEEDED' });
      expect(simulator.requests.length).toBeLessThanOrEqual(6);
      expect(simulator.requests.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(1_000_000);
      expect(outcome.milliseconds).toBeLessThan(5000);
    }
  });

  test('warns where users may not be listed, and names the permission', async () => {
    simulator = await Simulator.start({ usersListing: 'forbidden' });
    const outcome = await check();
    expect(status(outcome)).toEqual({ status: 'SUCCEEDED' });
    expect(logsOf(outcome.messages, 'WARN')).toContainEqual(
      expect.stringMatching(/may not list users.*stream users.*global permission Bitbucket User/),
    );
  });

  test.each(['projectToken', 'repositoryToken'] as const)('takes a %s, which has no user, for what it is', async (kind) => {
    for (const publicAccess of [false, true]) {
      simulator = await Simulator.start({ publicAccess });
      const outcome = await check({ credentials: { auth_type: 'token', token: simulator.credentials[kind] } });
      expect(status(outcome)).toEqual({ status: 'SUCCEEDED' });
      expect(logsOf(outcome.messages, 'WARN')).toContainEqual(expect.stringContaining('may not list users'));
      expect(logsOf(outcome.messages, 'INFO').at(-1)).toContain('logged in as an access token without a user');
      if (!publicAccess) await simulator.stop();
    }
  });

  test.each(['5.16.0', '7.21.0', '8.19.0', '9.4.0', '10.4.0'] as const)(
    'succeeds on version %s, with a password, a token, and a token for a password',
    async (version) => {
      simulator = await Simulator.start({ version, contextPath: '/bitbucket' });
      const { username, password, token } = simulator.credentials;
      for (const credentials of [
        { auth_type: 'basic', username, password },
        { auth_type: 'token', token },
        { auth_type: 'basic', username, password: token },
      ]) {
        const outcome = await check({ credentials, server_url: `${simulator.url}/projects/` });
        expect(status(outcome)).toEqual({ status: 'SUCCEEDED' });
        expect(logsOf(outcome.messages, 'WARN')).toEqual([expect.stringContaining('server_url begins with http')]);
      }
      expect(simulator.failedLogins).toBe(0);
    },
  );

  test('warns of projects among others that it does not see', async () => {
    simulator = await Simulator.start();
    const outcome = await check({ projects: ['NOPE', 'MERGED', 'playg', '~jane', 'P*'] });
    expect(status(outcome)).toEqual({ status: 'SUCCEEDED' });
    expect(logsOf(outcome.messages, 'WARN')).toContainEqual(
      expect.stringMatching(/projects names NOPE, MERGED \(did you mean MERGE\?\), which the account does not see/),
    );
  });

  test('is not misled by one repository that cannot be read', async () => {
    simulator = await Simulator.start();
    simulator.faults.add({
      kind: 'status',
      route: 'pull-requests',
      status: 401,
      times: 1,
      body: '{"errors":[{"exceptionName":"com.atlassian.bitbucket.AuthorisationException","message":"no"}]}',
    });
    expect(status(await check())).toEqual({ status: 'SUCCEEDED' });
  });

  /** What repositories may answer instead of their pull requests, and what is said of it. */
  const ANSWERS: readonly (readonly [name: string, fault: Omit<Fault, 'route' | 'path'>, said: string])[] = [
    ['silence', { kind: 'hang' }, 'no byte came for 3 s'],
    ['a page', { kind: 'html' }, 'a page for people (HTML) to an anonymous user (no X-AUSERNAME)'],
    ['500', { kind: 'status', status: 500 }, 'the answer was 500'],
    ['403', { kind: 'status', status: 403 }, 'give the account Repository read there'],
    ['404', { kind: 'status', status: 404, exceptionName: 'x.NoSuchRepositoryException' }, 'the answer was 404'],
    ['JSON of another shape', { kind: 'wrong-shape' }, 'JSON that is no page of a list'],
  ];

  test.each(ANSWERS)(
    'takes what one repository answers for its own trouble, and another one decides: %s',
    async (_, fault, said) => {
      simulator = await Simulator.start({ dataset: 'demo' });
      simulator.faults.add({ ...fault, path: /DATA\/repos\/backend\/pull-requests/ });
      const outcome = await check();
      expect(status(outcome)).toEqual({ status: 'SUCCEEDED' });
      const warnings = logsOf(outcome.messages, 'WARN').filter((each) => each.startsWith('The pull requests of '));
      expect(warnings).toEqual([expect.stringContaining(said)]);
      expect(warnings[0]).toMatch(/^The pull requests of DATA\/backend cannot be read, unlike others: GET .*repos\/backend/);
      expect(warnings[0]).toContain('leave it out (repositories: "!DATA/backend"), or set fail_on_unreadable to false.');
      expect(logsOf(outcome.messages, 'INFO').at(-1)).toMatch(/the pull requests of (?!DATA\/backend)\S+ can be read\.$/);
      expect(outcome.milliseconds).toBeLessThan(12_000);
    },
  );

  test.each(ANSWERS.slice(0, 2))('asks another project, where those that it looked at are of one: %s', async (_, fault) => {
    simulator = await Simulator.start({ dataset: 'empty' });
    const repositories = ['a', 'b', 'c', 'd', 'e'].map((slug) => `BAD/${slug}`);
    for (const key of ['BAD', 'GOOD']) simulator.history.createProject({ key });
    for (const name of [...repositories, 'GOOD/z']) {
      const [key, slug] = name.split('/') as [string, string];
      simulator.history.createRepository(key, { slug });
    }
    simulator.faults.add({ ...fault, path: /BAD.*pull-requests/ });
    for (const filters of [{ projects: ['BAD', 'GOOD'] }, { repositories: [...repositories.slice(0, 2), 'GOOD/z'] }]) {
      const outcome = await check(filters);
      expect(status(outcome)).toEqual({ status: 'SUCCEEDED' });
      expect(logsOf(outcome.messages, 'WARN').filter((each) => each.includes('of BAD/'))).not.toEqual([]);
    }
  });

  test.each(ANSWERS.slice(1, 4))('takes what all answer for the trouble of the server: %s', async (_, fault) => {
    simulator = await Simulator.start({ dataset: 'demo' });
    simulator.faults.add({ ...fault, route: 'pull-requests' });
    const outcome = await check();
    expect(status(outcome)?.message).toMatch(/^(?:not_bitbucket|server_\w+|invalid_permissions): GET \S+pull-requests: /);
    expect(outcome.milliseconds).toBeLessThan(45_000);
  });

  test('gives the address that was refused, to try it by hand', async () => {
    simulator = await Simulator.start({ dataset: 'demo' });
    simulator.faults.add({ kind: 'status', status: 401, exceptionName: 'x.AuthorisationException', route: 'pull-requests' });
    const message = String(status(await check())?.message);
    const [, command = ''] = message.split(' To try it by hand: ');
    const url = /'([^']*)'$/.exec(command)?.[1] ?? '';
    const [refused] = simulator.requests.filter(({ route }) => route === 'pull-requests');
    expect(url).toBe(`${simulator.url}${refused!.path}?${new URLSearchParams(refused!.query).toString()}`);
    expect(command).toContain('--user YOUR_USERNAME ');
  });

  test('is patient with a server whose every answer takes its time', async () => {
    simulator = await Simulator.start({ dataset: 'demo' });
    simulator.faults.add({ kind: 'hang', route: 'pull-requests', times: 4 });
    const outcome = await check({ request_timeout_seconds: 1 });
    expect(status(outcome)).toEqual({ status: 'SUCCEEDED' });
    expect(logsOf(outcome.messages, 'WARN').join()).not.toContain('cannot be read');
  });

  test('does without the list of one project, which no sync asks for', async () => {
    simulator = await Simulator.start({ dataset: 'demo' });
    simulator.faults.add({ kind: 'html', path: /projectkey=DATA/ });
    expect(status(await check({ projects: ['DATA', 'WEB'] }))).toEqual({ status: 'SUCCEEDED' });
  });

  test('survives a hiccup', async () => {
    simulator = await Simulator.start();
    simulator.faults.add({ kind: 'status', status: 502, times: 1 });
    simulator.faults.add({ kind: 'reset', route: 'repositories', times: 1 });
    expect(status(await check())).toEqual({ status: 'SUCCEEDED' });
  });

  test('ends within its time, whatever the server does', async () => {
    simulator = await Simulator.start();
    simulator.faults.add({ kind: 'hang-body', route: 'repositories' });
    const outcome = await check();
    expect(status(outcome)?.message).toMatch(/^server_(?:unreachable|unavailable): /);
    expect(outcome.milliseconds).toBeLessThan(45_000);
    expect(outcome.code).toBe(0);
  });

  test('that succeeds in all but the users, who hang, is a success with a warning', async () => {
    simulator = await Simulator.start();
    simulator.faults.add({ kind: 'hang', route: 'admin-users' });
    const outcome = await check();
    expect(status(outcome)).toEqual({ status: 'SUCCEEDED' });
    expect(logsOf(outcome.messages, 'WARN')).toContainEqual(
      expect.stringContaining('Whether users may be listed could not be found out'),
    );
    expect(outcome.milliseconds).toBeLessThan(45_000);
  });
});

describe('secrets that are common words', () => {
  let simulator: Simulator;
  afterEach(async () => simulator.stop());

  test.each(['invalid', 'credentials', 'the', 'a', 'server', 'Authentication', 'rest', '"'])(
    '(%s) mangle no message',
    async (password) => {
      simulator = await Simulator.start();
      const { message } = status(
        await runWith('check', {
          config: configFor(simulator, { credentials: { auth_type: 'basic', username: 'airbyte', password } }),
        }),
      )!;
      expect(message).toMatch(/^invalid_credentials: GET \/rest\/api\/1\.0\/projects: the answer was 401 \(/);
      expect(message).toContain('Check username (the login name, not the e-mail address) and password.');
      expect(simulator.failedLogins).toBe(1);
    },
  );
});

test('what was refused before is no reason why the time was up', () => {
  const aborted = new BitbucketError('aborted', 'The run was told to stop');
  const after = (kind: FailureKind) => withoutLimit(aborted, { lastFailure: new BitbucketError(kind, 'no') }).kind;
  expect((['forbidden', 'not_found', 'timeout', 'unavailable'] as const).map(after)).toEqual([
    ...['aborted', 'aborted'],
    ...['timeout', 'unavailable'],
  ]);
});

test('a check without a readable file is FAILED with exit 0, an unknown option is an error', async () => {
  for (const args of [['check'], ['check', '--config', '/nonexistent/config.json'], ['check', '--config', '/tmp']]) {
    const outcome = await run(args);
    expect(status(outcome)?.message).toMatch(/^invalid_config: .*--config/);
    expect(outcome.code).toBe(0);
  }
  const outcome = await run(['check', '--konfig', 'x']);
  expect(outcome.code).toBe(1);
  expect(outcome.messages.map(({ trace }) => trace?.error?.failure_type)).toEqual(['config_error']);
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pem, tlsOf } from './network/certificates';
import { TestProxy } from './network/proxy';
import { Simulator, type SimulatorOptions } from './simulator';
import { configFor, type Outcome, run, writeFiles } from './support/connector';

interface Step {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'failed';
  readonly finding: string;
  readonly remedy?: string;
  readonly code?: string;
  readonly details?: Record<string, any>;
}

const STEPS = [
  ...['configuration', 'proxy', 'dns', 'tcp', 'tls', 'server', 'login', 'filters'],
  ...[
    'projects',
    'repositories',
    'users',
    'pull_requests',
    'pull_request_activities',
    'pull_request_diffs',
    'pull_request_commits',
    'branches',
    'tags',
    'commits',
    'builds',
    'rate limit',
    'size',
  ],
];

let folder: string;
let simulator: Simulator;
const start = async (options: SimulatorOptions = {}): Promise<void> => {
  simulator = await Simulator.start(options);
  simulator.url = simulator.url.replace('127.0.0.1', 'localhost');
};
const doctor = (config: unknown, options: readonly string[] = ['--json'], env: Record<string, string> = {}): Promise<Outcome> =>
  run(['doctor', ...writeFiles(folder, { config }), ...options], { env });
/** The steps of a report, by name; and that each step but the last of a failing run is there, in order. */
const stepsOf = ({ stdout, stderr, code }: Outcome): Record<string, Step> => {
  const report = JSON.parse(stdout) as { healthy: boolean; code?: string; steps: Step[]; connector: string };
  expect(stderr).toBe('');
  expect(report.steps.map(({ name }) => name)).toEqual(STEPS.filter((name) => report.steps.some((step) => step.name === name)));
  expect(report.healthy).toBe(report.steps.every(({ status }) => status !== 'failed'));
  expect(code).toBe(report.healthy ? 0 : 1);
  expect(report.code).toBe(report.steps.find(({ status }) => status === 'failed')?.code);
  return Object.fromEntries(report.steps.map((step) => [step.name, step]));
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'doctor-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(async () => {
  await simulator.stop();
});

describe('doctor', () => {
  test('takes every step where all is well, in a handful of requests', async () => {
    await start({ contextPath: '/bitbucket', tls: tlsOf('server', 'intermediate') });
    const steps = stepsOf(await doctor(configFor(simulator, { ca_certificate: pem('root') })));
    expect(Object.keys(steps)).toEqual(STEPS);
    expect(Object.values(steps).filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(steps.tls?.details).toMatchObject({
      issuer: 'Example Corp Issuing CA',
      authority: 'Example Corp Root CA',
      trusted: true,
      validTo: '2076-01-01T00:00:00.000Z',
    });
    expect(steps.server?.details).toEqual({ version: '9.4.0', serverUrl: simulator.url });
    expect(steps.login?.details).toMatchObject({ userName: 'airbyte' });
    expect(steps.size?.details).toMatchObject({ projects: 3, repositories: 6, selected: 4, complete: true });
    expect(simulator.requests.length).toBeLessThan(25);
    expect(simulator.failedLogins).toBe(0);
  });

  test('says of each number what it counts, and whose', async () => {
    await start({ dataset: 'demo' });
    const steps = stepsOf(await doctor(configFor(simulator, { projects: ['DATA'] })));
    expect(steps.projects?.finding).toMatch(/^may be listed: \d+ projects$/);
    expect(steps.pull_request_commits?.finding).toMatch(/^may be read: #\d+ of \S+ has (?:no commits|1 commit|\d+ commits)$/);
    expect(steps.builds?.finding).toMatch(/^may be read: commit [\da-f]{12} of \S+ has (?:no builds|1 build|\d+ builds)$/);
  });

  test('writes a line for each step to a person, what to do below it, and an end', async () => {
    await start({ usersListing: 'forbidden' });
    const { stdout, code } = await doctor(configFor(simulator), []);
    const lines = stdout.trim().split('\n');
    expect(lines.filter((line) => /^[✓!✗] /.test(line)).map((line) => line.slice(2, 26).trim())).toEqual(STEPS);
    expect(lines.find((line) => line.includes('users  '))).toMatch(/^! users +The account may not list users$/);
    expect(stdout).toMatch(/→ The stream users needs the global permission Bitbucket User/);
    expect(lines.at(-1)).toBe('A sync can begin. 2 things are worth a look.');
    expect(stdout).not.toContain('\u001b'); // no colours where there is no terminal
    expect(code).toBe(0);
  });

  test.each<[string, (config: Record<string, any>) => unknown, string, string, RegExp]>([
    ['an invalid configuration', (config) => ({ ...config, server_url: 'git' }), 'configuration', 'invalid_config', /server_url/],
    ['no JSON', () => '{', 'configuration', 'invalid_config', /is not JSON/],
    [
      'an unknown name',
      (config) => ({ ...config, server_url: 'https://git.invalid' }),
      'dns',
      'server_unreachable',
      /git\.invalid/,
    ],
    ['a closed port', (config) => ({ ...config, server_url: 'http://127.0.0.1:1' }), 'tcp', 'server_unreachable', /ECONNREFUSED/],
    [
      'https where there is none',
      (config) => ({ ...config, server_url: config.server_url.replace('http:', 'https:') }),
      'tls',
      'not_bitbucket',
      /does not speak TLS/,
    ],
    [
      'a missing context path',
      (config) => ({ ...config, server_url: config.server_url.replace('/bitbucket', '') }),
      'server',
      'not_bitbucket',
      /Bitbucket does not answer at .*, but Bitbucket 9\.4\.0 at http:\/\/localhost:\d+\/bitbucket$/,
    ],
    [
      'a wrong password',
      (config) => ({ ...config, credentials: { ...config.credentials, password: 'S3cr3t-and-wrong' } }),
      'login',
      'invalid_credentials',
      /401/,
    ],
    [
      'a token that is none',
      (config) => ({ ...config, credentials: { auth_type: 'token', token: 'S3cr3t-and-wrong' } }),
      'login',
      'invalid_credentials',
      /anonymous/,
    ],
    [
      'a filter that lets nothing through',
      (config) => ({ ...config, projects: ['NOPE'] }),
      'filters',
      'no_resources',
      /Nothing passes the filters/,
    ],
  ])('stops at %s, with the check’s code and a remedy', async (_what, change, last, code, finding) => {
    await start({ contextPath: '/bitbucket' });
    const outcome = await doctor(change(configFor(simulator)));
    const steps = stepsOf(outcome);
    const failure = Object.values(steps).find(({ status }) => status === 'failed');
    expect(failure).toMatchObject({ name: last, code });
    expect(failure?.finding).toMatch(finding);
    expect(failure?.remedy).toMatch(/\.$/);
    expect(steps.size).toBeUndefined();
    expect(outcome.stdout).not.toContain('S3cr3t');
    expect(outcome.stdout).not.toContain(Buffer.from('S3cr3t-and-wrong').toString('base64').slice(0, 20));
    expect(simulator.failedLogins).toBeLessThanOrEqual(1);
  });

  test('says of a certificate who issued it and until when, also where it is not looked at', async () => {
    await start({ tls: tlsOf('expired') });
    const expired = stepsOf(await doctor(configFor(simulator, { ca_certificate: pem('root') })));
    expect(expired.tls).toMatchObject({
      status: 'failed',
      code: 'tls_untrusted',
      details: { issuer: 'Example Corp Root CA', validTo: '2021-01-01T00:00:00.000Z' },
    });
    const blind = stepsOf(await doctor(configFor(simulator, { verify_tls: false })));
    expect(blind.tls).toMatchObject({
      status: 'warning',
      finding: expect.stringContaining('verify_tls is false'),
      details: { trusted: false },
    });
    expect(blind.size?.status).toBe('ok');
    await simulator.stop();
    await start({ tls: tlsOf('other-name') });
    const { tls } = stepsOf(await doctor(configFor(simulator, { ca_certificate: pem('root') })));
    expect(tls).toMatchObject({ status: 'failed', finding: expect.stringMatching(/another host name: DNS:git\.example\.com/) });
  });

  test('goes through a proxy, names it, and never its password', async () => {
    await start({ tls: tlsOf('other-name') });
    const proxy = await TestProxy.start({
      login: 'svc:S3cr3t',
      names: { 'git.example.com': Number(new URL(simulator.url).port) },
    });
    simulator.url = 'https://git.example.com';
    const config = configFor(simulator, { ca_certificate: pem('root') });
    const right = await doctor(config, ['--json'], { HTTPS_PROXY: proxy.url('svc:S3cr3t') });
    const wrong = await doctor(config, ['--json'], { HTTPS_PROXY: proxy.url('svc:S3cr3t2') });
    const plain = { ...config, server_url: 'http://git.invalid' };
    const forHttp = await doctor(plain, ['--json'], { HTTPS_PROXY: proxy.url() });
    expect(stepsOf(forHttp).dns?.remedy).toContain('set HTTP_PROXY (HTTPS_PROXY is for https addresses)');
    const none = await doctor(config, ['--json'], { HTTPS_PROXY: 'ftp://svc:S3cr3t@proxy' });
    const address = proxy.url();
    await proxy.stop();
    expect(stepsOf(right).proxy?.finding).toBe(`${address}, with a login, from HTTPS_PROXY`);
    expect(Object.keys(stepsOf(right))).toEqual(STEPS);
    expect(stepsOf(wrong).tcp).toMatchObject({
      status: 'failed',
      code: 'server_unreachable',
      finding: expect.stringContaining('407'),
    });
    expect(stepsOf(none).proxy).toMatchObject({ status: 'failed', code: 'server_unreachable' });
    for (const { stdout } of [right, wrong, none]) expect(stdout).not.toMatch(/S3cr3t|c3ZjOlMzY3IzdA/);
  });

  test('tells the rights for each stream apart', async () => {
    await start();
    const refusal = {
      kind: 'status',
      status: 401,
      body: '{"errors":[{"message":"no","exceptionName":"com.atlassian.bitbucket.AuthorisationException"}]}',
    } as const;
    simulator.faults.add({ ...refusal, route: 'activities' });
    simulator.faults.add({ kind: 'status', status: 500, route: 'default-branch' });
    const steps = stepsOf(await doctor(configFor(simulator)));
    expect(steps.pull_requests?.status).toBe('ok');
    expect(steps.pull_request_activities).toMatchObject({ status: 'failed', code: 'invalid_permissions' });
    expect(steps.pull_request_diffs?.status).toBe('ok');
    expect(steps.repositories).toMatchObject({ status: 'failed', code: 'server_unavailable' });
  });

  test('takes what one repository, or one pull request, answers for its own trouble', async () => {
    await start({ dataset: 'demo' });
    const [first] = (stepsOf(await doctor(configFor(simulator))).pull_requests?.finding ?? '').match(/\d+(?= of)/) ?? [];
    simulator.faults.add({ kind: 'html', path: new RegExp(`/pull-requests/${first}/activities`) });
    simulator.faults.add({ kind: 'status', status: 500, path: new RegExp(`/pull-requests/${first}/commits`) });
    const ofPullRequest = stepsOf(await doctor(configFor(simulator)));
    for (const name of ['pull_request_activities', 'pull_request_commits'])
      expect(ofPullRequest[name]).toMatchObject({
        status: 'warning',
        finding: expect.stringMatching(`^may be read.*#\\d+ of DATA/backend.*; not those of #${first} of DATA/backend: GET `),
      });
    simulator.faults.clear();
    simulator.faults.add({ kind: 'html', path: /DATA\/repos\/backend\// });
    const steps = stepsOf(await doctor(configFor(simulator)));
    for (const name of ['repositories', 'pull_requests', 'branches', 'tags', 'commits'])
      expect(steps[name]).toMatchObject({
        status: 'warning',
        finding: expect.stringMatching(/may be .*; not of DATA\/backend: GET .*no X-AUSERNAME/),
        remedy: expect.stringContaining('leave it out (repositories: "!DATA/backend")'),
      });
    expect(Object.values(steps).filter(({ status }) => status === 'failed')).toEqual([]);
  });

  test('tells projects that are named and not seen, among others', async () => {
    await start();
    const steps = stepsOf(await doctor(configFor(simulator, { projects: ['PLAYG', 'MERGED'] })));
    expect(steps.filters).toMatchObject({
      status: 'warning',
      remedy: expect.stringMatching(/^But projects names MERGED \(did you mean MERGE\?\), which the account does not see/),
    });
  });

  test('says of a server that is silent what check says of it, as soon as check, and praises no rate limit', async () => {
    await start();
    simulator.faults.add({ kind: 'hang' });
    const began = Date.now();
    const steps = stepsOf(await doctor(configFor(simulator)));
    expect(Date.now() - began).toBeLessThan(25_000);
    expect(steps.server).toMatchObject({
      status: 'failed',
      code: 'server_unreachable',
      finding: expect.stringMatching(/^GET \S+: no byte came for 18 s$/),
      remedy: expect.stringMatching(/^Check host and port of server_url and the firewalls/),
    });
    expect(Object.keys(steps).at(-1)).toBe('server');
  }, 60_000);

  test.each([
    ['silent', { kind: 'hang' }, /: no byte came for 18 s$/],
    ['too slow', { kind: 'trickle' }, /^The server answers, but too slowly/],
  ] as const)(
    'waits for a login no longer than check, where only that is %s',
    async (_, fault, finding) => {
      await start();
      simulator.faults.add({ ...fault, route: 'projects' });
      const began = Date.now();
      const steps = stepsOf(await doctor(configFor(simulator)));
      expect(Date.now() - began).toBeLessThan(25_000);
      expect(steps.server?.status).toBe('ok');
      expect(steps.login).toMatchObject({ status: 'failed', finding: expect.stringMatching(finding) });
      if (fault.kind === 'hang') expect(Object.keys(steps).at(-1)).toBe('login');
    },
    120_000,
  );

  test('does not speak of an answer where there was none', async () => {
    await start();
    simulator.faults.add({ kind: 'reset', route: 'application-properties' });
    const steps = stepsOf(await doctor(configFor(simulator)));
    expect(steps.server).toMatchObject({
      status: 'warning',
      finding: expect.stringMatching(/^Which Bitbucket answers at \S+ was not found out: GET \S+application-properties: /),
    });
    expect(steps.login?.status).toBe('ok');
  });

  test('mentions a rate limit that it met', async () => {
    await start({ rateLimit: { capacity: 4, fillPerSecond: 4 } });
    const steps = stepsOf(await doctor(configFor(simulator)));
    expect(steps['rate limit']).toMatchObject({
      status: 'warning',
      finding: expect.stringMatching(/^met \d+ times in \d+ requests/),
    });
  });
});

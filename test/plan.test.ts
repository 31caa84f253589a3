import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandContext } from '../src/commands/context';
import { expectedRows } from '../src/commands/expected-rows';
import { minutesFor, type Plan } from '../src/commands/plan';
import { streams } from '../src/streams';
import { Simulator } from './simulator';
import { configFor, type Outcome, read, run, runWith, writeFiles } from './support/connector';

let folder: string;
let simulator: Simulator;
const plan = (overrides: object = {}, options: readonly string[] = ['--json']): Promise<Outcome> =>
  run(['plan', ...writeFiles(folder, { config: configFor(simulator, overrides) }), ...options]);
const planned = ({ stdout, stderr, code }: Outcome): Plan => {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Plan;
};

const contextOf = (config: unknown): CommandContext =>
  ({
    readConfig: () => config,
    variables: {},
    environment: () => ({ now: Date.now, random: Math.random, variables: {}, signal: new AbortController().signal }),
  }) as unknown as CommandContext;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'plan-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(async () => {
  await simulator.stop();
});

describe('plan', () => {
  test('counts what there is, and foretells the requests that the first sync then makes', async () => {
    simulator = await Simulator.start({ dataset: 'demo' });
    const found = planned(await plan());
    expect(found).toMatchObject({
      version: '9.4.0',
      projects: simulator.truth.rows('projects').length,
      repositories: simulator.truth.rows('repositories').length,
      users: simulator.truth.rows('users').length,
      rateLimited: 0,
    });
    const pullRequests = simulator.truth.rows('pull_requests').length;
    expect(Math.abs(found.pullRequests - pullRequests)).toBeLessThanOrEqual(pullRequests * 0.05);
    simulator.clearRequests();
    expect((await read(simulator)).code).toBe(0);
    expect(Math.abs(found.totalRequests - simulator.requests.length)).toBeLessThanOrEqual(simulator.requests.length * 0.1);
  });

  test('foretells all that a sync into a new file sends, its look at the server and its counting included', async () => {
    simulator = await Simulator.start({ dataset: 'demo' });
    const { requestsOfNewFile, requestsBeforehand } = planned(await plan());
    simulator.clearRequests();
    const database = join(folder, 'foretold.duckdb');
    const synced = await run(['sync', ...writeFiles(folder, { config: configFor(simulator) }), '--database', database]);
    expect(synced.code).toBe(0);
    expect(Math.abs(requestsOfNewFile + requestsBeforehand - simulator.requests.length)).toBeLessThanOrEqual(3);
  }, 120_000);

  test('looks at some repositories of many, and takes the others to be like them', async () => {
    simulator = await Simulator.start({ dataset: { large: { repositories: 400, pullRequests: 500 } } });
    const found = planned(await plan());
    expect(found.repositories).toBe(400);
    expect(found.sampledRepositories).toBeLessThan(100);
    expect(Math.abs(found.pullRequests - 200_000)).toBeLessThan(10_000);
    expect(simulator.requests.length).toBeLessThan(150);
  });

  test('says that a rate is an example where the server asked to slow down', async () => {
    simulator = await Simulator.start({ dataset: 'demo', rateLimit: { capacity: 20, fillPerSecond: 40 } });
    const found = (await plan({}, [])).stdout.replaceAll(/\s+/g, ' ');
    expect(found).toMatch(
      /The server asked (?:once|\d+ times) to slow down: under its rate limit it will take longer\. Which that is was not found out; at 5 requests a second, for example, it would be (?:about \d+ minutes|less than a minute)\./,
    );
  });

  test('says in the words of check why there is nothing to plan, and what of the configuration nobody reads', async () => {
    simulator = await Simulator.start({ dataset: 'tiny' });
    const nothing = await plan({ projects: ['NOPE'] }, []);
    expect([nothing.code, nothing.stdout]).toEqual([1, expect.stringMatching(/^no_resources: .*filter projects \(NOPE\)/)]);
    const astray = await plan({ server_url: `${simulator.url}/bitbucket` }, []);
    expect([astray.code, astray.stdout]).toEqual([1, expect.stringMatching(/^not_bitbucket: .*write that as server_url/)]);
    const strange = await plan({ project: ['PLAYG'] }, []);
    expect([strange.code, strange.stdout]).toEqual([
      0,
      expect.stringMatching(/^! "project" .*did you mean "projects"\?\n\nBitbucket /),
    ]);
    const later = await plan({ start_date: '2999-01-01' }, []);
    expect([later.code, later.stdout]).toEqual([
      0,
      expect.stringMatching(/^! start_date lies in the future \(2999-01-01\): .*\n\nBitbucket /s),
    ]);
  });

  const denied = { kind: 'status', status: 401, exceptionName: 'com.atlassian.bitbucket.AuthorisationException' } as const;

  test('names what it could not look at, why, and what to do', async () => {
    simulator = await Simulator.start({ dataset: 'demo' });
    simulator.faults.add({ ...denied, path: /DATA\/repos\/backend\/pull-requests/ });
    const said =
      /^The pull requests of DATA\/backend cannot be read: GET \S+\/backend\/pull-requests: the answer was 401 \(AuthorisationException\b.*\)\. A sync reads the others and fails because of this one: give the account Repository read there, or leave it out \(repositories: "!DATA\/backend"\), or set fail_on_unreadable to false\.$/;
    const machine = await plan();
    const found = planned({ ...machine, stderr: '' });
    expect(found.warnings).toEqual([expect.stringMatching(said)]);
    expect(machine.stderr).toBe(`${found.warnings[0]}\n`);
    expect(found.sampledRepositories).toBe(found.repositories - 1);
    const { stdout, code } = await plan({}, []);
    expect({ code, first: stdout.split('\n')[0] }).toEqual({ code: 0, first: `! ${found.warnings[0]}` });
    simulator.faults.clear();
    expect(planned(await plan()).warnings).toEqual([]);
  });

  test('names a few of many, and commits and activities that are denied as well', async () => {
    simulator = await Simulator.start({ dataset: 'demo' });
    simulator.faults.add({ ...denied, status: 403, path: /projects\/(?!WEB)[^/]+\/repos\/[^/]+\/pull-requests/ });
    simulator.faults.add({ ...denied, path: /WEB\/repos\/[^/]+\/(?:branches\/default|default-branch)/ });
    simulator.faults.add({ ...denied, route: 'activities' });
    const { stdout } = await plan();
    const { warnings } = JSON.parse(stdout) as Plan;
    expect(warnings[0]).toMatch(/^The pull requests of \S+\/\S+, \S+\/\S+, \S+\/\S+ and \d+ more cannot be read: /);
    expect(warnings[0]).toMatch(/because of these: .* leave them out \(repositories: "!\S+", "!\S+", "!\S+" and so on\)/);
    expect(warnings.slice(1)).toEqual([
      expect.stringMatching(/^The commits of WEB\//),
      expect.stringMatching(/^The activities of /),
    ]);
  });

  test.each([
    ['401', denied],
    ['403', { ...denied, status: 403 }],
    ['500', { kind: 'status', status: 500 }],
  ] as const)(
    'where nothing can be looked at fails as check does: %s',
    async (_, fault) => {
      simulator = await Simulator.start({ dataset: 'demo' });
      simulator.faults.add({ ...fault, route: 'pull-requests' });
      const { messages } = await runWith('check', { config: configFor(simulator) });
      const { stdout, code } = await plan({}, []);
      expect({ code, stdout }).toEqual({ code: 1, stdout: `${String(messages.at(-1)?.connectionStatus?.message)}\n` });
    },
    120_000,
  );

  test('a sync counts rows beforehand, and nothing that only a plan needs', async () => {
    simulator = await Simulator.start({ dataset: 'tiny' });
    const files = writeFiles(folder, { config: configFor(simulator) });
    expect((await run(['sync', ...files, '--database', join(folder, 'counted.duckdb')])).code).toBe(0);
    const routes = new Set(simulator.requests.map(({ route }) => route));
    expect([...routes]).toContain('activities');
    expect([...routes].filter((route) => ['commits', 'build-stats', 'branches'].includes(route))).toEqual([]);
  });

  test('weighs the streams of a sync by the requests that they cost, where something tells how far these are', async () => {
    simulator = await Simulator.start({ dataset: 'demo' });
    const found = planned(await plan());
    const names = streams.map(({ name }) => name);
    const expected = await expectedRows('config.json', names, contextOf(configFor(simulator)));
    const { pullRequests, requests, repositories } = found;
    expect(Object.fromEntries(expected)).toMatchObject({
      pull_requests: { rows: pullRequests, requests: requests.pull_requests },
      repositories: { rows: repositories, requests: requests.repositories! + repositories },
      pull_request_diffs: { rows: pullRequests, requests: 3 * pullRequests },
    });
    const few = await expectedRows('config.json', ['pull_requests', 'pull_request_diffs'], contextOf(configFor(simulator)));
    expect(few.get('pull_request_diffs')).toEqual({ rows: pullRequests, requests: pullRequests });
    expect([...few.keys()]).toEqual(['pull_requests', 'pull_request_diffs']);
    const blind = await expectedRows(
      'config.json',
      ['pull_requests', 'pull_request_activities'],
      contextOf(configFor(simulator)),
    );
    expect([...blind.values()]).toEqual([{ rows: pullRequests, requests: null }]);
  });

  test('counts from the start date on', async () => {
    simulator = await Simulator.start({ dataset: { projects: 1, repositoriesPerProject: 2, pullRequestsPerRepository: 120 } });
    const dates = simulator.truth
      .rows('pull_requests')
      .map((row) => String(row.updated_date))
      .sort();
    const middle = dates[Math.floor(dates.length / 2)]!;
    const wanted = simulator.truth.rows('pull_requests', { startDate: middle }).length;
    expect(wanted).toBeGreaterThan(30);
    expect(planned(await plan({ start_date: middle })).pullRequests).toBe(wanted);
    const later = await plan({ start_date: '2099-01-01' });
    expect(later.stderr).toMatch(/^start_date lies in the future \(2099-01-01\): /);
    expect(planned({ ...later, stderr: '' }).pullRequests).toBe(0);
  });

  test('heeds the filters, and leaves out what the account may not list', async () => {
    simulator = await Simulator.start({ usersListing: 'forbidden' });
    const found = planned(await plan({ projects: ['PR'] }));
    expect(found).toMatchObject({ projects: 1, repositories: 1, users: null, pullRequests: 2 });
    expect(found.requests.users).toBe(0);
    expect(found.leftOut.others).toBe(found.visibleRepositories - 1 - found.leftOut.personal - found.leftOut.archived);
    expect(found.leftOut.others).toBeGreaterThan(0);
  });

  test('divides by the shards', async () => {
    simulator = await Simulator.start({ dataset: 'demo' });
    const all = planned(await plan());
    const first = planned(await plan({ shard_index: 0, shard_count: 2 }));
    const second = planned(await plan({ shard_index: 1, shard_count: 2 }));
    expect(first.repositories + second.repositories).toBe(all.repositories);
    expect(second.requests.projects).toBe(0);
    expect(first.leftOut.otherShards).toBe(second.repositories);
    expect((await plan({ shard_index: 0, shard_count: 2 }, [])).stdout).toContain(
      `${second.repositories} of other shards (shard_index)`,
    );
  });

  test('tells it to a person', async () => {
    simulator = await Simulator.start({ dataset: 'demo' });
    const { stdout, code } = await plan({ requests_per_second: 8 }, []);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Bitbucket 9\.4\.0 at http/);
    expect(stdout).toMatch(/pull requests +about \d+/);
    expect(stdout).toMatch(/^ +repositories +16 +left out: 2 personal \(include_personal_projects\)$/m);
    expect(stdout).toMatch(/ Before that it looks at the server and counts, with about 26 more\./);
    expect(stdout).toMatch(/About \d+ minutes with 8 requests at a time and 8 a second at most\./);
    expect(stdout).not.toContain(simulator.credentials.password);
  }, 120_000);

  test('says what is wrong, as check does, with exit 1', async () => {
    simulator = await Simulator.start();
    const wrong = await plan({ credentials: { auth_type: 'basic', username: 'airbyte', password: 'S3cr3t-and-wrong' } }, []);
    expect(wrong).toMatchObject({ code: 1, stderr: '', stdout: expect.stringMatching(/^invalid_credentials: /) });
    expect(simulator.failedLogins).toBe(1);
    const invalid = await plan({ server_url: 'git' });
    expect(invalid.code).toBe(1);
    expect(JSON.parse(invalid.stdout)).toEqual({ error: expect.stringMatching(/^invalid_config: server_url/) });
  });
});

test('minutes follow from latency and concurrency, or from the rate if that is slower', () => {
  const requests = {
    projects: 1,
    repositories: 99,
    users: 0,
    pull_requests: 100,
    pull_request_activities: 1000,
    pull_request_diffs: 1000,
  };
  const latency = { list: 100, activities: 200, diff: 400 };
  expect(minutesFor(requests, latency, { maxConcurrency: 8, requestsPerSecond: null })).toBeCloseTo((20 + 200 + 400) / 8 / 60);
  expect(minutesFor(requests, latency, { maxConcurrency: 8, requestsPerSecond: 5 })).toBeCloseTo(2200 / 5 / 60);
});

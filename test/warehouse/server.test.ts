import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { Simulator, type SimulatorOptions } from '../simulator';
import {
  CALLED,
  catalogOf,
  configFor,
  type Outcome,
  run,
  type RunOptions,
  start,
  STREAMS,
  writeFiles,
} from '../support/connector';

let folder: string;
let database: string;
const simulators: Simulator[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sync-'));
  database = join(folder, 'bitbucket.duckdb');
});
afterEach(async () => {
  for (const simulator of simulators.splice(0)) await simulator.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function server(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await Simulator.start(options);
  simulators.push(simulator);
  return simulator;
}

const argsFor = (config: unknown, more: readonly string[]) => [
  'sync',
  ...writeFiles(folder, { config }),
  '--database',
  database,
  ...more,
];
const sync = (config: unknown, more: readonly string[] = [], options: RunOptions = {}): Promise<Outcome> =>
  run(argsFor(config, more), { env: { TMPDIR: folder }, ...options });

async function query(sql: string): Promise<Record<string, any>[]> {
  const instance = await DuckDBInstance.create(database);
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const alive = async (table: string, key: string): Promise<string[]> =>
  (await query(`SELECT ${key} AS key FROM ${table} WHERE deleted_at IS NULL ORDER BY 1`)).map((row) => String(row.key));
/** Pull requests of the server, and those that the file holds alive. */
async function expectEqual(simulator: Simulator): Promise<void> {
  const key = "repository_id || '/' || id";
  const truth = simulator.truth.rows('pull_requests').map((row) => [row.repository_id, row.id].join('/'));
  expect((await alive('pull_requests', key)).sort()).toEqual(truth.sort());
}

describe('one cause is one message', () => {
  it('where the login is denied, after one attempt, before any file is made', async () => {
    const simulator = await server();
    const config = configFor(simulator, {
      credentials: { auth_type: 'basic', username: simulator.credentials.username, password: 'wrong' },
    });
    const { code, stdout } = await sync(config);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d {2}ERROR {2}invalid_credentials: .*\n$/);
    expect(simulator.requests).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(['config.json']);
  });

  it('where one repository answers with a page: it is named, and the others are read', async () => {
    const simulator = await server({ dataset: 'demo' });
    simulator.faults.add({ kind: 'html', path: /DATA\/repos\/backend\/pull-requests/ });
    const { code, stdout } = await sync(configFor(simulator), ['--streams', 'pull_requests']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/WARN {3}The pull requests of DATA\/backend cannot be read, unlike others: /);
    expect(stdout).not.toMatch(/does not serve now|server_url must be/);
    expect((await query('SELECT count(DISTINCT repository_id) AS n FROM pull_requests'))[0]?.n).not.toBe('0');
  }, 90_000);

  it('where one login of several is denied: it is tried once, whatever looks at the server in a sync', async () => {
    const simulator = await server();
    simulator.history.createUser({ name: 'jane' });
    const [token] = simulator.authentication.addAccount('jane', 1).tokens;
    const { username } = simulator.credentials;
    const credentials = { auth_type: 'basic', username, password: 'wrong' };
    const { code, stdout } = await sync(configFor(simulator, { credentials, additional_tokens: token }));
    expect([code, simulator.authentication.failedLoginsOf(username)]).toEqual([0, 1]);
    expect(stdout).toMatch(/The login of credentials is left out of this run/);
  });

  it('where nothing answers, and where the configuration is wrong, with what was meant', async () => {
    const nobody = await sync({ server_url: 'http://127.0.0.1:9', credentials: { auth_type: 'token', token: 'x' } });
    expect(nobody.stdout.trimEnd().split('\n')).toEqual([expect.stringMatching(/ERROR {2}server_unreachable: /)]);
    const wrong = await sync({ serverUrl: 'http://x', credentials: { auth_type: 'token', token: 'x' } });
    expect(wrong.stdout).toMatch(
      /^\d\d:\d\d:\d\d {2}ERROR {2}invalid_config: server_url is missing: it is required\. "serverUrl" is no field .* did you mean "server_url"\?\n$/,
    );
  });

  it('where streams fail of the same in the middle', async () => {
    const simulator = await server();
    await sync(configFor(simulator));
    simulator.faults.add({ kind: 'status', status: 500, route: 'pull-requests' });
    const { code, stdout } = await sync(configFor(simulator));
    expect(code).toBe(1);
    expect(stdout.match(/ ERROR /g)!.length).toBeLessThanOrEqual(2);
    expect(stdout).toMatch(/ERROR {2}pull_requests, pull_request_activities, /);
    expect(stdout).not.toMatch(/pull_requests: pull_requests/);
  }, 120_000);
});

describe('a file remembers its server', () => {
  it('and refuses another one before anything is written, with both names and the ways out; --reset takes it', async () => {
    const [first, second] = [await server({ seed: 1 }), await server({ seed: 2, dataset: 'demo' })];
    expect((await sync(configFor(first))).code).toBe(0);
    const before = await query('SELECT * FROM pull_requests ORDER BY ALL');
    const refused = await sync(configFor(second));
    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain(first.url);
    expect(refused.stdout).toContain(second.url);
    expect(refused.stdout).toMatch(/--database.*--reset/s);
    expect(await query('SELECT * FROM pull_requests ORDER BY ALL')).toEqual(before);
    expect((await sync(configFor(second), ['--reset'])).code).toBe(0);
    await expectEqual(second);
    expect((await sync(configFor(first))).code).toBe(1);
  });

  it('also one that answers at the same address', async () => {
    const first = await server({ seed: 1 });
    await sync(configFor(first));
    const port = Number(new URL(first.url).port);
    await simulators.pop()!.stop();
    const second = await server({ seed: 2, port });
    const { code, stdout } = await sync(configFor(second));
    expect(code).toBe(1);
    expect(stdout).toMatch(/holds the rows of another instance than the one that now answers at /);
    expect(await alive('projects', 'id')).not.toEqual([]);
  });

  it('and knows it at another address', async () => {
    const simulator = await server();
    await sync(configFor(simulator));
    const moved = await sync(configFor(simulator, { server_url: simulator.url.replace('127.0.0.1', 'localhost') }));
    expect(moved).toMatchObject({ code: 0, stdout: expect.stringMatching(/Nothing has changed/) });
  });

  it('of version 0.1.0, which wrote no name into it', async () => {
    const [first, second] = [await server({ version: '7.21.0', seed: 1 }), await server({ version: '7.21.0', seed: 2 })];
    await sync(configFor(first));
    await query('DROP TABLE _airbyte_sync');
    expect((await sync(configFor(second))).code).toBe(1);
    expect((await sync(configFor(first))).code).toBe(0);
  });

  it('of version 0.1.0 goes on with the streams that it has, and is told once which there are now', async () => {
    const config = configFor(await server());
    const before = 'projects,repositories,users,pull_requests,pull_request_activities,pull_request_diffs';
    await sync(config, ['--streams', before]);
    await query('DROP TABLE _airbyte_sync');
    const { stdout } = await sync(config);
    const named = 'There is more to read now: pull_request_commits, branches, tags, commits, builds.';
    const command = `  ${CALLED} sync --config ${join(folder, 'config.json')} --database ${database} --streams all`;
    expect(stdout).toMatch(/\nNothing has changed \(\d+\.\d s\)\.\n$/);
    expect(stdout.split('\n').slice(0, 2)).toEqual([`${named} So that this file has them from then on:`, command]);
    expect((await sync(config)).stdout).toMatch(/^Nothing has changed/);
  }, 60_000);
});

describe('what a sync says', () => {
  it('is one line where nothing has changed, and names what has', async () => {
    const simulator = await server({ dataset: 'demo', clock: Date.now });
    const config = configFor(simulator);
    const first = await sync(config);
    expect(first.stdout).toMatch(/\d rows in \d+\.\d s into .*bitbucket\.duckdb\.\n/);
    const [, question] = /Next:\n {2}duckdb \S+ "(SELECT state, count\(\*\) FROM .*)"/.exec(first.stdout) ?? [];
    const live = simulator.truth.rows('pull_requests').length;
    const answer = async () => (await query(question!)).reduce((sum, row) => sum + Number(row['count_star()']), 0);
    expect(await answer()).toBe(live);
    expect((await sync(config)).stdout).toMatch(/^Nothing has changed \(\d+\.\d s\)\.\n$/);
    const [open] = simulator.truth
      .rows('pull_requests')
      .filter(({ state, repository_full_name: name }) => state === 'OPEN' && name !== 'WEB/backend');
    const reference = { repositoryId: Number(open!.repository_id), id: Number(open!.id) };
    simulator.history.comment(reference, { user: 'carol', text: 'Nice.' });
    simulator.history.renameRepository('WEB/backend', { slug: 'api', name: 'api' });
    const { stdout } = await sync(config);
    expect(await answer()).toBe(live);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(stdout).toContain('WEB/backend is now WEB/api');
    expect(stdout).toContain(`${String(open!.repository_full_name)} #${String(open!.id)} commented`);
    simulator.history.deleteRepository('WEB/api');
    expect((await sync(config)).stdout).toMatch(/WEB\/api is gone \(\d+ pull requests\)/);
    // Its pull requests have no tombstones of their own.
    expect(await answer()).toBe(simulator.truth.rows('pull_requests').length);
    expect(await answer()).toBeLessThan(live);
    expect((await sync(config, ['-v'])).stdout).toMatch(/INFO .*\n[^]*stream +status +records/);
  });

  it('tells first what somebody did, of what moved with a target how many, and with -v each of them', async () => {
    const simulator = await server({ clock: Date.now });
    const { history } = simulator;
    for (const name of ['jane', 'joe']) history.createUser({ name });
    const repository = history.createRepository(history.createProject({ key: 'MANY' }), { slug: 'one' });
    const opened = [1, 2, 3, 4, 5].map(() => history.createPullRequest(repository, { author: 'jane', reviewers: ['joe'] }));
    const config = configFor(simulator);
    const streams = ['projects', 'repositories', 'pull_requests', 'pull_request_activities', 'branches'].join();
    expect((await sync(config, ['--streams', streams])).code).toBe(0);
    const changed = async (more: readonly string[] = []) => {
      const { stdout } = await sync(config, more);
      return stdout.trimEnd().replace(/ \([^()]* s\)\.$/, '');
    };
    history.merge(opened[1]!, { user: 'joe' });
    history.approve(opened[0]!, 'joe');
    const told = (await changed()).split(' · ');
    expect(told.slice(0, 3).sort()).toEqual(['MANY/one #1 approved', 'MANY/one #2 merged', 'branch main of MANY/one moved']);
    expect(told.slice(3)).toEqual(['MANY/one: 3 pull requests with a moved target']);
    const newest = history.createPullRequest(repository, { author: 'joe', from: 'late' });
    history.merge(newest, { user: 'jane' });
    history.createProject({ key: 'ANEW' });
    history.deleteBranch(repository, 'feature/2');
    history.selfAddReviewer(opened[3]!, 'joe');
    const each = await changed(['-v']);
    const [, list = ''] = /What has changed:\n([^]*?)\n\n/.exec(each) ?? [];
    const lines = list.split('\n').map((line) => line.trim());
    expect(lines.slice(0, 2).sort()).toEqual(['MANY/one #6 opened, merged', 'project ANEW is new here']);
    expect(lines.slice(2, -4).sort()).toEqual([
      'branch feature/2 of MANY/one is gone',
      'branch late of MANY/one is new',
      'branch main of MANY/one moved',
    ]);
    expect(lines.slice(-4).sort()).toEqual(['#1', '#3', '#4', '#5'].map((number) => `MANY/one ${number} target moved`));
  }, 60_000);

  it('counts many branches of a repository, names builds, and what is only read again not at all', async () => {
    const simulator = await server({ dataset: 'empty' });
    const { history } = simulator;
    history.createUser({ name: 'jane' });
    const repository = history.createRepository(history.createProject({ key: 'REF' }), { slug: 'one' });
    history.createRepository('REF', { slug: 'two' });
    const [commit] = history.pushCommits(repository, { branch: 'main', commits: 1 });
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names) history.createBranch(repository, `feature/${name}`);
    const config = configFor(simulator);
    const told = async () => (await sync(config, ['--streams', 'all'])).stdout.replace(/ \([^()]*\)\.\n$/, '').split(' · ');
    await told();
    history.deleteBranch(repository, 'feature/a');
    expect(await told()).toEqual(['branch feature/a of REF/one is gone']);
    for (const name of names.slice(1)) history.deleteBranch(repository, `feature/${name}`);
    for (const name of ['w', 'x', 'y', 'z']) history.createBranch(repository, `late/${name}`);
    const build = { commit: commit!, key: 'CI-1', name: 'unit tests' };
    history.build(repository, { ...build, state: 'INPROGRESS' });
    const second = await told();
    expect(second.filter((each) => !each.startsWith('branch')).sort()).toEqual([
      'REF/one: 4 branches new',
      'build unit tests of REF/one inprogress',
    ]);
    expect(second.filter((each) => each.startsWith('branch'))).toHaveLength(3);
    history.build(repository, { ...build, state: 'FAILED' });
    expect(await told()).toEqual(['build unit tests of REF/one failed']);
    history.deactivateUser('jane');
    history.renameProject('REF', 'References');
    expect((await told()).sort()).toEqual(['project REF is now called References', 'user jane is deactivated']);
    history.renameUser('jane', { displayName: 'Jane Roe' });
    expect(await told()).toEqual(['user jane is now called Jane Roe']);
    history.hideRepository(repository);
    expect(await told()).toEqual(['REF/one is gone']);
    history.showRepository(repository);
    expect(await told()).toEqual(['REF/one is back']);
  }, 120_000);

  it('is in what could be read, where something could not; one cause is one warning, whatever streams it concerns', async () => {
    const simulator = await server();
    const config = configFor(simulator, { fail_on_unreadable: false });
    await sync(config, ['--streams', 'all']);
    const path = /\/projects\/PLAYG\/repos\/service\//;
    for (const route of ['pull-requests', 'branches', 'tags', 'commits'] as const)
      simulator.faults.add({ kind: 'status', status: 403, route, path });
    const { code, stdout } = await sync(config);
    expect(code).toBe(0);
    const warnings = stdout.split('\n').filter((line) => line.includes('could not be read'));
    expect(warnings).toContainEqual(
      expect.stringMatching(/WARN {3}pull_requests, pull_request_activities, .*: repository PLAYG\/service could not/),
    );
    expect(new Set(warnings.map((line) => line.replace(/^.*?: repo/, 'repo'))).size).toBe(warnings.length);
    expect(stdout).toMatch(/^Nothing has changed in what could be read \(\d+\.\d s\)\.$/m);
    const page = async () => (await run(['report', '--database', database, '--output', join(folder, 'page.html')])).stdout;
    expect(await page()).toMatch(/Missing: parts of pull_requests, .*builds \(not read in the last sync, which says what\)\.\n$/);
    expect(readFileSync(join(folder, 'page.html'), 'utf8')).toContain('Missing: parts of pull_requests, ');
    simulator.faults.clear();
    await sync(config);
    expect(await page()).not.toContain('Missing');
  }, 60_000);

  it('names the streams that --streams leaves out from now on, and each time says that there are some', async () => {
    const simulator = await server();
    const config = configFor(simulator);
    await sync(config, ['--streams', 'projects,users,pull_requests']);
    const { stdout } = await sync(config, ['--streams', 'users']);
    expect(stdout).toContain('No longer read into this file: projects, pull_requests; their tables stay as they are.');
    const files = `--config ${join(folder, 'config.json')} --database ${database}`;
    expect(stdout).toContain(`To read them again:\n  ${CALLED} sync ${files} --streams users,projects,pull_requests\n`);
    simulator.history.createProject({ key: 'UNSEEN' });
    const quiet = /^Nothing has changed in users \(\d+\.\d s\); 2 other streams are no longer read\.\n$/;
    expect((await sync(config)).stdout).toMatch(quiet);
    simulator.history.createUser({ name: 'zoe' });
    expect((await sync(config)).stdout).toMatch(/^user zoe is new \(1 row, .*\); 2 other streams are no longer read\.\n$/);
    expect((await sync(config, ['-v'])).stdout).toContain('\nNot read, though in this file: projects, pull_requests.\n');
    const catalog = join(folder, 'catalog.json');
    writeFileSync(catalog, JSON.stringify(catalogOf(['projects'])));
    const given = (await sync(config, ['--catalog', catalog])).stdout;
    expect(given).toMatch(/No longer read into this file: users; its table [^]*^project UNSEEN is new here .*; 2 other streams/m);
    expect((await sync(config, ['--streams', 'projects,users'])).stdout).not.toContain('No longer read');
    const last = await sync(config, ['--streams', 'projects,users,pull_requests']);
    expect(last.stdout).toMatch(/^Nothing has changed \(/);
  }, 60_000);

  it('says on the page when pull requests were last read, and that they are read no more', async () => {
    const simulator = await server();
    const config = configFor(simulator);
    const page = join(folder, 'report.html');
    const report = async () => {
      const { stdout } = await run(['report', '--database', database, '--output', page]);
      const [, coverage = ''] = /<p class="coverage">(.*?)<\/p>/.exec(readFileSync(page, 'utf8')) ?? [];
      return { stdout: stdout.split('\n').slice(1).join('\n'), coverage };
    };
    const everything = `--config ${join(folder, 'config.json')} --database ${database} --streams`;
    expect((await sync(config, ['--streams', 'users'])).code).toBe(0);
    expect(await report()).toEqual({
      stdout: `No pull requests were synced into this file. To read pull_requests, repositories, pull_request_activities, pull_request_diffs, pull_request_commits, builds, too:\n  ${CALLED} sync ${everything} "users, pull_requests, repositories, pull_request_activities, pull_request_diffs, pull_request_commits, builds"\n`,
      coverage: expect.stringMatching(
        /^No pull requests were synced .*: sync --streams users,pull_requests,.* reads them\. Read /,
      ),
    });
    expect((await sync(config, ['--streams', 'all'])).code).toBe(0);
    expect(await report()).toEqual({
      stdout: '',
      coverage: expect.stringMatching(/ Read .* UTC; days .* Missing: nothing that this page needs\.$/),
    });
    await query(`UPDATE _airbyte_state SET saved_at = saved_at - INTERVAL 2 DAY WHERE stream_name LIKE 'pull_request%'`);
    const [{ at }] = (await query(
      `SELECT strftime(saved_at AT TIME ZONE 'UTC', '%Y-%m-%d %H:%M UTC') AS at FROM _airbyte_state WHERE stream_name = 'pull_requests'`,
    )) as [{ at: string }];
    expect((await sync(config, ['--streams', 'users'])).code).toBe(0);
    const { stdout, coverage } = await report();
    expect(coverage).toContain(`Read ${at} and not since: syncs of this file no longer read pull_requests; days are`);
    expect(coverage).toContain(`pull_request_activities, pull_request_diffs (not read since ${at})`);
    expect(stdout).toMatch(
      new RegExp(`^Pull requests were last read ${at}: syncs of this file no longer read them\\. Missing: `),
    );
    expect(stdout).toContain(`, too:\n  ${CALLED} sync ${everything} `);
  }, 120_000);

  it('also with a server that fails leaves nothing in the folder for temporary files, and a killed one nothing once the next has run', async () => {
    const simulator = await server({ latencyMs: 50 });
    const left = () => readdirSync(folder).filter((name) => name.startsWith('bitbucket-sync-'));
    const { child, ended } = start(argsFor(configFor(simulator), []), { env: { TMPDIR: folder } });
    while (left().length === 0) await sleep(20);
    child.kill('SIGKILL');
    await ended;
    expect(left()).toHaveLength(1);
    await sleep(3000); // the connector, whom nobody reads any more, ends by itself
    expect((await sync(configFor(simulator))).code).toBe(0);
    expect(left()).toEqual([]);
  });

  it('never is a secret, also one that comes from the environment, and only from variables for that', async () => {
    const simulator = await server();
    const { password, username } = simulator.credentials;
    const config = {
      ...configFor(simulator, { additional_tokens: '${BITBUCKET_TOKEN_2}, ${BITBUCKET_TOKEN_3}' }),
      credentials: { auth_type: 'basic', username, password: '${BITBUCKET_PASSWORD}' },
    };
    const tokens = { BITBUCKET_TOKEN_2: simulator.credentials.token, BITBUCKET_TOKEN_3: 'denied-token-of-mine' };
    const env = { TMPDIR: folder, BITBUCKET_PASSWORD: password, ...tokens, AWS_SECRET: 'never-sent' };
    const outcome = await sync(config, ['-v', '--debug'], { env });
    expect(outcome.code).toBe(0);
    expect(outcome.stdout.match(/^\d\d:\d\d:\d\d {2}DEBUG {2}GET /gm)).toHaveLength(simulator.requests.length);
    expect(outcome.stdout).toMatch(/Token 2 of additional_tokens is left out/);
    for (const secret of [password, ...Object.values(tokens)]) expect(outcome.stdout + outcome.stderr).not.toContain(secret);
    expect((await sync(config)).stdout).toMatch(/names the environment variable BITBUCKET_PASSWORD, which is not set/);
    const evil = { ...config, credentials: { auth_type: 'token', token: '${AWS_SECRET}' } };
    expect((await sync(evil, [], { env })).stdout).toMatch(/only those that begin with BITBUCKET_/);
    const reading = await run(['read', ...writeFiles(folder, { config, catalog: catalogOf(['users']) })], { env });
    expect(reading.code).toBe(1); // a platform's configuration is what it is
  });
});

describe('the streams of a file', () => {
  const tables = async () =>
    (await query('SELECT stream_name FROM _airbyte_state ORDER BY 1')).map((row) => String(row.stream_name));

  it('are those that were named once, until others are named; the tables of the others are there, and empty', async () => {
    const simulator = await server();
    const config = configFor(simulator);
    await sync(config, ['--streams', 'users, projects']);
    expect(await tables()).toEqual(['projects', 'users']);
    for (const stream of STREAMS) expect(await query(`SELECT count(*) AS n FROM ${stream}`)).toHaveLength(1);
    const silent = `SELECT table_name || '.' || column_name AS name FROM duckdb_columns() WHERE comment IS NULL AND list_contains(['${STREAMS.join("','")}'], table_name)`;
    expect(await query(silent)).toEqual([]);
    expect((await sync(config)).stdout).toMatch(/^Nothing has changed/);
    expect(await tables()).toEqual(['projects', 'users']);
    simulator.history.renameProject('PLAYG', 'Playground 2');
    const added = (await sync(config, ['--streams', 'all'])).stdout;
    expect(added).toMatch(/^project PLAYG is now called Playground 2 · for the first time (?:\w+ [\d,]+, )*pull_requests \d/m);
    expect(added).not.toMatch(/ opened| is new| merged/);
    expect(await tables()).toEqual([...STREAMS].sort());
    const wrong = await sync(config, ['--streams', 'user']);
    expect(wrong).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/--streams names user, which is no stream \(did you mean users\?\): choose among projects, /),
    });
    for (const [names, sentence] of [
      ['user,foo', 'names user (did you mean users?) and foo, which are no streams'],
      ['user foo,foo,bar users', 'names user (did you mean users?), foo and bar, which are no streams'],
      ['', 'has an empty name'],
      ['foo,,users,', 'has an empty name, and names foo, which is no stream'],
    ] as const)
      expect((await sync(config, ['--streams', names])).stdout).toContain(`--streams ${sentence}: choose among projects, `);
    expect(statSync(database).mode & 0o777).toBe(0o600);
  });

  it('and files and numbers are not empty, as a variable that is not set leaves them', async () => {
    const config = configFor(await server());
    for (const option of ['--database', '--catalog', '--follow'])
      expect((await sync(config, [option, ''])).stderr).toBe(`${option} is empty: write what it is to be, or leave it out.\n`);
    expect((await run(['sync', '--config', ''])).stderr).toMatch(/^--config is missing: give a JSON file/);
  });

  it('must be ones that there are before there is a file', async () => {
    const config = configFor(await server());
    const catalog = join(folder, 'none.json');
    writeFileSync(catalog, '{"streams":[]}');
    for (const wrong of [
      ['--streams', 'nope'],
      ['--catalog', catalog],
    ])
      expect((await sync(config, wrong)).code).toBe(1);
    expect(readdirSync(folder).filter((name) => name.includes('duckdb'))).toEqual([]);
    await query('SELECT 1');
    expect(await run(['report', '--database', database])).toMatchObject({
      code: 1,
      stderr: `${database} holds nothing of a sync: run sync into it first, or name another file with --database.\n`,
    });
  });

  it.each([[['projects,', 'users']], [['projects', 'users']], [['projects ,', 'users', '--yes']], [['projects,users']]])(
    'may be named with commas, with spaces, or both: %j',
    async (words) => {
      const simulator = await server();
      const { code } = await sync(configFor(simulator), ['--streams', ...words]);
      expect({ code, tables: await tables() }).toEqual({ code: 0, tables: ['projects', 'users'] });
    },
  );

  it('may be given as discover prints them', async () => {
    const config = configFor(await server());
    const discovered = await run(['discover', ...writeFiles(folder, { config })]);
    const { streams } = discovered.messages[0]!.catalog as { streams: { name: string }[] };
    const some = streams.filter(({ name }) => name === 'users');
    for (const catalog of [{ streams: some }, { type: 'CATALOG', catalog: { streams: some } }]) {
      writeFileSync(join(folder, 'catalog.json'), JSON.stringify(catalog));
      expect((await sync(config, ['--catalog', join(folder, 'catalog.json')])).code).toBe(0);
    }
    expect(await tables()).toEqual(['users']);
  });

  it('do not hold one that the account may not read, unless somebody asks for it', async () => {
    const simulator = await server();
    const body =
      '{"errors":[{"message":"You are not permitted","exceptionName":"com.atlassian.bitbucket.AuthorisationException"}]}';
    for (const route of ['users', 'admin-users'] as const) simulator.faults.add({ kind: 'status', status: 401, body, route });
    const { code, stdout } = await sync(configFor(simulator));
    expect(code).toBe(0);
    expect(stdout).toMatch(/WARN {3}users is left out: The stream users needs the global permission/);
    const without = '--streams "projects, repositories, pull_requests,';
    expect(stdout).toMatch(new RegExp(`So that users is left out for good:\\n  ${CALLED} sync .* ${without}`));
    expect((await sync(configFor(simulator))).stdout).toMatch(/^Nothing has changed \(\d+\.\d s\)\.\n$/);
    expect((await sync(configFor(simulator), ['-v'])).stdout).toMatch(/INFO {3}users is left out: /);
    const page = await run(['report', '--database', database, '--output', join(folder, 'page.html')]);
    expect(page.stdout).toMatch(
      /Missing: builds \(not synced\)[^]*--streams "projects, repositories, pull_requests, [^"]*builds"/,
    );
    expect(await tables()).not.toContain('users');
    expect((await sync(configFor(simulator), ['--streams', 'all'])).code).toBe(1);
    simulator.faults.clear();
    expect((await sync(configFor(simulator))).code).toBe(0);
    expect(await tables()).toContain('users');
  });
});

describe('whatever is switched in between, the file equals the server', () => {
  const full = (destination: string) => ({
    streams: catalogOf(STREAMS, 'full_refresh').streams.map((entry) => ({ ...entry, destination_sync_mode: destination })),
  });
  const catalogFile = (catalog: unknown) => {
    const path = join(folder, `catalog-${Math.random()}.json`);
    writeFileSync(path, JSON.stringify(catalog));
    return ['--catalog', path];
  };
  const cut = async (simulator: Simulator, more: readonly string[]) => {
    const [key, slug] = String(simulator.truth.rows('pull_requests').at(-1)!.repository_full_name).split('/');
    simulator.faults.add({ kind: 'status', status: 400, route: 'pull-requests', path: new RegExp(`/${key}/repos/${slug}/`) });
    const outcome = await sync(configFor(simulator), ['-v', ...more]);
    expect(outcome.code).toBe(1);
    expect(outcome.stdout).toMatch(/pull_requests +incomplete/);
    simulator.faults.clear();
  };
  const deleteOne = (simulator: Simulator) => {
    const [row] = simulator.truth.rows('pull_requests').filter(({ state }) => state === 'OPEN');
    simulator.history.deletePullRequest({ repositoryId: Number(row!.repository_id), id: Number(row!.id) });
  };

  it.each(['overwrite', 'append_dedup'])(
    'an interrupted full refresh (%s) between incremental syncs',
    async (destination) => {
      const simulator = await server({ dataset: 'demo', clock: Date.now });
      const refresh = catalogFile(full(destination));
      const incremental = catalogFile(catalogOf());
      await sync(configFor(simulator), incremental);
      deleteOne(simulator);
      await cut(simulator, refresh);
      deleteOne(simulator);
      expect((await sync(configFor(simulator), incremental)).code).toBe(0);
      await expectEqual(simulator);
      await cut(simulator, refresh);
      deleteOne(simulator);
      expect((await sync(configFor(simulator), refresh)).code).toBe(0);
      await expectEqual(simulator);
      deleteOne(simulator);
      expect((await sync(configFor(simulator), incremental)).code).toBe(0);
      await expectEqual(simulator);
    },
    120_000,
  );

  it('rows that were loaded before the first state, or whose state is lost', async () => {
    const simulator = await server({ dataset: 'demo', clock: Date.now });
    await sync(configFor(simulator));
    await query('DELETE FROM _airbyte_state');
    deleteOne(simulator);
    await cut(simulator, []);
    deleteOne(simulator);
    expect((await sync(configFor(simulator))).code).toBe(0);
    await expectEqual(simulator);
    expect(await query("SELECT table_name FROM information_schema.tables WHERE table_name LIKE '%unproven%'")).toEqual([]);
  }, 120_000);
});

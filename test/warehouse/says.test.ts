import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CALLED, catalogOf, configFor, run, start, writeFiles } from '../support/connector';
import { eachHasAFile, folder, database, server, argsFor, sync, query } from './synced-file';

eachHasAFile();

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
    const { stdout: all } = await sync(config, ['-v']);
    expect(all).toMatch(/INFO .*\n[^]*stream +status +records/);
    expect(all).toMatch(/\nNothing has changed \(\d+\.\d s\)\.\n/);
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
    expect(await page()).toMatch(
      /Missing: parts of pull_requests, .*builds \(repository PLAYG\/service could not be read at the last attempt\)\.\n$/,
    );
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
      stdout: `No pull requests were synced into this file.\nTo read pull_requests, repositories, pull_request_activities, pull_request_diffs, pull_request_commits, builds, too:\n  ${CALLED} sync ${everything} "users, pull_requests, repositories, pull_request_activities, pull_request_diffs, pull_request_commits, builds"\n`,
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

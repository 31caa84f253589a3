import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CALLED, configFor, run, writeFiles } from '../support/connector';
import { eachHasAFile, end, folder, database, server, sync, query, alive, expectEqual } from './synced-file';

eachHasAFile();

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
    await end(first);
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

  it('that was read by a catalog is not told of more to read by whoever then chooses less', async () => {
    const config = configFor(await server());
    const catalog = join(folder, 'discovered.json');
    const { stdout: discovered } = await run(['discover', ...writeFiles(folder, { config })]);
    writeFileSync(catalog, discovered);
    await sync(config, ['--catalog', catalog]);
    const { stdout } = await sync(config, ['--streams', 'projects']);
    expect(stdout).toMatch(/^No longer read into this file: repositories, /);
    expect(stdout).not.toContain('There is more to read');
    expect((await sync(config)).stdout).toMatch(/^Nothing has changed in projects/);
  }, 60_000);
});

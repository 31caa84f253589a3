import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CALLED, configFor, run, STREAMS, writeFiles } from '../support/connector';
import { eachHasAFile, folder, database, server, sync, query } from './synced-file';

eachHasAFile();

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

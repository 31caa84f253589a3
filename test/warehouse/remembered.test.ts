import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import type { CommandContext } from '../../src/commands/context';
import { addReport } from '../../src/commands/report';
import type { Simulator, SimulatorOptions } from '../simulator';
import { CALLED, configFor, run, start, type RunOptions } from '../support/connector';
import { eachHasAFile, folder, database, server, argsFor, sync, query } from './synced-file';

/** What a file remembers of its syncs: whatever they do not read any more, or never read to its end, is told until they do. */
eachHasAFile();

/** What `report` tells, and what its page says of what it covers. Without a folder to be called in, it runs in this process: it is asked often. */
async function report(options?: RunOptions, file = database): Promise<{ told: string; coverage: string }> {
  const page = join(folder, 'report.html');
  const args = ['report', '--database', file, '--output', page];
  const said = options === undefined ? await reportHere(args) : await reportBy(args, options);
  const [, coverage = ''] = /<p class="coverage">(.*?)<\/p>/.exec(readFileSync(page, 'utf8')) ?? [];
  return { told: said.split('\n').slice(1).join('\n'), coverage };
}

async function reportHere(args: readonly string[]): Promise<string> {
  const lines: string[] = [];
  const context = {
    environment: () => ({ now: Date.now }),
    terminal: { width: null },
    log: (line: string) => lines.push(line),
  } as unknown as CommandContext;
  const program = new Command(CALLED);
  addReport(program, context);
  await program.parseAsync(args, { from: 'user' });
  return lines.map((line) => `${line}\n`).join('');
}

async function reportBy(args: readonly string[], options: RunOptions): Promise<string> {
  const { stdout, stderr } = await run(args, options);
  expect(stderr).toBe('');
  return stdout;
}

/** When the file says that a stream was last read. */
async function readAt(stream: string): Promise<string> {
  const [row] = await query(
    `SELECT strftime(saved_at AT TIME ZONE 'UTC', '%Y-%m-%d %H:%M UTC') AS at FROM _airbyte_state WHERE stream_name = '${stream}'`,
  );
  return String(row?.at);
}

const LIFE: SimulatorOptions = {
  dataset: { projects: 3, repositoriesPerProject: 2, pullRequestsPerRepository: 4 },
  clock: Date.now,
};

describe('repositories that the configuration leaves out', () => {
  it.each([
    ['all streams', ['--streams', 'all']],
    ['pull requests alone', ['--streams', 'pull_requests']],
  ])(
    'are told by each sync and by report, with how many and since when: %s',
    async (_name, streams) => {
      const simulator = await server(LIFE);
      const [{ key }] = simulator.truth.rows('projects') as [{ key: string }];
      const mine = simulator.truth.rows('repositories').filter(({ project_key }) => project_key === key).length;
      expect((await sync(configFor(simulator), streams)).code).toBe(0);
      expect((await report()).coverage).not.toMatch(/repositories \(not read|leaves? (?:them|it) out/);
      await query('UPDATE _airbyte_state SET saved_at = saved_at - INTERVAL 2 DAY');
      const since = await readAt('pull_requests');
      const narrow = configFor(simulator, { projects: [key] });
      const left = `${6 - mine} of 6 repositories are no longer read (since ${since}): ${join(folder, 'config.json')} leaves them out, by its filters or shards; wider ones bring them back`;
      for (let times = 0; times < 2; times++) {
        const { code, stdout } = await sync(narrow);
        expect([code, stdout]).toEqual([
          0,
          expect.stringMatching(/^Nothing has changed in what is read \(\d+\.\d s\); [^\n]*\.\n$/),
        ]);
        expect(stdout).toContain(`; ${left}.`);
      }
      const verbose = (await sync(narrow, ['-v'])).stdout;
      expect(verbose).toContain(`\nNot read, though in this file: ${6 - mine} of 6 repositories (since ${since}).\n`);
      const { told, coverage } = await report();
      const missing = `${6 - mine} of 6 repositories (not read since ${since}: the configuration leaves them out, and they are shown as last read)`;
      expect(coverage).toContain(`; ${missing}.`.replace('; ', streams.includes('all') ? 'Missing: ' : '; '));
      expect(told).toContain(missing);
      expect((await sync(configFor(simulator))).stdout).not.toContain('no longer read');
      expect((await report()).coverage).not.toContain('not read since');
    },
    90_000,
  );

  it('are also those that moved out of the projects that are read, and another shard’s; one that is gone is none', async () => {
    const simulator = await server(LIFE);
    const [first, second] = simulator.truth.rows('projects') as { key: string }[];
    const ids = simulator.truth
      .rows('repositories')
      .flatMap(({ id, project_key }) => (project_key === first!.key ? [Number(id)] : []));
    ids.push(simulator.history.createRepository(first!.key, { slug: 'moving' }));
    const config = configFor(simulator, { projects: [first!.key] });
    await sync(config);
    simulator.history.moveRepository(ids.at(-1)!, second!.key);
    expect((await sync(config)).stdout).toMatch(
      new RegExp(`; 1 of ${ids.length} repositories is no longer read \\(since [^)]* UTC\\): .* leaves it out, by its`),
    );
    simulator.history.moveRepository(ids.at(-1)!, first!.key);
    expect((await sync(config)).stdout).not.toContain('no longer read');
    const shard = configFor(simulator, { shard_count: 2, shard_index: 0 });
    await sync(configFor(simulator));
    expect((await sync(shard)).stdout).toMatch(/; \d of 7 repositories (?:is|are) no longer read \(since /);
    for (const id of ids) simulator.history.deleteRepository(id);
    await sync(configFor(simulator));
    expect((await report()).coverage).not.toContain('not read since');
  }, 90_000);

  it('are told without a date where an older version left them out, and by a sync that fails, too', async () => {
    const simulator = await server(LIFE);
    const [{ key }] = simulator.truth.rows('projects') as [{ key: string }];
    await sync(configFor(simulator));
    const narrow = configFor(simulator, { projects: [key] });
    await sync(narrow);
    await query('ALTER TABLE _airbyte_sync DROP COLUMN outside');
    const { stdout } = await sync(narrow);
    expect(stdout).toMatch(
      /; 4 of 6 repositories are no longer read: .* leaves them out, by its filters or shards; wider ones bring them back\.\n$/,
    );
    const { coverage } = await report();
    expect(coverage).toContain('4 of 6 repositories (not read any more: the configuration leaves them out');
    simulator.faults.add({ kind: 'status', status: 400, path: new RegExp(`/${key}/repos/frontend/pull-requests`) });
    const failed = await sync(narrow);
    expect([failed.code, failed.stdout]).toEqual([1, expect.stringMatching(/^4 of 6 repositories are no longer read: /m)]);
  }, 90_000);
  it('are not told where nothing is read by repository, and again as before where something is', async () => {
    const simulator = await server(LIFE);
    const [{ key }] = simulator.truth.rows('projects') as [{ key: string }];
    await sync(configFor(simulator), ['--streams', 'all']);
    const narrow = configFor(simulator, { projects: [key], start_date: '2100-01-01' });
    const { stdout } = await sync(narrow, ['--streams', 'users']);
    expect(stdout).toMatch(/^Nothing has changed in users \(\d+\.\d s\); 10 other streams are no longer read\.\n$/m);
    expect((await sync(narrow, ['-v'])).stdout).not.toContain(' of 6 repositories');
    expect((await sync(narrow, ['--streams', 'branches'])).stdout).toMatch(/; 4 of 6 repositories are no longer read \(since /);
    expect((await sync(narrow)).stdout).not.toContain('last updated before');
  }, 90_000);
});

describe('pull requests that start_date leaves out', () => {
  /** A day before which some pull requests of a server were last updated, and which these are. */
  function dayIn(simulator: Simulator): { day: string; old: { repository_id: number; state: string }[] } {
    const rows = simulator.truth.rows('pull_requests') as unknown as {
      repository_id: number;
      state: string;
      updated_date: string;
    }[];
    const dates = rows.map(({ updated_date }) => updated_date.slice(0, 10)).sort();
    const day = dates.find((date, index) => index >= rows.length / 2 && date > dates[0]!)!;
    return { day, old: rows.filter(({ updated_date }) => updated_date < day) };
  }

  it('are told by each sync and by report, with how many of them are open, until an earlier one brings them back', async () => {
    const simulator = await server(LIFE);
    const { day, old } = dayIn(simulator);
    const open = old.filter(({ state }) => state === 'OPEN').length;
    expect(open).toBeGreaterThan(1);
    expect(open).toBeLessThan(old.length);
    await sync(configFor(simulator), ['--streams', 'all']);
    expect((await report()).coverage).toMatch(/Missing: nothing that this page needs\.$/);
    const narrow = configFor(simulator, { start_date: day });
    const count = `${old.length} pull requests last updated before ${day}`;
    for (let times = 0; times < 2; times++) {
      const { code, stdout } = await sync(narrow);
      expect([code, stdout]).toEqual([
        0,
        expect.stringMatching(/^Nothing has changed in what is read \(\d+\.\d s\); [^\n]*\.\n$/),
      ]);
      expect(stdout).toContain(
        `; ${count} (start_date) are no longer read, ${open} of them open: an earlier start_date in ${join(folder, 'config.json')} brings them back.`,
      );
    }
    expect((await sync(narrow, ['-v'])).stdout).toContain(
      `\nNot read, though in this file: ${count} (start_date), ${open} of them open.\n`,
    );
    const { told, coverage } = await report();
    const missing = `Missing: ${count}, ${open} of them open (not read any more: start_date leaves them out, and they are shown as last read).`;
    expect(coverage).toContain(missing);
    expect(told).toBe(`${missing} An earlier start_date in the configuration brings these pull requests back.\n`);
    const failing = simulator.faults.add({ kind: 'status', status: 400, route: 'pull-requests', limitAbove: 10 });
    const failed = await sync(narrow);
    expect([failed.code, failed.stdout]).toEqual([1, expect.stringContaining(`\n${count} (start_date) are no longer read, `)]);
    failing.remove();
    expect((await sync(configFor(simulator))).stdout).not.toContain('no longer read');
    expect((await report()).coverage).toMatch(/Missing: nothing that this page needs\.$/);
  }, 90_000);

  it('are counted in the repositories that are read, and no longer where pull requests are not read at all', async () => {
    const simulator = await server(LIFE);
    const { day, old } = dayIn(simulator);
    const [{ key }] = simulator.truth.rows('projects') as [{ key: string }];
    const ids = simulator.truth.rows('repositories').flatMap(({ id, project_key }) => (project_key === key ? [id] : []));
    const mine = old.filter(({ repository_id }) => ids.includes(repository_id));
    await sync(configFor(simulator));
    const narrow = configFor(simulator, { projects: [key], start_date: `${day}T00:00:00Z` });
    const count = new RegExp(
      `; ${mine.length} pull requests? last updated before ${day} \\(start_date\\) (?:is|are) no longer read`,
    );
    expect((await sync(narrow)).stdout).toMatch(count);
    const { told } = await report();
    expect(told).toMatch(
      / Wider filters or shards in the configuration bring these repositories back, an earlier start_date these pull requests\.\nTo read builds, too:\n/,
    );
    expect((await sync(narrow, ['--streams', 'repositories'])).stdout).not.toContain('pull request');
  }, 90_000);

  it('are none in a file that never had them, nor in one whose syncs an older version wrote, until the next sync', async () => {
    const simulator = await server(LIFE);
    const { day } = dayIn(simulator);
    const narrow = configFor(simulator, { start_date: day });
    expect((await sync(narrow, ['--streams', 'all'])).stdout).not.toContain('start_date');
    expect((await sync(narrow)).stdout).toMatch(/^Nothing has changed \(/);
    expect((await report()).coverage).toMatch(/Missing: nothing that this page needs\.$/);
    await sync(configFor(simulator));
    await sync(narrow);
    await query('ALTER TABLE _airbyte_sync DROP COLUMN start_date');
    expect((await report()).coverage).toMatch(/Missing: nothing that this page needs\.$/);
    expect((await sync(narrow)).stdout).toMatch(/ \(start_date\) are no longer read/);
    expect((await report()).coverage).toContain(`last updated before ${day}`);
  }, 90_000);
});

/** Kills the sync when the connector that it has started asks for activities: none is read. */
async function cutOff(simulator: Simulator, signal: NodeJS.Signals): Promise<void> {
  const { child, ended } = start(argsFor(configFor(simulator)), { env: { TMPDIR: folder } });
  let isCut = false;
  simulator.beforeEach(({ path }) => {
    // Before there is a file, the server is only looked at.
    if (isCut || !existsSync(database) || !path.includes('/activities')) return;
    isCut = true;
    simulator.faults.add({ kind: 'status', status: 500, path: /\/activities/ });
    child.kill(signal);
  });
  await ended;
  expect(isCut).toBe(true);
  simulator.beforeEach();
  simulator.faults.clear();
}

describe('a later reading that was cut off', () => {
  it.each(['SIGINT', 'SIGKILL'] as const)(
    'is no lack for report, but may be behind (%s)',
    async (signal) => {
      const simulator = await server(LIFE);
      await sync(configFor(simulator), ['--streams', 'all']);
      await query('UPDATE _airbyte_state SET saved_at = saved_at - INTERVAL 2 HOUR');
      const since = await readAt('pull_requests');
      const [open] = simulator.truth.rows('pull_requests').filter(({ state }) => state === 'OPEN');
      const reference = { repositoryId: Number(open!.repository_id), id: Number(open!.id) };
      simulator.history.comment(reference, { user: 'carol', text: 'Nice.' });
      await cutOff(simulator, signal);
      await cutOff(simulator, signal);
      const behind = new RegExp(
        `Maybe behind: the last sync failed or was cut off before it had read all of (\\w+, )*pull_request_activities(, \\w+)*\\. What has changed since ${since} may not be here yet; the next sync reads it\\.`,
      );
      const { told, coverage } = await report();
      expect(coverage).toMatch(/ Missing: nothing that this page needs\. Maybe behind: /);
      expect(coverage).toMatch(behind);
      expect(told).toMatch(behind);
      expect(told).not.toContain('Missing');
      await sync(configFor(simulator), ['--streams', 'users']);
      expect((await report()).coverage).toMatch(
        /Missing: .*parts of (\w+, )*pull_request_activities(, \w+)* \(the last sync that read them failed or was cut off\)/,
      );
      await sync(configFor(simulator), ['--streams', 'all']);
      expect((await report()).coverage).toMatch(/Missing: nothing that this page needs\.$/);
    },
    90_000,
  );

  it('is told by the next one', async () => {
    const simulator = await server(LIFE);
    const config = configFor(simulator);
    await sync(config);
    const [open] = simulator.truth.rows('pull_requests').filter(({ state }) => state === 'OPEN');
    const reference = { repositoryId: Number(open!.repository_id), id: Number(open!.id) };
    simulator.history.comment(reference, { user: 'carol', text: 'Nice.' });
    await cutOff(simulator, 'SIGKILL');
    const told = 'A sync before was cut off: what it had loaded by then is in the file, and is not told again.\n';
    await query("UPDATE _airbyte_sync SET untold = '2000-01-01T00:00:00.000Z'");
    expect((await sync(config)).stdout.startsWith(told)).toBe(true);
    expect((await sync(config)).stdout).toMatch(/^Nothing has changed \(\d+\.\d s\)\.\n$/);
    expect((await report()).coverage).not.toMatch(/parts of|behind/);
    // Another one, which had loaded nothing yet.
    await query(`UPDATE _airbyte_sync SET untold = '${new Date().toISOString()}'`);
    expect((await sync(config)).stdout).toMatch(/^Nothing has changed \(\d+\.\d s\)\.\n$/);
  }, 90_000);

  it('tells what had come where it can, as one does that failed', async () => {
    const simulator = await server(LIFE);
    const config = configFor(simulator);
    await sync(config);
    const [open] = simulator.truth.rows('pull_requests').filter(({ state }) => state === 'OPEN');
    simulator.history.edit({ repositoryId: Number(open!.repository_id), id: Number(open!.id) }, { title: 'Another' });
    simulator.faults.add({ kind: 'status', status: 400, path: /\/activities/ });
    const { code, stdout } = await sync(config);
    expect(code).toBe(1);
    expect(stdout).toContain(`Before that: ${String(open!.repository_full_name)} #${String(open!.id)} has another title.\n`);
    simulator.faults.clear();
    expect((await sync(config)).stdout).not.toContain('cut off');
  }, 90_000);
});

describe('a later reading that the server or the login ended as a whole', () => {
  it.each([
    ['a denied login', { status: 401 }],
    ['a 429', { status: 429, retryAfter: 86_400 }],
  ])(
    'is no lack for report, but may be behind: %s',
    async (_name, fault) => {
      const simulator = await server(LIFE);
      await sync(configFor(simulator), ['--streams', 'all']);
      // Not those with which the server is looked at.
      const failing = simulator.faults.add({ kind: 'status', after: 12, ...fault });
      expect((await sync(configFor(simulator))).code).toBe(1);
      const { told, coverage } = await report();
      const behind =
        / Missing: nothing that this page needs\. Maybe behind: the last sync failed or was cut off before it had read all of /;
      expect(coverage).toMatch(behind);
      expect(told).not.toContain('Missing');
      // In the next one a single repository is what cannot be read.
      failing.remove();
      simulator.faults.add({ kind: 'status', status: 403, path: /frontend\/pull-requests/ });
      expect((await sync(configFor(simulator))).code).toBe(1);
      expect((await report()).coverage).toMatch(/ Missing: parts of pull_requests, /);
    },
    90_000,
  );
});

describe('a first reading that was cut off', () => {
  it.each(['SIGINT', 'SIGKILL'] as const)(
    'is told until it has come to its end, whatever else is read (%s)',
    async (signal) => {
      const simulator = await server(LIFE);
      await cutOff(simulator, signal);
      const unfinished =
        /Missing: (?:.*; )?parts of (?:\w+, )*pull_request_activities(?:, \w+)* \(their first reading has not come to its end\)|^No pull requests were synced into this file/;
      // Views are made at the end of a sync.
      const none = await run(['report', '--database', database]);
      expect(none).toMatchObject({
        code: 1,
        stderr: `The first sync of ${database} was not finished, and the next one goes on where it stopped:\n  ${CALLED} sync --config ${join(folder, 'config.json')} --database ${database}\n`,
      });
      const { stdout } = await sync(configFor(simulator), ['--streams', 'users']);
      expect(stdout).toMatch(
        /^No longer read into this file: .*; their tables stay as they are, and lack rows of (?:\w+, )*pull_request_activities/m,
      );
      const [journal] = await query('SELECT complete, partial FROM _airbyte_sync');
      expect(String(journal!.complete).split(' ')).not.toContain('pull_request_activities');
      expect(String(journal!.partial).split(' ')).toContain('pull_request_activities');
      const narrowed = await report();
      expect(narrowed.coverage).toMatch(unfinished);
      expect(narrowed.told).toMatch(unfinished);
      expect(narrowed.told).toMatch(/sync --config \S+ --database \S+ --streams \S*.*pull_request_activities/);
      await sync(configFor(simulator), ['--streams', 'users,projects']);
      expect((await report()).coverage).toMatch(unfinished);
      expect((await sync(configFor(simulator), ['--streams', 'all'])).code).toBe(0);
      expect((await report()).coverage).toMatch(/Missing: nothing that this page needs\.$/);
    },
    90_000,
  );
});

it('what could not be read of a stream is told until a sync has read it, also when it is read no more', async () => {
  const simulator = await server(LIFE);
  const config = configFor(simulator);
  await sync(config, ['--streams', 'all']);
  const fault = simulator.faults.add({ kind: 'status', status: 400, route: 'pull-requests', limitAbove: 10 });
  expect((await sync(config)).code).toBe(1);
  fault.remove();
  await sync(config, ['--streams', 'users,repositories']);
  expect((await report()).coverage).toMatch(
    /Missing: .*parts of pull_requests, .*\(repository \S+ and \d+ more could not be read at the last attempt\)/,
  );
  await sync(config, ['--streams', 'all']);
  expect((await report()).coverage).toMatch(/Missing: nothing that this page needs\.$/);
}, 90_000);

describe('repositories that could not be read', () => {
  const why = (what: string) => `${what} could not be read at the last attempt`;
  const denying = (simulator: Simulator, path: RegExp) => simulator.faults.add({ kind: 'status', status: 403, path });

  it.each([true, false])(
    'are named by report, until they are read, and whatever ends the next sync (fail_on_unreadable: %s)',
    async (fails) => {
      const simulator = await server(LIFE);
      const config = configFor(simulator, { fail_on_unreadable: fails });
      const fault = denying(simulator, /WEB\/repos\/frontend\/pull-requests/);
      await sync(config, ['--streams', 'all']);
      const first = fails ? 'their first reading has not come to its end: ' : '';
      const named = new RegExp(
        `parts of pull_requests, pull_request_activities, pull_request_diffs, builds \\(${first}${why('repository WEB/frontend')}\\)`,
      );
      expect((await report()).coverage).toMatch(named);
      fault.remove();
      const denied = simulator.faults.add({ kind: 'status', status: 401, after: 12 });
      expect((await sync(config)).code).toBe(1);
      denied.remove();
      const { told, coverage } = await report();
      expect(told).toMatch(named);
      if (!fails) expect(coverage).toMatch(/ Maybe behind: /);
      await sync(config);
      expect((await report()).coverage).toMatch(/Missing: nothing that this page needs\.$/);
      denying(simulator, /(?:WEB|PAY)\/repos\/frontend\/pull-requests/);
      await sync(config);
      expect((await report()).coverage).toMatch(
        /parts of pull_requests, .* \(repository (?:WEB|PAY)\/frontend and 1 more could not be read at the last attempt\)/,
      );
    },
    90_000,
  );

  it('are not named where they are of a person, unless people are', async () => {
    const simulator = await server();
    const config = configFor(simulator, { include_personal_projects: true });
    const name = '~jane/service';
    await sync(config, ['--streams', 'all']);
    denying(simulator, /(?:~|%7E)jane\/repos\/service\/pull-requests/);
    expect((await sync(config)).stdout).toContain(`repository ${name} could not be read`);
    expect((await report()).coverage).toContain(`(${why('a personal repository')})`);
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).not.toContain(name);
    await run(['report', '--database', database, '--output', join(folder, 'report.html'), '--by-person']);
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain(why(`repository ${name}`));
  }, 90_000);
});

it('a file whose first sync failed at once says that nothing was read, and of no time at which', async () => {
  const simulator = await server(LIFE);
  const fault = simulator.faults.add({ kind: 'status', status: 400, route: 'pull-requests', limitAbove: 10 });
  expect((await sync(configFor(simulator))).code).toBe(1);
  expect(await query('SELECT count(*)::INTEGER AS n FROM pull_requests')).toEqual([{ n: 0 }]);
  const { told, coverage } = await report();
  expect(coverage).toBe('No pull requests were read into this file yet: no sync has come to that. Run sync into it again.');
  expect(told).toContain(coverage);
  fault.remove();
  expect((await sync(configFor(simulator))).code).toBe(0);
  expect((await report()).coverage).toMatch(/ Read .* UTC; days /);
}, 90_000);

it('a stream that the page does not need is told, too, when it is read no more', async () => {
  const simulator = await server(LIFE);
  const config = configFor(simulator);
  await sync(config, ['--streams', 'all']);
  const needed = 'users,repositories,pull_requests,pull_request_activities,pull_request_diffs,builds';
  await sync(config, ['--streams', `${needed},pull_request_commits,branches,commits,tags`]);
  const since = await readAt('projects');
  const { told, coverage } = await report();
  expect(coverage).toContain(`Missing: nothing that this page needs. No longer read into this file: projects (since ${since}).`);
  expect(told).toMatch(
    new RegExp(`^No longer read into this file: projects \\(since ${since}\\)\\.\nTo read projects, too:\n  .* --streams all\n$`),
  );
}, 60_000);

it('a stream that is denied to the account since it was read is told, too, and how it comes back', async () => {
  const simulator = await server(LIFE);
  const config = configFor(simulator);
  await sync(config, ['--streams', 'users,repositories,pull_requests,pull_request_activities,pull_request_diffs']);
  const since = await readAt('users');
  simulator.faults.add({ kind: 'status', status: 403, path: /users/ });
  expect((await sync(config)).stdout).toContain('users is left out: ');
  const left = `No longer read into this file: users (since ${since}, denied to the account of the last sync).`;
  const { told, coverage } = await report();
  expect(coverage).toContain(left);
  expect(told).toContain(`${left} An account that may read users brings it up to date.\nTo read builds, too:\n`);
  await sync(config, ['--streams', 'repositories,pull_requests,pull_request_activities,pull_request_diffs']);
  expect((await report()).coverage).toContain(`No longer read into this file: users (since ${since}).`);
}, 60_000);

describe('the configuration in a command that is told', () => {
  const command = (told: string) => /^ {2}(.*)$/m.exec(told)?.[1];

  it('is the one of the last sync, named as the database is: from the current folder, or in full', async () => {
    const simulator = await server();
    const options = { cwd: folder, env: { TMPDIR: folder } };
    await sync(configFor(simulator), ['--streams', 'users']);
    mkdirSync(join(folder, 'conf'));
    renameSync(join(folder, 'config.json'), join(folder, 'conf/mine.json'));
    expect((await run(['sync', '--config', 'conf/mine.json'], options)).code).toBe(0);
    const told = async (cwd: string, file: string) => command((await report({ cwd }, file)).told);
    const [name, path] = ['bitbucket.duckdb', join(folder, 'conf/mine.json')];
    expect(await told(folder, name)).toContain('bin/main sync --config conf/mine.json --streams ');
    expect(await told(folder, database)).toContain(`sync --config ${path} --database ${database} `);
    expect(await told(join(folder, 'conf'), `../${name}`)).toContain(`sync --config mine.json --database ../${name} `);
    mkdirSync(join(folder, 'other'));
    expect(await told(join(folder, 'other'), `../${name}`)).toContain(`sync --config ${path} --database ../${name} `);
  }, 60_000);

  it('is a placeholder where the file does not know it, or where it is not there any more, whatever lies beside the database', async () => {
    const simulator = await server();
    await sync(configFor(simulator), ['--streams', 'users']);
    const placeholder =
      /To read pull_requests, repositories, pull_request_activities, pull_request_diffs, pull_request_commits, builds, too\s\(with the configuration of its syncs for YOUR_CONFIG\.json\):\n {2}\S*bin\/main sync --config YOUR_CONFIG\.json --database /;
    renameSync(join(folder, 'config.json'), join(folder, 'other.json'));
    expect((await report()).told).toMatch(placeholder);
    symlinkSync('other.json', join(folder, 'config.json'));
    expect((await report()).told).toContain(`sync --config ${join(folder, 'config.json')} `);
    await query('ALTER TABLE _airbyte_sync DROP COLUMN config');
    expect((await report({ cwd: folder })).told).toMatch(placeholder);
  }, 60_000);
});

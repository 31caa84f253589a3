import './without-views';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { Simulator, type SimulatorOptions } from '../simulator';
import { configFor, run, writeFiles } from '../support/connector';
import { Bench, configured, things } from './fake-connector';

describe('what a sync says has changed', () => {
  let folder: string;
  let simulator: Simulator;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'changes-'))));
  afterEach(async () => {
    await simulator.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function server(options: SimulatorOptions = {}): Promise<Simulator> {
    simulator = await Simulator.start({ clock: Date.now, ...options });
    return simulator;
  }

  /** Syncs, and gives what it says without its progress, rows and seconds. */
  async function told(config: object = {}, more: readonly string[] = []): Promise<string> {
    const files = writeFiles(folder, { config: configFor(simulator, config) });
    const { code, stdout } = await run(['sync', ...files, '--database', join(folder, 'x.duckdb'), ...more], {
      env: { TMPDIR: folder },
    });
    expect(code).toBe(0);
    return stdout
      .replaceAll(/^\d\d:\d\d:\d\d {2}.*\n/gm, '')
      .trimEnd()
      .replace(/ \([^()]* s\)\.$/, '');
  }

  it('is nothing where a wider filter has the same rows read again', async () => {
    await server({ dataset: 'demo' });
    const recently = new Date(Date.now() - 20 * 86_400_000).toISOString();
    await told({}, ['--streams', 'all']);
    for (const narrow of [{ start_date: recently }, { lookback_days: 0 }, { projects: ['WEB'] }]) {
      await told(narrow);
      expect([narrow, await told()]).toEqual([
        narrow,
        expect.stringMatching(/^Nothing has changed(; ([\d,]+ rows were|1 row was) read again)?$/),
      ]);
    }
    await told({ start_date: recently });
    expect(await told()).toMatch(/^Nothing has changed; [\d,]+ rows were read again$/);
    await told({ start_date: recently });
    const [open] = simulator.truth.rows('pull_requests').filter(({ state }) => state === 'OPEN');
    simulator.history.comment(
      { repositoryId: Number(open!.repository_id), id: Number(open!.id) },
      { user: 'carol', text: 'Nice.' },
    );
    const files = writeFiles(folder, { config: configFor(simulator) });
    const { stdout } = await run(['sync', ...files, '--database', join(folder, 'x.duckdb')]);
    expect(stdout).toMatch(/^\S+ #\d+ commented \(\d+ rows?, [\d,]+ read again, \d+\.\d s\)\.$/m);
    // What she wrote comes with her new name, and is no other comment; nor are repositories others that are called otherwise.
    simulator.history.renameUser('carol', { displayName: 'Carol Moe' });
    simulator.history.archiveRepository('WEB/frontend');
    simulator.history.renameRepository('WEB/backend', { slug: 'api', name: 'api' });
    expect(await told({ start_date: recently })).toMatch(/user carol is now called Carol Moe/);
    expect(await told()).toMatch(/^Nothing has changed; [\d,]+ rows were read again$/);
  }, 180_000);

  it('never is that something old has happened now, where a wider filter lets it in', async () => {
    const { history } = await server({ dataset: 'demo' });
    await told({ projects: ['WEB'] }, ['--streams', 'all']);
    const everything = (await told({}, ['-v'])).match(/What has changed:\n([^]*?)\n\n/)?.[1]?.split('\n') ?? [];
    expect(everything.length).toBeGreaterThan(20);
    for (const line of everything) expect(line).toMatch(/ is new here$/);
    expect(everything.some((line) => /^ {2}project \w+ is new here$/.test(line))).toBe(true);
    // What is new in it since then is told as ever.
    const [open] = simulator.truth
      .rows('pull_requests')
      .filter(({ state, repository_full_name: name }) => state === 'OPEN' && !String(name).startsWith('WEB/'));
    const author = (open!.author as { user: { name: string } }).user.name;
    const approver = ['carol', 'dave'].find((name) => name !== author)!;
    history.approve({ repositoryId: Number(open!.repository_id), id: Number(open!.id) }, approver);
    const named = `${String(open!.repository_full_name)} #${String(open!.id)}`;
    expect(await told()).toMatch(new RegExp(`^${named} approved(, has other reviewers)?$`));
    await told({ projects: ['WEB'] });
    const [narrow] = [join(folder, 'narrow.duckdb')];
    const widened = async (config: object, more: readonly string[] = []) => {
      const files = writeFiles(folder, { config: configFor(simulator, config) });
      return (await run(['sync', ...files, '--database', narrow, ...more])).stdout;
    };
    await widened({ projects: ['WEB'] });
    expect(await widened({})).toMatch(/\S+: \d+ pull requests new here|and [\d,]+ more/);
  }, 180_000);

  it('has words for what changes often', async () => {
    const { history } = await server({ dataset: 'empty' });
    for (const name of ['jane', 'joe', 'mary']) history.createUser({ name });
    const repository = history.createRepository(history.createProject({ key: 'MOB' }), { slug: 'site' });
    const [one, two] = [1, 2].map(() => history.createPullRequest(repository, { author: 'jane', reviewers: ['joe'] })) as [
      ReturnType<typeof history.createPullRequest>,
      ReturnType<typeof history.createPullRequest>,
    ];
    history.createBranch(repository, 'develop');
    await told({}, ['--streams', 'all']);
    let comment = 0;
    const events: [string, () => void][] = [
      ['MOB/site is archived', () => history.archiveRepository(repository)],
      ['MOB/site is no longer archived', () => history.unarchiveRepository(repository)],
      ['MOB/site is now called The Site', () => history.editRepository(repository, { name: 'The Site' })],
      [
        'MOB/site is public now, has another description',
        () => history.editRepository(repository, { public: true, description: 'What it is.' }),
      ],
      ['MOB/site may no longer be forked', () => history.editRepository(repository, { forkable: false })],
      ['MOB/site now has the default branch develop', () => history.setDefaultBranch(repository, 'develop')],
      ['project MOB is public now', () => history.editProject('MOB', { public: true })],
      ['project MOB has another description', () => history.editProject('MOB', { description: 'Mobile' })],
      ['MOB/site #1 has another title', () => history.edit(one, { title: 'Better' })],
      ['MOB/site #1 has another description', () => history.edit(one, { description: 'More' })],
      ['MOB/site #1 is a draft now', () => history.setDraft(one, true)],
      ['MOB/site #1 has another target branch', () => history.edit(one, { target: 'develop' })],
      [
        'MOB/site #2 has another title, needs work',
        () => {
          history.edit(two, { title: 'Other' });
          history.needsWork(two, 'joe');
        },
      ],
      ['MOB/site #2 has other reviewers', () => history.selfAddReviewer(two, 'mary')],
      ['MOB/site #1 commented', () => (comment = history.comment(one, { user: 'mary', text: 'Nice' }))],
      ['MOB/site #1 has other comments', () => history.editComment(one, comment, 'Very nice')],
      [
        'MOB/site #1 declined, reopened, approved',
        () => {
          const now = Date.now();
          history.decline(one, { user: 'jane', at: now - 2 });
          history.reopen(one, { user: 'jane', at: now - 1 });
          history.approve(one, 'joe', { at: now });
        },
      ],
      [
        'MOB/site #2 reopened, declined',
        () => {
          const now = Date.now();
          history.decline(two, { user: 'jane', at: now - 2 });
          history.reopen(two, { user: 'jane', at: now - 1 });
          history.decline(two, { user: 'jane', at: now });
        },
      ],
    ];
    for (const [words, happens] of events) {
      happens();
      expect(await told({ recheck_hours: 0 })).toBe(words);
    }
    history.reopen(two, { user: 'jane' });
    await told({}, ['--streams', 'projects,repositories,pull_requests']);
    history.approve(two, 'mary');
    expect(await told()).toMatch(/^MOB\/site #2 has other reviews \(1 row, .*\); 8 other streams are no longer read/);
  }, 240_000);

  it('is told of each thing by itself, whoever takes its name, and in the order in which it happened', async () => {
    const { history } = await server({ dataset: 'empty' });
    for (const name of ['jane', 'joe', 'newbie']) history.createUser({ name });
    history.createProject({ key: 'MOB' });
    const [site, shop] = ['site', 'shop'].map((slug) => history.createRepository('MOB', { slug })) as [number, number];
    history.createPullRequest(shop, { author: 'jane' });
    const request = history.createPullRequest(site, { author: 'jane', reviewers: ['joe', 'newbie'] });
    await told({}, ['--streams', 'all']);
    history.deleteRepository(shop);
    history.createRepository('MOB', { slug: 'shop' });
    const at = Date.now();
    history.approve(request, 'joe', { at: at - 5 });
    history.needsWork(request, 'joe', { at: at - 4 });
    history.unapprove(request, 'joe', { at: at - 3 });
    history.approve(request, 'joe', { at: at - 2 });
    expect(
      (await told({}, ['-v']))
        .match(/What has changed:\n([^]*?)\n\n/)?.[1]
        ?.split('\n')
        .sort(),
    ).toEqual([
      '  MOB/shop is gone (1 pull request)',
      '  MOB/shop is new here',
      '  MOB/site #1 needs work, no longer approved, approved',
    ]);
    history.renameUser('newbie', { name: 'oldie' });
    history.createUser({ name: 'newbie' });
    expect((await told()).split(' · ').sort()).toEqual(['user newbie is new', 'user newbie is now oldie']);
    history.renameRepository(site, { slug: 'web', name: 'web' });
    history.createRepository('MOB', { slug: 'site' });
    history.changeProjectKey('MOB', 'APP');
    history.createProject({ key: 'MOB' });
    expect((await told()).split(' · ').sort()).toEqual(
      [
        'MOB/shop is now APP/shop',
        'MOB/site is now APP/web',
        'APP/site is new here',
        'project MOB is new here',
        'project MOB is now APP',
      ].sort(),
    );
  }, 120_000);

  it('is one of a project that is gone with what was in it', async () => {
    const { history } = await server({ dataset: 'empty' });
    history.createUser({ name: 'jane' });
    history.createProject({ key: 'SHOP' });
    history.createProject({ key: 'SHOPPING' });
    const gone = ['site', 'shop'].map((slug) => history.createRepository('SHOP', { slug }));
    const other = history.createRepository('SHOPPING', { slug: 'cart' });
    history.createPullRequest(gone[0]!, { author: 'jane' });
    history.createRepository('SHOPPING', { slug: 'stays' });
    await told({}, ['--streams', 'all']);
    for (const repository of [...gone, other]) history.deleteRepository(repository);
    history.deleteProject('SHOP');
    expect((await told()).split(' · ').sort()).toEqual(['SHOPPING/cart is gone', 'project SHOP is gone with 2 repositories']);
  }, 60_000);

  it('is none of people where the account may see more of them, or less', async () => {
    const { history, settings } = await server();
    await told({}, ['--streams', 'users']);
    for (const usersListing of ['plain', 'admin'] as const) {
      settings.usersListing = usersListing;
      expect(await told()).toMatch(/^(?:Nothing has changed|\d+ rows changed in \d+\.\d s: users \d+)/);
    }
    history.renameUser('jane', { displayName: 'Jane Roe' });
    expect(await told()).toBe('user jane is now called Jane Roe');
  }, 60_000);

  it('is news since a stream was whole, also after a sync that failed, and is told once', async () => {
    const HOUR = 3_600_000;
    const { history, faults } = await server({ dataset: 'empty', clock: () => Date.now() - 2 * HOUR });
    for (const name of ['jane', 'joe']) history.createUser({ name });
    const [site, shop] = ['site', 'shop'].map((slug) =>
      history.createRepository(history.createProject({ key: slug.toUpperCase() }), { slug }),
    ) as [number, number];
    await told({}, ['--streams', 'all']);
    const instance = await DuckDBInstance.create(join(folder, 'x.duckdb'));
    const connection = await instance.connect();
    await connection.run('UPDATE _airbyte_state SET saved_at = saved_at - INTERVAL 3 HOUR');
    connection.closeSync();
    instance.closeSync();
    const [one, two] = [site, shop].map((repository) => history.createPullRequest(repository, { author: 'jane' })) as [
      ReturnType<typeof history.createPullRequest>,
      ReturnType<typeof history.createPullRequest>,
    ];
    history.comment(one, { user: 'joe', text: 'Nice' });
    const files = writeFiles(folder, { config: configFor(simulator) });
    for (const route of ['pull-requests', 'activities'] as const) {
      faults.add({ kind: 'status', status: 400, route, path: route === 'activities' ? /SITE/ : /SHOP/ });
    }
    const failed = await run(['sync', ...files, '--database', join(folder, 'x.duckdb')]);
    expect(failed.code).toBe(1);
    expect(failed.stdout).toMatch(/: SITE\/site #1 opened · /);
    faults.clear();
    history.comment(two, { user: 'joe', text: 'Well' });
    expect((await told()).split(' · ').sort()).toEqual(['SHOP/shop #1 opened, commented', 'SITE/site #1 commented']);
  }, 60_000);
});

describe('rows that come again with all others', () => {
  let bench: Bench;
  beforeEach(() => (bench = new Bench()));
  afterEach(() => bench.remove());
  const rows = (...ids: number[]) =>
    `for (const id of ${JSON.stringify(ids)}) record('things', { repository_id: 1, id, title: 'x', author: { name: 'a' }, tags: ['b'], updated_date: '2026-01-01T00:00:00.000Z' }, Date.now());
     saved('things', { n: 1 }); status('things', 'COMPLETE');`;

  it('in a full refresh are no change; those that do not are one', async () => {
    const catalog = bench.catalog(configured(things, { sync_mode: 'full_refresh', destination_sync_mode: 'overwrite' }));
    const next = async (...ids: number[]) => {
      bench.printed = '';
      bench.connector(rows(...ids));
      expect(await bench.sync({ catalog, verbose: false })).toBe(0);
      return bench.printed.replaceAll(/\d+\.\d s/g, 'N s');
    };
    await next(1, 2);
    expect(await next(1, 2)).toBe('Nothing has changed; 2 rows were read again (N s).\n');
    expect(await next(1)).toBe('1 row changed in N s: things 1; 1 row was read again.\n');
    expect(await next(1, 3)).toBe('1 row changed in N s: things 1; 1 row was read again.\n');
  });

  it('because a state was lost are no change; those that do not are one', async () => {
    const catalog = bench.catalog(configured(things), configured({ ...things, name: 'others' }));
    const next = async (...ids: number[]) => {
      bench.printed = '';
      bench.connector(`${rows(...ids)} saved('others', {}); status('others', 'COMPLETE');`);
      expect(await bench.sync({ catalog, verbose: false })).toBe(0);
      await bench.rows("DELETE FROM _airbyte_state WHERE stream_name = 'things'");
      return bench.printed.replaceAll(/\d+\.\d s/g, 'N s');
    };
    await next(1, 2);
    expect(await next(1, 2)).toBe('Nothing has changed; 2 rows were read again (N s).\n');
    expect(await next(2, 3)).toBe('2 rows changed in N s: things 2; 1 row was read again.\n');
    expect(await bench.rows('SELECT id FROM things WHERE deleted_at IS NULL ORDER BY id')).toEqual([{ id: '2' }, { id: '3' }]);
  });
});

import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../../src/config';
import { readSpec } from '../../src/source';
import { openInbox } from '../../src/webhooks/open-inbox';
import { DEFAULT_PATH } from '../../src/webhooks/receiver';
import { serve } from '../../src/webhooks/serve';
import { Simulator, type Version } from '../simulator';
import { configFor, lastStates, logsOf, type Message, read, recordsOf, statusesOf, STREAMS } from '../support/connector';
import { postgresPrograms, type PostgresServer, startPostgres } from '../support/postgres';
import { alive, deleted, differences, merge } from '../support/rows';

const SECRET = 'a secret of sixteen or more letters';
const EVENTS = [
  ...['pr:opened', 'pr:modified', 'pr:merged', 'pr:declined', 'pr:deleted', 'pr:reviewer:updated', 'pr:reviewer:approved', 'pr:reviewer:unapproved'],
  ...['pr:reviewer:needs_work', 'pr:comment:added', 'pr:comment:edited', 'pr:comment:deleted', 'pr:from_ref_updated'],
];
const PULL_REQUEST_STREAMS = ['pull_requests', 'pull_request_activities', 'pull_request_diffs'];
const DAY = 24 * 3600_000;

interface WorldOptions {
  readonly rights?: Simulator['webhooks']['rights'];
  /** A folder of its own, or a database. */
  readonly inbox?: string;
  /** Where the webhooks hang. */
  readonly at?: 'project' | 'repository';
  readonly config?: object;
}

/** A server with webhooks, a receiver, and a connection that syncs. */
class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'read-'));
  readonly runs: (readonly Message[])[] = [];
  private stopping = new AbortController();
  private serving: Promise<void> = Promise.resolve();
  private port = 0;

  private constructor(
    readonly simulator: Simulator,
    readonly config: object,
  ) {}

  static async start(version: Version, { rights = 'everywhere', at = 'repository', inbox, config = {} }: WorldOptions = {}): Promise<World> {
    const simulator = await Simulator.start({ version });
    const world = new World(simulator, { ...(inbox !== undefined && { webhook_inbox: inbox }), ...config });
    simulator.webhooks.rights = rights;
    await world.receive();
    const url = `http://127.0.0.1:${world.port}${DEFAULT_PATH}`;
    const repositories = simulator.world.visibleRepositories();
    for (const id of new Set(repositories.map((each) => (at === 'project' ? each.project.id : each.id)))) {
      simulator.webhooks.create({ type: at, id }, { url, secret: SECRET, events: EVENTS });
    }
    return world;
  }

  get settings(): Record<string, unknown> {
    return { webhook_secret: SECRET, webhook_inbox: join(this.folder, 'inbox'), ...this.config };
  }

  async receive(): Promise<void> {
    const config = parseConfig(configFor(this.simulator, this.settings), readSpec().connectionSpecification);
    this.stopping = new AbortController();
    await new Promise<void>((resolve, reject) => {
      const log = (line: string) => {
        this.port = Number(/^listening on http:\/\/127\.0\.0\.1:(\d+)$/.exec(line)?.[1] ?? this.port);
        resolve();
      };
      this.serving = serve({ config, host: '127.0.0.1', port: this.port, path: DEFAULT_PATH, now: Date.now, signal: this.stopping.signal, log });
      this.serving.catch(reject);
    });
  }

  async stopReceiving(): Promise<void> {
    this.stopping.abort();
    await this.serving;
  }

  /** One sync, from the state of the last one, or of an earlier one. @returns its messages, and the requests that were not the inventory's */
  async sync({ from = this.runs.length, keep = true, config = {} } = {}): Promise<{ messages: readonly Message[]; requests: string[] }> {
    await this.simulator.webhooks.settled();
    this.simulator.clearRequests();
    const states = this.runs.slice(0, from).flatMap((messages) => lastStates(messages));
    const state = [...new Map(states.map((each) => [each.stream.stream_descriptor.name, each])).values()];
    const outcome = await read(this.simulator, { config: { ...this.settings, ...config }, ...(state.length > 0 && { state }) });
    expect(outcome.stderr).toBe('');
    if (keep) this.runs.push(outcome.messages);
    const inventory = new Set(['projects', 'repositories', 'project-repositories', 'repository', 'project', 'users', 'admin-users', 'application-properties', 'default-branch', 'branches-default', 'webhooks']);
    return { messages: outcome.messages, requests: this.simulator.requests.map(({ route }) => route).filter((route) => !inventory.has(route)) };
  }

  /** How the warehouse differs from the truth; `properties` may tell a counter of 0 that the list leaves out, dates may be descriptive copies. */
  wrong(): string[] {
    const warehouse = merge(...this.runs);
    const gone = new Set(deleted(warehouse, 'pull_requests').map((row) => `${row.repository_id}/${row.id}`));
    // What hangs below a deleted pull request gets no tombstone: one joins.
    const rows = (stream: string) => alive(warehouse, stream).filter((row) => !gone.has(`${row.repository_id}/${row.pull_request_id}`));
    return PULL_REQUEST_STREAMS.flatMap((stream) =>
      differences(stream, rows(stream), this.simulator.truth.rows(stream as never), ['properties', 'pull_request_updated_date', ...(stream === 'pull_request_diffs' ? ['updated_date'] : [])]),
    );
  }

  async end(): Promise<void> {
    await this.stopReceiving();
    await this.simulator.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const changed = (messages: readonly Message[]) => PULL_REQUEST_STREAMS.flatMap((stream) => recordsOf(messages, stream)).length;

const cases: readonly (readonly [Version, 'SQLite' | 'PostgreSQL'])[] = [
  ['5.16.0', 'SQLite'],
  ['9.4.0', 'SQLite'],
  ['10.4.0', 'SQLite'],
  ...(postgresPrograms() === null ? [] : [['10.4.0', 'PostgreSQL'] as const]),
];

describe.each(cases)('a sync with webhooks on %s, the inbox in %s', (version, store) => {
  let world: World;
  let postgres: PostgresServer | null = null;
  beforeAll(async () => {
    if (store === 'PostgreSQL') postgres = await startPostgres();
    world = await World.start(version, postgres === null ? {} : { inbox: await postgres.database() });
    const first = await world.sync();
    expect(Object.values(statusesOf(first.messages))).toEqual(STREAMS.map(() => 'COMPLETE'));
    expect(world.wrong()).toEqual([]);
  });
  afterAll(async () => {
    await world.end();
    await postgres?.stop();
  });
  const repository = () => world.simulator.world.visibleRepositories().find(({ pullRequests }) => pullRequests.ids('OPEN').length > 0)!;
  const people = () => world.simulator.world.users.filter(({ active, type }) => active && type === 'NORMAL');
  const reference = (id: number) => ({ repositoryId: repository().id, id });

  it('asks for nothing where nothing happened', async () => {
    const { messages, requests } = await world.sync();
    expect(requests).toEqual([]);
    expect(changed(messages)).toBe(0);
  });

  it('reads at most three answers per event, and what it then holds is the truth', async () => {
    const { history } = world.simulator;
    const open = repository().pullRequests.ids('OPEN')[0]!;
    const pullRequest = world.simulator.world.pullRequest(reference(open));
    const [user] = people().filter((each) => each !== pullRequest.author);
    const events: (() => unknown)[] = [
      () => history.comment(reference(open), { user: user!.id, text: 'Late, but right.' }),
      () => history.approve(reference(open), user!.id),
      // Before 7.0, nothing is told of a push.
      ...(version === '5.16.0' ? [] : [() => history.push(reference(open))]),
      () => history.edit(reference(open), { title: 'Another title' }),
      () => history.addTask(reference(open), { user: user!.id }),
      () => history.setReviewers(reference(open), []),
      () => history.createPullRequest(repository().id, { author: user!.id }),
    ];
    for (const event of events) {
      event();
      const { messages, requests } = await world.sync();
      expect(requests.length).toBeGreaterThan(0);
      expect(requests.length).toBeLessThanOrEqual(3);
      expect(requests).not.toContain('pull-requests');
      expect(changed(messages)).toBeGreaterThan(0);
      expect(world.wrong()).toEqual([]);
    }
  });

  it('finds nothing new in the walk that follows', async () => {
    const { messages, requests } = await world.sync({ config: { full_walk_hours: 0 } });
    expect(requests).toContain('pull-requests');
    expect(changed(messages)).toBe(0);
  });

  it('sees what polling cannot: an edited comment, a late comment, a deletion long after', async () => {
    const { history, world: { now } } = { history: world.simulator.history, world: { now: Date.now() } };
    const repositories = world.simulator.world.visibleRepositories();
    const old = repositories.flatMap((each) => each.pullRequests.ids('MERGED').map((id) => ({ each, id }))).find(({ each, id }) => now - each.pullRequests.get(id)!.updatedDate > 30 * DAY);
    expect(old).toBeDefined();
    const late = { repositoryId: old!.each.id, id: old!.id };
    const [user] = people();
    const comment = history.comment(late, { user: user!.id, text: 'Years later' });
    const { messages, requests } = await world.sync();
    expect(requests.length).toBeLessThanOrEqual(3);
    expect(JSON.stringify(recordsOf(messages, 'pull_request_activities'))).toContain('Years later');
    expect(world.wrong()).toEqual([]);
    history.editComment(late, comment, 'Never mind');
    expect(JSON.stringify(recordsOf((await world.sync()).messages, 'pull_request_activities'))).toContain('Never mind');
    expect(world.wrong()).toEqual([]);
    history.deletePullRequest(late);
    await world.sync();
    const gone = deleted(merge(...world.runs), 'pull_requests').map((row) => `${row.repository_id}/${row.id}`);
    expect(gone).toContain(`${late.repositoryId}/${late.id}`);
    const { messages: walked } = await world.sync({ config: { full_walk_hours: 0 } });
    expect(changed(walked)).toBe(0);
  });

  it('repeats what came before a crash, and loses nothing of it', async () => {
    const { history } = world.simulator;
    const open = repository().pullRequests.ids('OPEN')[0]!;
    const [user] = people();
    history.comment(reference(open), { user: user!.id, text: 'Twice' });
    const lost = await world.sync({ keep: false });
    expect(changed(lost.messages)).toBeGreaterThan(0);
    const again = await world.sync();
    expect(changed(again.messages)).toBe(changed(lost.messages));
    expect(world.wrong()).toEqual([]);
    expect((await world.sync()).requests).toEqual([]);
  });

  it('goes on from an old state, though the inbox has forgotten what happened since', async () => {
    const { history } = world.simulator;
    const open = repository().pullRequests.ids('OPEN')[0]!;
    history.comment(reference(open), { user: people()[0]!.id, text: 'Forgotten' });
    const before = world.runs.length;
    await world.sync();
    await world.sync();
    const { messages, requests } = await world.sync({ from: before, keep: false });
    expect(requests).toContain('pull-requests');
    expect(JSON.stringify(recordsOf(messages, 'pull_request_activities'))).toContain('Forgotten');
  });

  it('walks when nobody received, when one receives again, and then no more', async () => {
    await world.stopReceiving();
    world.simulator.history.comment(reference(repository().pullRequests.ids('OPEN')[0]!), { user: people()[0]!.id, text: 'To nobody' });
    await world.simulator.webhooks.settled();
    const alone = await world.sync();
    expect(alone.requests).toContain('pull-requests');
    expect(logsOf(alone.messages, 'INFO').join('\n')).toContain('no receiver lives');
    expect(JSON.stringify(recordsOf(alone.messages, 'pull_request_activities'))).toContain('To nobody');
    await world.receive();
    expect((await world.sync()).requests).toContain('pull-requests');
    // Where the server tells no statistics, or tells of a failure last, the webhook is proven by its next event only.
    for (const { id, pullRequests } of world.simulator.world.visibleRepositories()) {
      const open = pullRequests.ids('OPEN')[0];
      if (open !== undefined) world.simulator.history.comment({ repositoryId: id, id: open }, { user: people()[0]!.id });
    }
    await world.sync();
    expect(world.wrong()).toEqual([]);
    const { requests } = await world.sync();
    expect(requests).not.toContain('activities');
  });
});

it('walks repositories whose webhook nothing proves, and no others', async () => {
  const world = await World.start('9.4.0', { rights: 'nowhere' });
  await world.sync();
  const repositories = world.simulator.world.visibleRepositories().filter(({ project }) => project.owner === undefined);
  const lists = async () => (await world.sync()).requests.filter((route) => route === 'pull-requests').length;
  expect(await lists()).toBeGreaterThan(0);
  const all = await lists();
  const talking = repositories.find(({ pullRequests }) => pullRequests.ids('OPEN').length > 0)!;
  world.simulator.history.edit({ repositoryId: talking.id, id: talking.pullRequests.ids('OPEN')[0]! }, { title: 'I am here' });
  expect(await lists()).toBe(all - 1);
  expect(await lists()).toBe(all - 1);
  expect(world.wrong()).toEqual([]);
  await world.end();
});

describe('events that were never sent', () => {
  let world: World;
  afterEach(() => world.end());
  const repositories = () => world.simulator.world.visibleRepositories().filter(({ project }) => project.owner === undefined);
  const talking = () => repositories().find(({ pullRequests }) => pullRequests.ids('OPEN').length > 0)!;
  const open = () => ({ repositoryId: talking().id, id: talking().pullRequests.ids('OPEN')[0]! });
  const walks = async () => (await world.sync()).requests.filter((route) => route === 'pull-requests').length;
  const skipped = () => world.simulator.webhooks.deliveries.filter(({ status }) => status === 'skipped').length;
  /** So many events one after the other, each on the pull request and told before the next. */
  const edit = async (times: number, title: string) => {
    for (let n = 1; n <= times; n++) {
      world.simulator.history.edit(open(), { title: `${title} ${n}` });
      await world.simulator.webhooks.settled();
    }
  };

  it('are found by the statistics of a repository’s webhook whose breaker is open, and that repository alone is walked', async () => {
    world = await World.start('9.4.0');
    await world.sync();
    await world.sync();
    await world.stopReceiving();
    await edit(6, 'To nobody');
    expect(skipped()).toBe(1);
    await world.receive();
    expect(await walks()).toBe(repositories().length); // nobody knows what was sent meanwhile
    await edit(1, 'Behind the open breaker');
    expect(skipped()).toBe(2);
    expect(await walks()).toBe(1);
    expect(world.wrong()).toEqual([]);
    // As long as it may be open, in every sync; once more when it is closed; then no more.
    expect(await walks()).toBe(1);
    await edit(1, 'Behind it still');
    expect(skipped()).toBe(3);
    const [hook] = world.simulator.webhooks.of({ type: 'repository', id: talking().id });
    hook!.skippedUntil = 0;
    await edit(1, 'Received');
    expect(await walks()).toBe(1);
    expect(world.wrong()).toEqual([]);
    expect(await walks()).toBe(0);
  });

  it('are found where the receiver was there, but could not be reached', async () => {
    world = await World.start('10.4.0', { at: 'project' });
    await world.sync();
    await world.sync();
    expect(await walks()).toBe(0);
    const [hook] = world.simulator.webhooks.of({ type: 'project', id: talking().project.id });
    const { url } = hook!;
    hook!.url = url.replace(/:\d+/, ':1');
    await edit(6, 'Into the void');
    hook!.url = url;
    hook!.skippedUntil = 0;
    await edit(1, 'Received');
    // The server has delivered since: that it failed before is what counts.
    expect(skipped()).toBe(1);
    const project = repositories().filter((each) => each.project === talking().project);
    expect(await walks()).toBe(project.length);
    expect(world.wrong()).toEqual([]);
    expect(await walks()).toBe(0);
  });

  it('are not made up for by an event that came before the webhook was removed', async () => {
    world = await World.start('9.4.0');
    await world.sync(); // and has not looked at webhooks yet
    await edit(1, 'Received');
    const [hook] = world.simulator.webhooks.of({ type: 'repository', id: talking().id });
    world.simulator.webhooks.remove(hook!.id);
    await edit(1, 'Untold');
    expect(await walks()).toBe(1);
    expect(world.wrong()).toEqual([]);
  });

  it('are found where a webhook was removed, and once more where it came back', async () => {
    world = await World.start('9.4.0', { at: 'project' });
    await world.sync();
    await edit(1, 'Received');
    await world.sync();
    expect(await walks()).toBe(0);
    const scope = { type: 'project', id: talking().project.id } as const;
    const [hook] = world.simulator.webhooks.of(scope);
    const project = repositories().filter((each) => each.project === talking().project).length;
    world.simulator.webhooks.remove(hook!.id);
    await edit(1, 'Untold');
    expect(await walks()).toBe(project);
    expect(await walks()).toBe(project);
    expect(world.wrong()).toEqual([]);
    await edit(1, 'Untold again');
    world.simulator.webhooks.create(scope, { url: hook!.url, secret: SECRET, events: EVENTS });
    await edit(1, 'Received');
    expect(await walks()).toBe(project);
    expect(world.wrong()).toEqual([]);
    expect(await walks()).toBe(0);
  });
});

describe('deletions of pull requests that were closed long ago', () => {
  let world: World;
  let repositoryId: number;
  let ids: number[];
  /** A repository of its own: the first stays open, the others were merged long ago. */
  beforeEach(async () => {
    world = await World.start('9.4.0');
    const { history, webhooks, world: { users } } = world.simulator;
    const user = users.find(({ active, type }) => active && type === 'NORMAL')!;
    const { project } = world.simulator.world.visibleRepositories().find((each) => each.project.owner === undefined)!;
    repositoryId = history.createRepository(project.id, { slug: 'quiet', name: 'quiet' });
    const [like] = webhooks.all();
    webhooks.create({ type: 'repository', id: repositoryId }, { url: like!.url, secret: SECRET, events: EVENTS });
    const pullRequests = [100, 99, 98, 97].map((days) => history.createPullRequest(repositoryId, { author: user.id, at: Date.now() - days * DAY }));
    for (const [index, each] of pullRequests.slice(1).entries()) history.merge(each, { at: Date.now() - (80 - index) * DAY, user: user.id });
    history.edit(pullRequests[0]!, { title: 'Still open', at: Date.now() - 30 * DAY });
    ids = pullRequests.map(({ id }) => id);
  });
  afterEach(() => world.end());
  const buried = (messages: readonly Message[]) => recordsOf(messages, 'pull_requests').filter((row) => row.deleted_at != null && row.repository_id === repositoryId).map(({ id }) => id);
  const remove = (id: number) => world.simulator.history.deletePullRequest({ repositoryId, id });

  it('give their tombstones, though nothing is known of any as late', async () => {
    await world.sync();
    await world.sync();
    remove(ids[3]!);
    const { messages, requests } = await world.sync();
    expect(requests).not.toContain('pull-requests');
    expect(buried(messages)).toEqual([ids[3]]);
  });

  it('give none where they came and went between two syncs', async () => {
    await world.sync();
    const { history, world: { users } } = world.simulator;
    const { id } = history.createPullRequest(repositoryId, { author: users.find(({ active }) => active)!.id });
    remove(id);
    expect(buried((await world.sync()).messages)).toEqual([]);
  });

  it('are not lost where the repository must be walked further back', async () => {
    await world.sync({ config: { start_date: new Date(Date.now() - 90 * DAY).toISOString() } });
    remove(ids[3]!);
    expect(buried((await world.sync()).messages)).toEqual([ids[3]]);
  });

  it('are not lost where the repository cannot be read', async () => {
    await world.sync();
    remove(ids[3]!);
    const fault = world.simulator.faults.add({ kind: 'status', status: 400, route: 'pull-request' });
    expect(buried((await world.sync()).messages)).toEqual([]);
    fault.remove();
    expect(buried((await world.sync()).messages)).toEqual([ids[3]]);
    expect(buried((await world.sync()).messages)).toEqual([]);
  });
});

describe('an inbox', () => {
  let world: World;
  afterEach(() => world.end());
  const old = () =>
    world.simulator.world
      .visibleRepositories()
      .filter(({ project }) => project.owner === undefined)
      .flatMap(({ id: repositoryId, pullRequests }) => pullRequests.ids('MERGED').map((id) => ({ repositoryId, id })))
      .filter((each) => Date.now() - world.simulator.world.pullRequest(each).updatedDate > 60 * DAY);
  const comment = async (index: number, text: string) => {
    world.simulator.history.comment(old()[index]!, { user: world.simulator.world.users.find(({ active, type }) => active && type === 'NORMAL')!.id, text });
    await world.simulator.webhooks.settled();
  };
  const seen = (messages: readonly Message[], text: string) => JSON.stringify(recordsOf(messages, 'pull_request_activities')).includes(text);

  it.each([
    ['by a receiver that was started since', true],
    ['by one that did not notice, as when a database falls back to its copy', false],
  ])('that was restored from a backup loses nothing that it was told since, %s', async (_, isRestarted) => {
    world = await World.start('9.4.0');
    await world.sync();
    const folder = join(world.folder, 'inbox');
    await world.stopReceiving();
    cpSync(folder, join(world.folder, 'backup'), { recursive: true });
    await world.receive();
    for (const n of [1, 2, 3, 4, 5]) await comment(1, `Before ${n}`);
    await world.sync();
    await world.stopReceiving();
    rmSync(folder, { recursive: true });
    cpSync(join(world.folder, 'backup'), folder, { recursive: true });
    if (isRestarted) {
      await world.receive();
      for (const n of [1, 2, 3, 4, 5, 6]) await comment(1, `Since ${n}`);
      await comment(0, 'After');
    } else {
      const inbox = await openInbox(folder);
      world.simulator.history.comment(old()[0]!, { user: world.simulator.world.users[0]!.id, text: 'After' });
      const { repositoryId, id: pullRequestId } = old()[0]!;
      await inbox.put([{ requestId: 'after', receivedAt: Date.now(), repositoryId, hint: { repositoryId, pullRequestId } }]);
      await inbox.close();
    }
    const { messages, requests } = await world.sync();
    expect(seen(messages, 'After')).toBe(true);
    expect(requests).toContain('pull-requests');
    if (isRestarted) return;
    expect(logsOf(messages, 'INFO').join('\n')).toContain('gone back behind the state');
    await world.receive();
  });

  it('keeps for each of two connections with the same configuration what it has not read, from its first sync on', async () => {
    world = await World.start('9.4.0');
    await world.sync();
    await world.sync();
    const other = (await world.sync({ from: 0, keep: false })).messages;
    await comment(0, 'For both');
    expect(seen((await world.sync()).messages, 'For both')).toBe(true);
    await world.sync();
    world.runs.splice(0, Infinity, other);
    expect(seen((await world.sync()).messages, 'For both')).toBe(true);
  });
});

const missing = (what: string) => JSON.stringify({ errors: [{ context: null, message: 'It does not exist.', exceptionName: `com.atlassian.bitbucket.${what}Exception` }] });

it.each([
  ['is refused', { status: 400 }],
  ['says that the repository is gone, which lives', { status: 404, body: missing('repository.NoSuchRepository') }],
  ['says that the pull request is gone, which lives', { status: 404, body: missing('pull.NoSuchPullRequest') }],
])('owes what %s, and reads it next time', async (_, answer) => {
  const world = await World.start('10.4.0');
  await world.sync();
  const repository = world.simulator.world.visibleRepositories().find(({ pullRequests }) => pullRequests.ids('OPEN').length > 0)!;
  const pullRequest = { repositoryId: repository.id, id: repository.pullRequests.ids('OPEN')[0]! };
  const user = world.simulator.world.users.find((each) => each.active && each !== world.simulator.world.pullRequest(pullRequest).author)!;
  world.simulator.history.comment(pullRequest, { user: user.id, text: 'Unreadable at first' });
  const fault = world.simulator.faults.add({ kind: 'status', ...answer, route: 'activities' });
  const failed = await world.sync();
  expect(statusesOf(failed.messages)).toMatchObject({ pull_request_activities: 'INCOMPLETE' });
  expect(deleted(merge(...world.runs), 'pull_requests')).toEqual([]);
  fault.remove();
  const healed = await world.sync();
  expect(statusesOf(healed.messages)).toMatchObject({ pull_request_activities: 'COMPLETE' });
  expect(world.wrong()).toEqual([]);
  await world.end();
});

it('reads everything as if there were no webhooks where the inbox cannot be opened', async () => {
  const world = await World.start('9.4.0');
  const { messages } = await world.sync({ config: { webhook_inbox: 'postgres://nobody:127.0.0.1@127.0.0.1:1/none' } });
  expect(Object.values(statusesOf(messages))).toEqual(STREAMS.map(() => 'COMPLETE'));
  expect(logsOf(messages, 'WARN').join('\n')).toMatch(/The webhook inbox cannot be read.*\*\*\*\*/);
  expect(JSON.stringify(messages)).not.toContain('127.0.0.1:1'); // where the driver's error repeats what is also the password
  expect(world.wrong()).toEqual([]);
  await world.end();
});

import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openInbox } from '../../src/webhooks/inbox/open-inbox';
import { logsOf, type Message, recordsOf } from '../support/connector';
import { DAY, EVENTS, SECRET, World } from './world';

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
    await world.prove();
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
    await world.prove();
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
    await world.prove();
    await edit(1, 'Received');
    const [hook] = world.simulator.webhooks.of({ type: 'repository', id: talking().id });
    world.simulator.webhooks.remove(hook!.id);
    await edit(1, 'Untold');
    expect(await walks()).toBe(1);
    expect(world.wrong()).toEqual([]);
  });

  it('are found where a webhook was removed, and once more where it came back', async () => {
    world = await World.start('9.4.0', { at: 'project' });
    await world.prove();
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
    // It is another one: its first event lets it be seen, the next one proves it.
    await edit(1, 'Received');
    expect(await walks()).toBe(project);
    await edit(1, 'Received again');
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
    const {
      history,
      webhooks,
      world: { users },
    } = world.simulator;
    const user = users.find(({ active, type }) => active && type === 'NORMAL')!;
    const { project } = world.simulator.world.visibleRepositories().find((each) => each.project.owner === undefined)!;
    repositoryId = history.createRepository(project.id, { slug: 'quiet', name: 'quiet' });
    const [like] = webhooks.all();
    webhooks.create({ type: 'repository', id: repositoryId }, { url: like!.url, secret: SECRET, events: EVENTS });
    const pullRequests = [100, 99, 98, 97].map((days) =>
      history.createPullRequest(repositoryId, { author: user.id, at: Date.now() - days * DAY }),
    );
    for (const [index, each] of pullRequests.slice(1).entries())
      history.merge(each, { at: Date.now() - (80 - index) * DAY, user: user.id });
    history.edit(pullRequests[0]!, { title: 'Still open', at: Date.now() - 30 * DAY });
    ids = pullRequests.map(({ id }) => id);
  });
  afterEach(() => world.end());
  const buried = (messages: readonly Message[]) =>
    recordsOf(messages, 'pull_requests')
      .filter((row) => row.deleted_at != null && row.repository_id === repositoryId)
      .map(({ id }) => id);
  const remove = (id: number) => world.simulator.history.deletePullRequest({ repositoryId, id });

  it('give their tombstones, though nothing is known of any as late', async () => {
    await world.prove();
    remove(ids[3]!);
    const { messages, requests } = await world.sync();
    expect(requests).not.toContain('pull-requests');
    expect(buried(messages)).toEqual([ids[3]]);
  });

  it('give none where they came and went between two syncs', async () => {
    await world.sync();
    const {
      history,
      world: { users },
    } = world.simulator;
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
    world.simulator.history.comment(old()[index]!, {
      user: world.simulator.world.users.find(({ active, type }) => active && type === 'NORMAL')!.id,
      text,
    });
    await world.simulator.webhooks.settled();
  };
  const seen = (messages: readonly Message[], text: string) =>
    JSON.stringify(recordsOf(messages, 'pull_request_activities')).includes(text);

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
      const inbox = await openInbox(folder, { now: Date.now });
      world.simulator.history.comment(old()[0]!, { user: world.simulator.world.users[0]!.id, text: 'After' });
      const { repositoryId, id: pullRequestId } = old()[0]!;
      await inbox.put([{ requestId: 'after', hint: { repositoryId, pullRequestId, refs: false }, signed: null }]);
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

import type { Version } from '../simulator';
import { logsOf, type Message, recordsOf, statusesOf } from '../support/connector';
import { postgresPrograms, type PostgresServer, startPostgres } from '../support/postgres';
import { deleted, merge } from '../support/rows';
import { DAY, PULL_REQUEST_STREAMS, TOLD_STREAMS, World } from './world';

const changed = (messages: readonly Message[]) => PULL_REQUEST_STREAMS.flatMap((stream) => recordsOf(messages, stream)).length;

const cases: readonly (readonly [Version, 'SQLite' | 'PostgreSQL'])[] = [
  ['7.21.0', 'SQLite'],
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
    expect(Object.values(statusesOf(first.messages))).toEqual(TOLD_STREAMS.map(() => 'COMPLETE'));
    expect(world.wrong()).toEqual([]);
    await world.prove();
  });
  afterAll(async () => {
    await world.end();
    await postgres?.stop();
  });
  const repository = () =>
    world.simulator.world.visibleRepositories().find(({ pullRequests }) => pullRequests.ids('OPEN').length > 0)!;
  const people = () => world.simulator.world.users.filter(({ active, type }) => active && type === 'NORMAL');
  const reference = (id: number) => ({ repositoryId: repository().id, id });

  it('asks for nothing where nothing happened', async () => {
    const { messages, requests } = await world.sync();
    expect(requests).toEqual([]);
    expect(changed(messages)).toBe(0);
  });

  it('reads at most four answers per event of a pull request, and what it then holds is the truth', async () => {
    const { history } = world.simulator;
    const open = repository().pullRequests.ids('OPEN')[0]!;
    const pullRequest = world.simulator.world.pullRequest(reference(open));
    const [user] = people().filter((each) => each !== pullRequest.author);
    const events: (() => unknown)[] = [
      () => history.comment(reference(open), { user: user!.id, text: 'Late, but right.' }),
      () => history.approve(reference(open), user!.id),
      () => history.edit(reference(open), { title: 'Another title' }),
      () => history.addTask(reference(open), { user: user!.id }),
      () => history.setReviewers(reference(open), []),
    ];
    for (const event of events) {
      event();
      const { messages, requests } = await world.sync();
      expect(requests.length).toBeGreaterThan(0);
      // The pull request, its activities, its diff and its commits.
      expect(requests.length).toBeLessThanOrEqual(4);
      expect(requests).not.toContain('pull-requests');
      expect(changed(messages)).toBeGreaterThan(0);
      expect(world.wrong()).toEqual([]);
    }
    // One that is new comes with a push, after which the lists of its repository are read, too.
    history.createPullRequest(repository().id, { author: user!.id });
    const { requests } = await world.sync();
    expect(requests.sort()).toEqual(
      ['activities', 'branches', 'diff', 'pull-request', 'pull-request-commits', 'pull-requests', 'tags'].sort(),
    );
    expect(world.wrong()).toEqual([]);
  });

  it('lists the refs of a repository in which something was pushed, and of no other', async () => {
    const { history } = world.simulator;
    const { id } = repository();
    const [commit] = history.pushCommits(id, { branch: 'pushed', commits: 1 });
    const { messages, requests } = await world.sync();
    expect(requests.filter((route) => ['branches', 'tags', 'commits'].includes(route)).sort()).toEqual(['branches', 'tags']);
    expect(recordsOf(messages, 'branches')).toMatchObject([{ repository_id: id, name: 'pushed', commit_id: commit }]);
    history.deleteBranch(id, 'pushed');
    const gone = await world.sync();
    expect(recordsOf(gone.messages, 'branches')).toMatchObject([{ id: 'refs/heads/pushed', deleted_at: expect.any(String) }]);
    expect((await world.sync()).requests).toEqual([]);
  });

  it('finds nothing new in the walk that follows', async () => {
    const { messages, requests } = await world.sync({ config: { full_walk_hours: 0 } });
    expect(requests).toContain('pull-requests');
    expect(changed(messages)).toBe(0);
  });

  it('sees what polling cannot: an edited comment, a late comment, a deletion long after', async () => {
    const {
      history,
      world: { now },
    } = { history: world.simulator.history, world: { now: Date.now() } };
    const repositories = world.simulator.world.visibleRepositories();
    const old = repositories
      .flatMap((each) => each.pullRequests.ids('MERGED').map((id) => ({ each, id })))
      .find(({ each, id }) => now - each.pullRequests.get(id)!.updatedDate > 30 * DAY);
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
    world.simulator.history.comment(reference(repository().pullRequests.ids('OPEN')[0]!), {
      user: people()[0]!.id,
      text: 'To nobody',
    });
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

const missing = (what: string) =>
  JSON.stringify({
    errors: [{ context: null, message: 'It does not exist.', exceptionName: `com.atlassian.bitbucket.${what}Exception` }],
  });

it.each([
  ['is refused', { status: 400 }],
  ['says that the repository is gone, which lives', { status: 404, body: missing('repository.NoSuchRepository') }],
  ['says that the pull request is gone, which lives', { status: 404, body: missing('pull.NoSuchPullRequest') }],
])('owes what %s, and reads it next time', async (_, answer) => {
  const world = await World.start('10.4.0');
  await world.sync();
  const repository = world.simulator.world.visibleRepositories().find(({ pullRequests }) => pullRequests.ids('OPEN').length > 0)!;
  const pullRequest = { repositoryId: repository.id, id: repository.pullRequests.ids('OPEN')[0]! };
  const user = world.simulator.world.users.find(
    (each) => each.active && each !== world.simulator.world.pullRequest(pullRequest).author,
  )!;
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
  expect(Object.values(statusesOf(messages))).toEqual(TOLD_STREAMS.map(() => 'COMPLETE'));
  expect(logsOf(messages, 'WARN').join('\n')).toMatch(/The webhook inbox cannot be read.*\*\*\*\*/);
  expect(JSON.stringify(messages)).not.toContain('127.0.0.1:1'); // where the driver's error repeats what is also the password
  expect(world.wrong()).toEqual([]);
  await world.end();
});

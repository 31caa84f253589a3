import { parseConfig } from '../../src/config/config';
import { connect } from '../../src/connection/connect';
import { readSpec } from '../../src/config/spec';
import { ensureHooks } from '../../src/webhooks/hooks/ensure';
import { openInbox } from '../../src/webhooks/inbox/open-inbox';
import type { Version } from '../simulator';
import { configFor, logsOf } from '../support/connector';
import { EVENTS, SECRET, World, type WorldOptions } from './world';

const SIX = ['pr:opened', 'pr:modified', 'pr:reviewer:approved', 'pr:reviewer:unapproved', 'pr:declined', 'pr:merged'];

describe('the list of a repository', () => {
  let world: World;
  afterEach(() => world.end());
  const start = async (version: Version, options: WorldOptions = {}) => {
    world = await World.start(version, options);
  };
  const hooks = () => world.simulator.webhooks.all();
  /** How many lists the next sync reads, and what it says of the proofs. */
  const next = async () => {
    const { requests, messages } = await world.sync();
    const said = [...logsOf(messages, 'INFO'), ...logsOf(messages, 'WARN')].filter((line) => /webhook/i.test(line)).join('\n');
    return { lists: requests.filter((route) => route === 'pull-requests').length, said };
  };
  const all = () => world.repositories().length;
  const ensure = async () => {
    const config = parseConfig(configFor(world.simulator, world.settings), readSpec().connectionSpecification);
    const environment = {
      now: Date.now,
      random: Math.random,
      extraCaCertificates: undefined,
      signal: new AbortController().signal,
    };
    const silent = { onRequest: () => undefined, onRetry: () => undefined, onRateLimited: () => undefined };
    const inbox = await openInbox(String(world.settings.webhook_inbox), { now: Date.now });
    const how = { url: world.url, replaced: [], apply: true, renewSecret: false, log: () => undefined };
    await ensureHooks({ config, bitbucket: connect(config, environment, silent), inbox, ...how });
    await inbox.close();
  };

  it.each([
    ['the six that most set-ups have', SIX],
    ['all but pushes', EVENTS.filter((event) => event !== 'repo:refs_changed')],
    ['all but comments', EVENTS.filter((event) => !event.startsWith('pr:comment:'))],
    ['all but deletions', EVENTS.filter((event) => event !== 'pr:deleted')],
  ])('is read in each sync where the webhook sends %s', async (_, events) => {
    await start('9.4.0', { at: 'project' });
    for (const hook of hooks()) hook.events = events;
    await world.prove();
    const missing = EVENTS.filter((event) => !events.includes(event));
    expect(await next()).toEqual({ lists: all(), said: expect.stringContaining(`without ${missing.join(', ')}`) });
  });

  it('is left out where the project’s webhook and its own send everything together, each of them', async () => {
    await start('9.4.0', { at: 'project' });
    const [some, rest] = [EVENTS.slice(0, 7), EVENTS.slice(7)];
    for (const hook of hooks()) hook.events = rest;
    for (const { id } of world.repositories())
      world.simulator.webhooks.create({ type: 'repository', id }, { url: world.url, secret: SECRET, events: some });
    await world.prove();
    expect((await next()).lists).toBe(all()); // those of the repositories have delivered nothing yet
    for (const repository of world.repositories()) {
      const { id, project } = repository;
      world.simulator.webhooks.tell(repository, 'pr:opened', {
        eventKey: 'pr:opened',
        repository: { id, project: { id: project.id } },
      });
    }
    await world.sync();
    expect(await next()).toEqual({
      lists: 0,
      said: expect.stringMatching(/proven by the server's statistics: webhook \d+ of project \S+ and webhook/),
    });
  });

  it.each([
    ['sends elsewhere, to the same path', (url: string) => url.replace('127.0.0.1', 'localhost')],
    ['sends to another path', (url: string) => `${url}/more`],
    ['sends to the same with a query', (url: string) => `${url}?for=test`],
  ])('is read in each sync where only a webhook that %s is there', async (_, change) => {
    await start('9.4.0', { at: 'project' });
    for (const hook of hooks()) hook.url = change(hook.url);
    await world.prove();
    expect(await next()).toEqual({
      lists: all(),
      said: expect.stringContaining('there is no webhook that sends to http://127.0.0.1'),
    });
  });

  it('is read until the webhook has delivered something since it was first seen, and again when it is edited', async () => {
    await start('9.4.0', { at: 'project' });
    await world.tellAll(); // before anybody has seen it
    await world.sync();
    for (let n = 0; n < 2; n++)
      expect(await next()).toEqual({
        lists: all(),
        said: expect.stringContaining('has delivered nothing since it was first seen'),
      });
    await world.tellAll();
    expect((await next()).lists).toBe(all());
    expect((await next()).lists).toBe(0);
    for (const hook of hooks()) hook.updatedDate += 1; // it was something else in between, and is what it was
    expect((await next()).lists).toBe(all());
    await world.tellAll();
    await world.sync();
    expect((await next()).lists).toBe(0);
  });

  it('is read in each sync before 7.0, whatever the webhook sends; what events name comes at once', async () => {
    await start('5.16.0', { at: 'repository' });
    await world.prove();
    expect(await next()).toEqual({ lists: all(), said: expect.stringContaining('before Bitbucket 7.0') });
  });

  it('is read in each sync where nobody says which webhooks are ours, and a warning says so', async () => {
    await start('9.4.0', { at: 'project', config: { webhook_url: null } });
    await world.prove();
    const { lists, said } = await next();
    expect(lists).toBe(all());
    expect(said).toMatch(/it is not known where our webhooks send to[^]*write webhook_url, such as/);
  });

  it('is left out for an account that may not look, once `ensure` has recorded the webhook and a signed event came', async () => {
    await start('9.4.0', { at: 'project', config: { webhook_url: null } });
    await ensure();
    world.simulator.webhooks.rights = 'nowhere';
    for (let n = 0; n < 2; n++) await world.sync();
    expect(await next()).toEqual({ lists: all(), said: expect.stringContaining('has delivered nothing since') });
    await world.tellAll();
    expect((await next()).lists).toBe(all());
    world.simulator.clearRequests();
    expect(await next()).toEqual({ lists: 0, said: expect.stringContaining('proven by a signed event') });
    // Nothing is asked about webhooks where it is known that nothing is told.
    expect(world.simulator.requests.filter(({ route }) => route === 'webhooks')).toEqual([]);
    // Whoever could not deliver may have been paused by the server, until an event comes.
    await world.stopReceiving();
    await world.receive();
    for (let n = 0; n < 2; n++) expect((await next()).lists).toBe(all());
    await world.tellAll();
    await world.sync();
    expect((await next()).lists).toBe(0);
  });

  it('is read in each sync for an account that may not look, where nobody has recorded anything', async () => {
    await start('9.4.0', { at: 'project', rights: 'nowhere' });
    await world.prove();
    expect(await next()).toEqual({ lists: all(), said: expect.stringContaining('`webhooks ensure` has recorded none') });
  });

  it('is left out by a signed event where the server tells no statistics', async () => {
    await start('9.4.0', { at: 'project' });
    world.simulator.webhooks.tellsStatistics = false;
    await world.prove();
    await world.tellAll();
    await world.sync();
    expect(await next()).toEqual({ lists: 0, said: expect.stringContaining('proven by a signed event') });
  });

  it('is read once after a push, however many there were, and the pull requests show the new target', async () => {
    await start('10.4.0', { at: 'project' });
    await world.prove();
    const repository = world.repositories().find(({ pullRequests }) => pullRequests.ids('OPEN').length > 0)!;
    for (let n = 0; n < 3; n++) world.simulator.history.moveTarget(repository.id);
    expect((await next()).lists).toBe(1);
    // What only a moved target changes in a diff comes within recheck_hours.
    expect(world.wrong().filter((line) => !/^pull_request_diffs \S+ target_commit is/.test(line))).toEqual([]);
    expect((await next()).lists).toBe(0);
  });
});

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Simulator, type Version } from '../simulator';
import { configFor } from '../support/connector';
import { parseConfig } from '../../src/config/config';
import { connect } from '../../src/connection/connect';
import { readSpec } from '../../src/config/spec';
import { ensureHooks } from '../../src/webhooks/hooks/ensure';
import { listHooks } from '../../src/webhooks/hooks/list';
import { removeHooks } from '../../src/webhooks/hooks/remove';
import { openInbox } from '../../src/webhooks/inbox/open-inbox';
import type { Inbox } from '../../src/webhooks/inbox/inbox';

const URL_OF_RECEIVER = 'https://hooks.example.com/webhooks/bitbucket_data_center';
const HOOK_NAME = 'source-bitbucket-data-center';
const SECRET = 'a secret of sixteen or more letters';

interface Outcome {
  readonly succeeded: boolean;
  readonly lines: readonly string[];
}

interface Options {
  readonly apply?: boolean;
  readonly renewSecret?: boolean;
  readonly config?: object;
  readonly url?: string | null;
  readonly replaced?: readonly string[];
  readonly inbox?: Inbox | null;
}

async function run(
  work: typeof ensureHooks,
  simulator: Simulator,
  {
    apply = false,
    renewSecret = false,
    config: overrides = {},
    url = URL_OF_RECEIVER,
    replaced = [],
    inbox = null,
  }: Options = {},
): Promise<Outcome> {
  const config = parseConfig(configFor(simulator, { webhook_secret: SECRET, ...overrides }), readSpec().connectionSpecification);
  const environment = {
    now: Date.now,
    random: Math.random,
    extraCaCertificates: undefined,
    signal: new AbortController().signal,
  };
  const bitbucket = connect(config, environment, {
    onRequest: () => undefined,
    onRetry: () => undefined,
    onRateLimited: () => undefined,
  });
  const lines: string[] = [];
  const succeeded = await work({
    ...{ config, bitbucket, inbox, url: url ?? undefined, replaced, apply, renewSecret },
    log: (line) => lines.push(line),
  });
  return { succeeded, lines };
}

const changes = (simulator: Simulator) => simulator.requests.filter(({ method }) => method !== 'GET').length;

describe.each<[Version, 'project' | 'repository']>([
  ['5.16.0', 'repository'],
  ['7.21.0', 'repository'],
  ['8.19.0', 'project'],
  ['9.4.0', 'project'],
  ['10.4.0', 'project'],
])('webhooks on %s', (version, level) => {
  let simulator: Simulator;
  beforeEach(async () => {
    simulator = await Simulator.start({ version });
  });
  afterEach(() => simulator.stop());

  it(`are created at each ${level}, and only when asked to`, async () => {
    const dry = await run(ensureHooks, simulator);
    const planned = dry.lines.filter((line) => line.startsWith('would')).length;
    expect(planned).toBeGreaterThan(0);
    expect(changes(simulator)).toBe(0);
    expect((await run(ensureHooks, simulator, { apply: true })).succeeded).toBe(true);
    const hooks = simulator.webhooks.all();
    expect(hooks.length).toBe(planned);
    const { world } = simulator;
    const normal = world.visibleRepositories().filter(({ project }) => project.owner === undefined);
    expect(hooks.length).toBe(level === 'repository' ? normal.length : new Set(normal.map(({ project }) => project.id)).size);
    for (const hook of hooks) {
      expect(hook).toMatchObject({ url: URL_OF_RECEIVER, secret: SECRET, active: true, scope: { type: level } });
      expect(hook.events).toEqual(expect.arrayContaining(['pr:comment:edited', 'repo:refs_changed']));
      expect(hook.events.includes('pr:from_ref_updated')).toBe(version !== '5.16.0');
    }
  });

  it('are listed, and what it came to speaks of no changes', async () => {
    const { lines } = await run(listHooks, simulator);
    expect(lines.at(-1)).toMatch(/^\d+ places looked at\.$/);
  });

  it('are left alone by a second run', async () => {
    await run(ensureHooks, simulator, { apply: true });
    simulator.clearRequests();
    expect((await run(ensureHooks, simulator, { apply: true })).lines.join('\n')).toContain(', no changes.');
    expect(changes(simulator)).toBe(0);
  });

  it('are repaired: switched off, moved where that is said, without an event, doubled', async () => {
    await run(ensureHooks, simulator, { apply: true });
    const [hook] = simulator.webhooks.all();
    Object.assign(hook!, { active: false, url: 'https://elsewhere.example.com/', events: ['pr:opened', 'repo:forked'] });
    simulator.webhooks.create(hook!.scope, { url: URL_OF_RECEIVER });
    const { lines, succeeded } = await run(ensureHooks, simulator, { apply: true, replaced: ['https://elsewhere.example.com/'] });
    expect(succeeded).toBe(true);
    expect(lines.filter((line) => line.startsWith('done'))).toHaveLength(2);
    expect(lines.join('\n')).toMatch(/repair .*another URL; switched off; without .*pr:modified/);
    expect(simulator.webhooks.of(hook!.scope)).toEqual([
      expect.objectContaining({ id: hook!.id, active: true, url: URL_OF_RECEIVER }),
    ]);
    expect(hook!.events).toEqual(expect.arrayContaining(['repo:forked', 'pr:merged']));
  });

  it('that somebody made by hand for us get our secret; those of others are not touched', async () => {
    const place = level === 'project' ? simulator.world.visibleProjects()[0]! : simulator.world.visibleRepositories()[0]!;
    const scope = { type: level, id: place.id };
    const byHand = simulator.webhooks.create(scope, { url: `${URL_OF_RECEIVER}/`, secret: 'another' });
    const foreign = simulator.webhooks.create(scope, { url: 'https://ci.example.com/', secret: 'theirs' });
    await run(ensureHooks, simulator, { apply: true });
    expect(byHand).toMatchObject({ secret: SECRET, name: 'source-bitbucket-data-center' });
    expect(foreign.secret).toBe('theirs');
    expect((await run(listHooks, simulator)).lines.join('\n')).toMatch(/\(ours\)[^]*\(not ours\)/);
    // Whoever lists them without the secret is told of no fault that nobody can know.
    const unknown = { config: { webhook_secret: null } };
    expect((await run(listHooks, simulator, unknown)).lines.join('\n')).not.toMatch(/another secret/);
    await run(removeHooks, simulator);
    expect(simulator.webhooks.all().length).toBeGreaterThan(1);
    await run(removeHooks, simulator, { apply: true });
    expect(simulator.webhooks.all()).toEqual([foreign]);
  });

  it('get a new secret when they are told to', async () => {
    await run(ensureHooks, simulator, { apply: true });
    await run(ensureHooks, simulator, { apply: true, renewSecret: true, config: { webhook_secret: 'the new one' } });
    for (const { secret } of simulator.webhooks.all()) expect(secret).toBe('the new one');
  });

  it('are told in pages of one', async () => {
    simulator.settings.caps.projects = 1;
    const { world, webhooks } = simulator;
    const scope = { type: level, id: (level === 'project' ? world.visibleProjects()[0]! : world.visibleRepositories()[0]!).id };
    for (let n = 0; n < 3; n++) webhooks.create(scope, { url: `https://ci.example.com/${n}` });
    const ours = webhooks.create(scope, { url: URL_OF_RECEIVER, secret: SECRET, name: 'source-bitbucket-data-center' });
    await run(ensureHooks, simulator, { apply: true });
    expect(webhooks.of(scope)).toHaveLength(4);
    expect(ours.events).toContain('pr:deleted');
  });
});

it('hang at repositories where the filters name some, or the account administers only these', async () => {
  const simulator = await Simulator.start();
  const repository = simulator.world.visibleRepositories()[0]!;
  await run(ensureHooks, simulator, { apply: true, config: { repositories: [`${repository.project.key}/${repository.slug}`] } });
  expect(simulator.webhooks.all().map(({ scope }) => scope)).toEqual([{ type: 'repository', id: repository.id }]);
  simulator.webhooks.rights = 'repositories';
  expect((await run(ensureHooks, simulator, { apply: true })).succeeded).toBe(true);
  expect(simulator.webhooks.all().every(({ scope }) => scope.type === 'repository')).toBe(true);
  simulator.webhooks.rights = 'nowhere';
  const refused = await run(ensureHooks, simulator, { apply: true });
  expect(refused.succeeded).toBe(false);
  expect(refused.lines.join('\n')).toMatch(/cannot .*permission to administer/);
  await simulator.stop();
});

it('are not created twice by a request that may have arrived', async () => {
  const simulator = await Simulator.start();
  simulator.beforeEach(({ method }) => {
    if (method === 'POST') simulator.faults.add({ kind: 'half-body', route: 'webhooks', times: 1 });
  });
  await run(ensureHooks, simulator, { apply: true });
  simulator.beforeEach();
  const posts = simulator.requests.filter(({ method }) => method === 'POST').length;
  expect(posts).toBe(simulator.webhooks.all().length);
  expect((await run(ensureHooks, simulator, { apply: true })).succeeded).toBe(true);
  expect(new Set(simulator.webhooks.all().map(({ scope }) => scope.id)).size).toBe(simulator.webhooks.all().length);
  await simulator.stop();
});

it('are listed without what may be a secret in their URLs', async () => {
  const simulator = await Simulator.start({ version: '9.4.0' });
  const [repository] = simulator.world.visibleRepositories();
  const scope = { type: 'project', id: repository!.project.id } as const;
  const url = 'https://user:hidden@hooks.example.com/y?token=hidden';
  simulator.webhooks.create(scope, {
    url: 'https://user:hidden@ci.example.com/x?token=hidden',
    name: 'ci',
    events: ['pr:opened'],
  });
  simulator.webhooks.create(scope, { url, name: HOOK_NAME, events: ['pr:opened'] });
  const lines = [...(await run(listHooks, simulator, { url })).lines, ...(await run(removeHooks, simulator, { url })).lines].join(
    '\n',
  );
  expect(lines).toMatch(/"ci" → https:\/\/ci\.example\.com\/x \(not ours\)/);
  expect(lines).toMatch(/remove webhook .* → https:\/\/hooks\.example\.com\/y/);
  expect(lines).not.toContain('hidden');
  await simulator.stop();
});

it.each([
  ['another host', 'https://hooks-test.example.com/webhooks/bitbucket_data_center'],
  ['another path', 'https://hooks.example.com/test/bitbucket_data_center'],
  ['another query', `${URL_OF_RECEIVER}?for=test`],
  ['no TLS', URL_OF_RECEIVER.replace('https', 'http')],
])('of another installation, at %s, are neither taken over nor removed', async (_, other) => {
  const simulator = await Simulator.start({ version: '9.4.0' });
  await run(ensureHooks, simulator, { url: other, apply: true });
  const theirs = simulator.webhooks.all().length;
  const { lines } = await run(ensureHooks, simulator, { apply: true });
  expect(lines.join('\n')).toContain("another installation's");
  expect(simulator.webhooks.all()).toHaveLength(2 * theirs);
  expect((await run(listHooks, simulator)).lines.join('\n')).toContain("(another installation's)");
  await run(removeHooks, simulator, { apply: true });
  expect(simulator.webhooks.all().map(({ url }) => url)).toEqual(Array.from({ length: theirs }, () => other));
  await simulator.stop();
});

it('of single repositories go where their project has one, and are listed and removed', async () => {
  const simulator = await Simulator.start({ version: '9.4.0' });
  const [repository] = simulator.world.visibleRepositories().filter(({ project }) => project.owner === undefined);
  const scope = { type: 'repository', id: repository!.id } as const;
  simulator.webhooks.create(scope, { url: URL_OF_RECEIVER, name: HOOK_NAME });
  const name = `repository ${repository!.project.key}/${repository!.slug}`;
  expect((await run(listHooks, simulator)).lines.join('\n')).toContain(`${name}: webhook 1 "${HOOK_NAME}" → `);
  const { lines } = await run(ensureHooks, simulator, { apply: true });
  expect(lines.join('\n')).toContain(`remove webhook 1 of ${name}: its project has one`);
  expect(simulator.webhooks.of(scope)).toEqual([]);
  simulator.webhooks.create(scope, { url: URL_OF_RECEIVER, name: HOOK_NAME });
  await run(removeHooks, simulator, { apply: true });
  expect(simulator.webhooks.all()).toEqual([]);
  await simulator.stop();
});

describe('what `ensure` has set up', () => {
  let simulator: Simulator;
  let inbox: Inbox;
  beforeEach(async () => {
    simulator = await Simulator.start({ version: '9.4.0' });
    inbox = await openInbox(mkdtempSync(join(tmpdir(), 'manage-')), { now: Date.now });
  });
  afterEach(async () => {
    await inbox.close();
    await simulator.stop();
  });

  it('is recorded in the inbox with its URL and events, once it was applied', async () => {
    await run(ensureHooks, simulator, { inbox });
    expect((await inbox.read(0, '')).scopes.size).toBe(0);
    await run(ensureHooks, simulator, { inbox, apply: true });
    const { scopes, urls } = await inbox.read(0, '');
    expect(urls).toEqual([URL_OF_RECEIVER]);
    for (const hook of simulator.webhooks.all()) {
      const record = scopes.get(`${hook.scope.type}:${hook.scope.id}`);
      expect(record!.ensured).toBeGreaterThan(0);
      expect(record!.hooks).toEqual([
        expect.objectContaining({ id: hook.id, url: URL_OF_RECEIVER, events: hook.events, works: 0 }),
      ]);
    }
    expect((await run(listHooks, simulator, { inbox, url: null })).lines.join('\n')).toMatch(
      /each sync asks for all lists here, as without webhooks: webhook \d+ of project \S+ has delivered nothing since it was first seen/,
    );
    await run(removeHooks, simulator, { inbox, url: null, apply: true });
    expect(simulator.webhooks.all()).toEqual([]);
    expect([...(await inbox.read(0, '')).scopes.values()].flatMap(({ hooks }) => hooks)).toEqual([]);
  });

  it('is found again without being told where it sends to', async () => {
    await run(ensureHooks, simulator, { inbox, apply: true });
    simulator.clearRequests();
    await run(ensureHooks, simulator, { inbox, apply: true });
    expect(changes(simulator)).toBe(0);
  });
});

it('are not removed where nobody says which are ours', async () => {
  const simulator = await Simulator.start();
  await run(ensureHooks, simulator, { apply: true });
  await expect(run(removeHooks, simulator, { url: null, apply: true })).rejects.toThrow(/--url https/);
  await simulator.stop();
});

it('say what is missing', async () => {
  const simulator = await Simulator.start();
  await expect(run(ensureHooks, simulator, { config: { webhook_secret: null } })).rejects.toThrow(/webhook_secret is missing/);
  await expect(run(ensureHooks, simulator, { url: 'hooks.example.com' })).rejects.toThrow(/--url/);
  await simulator.stop();
});

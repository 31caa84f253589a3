import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Simulator } from '../simulator';
import { configFor, EXECUTABLE } from '../support/connector';

describe('people who use `serve` and `webhooks`', () => {
  const folder = mkdtempSync(join(tmpdir(), 'commands-'));
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await Simulator.start({ version: '9.4.0' });
  });
  afterAll(async () => {
    await simulator.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (settings: object, ...args: string[]): ChildProcess => {
    const config = join(folder, 'config.json');
    const usual = { webhook_secret: 'a secret of sixteen or more letters', webhook_inbox: join(folder, 'inbox') };
    writeFileSync(config, JSON.stringify(configFor(simulator, { ...usual, ...settings })));
    return spawn(process.execPath, [EXECUTABLE, ...args, '--config', config], { stdio: ['ignore', 'pipe', 'pipe'] });
  };
  const said = async (child: ChildProcess) => {
    let text = '';
    child.stdout!.on('data', (piece: Buffer) => (text += piece.toString()));
    child.stderr!.on('data', (piece: Buffer) => (text += piece.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { text, code };
  };

  it.each([
    [
      'a wrong login',
      { credentials: { auth_type: 'token', token: 'wrong' } },
      ['webhooks', 'list', '--url', 'https://hooks.example.com/x'],
      /^invalid_credentials: /m,
    ],
    ['a missing URL', {}, ['webhooks', 'ensure'], /--url https:\/\//],
    ['a missing secret', { webhook_secret: '' }, ['serve', '--port', '0'], /webhook_secret is missing: /],
    [
      'nothing to serve',
      { webhook_secret: null, webhook_inbox: null },
      ['serve', '--port', '0'],
      /write webhook_secret and webhook_inbox; .*set BITBUCKET_CREDENTIALS_API_TOKEN in the environment/,
    ],
    ['a port that is none', {}, ['serve', '--port', 'http'], /--port is http: write a number .* such as --port 8080/],
    [
      'a proxy that is no address',
      {},
      ['serve', '--port', '0', '--trusted-proxy', 'proxy'],
      /--trusted-proxy is proxy: .* such as 10\.0\.0\.0\/8/,
    ],
  ])('are told of %s in a sentence with an example', async (_, settings, args, sentence) => {
    const { text, code } = await said(start(settings, ...args));
    expect(code).toBe(1);
    expect(text).toMatch(sentence);
    expect(text).not.toMatch(/^\s*\{|^\s+at /m);
  });

  const STRANGER = '"project" is no field of the configuration and is ignored: did you mean "projects"?';

  it.each([
    ['webhooks list', ['webhooks', 'list', '--url', 'https://hooks.example.com/x']],
    ['a dry run of webhooks ensure', ['webhooks', 'ensure', '--url', 'https://hooks.example.com/x']],
    ['webhooks check', ['webhooks', 'check', '--url', 'http://127.0.0.1:1/x']],
  ])('are told by %s of a field that nobody reads', async (_, args) => {
    expect((await said(start({ project: ['DATA'] }, ...args))).text).toContain(`note    ${STRANGER}`);
  });

  it('are told by serve of a field that nobody reads', async () => {
    const child = start({ project: ['DATA'] }, 'serve', '--port', '0');
    const outcome = said(child);
    child.stdout!.on('data', (piece: Buffer) => piece.toString().includes('events are received at') && child.kill('SIGTERM'));
    expect((await outcome).text).toContain(`WARN   ${STRANGER}`);
  });

  it.each(['ensure', 'remove'])('change nothing by webhooks %s --apply where a filter is misspelt', async (action) => {
    simulator.clearRequests();
    const args = ['webhooks', action, '--apply', '--url', 'https://hooks.example.com/x'];
    const { text, code } = await said(start({ project: ['DATA'] }, ...args));
    expect({ code, requests: simulator.requests.length }).toEqual({ code: 1, requests: 0 });
    expect(text).toContain(`${STRANGER} Nothing was changed: `);
    const other = { colour: 'blue', webhook_inbox: join(folder, 'inbox-of-others') }; // was never to choose anything
    expect((await said(start(other, ...args))).code).toBe(0);
    simulator.webhooks.all().forEach(({ id }) => simulator.webhooks.remove(id));
  });

  it('are told of a permission that is missing, and for which place', async () => {
    simulator.webhooks.rights = 'nowhere';
    const { text, code } = await said(start({}, 'webhooks', 'ensure', '--url', 'https://hooks.example.com/x'));
    simulator.webhooks.rights = 'everywhere';
    expect(code).toBe(1);
    expect(text).toMatch(
      /^cannot {2}repository \S+, repository \S+, repository \S+ and \d+ more places?: .*permission to administer/m,
    );
    expect(text.match(/permission to administer/g)).toHaveLength(1);
    expect(text).toMatch(/^(\d+) places, no changes, \1 could not be looked at or changed\.$/m);
    expect(text).not.toMatch(/^\s*\{/m);
  });

  it('are told of each cause once, with the places that it concerns', async () => {
    const [one, other] = simulator.truth.rows('repositories');
    simulator.webhooks.rights = 'nowhere';
    const { text } = await said(start({}, 'webhooks', 'list', '--url', 'https://hooks.example.com/x'));
    const few = { repositories: [one, other].map((row) => String(row!.full_name)) };
    const ofTwo = await said(start(few, 'webhooks', 'list', '--url', 'https://hooks.example.com/x'));
    simulator.webhooks.rights = 'everywhere';
    expect(text.match(/^cannot /gm)).toHaveLength(1);
    expect(ofTwo.text).toMatch(/^cannot {2}repository \S+, repository [^ ,]+: (?!.*GET ).*permission to administer/m);
  });

  it('are shown names without what a terminal would act upon', async () => {
    const [repository] = simulator.truth.rows('repositories');
    const name = 'evil\u001b[2J\u009b\u202e\nproject FAKE: none';
    const { id } = simulator.webhooks.create(
      { type: 'repository', id: Number(repository!.id) },
      { url: 'https://x.example.com/', name },
    );
    simulator.webhooks.rights = 'repositories';
    const { text } = await said(start({}, 'webhooks', 'list', '--url', 'https://hooks.example.com/x'));
    simulator.webhooks.rights = 'everywhere';
    simulator.webhooks.remove(id);
    expect(text).toMatch(/: webhook \d+ "evil \[2J .*FAKE: none" → https:\/\/x\.example\.com/);
    // eslint-disable-next-line no-control-regex -- what must not be there
    expect(text).not.toMatch(/[\u001b\u009b\u202e]|^project FAKE/m);
  });

  it('are told in whole sentences of a place that has no webhooks', async () => {
    const { text } = await said(start({}, 'webhooks', 'list'));
    expect(text).toMatch(/^note {4}where our webhooks send to is not known: say --url, or write webhook_url/);
    expect(text).toMatch(
      /^project \w+: has no webhooks\nproject \w+: each sync asks for all lists here, as without webhooks: it is not known/m,
    );
  });

  it('are told of a port that is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const { text, code } = await said(start({}, 'serve', '--port', String(port)));
    taken.close();
    expect({ text, code }).toEqual({
      code: 1,
      text: `Nothing can listen on 127.0.0.1:${port}: another program listens there. Write another --host or --port, such as --port 8080.\n`,
    });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 0],
  ] as const)('end `serve` with %s, which ends with %i', async (signal, expected) => {
    const child = start({}, 'serve', '--port', '0');
    const outcome = said(child);
    await once(child.stdout!, 'data');
    await sleep(200);
    child.kill(signal);
    expect((await outcome).code).toBe(expected);
  });
});

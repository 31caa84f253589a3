import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseConfig } from '../../src/config/config';
import { connect } from '../../src/connection/connect';
import { readSpec } from '../../src/config/spec';
import type { CheckStep } from '../../src/webhooks/check/check-step';
import { checkWebhooks } from '../../src/webhooks/check/check-webhooks';
import { openConfiguredInbox } from '../../src/webhooks/inbox/configured-inbox';
import { configFor } from '../support/connector';
import { World } from './world';

/** A proxy before the receiver that may change what passes. */
async function proxyTo(port: number, change: (body: Buffer) => Buffer): Promise<Server> {
  const proxy = createServer((incoming, response) => {
    const pieces: Buffer[] = [];
    incoming
      .on('data', (piece: Buffer) => pieces.push(piece))
      .on('end', () => {
        const body = change(Buffer.concat(pieces));
        const headers = { ...incoming.headers, 'content-length': String(body.length) };
        const { method = 'GET', url: path = '/' } = incoming;
        request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        }).end(body);
      });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return proxy;
}

describe('webhooks check', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start('9.4.0', { at: 'project' });
  });
  afterAll(() => world.end());

  const check = async (url = world.url, over: object = {}) => {
    const config = parseConfig(configFor(world.simulator, { ...world.settings, ...over }), readSpec().connectionSpecification);
    const environment = {
      now: Date.now,
      random: Math.random,
      extraCaCertificates: undefined,
      signal: new AbortController().signal,
    };
    const silent = { onRequest: () => undefined, onRetry: () => undefined, onRateLimited: () => undefined };
    const inbox = await openConfiguredInbox(config, Date.now);
    const steps: CheckStep[] = [];
    const bitbucket = connect(config, environment, silent);
    for await (const step of checkWebhooks({ config, bitbucket, inbox, url, environment })) steps.push(step);
    await inbox?.close();
    return steps;
  };
  const failures = (steps: readonly CheckStep[]) => steps.filter(({ status }) => status === 'failed').map(({ name }) => name);
  const port = () => Number(new URL(world.url).port);
  const urlOf = (server: Server) => world.url.replace(String(port()), String((server.address() as AddressInfo).port));

  it('finds nothing wrong with a receiver that is right: the way, the answer, the signature, the inbox', async () => {
    const steps = await check();
    expect(steps.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'ok']);
    expect(steps.map(({ name }) => name)).toEqual(['URL', 'test by Bitbucket', 'name', 'connection', 'signature', 'inbox']);
  });

  it('finds a proxy that passes bodies on as they are right', async () => {
    const proxy = await proxyTo(port(), (body) => body);
    expect(failures(await check(urlOf(proxy)))).toEqual([]);
    proxy.close();
  });

  it('tells a proxy that rewrites bodies from another secret', async () => {
    const rewriting = await proxyTo(port(), (body) => Buffer.from(JSON.stringify(JSON.parse(body.toString()))));
    expect((await check(urlOf(rewriting))).at(-1)).toMatchObject({
      ...{ name: 'signature', status: 'failed' },
      finding: expect.stringContaining('changed on the way'),
    });
    rewriting.close();
    expect((await check(world.url, { webhook_secret: 'quite another secret' })).at(-1)).toMatchObject({
      ...{ name: 'signature', status: 'failed' },
      finding: expect.stringContaining('another secret'),
    });
  });

  it('tells that nothing is there, or something else', async () => {
    const steps = await check(world.url.replace(/:\d+/, ':1'));
    expect(failures(steps)).toContain('connection');
    expect(steps.at(-1)).toMatchObject({ name: 'connection', finding: expect.stringContaining('ECONNREFUSED') });
    expect((await check(`${world.url}/elsewhere`)).at(-1)).toMatchObject({
      name: 'answer',
      finding: expect.stringContaining('404'),
    });
    expect((await check('http://hooks.invalid/x')).at(-1)).toMatchObject({ name: 'name', status: 'failed' });
  });

  it('tells that the receiver fills another inbox', async () => {
    const steps = await check(world.url, { webhook_inbox: `${world.folder}/another` });
    expect(steps.at(-1)).toMatchObject({ name: 'inbox', status: 'failed' });
  });

  it('goes on from here where the account may not have Bitbucket send a test', async () => {
    world.simulator.webhooks.rights = 'nowhere';
    const steps = await check();
    expect(steps.map(({ status }) => status)).toEqual(['ok', 'warning', 'ok', 'ok', 'ok', 'ok']);
    world.simulator.webhooks.rights = 'everywhere';
  });

  it('repeats no secret', async () => {
    const steps = await check(world.url, { webhook_secret: 'quite another secret' });
    expect(JSON.stringify(steps)).not.toContain('quite another secret');
  });
});

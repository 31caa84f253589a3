import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Simulator } from '../simulator';
import { alive, merge } from '../support/rows';
import { configFor, lastStates, logsOf, type Outcome, read, runWith } from '../support/connector';
import { pem, tlsOf } from './certificates';

const status = ({ messages }: Outcome): { status: string; message?: string } =>
  messages.find(({ type }) => type === 'CONNECTION_STATUS')?.connectionStatus;

/** Another server on the network, which remembers who asked it what. */
class Stranger {
  readonly requests: IncomingMessage[] = [];
  readonly server: Server;

  constructor(
    private readonly tls: boolean,
    answer: (path: string) => { status: number; location?: string; body?: string },
  ) {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      this.requests.push(request);
      const { status: code, location, body = '' } = answer(request.url ?? '/');
      response
        .writeHead(code, { 'Content-Type': 'application/json', ...(location !== undefined && { Location: location }) })
        .end(body);
    };
    this.server = tls ? createTlsServer(tlsOf('server', 'intermediate'), listener) : createServer(listener);
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `${this.tls ? 'https' : 'http'}://localhost:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

describe('redirects', () => {
  let simulator: Simulator;
  const strangers: Stranger[] = [];
  const stranger = async (
    answer: ConstructorParameters<typeof Stranger>[1],
    tls = false,
  ): Promise<{ url: string; requests: IncomingMessage[] }> => {
    const one = new Stranger(tls, answer);
    strangers.push(one);
    return { url: await one.listen(), requests: one.requests };
  };
  beforeEach(async () => {
    simulator = await Simulator.start({ contextPath: '/bitbucket' });
  });
  afterEach(async () => {
    for (const one of strangers.splice(0)) await one.stop();
    await simulator.stop();
  });

  test('of a repository that was renamed are followed, with the credentials', async () => {
    simulator.history.renameRepository('PLAYG/service', { slug: 'renamed' });
    const outcome = await runWith('check', {
      config: configFor(simulator, { repositories: ['PLAYG/service', 'PLAYG/renamed'] }),
    });
    expect(status(outcome)).toEqual({ status: 'SUCCEEDED' });
    const moved = simulator.requests.filter(({ path }) => path.includes('/repos/'));
    expect(moved.map(({ status: code }) => code)).toEqual([301, 200, 200]);
    expect(moved.every(({ authorized }) => authorized === 'basic')).toBe(true);
  });

  test('to another origin are not followed: it never sees the credentials, nor any request', async () => {
    const foreign = await stranger(() => ({ status: 200, body: '{"size":0,"values":[],"isLastPage":true}' }));
    simulator.faults.add({ kind: 'redirect', body: `${foreign.url}/bitbucket/rest/api/1.0/projects?token=abc`, status: 307 });
    const outcome = await runWith('check', { config: configFor(simulator) });
    expect(foreign.requests.filter(({ url, headers }) => headers.authorization !== undefined || url?.includes('token'))).toEqual(
      [],
    );
    expect(status(outcome).message).toContain(
      `was redirected to another server (${foreign.url}), where the credentials do not go`,
    );
    expect(status(outcome).message).toMatch(
      /^not_bitbucket: .*If http:\/\/localhost:\d+\/bitbucket is Bitbucket's own address, write it as server_url/,
    );
  });

  test('of one resource to another origin, in the middle of a sync, end neither the login nor the sync of the rest', async () => {
    const foreign = await stranger(() => ({ status: 401 }));
    const states = lastStates((await read(simulator)).messages);
    const { struck } = simulator.faults.add({
      kind: 'redirect',
      body: `${foreign.url}/login`,
      route: 'pull-requests',
      path: /PLAYG\/repos\/service/,
    });
    simulator.history.createPullRequest('PR/service', { author: 'jane', title: 'Read all the same' });
    const outcome = await read(simulator, { state: states });
    expect(struck).toBeDefined();
    expect(foreign.requests).toHaveLength(0);
    expect(alive(merge(outcome.messages), 'pull_requests').map(({ title }) => title)).toContain('Read all the same');
  }, 120_000);

  test('from http to https: the check says which server_url to write, and sends no credentials there', async () => {
    const properties = '{"version":"9.4.0","buildNumber":"9004000","buildDate":"1","displayName":"Bitbucket"}';
    const secure = await stranger(
      (path) => (path.endsWith('/application-properties') ? { status: 200, body: properties } : { status: 401 }),
      true,
    );
    const plain = await stranger((path) => ({ status: 301, location: `${secure.url}${path}` }));
    const config = { ...configFor(simulator), server_url: plain.url, ca_certificate: pem('root') };
    const outcome = await runWith('check', { config });
    expect(status(outcome).message).toMatch(/^not_bitbucket: /);
    expect(status(outcome).message).toContain(`answers at ${secure.url}: write that as server_url`);
    expect(secure.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
    expect(plain.requests.filter(({ headers }) => headers.authorization !== undefined)).toHaveLength(1);
    expect(logsOf(outcome.messages, 'WARN')).toEqual([expect.stringContaining('server_url begins with http')]);
  });
});

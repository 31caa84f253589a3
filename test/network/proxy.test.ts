import { Simulator } from '../simulator';
import { configFor, errorsOf, type Outcome, read, runWith } from '../support/connector';
import { pem, tlsOf } from './certificates';
import { type ProxyOptions, TestProxy } from './proxy';

const LOGIN = 'svc-proxy:p%40ss:w0rd%2F%C3%A4%C3%B6%C3%BC';
const DECODED = 'svc-proxy:p@ss:w0rd/äöü';

const status = ({ messages }: Outcome): { status: string; message?: string } =>
  messages.find(({ type }) => type === 'CONNECTION_STATUS')?.connectionStatus;

describe('a proxy', () => {
  let simulator: Simulator;
  let proxy: TestProxy;

  /** A server of which only the proxy knows the way: the name is in no DNS. */
  const start = async (scheme: 'http' | 'https', options: ProxyOptions = {}): Promise<void> => {
    simulator = await Simulator.start(scheme === 'https' ? { tls: tlsOf('other-name') } : {});
    const port = Number(new URL(simulator.url).port);
    proxy = await TestProxy.start({ names: { 'git.example.com': port }, ...options });
    simulator.url = `${scheme}://git.example.com${scheme === 'https' ? '' : `:${port}`}`;
  };
  const check = (env: Record<string, string>, overrides: object = {}): Promise<Outcome> =>
    runWith('check', { config: configFor(simulator, { ca_certificate: pem('root'), ...overrides }) }, { env });

  afterEach(async () => {
    await proxy.stop();
    await simulator.stop();
  });

  test.each(['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY'])(
    'named by %s is asked for a tunnel, and sees neither path nor login',
    async (variable) => {
      await start('https');
      expect(status(await check({ [variable]: proxy.url() }))).toEqual({ status: 'SUCCEEDED' });
      expect(proxy.requests.length).toBeGreaterThan(0);
      expect(new Set(proxy.requests.map(({ method, target }) => `${method} ${target}`))).toEqual(
        new Set(['CONNECT git.example.com:443']),
      );
      expect(JSON.stringify(proxy.requests)).not.toMatch(/authorization/i);
    },
  );

  test('may be named without a scheme, as for curl', async () => {
    await start('https');
    expect(status(await check({ HTTPS_PROXY: `127.0.0.1:${proxy.port}` }))).toEqual({ status: 'SUCCEEDED' });
  });

  test('may itself be spoken to over TLS', async () => {
    await start('https', { tls: tlsOf('server', 'intermediate') });
    expect(status(await check({ HTTPS_PROXY: proxy.url() }))).toEqual({ status: 'SUCCEEDED' });
    expect(proxy.requests[0]).toMatchObject({ method: 'CONNECT', target: 'git.example.com:443' });
  });

  test('gets its own login in a tunnel, which the server does not see', async () => {
    await start('https', { login: DECODED });
    const outcome = await check({ HTTPS_PROXY: proxy.url(LOGIN) });
    expect(status(outcome)).toEqual({ status: 'SUCCEEDED' });
    expect(simulator.requests.every(({ headers }) => headers['proxy-authorization'] === undefined)).toBe(true);
  });

  test('named by HTTP_PROXY is given whole URLs of http servers, and its login', async () => {
    await start('http', { login: DECODED });
    expect(status(await check({ HTTP_PROXY: proxy.url(LOGIN) }))).toEqual({ status: 'SUCCEEDED' });
    expect(
      proxy.requests.every(({ method, target }) => method === 'GET' && target.startsWith(`${simulator.url}/rest/api/1.0/`)),
    ).toBe(true);
  });

  test('serves a whole sync, over few connections', async () => {
    await start('https', { login: DECODED });
    const outcome = await read(
      simulator,
      { config: { ca_certificate: pem('root'), max_concurrency: 4 } },
      { env: { HTTPS_PROXY: proxy.url(LOGIN) } },
    );
    expect(outcome.code).toBe(0);
    expect(proxy.requests.length).toBeLessThanOrEqual(8);
  });

  test('is not asked for what NO_PROXY names', async () => {
    await start('http');
    simulator.url = `http://127.0.0.1:${new URL(simulator.url).port}`;
    for (const exception of ['127.0.0.1', '*', '127.0.0.0/8', 'other.example.com, 127.0.0.1']) {
      expect(status(await check({ HTTP_PROXY: proxy.url(), NO_PROXY: exception }))).toEqual({ status: 'SUCCEEDED' });
    }
    expect(proxy.requests).toHaveLength(0);
    expect(status(await check({ HTTP_PROXY: proxy.url(), NO_PROXY: '127.0.0.1:1,127.0.0.2,10.0.0.0/8,example.com' }))).toEqual({
      status: 'SUCCEEDED',
    });
    expect(proxy.requests.length).toBeGreaterThan(0);
  });

  test.each<[string, 'http' | 'https', ProxyOptions, string, RegExp]>([
    [
      'wants a login that is not there',
      'https',
      { login: DECODED },
      '',
      /407.*Give the proxy http:\/\/127\.0\.0\.1:\d+ \(from \w+_PROXY\) a login/,
    ],
    ['refuses the login', 'https', { login: DECODED }, 'svc-proxy:S3cr3t-of-the-proxy', /407.*Give the proxy/],
    ['refuses the login for http', 'http', { login: DECODED }, 'svc-proxy:S3cr3t-of-the-proxy', /407.*Give the proxy/],
    [
      'does not let us through',
      'https',
      { refuses: 403 },
      '',
      /the proxy refused to connect to the server \(403\).*The way goes through the proxy http:\/\/127\.0\.0\.1:\d+ .*NO_PROXY/,
    ],
    ['does not reach the server', 'https', { refuses: 502 }, '', /the proxy refused to connect to the server \(502\)/],
    [
      'says nothing',
      'https',
      { refuses: 'silently' },
      'svc-proxy:S3cr3t-of-the-proxy',
      /no byte came for .* s\. The way goes through the proxy/,
    ],
  ])('that %s is named, without its password', async (_what, scheme, options, login, wanted) => {
    await start(scheme, options);
    const outcome = await check({ HTTPS_PROXY: proxy.url(login), HTTP_PROXY: proxy.url(login) }, { request_timeout_seconds: 2 });
    expect(status(outcome).message).toMatch(/^server_unreachable: /);
    expect(status(outcome).message).toMatch(wanted);
    expect(outcome.stdout + outcome.stderr).not.toMatch(/S3cr3t|svc-proxy/);
    expect(outcome.code).toBe(0);
    expect(outcome.milliseconds).toBeLessThan(45_000);
    expect(simulator.requests).toHaveLength(0);
    if (options.login !== undefined) expect(proxy.requests).toHaveLength(1); // a second wrong login may lock the account
  });

  test('that is not there is named', async () => {
    await start('https');
    const { url } = await TestProxy.start().then(async (gone) => {
      const address = gone.url('svc-proxy:S3cr3t-of-the-proxy');
      await gone.stop();
      return { url: address };
    });
    const outcome = await check({ HTTPS_PROXY: url });
    expect(status(outcome).message).toMatch(
      /^server_unreachable: .*ECONNREFUSED.*The way goes through the proxy http:\/\/127\.0\.0\.1:\d+ \(from HTTPS_PROXY\)/,
    );
    expect(outcome.stdout + outcome.stderr).not.toMatch(/S3cr3t|svc-proxy/);
  });

  test('whose variable holds something else is said to be misspelt', async () => {
    await start('https');
    for (const wrong of ['socks5://user:S3cr3t@127.0.0.1:1080', 'http://user:S3cr3t@:port', '::']) {
      const outcome = await check({ HTTPS_PROXY: wrong });
      expect(status(outcome).message).toMatch(
        /^server_unreachable: .*HTTPS_PROXY names no proxy that can be used: write something like http:/,
      );
      expect(outcome.stdout).not.toContain('S3cr3t');
    }
    const outcome = await read(simulator, {}, { env: { HTTPS_PROXY: 'socks5://user:S3cr3t@127.0.0.1:1080' } });
    expect(errorsOf(outcome.messages)[0]?.message).toMatch(/HTTPS_PROXY names no proxy/);
    expect(errorsOf(outcome.messages)[0]?.failureType).toBe('config_error');
  }, 120_000);
});

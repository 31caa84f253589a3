import { proxiesFrom, secretsOfProxies } from '../../src/bitbucket/transport/proxy';

const address = (variables: Record<string, string>, url: string): string | null =>
  proxiesFrom(variables)(new URL(url))?.address ?? null;
const PROXY = 'http://proxy:3128';

test.each([
  [{ HTTPS_PROXY: PROXY }, 'https://git.example.com', PROXY],
  [{ HTTPS_PROXY: PROXY }, 'http://git.example.com', null],
  [{ http_proxy: PROXY, HTTPS_PROXY: 'http://other:1' }, 'http://git.example.com', PROXY],
  [{ https_proxy: PROXY, HTTPS_PROXY: 'http://other:1' }, 'https://git.example.com', PROXY],
  [{ ALL_PROXY: 'proxy:3128' }, 'https://git.example.com', PROXY],
  [{ HTTPS_PROXY: 'http://user:secret@proxy:3128/' }, 'https://git.example.com', PROXY],
  [{ HTTPS_PROXY: ' ' }, 'https://git.example.com', null],
  [{}, 'https://git.example.com', null],
])('%j: %s goes through %s', (variables, url, wanted) => {
  expect(address(variables as unknown as Record<string, string>, url)).toBe(wanted);
});

test.each([
  ['git.example.com', 'https://git.example.com', true],
  ['GIT.example.com', 'https://git.EXAMPLE.com:7990', true],
  ['example.com', 'https://git.example.com', true],
  ['.example.com', 'https://git.example.com', true],
  ['*.example.com', 'https://git.example.com', true],
  ['ample.com', 'https://git.example.com', false],
  ['git.example.com:443', 'https://git.example.com', true],
  ['git.example.com:7990', 'https://git.example.com', false],
  ['*', 'https://git.example.com', true],
  ['localhost, ,git.example.com', 'https://git.example.com', true],
  ['10.0.0.0/8', 'https://10.1.2.3', true],
  ['10.0.0.0/8', 'https://11.1.2.3', false],
  ['10.0.0.0/8', 'https://git.example.com', false],
  ['1.2.3', 'https://10.1.2.3', false],
  ['10.0.0.0/99', 'https://10.1.2.3', false],
  ['fd00::/8', 'https://[fd12::1]:7990', true],
  ['::1', 'https://[::1]:7990', true],
  ['[::1]:7990', 'https://[::1]:7990', true],
  ['[::1]:7991', 'https://[::1]:7990', false],
])('NO_PROXY=%s and %s: spared is %s', (noProxy, url, spared) => {
  expect(address({ HTTPS_PROXY: PROXY, NO_PROXY: noProxy }, url)).toBe(spared ? null : PROXY);
});

test.each(['socks5://user:secret@proxy:1080', 'ftp://proxy', 'http://', ':::'])(
  '%s is no proxy, and is not quoted',
  (setting) => {
    expect(() => address({ HTTPS_PROXY: setting }, 'https://git.example.com')).toThrow(/^HTTPS_PROXY names no proxy/);
    expect(() => address({ HTTPS_PROXY: setting }, 'https://git.example.com')).not.toThrow(/secret/);
  },
);

test('the password of a proxy is a secret, however it is written', () => {
  expect(
    secretsOfProxies({ https_proxy: 'http://me:p%40ss@proxy', HTTP_PROXY: 'http://proxy', ALL_PROXY: 'not a proxy' }),
  ).toEqual(['p@ss', 'p%40ss', Buffer.from('me:p@ss').toString('base64')]);
});

import type { Simulator, SimulatorOptions } from '../simulator';
import { configFor } from '../support/connector';
import { pem, tlsOf } from '../network/certificates';

/** What keeps a person from connecting, and what the check must say to it. */
export interface Misconfiguration {
  readonly name: string;
  readonly code: string;
  /** Each must be found in the message. */
  readonly says: readonly RegExp[];
  readonly server?: SimulatorOptions;
  /** What is done to the server first. */
  readonly prepare?: (simulator: Simulator) => void;
  /** Fields over the ones that would be right; a function for the whole. */
  readonly config?: object | ((simulator: Simulator) => unknown);
  readonly env?: Readonly<Record<string, string>>;
  /** @default 8 */
  readonly mostRequests?: number;
}

export const PASSWORD = 'P4ss"w&rd<ü>/+=%41 secret';
export const TOKEN = 'BBDC-VG9rZW4+c2VjcmV0/Zm9yPXRlc3Rz=';
const basic = (username: string, password = PASSWORD) => ({ credentials: { auth_type: 'basic', username, password } });
const token = (text = TOKEN) => ({ credentials: { auth_type: 'token', token: text } });
const raw = (change: (config: Record<string, any>) => unknown) => (simulator: Simulator) =>
  change({ ...configFor(simulator), ...token() });
/** The server by another address. */
const at = (address: (url: string) => string) => (simulator: Simulator) => ({
  ...configFor(simulator),
  server_url: address(simulator.url),
});
const byName = (simulator: Simulator): void => {
  simulator.url = simulator.url.replace('127.0.0.1', 'localhost');
};
const fault =
  (...faults: Parameters<Simulator['faults']['add']>[0][]) =>
  (simulator: Simulator) => {
    for (const each of faults) simulator.faults.add(each);
  };

export const CREDENTIALS: readonly Misconfiguration[] = [
  {
    name: 'a wrong password',
    config: basic('airbyte'),
    code: 'invalid_credentials',
    says: [
      /401 \(IncorrectPassword/,
      /username \(the login name, not the e-mail address\) and password/,
      /curl .*--user YOUR_USERNAME/,
    ],
    mostRequests: 1,
  },
  {
    name: 'the e-mail address instead of the username',
    config: basic('airbyte@example.com'),
    code: 'invalid_credentials',
    says: [/not the e-mail address/],
    mostRequests: 1,
  },
  {
    name: 'a locked account',
    prepare: (simulator) => simulator.authentication.lock(),
    code: 'invalid_credentials',
    says: [/CAPTCHA/, /Clear CAPTCHA challenge/, /curl --user ADMIN --request DELETE .*captcha\?name=airbyte/],
    mostRequests: 1,
  },
  {
    name: 'a token that is none, where nobody reads without a login (10.4)',
    server: { version: '10.4.0' },
    config: token(),
    code: 'invalid_credentials',
    says: [/AuthenticationRequired/, /token is complete, has not expired/, /Authorization: Bearer YOUR_TOKEN/],
    mostRequests: 1,
  },
  {
    name: 'a token that is none, on a server that names no account (9.4)',
    config: token(),
    code: 'invalid_credentials',
    says: [/anonymous/, /expired/],
    mostRequests: 2,
  },
  {
    name: 'a token that is none, where everybody reads what is public',
    server: { publicAccess: true },
    config: token(),
    code: 'invalid_credentials',
    says: [/anonymous user: no X-AUSERNAME/, /expired/],
    mostRequests: 2,
  },
  {
    name: 'an expired token, where nothing is public',
    server: { publicAccess: true, dataset: 'empty' },
    config: (simulator: Simulator) => ({ ...configFor(simulator), ...token(simulator.credentials.expiredToken) }),
    code: 'invalid_credentials',
    says: [/anonymous/],
    mostRequests: 2,
  },
  {
    name: 'a revoked token',
    prepare: (simulator) => simulator.authentication.revoke(simulator.credentials.token),
    config: (simulator: Simulator) => ({ ...configFor(simulator), ...token(simulator.credentials.token) }),
    code: 'invalid_credentials',
    says: [/was not revoked/],
  },
  {
    name: 'a password, where Basic authentication is switched off',
    config: basic('airbyte'),
    prepare: fault({
      kind: 'status',
      status: 403,
      bareMessage: 'Basic Authentication has been disabled on this instance.',
    }),
    code: 'invalid_credentials',
    says: [
      /403 \(Basic Authentication has been disabled on this instance\)/,
      /HTTP access token .*auth_type token/,
      /curl .*Authorization: Bearer YOUR_TOKEN/,
    ],
    mostRequests: 1,
  },
  {
    name: 'a wrong password, whose refusal is cut off',
    config: basic('airbyte'),
    prepare: fault({ kind: 'status', status: 401, damage: 'cut-off' }),
    code: 'invalid_credentials',
    says: [/the answer was 401/, /One attempt was made/],
    mostRequests: 1,
  },
  {
    name: 'a reverse proxy with a login of its own',
    prepare: fault({ kind: 'html', status: 401, body: '<html><title>401 Authorization Required</title></html>' }),
    code: 'invalid_credentials',
    says: [/not in the form of Bitbucket/, /let the API \(\/rest\/\) through/],
    mostRequests: 1,
  },
];

export const PERMISSIONS: readonly Misconfiguration[] = [
  {
    name: 'an account without a licence',
    config: (simulator: Simulator) => ({
      ...configFor(simulator),
      credentials: { auth_type: 'basic', ...simulator.credentials.unlicensed },
    }),
    code: 'invalid_permissions',
    says: [/not currently licensed/, /Bitbucket User \(Administration > Global permissions\)/],
    mostRequests: 1,
  },
  {
    name: 'an account that may not list projects',
    code: 'invalid_permissions',
    says: [/may not list projects/, /Project read/],
    prepare: fault({
      kind: 'status',
      route: 'projects',
      status: 401,
      body: '{"errors":[{"context":null,"message":"You are not permitted to access this resource","exceptionName":"com.atlassian.bitbucket.AuthorisationException"}]}',
    }),
  },
  {
    name: 'an account that may read no pull requests',
    code: 'invalid_permissions',
    says: [/pull-requests: the answer was 401/, /Repository read/],
    prepare: fault({
      kind: 'status',
      route: 'pull-requests',
      status: 401,
      body: '{"errors":[{"context":null,"message":"You are not permitted to access this resource","exceptionName":"com.atlassian.bitbucket.AuthorisationException"}]}',
    }),
  },
  {
    name: 'an account that is forbidden everything',
    prepare: fault({ kind: 'status', status: 403 }),
    code: 'invalid_permissions',
    says: [/403/, /lacks a permission/],
    mostRequests: 2,
  },
  {
    name: 'an account that sees nothing',
    server: { dataset: 'empty' },
    code: 'no_resources',
    says: [/sees no project and no repository/, /Project read/],
  },
  {
    name: 'projects without repositories',
    server: { dataset: 'empty' },
    prepare: (simulator) => void simulator.history.createProject({ key: 'BARE' }),
    code: 'no_resources',
    says: [/sees projects \(BARE\), but no repository/],
  },
];

export const FILTERS: readonly Misconfiguration[] = [
  {
    name: 'a project that there is not',
    config: { projects: ['NOPE'] },
    code: 'no_resources',
    says: [/The filter projects \(NOPE\) matches none/, /Visible are, for example: .*PLAYG/],
  },
  {
    name: 'a project’s name instead of its key',
    config: { projects: ['playground'] },
    code: 'no_resources',
    says: [/The project named "Playground" has the key PLAYG/],
  },
  {
    name: 'a project without repositories',
    config: { projects: ['MERGE'] },
    code: 'no_resources',
    says: [/The project MERGE has no repository that the account sees\. Visible are, for example: /],
  },
  {
    name: 'a repository that there is not',
    config: { repositories: ['PLAYG/serviec'] },
    code: 'no_resources',
    says: [/The filter repositories \(PLAYG\/serviec\) matches none/, /\. Did you mean PLAYG\/service\? Correct the filter/],
  },
  {
    name: 'a project whose key is misspelt',
    config: { projects: ['playgg'] },
    code: 'no_resources',
    says: [/The filter projects \(playgg\) matches none of them\. Did you mean PLAYG\? Correct the filter/],
  },
  {
    name: 'the repositories of a project whose key is misspelt',
    config: { repositories: ['PLAYGG/*', 'PLAZG/service'] },
    code: 'no_resources',
    says: [/Did you mean PLAYG\/service, PLAYG\/\*\?/],
  },
  {
    name: 'a repository that nothing is nearly called, of which there are others',
    config: { repositories: ['PLAYG/something-else'] },
    code: 'no_resources',
    says: [/matches none of them\. Visible in PLAYG are, for example: .*PLAYG\/service/],
  },
  {
    name: 'exclusions that leave nothing',
    config: { repositories: ['!*/*'] },
    code: 'no_resources',
    says: [/The filter repositories \(!\*\/\*\) excludes them all/],
  },
  {
    name: 'projects and repositories that contradict each other',
    config: { projects: ['PR'], repositories: ['PLAYG/service'] },
    code: 'no_resources',
    says: [
      /The filters projects \(PR\) and repositories \(PLAYG\/service\) have no repository in common\. Correct one of them, or leave both empty/,
    ],
  },
  {
    name: 'a project of which all repositories are excluded',
    config: { projects: ['PLAYG'], repositories: ['!PLAYG/*'] },
    code: 'no_resources',
    says: [/The filter repositories \(!PLAYG\/\*\) excludes all that projects \(PLAYG\) selects\. Correct one of them/],
  },
  {
    name: 'a project that is there, and a repository that is in no project',
    config: { projects: ['PLAYG'], repositories: ['PLAYG/nowhere-at-all'] },
    code: 'no_resources',
    says: [/The filter repositories \(PLAYG\/nowhere-at-all\) matches none of them\. Visible in PLAYG are, for example: /],
  },
  {
    name: 'archived repositories only',
    config: { repositories: ['PLAYG/old-tool'], include_archived: false },
    code: 'no_resources',
    says: [/include_archived is false, and what is left is archived/],
  },
  {
    name: 'personal repositories only',
    config: { repositories: ['*/dotfiles'] },
    code: 'no_resources',
    says: [/include_personal_projects is false/],
  },
];

export const CONFIGURATIONS: readonly Misconfiguration[] = [
  {
    name: 'no server_url',
    config: raw((config) => ({ ...config, server_url: undefined })),
    code: 'invalid_config',
    says: [/server_url is missing/],
    mostRequests: 0,
  },
  {
    name: 'a server_url without a scheme',
    config: { server_url: 'git.example.com' },
    code: 'invalid_config',
    says: [/server_url .*https:\/\/host/],
    mostRequests: 0,
  },
  {
    name: 'a server_url that is none',
    config: { server_url: 'https://git example com' },
    code: 'invalid_config',
    says: [/server_url/],
    mostRequests: 0,
  },
  {
    name: 'credentials in server_url',
    config: raw((config) => ({ ...config, server_url: `http://airbyte:${encodeURIComponent(PASSWORD)}@127.0.0.1:1` })),
    code: 'invalid_config',
    says: [/server_url must not contain a user name or password/],
    mostRequests: 0,
  },
  {
    name: 'no credentials',
    config: raw((config) => ({ ...config, credentials: undefined })),
    code: 'invalid_config',
    says: [/credentials is missing: write/],
    mostRequests: 0,
  },
  {
    name: 'credentials of an unknown kind',
    config: raw((config) => ({ ...config, credentials: { auth_type: 'oauth', token: TOKEN } })),
    code: 'invalid_config',
    says: [/credentials\.auth_type must be "basic", "token" or "store"/],
    mostRequests: 0,
  },
  {
    name: 'a basic login without a password',
    config: { credentials: { auth_type: 'basic', username: 'airbyte', password: ' ' } },
    code: 'invalid_config',
    says: [/credentials\.password must be a text that is not empty/],
    mostRequests: 0,
  },
  {
    name: 'a token with a line break in it',
    config: token(`${TOKEN}\n${TOKEN}`),
    code: 'invalid_config',
    says: [/credentials\.token holds a space, a line break/],
    mostRequests: 0,
  },
  {
    name: 'a certificate that is none',
    config: { ca_certificate: '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----' },
    code: 'invalid_config',
    says: [/ca_certificate/, /-----BEGIN CERTIFICATE-----/],
    mostRequests: 0,
  },
  {
    name: 'a certificate that is damaged',
    config: { ca_certificate: pem('root', 'stranger').replace(/MII(.{20})[\s\S]{30}/g, 'MII$1') },
    code: 'invalid_config',
    says: [/ca_certificate: certificate 1 of 2 is damaged/],
    mostRequests: 0,
  },
  {
    name: 'a repository among the projects',
    config: { projects: ['PLAYG/service'] },
    code: 'invalid_config',
    says: [/projects\.0 .*a single repository belongs into Repositories/],
    mostRequests: 0,
  },
  {
    name: 'a project among the repositories',
    config: { repositories: ['PLAYG'] },
    code: 'invalid_config',
    says: [/repositories\.0 .*KEY\/slug/],
    mostRequests: 0,
  },
  {
    name: 'a start date that is none',
    config: { start_date: '2024-02-31' },
    code: 'invalid_config',
    says: [/start_date is not a date: write something like 2024-01-01/],
    mostRequests: 0,
  },
  {
    name: 'a shard that there is not',
    config: { shard_index: 4, shard_count: 4 },
    code: 'invalid_config',
    says: [/shard_index is 4, but shard_count is 4: write an index from 0 to 3/],
    mostRequests: 0,
  },
  { name: 'no concurrency', config: { max_concurrency: 0 }, code: 'invalid_config', says: [/max_concurrency/], mostRequests: 0 },
  {
    name: 'a number in quotes',
    config: { lookback_days: '14' },
    code: 'invalid_config',
    says: [/lookback_days must be of type integer/],
    mostRequests: 0,
  },
  {
    name: 'a list for a configuration',
    config: raw((config) => [config]),
    code: 'invalid_config',
    says: [/must be a JSON object/],
    mostRequests: 0,
  },
  {
    name: 'a file that is no JSON',
    config: raw((config) => `${JSON.stringify(config)},`),
    code: 'invalid_config',
    says: [/--config.* is not JSON/],
    mostRequests: 0,
  },
];

export const ADDRESSES: readonly Misconfiguration[] = [
  {
    name: 'a port where nothing listens',
    config: { server_url: 'http://127.0.0.1:1' },
    code: 'server_unreachable',
    says: [/ECONNREFUSED/, /Nothing listens at 127\.0\.0\.1:1/, /application-properties/],
  },
  {
    name: 'a host that is in no DNS',
    config: { server_url: 'https://git.invalid' },
    code: 'server_unreachable',
    says: [/(?:ENOTFOUND|EAI_AGAIN)/, /The name git\.invalid is not known where the connector runs/],
  },
  {
    name: 'a server that takes the connection and says nothing',
    config: { request_timeout_seconds: 1 },
    prepare: fault({ kind: 'hang' }),
    code: 'server_unreachable',
    says: [/no byte came for 1 s/],
  },
  {
    name: 'a firewall that cuts connections',
    prepare: fault({ kind: 'reset' }),
    code: 'server_unreachable',
    says: [/(?:ECONNRESET|socket hang up)/, /was cut/],
  },
  {
    name: 'https where there is only http',
    config: at((url) => url.replace('http:', 'https:')),
    code: 'not_bitbucket',
    says: [/does not speak TLS at this port/, /write http:\/\//],
    mostRequests: 0,
  },
  {
    name: 'http where there is only https',
    server: { tls: tlsOf('server', 'intermediate') },
    config: at((url) => url.replace('https:', 'http:')),
    code: 'server_unreachable',
    says: [/must begin with https:\/\//],
    mostRequests: 0,
  },
  {
    name: 'a certificate of an authority that nobody knows',
    server: { tls: tlsOf('server', 'intermediate') },
    prepare: byName,
    code: 'tls_untrusted',
    says: [/issued by Example Corp Root CA/, /ca_certificate/, /openssl s_client -connect localhost:\d+/],
    mostRequests: 0,
  },
  {
    name: 'a certificate that has expired',
    server: { tls: tlsOf('expired') },
    prepare: byName,
    config: { ca_certificate: pem('root') },
    code: 'tls_untrusted',
    says: [/has expired/, /renewed/],
    mostRequests: 0,
  },
  {
    name: 'a certificate for another name',
    server: { tls: tlsOf('other-name') },
    prepare: byName,
    config: { ca_certificate: pem('root') },
    code: 'tls_untrusted',
    says: [/another host name/, /git\.example\.com/],
    mostRequests: 0,
  },
  {
    name: 'a missing context path',
    server: { contextPath: '/bitbucket' },
    config: at((url) => url.replace('/bitbucket', '')),
    code: 'not_bitbucket',
    says: [/404/, /Bitbucket 9\.4\.0 answers at http:\/\/127\.0\.0\.1:\d+\/bitbucket: write that as server_url/],
    mostRequests: 9,
  },
  {
    name: 'a page’s address instead of the server’s',
    server: { contextPath: '/git' },
    config: at((url) => `${url}/dashboard`),
    code: 'not_bitbucket',
    says: [/answers at http:\/\/127\.0\.0\.1:\d+\/git: write that/],
    mostRequests: 9,
  },
  {
    name: 'a superfluous context path',
    config: at((url) => `${url}/bitbucket`),
    code: 'not_bitbucket',
    says: [/answers at http:\/\/127\.0\.0\.1:\d+: write that/],
    mostRequests: 9,
  },
  {
    name: 'a login page in front of it',
    prepare: fault({ kind: 'login-page' }),
    code: 'not_bitbucket',
    says: [/a page for people \(HTML\), titled "Log in - Single Sign-On"/, /must not lead to a login page/],
    mostRequests: 9,
  },
  {
    name: 'a redirect to a single sign-on',
    prepare: fault({ kind: 'redirect' }),
    code: 'not_bitbucket',
    says: [/redirected to another server \(https:\/\/login\.example\.com\), where the credentials do not go/, /single sign-on/],
    mostRequests: 9,
  },
  {
    name: 'a firewall that says no',
    prepare: fault({ kind: 'html', status: 403, body: '<html><title>Request blocked</title></html>' }),
    code: 'not_bitbucket',
    says: [/403/, /firewall/],
    mostRequests: 1,
  },
  {
    name: 'another product',
    prepare: fault({ kind: 'wrong-shape' }),
    code: 'not_bitbucket',
    says: [/JSON that is no page of a list/],
    mostRequests: 9,
  },
  {
    name: 'a web server that knows no such page',
    prepare: fault({ kind: 'html', status: 404, body: '<html><title>404 Not Found</title></html>' }),
    code: 'not_bitbucket',
    says: [/404/, /not the REST API of Bitbucket Data Center/],
    mostRequests: 9,
  },
  {
    name: 'an answer that breaks off',
    prepare: fault({ kind: 'empty-body' }),
    code: 'not_bitbucket',
    says: [/an empty body/],
    mostRequests: 9,
  },
  {
    name: 'Bitbucket Cloud',
    config: { server_url: 'https://bitbucket.org/acme' },
    code: 'not_bitbucket',
    says: [/bitbucket\.org is Bitbucket Cloud/, /nothing was sent/],
    mostRequests: 0,
  },
  {
    name: 'a server in maintenance',
    prepare: fault({ kind: 'html', status: 503 }),
    code: 'server_unavailable',
    says: [/503/, /maintenance/],
    mostRequests: 4,
  },
  {
    name: 'a rate limit that asks for an hour',
    prepare: fault({ kind: 'status', status: 429, retryAfter: 3600 }),
    code: 'server_unavailable',
    says: [/429/, /asks to wait 3600 s \(Retry-After\)/, /requests_per_second/],
    mostRequests: 1,
  },
];

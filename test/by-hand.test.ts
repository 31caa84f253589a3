import { BitbucketError } from '../src/bitbucket/errors';
import { proxiesFrom, type Variables } from '../src/bitbucket/transport/proxy';
import { parseConfig } from '../src/config/config';
import { readSpec } from '../src/config/spec';
import { diagnose } from '../src/diagnosis/diagnosis';

/** What a failure tells to try by hand, where the environment names proxies. */
function command(server_url: string, error: BitbucketError, variables: Variables): string | undefined {
  const raw = { server_url, credentials: { auth_type: 'token', token: 'T0ken' } };
  const config = parseConfig(raw, readSpec().connectionSpecification);
  return diagnose(error, { config, proxy: proxiesFrom(variables)(new URL(server_url)) }).command;
}

const refused = new BitbucketError('network', 'connect ECONNREFUSED', { code: 'ECONNREFUSED' });
const untrusted = new BitbucketError('tls', 'not trusted', { code: 'SELF_SIGNED_CERT_IN_CHAIN' });

describe('a command to try by hand goes the way that the connector goes', () => {
  it('names the proxy that curl would not take by itself, without its login', () => {
    expect(command('http://git.example.com', refused, { HTTP_PROXY: 'http://me:S3cret@proxy:3128' })).toBe(
      `curl --proxy "$HTTP_PROXY" --verbose 'http://git.example.com/rest/api/1.0/application-properties'`,
    );
  });

  it.each([
    ['http://git.example.com', { http_proxy: 'http://proxy:3128' }],
    ['http://git.example.com', { HTTP_PROXY: 'http://proxy:3128', NO_PROXY: 'example.com' }],
    ['https://git.example.com', { HTTPS_PROXY: 'http://proxy:3128' }],
    ['http://git.example.com', {}],
  ])('leaves the others to curl: %s %j', (url, variables) => {
    expect(command(url, refused, variables)).toMatch(/^curl --verbose /);
  });

  const address = '/rest/api/1.0/projects/MOB/repos/gateway/pull-requests?state=ALL&limit=1';

  it.each([
    ['forbidden', { status: 401, exceptionName: 'AuthorisationException' }],
    ['forbidden', { status: 403 }],
    ['login_denied', { status: 401 }],
    ['unavailable', { status: 500 }],
    ['unexpected_answer', {}],
    ['not_found', { status: 404 }],
    ['timeout', {}],
  ] as const)('asks for the very address that was refused: %s %j', (kind, details) => {
    const error = new BitbucketError(kind, 'no', { ...details, address });
    expect(command('https://git.example.com/bitbucket', error, {})).toBe(
      `curl --include --header 'Authorization: Bearer YOUR_TOKEN' 'https://git.example.com/bitbucket${address}'`,
    );
  });

  it.each(['/rest/api/1.0/projects?start=0&limit=1000', '/rest/api/1.0/application-properties', undefined])(
    'asks for the least that shows the same, where that failed which comes first: %s',
    (first) => {
      const details = { status: 401, ...(first !== undefined && { address: first }) };
      expect(command('https://git.example.com', new BitbucketError('login_denied', 'no', details), {})).toMatch(
        /git\.example\.com\/rest\/api\/1\.0\/projects\?limit=1'$/,
      );
      expect(command('https://git.example.com', new BitbucketError('timeout', 'no', details), {})).toMatch(
        /git\.example\.com\/rest\/api\/1\.0\/application-properties'$/,
      );
    },
  );

  it.each([
    ['http://proxy:3128', '-proxy proxy:3128 '],
    ['http://me:S3cret@proxy', '-proxy proxy:80 '],
  ])('gives openssl the proxy %s, which it never looks for', (proxy, given) => {
    expect(command('https://git.example.com', untrusted, { HTTPS_PROXY: proxy })).toBe(
      `openssl s_client ${given}-connect git.example.com:443 -servername git.example.com -showcerts </dev/null`,
    );
  });
});

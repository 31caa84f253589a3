import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, ConfigError, parseConfig, secretsOf } from '../../src/config/config';

const { connectionSpecification: schema } = JSON.parse(readFileSync(join(__dirname, '../../spec.json'), 'utf8')) as {
  connectionSpecification: object;
};
const minimal = { server_url: 'https://git.example.com', credentials: { auth_type: 'token', token: 'first' } };

const parse = (over: object = {}): Config => parseConfig({ ...minimal, ...over }, schema);
const complaint = (over: object): string => {
  try {
    parse(over);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('was accepted');
};

it('changes nothing for configurations that say nothing of it', () => {
  expect(parse()).toMatchObject({
    credentials: { type: 'token', token: 'first' },
    additionalTokens: [],
    credentialStore: null,
    credentialStoreKey: null,
    branches: [],
    buildDetails: false,
    deploymentBuilds: [],
    failOnUnreadable: true,
    webhookUrl: null,
  });
});

describe('additional_tokens', () => {
  it.each([
    ['second', ['second']],
    ['second,third', ['second', 'third']],
    [' second , \n third\r\nfourth,\n', ['second', 'third', 'fourth']],
    ['second\\nthird', ['second', 'third']],
    ['second,second', ['second']],
    ['BBDC-a/b+c==,x', ['BBDC-a/b+c==', 'x']],
  ])('%j are %j', (text, tokens) => expect(parse({ additional_tokens: text }).additionalTokens).toEqual(tokens));

  it.each([
    [' , \n', /^additional_tokens holds no token: /],
    ['good,h1dden and more', /^additional_tokens, token 2, holds a space/],
    ['h1ddén', /^additional_tokens, token 1, holds/],
    [['h1dden'], /^additional_tokens must be of type string/],
  ])('%j is refused, and no token is repeated', (tokens, message) => {
    const said = complaint({ additional_tokens: tokens });
    expect(said).toMatch(message);
    expect(said).not.toContain('h1dd');
  });
});

describe('credential_store', () => {
  it.each(['/data/credentials', 'postgres://u:p%2Fw@h:5432/db?sslmode=require'])('may be %s', (place) =>
    expect(parse({ credential_store: ` ${place} ` }).credentialStore).toBe(place),
  );

  it.each(['mysql://u:hidden@h/db', 'u:hidden@h/db', 'postgres://u:hid#den@h/db', '  '])(
    'that is %j is refused, and not repeated',
    (place) => expect(complaint({ credential_store: place })).toMatch(/^credential_store is (?!.*hid).*\.$/),
  );

  it('holds the logins of those who keep none in the configuration', () => {
    const config = parse({ credentials: { auth_type: 'store' }, credential_store: '/data/credentials' });
    expect(config.credentials).toEqual({ type: 'store' });
    expect(complaint({ credentials: { auth_type: 'store' } })).toMatch(/^credential_store is missing: .*\.$/);
  });

  it('has a key that may be blank nowhere', () => {
    expect(parse({ credential_store_key: ' pass phrase ' }).credentialStoreKey).toBe(' pass phrase ');
    expect(complaint({ credential_store_key: ' \t' })).toMatch(/^credential_store_key is blank: .*\.$/);
  });
});

describe('a masked secret', () => {
  it.each([
    ['credentials.token', { credentials: { auth_type: 'token', token: '**********' } }],
    ['credentials.password', { credentials: { auth_type: 'basic', username: 'u', password: '****' } }],
    ['additional_tokens', { additional_tokens: 'good,********' }],
    ['credential_store_key', { credential_store_key: '**********' }],
    ['webhook_secret', { webhook_secret: '**********' }],
    ['webhook_secret_previous', { webhook_secret_previous: '**********' }],
    ['credential_store', { credential_store: '**********' }],
    ['webhook_inbox', { webhook_inbox: '**********' }],
  ])('(%s) is no secret', (field, over) => {
    expect(complaint(over)).toMatch(new RegExp(`^${field.replace('.', '\\.')} is masked .*\\.$`));
  });
});

it.each([
  ['credentials.token', { credentials: { auth_type: 'token', token: '${BITBUCKET_TOKEN}' } }],
  ['credentials.password', { credentials: { auth_type: 'basic', username: 'u', password: ' ${BITBUCKET_PASSWORD} ' } }],
  ['additional_tokens', { additional_tokens: 'good,${BITBUCKET_TOKEN}' }],
  ['server_url', { server_url: 'https://${BITBUCKET_HOST}/x' }],
])('(%s) the name of a variable is no secret: each sync that sends it is a failed login', (field, over) => {
  expect(complaint(over)).toMatch(new RegExp(`^${field.replace('.', '\\.')} names an environment variable, .*\\.$`));
});

describe('branches', () => {
  const reads = (patterns: string[], name: string) =>
    parse({ branches: patterns }).branches.some(({ matches }) => matches.test(name));

  it('are names with wildcards in which upper and lower case differ', () => {
    expect(reads(['develop', 'release/*'], 'develop')).toBe(true);
    expect(reads(['develop', 'release/*'], 'Develop')).toBe(false);
    expect(reads(['develop', 'release/*'], 'release/1.x/fix')).toBe(true);
    expect(reads(['develop', 'release/*'], 'my-release/1')).toBe(false);
    expect(reads(['v1.0'], 'v1x0')).toBe(false);
    expect(reads(['*'], 'feature/Ünï+(1)')).toBe(true);
    expect(reads([' refs/heads/main '], 'main')).toBe(true);
  });

  it.each([['two words'], [''], ['a~1'], ['a^'], ['a:b'], ['a?'], ['[a]'], ['a\\b'], [7]])('%j names none', (pattern) =>
    expect(complaint({ branches: ['main', pattern] })).toMatch(/^branches\.1 .*\.$/),
  );
});

describe('deployment_builds', () => {
  const patterns = [
    { pattern: 'Deploy-Prod*', environment: ' production ' },
    { pattern: '*deploy*', environment: 'test' },
  ];
  const environmentOf = (name: string) =>
    parse({ deployment_builds: patterns }).deploymentBuilds.find(({ matches }) => matches.test(name))?.environment;

  it('tell by the first pattern that fits, in upper or lower case', () => {
    expect(environmentOf('DEPLOY-production-7')).toBe('production');
    expect(environmentOf('deploy-staging')).toBe('test');
    expect(environmentOf('unit-tests')).toBeUndefined();
    expect(environmentOf('multi\nline deploy')).toBe('test');
  });

  it.each([
    [{ pattern: 'x' }, /^deployment_builds\.1\.environment is missing/],
    [{ environment: 'x' }, /^deployment_builds\.1\.pattern is missing/],
    [{ pattern: ' ', environment: 'x' }, /^deployment_builds\[1\] has a blank pattern: /],
    [{ pattern: 'x', environment: ' ' }, /^deployment_builds\[1\] has a blank environment: /],
    ['x', /^deployment_builds\.1 must be of type object/],
  ])('%j is refused', (entry, message) => expect(complaint({ deployment_builds: [patterns[0], entry] })).toMatch(message));
});

describe('webhook_url', () => {
  it('is taken as it is written', () => {
    const url = 'https://hooks.example.com/webhooks/bitbucket_data_center?team=a';
    expect(parse({ webhook_url: ` ${url} ` }).webhookUrl).toBe(url);
  });

  it.each(['hooks.example.com', 'https://u:hidden@hooks.example.com/x', 'https://h/x#y', 'https://'])('%s is refused', (url) =>
    expect(complaint({ webhook_url: url })).toMatch(/^webhook_url (?!.*hidden).*\.$/),
  );
});

it('fail_on_unreadable and build_details are switches', () => {
  expect(parse({ fail_on_unreadable: false, build_details: true })).toMatchObject({
    failOnUnreadable: false,
    buildDetails: true,
  });
  expect(complaint({ fail_on_unreadable: 'no' })).toMatch(
    /^fail_on_unreadable must be of type boolean: write true or false, without quotes\.$/,
  );
  expect(complaint({ max_concurrency: '8' })).toMatch(
    /^max_concurrency must be of type integer: write a whole number, without quotes\.$/,
  );
  expect(complaint({ projects: {} })).toMatch(/^projects must be of type array(?:, for example \[| ?: write a list in \[ \])/);
});

it('tokens, the key and the password of the database are secrets, raw and parsed', () => {
  const raw = {
    ...minimal,
    additional_tokens: 'second,\nthird',
    credential_store: 'postgres://u:a%2fb@h/db',
    credential_store_key: 'the key',
  };
  for (const config of [raw, parse(raw)])
    expect(secretsOf(config)).toEqual(expect.arrayContaining(['first', 'second', 'third', 'a%2fb', 'a/b', 'the key']));
});

describe('full_walk_hours', () => {
  it.each([0, 0.5, 1.5, 6])('may be %s', (hours) => expect(parse({ full_walk_hours: hours }).fullWalkHours).toBe(hours));

  it.each([-1, '6'])('is not %j', (hours) => expect(complaint({ full_walk_hours: hours })).toMatch(/^full_walk_hours must be/));
});

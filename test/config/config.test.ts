import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, ConfigError, parseConfig, secretsOf } from '../../src/config/config';
import { pem } from '../network/certificates';

const { connectionSpecification: schema } = JSON.parse(readFileSync(join(__dirname, '../../spec.json'), 'utf8')) as {
  connectionSpecification: object;
};
const PASSWORD = 'pa55wörd:with colon';
const minimal = {
  server_url: 'https://git.example.com',
  credentials: { auth_type: 'basic', username: 'airbyte', password: PASSWORD },
};

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

it('has every default that users are promised', () => {
  expect(parse()).toMatchObject({
    serverUrl: 'https://git.example.com',
    credentials: { type: 'basic', username: 'airbyte', password: PASSWORD },
    filters: { projects: [], repositories: [], includePersonalProjects: false, includeArchived: true },
    startDate: null,
    lookbackDays: 14,
    recheckHours: 24,
    maxConcurrency: 8,
    requestsPerSecond: null,
    requestTimeoutMs: 60_000,
    caCertificate: null,
    verifyTls: true,
    shardIndex: 0,
    shardCount: 1,
  });
});

it('takes what is given', () => {
  const given = {
    include_personal_projects: true,
    include_archived: false,
    lookback_days: 0,
    recheck_hours: 0,
    max_concurrency: 64,
    requests_per_second: 0.5,
    request_timeout_seconds: 5,
    verify_tls: false,
    shard_index: 2,
    shard_count: 3,
  };
  expect(parse(given)).toMatchObject({
    filters: { includePersonalProjects: true, includeArchived: false },
    ...{
      lookbackDays: 0,
      recheckHours: 0,
      maxConcurrency: 64,
      requestsPerSecond: 0.5,
      requestTimeoutMs: 5000,
      verifyTls: false,
      shardIndex: 2,
      shardCount: 3,
    },
  });
});

it('takes null and an empty text, as forms send them, for what was not given', () => {
  const empty = {
    start_date: '',
    requests_per_second: null,
    ca_certificate: '',
    projects: null,
    repositories: null,
    max_concurrency: null,
    verify_tls: null,
  };
  expect(parse(empty)).toEqual(parse());
});

it('does not mind fields that it does not know', () => {
  expect(parse({ __injected_by_platform: { a: 1 }, _comment: 'x' })).toEqual(parse());
});

describe('server_url', () => {
  it.each([
    ['https://git.example.com/', 'https://git.example.com'],
    ['https://git.example.com///', 'https://git.example.com'],
    [' https://git.example.com ', 'https://git.example.com'],
    ['https://git.example.com/bitbucket', 'https://git.example.com/bitbucket'],
    ['https://git.example.com/bitbucket/', 'https://git.example.com/bitbucket'],
    ['https://git.example.com/rest/api/1.0', 'https://git.example.com'],
    ['https://git.example.com/bitbucket/rest/api/latest/projects?limit=1', 'https://git.example.com/bitbucket'],
    ['https://git.example.com/rest', 'https://git.example.com'],
    ['https://git.example.com/projects', 'https://git.example.com'],
    ['https://git.example.com/bitbucket/projects/PLAT/repos/api/browse', 'https://git.example.com/bitbucket'],
    ['http://localhost:7990', 'http://localhost:7990'],
    ['https://git.example.com:8443/git/', 'https://git.example.com:8443/git'],
    ['https://git.example.com/restaurant', 'https://git.example.com/restaurant'],
    ['https://git.example.com/projectsx', 'https://git.example.com/projectsx'],
    ['https://Git.Example.com/Bitbucket', 'https://git.example.com/Bitbucket'],
  ])('%s means %s', (given, meant) => {
    expect(parse({ server_url: given }).serverUrl).toBe(meant);
  });

  it.each(['git.example.com', 'ftp://git.example.com', 'https://', 'https://git example.com', 'ssh://git@git.example.com'])(
    '%s is refused',
    (given) => {
      expect(complaint({ server_url: given })).toMatch(/^server_url .*https?:\/\//);
    },
  );

  it('with a password in it is refused, and the password is not repeated', () => {
    const message = complaint({ server_url: 'https://airbyte:h1dden@git.example.com' });
    expect(message).toMatch(/^server_url .*credentials/);
    expect(message).not.toContain('h1dden');
  });

  it('that is missing is required', () => {
    expect(complaint({ server_url: undefined })).toBe('server_url is missing: it is required.');
  });
});

describe('credentials', () => {
  it('may be a token, of which blanks around it are no part', () => {
    expect(parse({ credentials: { auth_type: 'token', token: ' BBDC-abc/+= \n' } }).credentials).toEqual({
      type: 'token',
      token: 'BBDC-abc/+=',
    });
  });

  it('keep blanks within and around a password, but none around a user name', () => {
    const credentials = { auth_type: 'basic', username: ' airbyte ', password: ' pass word ' };
    expect(parse({ credentials }).credentials).toEqual({ type: 'basic', username: 'airbyte', password: ' pass word ' });
  });

  it.each([
    [undefined, /^credentials is missing/],
    ['airbyte:secret', /^credentials must be an object/],
    [[], /^credentials must be an object/],
    [{}, /^credentials\.auth_type must be/],
    [{ auth_type: 'oauth', token: 'h1dden' }, /^credentials\.auth_type must be "basic", "token" or "store"/],
    [{ auth_type: 'toString', token: 'h1dden' }, /^credentials\.auth_type must be/],
    [{ auth_type: 'token' }, /^credentials\.token must be/],
    [{ auth_type: 'token', token: '' }, /^credentials\.token must be/],
    [{ auth_type: 'token', token: ' ' }, /^credentials\.token must be/],
    [{ auth_type: 'token', token: 12345 }, /^credentials\.token must be/],
    [{ auth_type: 'token', token: 'h1dden and more' }, /^credentials\.token holds/],
    [{ auth_type: 'token', token: 'h1dden\nX-Header: 1' }, /^credentials\.token holds/],
    [{ auth_type: 'token', token: 'h1ddén' }, /^credentials\.token holds/],
    [{ auth_type: 'basic', username: 'airbyte' }, /^credentials\.password must be/],
    [{ auth_type: 'basic', password: 'h1dden' }, /^credentials\.username must be/],
  ])('%j are refused, and no value of them is repeated', (credentials, message) => {
    const said = complaint({ credentials });
    expect(said).toMatch(message);
    expect(said).not.toContain('h1dden');
  });
});

describe('start_date', () => {
  it.each([
    ['2024-01-01', '2024-01-01T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2024-01-01T00:00:00Z', '2024-01-01T00:00:00.000Z'],
    ['2024-01-01T09:30:00.123Z', '2024-01-01T09:30:00.123Z'],
    ['2024-01-01T09:30:00.123456Z', '2024-01-01T09:30:00.123Z'],
    ['2024-01-01T09:30:00+02:00', '2024-01-01T07:30:00.000Z'],
    ['2024-01-01T09:30:00+0200', '2024-01-01T07:30:00.000Z'],
    ['2024-01-01T09:30:00', '2024-01-01T09:30:00.000Z'],
  ])('%s is %s, whatever the time zone of the machine', (given, meant) => {
    expect(new Date(parse({ start_date: given }).startDate ?? NaN).toISOString()).toBe(meant);
  });

  it.each([
    'yesterday',
    '2024',
    '2024-1-1',
    '01.01.2024',
    '2024-02-30',
    '2023-02-29',
    '2024-13-01',
    '2024-01-01T25:00:00Z',
    '2024-01-01 00:00:00',
  ])('%s is refused', (given) => {
    expect(complaint({ start_date: given })).toMatch(/^start_date /);
  });
});

describe('ca_certificate', () => {
  it('may hold line breaks, or \\n where a form has lost them', () => {
    const root = pem('root').trim();
    const meant = parse({ ca_certificate: root }).caCertificate;
    expect(meant?.trim()).toBe(root);
    expect(parse({ ca_certificate: root.replaceAll('\n', '\\n') }).caCertificate).toBe(meant);
  });

  it.each(['MIIB', '-----BEGIN CERTIFICATE-----', '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----'])(
    '%s is refused',
    (given) => {
      expect(complaint({ ca_certificate: given })).toMatch(/^ca_certificate/);
    },
  );
});

it.each([
  [{ max_concurrency: 0 }, 'max_concurrency'],
  [{ max_concurrency: 65 }, 'max_concurrency'],
  [{ max_concurrency: 1.5 }, 'max_concurrency'],
  [{ max_concurrency: '8' }, 'max_concurrency'],
  [{ requests_per_second: 0 }, 'requests_per_second'],
  [{ requests_per_second: -1 }, 'requests_per_second'],
  [{ lookback_days: -1 }, 'lookback_days'],
  [{ recheck_hours: 0.5 }, 'recheck_hours'],
  [{ request_timeout_seconds: 0 }, 'request_timeout_seconds'],
  [{ verify_tls: 'no' }, 'verify_tls'],
  [{ include_archived: 1 }, 'include_archived'],
  [{ projects: 'PLAT' }, 'projects'],
  [{ projects: ['PLAT', 7] }, 'projects.1'],
  [{ projects: ['PLAT/api'] }, 'projects.0'],
  [{ projects: ['PLAT', '!OPS'] }, 'projects.1'],
  [{ repositories: ['api'] }, 'repositories.0'],
  [{ repositories: ['PLAT/api', 'PLAT/'] }, 'repositories.1'],
  [{ repositories: ['PLAT/api/src'] }, 'repositories.0'],
  [{ shard_index: 1 }, 'shard_index'],
  [{ shard_index: 3, shard_count: 3 }, 'shard_index'],
  [{ shard_index: -1 }, 'shard_index'],
  [{ shard_count: 0 }, 'shard_count'],
])('%j is refused, and the field is named', (over, field) => {
  const [before = '', index] = field.split('.');
  expect(complaint(over)).toMatch(new RegExp(`^${before}${index === undefined ? '' : `[.[]${index}\\]?`} .*\\.$`));
});

it('all that is wrong is told at once, each thing once, the first fault first', () => {
  const faults = { projects: 'WEB', start_date: 'yesterday', lookback_days: 'a', shard_index: 2, shard_count: 2, project: 1 };
  const sentences = complaint(faults).split(/(?<=\.|\?) (?=\w+ |")/);
  expect(sentences.map((sentence) => sentence.split(' ', 1)[0])).toEqual([
    'projects',
    'start_date',
    'lookback_days',
    'shard_index',
    '"project"',
  ]);
  expect(complaint({ credentials: null, lookback_days: -1 })).toMatch(/^credentials is missing.* lookback_days must be >= 0\.$/);
  expect(() => parseConfig({ projects: 'WEB' }, schema)).toThrow(
    /credentials is missing.*server_url is missing.*projects must be/,
  );
});

it.each([null, undefined, [], 'text', 7])('%j is no configuration at all', (raw) => {
  expect(() => parseConfig(raw, schema)).toThrow(ConfigError);
});

it.each([
  'postgre://u:hidden@h/db',
  ' jdbc:postgresql://u:hidden@h/db',
  'mysql://u:hidden@h/db',
  'postgres:u:hidden@h',
  'u:hidden@h/db',
  '//u:hidden@h/db',
  'postgres://u:hid#den@h/db',
  'postgres://u:hidden/@h/db',
  '  ',
])('webhook_inbox %j is refused, and not repeated', (place) => {
  expect(complaint({ webhook_inbox: place })).toMatch(/^webhook_inbox is (?!.*hid).*\.$/);
});

it.each([
  '/data/inbox',
  'inbox',
  './a:b',
  'C:\\data',
  '/srv/a@b',
  'postgres://u:p%2Fw@h:5432/db?sslmode=require',
  ' postgresql:///db?host=/run ',
])('webhook_inbox %j is taken', (place) => {
  expect(parse({ webhook_inbox: place }).webhookInbox).toBe(place.trim());
});

it.each(['webhook_secret', 'webhook_secret_previous'])('a blank %s is refused', (field) => {
  expect(complaint({ [field]: ' \t' })).toMatch(new RegExp(`^${field} is blank: .*\\.$`));
});

describe('secrets', () => {
  it('are the password, the token, and what goes over the wire', () => {
    expect(secretsOf(minimal)).toEqual([PASSWORD, Buffer.from(`airbyte:${PASSWORD}`).toString('base64')]);
    expect(secretsOf({ credentials: { auth_type: 'token', token: 'abc' } })).toEqual(['abc']);
    expect(secretsOf(parse())).toEqual(secretsOf(minimal));
  });

  it('are the passwords in the URL of the inbox, as they are written and as they are meant', () => {
    expect(secretsOf({ webhook_inbox: 'postgres://u:a%2fb@h/db?password=other' })).toEqual(
      expect.arrayContaining(['a%2fb', 'a/b', 'other']),
    );
  });

  it.each([null, undefined, 7, {}, { credentials: null }, { credentials: { token: 7 } }, { credentials: { password: '' } }])(
    'are none in %j',
    (raw) => {
      expect(secretsOf(raw)).toEqual([]);
    },
  );
});

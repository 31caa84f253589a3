import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import type { Credentials } from '../../src/config/credentials';
import { findStore, lastingStore, openStore } from '../../src/credentials/open-store';
import { type Operation, perform, performJson, type Surroundings, type Verification } from '../../src/credentials/operations';

const USERNAME = 'bitbucket_data_center_username';
const PASSWORD = 'bitbucket_data_center_password';
const TOKEN = 'bitbucket_data_center_token';
const SECRET = 'h1dden';
const NOW = Date.parse('2026-11-26T12:00:00.000Z');

let folder: string;
let place: string;
let verified: Credentials[];
let verdict: (login: Credentials) => Promise<Verification> | Verification;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'operations-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  place = mkdtempSync(join(folder, 'store-'));
  verified = [];
  verdict = () => ({ succeeded: true, userName: 'svc' });
});

let now = NOW;
const KEY = 'q'.repeat(43);
const surroundings: Surroundings = {
  store: { find: () => findStore({ place, key: KEY }), make: () => openStore({ place, key: KEY }) },
  verify: async (login) => {
    verified.push(login);
    return verdict(login);
  },
  now: () => now,
};
beforeEach(() => (now = NOW));
const ask = async (operation: Operation, input?: unknown) => (await perform(operation, input, surroundings)) as any;
const withPassword = (over: object = {}) => ({
  label: 'first',
  settings: { [USERNAME]: 'svc' },
  secrets: { [PASSWORD]: SECRET },
  ...over,
});
const login = { type: 'basic', username: 'svc', password: SECRET };

describe('create', () => {
  it('verifies a login once, stores it, and answers with what it is called', async () => {
    expect(await ask('create', withPassword({ type: 'bitbucket_data_center', expiration_date: '2027-01-31' }))).toEqual({
      ok: true,
      credential: { id: 1, type: 'bitbucket_data_center', label: 'first', created_at: '2026-11-26T12:00:00.000Z' },
    });
    expect(verified).toEqual([login]);
    expect(await ask('create', { secrets: { [TOKEN]: ' BBDC-x\n' } })).toMatchObject({
      ok: true,
      credential: { id: 2, label: null },
    });
    expect(verified[1]).toEqual({ type: 'token', token: 'BBDC-x' });
    expect(await ask('list')).toEqual({
      ok: true,
      credentials: [
        {
          id: 1,
          type: 'bitbucket_data_center',
          label: 'first',
          created_at: '2026-11-26T12:00:00.000Z',
          settings: { [USERNAME]: 'svc' },
          disabled_at: null,
          expiration_date: '2027-01-31',
        },
        {
          id: 2,
          type: 'bitbucket_data_center',
          label: null,
          created_at: '2026-11-26T12:00:00.000Z',
          settings: { [USERNAME]: null },
          disabled_at: null,
          expiration_date: null,
        },
      ],
    });
  });

  it.each([
    'invalid_credentials',
    'invalid_permissions',
    'no_resources',
    'server_unreachable',
    'tls_untrusted',
    'not_bitbucket',
    'server_unavailable',
  ])('stores nothing that the server answers with %s', async (code) => {
    verdict = () => ({ succeeded: false, code, message: `${code}: the reason` });
    expect(await ask('create', withPassword())).toEqual({ ok: false, error: code, message: 'the reason' });
    expect(verified).toHaveLength(1);
    expect(await ask('list')).toEqual({ ok: true, credentials: [] });
  });

  it('sends nothing where nothing could be stored', async () => {
    const keyless = { ...surroundings, store: lastingStore({ place, key: null }) };
    expect(await perform('create', withPassword(), keyless)).toMatchObject({ ok: false, error: 'store_unavailable' });
    expect(verified).toEqual([]);
  });
});

describe('a request', () => {
  it.each<[string, unknown, RegExp]>([
    ['no object', [], /^The request must be an object/],
    ['null', null, /^The request must be an object/],
    ['a text', SECRET, /^The request must be an object/],
    ['nothing', {}, /^secrets\.bitbucket_data_center_token is missing/],
    ['no secret', { settings: { [USERNAME]: 'svc' } }, /^secrets\.bitbucket_data_center_token is missing/],
    ['secrets without one', withPassword({ secrets: {} }), /^secrets\.bitbucket_data_center_token is missing/],
    [
      'a password without a user name',
      { secrets: { [PASSWORD]: SECRET } },
      /^settings\.bitbucket_data_center_username is missing/,
    ],
    [
      'a user name that is null',
      withPassword({ settings: { [USERNAME]: null } }),
      /^settings\.bitbucket_data_center_username is missing/,
    ],
    [
      'a password and a token',
      withPassword({ secrets: { [PASSWORD]: SECRET, [TOKEN]: SECRET } }),
      /^secrets\.\S+ and secrets\.\S+ exclude/,
    ],
    ['secrets as a text', withPassword({ secrets: SECRET }), /^secrets must be an object/],
    ['settings as a list', withPassword({ settings: ['svc'] }), /^settings must be an object/],
    [
      'an empty password',
      withPassword({ secrets: { [PASSWORD]: ' ' } }),
      /^secrets\.bitbucket_data_center_password must be a text/,
    ],
    [
      'a password that is null',
      withPassword({ secrets: { [PASSWORD]: null } }),
      /^secrets\.bitbucket_data_center_password must be a text/,
    ],
    [
      'a password that is a number',
      withPassword({ secrets: { [PASSWORD]: 7 } }),
      /^secrets\.bitbucket_data_center_password must be a text/,
    ],
    [
      'a masked password',
      withPassword({ secrets: { [PASSWORD]: '********' } }),
      /^secrets\.bitbucket_data_center_password is masked/,
    ],
    ['a token with a blank', { secrets: { [TOKEN]: `${SECRET} x` } }, /^secrets\.bitbucket_data_center_token holds a space/],
    [
      'a token with a line end in it',
      { secrets: { [TOKEN]: `${SECRET}\r\nX-Header: 1` } },
      /^secrets\.bitbucket_data_center_token holds/,
    ],
    [
      'a token beyond all bounds',
      { secrets: { [TOKEN]: SECRET.repeat(2000) } },
      /^secrets\.bitbucket_data_center_token is longer than/,
    ],
    [
      'a user name with a colon',
      withPassword({ settings: { [USERNAME]: 'a:b' } }),
      /^settings\.bitbucket_data_center_username holds a colon/,
    ],
    [
      'an empty user name',
      withPassword({ settings: { [USERNAME]: '' } }),
      /^settings\.bitbucket_data_center_username must be a text/,
    ],
    [
      'a label with an escape sequence',
      withPassword({ label: 'a\u001b[2J' }),
      /^label holds a line break or another control character/,
    ],
    ['a label that turns the text around', withPassword({ label: 'a\u202e' }), /^label holds/],
    ['a label that is a number', withPassword({ label: 7 }), /^label must be a text/],
    ['a label beyond all bounds', withPassword({ label: 'x'.repeat(201) }), /^label is longer than 200/],
    ['a day that is none', withPassword({ expiration_date: '2027-02-30' }), /^expiration_date is not a date/],
    ['a date that is a number', withPassword({ expiration_date: 1 }), /^expiration_date is not a date/],
    ['another type', withPassword({ type: 'github' }), /^type must be "bitbucket_data_center"/],
    ['a misspelt field', withPassword({ expires: 'x' }), /^expires is not known here: write one of .*expiration_date/],
    [
      'a misspelt secret',
      withPassword({ secrets: { password: SECRET } }),
      /^secrets\.password is not known here: .*secrets\.bitbucket_data_center_password/,
    ],
    ['a misspelt setting', withPassword({ settings: { username: 'svc' } }), /^settings\.username is not known here/],
    ['a field that is a secret', withPassword({ [`${SECRET} `]: 1 }), /^a field of the request is not known here/],
    ['an id', withPassword({ id: 1 }), /^id is not known here/],
  ])('with %s is refused, names the field, and sends nothing', async (_what, request, message) => {
    const answer = await ask('create', request);
    expect(answer).toEqual({ ok: false, error: 'invalid_request', message: expect.stringMatching(message) });
    expect(JSON.stringify(answer)).not.toContain(SECRET);
    expect(verified).toEqual([]);
  });

  it.each(['update', 'info', 'delete'] as const)('to %s needs an id that is a number', async (operation) => {
    for (const id of [undefined, null, '1', 0, -1, 1.5, 1e300, [1]])
      expect(await ask(operation, { id })).toMatchObject({
        ok: false,
        error: 'invalid_request',
        message: expect.stringMatching(/^id /),
      });
    expect(await ask(operation, [])).toMatchObject({ ok: false, error: 'invalid_request' });
    expect(await ask(operation, { id: 7 })).toMatchObject({ ok: false, error: 'credential_not_found' });
  });

  it.each(['', '{', 'undefined', "{'id': 1}", `{"secrets": {"${PASSWORD}": "${SECRET}"`])('%j is not JSON', async (text) => {
    const answer = await performJson('create', text, surroundings);
    expect(answer).toMatchObject({ ok: false, error: 'invalid_json' });
    expect(JSON.stringify(answer)).not.toContain(SECRET);
  });
});

describe('update', () => {
  beforeEach(async () => {
    await ask('create', withPassword({ expiration_date: '2027-01-31' }));
    verified = [];
  });
  const details = async () => (await ask('info', { id: 1 })).credential;

  it('keeps what is left out, and verifies nothing that concerns no login', async () => {
    expect(await ask('update', { id: 1, label: ' renamed ' })).toEqual({
      ok: true,
      credential: { id: 1, type: 'bitbucket_data_center', label: 'renamed', created_at: '2026-11-26T12:00:00.000Z' },
    });
    expect(await details()).toMatchObject({ label: 'renamed', settings: { [USERNAME]: 'svc' }, expiration_date: '2027-01-31' });
    await ask('update', { id: 1, label: null, expiration_date: null, settings: {}, secrets: {} });
    expect(await details()).toMatchObject({ label: null, expiration_date: null });
    expect(verified).toEqual([]);
  });

  it.each<[string, object, object]>([
    ['a user name with the password that is there', { settings: { [USERNAME]: 'other' } }, { ...login, username: 'other' }],
    ['a password with the user name that is there', { secrets: { [PASSWORD]: 'new' } }, { ...login, password: 'new' }],
    ['a token, which takes the place of the password', { secrets: { [TOKEN]: 'new' } }, { type: 'token', token: 'new' }],
  ])('verifies %s', async (_what, change, expected) => {
    expect(await ask('update', { id: 1, ...change })).toMatchObject({ ok: true });
    expect(verified).toEqual([expected]);
    verified = [];
    await ask('update', { id: 1, settings: { [USERNAME]: 'again' } });
    expect(verified).toEqual([{ ...expected, ...('username' in expected && { username: 'again' }) }]);
  });

  it('changes nothing that the server does not accept', async () => {
    verdict = () => ({ succeeded: false, code: 'invalid_credentials', message: 'invalid_credentials: wrong' });
    const request = { id: 1, label: 'renamed', secrets: { [PASSWORD]: 'wrong' } };
    expect(await ask('update', request)).toEqual({ ok: false, error: 'invalid_credentials', message: 'wrong' });
    expect(await details()).toMatchObject({ label: 'first' });
    verdict = () => ({ succeeded: true, userName: null });
    await ask('update', { id: 1, settings: { [USERNAME]: 'svc' } });
    expect(verified[1]).toEqual(login);
  });

  it('enables a disabled one with a login, and not without', async () => {
    const store = await openStore({ place, key: KEY });
    await store.disable(1, 1, NOW);
    await store.close();
    await ask('update', { id: 1, label: 'renamed' });
    expect(await details()).toMatchObject({ disabled_at: '2026-11-26T12:00:00.000Z' });
    await ask('update', { id: 1, secrets: { [PASSWORD]: SECRET } });
    expect(await details()).toMatchObject({ disabled_at: null });
  });

  it('takes no user name from a password', async () => {
    expect(await ask('update', { id: 1, settings: { [USERNAME]: null } })).toMatchObject({
      error: 'invalid_request',
      message: expect.stringMatching(/^settings\.bitbucket_data_center_username is missing/),
    });
    expect(verified).toEqual([]);
  });

  it('loses no change that was made while the login was verified', async () => {
    verdict = async () => {
      if (verified.length === 1) await ask('update', { id: 1, label: 'meanwhile' });
      return { succeeded: true, userName: 'svc' };
    };
    expect(await ask('update', { id: 1, secrets: { [PASSWORD]: 'new' } })).toMatchObject({
      ok: true,
      credential: { label: 'meanwhile' },
    });
    expect(verified).toHaveLength(2);
    verdict = async () => {
      await ask('delete', { id: 1 });
      return { succeeded: true, userName: 'svc' };
    };
    expect(await ask('update', { id: 1, secrets: { [PASSWORD]: 'new' } })).toMatchObject({ error: 'credential_not_found' });
    expect(await ask('list')).toEqual({ ok: true, credentials: [] });
  });
});

it('makes a store for nothing but a credential to be created', async () => {
  const lost = join(place, 'not', 'mounted');
  const { find, make } = lastingStore({ place: lost, key: KEY });
  const late = lastingStore({ place: lost, key: KEY });
  const without = async (operation: Operation, input?: unknown) =>
    perform(operation, input, { ...surroundings, store: { find, make } });
  expect(await without('list')).toEqual({ ok: true, credentials: [] });
  for (const operation of ['info', 'update', 'delete'] as const)
    expect(await without(operation, { id: 1 })).toMatchObject({ ok: false, error: 'credential_not_found' });
  expect(await without('rekey', 'another')).toMatchObject({
    error: 'store_unavailable',
    message: expect.stringMatching(/^There is no credential store at that place/),
  });
  verdict = () => ({ succeeded: false, code: 'invalid_credentials', message: 'invalid_credentials: wrong' });
  expect(await without('create', withPassword())).toMatchObject({ error: 'invalid_credentials' });
  expect(readdirSync(place)).toEqual([]);
  verdict = () => ({ succeeded: true, userName: 'svc' });
  expect(await without('create', withPassword())).toMatchObject({ ok: true, credential: { id: 1 } });
  await (await late.find())?.close();
  // From now on it was there: for whoever made it, found it, or saw its file at the start.
  const finder = lastingStore({ place: lost, key: KEY });
  rmSync(join(place, 'not'), { recursive: true });
  await expect(finder.find()).rejects.toThrow('not there any more');
  await expect(late.find()).rejects.toThrow('not there any more');
  for (const operation of ['list', 'create'] as const)
    expect(await without(operation, operation === 'list' ? undefined : withPassword())).toMatchObject({
      error: 'store_unavailable',
      message: expect.stringMatching(/^The credential store is not there any more/),
    });
  expect(readdirSync(place)).toEqual([]);
});

describe('a damaged secret', () => {
  beforeEach(async () => {
    await ask('create', withPassword());
    await ask('create', withPassword({ label: 'second' }));
    const database = new DatabaseSync(join(place, 'credentials.sqlite'));
    database.exec("UPDATE bitbucket_credentials SET secret = 'v1.AAAA' WHERE id = 2");
    database.close();
    verified = [];
  });

  it.each<[Operation, unknown]>([
    ['list', undefined],
    ['info', { id: 2 }],
    ['rekey', 'new key'],
    ['update', { id: 2, settings: { [USERNAME]: 'other' } }],
  ])('is told by %s', async (operation, input) => {
    expect(await ask(operation, input)).toEqual({
      ok: false,
      error: 'store_unavailable',
      message: expect.stringMatching(/^Credential 2 is damaged.*update it with its secret, or delete it\.$/),
    });
    expect(verified).toEqual([]);
    expect(await ask('info', { id: 1 })).toMatchObject({ ok: true });
  });

  it('is mended by update, or deleted', async () => {
    expect(await ask('update', { id: 2, secrets: { [PASSWORD]: SECRET } })).toMatchObject({ ok: true });
    expect(await ask('delete', { id: 2 })).toMatchObject({ ok: true, credential: { id: 2, label: 'second' } });
    expect(await ask('list')).toMatchObject({ ok: true, credentials: [{ id: 1 }] });
  });
});

it('delete erases, once', async () => {
  await ask('create', withPassword());
  expect(await ask('delete', { id: 1 })).toMatchObject({ ok: true, credential: { id: 1 } });
  for (const operation of ['delete', 'info', 'update'] as const)
    expect(await ask(operation, { id: 1 })).toMatchObject({ ok: false, error: 'credential_not_found' });
});

it('list tells for 14 days that a credential expires', async () => {
  await ask('create', withPassword({ expiration_date: '2026-12-10' }));
  now = Date.parse('2026-11-26T23:59:59Z');
  expect(await ask('list')).not.toHaveProperty('warnings');
  now = Date.parse('2026-11-27T00:00:00Z');
  expect((await ask('list')).warnings).toEqual([
    'Credential 1 (first) expires in 14 days (2026-12-10): make a new secret in Bitbucket, and update the credential with it.',
  ]);
});

it('list, create and update tell that a credential is not used, as after an update that keeps a date that has passed', async () => {
  await ask('create', withPassword({ expiration_date: '2026-12-10' }));
  now = Date.parse('2026-12-11T00:00:00Z');
  const warnings = [
    'Credential 1 (first) is left out: it expired (2026-12-10). Update it with a new secret and expiration_date, or delete it.',
  ];
  expect((await ask('list')).warnings).toEqual(warnings);
  expect(await ask('update', { id: 1, secrets: { [PASSWORD]: SECRET } })).toMatchObject({ ok: true, warnings });
  expect(await ask('update', { id: 1, expiration_date: '2027-12-10' })).not.toHaveProperty('warnings');
  expect(await ask('create', withPassword({ expiration_date: '2026-01-01' }))).toMatchObject({
    ok: true,
    warnings: [expect.stringContaining('it expired')],
  });
});

it.each([undefined, '', ' '])('rekey needs a key, which %j is not', async (key) => {
  expect(await ask('rekey', key)).toMatchObject({
    error: 'invalid_request',
    message: expect.stringMatching(/^BITBUCKET_CREDENTIALS_NEW_KEY is missing/),
  });
});

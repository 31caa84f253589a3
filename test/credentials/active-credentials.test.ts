import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, ConfigError, parseConfig } from '../../src/config/config';
import { availableLogins } from '../../src/credentials/available-logins';
import { CredentialsError } from '../../src/credentials/credentials-error';
import { DeniedLogins } from '../../src/credentials/denied-logins';
import { openStore } from '../../src/credentials/open-store';
import type { CredentialContent, CredentialStore } from '../../src/credentials/store';

const { connectionSpecification: schema } = JSON.parse(readFileSync(join(__dirname, '../../spec.json'), 'utf8')) as {
  connectionSpecification: object;
};
const KEY = 'q'.repeat(43);
const NOW = Date.parse('2026-11-26T12:00:00.000Z');

let folder: string;
let place: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'active-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => (place = mkdtempSync(join(folder, 'store-'))));

const configOf = (over: object = {}): Config =>
  parseConfig(
    { server_url: 'https://git.example.com', credentials: { auth_type: 'store' }, credential_store: place, ...over },
    schema,
  );
const logins = (over: object = {}, key: string | undefined = KEY, now = NOW) =>
  availableLogins(configOf(over), { key, now: () => now, denied: new DeniedLogins() });
const change = async (work: (store: CredentialStore) => Promise<unknown>) => {
  const store = await openStore({ place, key: KEY });
  await work(store);
  await store.close();
};
const add = (over: Partial<CredentialContent> = {}) =>
  change((store) =>
    store.add(
      { label: null, username: 'svc', account: 'svc', secret: { kind: 'password', value: 'p' }, expirationDate: null, ...over },
      NOW,
    ),
  );

it('are those of the configuration alone where it names no store; then nothing is opened', async () => {
  const config = {
    credentials: { auth_type: 'token', token: 'first' },
    additional_tokens: 'second,third',
    credential_store: null,
  };
  const available = await logins(config, undefined);
  expect(available.logins).toEqual([
    { name: 'The login of credentials', login: { type: 'token', token: 'first' }, stored: null },
    { name: 'Token 1 of additional_tokens', login: { type: 'token', token: 'second' }, stored: null },
    { name: 'Token 2 of additional_tokens', login: { type: 'token', token: 'third' }, stored: null },
  ]);
  expect([available.inactive, available.warnings]).toEqual([[], []]);
});

it('come in a fixed order: credentials, further tokens, the store by its ids', async () => {
  await add({ label: 'a' });
  await add({ username: null, account: null, secret: { kind: 'token', value: 't' } });
  const { logins: found } = await logins({
    credentials: { auth_type: 'basic', username: 'u', password: 'p' },
    additional_tokens: 'x',
  });
  expect(found.map(({ name, login }) => [name, login])).toEqual([
    ['The login of credentials', { type: 'basic', username: 'u', password: 'p' }],
    ['Token 1 of additional_tokens', { type: 'token', token: 'x' }],
    ['Credential 1 (a)', { type: 'basic', username: 'svc', password: 'p' }],
    ['Credential 2', { type: 'token', token: 't' }],
  ]);
  expect(found.map(({ stored }) => stored?.account)).toEqual([undefined, undefined, 'svc', null]);
});

it('leave out what is disabled or expired, which is told, with the account whose rows are not gone for that', async () => {
  await add({ label: 'expired', account: 'one', expirationDate: '2026-11-25' });
  await add({ label: 'denied', account: 'two' });
  await add({ label: 'last day', expirationDate: '2026-11-26' });
  await add({ label: 'soon', expirationDate: '2026-12-01T00:00:00.000Z' });
  await add({ label: 'fine', expirationDate: '2027-12-01' });
  await change((store) => store.disable(2, 1, NOW));
  const found = await logins();
  expect(found.logins.map(({ name }) => name)).toEqual(['Credential 3 (last day)', 'Credential 4 (soon)', 'Credential 5 (fine)']);
  expect(found.inactive).toEqual([
    { id: 1, name: 'Credential 1 (expired)', account: 'one', reason: 'expired' },
    { id: 2, name: 'Credential 2 (denied)', account: 'two', reason: 'disabled' },
  ]);
  expect(found.warnings).toEqual([
    'Credential 1 (expired) is left out: it expired (2026-11-25). Update it with a new secret and expiration_date, or delete it.',
    'Credential 2 (denied) is left out: Bitbucket denied it (2026-11-26T12:00:00.000Z), and each further attempt could lock the account. Update it with its present secret, or delete it.',
    'Credential 3 (last day) expires within a day (2026-11-26): make a new secret in Bitbucket, and update the credential with it.',
    'Credential 4 (soon) expires in 5 days (2026-12-01T00:00:00.000Z): make a new secret in Bitbucket, and update the credential with it.',
  ]);
});

it('that are denied are not given again until they are updated', async () => {
  await add();
  await add();
  const found = await logins();
  await found.deny(found.logins[0]!);
  expect((await logins()).logins.map(({ name }) => name)).toEqual(['Credential 2 (svc)']);
  await change(async (store) => {
    const credential = (await store.find(1))!;
    await store.replace(credential, { ...credential, secret: { kind: 'password', value: 'new' }, enable: true });
  });
  const again = await logins();
  expect(again.logins).toHaveLength(2);
  await found.deny(found.logins[0]!); // a run that still has the old password
  expect((await logins()).logins).toHaveLength(2);
});

it('of the configuration are denied without effect', async () => {
  const found = await logins({ credentials: { auth_type: 'token', token: 'x' }, credential_store: null });
  await found.deny(found.logins[0]!);
  expect(found.logins).toHaveLength(1);
});

it('are none, but no mistake, where all of the store are left out', async () => {
  await add({ expirationDate: '2020-01-01' });
  const found = await logins();
  expect([found.logins, found.inactive.length, found.warnings.length]).toEqual([[], 1, 1]);
});

it('of a store that does not answer at the moment are no mistake of the configuration', async () => {
  const error: unknown = await logins({ credential_store: 'postgres://u:h1dden@127.0.0.1:1/db' }).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CredentialsError);
  expect(error).toMatchObject({ code: 'store_unavailable', isTransient: true, message: expect.not.stringContaining('h1dden') });
});

describe('are a mistake of the configuration', () => {
  const complaint = async (over: object, key?: string) => {
    const error: unknown = await logins(over, key).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  };

  it('where the store is empty and nothing else is configured: how to create the first is said', async () => {
    await add();
    await change((store) => store.remove(1, NOW));
    expect(await complaint({}, KEY)).toMatch(/^credential_store holds no credential, .*: create the first one with the command/);
    await expect(logins({}, KEY)).rejects.toMatchObject({ command: 'credentials create' });
    expect((await logins({ credentials: { auth_type: 'token', token: 'x' } })).logins).toHaveLength(1);
  });

  it('where there is no store, though another login is configured: what its accounts alone see would be taken for gone', async () => {
    const token = { credentials: { auth_type: 'token', token: 'x' } };
    const missing =
      /^credential_store: there is no credential store at that place\. If there was one, bring it back .*; if there never was one, make it with the command credentials create\.$/;
    expect(await complaint({})).toMatch(missing);
    await expect(logins()).rejects.toMatchObject({ command: 'credentials create' });
    await expect(logins(token)).rejects.toMatchObject({ command: undefined });
    const lost = join(place, 'not', 'mounted');
    expect(await complaint({ ...token, credential_store: lost })).toMatch(missing);
    expect(existsSync(join(place, 'not'))).toBe(false);
    await add();
    expect((await logins(token)).logins).toHaveLength(2);
    writeFileSync(join(place, 'credentials.sqlite'), '');
    expect(await complaint(token)).toMatch(missing);
    expect(await complaint(token, '')).toMatch(/^credential_store: The credential store has no key/);
    rmSync(place, { recursive: true });
    writeFileSync(place, '');
    expect(await complaint(token)).toMatch(/^credential_store: The credential store cannot be used \(stat ENOTDIR\)/);
  });

  it('where the store has no key, or another one, or holds a damaged credential', async () => {
    await add();
    const token = { credentials: { auth_type: 'token', token: 'x' } };
    expect(await complaint(token, '')).toMatch(/^credential_store: The credential store has no key/);
    expect(await complaint(token, 'another')).toMatch(/^credential_store: The key is not the one/);
    expect((await logins({ ...token, credential_store_key: KEY }, '')).logins).toHaveLength(2);
    await change(async (store) => {
      const credential = (await store.find(1))!;
      await store.replace(credential, { ...credential, secret: { kind: 'token', value: 'x' }, enable: false });
    });
    const { DatabaseSync } = await import('@photostructure/sqlite');
    const database = new DatabaseSync(join(place, 'credentials.sqlite'));
    database.exec("UPDATE bitbucket_credentials SET secret_kind = 'password'");
    database.close();
    expect(await complaint(token, KEY)).toMatch(/^credential_store: Credential 1 is damaged/);
  });
});

import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { Client } from 'pg';
import { CredentialsError } from '../../src/credentials/credentials-error';
import { findStore, openStore } from '../../src/credentials/open-store';
import type { CredentialContent, CredentialStore, StoredCredential } from '../../src/credentials/store';
import { postgresPrograms, type PostgresServer, startPostgres } from '../support/postgres';
import { secretsIn } from './secrets-in';

const KEY = randomBytes(32).toString('base64');
const PASSWORD = 'pa55"wörd/+ of the account';
const NOW = Date.UTC(2026, 10, 26);
const content = (over: Partial<CredentialContent> = {}): CredentialContent => ({
  label: 'first',
  username: 'svc-1',
  account: 'svc-1',
  secret: { kind: 'password', value: PASSWORD },
  expirationDate: null,
  ...over,
});

let folder: string;
let postgres: PostgresServer | null = null;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'credentials-'));
  if (postgresPrograms() !== null) postgres = await startPostgres();
}, 60_000);
afterAll(async () => {
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const opened: CredentialStore[] = [];
const open = async (place: string, key: string | null = KEY) => {
  const store = await openStore({ place, key });
  opened.push(store);
  return store;
};
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});

/** What a promise is rejected with: always a CredentialsError of the store. */
const complaint = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CredentialsError);
  expect((error as CredentialsError).code).toBe('store_unavailable');
  return (error as CredentialsError).message;
};

/** Statements as somebody with access to the database would run them. */
const tamper = async (place: string, ...statements: string[]): Promise<void> => {
  if (!place.startsWith('postgres')) {
    const database = new DatabaseSync(join(place, 'credentials.sqlite'));
    for (const statement of statements) database.exec(statement);
    database.close();
    return;
  }
  const client = new Client({ connectionString: place });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
};

let folders = 0;
const kinds = [
  ['SQLite', () => Promise.resolve(join(folder, `store-${++folders}`))],
  ...(postgresPrograms() === null ? [] : [['PostgreSQL', () => postgres!.database()] as const]),
] as const;
if (postgresPrograms() === null) it.skip('PostgreSQL is not installed', () => undefined);

describe.each(kinds)('a store in %s', (_kind, newPlace) => {
  let place: string;
  let store: CredentialStore;
  beforeEach(async () => {
    place = await newPlace();
    store = await open(place);
  });

  it('is found where it is, and not made where it is not', async () => {
    const elsewhere = await newPlace();
    for (let times = 0; times < 2; times++) expect(await findStore({ place: elsewhere, key: KEY })).toBeNull();
    const found = await findStore({ place, key: KEY });
    opened.push(found!);
    expect(await found!.list()).toEqual([]);
  });

  it('is empty at first, and gives back what was put into it, also later', async () => {
    expect(await store.list()).toEqual([]);
    const password = await store.add(content({ expirationDate: '2027-01-31' }), NOW);
    const token = await store.add(
      content({ label: null, username: null, account: null, secret: { kind: 'token', value: 'BBDC-x' } }),
      NOW + 1,
    );
    expect(password).toEqual({
      ...content({ expirationDate: '2027-01-31' }),
      id: 1,
      revision: 1,
      createdAt: NOW,
      disabledAt: null,
    });
    const again = await open(place);
    expect(await again.list()).toEqual([password, token]);
    expect(await again.find(2)).toEqual(token);
    expect(await again.find(3)).toBeNull();
  });

  it('replaces what is given, and keeps a secret that is not', async () => {
    const added = await store.add(content(), NOW);
    const { label, username, account, expirationDate } = content({ label: 'second', expirationDate: '2027-01-31' });
    const renamed = await store.replace(added, { label, username, account, expirationDate, enable: false });
    expect(renamed).toEqual({ ...added, label: 'second', expirationDate: '2027-01-31', revision: 2 });
    const secret = { kind: 'token', value: 'BBDC-new' } as const;
    await store.replace(renamed!, { label, username: null, account, expirationDate: null, secret, enable: false });
    expect(await store.find(1)).toMatchObject({ secret, username: null, expirationDate: null, revision: 3 });
  });

  it('replaces nothing that changed or was deleted meanwhile', async () => {
    const added = await store.add(content(), NOW);
    const change = { ...content({ label: 'other' }), enable: false };
    await store.replace(added, change);
    expect(await store.replace(added, { ...change, label: 'third' })).toBeNull();
    expect(await store.find(1)).toMatchObject({ label: 'other' });
    const second = await store.add(content(), NOW);
    await store.remove(2, NOW);
    expect(await store.replace(second, change)).toBeNull();
    expect(await store.find(2)).toBeNull();
  });

  it('never gives an id twice, also when the last credential was deleted', async () => {
    await store.add(content(), NOW);
    await store.add(content(), NOW);
    expect(await store.remove(2, NOW)).toMatchObject({ id: 2, label: 'first' });
    expect(await store.remove(2, NOW)).toBeNull();
    expect((await store.list()).map(({ id }) => id)).toEqual([1]);
    expect((await store.add(content(), NOW)).id).toBe(3);
    await store.remove(3, NOW);
    expect((await (await open(place)).add(content(), NOW)).id).toBe(4);
  });

  it('gives ids of their own to those who add at the same time', async () => {
    const other = await open(place);
    const added = await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 ? store : other).add(content(), NOW)));
    expect(added.map(({ id }) => id).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  });

  it('is made once by those who open it at the same time', async () => {
    const fresh = await newPlace();
    const stores = await Promise.all(Array.from({ length: 5 }, () => open(fresh, 'one passphrase')));
    await stores[0]!.add(content(), NOW);
    for (const each of stores) expect(await each.list()).toMatchObject([{ secret: { value: PASSWORD } }]);
  });

  it('disables the revision that was denied, and none that came after it', async () => {
    const added = await store.add(content(), NOW);
    await store.disable(1, added.revision, NOW + 5);
    await store.disable(1, added.revision, NOW + 9);
    const disabled = (await store.find(1))!;
    expect(disabled).toMatchObject({ disabledAt: NOW + 5, revision: added.revision });
    const { label, username, account, expirationDate } = content({ label: 'renamed' });
    const renamed = (await store.replace(disabled, { label, username, account, expirationDate, enable: false }))!;
    expect(renamed.disabledAt).toBe(NOW + 5);
    const enabled = (await store.replace(renamed, { ...content(), enable: true }))!;
    expect(enabled.disabledAt).toBeNull();
    await store.disable(1, added.revision, NOW + 20);
    expect((await store.find(1))?.disabledAt).toBeNull();
  });

  it('takes another key as a whole; who has the old one is told so', async () => {
    await store.add(content(), NOW);
    await store.add(content({ secret: { kind: 'token', value: 'BBDC-x' } }), NOW);
    await store.remove(2, NOW);
    const other = await open(place);
    await other.rekey('a passphrase');
    expect(await other.list()).toMatchObject([{ id: 1, secret: { kind: 'password', value: PASSWORD } }]);
    expect(await complaint(store.list())).toMatch(/was given another key meanwhile: set BITBUCKET_CREDENTIALS_KEY/);
    expect(await complaint(store.add(content(), NOW))).toMatch(/another key/);
    expect(await complaint(openStore({ place, key: KEY }))).toMatch(
      /^The key is not the one .* set BITBUCKET_CREDENTIALS_KEY or credential_store_key/,
    );
    expect(await (await open(place, ' a passphrase\n')).find(1)).toMatchObject({ secret: { value: PASSWORD } });
    await other.rekey(KEY);
    expect(await (await open(place)).list()).toHaveLength(1);
  });

  it('is not opened with another key or without one', async () => {
    await store.add(content(), NOW);
    for (const key of [randomBytes(32).toString('base64'), 'a passphrase'])
      expect(await complaint(openStore({ place, key }))).toMatch(/^The key is not the one/);
    expect(await complaint(openStore({ place, key: null }))).toMatch(
      /^The credential store has no key: set BITBUCKET_CREDENTIALS_KEY/,
    );
  });

  it.each([
    ['changed', "UPDATE bitbucket_credentials SET secret = 'v1.AAAA' WHERE id = 2"],
    ['missing', 'UPDATE bitbucket_credentials SET secret = NULL WHERE id = 2'],
    [
      'that of another credential',
      'UPDATE bitbucket_credentials SET secret = (SELECT secret FROM bitbucket_credentials WHERE id = 1) WHERE id = 2',
    ],
    ['declared to be of another kind', "UPDATE bitbucket_credentials SET secret_kind = 'token' WHERE id = 2"],
  ])('knows a secret that is %s for damaged', async (_how, statement) => {
    const [first, second] = [await store.add(content(), NOW), await store.add(content(), NOW)];
    await tamper(place, statement);
    expect((await store.list()).map(({ secret }) => secret)).toEqual([first.secret, null]);
    expect(await complaint(store.rekey('other'))).toMatch(
      /^Credential 2 is damaged.*: update it with its secret, or delete it\.$/,
    );
    expect(await store.find(1)).toEqual(first); // still under the old key
    const found = (await store.find(2))!;
    expect(await store.replace(found, { ...content(), enable: true })).toMatchObject({ secret: second.secret });
    await tamper(place, statement);
    expect(await store.remove(2, NOW)).toMatchObject({ id: 2 });
    await store.rekey('other');
  });

  it('is damaged when what its key is checked with is changed or gone', async () => {
    await store.add(content(), NOW);
    await tamper(place, "UPDATE bitbucket_credential_store SET key_check = 'v1.AAAA'");
    expect(await complaint(openStore({ place, key: KEY }))).toMatch(/or what it is checked with is damaged/);
    await tamper(place, 'DELETE FROM bitbucket_credential_store');
    expect(await complaint(openStore({ place, key: KEY }))).toMatch(
      /^The credential store is damaged: it holds credentials, but not what/,
    );
  });

  it('shows nothing of a secret to who reads its tables', async () => {
    const secrets = [PASSWORD, 'BBDC-MDEyMzQ1Njc4OTAx', 'the passphrase of it'];
    await store.rekey(secrets[2]!);
    await store.add(content(), NOW);
    await store.add(content({ secret: { kind: 'token', value: secrets[1]! } }), NOW);
    if (place.startsWith('postgres')) {
      const client = new Client({ connectionString: place });
      await client.connect();
      const rows = await client.query('SELECT * FROM bitbucket_credentials, bitbucket_credential_store');
      await client.end();
      expect(rows.rowCount).toBe(2);
      expect(secretsIn(JSON.stringify(rows.rows), secrets)).toEqual([]);
      for (const { secret } of rows.rows as { secret: string }[])
        expect(secretsIn(Buffer.from(secret.slice(3), 'base64url'), secrets)).toEqual([]);
    } else for (const bytes of filesOf(place)) expect(secretsIn(bytes, secrets)).toEqual([]);
  });
});

const filesOf = (place: string) => readdirSync(place).map((name) => readFileSync(join(place, name)));
const newFolder = () => join(folder, `store-${++folders}`);

describe('a store in a folder', () => {
  it('is for its owner only: the folder that was made, the database and its side files', async () => {
    const place = join(newFolder(), 'deeper');
    const store = await open(place);
    await store.add(content(), NOW);
    const modes = () => readdirSync(place).map((name) => [name, (statSync(join(place, name)).mode & 0o777).toString(8)]);
    expect([place, join(place, '..')].map((each) => (statSync(each).mode & 0o777).toString(8))).toEqual(['700', '700']);
    expect(modes()).toEqual([['credentials.sqlite', '600']]);
    const database = new DatabaseSync(join(place, 'credentials.sqlite'));
    database.exec('BEGIN IMMEDIATE; UPDATE bitbucket_credentials SET revision = 9');
    expect(modes()).toEqual([
      ['credentials.sqlite', '600'],
      ['credentials.sqlite-journal', '600'],
    ]);
    database.exec('ROLLBACK');
    database.close();
  });

  it('becomes so where it was not, and leaves a folder that was there as it is', async () => {
    const place = newFolder();
    mkdirSync(place, { mode: 0o755 });
    await (await open(place)).add(content(), NOW);
    chmodSync(join(place, 'credentials.sqlite'), 0o644);
    await open(place);
    expect((statSync(join(place, 'credentials.sqlite')).mode & 0o777).toString(8)).toBe('600');
    expect((statSync(place).mode & 0o777).toString(8)).toBe('755');
  });

  it('keeps not even the encrypted form of what was replaced, deleted or under another key', async () => {
    const place = newFolder();
    const store = await open(place);
    const sealed = () => {
      const database = new DatabaseSync(join(place, 'credentials.sqlite'));
      const rows = database.prepare('SELECT secret FROM bitbucket_credentials WHERE secret IS NOT NULL').all() as {
        secret: string;
      }[];
      database.close();
      return rows.map(({ secret }) => Buffer.from(secret));
    };
    const added: StoredCredential[] = [];
    // Large enough for pages of their own, and many enough for several pages.
    for (let n = 0; n < 40; n++)
      added.push(await store.add(content({ secret: { kind: 'password', value: `${n} `.repeat(n % 4 ? 10 : 2000) } }), NOW));
    const before = sealed();
    expect(before).toHaveLength(40);
    const traces = (of: readonly Buffer[]) =>
      of.filter((each) => filesOf(place).some((bytes) => bytes.includes(each.subarray(0, 60)))).length;
    expect(traces(before)).toBe(40);
    await store.rekey('another');
    expect(traces(before)).toBe(0);
    const rekeyed = sealed();
    for (const credential of added.slice(0, 20)) await store.remove(credential.id, NOW);
    for (const credential of added.slice(20)) await store.replace(credential, { ...content(), enable: false });
    expect(traces(rekeyed)).toBe(0);
    expect(readdirSync(place)).toEqual(['credentials.sqlite']);
  });

  it.each([
    ['no database', (bytes: Buffer) => Buffer.from('x'.repeat(bytes.length))],
    ['cut off', (bytes: Buffer) => bytes.subarray(0, 5000)],
    [
      'overwritten in its middle',
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(bytes.length - 4096, 7)]),
    ],
  ])('that is %s is damaged, and is left as it is', async (_how, damage) => {
    const place = newFolder();
    await (await openStore({ place, key: KEY }).then(async (store) => (await store.add(content(), NOW), store))).close();
    const file = join(place, 'credentials.sqlite');
    const damaged = damage(readFileSync(file));
    writeFileSync(file, damaged);
    expect(await complaint(openStore({ place, key: KEY }).then((store) => (opened.push(store), store.list())))).toMatch(
      /^The credential store cannot be used \(.*(not a database|malformed).*\)/,
    );
    expect(readFileSync(file)).toEqual(damaged);
  });

  it('is not made without a key', async () => {
    const place = newFolder();
    await complaint(openStore({ place, key: null }));
    expect(() => statSync(place)).toThrow('ENOENT');
  });

  it('where none can be made is told without its name', async () => {
    writeFileSync(join(folder, 'h1dden'), '');
    for (const place of [join(folder, 'h1dden'), join(folder, 'h1dden', 'deeper'), '/proc/h1dden/store']) {
      const message = await complaint(openStore({ place, key: KEY }));
      expect(message).toMatch(/^The credential store cannot be used \(\w+ E[A-Z]+\): /);
      expect(message).not.toContain('h1dden');
    }
  });
});

describe('a store in a database', () => {
  it('that is not there is told without its password', async () => {
    const message = await complaint(openStore({ place: 'postgres://u:h1dden@127.0.0.1:1/db', key: KEY }));
    expect(message).toMatch(/^The credential store cannot be used \(.*ECONNREFUSED.*\)/);
    expect(message).not.toContain('h1dden');
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BitbucketError } from '../../src/bitbucket/errors';
import type { Config } from '../../src/config/config';
import { openStore } from '../../src/credentials/open-store';
import type { CredentialContent, CredentialStore, StoredCredential } from '../../src/credentials/store';
import { Emitter } from '../../src/airbyte/emitter';
import { diagnose } from '../../src/diagnosis/diagnosis';
import { BitbucketSource } from '../../src/source';
import { type Login, Simulator } from '../simulator';
import { configFor, logsOf, type Message } from '../support/connector';
import { Clock } from '../sync/support/clock';
import { Connection } from '../sync/support/connection';

const KEY = 'q'.repeat(43);
const streams = ['projects', 'repositories', 'users', 'pull_requests'] as const;
let simulator: Simulator;
let clock: Clock;
let place: string;
let jane: Login;
let joe: Login;

beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), 'pool-store-'));
  clock = new Clock();
  simulator = await Simulator.start({ dataset: 'empty', clock: clock.now });
  const { history, authentication } = simulator;
  for (const name of ['jane', 'joe']) history.createUser({ name });
  [jane, joe] = [authentication.addAccount('jane'), authentication.addAccount('joe')];
  history.createProject({ key: 'A' });
  for (const slug of ['one', 'two']) history.createPullRequest(history.createRepository('A', { slug }), { author: 'jane' });
});
afterEach(async () => {
  await simulator.stop();
  rmSync(place, { recursive: true, force: true });
});

const inStore = async <T>(work: (store: CredentialStore) => Promise<T>): Promise<T> => {
  const store = await openStore({ place, key: KEY });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
};
const add = ({ username, password }: Login, over: Partial<CredentialContent> = {}): Promise<StoredCredential> =>
  inStore((store) =>
    store.add(
      {
        ...{ label: `login of ${username}`, username, account: username, expirationDate: null },
        secret: { kind: 'password', value: password },
        ...over,
      },
      clock.now(),
    ),
  );
const storeOnly = (over: object = {}) => ({
  credentials: { auth_type: 'store' },
  credential_store: place,
  credential_store_key: KEY,
  ...over,
});
const connect = (config: object = storeOnly()) => new Connection(simulator, clock, config);

async function check(config: object = storeOnly()): Promise<{ status: Message; warnings: string[]; messages: Message[] }> {
  const messages: Message[] = [];
  const emitter = new Emitter((line) => void messages.push(JSON.parse(line) as Message), clock.now);
  const source = new BitbucketSource({
    ...{ now: clock.now, random: Math.random, extraCaCertificates: undefined, signal: new AbortController().signal },
    retryPolicy: { attempts: 2, firstDelayMs: 1 },
  });
  const { connectionStatus } = (await source.check(configFor(simulator, config), emitter)) as unknown as {
    connectionStatus: Message;
  };
  return { status: connectionStatus, warnings: logsOf(messages, 'WARN'), messages };
}

it('reads with the credentials of the store alone, and shares the work between them', async () => {
  await add(jane);
  await add(joe);
  const { succeeded, errors, requests, records } = await connect().sync({ streams });
  expect([succeeded, errors]).toEqual([true, []]);
  expect(records.pull_requests).toHaveLength(2);
  expect(new Set(requests.map(({ user }) => user))).toEqual(new Set(['jane', 'joe']));
});

it('asks with one credential of the store for exactly what the same login of the configuration asks for', async () => {
  await add(jane);
  const asked = async (config: object) =>
    (await connect(config).sync()).requests
      .map(({ method, path, query }) => [method, path, JSON.stringify(query)].join(' '))
      .sort();
  const { username, password } = jane;
  expect(await asked(storeOnly())).toEqual(await asked({ credentials: { auth_type: 'basic', username, password } }));
});

it('tries a wrong password once, notes it in the store, and does not try it again', async () => {
  await add(jane);
  const { id } = await add(joe, { secret: { kind: 'password', value: 'a wrong one' } });
  const connection = connect();
  const first = await connection.sync({ streams });
  expect(first.succeeded).toBe(true);
  expect(first.warnings.join('\n')).toMatch(/login of joe.* is left out of this run/);
  expect(simulator.authentication.failedLoginsOf('joe')).toBe(1);
  expect((await inStore((store) => store.find(id)))?.disabledAt).toEqual(expect.any(Number));
  const second = await connection.sync({ streams });
  expect(second.succeeded).toBe(true);
  expect(simulator.authentication.failedLoginsOf('joe')).toBe(1);
  expect(second.requests.filter(({ owner }) => owner === 'joe')).toEqual([]);
  expect(JSON.stringify([first.messages, second.messages])).not.toContain('a wrong one');
});

it('tries the same user name and password once, wherever they stand', async () => {
  await add(jane);
  const wrong = { username: 'joe', password: 'a wrong one' };
  const stored = await Promise.all([1, 2].map(() => add(joe, { secret: { kind: 'password', value: wrong.password } })));
  const config = storeOnly({ credentials: { auth_type: 'basic', ...wrong } });
  const { succeeded, warnings } = await connect(config).sync({ streams });
  expect(succeeded).toBe(true);
  expect(warnings.filter((warning) => /is left out of this run/.test(warning))).toHaveLength(3);
  expect(simulator.authentication.failedLoginsOf('joe')).toBe(1);
  for (const { id } of stored) expect((await inStore((store) => store.find(id)))?.disabledAt).toEqual(expect.any(Number));
  await inStore((store) => Promise.all(stored.map(({ id }) => store.remove(id, clock.now()))));
  await add(joe, { secret: { kind: 'password', value: wrong.password } });
  expect((await check(config)).warnings.join('\n')).toMatch(/login of joe.* was not tried/);
  expect(simulator.authentication.failedLoginsOf('joe')).toBe(2);
});

it('names a user once who is lost midway, whatever the label is', async () => {
  await add(jane, { label: 'jane' });
  await add(joe, { label: 'second' });
  let struck = false;
  const { warnings } = await connect().sync({
    streams,
    onMessage: ({ record }) => {
      if (struck || record?.stream !== 'repositories') return;
      struck = true;
      for (const { password } of [jane, joe]) simulator.authentication.revoke(password);
    },
  });
  const named = warnings.flatMap((warning) => /^(Credential .*) is left out for the rest/.exec(warning)?.[1] ?? []);
  expect(named.sort()).toEqual(['Credential 1 (jane)', 'Credential 2 (second) (joe)']);
});

it('says what to do where none of the store may be used', async () => {
  await add(joe, { secret: { kind: 'password', value: 'a wrong one' } });
  await connect().sync({ streams });
  const { errors, requests } = await connect().sync({ streams });
  expect(requests).toEqual([]);
  expect(errors[0]?.message).toMatch(/all those of credential_store are disabled or expired/);
  expect((await check()).status.message).toMatch(/^invalid_credentials: None of the credentials in credential_store may be used/);
});

it('leaves a refusal that is not about the password for this run: Basic authentication switched off', async () => {
  const { id } = await add(jane);
  await add(joe, { secret: { kind: 'token', value: joe.tokens[0]! } });
  simulator.authentication.basicAllowed = false;
  expect((await connect().sync({ streams })).succeeded).toBe(true);
  expect((await inStore((store) => store.find(id)))?.disabledAt).toBeNull();
});

it('leaves out a token that is answered as nobody, tries it again in the next sync, and does not disable it: a proxy may answer so', async () => {
  await add(jane);
  const { id } = await add(joe, { secret: { kind: 'token', value: joe.tokens[0]! } });
  const connection = connect();
  simulator.authentication.revoke(joe.tokens[0]!);
  for (let run = 0; run < 2; run++) {
    const { succeeded, warnings, requests } = await connection.sync({ streams });
    expect(succeeded).toBe(true);
    expect(warnings.join('\n')).toMatch(/login of joe.* is left out of this run: .*as to an anonymous user/);
    expect(requests.filter(({ owner }) => owner === 'joe')).not.toEqual([]);
    expect((await inStore((store) => store.find(id)))?.disabledAt).toBeNull();
  }
  simulator.authentication.restore(joe.tokens[0]!);
  expect((await connection.sync({ streams })).warnings.join('\n')).not.toMatch(/left out/);
});

it('sends nobody to the list of the store alone, which does not know of revoked tokens', () => {
  const config = { serverUrl: 'https://git.example.com', credentials: { type: 'store' } } as Config;
  const { remedy } = diagnose(new BitbucketError('login_denied', 'denied', { denial: 'anonymous' }), { config, proxy: null });
  expect(remedy).toMatch(/the warnings name each that does not work, .*revoked is not among them/);
});

it('keeps what a user alone saw that was renamed since its login was stored', async () => {
  const { authentication, history } = simulator;
  history.revokeAccess('jane', { repository: 'A/two' });
  await add(jane);
  const { id } = await add(joe, { secret: { kind: 'token', value: joe.tokens[0]! } });
  history.renameUser('joe', { name: 'joseph' });
  const connection = connect();
  expect((await connection.sync({ streams })).records.repositories).toHaveLength(2);
  expect((await inStore((store) => store.find(id)))?.account).toBe('joseph');
  authentication.revoke(joe.tokens[0]!);
  const { succeeded, records, warnings } = await connection.sync({ streams });
  expect([succeeded, records.repositories]).toEqual([true, undefined]);
  expect(warnings.join('\n')).toMatch(/login of joe.* is left out of this run/);
});

it('leaves out what has expired, keeps what it alone saw, and tells what expires soon', async () => {
  simulator.history.revokeAccess('jane', { repository: 'A/two' });
  await add(jane, { expirationDate: '2026-01-10' });
  await add(joe, { expirationDate: '2026-01-03' });
  const connection = connect();
  const first = await connection.sync({ streams });
  expect(first.succeeded).toBe(true);
  expect(first.warnings.filter((warning) => warning.includes('expire'))).toHaveLength(2);
  clock.advance(4 * 24 * 3600 * 1000);
  const second = await connection.sync({ streams });
  expect([second.succeeded, second.records.repositories]).toEqual([true, undefined]);
  expect(second.warnings.join('\n')).toMatch(/login of joe.* is left out: it expired/);
  expect(second.warnings.join('\n')).toMatch(/repositories: 1 \(A\/two\) are seen only by accounts/);
});

it.each([
  ['is empty', async () => inStore(() => Promise.resolve()), {}, 'config_error'],
  ['has another key', async () => add(jane), { credential_store_key: 'z'.repeat(43) }, 'config_error'],
] as const)('a store that %s fails the sync before anything is sent', async (_, prepare, over, type) => {
  await prepare();
  const { succeeded, errors, requests } = await connect(storeOnly(over)).sync({ streams });
  expect(succeeded).toBe(false);
  expect(requests).toEqual([]);
  expect(errors.map(({ failureType }) => failureType)).toEqual(streams.map(() => type));
  expect(errors[0]?.message).toMatch(/credential/);
  expect((await check(storeOnly(over))).status).toMatchObject({
    status: 'FAILED',
    message: expect.stringMatching(/^invalid_config: /),
  });
});

it('check succeeds where one works, and warns of each that does not', async () => {
  await add(joe, { secret: { kind: 'password', value: 'a wrong one' } });
  await add(jane);
  const { status, warnings } = await check();
  expect(status).toEqual({ status: 'SUCCEEDED' });
  expect(warnings.join('\n')).toMatch(/login of joe.* does not work: invalid_credentials/);
  expect(simulator.authentication.failedLoginsOf('joe')).toBe(1);
  expect((await check()).warnings.join('\n')).toMatch(/login of joe.* is left out: Bitbucket denied it/);
  expect(simulator.authentication.failedLoginsOf('joe')).toBe(1);
});

it('check fails where none works, with the code of the first', async () => {
  await add(joe, { secret: { kind: 'password', value: 'a wrong one' } });
  const config = storeOnly({ additional_tokens: 'NO-TOKEN-AT-ALL' });
  const { status, messages, warnings } = await check(config);
  expect(warnings.join('\n')).toMatch(/login of joe.* does not work: invalid_credentials/);
  expect(status).toMatchObject({ status: 'FAILED', message: expect.stringMatching(/^invalid_credentials: /) });
  expect(JSON.stringify([status, messages])).not.toContain('NO-TOKEN-AT-ALL');
  const again = await connect(storeOnly()).sync({ streams });
  expect([again.succeeded, again.requests]).toEqual([false, []]);
  expect(again.errors[0]?.failureType).toBe('config_error');
});

it('check tries no other login where the server is what fails', async () => {
  await add(jane);
  await add(joe);
  simulator.faults.add({ kind: 'status', status: 503 });
  const { status, warnings } = await check();
  expect(status).toMatchObject({ status: 'FAILED', message: expect.stringMatching(/^server_unavailable: /) });
  expect(warnings.join('\n')).toMatch(/login of joe.* was not tried/);
  expect(simulator.requests.filter(({ owner }) => owner === 'joe')).toEqual([]);
}, 20_000);

it('check says that two logins are of the same user', async () => {
  await add(jane);
  const { status, warnings } = await check(storeOnly({ additional_tokens: jane.tokens[0] }));
  expect(status).toEqual({ status: 'SUCCEEDED' });
  expect(warnings.join('\n')).toMatch(/is of the same user as another one \(jane\)/);
});

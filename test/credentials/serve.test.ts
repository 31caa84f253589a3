import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { openStore } from '../../src/credentials/open-store';
import { Simulator } from '../simulator';
import { EXECUTABLE } from '../support/connector';
import { secretsIn } from './secrets-in';

const KEY = 'q'.repeat(43);
const API_TOKEN = 'the-token-of-the-api';
const WEBHOOK_SECRET = 'a secret of sixteen or more letters';

let folder: string;
let simulator: Simulator;
const children: ChildProcess[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'credentials-serve-'));
  simulator = await Simulator.start({ version: '9.4.0' });
});
afterAll(async () => {
  await simulator.stop();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
});

interface Served {
  readonly url: string;
  /** All that it has said so far. */
  readonly said: () => string;
  /** Ends it, so that all is said. */
  readonly stop: () => Promise<void>;
}

const configOf = (over: object = {}): string => {
  const place = mkdtempSync(join(folder, 'place-'));
  const file = join(place, 'config.json');
  const config = {
    server_url: simulator.url,
    credentials: { auth_type: 'store' },
    credential_store: join(place, 'store'),
    webhook_secret: WEBHOOK_SECRET,
    webhook_inbox: join(place, 'inbox'),
    ...over,
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
};

/** Starts `serve`; rejects with what it said where it ends instead. */
async function serve(env: Record<string, string>, args: readonly string[] = [], config = configOf()): Promise<Served> {
  const child = spawn(EXECUTABLE, ['serve', '--config', config, '--port', '0', ...args], {
    env: { PATH: process.env.PATH, ...env },
  });
  children.push(child);
  const said: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      said.push(line);
      const found = /^listening on (http:\S+)$/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('close', () => reject(new Error(said.join('\n'))));
  });
  const closed = once(child, 'close');
  const stop = async () => {
    child.kill('SIGTERM');
    await closed;
  };
  return { url, said: () => said.join('\n'), stop };
}

const ENV = { BITBUCKET_CREDENTIALS_KEY: KEY, BITBUCKET_CREDENTIALS_API_TOKEN: API_TOKEN };
const get = async (url: string, headers: Record<string, string> = { authorization: `Bearer ${API_TOKEN}` }) => {
  const response = await fetch(url, { headers });
  return { status: response.status, text: await response.text() };
};

it.each([
  ['no token', {}],
  ['an empty one', { BITBUCKET_CREDENTIALS_API_TOKEN: '' }],
  ['a blank one', { BITBUCKET_CREDENTIALS_API_TOKEN: ' ' }],
])('with %s in its environment, serve has no API: 404, whatever is sent', async (_what, env) => {
  const { url } = await serve({ BITBUCKET_CREDENTIALS_KEY: KEY, ...env });
  for (const headers of [{}, { authorization: 'Bearer ' }, { authorization: 'Bearer x' }])
    expect((await get(`${url}/api/connections/1/credentials.list`, headers as Record<string, string>)).status).toBe(404);
});

it('is served beside the webhooks, which go on as ever', async () => {
  const { url } = await serve(ENV);
  expect(await get(`${url}/api/connections/1/credentials.list`)).toEqual({ status: 200, text: '{"ok":true,"credentials":[]}' });
  expect((await get(`${url}/api/connections/1/credentials.list`, {})).status).toBe(401);
  expect(await get(`${url}/health`, {})).toEqual({ status: 200, text: 'ok\n' });
  expect((await get(`${url}/metrics`, {})).status).toBe(200);
  expect((await get(`${url}/else`, {})).status).toBe(404);
  const event = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
  expect((await fetch(`${url}/webhooks/bitbucket_data_center`, event)).status).toBe(401);
});

it('is served alone where the configuration has no webhooks, as the documentation has it', async () => {
  const { url, said, stop } = await serve(ENV, [], configOf({ webhook_secret: undefined, webhook_inbox: undefined }));
  expect(await get(`${url}/api/connections/1/credentials.list`)).toEqual({ status: 200, text: '{"ok":true,"credentials":[]}' });
  expect((await get(`${url}/api/connections/1/credentials.list`, {})).status).toBe(401);
  expect(await get(`${url}/health`, {})).toEqual({ status: 200, text: 'ok\n' });
  for (const path of ['metrics', 'webhooks/bitbucket_data_center']) expect((await get(`${url}/${path}`, {})).status).toBe(404);
  await stop();
  expect(said()).toContain('no events are received');
});

it('has the connection that --connection-id names', async () => {
  const { url } = await serve(ENV, ['--connection-id', '42']);
  expect((await get(`${url}/api/connections/42/credentials.list`)).status).toBe(200);
  expect(await get(`${url}/api/connections/1/credentials.list`)).toMatchObject({
    status: 404,
    text: expect.stringContaining('connection_not_found'),
  });
});

it.each([
  [
    'a token of Bitbucket as its token',
    { ...ENV, BITBUCKET_CREDENTIALS_API_TOKEN: 'x-h1dden' },
    [],
    { additional_tokens: 'x-h1dden' },
    /BITBUCKET_CREDENTIALS_API_TOKEN is a secret of the configuration/,
  ],
  [
    'no store',
    ENV,
    [],
    { credentials: { auth_type: 'token', token: 't' }, credential_store: null },
    /credential_store is missing/,
  ],
  ['an id that is none', ENV, ['--connection-id', 'one'], {}, /--connection-id is one: write/],
])('with %s, serve does not start, and says why', async (_what, env, args, over, message) => {
  const said = await serve(env, args, configOf(over)).then(
    () => 'it started',
    (error: unknown) => String(error),
  );
  expect(said).toMatch(message);
  expect(said).not.toContain('h1dden');
});

it('starts without a key, receives webhooks, and answers 503', async () => {
  const { url } = await serve({ BITBUCKET_CREDENTIALS_API_TOKEN: API_TOKEN });
  expect(await get(`${url}/api/connections/1/credentials.list`)).toMatchObject({
    status: 503,
    text: expect.stringContaining('store_unavailable'),
  });
  expect((await get(`${url}/health`, {})).status).toBe(200);
});

it('answers 503 while its store is gone, makes no new one, and goes on when it is back', async () => {
  const config = configOf();
  const store = join(config, '../store');
  await (await openStore({ place: store, key: ENV.BITBUCKET_CREDENTIALS_KEY })).close();
  const first = await serve(ENV, [], config);
  const list = ({ url }: Served) => get(`${url}/api/connections/1/credentials.list`);
  const lost = { status: 503, text: expect.stringContaining('store_unavailable') };
  expect((await list(first)).status).toBe(200);
  renameSync(store, `${store} elsewhere`);
  expect(await list(first)).toEqual(lost);
  expect(existsSync(store)).toBe(false);
  mkdirSync(store);
  expect(await list(first)).toEqual(lost);
  writeFileSync(join(store, 'credentials.sqlite'), '');
  expect(await list(first)).toEqual(lost);
  rmSync(store, { recursive: true });
  renameSync(`${store} elsewhere`, store);
  expect((await list(first)).status).toBe(200);
  await first.stop();
  // Also where nobody has asked before it is lost.
  const second = await serve(ENV, [], config);
  renameSync(store, `${store} elsewhere`);
  expect(await list(second)).toEqual(lost);
  expect(existsSync(store)).toBe(false);
});

it('takes what the documentation tells to type, and tells nobody a secret', async () => {
  const { url, said, stop } = await serve(ENV);
  const page = readFileSync(join(__dirname, '../../docs/credentials.md'), 'utf8');
  const commands = /^API=[\s\S]*?^```/m.exec(page)?.[0].slice(0, -3) ?? '';
  const { token, username, password } = simulator.credentials;
  const script = [
    // Credential 1 is the one that the page creates with the command.
    `curl --silent --header "$AUTH" "$API/credentials.create" --data '${JSON.stringify({ settings: { bitbucket_data_center_username: username }, secrets: { bitbucket_data_center_password: password } })}'`,
    commands.replace(/^API=.*\n^AUTH=.*\n/m, '').replaceAll('curl ', 'curl --silent '),
    'curl --silent --header "$AUTH" "$API/credentials.list"',
  ].join('\necho\n');
  const typed = script.replaceAll('YOUR_NEW_TOKEN', token).replaceAll('YOUR_TOKEN', token);
  const { stdout } = await promisify(execFile)('bash', ['-euc', typed.replaceAll('\n\n', '\necho\n')], {
    env: { PATH: process.env.PATH, API: `${url}/api/connections/1`, AUTH: `Authorization: Bearer ${API_TOKEN}` },
  });
  await stop();
  const answers = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  expect(answers.map(({ ok }) => ok)).toEqual([true, true, true, true, true, true, true]);
  expect(answers.at(-1).credentials).toMatchObject([{ id: 2, label: 'reader 2', expiration_date: '2027-12-31' }]);
  const secrets = [token, password, KEY, API_TOKEN, WEBHOOK_SECRET];
  expect(secretsIn(stdout + said(), secrets)).toEqual([]);
  expect(said().match(/^20\S+Z credentials\.\w+ from 127\.0\.0\.1: 20[01].*$/gm)).toHaveLength(7);
});

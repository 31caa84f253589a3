import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from '../../src/credentials/open-store';
import { Simulator } from '../simulator';
import { EXECUTABLE, run } from '../support/connector';
import { secretsIn } from './secrets-in';

const KEY = randomBytes(32).toString('base64');
const NEW_KEY = 'a new passphrase with blanks';

let folder: string;
let simulator: Simulator;
let place: string;
let config: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'credentials-command-'));
  simulator = await Simulator.start({ version: '9.4.0' });
});
afterAll(async () => {
  await simulator.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  place = join(mkdtempSync(join(folder, 'place-')), 'store');
  config = configFile({});
  simulator.authentication.unlock();
});

/** A configuration that keeps no login. */
function configFile(over: object): string {
  const file = join(mkdtempSync(join(folder, 'config-')), 'config.json');
  writeFileSync(
    file,
    JSON.stringify({ server_url: simulator.url, credentials: { auth_type: 'store' }, credential_store: place, ...over }),
  );
  return file;
}

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What stdout said, where it is JSON. */
  readonly answer: any;
}

/** Runs `credentials …` with something on stdin; null: stdin stays open and silent. */
async function credentials(
  args: readonly string[],
  input: unknown,
  env: Record<string, string> = { BITBUCKET_CREDENTIALS_KEY: KEY },
): Promise<Result> {
  const child = spawn(EXECUTABLE, ['credentials', ...args], { env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env } });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.once('error', () => undefined);
  if (input !== null) child.stdin.end(typeof input === 'string' ? input : JSON.stringify(input));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = [out, err].map((chunks) => Buffer.concat(chunks).toString()) as [string, string];
  child.stdin.destroy();
  const isJson = /^\{.*\}\n$/.test(stdout);
  return { code, stdout, stderr, answer: isJson ? JSON.parse(stdout) : null };
}
const ask = (operation: string, input?: unknown, env?: Record<string, string>) =>
  credentials([operation, '--config', config], input === undefined ? null : input, env);

const byToken = (over: object = {}) => ({ secrets: { bitbucket_data_center_token: simulator.credentials.token }, ...over });
const byPassword = (over: object = {}) => ({
  settings: { bitbucket_data_center_username: simulator.credentials.username },
  secrets: { bitbucket_data_center_password: simulator.credentials.password },
  ...over,
});

describe('credentials', () => {
  it('creates, updates, shows, lists, deletes and encrypts anew: one line of JSON each, exit 0, nothing on stderr', async () => {
    const created = await ask('create', byPassword({ label: 'first', expiration_date: '2999-01-31' }));
    expect(created.answer).toEqual({
      ok: true,
      credential: {
        id: 1,
        type: 'bitbucket_data_center',
        label: 'first',
        created_at: expect.stringMatching(/^20\d\d-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/),
      },
    });
    const summary = { ...created.answer.credential, label: 'second' };
    const updated = await ask('update', { id: 1, label: 'second' });
    expect(updated.answer).toEqual({ ok: true, credential: summary });
    const details = {
      ...summary,
      settings: { bitbucket_data_center_username: simulator.credentials.username },
      disabled_at: null,
      expiration_date: '2999-01-31',
    };
    const info = await ask('info', { id: 1 });
    expect(info.answer).toEqual({ ok: true, credential: details });
    const rekeyed = await ask('rekey', undefined, { BITBUCKET_CREDENTIALS_KEY: KEY, BITBUCKET_CREDENTIALS_NEW_KEY: NEW_KEY });
    expect(rekeyed.answer).toEqual({ ok: true });
    const list = await ask('list', undefined, { BITBUCKET_CREDENTIALS_KEY: NEW_KEY });
    expect(list.answer).toEqual({ ok: true, credentials: [details] });
    const deleted = await ask('delete', { id: 1 }, { BITBUCKET_CREDENTIALS_KEY: NEW_KEY });
    expect(deleted.answer).toEqual({ ok: true, credential: summary });
    for (const { code, stderr } of [created, updated, info, rekeyed, list, deleted]) expect([code, stderr]).toEqual([0, '']);
  });

  it('tells on stderr of a field that nobody reads', async () => {
    config = configFile({ project: ['DATA'] });
    const { stderr, answer } = await ask('list');
    expect(answer).toEqual({ ok: true, credentials: [] });
    expect(stderr).toBe('"project" is no field of the configuration and is ignored: did you mean "projects"?\n');
  });

  it('lets a login in once it is right, and leaves no trace of one that is not', async () => {
    const wrong = await ask('create', byPassword({ secrets: { bitbucket_data_center_password: 'wrong-h1dden' } }));
    expect(wrong).toMatchObject({ code: 1, stderr: '', answer: { ok: false, error: 'invalid_credentials' } });
    expect(wrong.answer.message).not.toMatch(/^invalid_credentials|h1dden/);
    const unlicensed = simulator.credentials.unlicensed;
    const refused = await ask('create', {
      settings: { bitbucket_data_center_username: unlicensed.username },
      secrets: { bitbucket_data_center_password: unlicensed.password },
    });
    expect(refused).toMatchObject({ code: 1, answer: { error: 'invalid_permissions' } });
    expect((await ask('list')).answer).toEqual({ ok: true, credentials: [] });
    expect((await ask('create', byToken())).answer).toMatchObject({ ok: true, credential: { id: 1 } });
  });

  it('notes as whom the server answered', async () => {
    await ask('create', byToken());
    await ask('create', { secrets: { bitbucket_data_center_token: simulator.credentials.projectToken } });
    const store = await openStore({ place, key: KEY });
    expect((await store.list()).map(({ account }) => account)).toEqual([simulator.credentials.username, null]);
    await store.close();
  });

  it.each([
    ['server_unreachable', { server_url: 'http://127.0.0.1:1' }],
    ['no_resources', { projects: ['NOTHERE'] }],
    ['not_bitbucket', { server_url: 'https://bitbucket.org/team' }],
  ])('stores nothing where check says %s', async (error, over) => {
    config = configFile(over);
    expect(await ask('create', byToken())).toMatchObject({ code: 1, stderr: '', answer: { ok: false, error } });
    expect((await ask('list')).answer).toEqual({ ok: true, credentials: [] });
  });

  it.each(['create', 'update', 'info', 'delete'])('%s answers what is no JSON, and what says too little', async (operation) => {
    const texts = ['', '{', "{'id': 1}", `"${'x'.repeat(64 * 1024)}"`];
    for (const result of await Promise.all(texts.map((text) => ask(operation, text))))
      expect(result).toMatchObject({ code: 1, stderr: '', answer: { ok: false, error: 'invalid_json' } });
    expect(await ask(operation, { id: 'h1dden' })).toMatchObject({ code: 1, answer: { ok: false, error: 'invalid_request' } });
  });

  it.each(['update', 'info', 'delete'])('%s answers what is not there', async (operation) => {
    expect(await ask(operation, { id: 7 })).toMatchObject({
      code: 1,
      stderr: '',
      answer: { ok: false, error: 'credential_not_found' },
    });
  });

  it.each([
    ['create', () => byToken()],
    ['update', () => ({ id: 1 })],
    ['info', () => ({ id: 1 })],
    ['list', () => undefined],
    ['delete', () => ({ id: 1 })],
    ['rekey', () => undefined],
  ])('%s answers a store that has no key, another one, or is damaged', async (operation, input) => {
    const unavailable = { code: 1, stderr: '', answer: { ok: false, error: 'store_unavailable' } };
    const env = { BITBUCKET_CREDENTIALS_NEW_KEY: NEW_KEY };
    expect(await ask(operation, input(), env)).toMatchObject(unavailable);
    expect(() => readdirSync(place)).toThrow('ENOENT');
    await (await openStore({ place, key: KEY })).close();
    expect(await ask(operation, input(), { ...env, BITBUCKET_CREDENTIALS_KEY: 'another' })).toMatchObject(unavailable);
    writeFileSync(join(place, 'credentials.sqlite'), 'no database'.repeat(1000));
    expect(await ask(operation, input(), { ...env, BITBUCKET_CREDENTIALS_KEY: KEY })).toMatchObject(unavailable);
  });

  it('rekey says which variable is missing', async () => {
    expect(await ask('rekey')).toMatchObject({
      code: 1,
      answer: { error: 'invalid_request', message: expect.stringMatching(/^BITBUCKET_CREDENTIALS_NEW_KEY is missing/) },
    });
  });

  it.each([
    ['names no file', () => ['list'], /^--config is missing/],
    ['is not there', () => ['list', '--config', join(folder, 'none')], /^--config: .* cannot be read/],
    [
      'names no store',
      () => ['list', '--config', configFile({ credentials: { auth_type: 'token', token: 't' }, credential_store: undefined })],
      /^credential_store is missing/,
    ],
    [
      'has no login at all',
      () => ['list', '--config', configFile({ credential_store: undefined })],
      /^credential_store is missing/,
    ],
    ['is wrong elsewhere', () => ['list', '--config', configFile({ max_concurrency: 0 })], /^max_concurrency /],
  ])('whose configuration %s answers invalid_config', async (_what, args, message) => {
    expect(await credentials(args(), null)).toMatchObject({
      code: 1,
      stderr: '',
      answer: { ok: false, error: 'invalid_config', message: expect.stringMatching(message) },
    });
  });

  it('takes the store from --store, and the key from the configuration where the environment has none', async () => {
    const other = join(folder, 'other-store');
    const file = configFile({ credential_store: undefined, credential_store_key: KEY });
    const created = await credentials(['create', '--config', file, '--store', other], byToken(), {});
    expect(created.answer).toMatchObject({ ok: true });
    expect(readdirSync(other)).toEqual(['credentials.sqlite']);
    const stronger = await credentials(['list', '--config', file, '--store', other], null, {
      BITBUCKET_CREDENTIALS_KEY: 'another',
    });
    expect(stronger.answer).toMatchObject({ error: 'store_unavailable' });
    const elsewhere = await credentials(['list', '--config', file, '--store', 'mysql://u:h1dden@h/db'], null, {});
    expect(elsewhere.answer).toMatchObject({
      error: 'invalid_config',
      message: expect.stringMatching(/^credential_store is neither(?!.*h1dden)/),
    });
  });

  it.each([[['frobnicate']], [['list', '--frobnicate']], [['list', 'more']]])(
    '%j is an error of usage, told in JSON, exit 1',
    async (args) => {
      const { code, stdout, stderr } = await credentials(args, null);
      expect([code, stderr]).toEqual([1, '']);
      expect(JSON.parse(stdout)).toEqual({
        ok: false,
        error: 'invalid_request',
        message: expect.stringMatching(/ credentials .*--help$/),
      });
    },
  );

  it('shows no secret in any output, argument or file, in any form', async () => {
    const password = 'pa55"wörd\\/+?&%=#~ with blanks';
    const { token } = simulator.credentials;
    const secrets = [password, token, KEY, NEW_KEY, simulator.credentials.password];
    const env = { BITBUCKET_CREDENTIALS_KEY: KEY, BITBUCKET_CREDENTIALS_NEW_KEY: NEW_KEY, LOG_LEVEL: 'debug' };
    const results = [
      await ask('create', byToken({ label: 'first' }), env),
      await ask('create', byPassword({ secrets: { bitbucket_data_center_password: password } }), env),
      await ask('create', byPassword(), env),
      await ask('update', { id: 1, ...byToken({ label: 'again' }) }, env),
      await ask('update', { id: 2, secrets: { bitbucket_data_center_token: password } }, env),
      await ask('create', JSON.stringify(byToken()).slice(0, -2), env),
      await ask('create', { secrets: { [password]: token } }, env),
      await ask('info', { id: 1 }, env),
      await ask('list', undefined, env),
      await ask('list', undefined, { ...env, BITBUCKET_CREDENTIALS_KEY: password }),
      await ask('rekey', undefined, env),
    ];
    expect(results.map(({ answer }) => answer.error ?? 'ok')).toEqual([
      'ok',
      'invalid_credentials',
      'ok',
      'ok',
      'invalid_request',
      'invalid_json',
      'invalid_request',
      'ok',
      'ok',
      'store_unavailable',
      'ok',
    ]);
    for (const { stdout, stderr } of results) expect(secretsIn(stdout + stderr, secrets)).toEqual([]);
    for (const name of readdirSync(place)) expect(secretsIn(readFileSync(join(place, name)), secrets)).toEqual([]);
    expect(secretsIn(readFileSync(join(place, 'credentials.sqlite')), [simulator.credentials.username])).toHaveLength(1); // the search finds what is there
  });
});

describe('the help', () => {
  it.each(['create', 'update', 'info', 'delete'])('of %s shows JSON that it takes', async (operation) => {
    const { stdout } = await run(['credentials', operation, '--help']);
    const unwrapped = stdout.replaceAll(/ \\\n +/g, ' '); // a long path to the program wraps the command
    expect(unwrapped).toContain(`bin/main credentials ${operation} --config config.json < request.json`);
    const [, examples = ''] = stdout.split('request.json holds, for example:\n');
    for (const json of examples.trim().split(/\n {2}(?=\{)/))
      expect((await ask(operation, json)).answer.error).not.toMatch(/^invalid_(?:json|request)/);
  });
});

const hasTerminal = spawnSync('script', ['--version']).status === 0;
(hasTerminal ? describe : describe.skip)('on a terminal', () => {
  it.each([
    ['create', '{"label": "reader", "secrets": {"bitbucket_data_center_token": "YOUR_TOKEN"}}'],
    ['update', '{"id": 1, "label": "reader 2"}'],
    ['info', '{"id": 1}'],
    ['delete', '{"id": 1}'],
  ])('%s says on stderr what it waits for, and goes on when it has it', async (operation, example) => {
    const [out, err] = [join(folder, 'out.json'), join(folder, 'err.txt')];
    const command = `${EXECUTABLE} credentials ${operation} --config ${config} > ${out} 2> ${err}`;
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, BITBUCKET_CREDENTIALS_KEY: KEY };
    const child = spawn('script', ['-qec', command, '/dev/null'], { env, stdio: ['pipe', 'ignore', 'ignore'] });
    const ended = new Promise((resolve) => child.once('close', resolve));
    for (let waited = 0; waited < 200 && !(existsSync(err) && readFileSync(err, 'utf8').includes(example)); waited++)
      await sleep(50);
    child.stdin.write('{"id": 7}\n');
    await sleep(200);
    child.stdin.write('\u0004');
    await ended;
    expect(readFileSync(err, 'utf8')).toMatch(/^Type or paste JSON, then Enter and Ctrl-D; .*\n {2}\{/);
    expect(readFileSync(err, 'utf8')).toContain(`  ${example}\n`);
    expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({
      ok: false,
      error: operation === 'create' ? 'invalid_request' : 'credential_not_found',
    });
    rmSync(err);
  });
});

describe('a store without credentials', () => {
  const file = 'my config.json';
  const command = `  ${EXECUTABLE} credentials create --config 'my config.json'`;
  const said = async (...args: string[]) => {
    const cwd = mkdtempSync(join(folder, 'cwd-'));
    writeFileSync(join(cwd, file), readFileSync(config));
    return run([...args, '--config', file], { cwd, env: { BITBUCKET_CREDENTIALS_KEY: KEY } });
  };

  it.each([
    ['plan', ['plan'], command],
    ['sync', ['sync'], command],
    ['webhooks', ['webhooks', 'list', '--url', 'https://hooks.example.com/x'], command],
    ['doctor', ['doctor'], `$${command.slice(1)}`],
  ])('is told by %s with a command that can be copied, and no secret in it', async (_name, args, expected) => {
    const { code, stdout, stderr } = await said(...args);
    expect(code).toBe(1);
    const lines = (stdout + stderr).split('\n');
    expect(lines.map((line) => line.replace(/^ +\$/, '$'))).toContain(expected);
    expect(stdout + stderr).not.toMatch(/echo|YOUR_TOKEN|source-bitbucket-data-center credentials/);
  });

  it('is told by plan --json and doctor --json in JSON', async () => {
    const error = expect.stringMatching(/^invalid_config: credential_store: there is no credential store at that place/);
    expect(JSON.parse((await said('plan', '--json')).stdout)).toEqual({ error });
    const { steps } = JSON.parse((await said('doctor', '--json')).stdout) as { steps: object[] };
    expect(steps).toContainEqual(expect.objectContaining({ name: 'login', status: 'failed', command: command.trim() }));
  });
});

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Simulator } from '../simulator';
import { catalogOf, configFor, errorsOf, EXECUTABLE, recordsOf, run, writeFiles } from '../support/connector';

const CONFIG = { server_url: 'http://127.0.0.1:1', credentials: { auth_type: 'token', token: 't' } };
const ERROR = 'server_url is missing: it is required.';
const LOG = { type: 'LOG', log: { level: 'WARN', message: '"server_ur" is no field.' } };
const TRACE = { type: 'TRACE', trace: { type: 'ERROR', emitted_at: 1, error: { message: ERROR, failure_type: 'config_error' } } };
const STATUS = { type: 'CONNECTION_STATUS', connectionStatus: { status: 'FAILED', message: `invalid_config: ${ERROR}` } };
const lines = (...messages: object[]) => messages.map((message) => `${JSON.stringify(message)}\n`).join('');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'printed-errors-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a file that holds what another command printed as an error is named as that', () => {
  const file = (name: string) => join(folder, `${name}.json`);

  it.each([
    ['one error', lines(TRACE), `holds an error of discover, no catalog: ${ERROR}`],
    ['an error after log lines', lines(LOG, TRACE), `holds an error of discover, no catalog: ${ERROR}`],
    ['a check that failed', lines(STATUS), `holds an error of check, no catalog: invalid_config: ${ERROR}`],
    ['log lines alone', lines(LOG), 'holds messages of discover, no catalog: "server_ur" is no field.'],
  ])('as a catalog: %s', async (_, content, said) => {
    const files = writeFiles(folder, { config: CONFIG, catalog: content });
    const read = await run(['read', ...files]);
    expect(errorsOf(read.messages).map(({ message }) => message)).toEqual([`--catalog: ${file('catalog')} ${said}`]);
    const simulator = await Simulator.start();
    const database = join(folder, 'none.duckdb');
    const sync = await run([
      'sync',
      ...writeFiles(folder, { config: configFor(simulator), catalog: content }),
      '--database',
      database,
    ]);
    await simulator.stop();
    expect([sync.code, sync.stdout]).toEqual([1, expect.stringContaining(`--catalog: ${file('catalog')} ${said}`)]);
  });

  it.each(['check', 'discover', 'read', 'sync', 'plan', 'doctor', 'webhooks list'])(
    'as a configuration of %s',
    async (command) => {
      const files = writeFiles(folder, { config: lines(LOG, TRACE), ...(command === 'read' && { catalog: catalogOf() }) });
      const { stdout, stderr } = await run([...command.split(' '), ...files]);
      expect(stdout + stderr).toContain(
        `--config: ${file('config')} holds an error of another command, no configuration: ${ERROR}`.replace(/\.$/, ''),
      );
    },
  );

  it('as a state: read goes on without it and warns, doctor tells it', async () => {
    const simulator = await Simulator.start();
    const inputs = { config: configFor(simulator), catalog: catalogOf(['users']), state: lines(LOG, TRACE) };
    const read = await run(['read', ...writeFiles(folder, inputs)]);
    await simulator.stop();
    const said = `--state: ${file('state')} holds an error of read, no state: ${ERROR}`;
    expect(read.code).toBe(0);
    expect(recordsOf(read.messages, 'users').length).toBeGreaterThan(0);
    expect(read.stdout).toContain(JSON.stringify(`${said} Everything is read anew.`).slice(1, -1));
    const doctor = await run(['doctor', '--state', file('state')]);
    expect(doctor).toMatchObject({ code: 1, stdout: '', stderr: `${said}\n` });
  });

  it('but states beside errors are states', async () => {
    const state = {
      type: 'STATE',
      state: { type: 'STREAM', stream: { stream_descriptor: { name: 'users' }, stream_state: {} } },
    };
    const { stdout } = await run(['doctor', ...writeFiles(folder, { state: lines(LOG, state, TRACE) })]);
    expect(stdout).toMatch(/users/);
  });
});

describe('a catalog needs no secret, for nothing is asked of the server', () => {
  it.each([
    [{ auth_type: 'token', token: '${BITBUCKET_TOKEN}' }],
    [{ auth_type: 'basic', username: 'airbyte', password: '${BITBUCKET_PASSWORD}' }],
  ])('with %j as credentials, and the variable is set or not', async (credentials) => {
    for (const env of [{}, { BITBUCKET_TOKEN: 'x' }]) {
      const { code, messages } = await run(['discover', ...writeFiles(folder, { config: { ...CONFIG, credentials } })], { env });
      expect([code, messages.map(({ type }) => type)]).toEqual([0, ['CATALOG']]);
    }
  });

  it('nor the other secrets; what is no secret is still looked at', async () => {
    const secrets = {
      additional_tokens: 'a,${BITBUCKET_TOKEN}',
      webhook_secret: '${BITBUCKET_SECRET}',
      credential_store_key: '${BITBUCKET_KEY}',
    };
    expect((await run(['discover', ...writeFiles(folder, { config: { ...CONFIG, ...secrets } })])).code).toBe(0);
    const astray = await run(['discover', ...writeFiles(folder, { config: { ...CONFIG, server_url: '${BITBUCKET_URL}' } })]);
    expect(errorsOf(astray.messages)[0]?.message).toMatch(/^server_url names an environment variable, .*write the value itself/);
  });

  it('the example of its help leads to a sync', async () => {
    const simulator = await Simulator.start();
    const { server_url } = configFor(simulator);
    const { username, password } = simulator.credentials;
    const credentials = { auth_type: 'basic', username, password: '${BITBUCKET_PASSWORD}' };
    const files = writeFiles(folder, { config: { server_url, credentials } });
    const catalog = join(folder, 'discovered.json');
    writeFileSync(catalog, (await run(['discover', ...files])).stdout);
    const env = { BITBUCKET_PASSWORD: password };
    const sync = await run(['sync', ...files, '--catalog', catalog, '--database', join(folder, 'led.duckdb')], { env });
    await simulator.stop();
    expect([sync.code, sync.stdout]).toEqual([0, expect.stringContaining('pull_requests')]);
  }, 60_000);
});

it('check and read say who reads no variables, and what does', async () => {
  const config = { ...CONFIG, credentials: { auth_type: 'token', token: '${BITBUCKET_TOKEN}' } };
  const said =
    'credentials.token names an environment variable, which is not looked up here: write the value itself. Variables are looked up in the configuration file alone, where one that begins with BITBUCKET_ is the whole value, by the commands that people start (sync, doctor, plan …), not by those that platforms start (check, discover, read).';
  const check = await run(['check', ...writeFiles(folder, { config })]);
  expect(check.messages.at(-1)?.connectionStatus).toEqual({ status: 'FAILED', message: `invalid_config: ${said}` });
  const read = await run(['read', ...writeFiles(folder, { config, catalog: catalogOf() })]);
  expect(errorsOf(read.messages).map(({ message }) => message)).toEqual([said]);
});

const hasTerminal = spawnSync('script', ['--version']).status === 0;
(hasTerminal ? describe : describe.skip)('a person who sent stdout elsewhere sees an error on the terminal', () => {
  /** What is seen on a terminal of 80 columns. */
  const typed = async (args: string): Promise<string> => {
    const command = `stty cols 80; ${process.execPath} ${EXECUTABLE} ${args}`;
    const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
    return (await child.stdout.toArray()).join('').replaceAll('\r', '');
  };
  /** The same where stdout goes into a file. */
  const onTerminal = async (args: string): Promise<{ seen: string; file: string }> => {
    const out = join(folder, 'out.json');
    return { seen: await typed(`${args} > ${out}`), file: readFileSync(out, 'utf8') };
  };

  it.each(['discover', 'read --catalog config.json'])('of %s', async (command) => {
    writeFiles(folder, { config: { server_ur: 'x', credentials: CONFIG.credentials } });
    const { seen, file } = await onTerminal(`${command} --config config.json`);
    expect(seen).toMatch(/^server_url is missing: it is required\./);
    expect(seen.split('\n').filter((line) => line.length > 79)).toEqual([]);
    expect(file).toMatch(/^\{"type":"(?:TRACE|LOG)"[^]*server_url is missing/);
  });

  it('of check, which failed', async () => {
    writeFiles(folder, { config: { server_ur: 'x', credentials: CONFIG.credentials } });
    const { seen, file } = await onTerminal('check --config config.json');
    expect(seen).toMatch(/^invalid_config: server_url is missing/);
    expect(file).toMatch(/"status":"FAILED"/);
  });

  it('with a command to try by hand on lines that a shell takes as they are', async () => {
    writeFiles(folder, { config: CONFIG });
    const { seen } = await onTerminal('webhooks list --config config.json');
    expect(seen).toMatch(/^server_unreachable: [^]*\nTo try it by hand:\n {2}curl --verbose 'http:\S+'\n$/);
  });

  it('of an option that is wrong', async () => {
    expect((await onTerminal('discover --nope')).seen).toMatch(
      /^Unknown option '--nope'\. It is used as in\n {2}\S*bin\/main discover --config config\.json > discovered\.json\nSee: .* discover --help\n$/,
    );
  });

  it('of a command that is none, and of an option before one: in text alone where a terminal shows it', async () => {
    for (const [args, text] of [
      ['snyc --config x', /^Unknown command 'snyc' \(Did you mean sync\?\)\.\n\nUsage: /],
      ['--nope', /^Unknown option '--nope'\.\n\nUsage: /],
    ] as const) {
      expect(await typed(args)).toMatch(text);
      expect(await typed(args)).not.toContain('TRACE');
    }
    const { seen, file } = await onTerminal('snyc');
    expect([seen, file]).toEqual([expect.stringContaining('Did you mean sync?'), expect.stringMatching(/^\{"type":"TRACE"/)]);
  });

  it('of a read that was not complete', async () => {
    writeFiles(folder, { config: CONFIG });
    expect((await onTerminal('read --config config.json --catalog none.json')).seen).toMatch(
      /^--catalog: none\.json cannot be read/,
    );
    const simulator = await Simulator.start();
    const nope = { streams: [{ stream: { name: 'nope' }, sync_mode: 'incremental' }] };
    writeFiles(folder, { config: configFor(simulator), catalog: nope });
    expect((await onTerminal('read --config config.json --catalog catalog.json')).seen).toMatch(
      /^Not every stream was read to its end/,
    );
    await simulator.stop();
  });

  it('and nothing where all went well', async () => {
    writeFiles(folder, { config: CONFIG });
    expect((await onTerminal('discover --config config.json')).seen).toBe('');
  });
});

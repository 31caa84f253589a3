import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Simulator } from './simulator';
import {
  catalogOf,
  configFor,
  errorsOf,
  lastStates,
  logsOf,
  type Message,
  type Outcome,
  read,
  recordsOf,
  run,
  runWith,
  statusesOf,
  STREAMS,
  writeFiles,
} from './support/connector';
import { protocolViolations, syncViolations } from './support/protocol';
import { differences, merge } from './support/rows';

const REPOSITORY_ROOT = join(__dirname, '..');
const INPUTS = {
  config: { server_url: 'http://127.0.0.1:1', credentials: { auth_type: 'token', token: 't-0-p-s-e-c-r-e-t' } },
  catalog: catalogOf(),
};

let folder: string;
let simulator: Simulator;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'protocol-'));
  simulator = await Simulator.start({ version: '9.4.0' });
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await simulator.stop();
});
beforeEach(() => {
  simulator.faults.clear();
  simulator.clearRequests();
});

const all = (value: string) => Object.fromEntries(STREAMS.map((stream) => [stream, value]));
const records = ({ messages }: Outcome) => messages.filter(({ type }) => type === 'RECORD');
const connectionStatus = ({ messages }: Outcome) =>
  messages.find(({ type }) => type === 'CONNECTION_STATUS')?.connectionStatus as Message | undefined;

/** A failure before anything was read: one TRACE ERROR that blames the user's input, exit 1, and nothing else. */
function expectConfigError(outcome: Outcome, message: RegExp): void {
  expect(protocolViolations(outcome.stdout)).toEqual([]);
  expect(outcome).toMatchObject({ code: 1, stderr: '', messages: [{ type: 'TRACE', trace: { type: 'ERROR' } }] });
  const [error] = errorsOf(outcome.messages);
  expect(error?.failureType).toBe('config_error');
  expect(error?.message).toMatch(message);
  expect(error?.message).not.toMatch(/\n|\bat .*:\d+:\d+/);
}

describe('spec', () => {
  it('prints one SPEC message, which is spec.json, without arguments and from any directory (1, 3)', async () => {
    const outcome = await run(['spec'], { cwd: '/' });
    expect(outcome).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(outcome.messages).toEqual([
      { type: 'SPEC', spec: JSON.parse(readFileSync(join(REPOSITORY_ROOT, 'spec.json'), 'utf8')) as unknown },
    ]);
    expect(protocolViolations(outcome.stdout)).toEqual([]);
    expect(outcome.milliseconds).toBeLessThan(10_000);
  });

  it('accepts the configuration that the simulator’s own account needs (2)', async () => {
    expect(connectionStatus(await runWith('check', { config: { ...configFor(simulator), _comment: 'ignored' } }))).toEqual({
      status: 'SUCCEEDED',
    });
  });
});

describe('discover', () => {
  it('prints one CATALOG of all streams, without asking the server (25)', async () => {
    const outcome = await runWith('discover', { config: INPUTS.config });
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(protocolViolations(outcome.stdout)).toEqual([]);
    expect(outcome.messages.map(({ type }) => type)).toEqual(['CATALOG']);
    expect((outcome.messages[0]?.catalog.streams as Message[]).map(({ name }) => String(name))).toEqual(STREAMS);
  });

  it('describes each stream with its schema, its key and its cursor, and as resumable (37)', async () => {
    const { messages } = await runWith('discover', { config: INPUTS.config });
    for (const stream of messages[0]?.catalog.streams as Message[]) {
      const schema = JSON.parse(
        readFileSync(join(REPOSITORY_ROOT, `resources/schemas/${String(stream.name)}.json`), 'utf8'),
      ) as Message;
      expect(stream.json_schema).toEqual(schema);
      expect(stream).toMatchObject({
        supported_sync_modes: ['full_refresh', 'incremental'],
        source_defined_cursor: true,
        is_resumable: true,
      });
      for (const column of [
        ...(stream.source_defined_primary_key as string[][]).flat(),
        ...(stream.default_cursor_field as string[]),
      ]) {
        expect(Object.keys(schema.properties as object)).toContain(column);
      }
    }
  });
});

describe('text for people', () => {
  it.each([
    [['--help'], /Usage: .*spec.*check.*discover.*read/s],
    [['read', '--help'], /--state/],
    [['--version'], /^\d+\.\d+\.\d+\n$/],
  ])('is what %j prints', async (args, expected) => {
    expect(await run(args)).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(expected) });
  });
});

describe('arguments', () => {
  it.each([
    [[], /command is missing/],
    [['nonsense'], /nonsense.*Commands: spec, check, discover, read/],
    [['spec', 'more'], /too many arguments/],
    [['read', '--nope'], /--nope/],
    [['check', '--nope'], /--nope/],
    [['read'], /--config is missing/],
    [['discover'], /--config is missing/],
    [['read', '--config'], /--config/],
  ])('%j are an error that says what is wrong, as a message (65)', async (args, message) => {
    expectConfigError(await run(args), message);
  });

  it('without a catalog are an error for read (65)', async () => {
    expectConfigError(await run(['read', ...writeFiles(folder, { config: INPUTS.config })]), /--catalog is missing/);
  });

  it('without a configuration are a FAILED check, and exit 0 (65)', async () => {
    const outcome = await run(['check']);
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(outcome.messages).toHaveLength(1);
    expect(connectionStatus(outcome)).toEqual({
      status: 'FAILED',
      message: expect.stringMatching(/^invalid_config: --config is missing/),
    });
  });
});

describe('input files', () => {
  const broken: readonly (readonly [name: string, content: string | null, message: RegExp])[] = [
    ['do not exist', null, /cannot be read \(ENOENT\)/],
    ['are empty', '', /is not JSON/],
    ['are no JSON', '{"server_url": "https://x", "token": "t-0-p-s-e-c-r-e-t"', /is not JSON/],
    ['hold something else', '["t-0-p-s-e-c-r-e-t"]', /must be/],
    ['hold null', 'null', /must be/],
  ];

  it.each(broken)('that %s are named, and not quoted (65)', async (_name, content, message) => {
    const path = join(folder, 'broken.json');
    rmSync(path, { force: true });
    if (content !== null) writeFileSync(path, content);
    const good = writeFiles(folder, INPUTS);
    const asConfig = [...good.slice(2), '--config', path];
    expectConfigError(await run(['read', ...asConfig]), message);
    expectConfigError(await run(['discover', '--config', path]), message);
    expectConfigError(await run(['read', ...good.slice(0, 2), '--catalog', path]), message);
    const check = await run(['check', '--config', path]);
    expect(check).toMatchObject({ code: 0, stderr: '' });
    expect(connectionStatus(check)).toEqual({
      status: 'FAILED',
      message: expect.stringMatching(new RegExp(`^invalid_config: .*${message.source}`, 's')),
    });
    expect(check.stdout).not.toContain('t-0-p-s-e-c-r-e-t');
  });

  it('that are a folder are named', async () => {
    expectConfigError(await run(['read', '--config', folder, '--catalog', folder]), /--config.*cannot be read \(EISDIR\)/);
  });

  it.each(['.txt', '', '.yaml', '.js'])('may end in "%s" (66)', async (extension) => {
    const state = [{ type: 'STREAM', stream: { stream_descriptor: { name: 'users' }, stream_state: {} } }];
    const outcome = await run([
      'read',
      ...writeFiles(folder, { config: configFor(simulator), catalog: catalogOf(['users']), state }, extension),
    ]);
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(differences('users', recordsOf(outcome.messages, 'users'), simulator.truth.rows('users'))).toEqual([]);
  });

  it('may begin with the byte order mark that some editors write', async () => {
    const outcome = await run(['discover', ...writeFiles(folder, { config: `\ufeff${JSON.stringify(INPUTS.config)}` })]);
    expect(outcome.code).toBe(0);
  });
});

describe('a configuration that breaks the spec', () => {
  it.each([
    [{ server_url: undefined }, 'server_url'],
    [{ server_url: 'git.example.com' }, 'server_url'],
    [{ server_url: 'https://airbyte:t-0-p-s-e-c-r-e-t@git.example.com' }, 'server_url'],
    [{ credentials: undefined }, 'credentials'],
    [{ credentials: { auth_type: 'oauth', token: 't-0-p-s-e-c-r-e-t' } }, 'credentials.auth_type'],
    [{ credentials: { auth_type: 'basic', username: 'airbyte' } }, 'credentials.password'],
    [{ credentials: { auth_type: 'token', token: 't-0-p-s-e-c-r-e-t twice' } }, 'credentials.token'],
    [{ max_concurrency: 65 }, 'max_concurrency'],
    [{ requests_per_second: 0 }, 'requests_per_second'],
    [{ start_date: 'yesterday' }, 'start_date'],
    [{ shard_index: 2, shard_count: 2 }, 'shard_index'],
    [{ projects: 'PLAYG' }, 'projects'],
    [{ repositories: ['service'] }, 'repositories'],
  ])('%j is FAILED with the name of the field, no stack trace and no value of it (24)', async (change, field) => {
    const config = { ...INPUTS.config, ...change };
    const [check, reading] = await Promise.all([runWith('check', { config }), runWith('read', { config, catalog: catalogOf() })]);
    expect(check).toMatchObject({ code: 0, stderr: '' });
    expect(check.messages).toHaveLength(1);
    expect(connectionStatus(check)?.message).toMatch(new RegExp(`^invalid_config: ${field.replace('.', '\\.')}`));
    expectConfigError(reading, new RegExp(`^${field.replace('.', '\\.')}`));
    expect(check.stdout + reading.stdout).not.toContain('t-0-p-s-e-c-r-e-t');
  });
});

describe('check', () => {
  const failed = async (config: object) => {
    const outcome = await runWith('check', { config });
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(protocolViolations(outcome.stdout)).toEqual([]);
    expect(outcome.messages.filter(({ type }) => type === 'CONNECTION_STATUS')).toHaveLength(1);
    expect(connectionStatus(outcome)?.status).toBe('FAILED');
    expect(outcome.milliseconds).toBeLessThan(30_000);
    return String(connectionStatus(outcome)?.message);
  };
  const basic = (password: string, username = simulator.credentials.username) => ({
    credentials: { auth_type: 'basic', username, password },
  });

  it('of a good configuration is one SUCCEEDED, within a handful of requests (21)', async () => {
    const outcome = await runWith('check', { config: configFor(simulator) });
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(protocolViolations(outcome.stdout)).toEqual([]);
    expect(outcome.messages.filter(({ type }) => type === 'CONNECTION_STATUS')).toEqual([
      { type: 'CONNECTION_STATUS', connectionStatus: { status: 'SUCCEEDED' } },
    ]);
    expect(outcome.milliseconds).toBeLessThan(20_000);
    expect(simulator.requests.length).toBeLessThan(8);
  });

  it('of a wrong password sends exactly one request, and says invalid_credentials (22)', async () => {
    const message = await failed(configFor(simulator, basic('not-the-password')));
    expect(message).toMatch(/^invalid_credentials: /);
    expect(message).not.toContain('not-the-password');
    expect(simulator.requests).toHaveLength(1);
    expect(simulator.failedLogins).toBe(1);
    simulator.authentication.unlock();
  });

  it.each(['wrong', 'expired'])(
    'of a token that is %s says invalid_credentials, also where the server answers everybody (22)',
    async (kind) => {
      const token = kind === 'expired' ? simulator.credentials.expiredToken : 'BBDC-none';
      for (const publicAccess of [false, true]) {
        simulator.settings.publicAccess = publicAccess;
        expect(await failed(configFor(simulator, { credentials: { auth_type: 'token', token } }))).toMatch(
          /^invalid_credentials: /,
        );
      }
      simulator.settings.publicAccess = false;
    },
  );

  it('of an account behind a CAPTCHA says how it is lifted, after one request (22)', async () => {
    simulator.authentication.lock();
    const message = await failed(configFor(simulator));
    simulator.authentication.unlock();
    expect(message).toMatch(/^invalid_credentials: .*CAPTCHA.*administrator/s);
    expect(simulator.requests).toHaveLength(1);
  });

  it('of an account without a licence says invalid_permissions', async () => {
    const { username, password } = simulator.credentials.unlicensed;
    expect(await failed(configFor(simulator, basic(password, username)))).toMatch(/^invalid_permissions: .*licen[cs]e/s);
  });

  it('of filters that nothing passes says no_resources, and which filter', async () => {
    expect(await failed(configFor(simulator, { projects: ['NOSUCH'] }))).toMatch(/^no_resources: .*NOSUCH/s);
  });

  it('of a server with nothing to see says no_resources', async () => {
    const empty = await Simulator.start({ dataset: 'empty' });
    expect(await failed(configFor(empty))).toMatch(/^no_resources: /);
    await empty.stop();
  });

  it('of a port where nobody listens, and of a host that does not exist, says server_unreachable', async () => {
    expect(await failed({ ...configFor(simulator), server_url: 'http://127.0.0.1:1' })).toMatch(
      /^server_unreachable: .*ECONNREFUSED/s,
    );
    expect(await failed({ ...configFor(simulator), server_url: 'http://no-such-host.invalid' })).toMatch(
      /^server_unreachable: .*ENOTFOUND|EAI_AGAIN/s,
    );
  });

  it('of a wrong context path says not_bitbucket', async () => {
    expect(await failed({ ...configFor(simulator), server_url: `${simulator.url}/bitbucket` })).toMatch(/^not_bitbucket: /);
  });

  it.each(['html', 'login-page', 'wrong-shape', 'empty-body', 'redirect'] as const)(
    'of something that answers with %s says not_bitbucket',
    async (kind) => {
      simulator.faults.add({ kind });
      expect(await failed(configFor(simulator))).toMatch(/^not_bitbucket: /);
    },
  );

  it('of a server that is down for maintenance or limits the rate says server_unavailable, in time for the platform', async () => {
    const servers = await Promise.all([503, 429, 429].map(() => Simulator.start()));
    servers[0]?.faults.add({ kind: 'status', status: 503 });
    servers[1]?.faults.add({ kind: 'status', status: 429, retryAfter: 1 });
    servers[2]?.faults.add({ kind: 'status', status: 429, retryAfter: 3600 });
    for (const message of await Promise.all(servers.map((server) => failed(configFor(server)))))
      expect(message).toMatch(/^server_unavailable: /);
    await Promise.all(servers.map((server) => server.stop()));
  });
});

describe('read', () => {
  it('says everything in order: statuses, records, and states that count them (38, 45, 46, 47, 48, 49, 51, 64)', async () => {
    const demo = await Simulator.start({ dataset: 'demo' });
    for (const mode of ['full_refresh', 'incremental'] as const) {
      const before = Date.now();
      const outcome = await read(demo, { catalog: catalogOf(STREAMS, mode) });
      expect(outcome).toMatchObject({ code: 0, stderr: '' });
      expect(protocolViolations(outcome.stdout)).toEqual([]);
      expect(syncViolations(outcome.messages, STREAMS)).toEqual([]);
      expect(errorsOf(outcome.messages)).toEqual([]);
      for (const stream of STREAMS) expect(recordsOf(outcome.messages, stream).length).toBeGreaterThan(0);
      for (const { record } of records(outcome)) {
        expect(record.emitted_at).toBeGreaterThanOrEqual(before);
        expect(record.emitted_at).toBeLessThanOrEqual(Date.now());
      }
    }
    await demo.stop();
  });

  it('with a wrong password sends one request, and leaves every stream INCOMPLETE by a config_error', async () => {
    const credentials = { auth_type: 'basic', username: simulator.credentials.username, password: 'not-the-password' };
    const outcome = await read(simulator, { config: { credentials } });
    simulator.authentication.unlock();
    expect(outcome).toMatchObject({ code: 1, stderr: '' });
    expect(simulator.requests).toHaveLength(1);
    expect(statusesOf(outcome.messages)).toEqual(all('INCOMPLETE'));
    expect(syncViolations(outcome.messages, STREAMS)).toEqual([]);
    const errors = errorsOf(outcome.messages);
    expect(errors.map(({ stream }) => stream).sort()).toEqual([...STREAMS].sort());
    expect(new Set(errors.map(({ failureType }) => failureType))).toEqual(new Set(['config_error']));
  });

  it('of an empty server is complete and has a state of each stream', async () => {
    const empty = await Simulator.start({ dataset: 'empty' });
    const outcome = await read(empty);
    await empty.stop();
    expect(outcome.code).toBe(0);
    expect(statusesOf(outcome.messages)).toEqual(all('COMPLETE'));
    expect(syncViolations(outcome.messages, STREAMS)).toEqual([]);
  });
});

describe('a configured catalog', () => {
  it('may hold null wherever something is optional (50)', async () => {
    const nulls = {
      namespace: null,
      is_resumable: null,
      is_file_based: null,
      default_cursor_field: null,
      source_defined_primary_key: null,
      source_defined_cursor: null,
    };
    const settings = {
      cursor_field: null,
      primary_key: null,
      generation_id: null,
      minimum_generation_id: null,
      sync_id: null,
      include_files: null,
    };
    const { streams } = catalogOf();
    const catalog = { streams: streams.map((entry) => ({ ...entry, ...settings, stream: { ...entry.stream, ...nulls } })) };
    const outcome = await read(simulator, { catalog });
    expect(outcome.code).toBe(0);
    expect(statusesOf(outcome.messages)).toEqual(all('COMPLETE'));
    expect(outcome.stdout).not.toContain('"namespace"');
  });

  it('may ask for every stream as incremental, with no more than its name (67)', async () => {
    const catalog = {
      streams: STREAMS.map((name) => ({
        stream: { name, json_schema: {}, supported_sync_modes: ['full_refresh'] },
        sync_mode: 'incremental',
        destination_sync_mode: 'append',
      })),
    };
    const outcome = await read(simulator, { catalog });
    expect(outcome.code).toBe(0);
    expect(statusesOf(outcome.messages)).toEqual(all('COMPLETE'));
    for (const stream of STREAMS) expect(recordsOf(outcome.messages, stream).length).toBeGreaterThan(0);
  });

  it('decides the namespace under which a stream is told of', async () => {
    const { streams } = catalogOf(['users', 'pull_requests']);
    const catalog = { streams: streams.map((entry) => ({ ...entry, stream: { ...entry.stream, namespace: 'git' } })) };
    const outcome = await read(simulator, { catalog });
    expect(outcome.code).toBe(0);
    expect(protocolViolations(outcome.stdout)).toEqual([]);
    for (const { type, record, state, trace } of outcome.messages) {
      if (type === 'RECORD') expect(record.namespace).toBe('git');
      const descriptor = state?.stream.stream_descriptor ?? trace?.stream_status?.stream_descriptor;
      if (descriptor !== undefined) expect(descriptor.namespace).toBe('git');
    }
    const again = await read(simulator, { catalog, state: lastStates(outcome.messages) });
    expect(records(again)).toEqual([]);
  });

  it('of one stream reads that one and says nothing of others', async () => {
    for (const stream of STREAMS) {
      const outcome = await read(simulator, { catalog: catalogOf([stream]) });
      expect(outcome.code).toBe(0);
      expect(syncViolations(outcome.messages, [stream])).toEqual([]);
      expect(differences(stream, recordsOf(outcome.messages, stream), simulator.truth.rows(stream as 'users'))).toEqual([]);
    }
  });

  it('of a stream that does not exist, in a mode that does not exist, is an error (60)', async () => {
    const stream = { name: '__AIRBYTE__stream_that_does_not_exist', json_schema: {}, supported_sync_modes: ['full_refresh'] };
    const outcome = await read(simulator, {
      catalog: { streams: [{ stream, sync_mode: 'INVALID', destination_sync_mode: 'INVALID' }] },
    });
    expect(outcome).toMatchObject({ code: 1, stderr: '' });
    expect(protocolViolations(outcome.stdout)).toEqual([]);
    expect(errorsOf(outcome.messages)).toEqual([
      expect.objectContaining({ failureType: 'config_error', message: expect.stringContaining('pull_requests') }),
    ]);
  });

  it('of a stream that exists no more still syncs the others (60)', async () => {
    const { streams } = catalogOf(['users']);
    const gone = {
      stream: { name: 'commits', json_schema: {}, supported_sync_modes: ['incremental'] },
      sync_mode: 'incremental',
      destination_sync_mode: 'append',
    };
    const outcome = await read(simulator, { catalog: { streams: [gone, ...streams] } });
    expect(outcome.code).toBe(1);
    expect(statusesOf(outcome.messages)).toEqual({ commits: 'INCOMPLETE', users: 'COMPLETE' });
    expect(errorsOf(outcome.messages)).toEqual([expect.objectContaining({ failureType: 'config_error', stream: 'commits' })]);
    expect(differences('users', recordsOf(outcome.messages, 'users'), simulator.truth.rows('users'))).toEqual([]);
  });
});

describe('--state', () => {
  let states: Message[];
  let printed: string;
  beforeAll(async () => {
    const outcome = await read(simulator);
    states = lastStates(outcome.messages);
    printed = outcome.stdout;
  });

  const withoutState = [
    ['an empty file', ''],
    ['null', 'null'],
    ['an empty object', '{}'],
    ['an empty list', '[]'],
    ['blanks', ' \n'],
    [
      'a state of other streams',
      '[{"type":"STREAM","stream":{"stream_descriptor":{"name":"commits"},"stream_state":{"cursor":"2020"}}}]',
    ],
    ['the state of another source', '{"format":"base64/gzip","data":"H4sIAAAAAAAAA6tWKkktLlGyUlBKTixJzc0vSlWyqgYAAAD//w=="}'],
    [
      'a state in a version that is not known',
      '[{"type":"STREAM","stream":{"stream_descriptor":{"name":"users"},"stream_state":{"version":99,"rows":{}}}}]',
    ],
  ] as const;
  it.each(withoutState)('may be %s: everything is read (66)', async (_name, text) => {
    const outcome = await read(simulator, { catalog: catalogOf(['users', 'pull_requests']), state: text });
    expect({ code: outcome.code, errors: errorsOf(outcome.messages) }).toEqual({ code: 0, errors: [] });
    for (const stream of ['users', 'pull_requests'] as const) {
      expect(differences(stream, recordsOf(outcome.messages, stream), simulator.truth.rows(stream))).toEqual([]);
    }
  });

  const inner = (state: Message) => state.stream as Message;
  const pydantic = {
    global: null,
    data: null,
    destinationStats: null,
    sourceStats: { recordCount: 1, rejectedRecordCount: null },
  };
  const forms: readonly (readonly [name: string, form: (states: Message[]) => unknown])[] = [
    ['a list of STREAM states', (list) => list],
    [
      'a list in another order, with a stream that exists no more',
      (list) =>
        [{ type: 'STREAM', stream: { stream_descriptor: { name: 'commits' }, stream_state: { a: 1 } } }, ...list].reverse(),
    ],
    [
      'a list as PyAirbyte dumps it, full of nulls',
      (list) =>
        list.map((state) => ({
          ...state,
          ...pydantic,
          stream: { ...state.stream, stream_descriptor: { ...inner(state).stream_descriptor, namespace: null } },
        })),
    ],
    [
      'a list with empty namespaces',
      (list) =>
        list.map((state) => ({
          ...state,
          stream: { ...state.stream, stream_descriptor: { ...inner(state).stream_descriptor, namespace: '' } },
        })),
    ],
    [
      'one GLOBAL state in a list',
      (list) => [{ type: 'GLOBAL', global: { shared_state: null, stream_states: list.map(inner) } }],
    ],
    ['one GLOBAL state alone', (list) => ({ type: 'GLOBAL', global: { stream_states: list.map(inner) } })],
    ['a list of STATE messages', (list) => list.map((state) => ({ type: 'STATE', state }))],
    ['lines of STATE messages', (list) => list.map((state) => JSON.stringify({ type: 'STATE', state })).join('\n')],
    ['all that the last read printed', () => printed],
    [
      'an object by stream name',
      (list) => Object.fromEntries(list.map((state) => [inner(state).stream_descriptor.name, inner(state).stream_state])),
    ],
    [
      'a LEGACY state in a list',
      (list) => [
        {
          type: 'LEGACY',
          data: Object.fromEntries(list.map((state) => [inner(state).stream_descriptor.name, inner(state).stream_state])),
        },
      ],
    ],
    [
      'states with keys of a newer version',
      (list) =>
        list.map((state) => ({
          ...state,
          id: 7,
          stream: { ...state.stream, stream_state: { ...inner(state).stream_state, newer: { a: 1 } } },
        })),
    ],
  ];
  it.each(forms)('may be %s: nothing is read again (66)', async (_name, form) => {
    const outcome = await read(simulator, { state: form(states) });
    expect({ code: outcome.code, errors: errorsOf(outcome.messages) }).toEqual({ code: 0, errors: [] });
    expect(records(outcome)).toEqual([]);
  });

  it('may be one STREAM state alone (66)', async () => {
    const users = states.find((state) => inner(state).stream_descriptor.name === 'users');
    const outcome = await read(simulator, { catalog: catalogOf(['users']), state: users });
    expect(outcome.code).toBe(0);
    expect(records(outcome)).toEqual([]);
  });

  it('with null for a stream resets that stream, and no other (66)', async () => {
    const reset = states.map((state) =>
      inner(state).stream_descriptor.name === 'users' ? { ...state, stream: { ...state.stream, stream_state: null } } : state,
    );
    const outcome = await read(simulator, { state: reset });
    expect(outcome.code).toBe(0);
    expect(new Set(records(outcome).map(({ record }) => String(record.stream)))).toEqual(new Set(['users']));
    expect(differences('users', recordsOf(outcome.messages, 'users'), simulator.truth.rows('users'))).toEqual([]);
  });

  it.each(['{"type":"STREAM"', 'not json', '[{]'])(
    'that is %s is an error that says what to do, and nothing is read (66)',
    async (text) => {
      const outcome = await read(simulator, { state: text });
      expectConfigError(outcome, /--state is not JSON.*leave --state out/);
      expect(simulator.requests).toEqual([]);
    },
  );

  it('that does not exist is an error', async () => {
    const files = writeFiles(folder, { config: configFor(simulator), catalog: catalogOf() });
    expectConfigError(await run(['read', ...files, '--state', join(folder, 'none.json')]), /--state.*cannot be read \(ENOENT\)/);
  });

  it('of a finished sync with every date in the year 2099 yields no record, but a state of each stream (57)', async () => {
    const future = JSON.parse(JSON.stringify(states).replaceAll(/\d{4}(-\d\d-\d\dT\d\d:\d\d)/g, '2099$1')) as Message[];
    const outcome = await read(simulator, { state: future });
    expect({ code: outcome.code, records: records(outcome) }).toEqual({ code: 0, records: [] });
    expect(lastStates(outcome.messages)).toHaveLength(STREAMS.length);
  });
});

describe('a stream that fails', () => {
  it('for want of a permission is INCOMPLETE by a config_error, while the others are complete (61, 62)', async () => {
    const forbidden = {
      kind: 'status',
      status: 401,
      body: '{"errors":[{"message":"You are not permitted","exceptionName":"com.atlassian.bitbucket.AuthorisationException"}]}',
    } as const;
    simulator.faults.add({ ...forbidden, route: 'users' });
    simulator.faults.add({ ...forbidden, route: 'admin-users' });
    const outcome = await read(simulator);
    expect(outcome).toMatchObject({ code: 1, stderr: '' });
    expect(statusesOf(outcome.messages)).toEqual({ ...all('COMPLETE'), users: 'INCOMPLETE' });
    expect(errorsOf(outcome.messages)).toEqual([expect.objectContaining({ failureType: 'config_error', stream: 'users' })]);
    expect(protocolViolations(outcome.stdout)).toEqual([]);
    expect(syncViolations(outcome.messages, STREAMS)).toEqual([]);
    simulator.faults.clear();
    const next = await read(simulator, { state: lastStates(outcome.messages) });
    expect(next.code).toBe(0);
    expect(new Set(records(next).map(({ record }) => String(record.stream)))).toEqual(new Set(['users']));
    expect(differences('users', recordsOf(next.messages, 'users'), simulator.truth.rows('users'))).toEqual([]);
  });

  it('at one pull request claims nothing that it did not read: the next sync brings it (58, 61)', async () => {
    const [first] = simulator.truth.rows('pull_request_diffs');
    const [key, slug] = String(first?.repository_full_name).split('/');
    const path = new RegExp(
      `/${String(key)}/repos/${String(slug)}/pull-requests/${String(first?.pull_request_id)}/(?:diff|activities)`,
    );
    simulator.faults.add({ kind: 'status', status: 400, path });
    const outcome = await read(simulator);
    expect(outcome.code).toBe(1);
    expect(statusesOf(outcome.messages)).toEqual({
      ...all('COMPLETE'),
      pull_request_activities: 'INCOMPLETE',
      pull_request_diffs: 'INCOMPLETE',
    });
    expect(
      errorsOf(outcome.messages)
        .map(({ stream }) => stream)
        .sort(),
    ).toEqual(['pull_request_activities', 'pull_request_diffs']);
    expect(syncViolations(outcome.messages, STREAMS)).toEqual([]);
    const missing = simulator.truth.rows('pull_request_diffs').length - recordsOf(outcome.messages, 'pull_request_diffs').length;
    expect(missing).toBe(1);
    simulator.faults.clear();
    const next = await read(simulator, { state: lastStates(outcome.messages) });
    expect(next.code).toBe(0);
    expect(recordsOf(next.messages, 'pull_request_diffs').map((row) => row.pull_request_id)).toEqual([first?.pull_request_id]);
    const warehouse = merge(outcome.messages, next.messages);
    for (const stream of STREAMS) {
      expect(differences(stream, [...warehouse.get(stream)!.values()], simulator.truth.rows(stream as 'users'))).toEqual([]);
    }
  });

  it('by errors of the server is INCOMPLETE by a transient_error after five attempts, and goes on in the next sync (61, 62)', async () => {
    const fault = simulator.faults.add({ kind: 'status', status: 500, route: 'pull-requests', path: /repos\/old-tool\// });
    const outcome = await read(simulator);
    expect(fault.struck).toBe(5);
    expect(outcome.code).toBe(1);
    expect(outcome.milliseconds).toBeGreaterThan(20_000);
    const stuck = ['pull_requests', 'pull_request_activities', 'pull_request_diffs'];
    expect(statusesOf(outcome.messages)).toEqual({
      ...all('COMPLETE'),
      ...Object.fromEntries(stuck.map((stream) => [stream, 'INCOMPLETE'])),
    });
    for (const { failureType, message, stream } of errorsOf(outcome.messages)) {
      expect({ failureType, known: stuck.includes(String(stream)) }).toEqual({ failureType: 'transient_error', known: true });
      expect(message).toMatch(/PLAYG\/old-tool.*500/);
    }
    simulator.faults.clear();
    const next = await read(simulator, { state: lastStates(outcome.messages) });
    const warehouse = merge(outcome.messages, next.messages);
    expect(next.code).toBe(0);
    for (const stream of STREAMS) {
      expect(differences(stream, [...warehouse.get(stream)!.values()], simulator.truth.rows(stream as 'users'))).toEqual([]);
    }
    expect(new Set(records(next).map(({ record }) => String(record.data.repository_full_name)))).toEqual(
      new Set(['PLAYG/old-tool']),
    );
  });
});

describe('--debug', () => {
  it.each([
    ['before the command', ['--debug', 'read'], {}],
    ['after it', ['read', '--debug'], {}],
    ['as LOG_LEVEL', ['read'], { LOG_LEVEL: 'debug' }],
  ])('%s shows method, path, status and time of each request, and nothing of its headers', async (_name, command, env) => {
    const files = writeFiles(folder, { config: configFor(simulator), catalog: catalogOf(['users']) });
    const outcome = await run([...command, ...files], { env });
    const shown = logsOf(outcome.messages, 'DEBUG');
    expect(outcome.code).toBe(0);
    expect(shown.length).toBe(simulator.requests.length);
    for (const line of shown) expect(line).toMatch(/^GET \/rest\/api\/1\.0\/\S+ \d{3} \d+ ms$/);
    expect(outcome.stdout).not.toMatch(/authorization|Basic |Bearer /i);
    expect(protocolViolations(outcome.stdout)).toEqual([]);
  });

  it('is off by default', async () => {
    expect(logsOf((await read(simulator, { catalog: catalogOf(['users']) })).messages, 'DEBUG')).toEqual([]);
  });
});

describe('secrets', () => {
  const PASSWORD = 'pa55"wörd\\/+?&%=#~ with blanks';
  const TOKEN = 'BBDC-MDEyMzQ1Njc4OTAxOhb+/4=secret';

  /** The ways in which servers and proxies may write down a text. */
  const disguises = (secret: string): string[] => {
    const base64 = Buffer.from(secret).toString('base64');
    const json = escaped(secret);
    const html = secret.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
    const form = new URLSearchParams({ s: secret }).toString().slice(2);
    return [secret, json, html, encodeURIComponent(secret), form, base64, base64.replace(/=+$/, '')];
  };
  /** As it stands in a line of JSON. */
  const escaped = (text: string) => JSON.stringify(text).slice(1, -1);
  const DISGUISES = disguises('').length;

  /** A server that quotes what it was sent: at `/2/…` in its second disguise. */
  const quoting = async (status: number, contentType: string): Promise<{ server: Server; url: string }> => {
    const server = createServer((request, response) => {
      const sent = request.headers.authorization ?? '';
      const [, which = '0'] = (request.url ?? '').split('/');
      const value = sent.split(' ')[1] ?? '';
      const decoded = sent.startsWith('Basic') ? Buffer.from(value, 'base64').toString() : value;
      const quoted = [decoded.slice(decoded.indexOf(':') + 1), value, decoded].map(
        (text) => disguises(text)[Number(which)] ?? text,
      );
      const [password = '', header = '', pair = ''] = quoted;
      const text = `You sent ${password}, that is ${header}, or ${pair}`;
      const body = contentType.includes('json')
        ? JSON.stringify({ errors: [{ message: text, exceptionName: `com.${password}` }] })
        : `<html><title>${password}</title>${text}</html>`;
      response.writeHead(status, { 'content-type': contentType, 'x-quoted': encodeURIComponent(text) }).end(body);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  };

  const logins = [
    ['a password', { auth_type: 'basic', username: 'svc-airbyte', password: PASSWORD }, [PASSWORD, `svc-airbyte:${PASSWORD}`]],
    ['a token', { auth_type: 'token', token: TOKEN }, [TOKEN]],
  ] as const;

  const expectNone = (outcomes: readonly Outcome[], secrets: readonly string[]) => {
    for (const { stdout, stderr } of outcomes) {
      const forms = secrets.flatMap(disguises);
      for (const form of [...forms, ...forms.map(escaped)]) expect(`${stdout}${stderr}`).not.toContain(form);
    }
  };

  it.each(logins)('(%s) stay out of every byte, whatever fails, with --debug on (63)', async (_name, credentials, secrets) => {
    const env = { LOG_LEVEL: 'debug' };
    const configs = [
      { server_url: simulator.url, credentials },
      { server_url: 'http://127.0.0.1:1', credentials },
      { server_url: simulator.url, credentials: { ...credentials, auth_type: 'other' } },
      { server_url: simulator.url, credentials, max_concurrency: 'many' },
    ];
    const outcomes = await Promise.all(
      configs.flatMap((config) => [
        runWith('check', { config }, { env }),
        runWith('discover', { config }, { env }),
        ...(config.server_url === simulator.url ? [runWith('read', { config, catalog: catalogOf() }, { env })] : []),
      ]),
    );
    simulator.authentication.unlock();
    expectNone([await run(['spec'], { env }), ...outcomes], secrets);
  });

  it.each(logins)(
    '(%s) stay out even where the server quotes them, in whatever disguise (63)',
    async (_name, credentials, secrets) => {
      const answers = [
        [400, 'application/json', DISGUISES],
        [401, 'application/json', 1],
        [404, 'application/json', 1],
        [403, 'text/html', 1],
      ] as const;
      const env = { LOG_LEVEL: 'debug' };
      for (const [status, contentType, disguiseCount] of answers) {
        const { server, url } = await quoting(status, contentType);
        const inputs = (disguise: number) => ({
          config: { server_url: `${url}/${disguise}`, credentials },
          catalog: catalogOf(['users']),
        });
        const outcomes = [await runWith('read', inputs(0), { env })];
        for (let disguise = 0; disguise < disguiseCount; disguise++)
          outcomes.push(await runWith('check', inputs(disguise), { env }));
        server.close();
        if (status === 400) for (const { stdout } of outcomes) expect(stdout).toContain('You sent ****, that is ****, or ');
        expectNone(outcomes, secrets);
      }
    },
  );

  it('stay out of a successful read (63)', async () => {
    const { username, password, token } = simulator.credentials;
    const byPassword = await read(simulator, {}, { env: { LOG_LEVEL: 'debug' } });
    const byToken = await read(
      simulator,
      { config: { credentials: { auth_type: 'token', token } } },
      { env: { LOG_LEVEL: 'debug' } },
    );
    expect([byPassword.code, byToken.code]).toEqual([0, 0]);
    expectNone([byPassword, byToken], [password, token, `${username}:${password}`]);
  });
});

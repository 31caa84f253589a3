import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Simulator } from './simulator';
import {
  catalogOf,
  configFor,
  errorsOf,
  lastStates,
  type Message,
  type Outcome,
  read,
  recordsOf,
  run,
  runWith,
  statusesOf,
  STREAMS,
} from './support/connector';
import { protocolViolations, syncViolations } from './support/protocol';
import { differences, merge } from './support/rows';

const REPOSITORY_ROOT = join(__dirname, '..');
const INPUTS = { config: { server_url: 'http://127.0.0.1:1', credentials: { auth_type: 'token', token: 'any' } } };

let simulator: Simulator;
beforeAll(async () => {
  simulator = await Simulator.start({ version: '9.4.0' });
  // What is old is not watched, tips aside: each default branch was just built.
  for (const tip of simulator.truth.rows('branches').filter((branch) => branch.is_default === true))
    simulator.history.build(Number(tip.repository_id), { key: 'CI', state: 'SUCCESSFUL' });
});
afterAll(() => simulator.stop());
beforeEach(() => {
  simulator.faults.clear();
  simulator.clearRequests();
});

const all = (value: string) => Object.fromEntries(STREAMS.map((stream) => [stream, value]));
const records = ({ messages }: Outcome) => messages.filter(({ type }) => type === 'RECORD');
const connectionStatus = ({ messages }: Outcome) =>
  messages.find(({ type }) => type === 'CONNECTION_STATUS')?.connectionStatus as Message | undefined;

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

describe('what a server sends that others would spoil', () => {
  it('goes out with all its digits: integers of 64 bits as they are, longer ones as text', async () => {
    const values =
      '[{"id":1,"action":"OPENED","createdDate":1700000000000,"plugin":{"exact":9007199254740993,"long":12345678901234567890123}}]';
    const fault = simulator.faults.add({
      kind: 'wrong-shape',
      path: /old-tool\/pull-requests\/1\/activities/,
      body: `{"size":1,"limit":500,"start":0,"isLastPage":true,"values":${values}}`,
    });
    const { stdout, code } = await read(simulator, { catalog: catalogOf(['pull_request_activities'], 'full_refresh') });
    fault.remove();
    expect([code, fault.struck]).toEqual([0, 1]);
    expect(stdout).toContain('"exact":9007199254740993,"long":"12345678901234567890123"');
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
      stream: { name: 'commit_comments', json_schema: {}, supported_sync_modes: ['incremental'] },
      sync_mode: 'incremental',
      destination_sync_mode: 'append',
    };
    const outcome = await read(simulator, { catalog: { streams: [gone, ...streams] } });
    expect(outcome.code).toBe(1);
    expect(statusesOf(outcome.messages)).toEqual({ commit_comments: 'INCOMPLETE', users: 'COMPLETE' });
    expect(errorsOf(outcome.messages)).toEqual([
      expect.objectContaining({ failureType: 'config_error', stream: 'commit_comments' }),
    ]);
    expect(differences('users', recordsOf(outcome.messages, 'users'), simulator.truth.rows('users'))).toEqual([]);
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
    expect(errorsOf(outcome.messages)).toEqual([
      expect.objectContaining({
        failureType: 'config_error',
        stream: 'users',
        message: expect.stringContaining('Give the account the permission (the global permission Bitbucket User)'),
      }),
    ]);
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
    const stuck = ['pull_requests', 'pull_request_activities', 'pull_request_diffs', 'pull_request_commits', 'builds'];
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

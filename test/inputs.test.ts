import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
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
  STREAMS,
  writeFiles,
} from './support/connector';
import { protocolViolations } from './support/protocol';
import { differences } from './support/rows';

const INPUTS = {
  config: { server_url: 'http://127.0.0.1:1', credentials: { auth_type: 'token', token: 't-0-p-s-e-c-r-e-t' } },
  catalog: catalogOf(),
};

let folder: string;
let simulator: Simulator;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'inputs-'));
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

describe('arguments', () => {
  it.each([
    [['nonsense'], /nonsense.*Commands: spec, check, discover, read/],
    [['spec', 'more'], /too many arguments for 'spec': "more" is one too many\. Commands: spec/],
    [['read', '--debug', 'one', 'two'], /too many arguments for 'read': "one", "two" are 2 too many\./],
    [['read', '--nope'], /--nope/],
    [['check', '--nope'], /--nope/],
    [['help', 'nothing'], /unknown command 'nothing'/],
    [['sink', '--help'], /unknown command 'sink' \(Did you mean sync\?\)/],
    [['read'], /--config is missing/],
    [['discover'], /--config is missing/],
    [['read', '--config'], /--config/],
  ])('%j are an error that says what is wrong, as a message (65)', async (args, message) => {
    expectConfigError(await run(args), message);
  });

  it.each([
    [[], /^Usage: \S*bin\/main COMMAND[^]*sync +for people[^]*To begin:\n {2}\S*bin\/main doctor --config config\.json/],
    [['--debug'], /^Usage: \S*bin\/main COMMAND/],
    [
      ['webhooks'],
      /^A command is missing: list, ensure, remove or check, as in \S*bin\/main webhooks list --config config\.json\. See: \S*bin\/main webhooks --help/,
    ],
    [['sync'], /^--config is missing: give a JSON file, such as --config config\.json\.\n$/],
    [
      ['doctor', '--nope'],
      /^Unknown option '--nope'\. It is used as in \S*bin\/main doctor --config config\.json\. See: \S*bin\/main doctor --help\n$/,
    ],
    [
      ['sync', '--foo'],
      /^Unknown option '--foo' \(Did you mean --follow\?\)\. It is used as in \S*bin\/main sync --config config\.json --follow 300\. See: /,
    ],
    [
      ['sync', '--streams'],
      /^Option '--streams <names\.\.\.>' argument missing\. It is used as in \S*bin\/main sync --config config\.json --streams projects,pull_requests\. See: /,
    ],
    [
      ['plan', 'more'],
      /^Too many arguments for 'plan': "more" is one too many\. It is used as in \S*bin\/main plan --config config\.json\. See: \S*bin\/main plan --help\n$/,
    ],
    [
      ['doctor', 'postgres://u:p4ss@h/d'],
      /^Too many arguments for 'doctor': a word of 21 characters is one too many\. It is used as in .* See: .*\n$/,
    ],
    [['webhooks', 'list', 'more'], /^Too many arguments for 'list': "more" is one too many\./],
    [
      ['webhooks', 'check', '--nope'],
      /^Unknown option '--nope'\. It is used as in \S*bin\/main webhooks check --config config\.json\b.* See: \S*bin\/main webhooks --help\n$/,
    ],
  ])('%j of a person are told in text (65)', async (args, text) => {
    expect(await run(args)).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(text) });
  });

  it('are explained in 80 columns, with examples, for each command', async () => {
    const commands = [
      'spec',
      'check',
      'discover',
      'read',
      'sync',
      'report',
      'doctor',
      'plan',
      'serve',
      'webhooks',
      'credentials',
    ];
    const actions = [
      'webhooks list',
      'webhooks ensure',
      'webhooks remove',
      'webhooks check',
      'credentials list',
      'credentials create',
      'credentials update',
    ];
    for (const command of [...commands, ...actions]) {
      const { code, stdout } = await run([...command.split(' '), '--help']);
      expect([command, code, stdout.split('\n').filter((line) => line.length > 80)]).toEqual([command, 0, []]);
      if (command !== 'spec') expect([command, stdout]).toEqual([command, expect.stringContaining('Examples:')]);
    }
  });

  it('without a command are told to a person and to a platform where an option is wrong (65)', async () => {
    const outcome = await run(['--nope']);
    expect(outcome.stderr).toMatch(/^Unknown option '--nope'\.\n\nUsage: \S*bin\/main COMMAND/);
    expectConfigError({ ...outcome, stderr: '' }, /unknown option '--nope'/);
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

  const NOTHING_OF_OURS =
    /^--state holds no state of a stream, so everything is read anew: give the file that the last sync wrote/;
  const warned = ({ messages }: Outcome) =>
    messages.some(
      ({ log }) => (log as Message | undefined)?.level === 'WARN' && NOTHING_OF_OURS.test(String((log as Message).message)),
    );
  it.each([
    ['the configuration', JSON.stringify(INPUTS.config)],
    ['an object without streams', '{"note":1}'],
    ['a list of such objects', '[{"note":1}]'],
    ['the state of another source', '{"format":"base64/gzip","data":"H4sIAAAA"}'],
  ])('that is %s is warned of', async (_name, text) => {
    expect(warned(await read(simulator, { catalog: catalogOf(['users']), state: text }))).toBe(true);
  });

  it.each([...withoutState.slice(0, 5), ['no stream in a GLOBAL', '{"type":"GLOBAL","global":{"stream_states":[]}}']] as const)(
    'that is %s is no reason for a warning',
    async (_name, text) => {
      expect(warned(await read(simulator, { catalog: catalogOf(['users']), state: text }))).toBe(false);
    },
  );

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
      (list) => [{ type: 'STREAM', stream: { stream_descriptor: { name: 'wikis' }, stream_state: { a: 1 } } }, ...list].reverse(),
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

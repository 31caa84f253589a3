import { Simulator, SOURCE_MARKER, type SimulatorOptions, type StreamName, type TruthFilter, type Version } from './simulator';
import { catalogOf, errorsOf, lastStates, type Outcome, read, recordsOf, statusesOf, STREAMS } from './support/connector';
import { differences, keyOf, type Row } from './support/rows';
import { neverFilled, sourceCodeIn, violations } from './support/schemas';

const streams = STREAMS as StreamName[];
const COMPLETE = Object.fromEntries(streams.map((stream) => [stream, 'COMPLETE']));

/** Servers that differ in what they send and how; each must be read to the same rows as its model has. */
const servers: readonly (readonly [name: string, options: SimulatorOptions])[] = [
  ...(['5.16.0', '7.21.0', '8.19.0', '9.4.0', '10.4.0'] as Version[]).map(
    (version) => [`version ${version}`, { version }] as const,
  ),
  ['yesterday’s changes, which are still looked at again', { until: Date.now() - 3_600_000 }],
  ['pages of two', { caps: { projects: 2, repositories: 2, users: 2, pullRequests: 2, activities: 2 } }],
  ['pages of one', { version: '8.19.0', caps: { projects: 1, repositories: 1, users: 1, pullRequests: 1, activities: 1 } }],
  ['pages with gaps', { sparsePages: true, caps: { repositories: 5, pullRequests: 5, activities: 5 } }],
  ['raw diffs refused', { rawDiff: 'refused' }],
  ['raw diffs refused by an older version', { version: '7.21.0', rawDiff: 'refused' }],
  ['JSON where a raw diff was asked for', { version: '7.21.0', rawDiff: 'json' }],
  ['JSON diffs that are cut off, whole .diff files', { rawDiff: 'refused', maxDiffLines: 12 }],
  ['fields that no version of today sends', { extraFields: true }],
  ['a context path', { contextPath: '/tools/bitbucket', displayUrl: 'https://git.example.com/tools/bitbucket' }],
  ['users without details', { usersListing: 'plain' }],
  ['a small company', { dataset: 'demo', caps: { pullRequests: 7 } }],
];

describe.each(servers)('a server with %s', (_name, options) => {
  let simulator: Simulator;
  let full: Outcome;
  let incremental: Outcome;
  let again: Outcome;

  beforeAll(async () => {
    simulator = await Simulator.start(options);
    // What is old is not watched, tips aside: each default branch was just built.
    for (const tip of simulator.truth.rows('branches').filter((branch) => branch.is_default === true))
      simulator.history.build(Number(tip.repository_id), { key: 'CI', state: 'SUCCESSFUL' });
    full = await read(simulator, { catalog: catalogOf(streams, 'full_refresh') });
    incremental = await read(simulator);
    again = await read(simulator, { state: lastStates(incremental.messages) });
  });
  afterAll(() => simulator.stop());

  it('is read to the end of every stream, without an error (45, 51)', () => {
    for (const { code, stderr, messages } of [full, incremental, again]) {
      expect({ code, stderr, errors: errorsOf(messages), statuses: statusesOf(messages) }).toEqual({
        code: 0,
        stderr: '',
        errors: [],
        statuses: COMPLETE,
      });
    }
  });

  it.each(streams)(
    'gives for %s exactly what is there, each row once and each column right, as a full refresh (38)',
    (stream) => {
      const truth = simulator.truth.rows(stream);
      expect(truth.length).toBeGreaterThan(0);
      expect(differences(stream, recordsOf(full.messages, stream), truth)).toEqual([]);
    },
  );

  it.each(streams)('gives for %s the same incrementally, when there is no state yet', (stream) => {
    expect(differences(stream, recordsOf(incremental.messages, stream), simulator.truth.rows(stream))).toEqual([]);
  });

  it.each(streams)('gives for %s no record when nothing has changed, but a state (54)', (stream) => {
    expect(recordsOf(again.messages, stream)).toEqual([]);
    expect(lastStates(again.messages).map((state) => state.stream.stream_descriptor.name)).toContain(stream);
  });

  it.each(streams)('gives rows of %s that fit their schema, with every column and no other (39, 40, 41, 43)', (stream) => {
    expect(violations(stream, recordsOf(full.messages, stream))).toEqual([]);
    expect(violations(stream, recordsOf(incremental.messages, stream))).toEqual([]);
  });

  it('leaves no source code on stdout, under any name', () => {
    expect(full.stdout + incremental.stdout).not.toContain(SOURCE_MARKER);
    expect(full.messages.flatMap((message) => sourceCodeIn(message.record?.data))).toEqual([]);
  });
});

/** What servers were seen to send and the simulator does not. */
const NOT_SIMULATED: Partial<Record<StreamName, RegExp>> = {
  pull_requests: /^(?:author|participants\[\])\.lastReviewedCommit$/,
  pull_request_activities: /^comment\.(?:threadResolve|comments\[\]\.(?:threadResolve|resolve))/,
};

it.each(streams)('%s fills every field that its schema declares, on one server or another (42)', async (stream) => {
  const rows = [];
  for (const options of [{ version: '5.16.0' }, { version: '10.4.0', dataset: 'demo' }] as SimulatorOptions[]) {
    const simulator = await Simulator.start(options);
    const config = {
      ...{ include_personal_projects: true, lookback_days: 500, build_details: true },
      deployment_builds: [{ pattern: '*deploy*', environment: 'production' }],
    };
    rows.push(...recordsOf((await read(simulator, { config, catalog: catalogOf([stream]) })).messages, stream));
    await simulator.stop();
  }
  const empty = neverFilled(stream, rows).filter((path) => NOT_SIMULATED[stream]?.test(path) !== true);
  expect(empty).toEqual(['deleted_at']);
});

describe('a diff that the server gives whole in no form', () => {
  const files = (row: Row) => (row.files as Row[]).map(({ path, previous_path, type }) => ({ path, previous_path, type }));

  it.each(['5.16.0', '7.21.0'] as Version[])('of version %s is marked as truncated, and lists every file', async (version) => {
    const simulator = await Simulator.start({ version, rawDiff: 'refused', maxDiffLines: 12 });
    simulator.faults.add({ kind: 'status', status: 404, route: 'diff-file' });
    const { messages, code } = await read(simulator, { catalog: catalogOf(['pull_request_diffs']) });
    const truth = new Map<string, Row>(
      simulator.truth.rows('pull_request_diffs').map((row) => [keyOf('pull_request_diffs', row), row]),
    );
    await simulator.stop();
    const rows = recordsOf(messages, 'pull_request_diffs');
    const truncated = rows.filter((row) => row.truncated === true);
    expect(code).toBe(0);
    expect(truncated.length).toBeGreaterThan(0);
    expect(truncated.length).toBeLessThan(rows.length);
    expect(
      differences('pull_request_diffs', rows, [...truth.values()], ['truncated', 'additions', 'deletions', 'files']),
    ).toEqual([]);
    for (const row of rows) {
      const right = truth.get(keyOf('pull_request_diffs', row))!;
      // The oldest versions do not tell a copy from a move anywhere.
      const told = files(right).map((file) => (version === '5.16.0' && file.type === 'COPY' ? { ...file, type: 'MOVE' } : file));
      expect(files(row)).toEqual(told);
      expect(row.additions).toBeLessThanOrEqual(right.additions);
      if (row.truncated === false) expect(row.additions).toBe(right.additions);
    }
  });
});

/** A configuration, and the same filter in the words of the simulator. */
const filters: readonly (readonly [name: string, config: object, truth: TruthFilter])[] = [
  ['a project', { projects: ['PLAYG'] }, { projects: ['PLAYG'] }],
  ['projects in another case and with blanks', { projects: [' playg ', 'Pr'] }, { projects: ['PLAYG', 'PR'] }],
  ['a wildcard', { projects: ['P*'] }, { projects: ['P*'] }],
  ['a repository', { repositories: ['PLAYG/service'] }, { repositories: ['PLAYG/service'] }],
  ['repositories by wildcard, in another case', { repositories: ['*/SERV*'] }, { repositories: ['*/serv*'] }],
  ['all but one repository', { repositories: ['!playg/old-tool'] }, { repositories: ['!PLAYG/old-tool'] }],
  ['all but a project', { repositories: ['!PLAYG/*'] }, { repositories: ['!PLAYG/*'] }],
  ['some, less one of them', { repositories: ['PLAYG/*', '!PLAYG/ser*'] }, { repositories: ['PLAYG/*', '!PLAYG/ser*'] }],
  [
    'projects and repositories, which must both match',
    { projects: ['PR', 'MERGE'], repositories: ['*/service'] },
    { projects: ['PR', 'MERGE'], repositories: ['*/service'] },
  ],
  ['personal projects too', { include_personal_projects: true }, { includePersonalProjects: true }],
  ['a personal project by name, and no other', { projects: ['~JANE'] }, { projects: ['~jane'] }],
  ['a personal project by wildcard', { projects: ['~*'] }, { projects: ['~*'] }],
  ['a personal repository by name', { repositories: ['~jane/dotfiles'] }, { repositories: ['~jane/dotfiles'] }],
  ['a wildcard that would match personal projects, which only a ~ names', { projects: ['*'] }, { projects: ['*'] }],
  ['no archived repositories', { include_archived: false }, { includeArchived: false }],
  [
    'no archived repositories of a project',
    { include_archived: false, projects: ['PLAYG'] },
    { includeArchived: false, projects: ['PLAYG'] },
  ],
  ['empty texts and nulls, which mean nothing was chosen', { projects: null, repositories: [], start_date: '' }, {}],
];

describe('filters', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await Simulator.start({ version: '9.4.0' });
  });
  afterAll(() => simulator.stop());

  it.each(filters)('read %s', async (_name, config, truth) => {
    const { messages, code } = await read(simulator, { config });
    expect({ code, errors: errorsOf(messages) }).toEqual({ code: 0, errors: [] });
    expect(recordsOf(messages, 'repositories').length).toBeGreaterThan(0);
    for (const stream of streams) {
      expect(differences(stream, recordsOf(messages, stream), simulator.truth.rows(stream, truth))).toEqual([]);
    }
    const again = await read(simulator, { config, state: lastStates(messages) });
    expect(again.messages.filter(({ type }) => type === 'RECORD')).toEqual([]);
    expect(again.code).toBe(0);
  });

  it.each([
    ['PLAYG/service', ['PLAYG']],
    ['*/service', ['MERGE', 'PLAYG', 'PR']],
    ['!PLAYG/*', ['MERGE', 'PR']],
    ['!PLAYG/old-tool', ['MERGE', 'PLAYG', 'PR']],
  ])('with repositories %s, projects holds only what they can match', async (pattern, keys) => {
    const { messages } = await read(simulator, { config: { repositories: [pattern] }, catalog: catalogOf(['projects']) });
    expect(
      recordsOf(messages, 'projects')
        .map((row) => String(row.key))
        .sort(),
    ).toEqual(keys);
  });

  it('that nothing passes leave every stream but the users complete and empty', async () => {
    const { messages, code } = await read(simulator, { config: { projects: ['NOSUCH'] } });
    expect({ code, statuses: statusesOf(messages) }).toEqual({ code: 0, statuses: COMPLETE });
    expect(messages.filter(({ type, record }) => type === 'RECORD' && record.stream !== 'users')).toEqual([]);
  });
});

describe('start_date', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await Simulator.start({ dataset: 'demo' });
  });
  afterAll(() => simulator.stop());

  it.each(['2025-10-01', '2025-10-01T00:00:00Z', '2025-10-01T02:00:00.000+02:00'])(
    '%s leaves out what was last updated before, and only that',
    async (start) => {
      const { messages, code } = await read(simulator, { config: { start_date: start } });
      expect(code).toBe(0);
      for (const stream of streams) {
        const truth = simulator.truth.rows(stream, { startDate: '2025-10-01T00:00:00Z' });
        expect(differences(stream, recordsOf(messages, stream), truth)).toEqual([]);
      }
      expect(recordsOf(messages, 'pull_requests').length).toBeGreaterThan(10);
      expect(recordsOf(messages, 'pull_requests').length).toBeLessThan(simulator.truth.rows('pull_requests').length);
    },
  );

  it('includes a pull request that was updated in that very millisecond', async () => {
    const [one] = simulator.truth.rows('pull_requests');
    const start = String(one?.updated_date);
    const { messages } = await read(simulator, { config: { start_date: start }, catalog: catalogOf(['pull_requests']) });
    expect(recordsOf(messages, 'pull_requests').map((row) => row.updated_date)).toContain(start);
    expect(
      differences(
        'pull_requests',
        recordsOf(messages, 'pull_requests'),
        simulator.truth.rows('pull_requests', { startDate: start }),
      ),
    ).toEqual([]);
  });
});

describe('shards', () => {
  it('divide the repositories without overlap or gap, and shard 0 alone reads projects and users', async () => {
    const simulator = await Simulator.start({ dataset: 'demo' });
    const shards = await Promise.all(
      [0, 1, 2].map((index) => read(simulator, { config: { shard_index: index, shard_count: 3 } })),
    );
    for (const { code, messages } of shards)
      expect({ code, statuses: statusesOf(messages) }).toEqual({ code: 0, statuses: COMPLETE });
    for (const stream of streams) {
      const parts = shards.map(({ messages }) => recordsOf(messages, stream));
      expect(differences(stream, parts.flat(), simulator.truth.rows(stream))).toEqual([]);
      const sizes = parts.map((part) => part.length > 0);
      expect(sizes).toEqual(stream === 'projects' || stream === 'users' ? [true, false, false] : [true, true, true]);
    }
    for (const { messages } of shards) expect(lastStates(messages)).toHaveLength(streams.length);
    await simulator.stop();
  });
});

describe('a token that belongs to no user', () => {
  it.each(['projectToken', 'repositoryToken'] as const)('(%s) reads what it may see', async (kind) => {
    const simulator = await Simulator.start({ version: '9.4.0' });
    const credentials = { auth_type: 'token', token: simulator.credentials[kind] };
    const selected: StreamName[] = ['repositories', 'pull_requests', 'pull_request_activities', 'pull_request_diffs'];
    const { messages, code } = await read(simulator, { config: { credentials }, catalog: catalogOf(selected) });
    const filter = kind === 'projectToken' ? { projects: ['PLAYG'] } : { repositories: ['PLAYG/service'] };
    expect({ code, errors: errorsOf(messages) }).toEqual({ code: 0, errors: [] });
    for (const stream of selected)
      expect(differences(stream, recordsOf(messages, stream), simulator.truth.rows(stream, filter))).toEqual([]);
    await simulator.stop();
  });
});

import { BitbucketSource } from '../../src/source';
import { streams as shipped } from '../../src/streams';
import { pullRequests } from '../../src/streams/pull_requests';
import type { Stream } from '../../src/streams/stream';
import { catalogOf, configFor, errorsOf, lastStates, logsOf, type Message, recordsOf, statusesOf } from '../support/connector';
import { ANN, APP, type Company, emitted, OTHER, startCompany } from './support/company';
import { ALL_STREAMS, type Connection, type SyncResult } from './support/connection';
import { client } from '../simulator/client';
import { corrupt, listOf } from './support/lists';

let company: Company;
let connection: Connection;
beforeEach(async () => {
  company = await startCompany();
  connection = company.connect();
});
afterEach(() => company.simulator.stop());

const complete = ({ statuses }: SyncResult) => Object.values(statuses).every((status) => status === 'COMPLETE');
const incomplete = ({ statuses }: SyncResult) => Object.keys(statuses).filter((name) => statuses[name] !== 'COMPLETE');

describe('a single item that always fails', () => {
  test('where nothing else is due, fails three syncs, and is then warned of and tried', async () => {
    company.simulator.faults.add({ kind: 'status', path: /pull-requests\/4\/activities/ });
    expect(incomplete(await connection.sync())).toEqual(['pull_request_activities']);
    for (let sync = 2; sync <= 3; sync += 1) expect(incomplete(await connection.sync())).toEqual(['pull_request_activities']);
    const fourth = await connection.sync();
    expect([complete(fourth), fourth.errors]).toEqual([true, []]);
    expect(fourth.warnings.join('\n')).toContain('pull request 4 of ACME/app could not be read in 4 syncs');
    company.simulator.faults.clear();
    expect(emitted(await connection.sync())).toEqual(['activities of 1/4']);
  });

  test('where the rest of the sync fails, too, has no strike counted', async () => {
    company.simulator.faults.add({ kind: 'status', route: 'activities' });
    company.simulator.faults.add({ kind: 'status', path: /LIB\/repos\/app\/pull-requests\?/ });
    for (let sync = 1; sync <= 5; sync += 1) expect(incomplete(await connection.sync())).toContain('pull_request_activities');
  });
});

describe('a list that always fails', () => {
  beforeEach(() => {
    company.simulator.faults.add({ kind: 'status', path: /LIB\/repos\/app\/pull-requests\?/ });
  });

  test('fails each sync, and says what there is to do', async () => {
    for (let sync = 1; sync <= 5; sync += 1) {
      const result = await connection.sync();
      expect(incomplete(result)).toEqual([
        'pull_requests',
        'pull_request_activities',
        'pull_request_diffs',
        'pull_request_commits',
      ]);
      for (const { message } of result.errors) expect(message).toMatch(/"!LIB\/app".*fail_on_unreadable/);
    }
  });

  test('fails none with fail_on_unreadable false: it is warned of, and read once it can be', async () => {
    connection = company.connect({ fail_on_unreadable: false });
    for (let sync = 1; sync <= 2; sync += 1) {
      const result = await connection.sync();
      expect([complete(result), result.errors]).toEqual([true, []]);
      expect(result.warnings.join('\n')).toContain('repository LIB/app could not be read');
    }
    company.simulator.faults.clear();
    expect(emitted(await connection.sync())).toContain('pull request 2/1');
  });

  test('fails with fail_on_unreadable false where it is a list of all', async () => {
    company.simulator.faults.add({ kind: 'status', route: 'repositories' });
    company.simulator.faults.add({ kind: 'status', route: 'admin-users', status: 500 });
    const result = await company.connect({ fail_on_unreadable: false }).sync();
    expect(incomplete(result)).toEqual(expect.arrayContaining(['repositories', 'users', 'pull_requests']));
  });
});

test('a list of branches that fails says what there is to do in each stream that needs it, also in that of the rows', async () => {
  company.simulator.faults.add({ kind: 'status', path: /LIB\/repos\/app\/branches\?/ });
  const { errors, statuses } = await connection.sync({ streams: ['repositories', 'branches', 'commits', 'builds'] });
  expect(statuses).toEqual({
    repositories: 'INCOMPLETE',
    branches: 'INCOMPLETE',
    commits: 'INCOMPLETE',
    builds: 'INCOMPLETE',
  });
  for (const { message } of errors) expect(message).toMatch(/"!LIB\/app".*fail_on_unreadable/);
});

test('an exception of ours in one item is a fault of that item alone, is named as one, and is mended by a better version', async () => {
  const failing: typeof pullRequests = {
    ...pullRequests,
    fingerprint: (listed) => {
      if (listed.id === 3) throw new TypeError('Cannot read properties of null');
      return pullRequests.fingerprint(listed);
    },
  };
  const read = async (streams: readonly Stream[], states: readonly Message[]) => {
    const messages: Message[] = [];
    const source = new BitbucketSource(
      {
        ...{ now: company.clock.now, random: () => 0.5, extraCaCertificates: undefined, signal: new AbortController().signal },
        retryPolicy: { attempts: 2, firstDelayMs: 1 },
      },
      false,
      streams,
    );
    const catalog = catalogOf(['pull_requests', 'pull_request_diffs']);
    await source.start(configFor(company.simulator), catalog, states, (line) => void messages.push(JSON.parse(line) as Message))
      .done;
    return messages;
  };
  const first = await read([...shipped.filter(({ name }) => name !== 'pull_requests'), failing], []);
  expect(statusesOf(first)).toEqual({ pull_requests: 'INCOMPLETE', pull_request_diffs: 'COMPLETE' });
  expect(errorsOf(first)).toMatchObject([{ failureType: 'system_error', stream: 'pull_requests' }]);
  expect(errorsOf(first)[0]!.message).toContain('pull request 3 of ACME/app');
  const all = company.simulator.truth.rows('pull_requests').length;
  expect([recordsOf(first, 'pull_requests').length, recordsOf(first, 'pull_request_diffs').length]).toEqual([all - 1, all]);
  const second = await read(shipped, lastStates(first));
  expect(statusesOf(second)).toEqual({ pull_requests: 'COMPLETE', pull_request_diffs: 'COMPLETE' });
  expect(recordsOf(second, 'pull_requests').map((row) => row.id)).toEqual([3]);
  expect(recordsOf(second, 'pull_request_diffs')).toEqual([]);
});

describe('an entry of a list that is not what it should be', () => {
  test('is pending, and the others of its page are read', async () => {
    await corrupt(company.simulator, listOf(APP, 'ALL'), (values) =>
      values.map((each) => (each.id === 5 ? { ...each, updatedDate: null } : each)),
    );
    const first = await connection.sync();
    expect(incomplete(first)).toEqual(['pull_requests', 'pull_request_activities', 'pull_request_diffs', 'pull_request_commits']);
    for (const { message } of first.errors) expect(message).toContain('pull request 5 of ACME/app');
    expect(first.records.pull_requests?.map(({ repository_id, id }) => `${repository_id}/${id}`).sort()).toEqual([
      '1/1',
      '1/2',
      '1/3',
      '1/4',
      '2/1',
    ]);
    company.simulator.faults.clear();
    expect(emitted(await connection.sync())).toEqual(['activities of 1/5', 'commits of 1/5', 'diff 1/5', 'pull request 1/5']);
    expect(connection.warehouse.differences(company.simulator, ['pull_requests', 'pull_request_activities'])).toEqual([]);
  });

  test.each([null, 'abc', 1e30, 1.5, true])('with the id %p fails its list, and the others of its page are read', async (id) => {
    await corrupt(company.simulator, listOf(APP, 'ALL'), (values) => [{ ...values[0], id }, ...values.slice(1)]);
    const first = await connection.sync();
    expect(first.errors.map(({ message }) => message).join(' ')).toContain('repository ACME/app could not be read');
    expect(first.records.pull_requests).toHaveLength(5);
    const second = await connection.sync({ calm: false });
    expect([second.succeeded, emitted(second)]).toEqual([false, []]);
    company.simulator.faults.clear();
    const healed = await connection.sync();
    expect([healed.errors, healed.records.pull_requests?.length]).toEqual([[], 1]);
    expect(connection.warehouse.differences(company.simulator, ALL_STREAMS)).toEqual([]);
  });

  test('that names a target that is none belongs to its repository all the same', async () => {
    await corrupt(company.simulator, listOf(APP, 'ALL'), (values) =>
      values.map((each) => (each.id === 5 ? { ...each, toRef: { ...each.toRef, repository: { id: 'x' } } } : each)),
    );
    const result = await connection.sync({ streams: ['pull_requests'] });
    expect([result.errors, result.records.pull_requests?.length]).toEqual([[], 6]);
  });

  test.each([
    ['repositories', '/repos?archived=ALL'],
    ['users', '/admin/users?start=0'],
    ['projects', '/projects?start=0'],
  ] as const)('of %s without an id fails each sync, and the others are read', async (stream, path) => {
    await corrupt(
      company.simulator,
      () => path,
      ([first, ...others]) => [{ ...first, id: null }, ...others],
    );
    const result = await connection.sync({ streams: [stream, 'pull_requests'] });
    expect(result.statuses[stream]).toBe('INCOMPLETE');
    expect(result.errors[0]?.message).toContain(`The list of ${stream} has an entry without an id`);
    expect(result.records[stream]?.length).toBeGreaterThan(0);
    expect(result.records.pull_requests?.length).toBeGreaterThan(0);
    expect((await connection.sync({ streams: [stream], calm: false })).succeeded).toBe(false);
    company.simulator.faults.clear();
    expect((await connection.sync({ streams: [stream, 'pull_requests'] })).errors).toEqual([]);
    expect(connection.warehouse.differences(company.simulator, [stream, 'pull_requests'])).toEqual([]);
  });

  test.each([
    ['no slug', { slug: null }],
    ['half a character in its slug', { slug: 'a\ud83d' }],
  ])('of a repository that was never read fails each sync until it can be: %s', async (_what, what) => {
    await corrupt(
      company.simulator,
      () => '/repos?archived=ALL',
      (values) => values.map((each) => (each.id === OTHER ? { ...each, ...what } : each)),
    );
    for (let number = 0; number < 5; number++) {
      const result = await connection.sync({ calm: false });
      expect([number, result.succeeded]).toEqual([number, false]);
      for (const { failureType, message } of result.errors) {
        expect(failureType).not.toBe('system_error');
        expect(message).toContain(`id ${OTHER}`);
      }
    }
    company.simulator.faults.clear();
    await connection.sync({ calm: false });
    expect(connection.warehouse.differences(company.simulator, ALL_STREAMS)).toEqual([]);
  });

  test('of a user whose slug is a number beyond all counting is read like the others', async () => {
    const { body } = await client(company.simulator).get('/admin/users?limit=1000');
    const [first, ...others] = body.values as object[];
    const text = JSON.stringify({ ...body, values: [{ ...first, slug: 'HUGE' }, ...others] });
    const fault = { kind: 'wrong-shape', route: 'admin-users', body: text.replace('"HUGE"', '1'.padEnd(31, '0')) } as const;
    company.simulator.faults.add(fault);
    expect((await connection.sync()).errors).toEqual([]);
    expect((await connection.sync()).errors).toEqual([]);
  });

  test('in the list of repositories concerns that repository alone', async () => {
    await connection.sync();
    const fault = company.simulator.faults.add({
      ...{ kind: 'wrong-shape', route: 'repositories' },
      body: JSON.stringify({
        ...{ size: 1, limit: 1000, start: 0, isLastPage: true },
        values: [{ id: OTHER, slug: 'app', project: null }],
      }),
    });
    const result = await connection.sync({ streams: ['repositories'] });
    expect([result.succeeded, emitted(result)]).toEqual([false, []]);
    expect(result.errors[0]?.message).toContain('repository LIB/app');
    fault.remove();
    expect((await connection.sync()).errors).toEqual([]);
  });
});

test('pages that a list can bear only smaller are kept in its streams’ states, for a day', async () => {
  const limits = ({ requests }: SyncResult) =>
    requests.filter(({ route, path }) => route === 'pull-requests' && path.includes('ACME')).map(({ query }) => query['limit']);
  company.simulator.faults.add({ kind: 'status', status: 504, path: /ACME\/repos\/app\/pull-requests\?.*limit=1000/ });
  const first = await connection.sync();
  expect([first.errors, limits(first).slice(0, 2)]).toEqual([[], ['1000', '100']]);
  expect(limits(await connection.sync())).toEqual(['100']);
  company.clock.advance(25 * 3600 * 1000);
  expect(limits(await connection.sync()).slice(0, 2)).toEqual(['1000', '100']);
});

describe('what filters left out', () => {
  const lib = { repositories: ['!LIB/*'] };

  test('gets its tombstone when they widen again and it is gone meanwhile', async () => {
    await connection.sync();
    expect((await connection.sync({ config: lib })).succeeded).toBe(true);
    company.history.deleteRepository(OTHER);
    expect(emitted(await connection.sync({ config: lib }))).toEqual([]);
    expect(emitted(await connection.sync())).toContain('repository 2 deleted');
    expect(connection.warehouse.differences(company.simulator, ['projects', 'repositories'])).toEqual([]);
  });

  test('brings nothing again when they widen and it is as it was', async () => {
    await connection.sync();
    await connection.sync({ config: lib });
    const rows = emitted(await connection.sync());
    expect(rows.filter((line) => /^(repository|project)/.test(line))).toEqual([]);
  });

  test('and a later start_date: a pull request that is gone when an earlier one is chosen again gets its tombstone', async () => {
    await connection.sync();
    const start_date = new Date(company.clock.now() - 10 * 24 * 3600 * 1000).toISOString();
    await connection.sync({ config: { start_date } });
    company.history.deletePullRequest({ repositoryId: APP, id: 3 });
    expect(emitted(await connection.sync({ config: { start_date } }))).toEqual([]);
    expect(emitted(await connection.sync())).toEqual(expect.arrayContaining(['diff 1/3 deleted', 'pull request 1/3 deleted']));
  });
});

test('a repository that lives on under another address is not gone, whatever the old one answers', async () => {
  const config = { projects: ['LIB', 'ACME'] };
  await connection.sync({ config });
  company.history.createProject({ key: 'FAR' });
  company.history.moveRepository(OTHER, 'FAR');
  company.simulator.faults.add({
    ...{ kind: 'status', status: 404, path: /LIB\/repos\/app$/ },
    body: JSON.stringify({
      errors: [{ message: 'No', exceptionName: 'com.atlassian.bitbucket.repository.NoSuchRepositoryException' }],
    }),
  });
  const result = await connection.sync({ config });
  expect(emitted(result).filter((line) => line.endsWith('deleted'))).toEqual([]);
  expect(result.records.repositories?.map(({ id, full_name }) => [id, full_name])).toContainEqual([OTHER, 'FAR/app']);
});

describe('a state that is not this server’s, or none', () => {
  test('of another server: projects and users are read anew, too, and nothing is taken for gone', async () => {
    await connection.sync();
    company.history.createProject({ key: 'GONE' });
    await connection.sync();
    company.history.deleteProject('GONE');
    for (const [name, state] of connection.states)
      connection.states.set(name, JSON.parse(JSON.stringify(state).replace(/"hierarchy_id":"[^"]*"/g, '"hierarchy_id":"x"')));
    const result = await connection.sync();
    const rows = emitted(result);
    expect(rows.filter((line) => line.endsWith('deleted'))).toEqual([]);
    expect(rows).toEqual(expect.arrayContaining(['project 1', 'repository 1', 'pull request 1/1', `user ${ANN}`]));
    expect(result.warnings.join('\n')).toContain('on another server');
  });

  test.each([
    ['of a version that is not known', { version: 99, rows: {} }, 'of no form that this version knows'],
    ['of another form', { cursor: '2026' }, 'of no form that this version knows'],
    ['damaged in part', { version: 2, rows: { 1: ['a'], x: 7, 2: ['b', ''] } }, '3 parts of the saved state'],
  ])('%s: everything is read anew, with a warning and without tombstones', async (_, stream_state, said) => {
    connection.states.set('projects', { type: 'STREAM', stream: { stream_descriptor: { name: 'projects' }, stream_state } });
    const result = await connection.sync({ streams: ['projects'] });
    expect(result.warnings.join('\n')).toContain(said);
    expect(emitted(result)).toEqual(['project 1', 'project 2']);
    expect(logsOf((await connection.sync({ streams: ['projects'] })).messages, 'WARN').join('\n')).not.toContain('state');
  });
});

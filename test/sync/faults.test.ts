import { MINUTE, SECOND } from './support/clock';
import {
  ANN,
  APP,
  BEN,
  CEM,
  type Company,
  DECLINED,
  emitted,
  MERGED,
  OLD_CLOSED,
  OLD_OPEN,
  REVIEW,
  startCompany,
} from './support/company';
import { ALL_STREAMS, type Connection, type SyncResult } from './support/connection';
import { corrupt, listOf } from './support/lists';

const PULL_REQUEST_STREAMS = ['pull_requests', 'pull_request_activities', 'pull_request_diffs', 'pull_request_commits'] as const;
const FORBIDDEN = JSON.stringify({
  errors: [
    {
      context: null,
      message: 'You are not permitted to access this resource',
      exceptionName: 'com.atlassian.bitbucket.AuthorisationException',
    },
  ],
});
const DENIED = JSON.stringify({
  errors: [
    {
      context: null,
      message: 'Authentication failed.',
      exceptionName: 'com.atlassian.bitbucket.auth.IncorrectPasswordAuthenticationException',
    },
  ],
});

let company: Company;
let connection: Connection;
beforeEach(async () => {
  company = await startCompany();
  connection = company.connect();
});
afterEach(() => company.simulator.stop());

const incomplete = ({ statuses }: SyncResult) => ALL_STREAMS.filter((stream) => statuses[stream] !== 'COMPLETE');
const paths = ({ requests }: SyncResult) => requests.map(({ path }) => path.replace('/rest/api/1.0', ''));
const different = () => connection.warehouse.differences(company.simulator, ALL_STREAMS);

/** The fault is over: one sync without an error, and the warehouse is what the server is. */
async function heals(): Promise<SyncResult> {
  company.simulator.faults.clear();
  const result = await connection.sync();
  expect({ errors: result.errors, repeated: result.repeated }).toEqual({ errors: [], repeated: [] });
  expect(different()).toEqual([]);
  return result;
}

describe('what cannot be read does not stop the rest', () => {
  test.each([
    ['is answered with 500', { kind: 'status', status: 500 }],
    ['is answered with 503', { kind: 'status', status: 503 }],
    ['is not for this account (401 AuthorisationException)', { kind: 'status', status: 401, body: FORBIDDEN }],
    ['is refused (403)', { kind: 'status', status: 403, body: FORBIDDEN }],
    ['gives a page for people with 200', { kind: 'html' }],
    ['gives a login page with 200', { kind: 'login-page' }],
    ['gives an empty body', { kind: 'empty-body' }],
    ['gives half a body', { kind: 'half-body' }],
    ['gives broken JSON', { kind: 'broken-json' }],
    ['gives JSON of another shape', { kind: 'wrong-shape' }],
    ['resets the connection', { kind: 'reset' }],
    ['gives the page of a proxy with 404', { kind: 'html', status: 404 }],
    ['redirects to the login of a proxy', { kind: 'redirect' }],
  ] as const)(
    'a pull request is owed, and first in the next sync, when the request for its activities %s',
    async (_what, fault) => {
      company.simulator.faults.add({ ...fault, path: /pull-requests\/4\/activities/ });
      const result = await connection.sync();
      expect(incomplete(result)).toEqual(['pull_request_activities']);
      expect(result.errors).toHaveLength(1);
      expect(result.errors[0]?.message).toMatch(
        /^pull_request_activities: pull request 4 of ACME\/app could not be read: GET .*\. What is missing is read first in the next sync\.$/,
      );
      expect(different()).toEqual([
        expect.stringMatching(/^pull_request_activities 1\/\d+: missing$/),
        expect.stringMatching(/^pull_request_activities 1\/\d+: missing$/),
      ]);
      expect(emitted(await heals())).toEqual(['activities of 1/4']);
      expect(emitted(await connection.sync())).toEqual([]);
    },
  );

  test('what is pending comes first in the next sync, before what is new', async () => {
    company = await restarted({ caps: { pullRequests: 2 } });
    const { simulator, history } = company;
    simulator.faults.add({ kind: 'status', path: /LIB\/repos\/app\/pull-requests\?/ });
    simulator.faults.add({ kind: 'status', path: /pull-requests\/4\/(activities|diff)/ });
    expect(incomplete(await connection.sync())).toEqual([...PULL_REQUEST_STREAMS]);
    history.push(OLD_OPEN);
    history.push(REVIEW);
    const asked = paths(await heals()).filter((path) => path.includes('/pull-requests'));
    const first = (text: RegExp) => asked.findIndex((path) => text.test(path));
    expect(first(/pull-requests\/4\/activities/)).toBeLessThan(first(/pull-requests\/[13]\/activities/));
    expect(first(/pull-requests\/4\/diff/)).toBeLessThan(first(/pull-requests\/[13]\/diff/));
    expect(first(/LIB\/repos\/app\/pull-requests/)).toBeLessThan(first(/LIB\/repos\/fork\/pull-requests/));
  });

  test('what failed before may fail for long: it is no outage, and what is new is read', async () => {
    connection = company.connect({ max_concurrency: 1 });
    company.simulator.faults.add({
      kind: 'status',
      status: 500,
      path: /ACME\/repos\/app\/pull-requests\/[1-4]\/(activities|diff)/,
    });
    expect((await connection.sync()).errors.map(({ message }) => message)).toEqual(
      Array(2).fill(expect.stringContaining('could not be read')),
    );
    company.history.createPullRequest(APP, { author: ANN });
    company.simulator.beforeEach(() => company.clock.advance(20 * SECOND));
    const result = await connection.sync();
    company.simulator.beforeEach();
    expect(result.errors.map(({ message }) => message)).toEqual(Array(2).fill(expect.stringContaining('could not be read')));
    expect(emitted(result)).toEqual(['activities of 1/6', 'commits of 1/6', 'diff 1/6', 'pull request 1/6']);
    await heals();
  });

  const missing = (what: string) =>
    JSON.stringify({
      errors: [{ context: null, message: 'It does not exist.', exceptionName: `com.atlassian.bitbucket.${what}Exception` }],
    });

  test.each([
    ['the repository is said to be gone', 'repository.NoSuchRepository'],
    ['the pull request is said to be gone', 'pull.NoSuchPullRequest'],
  ])('a diff for which %s, though it lives, is owed, and the rest is read', async (_what, exception) => {
    connection = company.connect({ max_concurrency: 1 });
    company.simulator.faults.add({
      kind: 'status',
      status: 404,
      body: missing(exception),
      path: /ACME\/repos\/app\/pull-requests\/4\/diff/,
    });
    const result = await connection.sync();
    expect(incomplete(result)).toEqual(['pull_request_diffs']);
    expect(different()).toEqual(['pull_request_diffs 1/4: missing']);
    expect(emitted(await heals())).toEqual(['diff 1/4']);
  });

  test('a default branch for which the repository is said to be gone, though it lives, is owed', async () => {
    company.simulator.faults.add({
      kind: 'status',
      status: 404,
      body: missing('repository.NoSuchRepository'),
      path: /ACME\/repos\/app\/default-branch/,
    });
    expect(incomplete(await connection.sync())).toEqual(['repositories']);
    expect(emitted(await heals())).toEqual(['repository 1']);
  });

  test('a list for which the repository is said to be gone, though it lives, is an error', async () => {
    company.simulator.faults.add({
      kind: 'status',
      status: 404,
      body: missing('repository.NoSuchRepository'),
      path: /ACME\/repos\/app\/pull-requests\?/,
    });
    expect(incomplete(await connection.sync())).toEqual([...PULL_REQUEST_STREAMS]);
    await heals();
  });

  test.each([
    [
      '404 that Bitbucket does not explain',
      { status: 404, body: JSON.stringify({ errors: [{ context: null, message: 'No.', exceptionName: null }] }) },
    ],
    ['404 for something else', { status: 404, body: missing('NoSuchObject') }],
    ['403 of something before it', { status: 403, body: '<html>Blocked</html>' }],
  ])('a repository that the list leaves out and that is answered with a %s is not gone', async (_what, answer) => {
    await connection.sync();
    await corrupt(
      company.simulator,
      () => '/repos?archived=ALL',
      (values) => values.filter(({ id }) => id !== APP),
    );
    company.simulator.faults.add({ kind: 'status', ...answer, path: /ACME\/repos\/app$/ });
    const result = await connection.sync();
    expect({ succeeded: result.succeeded, records: result.records }).toEqual({ succeeded: false, records: {} });
    await heals();
  });

  test('a repository that left the named projects, and whose address another one took, is not gone', async () => {
    connection = company.connect({ projects: ['ACME'] });
    await connection.sync();
    company.history.renameRepository(APP, { slug: 'moved' });
    company.history.moveRepository(APP, 'LIB');
    company.history.createRepository('ACME', { slug: 'app' });
    const { records, errors } = await connection.sync();
    expect({
      errors,
      repositories: records.repositories?.map(({ id, full_name, deleted_at }) => [id, full_name, deleted_at]),
    }).toEqual({
      errors: [],
      repositories: expect.arrayContaining([[APP, 'LIB/moved', null]]),
    });
  });

  test('a repository whose list cannot be read leaves the others alone', async () => {
    company.simulator.faults.add({ kind: 'status', path: /ACME\/repos\/app\/pull-requests\?/ });
    const result = await connection.sync();
    expect(incomplete(result)).toEqual([...PULL_REQUEST_STREAMS]);
    expect(result.errors.map(({ message }) => message.split(':')[1])).toEqual(
      Array(PULL_REQUEST_STREAMS.length).fill(' repository ACME/app could not be read'),
    );
    expect(emitted(result)).toEqual(
      expect.arrayContaining(['activities of 2/1', 'diff 2/1', 'pull request 2/1', 'repository 1']),
    );
    await heals();
  });

  test('a default branch that cannot be read costs one row, and is read in the next sync, not at the next recheck', async () => {
    await connection.sync();
    company.clock.advance(25 * 60 * MINUTE);
    company.history.setDefaultBranch(APP, 'develop');
    company.simulator.faults.add({ kind: 'status', path: /ACME\/repos\/app\/default-branch/ });
    expect(incomplete(await connection.sync())).toEqual(['repositories']);
    expect(emitted(await heals())).toEqual(['repository 1']);
  });

  test('users that may not be listed cost the stream of users, and say what to do', async () => {
    company.simulator.settings.usersListing = 'forbidden';
    const result = await connection.sync();
    expect(incomplete(result)).toEqual(['users']);
    expect(result.errors).toMatchObject([
      { stream: 'users', failureType: 'config_error', message: expect.stringContaining('leave the stream out') },
    ]);
  });
});

describe('blame', () => {
  test('after three syncs in which others could be read, an item is a warning, and is still tried', async () => {
    company.simulator.faults.add({ kind: 'status', path: /pull-requests\/4\/activities/ });
    for (let sync = 1; sync <= 3; sync += 1) {
      company.history.comment(REVIEW, { user: CEM });
      expect(incomplete(await connection.sync())).toEqual(['pull_request_activities']);
    }
    company.history.comment(REVIEW, { user: CEM });
    const result = await connection.sync();
    expect({ incomplete: incomplete(result), errors: result.errors }).toEqual({ incomplete: [], errors: [] });
    expect(result.warnings).toContainEqual(expect.stringMatching(/pull request 4 of ACME\/app could not be read in 4 syncs/));
    expect(paths(result).filter((path) => path.endsWith('/4/activities')).length).toBeGreaterThan(0);
    expect(emitted(await heals())).toEqual(['activities of 1/4']);
  });

  test('a sync in which nothing of its kind could be read blames nobody', async () => {
    company.simulator.faults.add({ kind: 'status', route: 'activities' });
    for (let sync = 1; sync <= 5; sync += 1) expect(incomplete(await connection.sync())).toEqual(['pull_request_activities']);
    await heals();
  });
});

describe('lists that are not what they seem', () => {
  test.each(['projects', 'repositories', 'admin-users'] as const)(
    'an empty list of %s where there were rows is an error, never a deletion',
    async (route) => {
      await connection.sync();
      company.simulator.faults.add({ kind: 'empty-list', route });
      const result = await connection.sync();
      expect(emitted(result)).toEqual([]);
      expect(result.succeeded).toBe(false);
      expect(result.errors[0]?.message).toMatch(/is empty, although .* exists/);
      expect(emitted(await heals())).toEqual([]);
    },
  );

  test('an empty list of pull requests where there were some is an error, and nothing is forgotten', async () => {
    await connection.sync();
    company.simulator.faults.add({ kind: 'empty-list', route: 'pull-requests', path: /ACME/ });
    const result = await connection.sync();
    expect(emitted(result)).toEqual([]);
    expect(incomplete(result)).toEqual([...PULL_REQUEST_STREAMS]);
    expect(emitted(await heals())).toEqual([]);
  });

  test('empty activities where there were some are an error, and are not believed at first', async () => {
    const fault = company.simulator.faults.add({ kind: 'empty-list', path: /pull-requests\/4\/activities/, times: 1 });
    await connection.sync();
    expect(fault.struck).toBe(1);
    expect(different()).toEqual([]);
    company.history.comment(REVIEW, { user: ANN });
    company.simulator.faults.add({ kind: 'empty-list', path: /pull-requests\/1\/activities/ });
    expect(incomplete(await connection.sync())).toEqual(['pull_request_activities']);
    await heals();
  });

  test('a list that ends on its second page, though the first promised more, is not at its end', async () => {
    company = await restarted({ caps: { pullRequests: 2, repositories: 2, activities: 2 } });
    company.simulator.faults.add({ kind: 'empty-list', path: /pull-requests\?.*start=[1-9]/ });
    expect(incomplete(await connection.sync())).toEqual([...PULL_REQUEST_STREAMS]);
    await heals();
  });

  test('an empty list of what is all gone is believed, each by its own 404', async () => {
    await connection.sync();
    for (const each of [REVIEW, MERGED, OLD_OPEN, DECLINED, OLD_CLOSED]) company.history.deletePullRequest(each);
    const result = await connection.sync();
    expect({ errors: result.errors, rows: emitted(result) }).toEqual({
      errors: [],
      // What was closed two months ago is not asked for any more.
      rows: ['1/1', '1/2', '1/3', '1/5'].flatMap((key) => [`diff ${key} deleted`, `pull request ${key} deleted`]).sort(),
    });
  });

  test.each([
    ['of all, leaves out a recent one', 'ALL', MERGED],
    ['of the open, leaves out an old one', 'OPEN', OLD_OPEN],
  ] as const)('a list that, %s is incomplete: an error, and nothing is forgotten', async (_what, state, missing) => {
    if (state === 'OPEN') company = await restarted({ caps: { pullRequests: 4 } });
    await connection.sync();
    await corrupt(company.simulator, listOf(APP, state), (values) => values.filter(({ id }) => id !== missing.id));
    const result = await connection.sync();
    expect(emitted(result)).toEqual([]);
    expect(incomplete(result)).toEqual([...PULL_REQUEST_STREAMS]);
    expect(result.errors[0]?.message).toMatch(
      /The list of pull requests of ACME\/app is incomplete, although pull request \d exists/,
    );
    company.simulator.faults.clear();
    company.history.approve(missing, missing === MERGED ? CEM : BEN);
    expect(emitted(await heals())).toEqual([`activities of 1/${missing.id}`, `pull request 1/${missing.id}`]);
  });

  test('a list that is not in order is read to its end, and a warning says so', async () => {
    await connection.sync();
    const [old, recent] = [
      company.history.createPullRequest(APP, { author: ANN }),
      company.history.createPullRequest(APP, { author: BEN }),
    ];
    await corrupt(company.simulator, listOf(APP, 'ALL'), (values) => [...values].reverse());
    const result = await connection.sync();
    expect(result.warnings).toContainEqual(expect.stringContaining('not listed in the order of their last update'));
    expect(emitted(result)).toEqual(
      [old, recent]
        .flatMap(({ id }) => [`activities of 1/${id}`, `commits of 1/${id}`, `diff 1/${id}`, `pull request 1/${id}`])
        .sort(),
    );
    expect(emitted(await heals())).toEqual([]);
  });

  test('a list that was seen out of order is read to its end in later syncs too', async () => {
    company = await restarted({ caps: { pullRequests: 2 } });
    connection = company.connect({ lookback_days: 0 });
    const pages = (result: SyncResult) => paths(result).filter((path) => /ACME\/repos\/app\/pull-requests$/.test(path)).length;
    await connection.sync();
    const before = pages(await connection.sync());
    await corrupt(company.simulator, listOf(APP, 'ALL'), (values) => [...values].reverse());
    company.history.push(REVIEW);
    await connection.sync();
    await heals();
    expect([before, pages(await connection.sync())]).toEqual([2, 4]);
  });

  test.each(['projects', 'repositories', 'admin-users', 'pull-requests', 'activities'] as const)(
    'a list of %s that goes round in circles is an error, soon',
    async (route) => {
      company.simulator.faults.add({ kind: 'loop', route });
      const result = await connection.sync();
      expect(result.succeeded).toBe(false);
      expect(result.errors[0]?.message).toContain('goes round in circles');
      expect(result.requests.length).toBeLessThan(60);
      await heals();
    },
  );
});

test('a token that no answer names, and that expires in the middle, buries nothing', async () => {
  company = await restarted({ publicAccess: true });
  const { simulator } = company;
  const token = simulator.credentials.projectToken;
  connection = company.connect({ credentials: { auth_type: 'token', token } });
  const rows = (await connection.sync()).records;
  expect({ repositories: rows.repositories?.length, pullRequests: rows.pull_requests?.length }).toEqual({
    repositories: 1,
    pullRequests: 5,
  });
  let requests = 0;
  simulator.beforeEach(() => {
    if (++requests === 2) simulator.authentication.revoke(token);
  });
  const expired = await connection.sync();
  simulator.beforeEach();
  expect({ succeeded: expired.succeeded, records: expired.records }).toEqual({ succeeded: false, records: {} });
  expect(expired.errors.map(({ failureType }) => failureType)).toContain('config_error');
  simulator.authentication.restore(token);
  expect((await connection.sync()).records).toEqual({});
});

test('a person who fails now and then, and is read in between, is never one who has failed too often', async () => {
  await connection.sync();
  for (let round = 0; round < 4; round++) {
    await corrupt(
      company.simulator,
      () => '/admin/users?',
      (values) => values.filter(({ id }) => id !== CEM),
    );
    company.simulator.faults.add({ kind: 'status', status: 500, path: /users\/cem$/ });
    expect((await connection.sync()).succeeded).toBe(false);
    await heals();
  }
});

test('a repository that vanishes while it is read is no error', async () => {
  let vanished = false;
  company.simulator.beforeEach(({ route, path }) => {
    if (vanished || route !== 'activities' || !path.includes('ACME')) return;
    vanished = true;
    company.history.deleteRepository(APP);
  });
  const result = await connection.sync();
  expect({ vanished, errors: result.errors }).toEqual({ vanished: true, errors: [] });
  company.simulator.beforeEach();
  expect(emitted(await heals())).toEqual(['repository 1 deleted', 'repository 3']);
});

test('an address that another repository takes while it is read gives no pull request of that one under the id of the first', async () => {
  company = await restarted({ caps: { pullRequests: 2 } });
  let lists = 0;
  company.simulator.beforeEach(({ route, path }) => {
    if (route !== 'pull-requests' || !path.includes('ACME') || ++lists !== 2) return;
    company.history.renameRepository(APP, { slug: 'former' });
    const other = company.history.createRepository('ACME', { slug: 'app' });
    for (let id = 1; id <= 9; id += 1) company.history.createPullRequest(other, { author: ANN, title: 'Of the other' });
  });
  const result = await connection.sync();
  company.simulator.beforeEach();
  expect((result.records.pull_requests ?? []).filter((row) => row.title === 'Of the other' && row.repository_id === APP)).toEqual(
    [],
  );
  expect(result.errors).toEqual([]);
  await connection.sync();
  expect(connection.warehouse.differences(company.simulator, ['repositories', 'pull_requests'])).toEqual([]);
});

test('a pull request that is deleted while it is read is no error', async () => {
  company.simulator.beforeEach(({ path }) => {
    if (path.endsWith('/pull-requests/1/activities') && company.simulator.world.repository(APP).pullRequests.get(1))
      company.history.deletePullRequest(REVIEW);
  });
  expect((await connection.sync()).errors).toEqual([]);
  company.simulator.beforeEach();
  expect(emitted(await heals())).toContain('pull request 1/1 deleted');
});

test.each([1, 5])('answers as to a stranger, from request %i on, are an error, never a deletion', async (after) => {
  await connection.sync();
  company.history.comment(REVIEW, { user: CEM });
  company.simulator.faults.add({ kind: 'anonymous', after });
  const result = await connection.sync();
  expect({ deleted: emitted(result).filter((line) => line.endsWith('deleted')), succeeded: result.succeeded }).toEqual({
    deleted: [],
    succeeded: false,
  });
  await heals();
});

describe('what ends a sync', () => {
  test('a login that is denied in the middle: nothing more is sent, and every unfinished stream is INCOMPLETE', async () => {
    connection = company.connect({ max_concurrency: 1 });
    company.simulator.faults.add({ kind: 'status', status: 401, body: DENIED, route: 'activities', after: 1 });
    const result = await connection.sync();
    expect(result.requests.filter(({ status }) => status === 401)).toHaveLength(1);
    expect(result.requests.at(-1)?.status).toBe(401);
    expect(incomplete(result)).toEqual(expect.arrayContaining(['pull_request_activities']));
    expect(new Set(result.errors.map(({ failureType }) => failureType))).toEqual(new Set(['config_error']));
    // A person's configuration may name variables, which `check` does not look up.
    expect(result.errors.map(({ message }) => message).join()).toContain('Check credentials; `check` or `doctor` say more.');
    await heals();
  });

  test('429 with Retry-After is waited out, and is no error', async () => {
    company.simulator.faults.add({ kind: 'status', status: 429, retryAfter: 1, route: 'activities', times: 2 });
    const startedAt = Date.now();
    const result = await connection.sync();
    expect({ errors: result.errors, different: different() }).toEqual({ errors: [], different: [] });
    expect(Date.now() - startedAt).toBeGreaterThan(900);
    expect(result.messages.some(({ trace }) => trace?.stream_status?.reasons?.[0]?.type === 'RATE_LIMITED')).toBe(true);
  }, 30_000);

  test('429 without Retry-After is waited out too', async () => {
    company.simulator.faults.add({ kind: 'status', status: 429, route: 'activities', times: 2 });
    const result = await connection.sync();
    expect({ errors: result.errors, different: different() }).toEqual({ errors: [], different: [] });
  }, 30_000);

  test('a Retry-After beyond 15 minutes ends the sync at once, and is named', async () => {
    company.simulator.faults.add({ kind: 'status', status: 429, retryAfter: 3600, route: 'activities' });
    const result = await connection.sync();
    expect(result.succeeded).toBe(false);
    expect(result.errors).toContainEqual(
      expect.objectContaining({ failureType: 'transient_error', message: expect.stringContaining('3600 s (Retry-After)') }),
    );
    await heals();
  });

  test('a server that answers nothing for two minutes is down: no item is blamed for it, and nothing is lost', async () => {
    await connection.sync();
    for (const each of [REVIEW, OLD_OPEN, MERGED]) company.history.comment(each, { user: ANN });
    company.simulator.faults.add({ kind: 'status', status: 503, path: /pull-requests|application-properties/ });
    company.simulator.beforeEach(() => company.clock.advance(20 * SECOND));
    const result = await connection.sync();
    company.simulator.beforeEach();
    expect(
      result.errors.map(({ failureType, message }) => [failureType, /Nothing has succeeded for two minutes/.test(message)]),
    ).toEqual(Array(PULL_REQUEST_STREAMS.length).fill(['transient_error', true]));
    for (const message of connection.states.values()) {
      const repositories = Object.values<any>(message.stream.stream_state.repositories ?? {});
      expect(repositories.filter(({ attempts, pending }) => attempts !== undefined || pending !== undefined)).toEqual([]);
    }
    expect(emitted(await heals())).toEqual(
      ['1/1', '1/2', '1/3'].flatMap((key) => [`activities of ${key}`, `pull request ${key}`]).sort(),
    );
  });
});

test('a short outage in the middle is retried, and is no error', async () => {
  for (const kind of ['status', 'reset', 'half-body', 'empty-body', 'html', 'anonymous'] as const)
    company.simulator.faults.add({ kind, times: 1, after: 3 });
  const result = await connection.sync();
  expect({ errors: result.errors, different: different() }).toEqual({ errors: [], different: [] });
});

async function restarted(options: Parameters<typeof startCompany>[0]): Promise<Company> {
  await company.simulator.stop();
  company = await startCompany(options);
  connection = company.connect({ max_concurrency: 1 });
  return company;
}

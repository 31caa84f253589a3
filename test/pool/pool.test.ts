import { Connection } from '../sync/support/connection';
import { Clock } from '../sync/support/clock';
import { type Login, Simulator } from '../simulator';

let simulator: Simulator;
let clock: Clock;
let jane: Login;
const [ONE, TWO, THREE, FOUR] = [1, 2, 3, 4];
const streams = ['projects', 'repositories', 'users', 'pull_requests'] as const;

beforeEach(async () => {
  clock = new Clock();
  simulator = await Simulator.start({ dataset: 'empty', clock: clock.now });
  const { history, authentication } = simulator;
  history.createUser({ name: 'jane' });
  history.createUser({ name: 'ann' });
  jane = authentication.addAccount('jane', 2);
  for (const key of ['A', 'B']) {
    history.createProject({ key });
    for (const slug of ['first', 'second']) history.createRepository(key, { slug });
  }
  for (const id of [ONE, TWO, THREE, FOUR]) history.createPullRequest(id, { author: 'ann' });
});
afterEach(() => simulator.stop());

const tokens = () => jane.tokens;
const connect = (config: object = { additional_tokens: tokens()[0] }) => new Connection(simulator, clock, config);
const ids = (rows: readonly Record<string, unknown>[] | undefined, gone = false) =>
  (rows ?? [])
    .filter(({ deleted_at }) => (deleted_at !== null) === gone)
    .map(({ id, repository_id }) => repository_id ?? id)
    .sort();
const usersOf = (requests: readonly { user?: unknown; path: string }[]) => [
  ...new Set(requests.filter(({ path }) => path.includes('pull-requests')).map(({ user }) => user)),
];

it('shares the repositories between two users, and reads each with the same one in each sync', async () => {
  const connection = connect();
  const first = await connection.sync({ streams });
  expect(first.succeeded).toBe(true);
  expect(ids(first.records.pull_requests)).toEqual([1, 2, 3, 4]);
  const readers = (requests: typeof first.requests) =>
    Object.fromEntries(
      requests.flatMap(({ path, user }) => {
        const repository = /\/projects\/(\w+\/repos\/\w+)\/pull-requests$/.exec(path.split('?')[0]!)?.[1];
        return repository === undefined ? [] : [[repository, user]];
      }),
    );
  const before = readers(first.requests);
  expect(Object.values(before).sort()).toEqual(['airbyte', 'airbyte', 'jane', 'jane']);
  const second = await connection.sync({ streams });
  expect(readers(second.requests)).toEqual(before);
  expect(second.records).toEqual({});
});

it('reads what any of them sees', async () => {
  simulator.history.seesOnly('jane', [{ project: 'B' }]);
  simulator.history.revokeAccess('airbyte', { repository: 'B/second' });
  const { succeeded, records } = await connect().sync({ streams });
  expect(succeeded).toBe(true);
  expect(ids(records.repositories)).toEqual([1, 2, 3, 4]);
  expect(ids(records.pull_requests)).toEqual([1, 2, 3, 4]);
});

it('writes no tombstone while another account still sees it, and one when all agree', async () => {
  const connection = connect();
  await connection.sync({ streams });
  simulator.history.revokeAccess('airbyte', { repository: 'A/first' });
  const moved = await connection.sync({ streams });
  expect([moved.succeeded, moved.records]).toEqual([true, {}]);
  simulator.history.revokeAccess('jane', { repository: 'A/first' });
  expect(ids((await connection.sync({ streams })).records.repositories, true)).toEqual([1]);
});

it('writes no tombstone for what a denied account alone saw, and one once it was taken out', async () => {
  simulator.history.revokeAccess('airbyte', { project: 'A' });
  const connection = connect();
  expect(ids((await connection.sync({ streams })).records.repositories)).toEqual([1, 2, 3, 4]);
  simulator.authentication.revoke(tokens()[0]!);
  const denied = await connection.sync({ streams });
  expect([denied.succeeded, denied.records]).toEqual([true, {}]);
  expect(denied.warnings.join('\n')).toMatch(/Token 1 of additional_tokens is left out/);
  expect(denied.warnings.join('\n')).toMatch(/repositories: 2 \(A\/first and others\) are seen only by accounts/);
  simulator.authentication.restore(tokens()[0]!);
  expect((await connection.sync({ streams })).records).toEqual({});
  const alone = await connection.sync({ streams, config: { additional_tokens: '' } });
  expect(ids(alone.records.repositories, true)).toEqual([1, 2]);
  expect(ids(alone.records.projects, true)).toHaveLength(1);
});

it('remembers who saw it before and could not look meanwhile', async () => {
  const { authentication, history } = simulator;
  history.createUser({ name: 'joe' });
  const { username, password } = authentication.addAccount('joe');
  history.revokeAccess('airbyte', { project: 'A' });
  const [token] = tokens();
  const { token: own } = simulator.credentials;
  const credentials = { auth_type: 'basic', username, password };
  const connection = connect({ credentials, additional_tokens: `${own},${token}` });
  await connection.sync({ streams });
  authentication.revoke(password);
  expect((await connection.sync({ streams })).records).toEqual({});
  const without = await connection.sync({ streams, config: { credentials, additional_tokens: own } });
  expect([without.succeeded, without.records]).toEqual([true, {}]);
  expect(without.warnings.join('\n')).toMatch(/repositories: 2 \(A\/first and others\) are seen only by accounts/);
});

it('goes on without a login that is revoked midway, and sends it no more', async () => {
  const secret = tokens()[0]!;
  let cut: number | null = null;
  const connection = connect();
  const { succeeded, errors, records, requests, warnings } = await connection.sync({
    streams: [...streams, 'pull_request_activities', 'pull_request_diffs'],
    onMessage: ({ record }) => {
      if (cut !== null || record?.stream !== 'pull_requests') return;
      cut = simulator.requests.length;
      simulator.authentication.revoke(secret);
    },
  });
  expect([succeeded, errors]).toEqual([true, []]);
  expect(ids(records.pull_requests)).toEqual([1, 2, 3, 4]);
  expect(ids(records.pull_request_diffs)).toEqual([1, 2, 3, 4]);
  const denied = requests.filter(({ status, owner }) => status === 401 && owner === 'jane');
  expect(denied.length).toBeGreaterThan(0);
  const first = requests.indexOf(denied[0]!);
  expect(requests.slice(first + 8).filter(({ owner }) => owner === 'jane')).toEqual([]);
  expect(warnings.join('\n')).toMatch(/Token 1 of additional_tokens \(jane\) is left out for the rest of this run/);
  expect(JSON.stringify({ warnings, records })).not.toContain(secret);
});

it('is COMPLETE where the only account that lists a repository is revoked midway: the rest of it is read later', async () => {
  simulator.history.seesOnly('jane', [{ project: 'B' }]);
  simulator.history.revokeAccess('airbyte', { project: 'B' });
  const connection = connect();
  let struck = false;
  const first = await connection.sync({
    streams,
    onMessage: ({ record }) => {
      if (struck || record?.stream !== 'repositories') return;
      struck = true;
      simulator.authentication.revoke(tokens()[0]!);
    },
  });
  expect(first.succeeded).toBe(true);
  // Once, however many streams and repositories it is about.
  expect(first.warnings.filter((warning) => /read to (?:its|their) end in this sync/.test(warning))).toEqual([
    expect.stringMatching(
      /^2 repositories \(B\/\w+, B\/\w+\) are not read to their end in this sync: .* cannot be used any more in this run\.$/,
    ),
  ]);
  simulator.authentication.restore(tokens()[0]!);
  const second = await connection.sync({ streams });
  expect(second.succeeded).toBe(true);
  const all = [...(first.records.pull_requests ?? []), ...(second.records.pull_requests ?? [])];
  expect([...new Set(ids(all))]).toEqual([1, 2, 3, 4]);
});

it('says that two tokens of one user give nothing, and uses one of them until it fails', async () => {
  const connection = new Connection(simulator, clock, {
    credentials: { auth_type: 'token', token: tokens()[0]! },
    additional_tokens: tokens()[1]!,
  });
  const { succeeded, warnings, requests } = await connection.sync({ streams });
  expect(succeeded).toBe(true);
  expect(warnings.join('\n')).toMatch(/Token 1 of additional_tokens is of the same user as another one \(jane\)/);
  expect(usersOf(requests)).toEqual(['jane']);
  simulator.authentication.revoke(tokens()[0]!);
  expect((await connection.sync({ streams })).succeeded).toBe(true);
});

it('counts a token without a user as a user of its own', async () => {
  simulator.history.revokeAccess('airbyte', { repository: 'B/second' });
  const place = simulator.authentication.addPlaceToken({ repository: 'B/second' });
  const connection = connect({ additional_tokens: place });
  const { succeeded, records, errors } = await connection.sync({ streams });
  expect(errors).toEqual([]);
  expect(succeeded).toBe(true);
  expect(ids(records.pull_requests)).toEqual([1, 2, 3, 4]);
  expect((await connection.sync({ streams })).records).toEqual({});
});

it('takes no token without a user for the one that had its place in the configuration before', async () => {
  const { authentication, history } = simulator;
  history.revokeAccess('airbyte', { repository: 'B/second' });
  const [first, second] = [
    authentication.addPlaceToken({ repository: 'B/second' }),
    authentication.addPlaceToken({ project: 'A' }),
  ];
  history.createUser({ name: 'joe' });
  const { username, password } = authentication.addAccount('joe');
  const { token: own } = simulator.credentials;
  const credentials = { auth_type: 'basic', username, password };
  const config = (...tokensOfAll: (string | undefined)[]) => ({ credentials, additional_tokens: tokensOfAll.join(',') });
  const connection = connect(config(first, second, own));
  expect(ids((await connection.sync({ streams })).records.repositories)).toEqual([1, 2, 3, 4]);
  authentication.revoke(password);
  // Joe, who is denied, saw it, too; the second has the place of the first.
  const shifted = await connection.sync({ streams, config: config(second, own) });
  expect([shifted.succeeded, shifted.records]).toEqual([true, {}]);
  expect(shifted.warnings.join('\n')).toMatch(/repositories: 1 \(B\/second\) are seen only by accounts/);
});

it('keeps what a token without a user alone saw, wherever it stands', async () => {
  const { authentication, history } = simulator;
  history.revokeAccess('airbyte', { repository: 'B/second' });
  const [first, second] = [
    authentication.addPlaceToken({ repository: 'B/second' }),
    authentication.addPlaceToken({ project: 'A' }),
  ];
  const connection = connect({ additional_tokens: `${first},${second}` });
  await connection.sync({ streams });
  expect(JSON.stringify([...connection.states.values()])).not.toContain(first);
  authentication.revoke(first);
  const swapped = await connection.sync({ streams, config: { additional_tokens: `${second},${first}` } });
  expect([swapped.succeeded, swapped.records]).toEqual([true, {}]);
  expect(swapped.warnings.join('\n')).toMatch(/repositories: 1 \(B\/second\) are seen only by accounts/);
});

it('fails only when none is left, as with one login', async () => {
  simulator.authentication.revoke(tokens()[0]!);
  simulator.authentication.revoke(simulator.credentials.password);
  const { succeeded, errors, requests } = await connect().sync({ streams });
  expect(succeeded).toBe(false);
  expect(errors.every(({ failureType }) => failureType === 'config_error')).toBe(true);
  expect(requests.filter(({ owner }) => owner === 'airbyte')).toHaveLength(1);
  expect(requests.length).toBeLessThan(4);
});

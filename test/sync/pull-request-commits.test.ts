import { logsOf } from '../support/connector';
import { HOUR } from './support/clock';
import { APP, BEN, type Company, emitted, REVIEW, startCompany } from './support/company';
import type { Connection, SyncResult } from './support/connection';

const STREAMS = ['pull_requests', 'pull_request_commits'] as const;
let company: Company;
let connection: Connection;
beforeEach(async () => {
  company = await startCompany();
  connection = company.connect();
});
afterEach(() => company.simulator.stop());

const sync = (): Promise<SyncResult> => connection.sync({ streams: STREAMS });
const rowsOf = ({ records }: SyncResult) => records.pull_request_commits ?? [];
const asked = ({ requests }: SyncResult) => requests.filter(({ route }) => route === 'pull-request-commits').length;

test('one request per hundred commits of a changed pull request, none where nothing happened', async () => {
  const first = await sync();
  expect(asked(first)).toBe(company.simulator.truth.rows('pull_requests').length);
  expect(connection.warehouse.differences(company.simulator, STREAMS)).toEqual([]);
  expect(asked(await sync())).toBe(0);
  company.history.push(REVIEW);
  const pushed = await sync();
  expect([asked(pushed), emitted(pushed)]).toEqual([1, ['commits of 1/1', 'pull request 1/1']]);
});

test('an empty list is not believed before it is given twice', async () => {
  const fault = company.simulator.faults.add({ kind: 'empty-list', route: 'pull-request-commits', times: 1 });
  await sync();
  expect(fault.struck).toBe(1);
  expect(connection.warehouse.differences(company.simulator, STREAMS)).toEqual([]);
});

test('what a force push removed gets a tombstone with the cursor that its row had, so that it wins when it comes back', async () => {
  const before = rowsOf(await sync());
  company.history.push(REVIEW, { removed: 1 });
  const after = rowsOf(await sync());
  const tombstones = after.filter((row) => row.deleted_at !== null);
  expect(tombstones).toHaveLength(1);
  const known = before.find((row) => row.id === tombstones[0]!.id);
  expect(tombstones[0]).toEqual({
    ...Object.fromEntries(Object.keys(known!).map((column) => [column, null])),
    ...{ repository_id: 1, pull_request_id: 1, id: known!.id, pull_request_updated_date: known!.pull_request_updated_date },
    deleted_at: expect.stringMatching(/^2026-/) as string,
  });
  expect(connection.warehouse.differences(company.simulator, STREAMS)).toEqual([]);
});

test('commits that the server has lost are logged, fail nothing, and are asked for again when the pull request changes', async () => {
  const lost = company.simulator.faults.add({
    ...{ kind: 'status', status: 404, path: /ACME\/repos\/app\/pull-requests\/1\/commits/ },
    body: JSON.stringify({
      errors: [
        { context: null, message: 'No such commit', exceptionName: 'com.atlassian.bitbucket.commit.NoSuchCommitException' },
      ],
    }),
  });
  const first = await sync();
  expect(first.statuses).toEqual({ pull_requests: 'COMPLETE', pull_request_commits: 'COMPLETE' });
  expect(rowsOf(first).filter((row) => row.repository_id === APP && row.pull_request_id === 1)).toEqual([]);
  expect(logsOf(first.messages, 'INFO').join('\n')).toContain('pull request 1 of ACME/app is left out until it changes');
  expect(asked(await sync())).toBe(0);
  company.clock.advance(25 * HOUR);
  expect(asked(await sync())).toBe(0);
  lost.remove();
  company.history.push(REVIEW);
  const pushed = await sync();
  expect(emitted(pushed)).toEqual(['commits of 1/1', 'pull request 1/1']);
  expect(connection.warehouse.differences(company.simulator, STREAMS)).toEqual([]);
});

test('commits that are lost after they were read get no tombstones', async () => {
  const before = rowsOf(await sync());
  company.simulator.faults.add({
    ...{ kind: 'status', status: 404, path: /ACME\/repos\/app\/pull-requests\/1\/commits/ },
    body: JSON.stringify({ errors: [{ message: 'No', exceptionName: 'com.atlassian.bitbucket.commit.NoSuchCommitException' }] }),
  });
  company.history.push(REVIEW, { removed: 1 });
  const second = await sync();
  expect(second.succeeded).toBe(true);
  expect(rowsOf(second)).toEqual([]);
  company.simulator.faults.clear();
  company.history.push(REVIEW);
  const third = rowsOf(await sync());
  const gone = third.filter((row) => row.deleted_at !== null).map((row) => row.id);
  expect(gone.length).toBeGreaterThan(0);
  expect(before.map((row) => row.id)).toEqual(expect.arrayContaining(gone));
  expect(connection.warehouse.differences(company.simulator, STREAMS)).toEqual([]);
});

test('a pull request that nothing but an approval happened to brings no commits', async () => {
  await sync();
  company.history.approve(REVIEW, BEN);
  const second = await sync();
  expect([asked(second), emitted(second)]).toEqual([0, ['pull request 1/1']]);
});

test.each(['by hand', '12,3', '2026-13-45T00:00:00Z', '["x"]'])(
  'what a damaged state (%s) holds in place of commits gets no tombstone',
  async (children) => {
    await sync();
    const state = connection.states.get('pull_request_commits') as any;
    const [fingerprint, urgent] = state.stream.stream_state.repositories[APP].known[REVIEW.id];
    state.stream.stream_state.repositories[APP].known[REVIEW.id] = [fingerprint, urgent, children];
    company.history.push(REVIEW);
    expect(rowsOf(await sync()).filter((row) => row.deleted_at !== null)).toEqual([]);
  },
);

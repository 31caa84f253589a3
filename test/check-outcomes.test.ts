import type { Fault } from './simulator/faults';
import type { RouteName } from './simulator/routes';
import { type Company, startCompany } from './sync/support/company';
import { EVERY_STREAM, type SyncResult } from './sync/support/connection';

/*
 * Each request that a sync makes, with each way in which its answer may be wrong: what comes of it is one of a few things, and the
 * tables say which. Never a crash, a login that is sent again, a tombstone of what lives, or a row that is silently missing; and once
 * the server is well again, the next sync brings all that was missing.
 */

/** Nothing is sent after it. · The list fails, and its stream says so. · What was asked for is pending, and named. · Right rows all the same. · A diff in another form. */
type OutcomeKind = 'ends' | 'list' | 'pending' | 'right' | 'truncated';

/** Lists of the instance, what is asked of a repository or a pull request, diffs. */
const ROUTES = {
  instance: ['repositories', 'admin-users'],
  below: ['pull-requests', 'branches', 'tags', 'activities', 'pull-request-commits', 'commits'],
  diff: ['diff'],
} as const satisfies Record<string, readonly RouteName[]>;

/** By what is asked, the last for diffs. */
type Row = readonly [name: string, fault: Fault, instance: OutcomeKind, below: OutcomeKind, diff: OutcomeKind];
const OUTCOMES: readonly Row[] = [
  ['101', { kind: 'upgrade' }, 'list', 'pending', 'pending'],
  ['204', { kind: 'status', status: 204, body: '' }, 'list', 'pending', 'pending'],
  ['301 to another server', { kind: 'redirect', status: 301 }, 'list', 'pending', 'pending'],
  ['401 with a body of a megabyte', { kind: 'status', status: 401, damage: 'huge' }, 'ends', 'ends', 'ends'],
  ['401 that is broken off', { kind: 'status', status: 401, damage: 'cut-off' }, 'ends', 'ends', 'ends'],
  ['401 that is no gzip', { kind: 'status', status: 401, damage: 'bad-gzip' }, 'ends', 'ends', 'ends'],
  ['403 with a bare message', { kind: 'status', status: 403, bareMessage: 'No.' }, 'list', 'pending', 'pending'],
  ['429 that is broken off', { kind: 'status', status: 429, retryAfter: 3600, damage: 'cut-off' }, 'ends', 'ends', 'ends'],
  ['500', { kind: 'status', status: 500 }, 'list', 'pending', 'pending'],
  ['502 with a page', { kind: 'html', status: 502 }, 'list', 'pending', 'truncated'],
  ['503', { kind: 'status', status: 503 }, 'list', 'pending', 'pending'],
  ['504', { kind: 'status', status: 504, body: '' }, 'list', 'pending', 'truncated'],
  ['a body that ends early', { kind: 'early-end' }, 'list', 'pending', 'truncated'],
  ['half a body', { kind: 'half-body' }, 'list', 'pending', 'truncated'],
  ['null', { kind: 'status', status: 200, body: 'null' }, 'list', 'pending', 'pending'],
  ['a page that repeats', { kind: 'repeated-page' }, 'list', 'pending', 'right'],
  ['a body that stalls, once', { kind: 'hang-body', times: 1 }, 'right', 'right', 'right'],
  ['a connection that is reset, once', { kind: 'reset', times: 1 }, 'right', 'right', 'right'],
  ['an answer in small pieces', { kind: 'slow-bytes', pause: 1 }, 'right', 'right', 'right'],
];

let company: Company;
beforeEach(async () => {
  company = await startCompany({ caps: { pullRequests: 2 } });
});
afterEach(async () => {
  await company.simulator.stop();
});

function outcomeOf(result: SyncResult, route: RouteName): OutcomeKind {
  const { errors, requests, records } = result;
  if (errors.length === 0)
    return (records.pull_request_diffs ?? []).some((row) => row.truncated === true) ? 'truncated' : 'right';
  if (requests.at(-1)?.route === route && requests.filter((request) => request.route === route).length === 1) return 'ends';
  return errors.every(({ message }) => /(?:pull request \d+ of|repository) \w+\/\w+/.test(message)) ? 'pending' : 'list';
}

async function syncWith(fault: Fault, expected: OutcomeKind, route: RouteName): Promise<void> {
  const { simulator } = company;
  const connection = company.connect({ request_timeout_seconds: 1, max_concurrency: 1 });
  simulator.faults.add({ ...fault, route });
  const result = await connection.sync({ streams: EVERY_STREAM });
  expect({ outcome: outcomeOf(result, route), errors: result.errors }).toMatchObject({ outcome: expected });
  for (const { message, failureType } of result.errors) {
    expect(failureType).not.toBe('system_error');
    expect(message).toMatch(/[a-z)]\. ?[A-Z]|\.$/);
    expect(message).not.toMatch(/undefined|\[object|TypeError|<html/);
  }
  expect(
    Object.values(result.records)
      .flat()
      .filter((row) => row.deleted_at !== null),
  ).toEqual([]);
  simulator.faults.clear();
  const next = await connection.sync({ streams: EVERY_STREAM });
  expect(next.errors).toEqual([]);
  const streams = expected === 'truncated' ? EVERY_STREAM.filter((name) => name !== 'pull_request_diffs') : EVERY_STREAM;
  expect(connection.warehouse.differences(simulator, streams)).toEqual([]);
}

describe.each(ROUTES.instance)('the list of %s, answered with', (route) => {
  // Users who may not be listed with directories are listed without.
  const rows = OUTCOMES.map(([name, fault, outcome]) =>
    route === 'admin-users' && name.startsWith('403') ? ([name, fault, 'right'] as const) : ([name, fault, outcome] as const),
  );
  it.each(rows)('%s', (_, fault, expected) => syncWith(fault, expected, route), 60_000);
});

describe.each(ROUTES.below)('%s, answered with', (route) => {
  it.each(OUTCOMES.map(([name, fault, , outcome]) => [name, fault, outcome] as const))(
    '%s',
    (_, fault, expected) => syncWith(fault, expected, route),
    60_000,
  );
});

describe.each(ROUTES.diff)('a %s, answered with', (route) => {
  it.each(OUTCOMES.map(([name, fault, , , outcome]) => [name, fault, outcome] as const))(
    '%s',
    (_, fault, expected) => syncWith(fault, expected, route),
    60_000,
  );
});

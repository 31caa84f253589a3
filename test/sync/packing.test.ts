import { createHash } from 'node:crypto';
import { pullRequestsForm } from '../../src/sync/items/item-state';
import { printState, unpackState } from '../../src/sync/packing';
import { RepositoryStates } from '../../src/sync/repository/repository-states';
import { SnapshotState } from '../../src/sync/snapshots/snapshot-state';
import { problemOf } from '../../src/sync/stream-state';

const NOW = Date.parse('2026-08-19T12:00:00Z');
/** Text that cannot be guessed, and so cannot be made shorter. */
const random = (seed: string, length: number, encoding: 'base64url' | 'hex' = 'base64url') =>
  createHash('sha256').update(seed).digest(encoding).slice(0, length);
const value = (text: string) => JSON.parse(text) as Record<string, any>;

/** What a stream of pull requests knows of so many repositories with one open pull request each. */
function pullRequestState(stream: string, repositories: number): RepositoryStates<ReturnType<typeof pullRequestsForm.initial>> {
  const states = new RepositoryStates(pullRequestsForm);
  for (let id = 1; id <= repositories; id++) {
    const memory = states.of(id);
    Object.assign(memory, {
      name: `PROJECT${id % 200}/service-${random(`n${id}`, 6)}`,
      hierarchyId: random(`h${id}`, 20, 'hex'),
    });
    const updated = NOW - ((id * 7_654_321) % 8e9);
    Object.assign(memory.body, { readAt: NOW, lookbackDays: 14, recheckedAt: NOW, highestId: 1 + (id % 300) });
    memory.body.covered = [{ from: -Infinity, to: updated }];
    const children = Array.from({ length: 8 }, (_, index) =>
      index === 0 ? (90_000_000 + id * 40).toString(36) : (index * 3).toString(36),
    );
    const dates = Array.from({ length: 8 }, (_, index) => (index === 0 ? updated : -(index * 3_600_123)).toString(36));
    memory.body.known.set(1 + (id % 300), {
      fingerprint: random(`${stream} f${id}`, 9),
      urgent: stream === 'pull_request_diffs' ? random(`u${id}`, 9) : null,
      date: stream === 'pull_request_activities' ? null : updated,
      content: stream === 'pull_request_activities' ? random(`c${id}`, 9) : null,
      children: stream === 'pull_request_activities' ? `${children.join(',')}@${dates.join(',')}` : null,
    });
  }
  return states;
}

function snapshotState(rows: number, columns: (id: number) => readonly [string, string, string?]): SnapshotState {
  const state = new SnapshotState();
  for (let id = 1; id <= rows; id++) state.keep(id, columns(id));
  return state;
}

it('a small state is readable as it is', () => {
  const text = printState({ version: 2 }, { rows: 1 }, '"rows":{"1":["a","b"]}');
  expect(value(text)).toEqual({ version: 2, rows: { 1: ['a', 'b'] } });
  expect(value(printState({ version: 2 }, {}, ''))).toEqual({ version: 2 });
});

it('beyond 64 KB it is packed, with its version, its dates and what it holds beside it', () => {
  const state = pullRequestState('pull_requests', 1000);
  state.inbox = { id: 'box', position: 7, reader: null };
  state.of(5).pending.set(9, 1);
  state.of(6).attempts = 2;
  state.lose(7, NOW);
  const printed = value(state.print());
  expect(Object.keys(printed)).toEqual(['version', 'webhook_inbox', 'counts', 'packed']);
  expect(printed.counts).toEqual({ repositories: 1000, gone: 1, repositories_pending: 1, items_pending: 1 });
  const back = RepositoryStates.parse(pullRequestsForm, printed, NOW);
  expect(back.repositories).toEqual(state.repositories);
  expect([back.inbox, back.print()]).toEqual([state.inbox, state.print()]);
});

it('rows of snapshots are packed, too, and come back', () => {
  const state = snapshotState(4000, (id) => [random(`p${id}`, 9), `PROJECT${id}`]);
  state.leave(3);
  state.pending.set(8, 2);
  state.stamp(NOW);
  const printed = value(state.print());
  expect(Object.keys(printed)).toEqual(['version', 'changed_at', 'pending', 'counts', 'packed']);
  expect(printed.counts).toEqual({ rows: 3999, outside: 1 });
  const back = SnapshotState.parse(printed, NOW);
  expect([back.rows, back.outside, back.pending]).toEqual([state.rows, state.outside, state.pending]);
});

it.each(['', '####', 'aGFsbG8=', 7, null, {}])('what is damaged in it is not known, and is told: %j', (packed) => {
  const raw = { version: 2, packed };
  expect(unpackState(raw)).toBeNull();
  const states = [RepositoryStates.parse(pullRequestsForm, raw, NOW), SnapshotState.parse(raw, NOW)];
  for (const state of states) expect(problemOf(raw, state)).toContain('1 parts of the saved state cannot be understood');
});

it('10,000 repositories with one open pull request each take at most 4 MB for the six first streams', () => {
  const weights = {
    projects: snapshotState(200, (id) => [random(`p${id}`, 9), `PROJECT${id}`]).print().length,
    users: snapshotState(5000, (id) => [random(`u${id}`, 9), `person.${random(`s${id}`, 8)}`]).print().length,
    repositories: snapshotState(10_000, (id) => [
      random(`r${id}`, 9),
      `PROJECT${id % 200}/service-${random(`n${id}`, 6)}`,
      'main',
    ]).print().length,
    pull_requests: pullRequestState('pull_requests', 10_000).print().length,
    pull_request_activities: pullRequestState('pull_request_activities', 10_000).print().length,
    pull_request_diffs: pullRequestState('pull_request_diffs', 10_000).print().length,
  };
  const sum = Object.values(weights).reduce((total, each) => total + each, 0);
  expect({ weights, fits: sum <= 4_000_000 }).toEqual({ weights, fits: true });
  if (process.env.SHOW_WEIGHTS !== undefined) process.stderr.write(`${JSON.stringify(weights)} ${sum}\n`);
});

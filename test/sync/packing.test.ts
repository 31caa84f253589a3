import { createHash } from 'node:crypto';
import { branches } from '../../src/streams/branches';
import { builds as buildsStream } from '../../src/streams/builds';
import { commits } from '../../src/streams/commits';
import { NO_COMMITS } from '../../src/streams/history/commits-state';
import { tags } from '../../src/streams/tags';
import { printChildren } from '../../src/sync/items/child-list';
import { UNKNOWN } from '../../src/sync/items/item-memory';
import { pullRequestsForm } from '../../src/sync/items/item-state';
import { printState, unpackState } from '../../src/sync/packing';
import { RepositoryStates } from '../../src/sync/repository/repository-states';
import { SnapshotState } from '../../src/sync/snapshots/snapshot-state';
import { fitInto } from '../../src/sync/watch/fit';
import { KnownCommits } from '../../src/sync/watch/watch-state';
import { WatchState } from '../../src/sync/watch/watch-stream-state';
import { problemOf } from '../../src/sync/stream-state';
import { SmallMap } from '../../src/sync/small-map';

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
      name: `PROJECT${id % 200}/service-${id}`,
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
      urgent: stream === 'pull_request_diffs' ? random(`u${id}`, 6) : null,
      date: updated,
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
  const text = printState({ version: 2 }, { rows: 1 }, ['"rows":{"1":["a","b"]}']);
  expect(value(text)).toEqual({ version: 2, rows: { 1: ['a', 'b'] } });
  expect(value(printState({ version: 2 }, {}, []))).toEqual({ version: 2 });
});

it.each([1e5, 4e6, 7e4])('whatever was packed before it, in pieces of any size (%d characters)', (length) => {
  const members = Array.from({ length: length / 1000 }, (_, n) => `${n === 0 ? '' : ','}"${n}":"${'漢'.repeat(990)}"`);
  const pieces = [...members.slice(0, 30), members.slice(30).join('')];
  const rest = unpackState(value(printState({ version: 2 }, {}, pieces)));
  expect(rest).toEqual({ version: 2, counts: {}, ...value(`{${members.join('')}}`) });
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
  // Of the hierarchy's id some digits are enough.
  for (const memory of state.repositories.values()) memory.hierarchyId = memory.hierarchyId?.slice(0, 6) ?? null;
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

const weightOf = (state: { print: () => string }) => Buffer.byteLength(state.print());
const sumOf = (weights: Record<string, number>) => Object.values(weights).reduce((total, each) => total + each, 0);
const id40 = (seed: string) => random(seed, 40, 'hex');

/** What the six streams of 0.1.0 know of 10,000 repositories with one open pull request each. */
const six = () => ({
  projects: weightOf(snapshotState(200, (id) => [random(`p${id}`, 9), `PROJECT${id}`])),
  users: weightOf(snapshotState(5000, (id) => [random(`u${id}`, 9), `person.${random(`s${id}`, 8)}`])),
  repositories: weightOf(snapshotState(10_000, (id) => [random(`r${id}`, 9), `PROJECT${id % 200}/service-${id}`, 'main'])),
  pull_requests: weightOf(pullRequestState('pull_requests', 10_000)),
  pull_request_activities: weightOf(pullRequestState('pull_request_activities', 10_000)),
  pull_request_diffs: weightOf(pullRequestState('pull_request_diffs', 10_000)),
});

it('10,000 repositories with one open pull request each take at most 4 MB for the six first streams', () => {
  const weights = six();
  expect({ weights, fits: sumOf(weights) <= 4_000_000 }).toEqual({ weights, fits: true });
});

/** Fills a state with what one stream knows of so many repositories. */
function filled<Body>(states: RepositoryStates<Body>, bodyOf: (id: number) => Body): RepositoryStates<Body> {
  for (let id = 1; id <= 10_000; id++) {
    const name = `PROJECT${id % 200}/service-${id}`;
    Object.assign(states.of(id), { name, hierarchyId: random(`h${id}`, 20, 'hex'), body: bodyOf(id) });
  }
  return states;
}

it('with 5 branches, 20 tags, 3 commits in the pull request and 5 watched commits with a build each, all eleven take at most 8 MB', () => {
  const refs = (id: number, names: readonly string[]) => ({
    refs: new Map(names.map((name) => [name, random(`${id} ${name}`, 8, 'hex')])),
    changedAt: NOW - id * 1234,
  });
  const branchesOf = (id: number) => ['main', ...[1, 2, 3, 4].map((n) => `feature/ABC-${id * 7 + n}`)];
  const tagsOf = (id: number) => Array.from({ length: 20 }, (_, n) => `v${id % 5}.${n}.${(id * n) % 7}`);
  const commitsOf = (id: number) => ({
    ...NO_COMMITS,
    ...{ defaultBranch: 'main', from: -Infinity, tips: new Map([['main', { commit: id40(`m${id}`), ahead: false }]]) },
  });
  const watch = WatchState.parse(buildsStream, undefined, NOW);
  filled(watch.heads, (id) => {
    const body = { ...pullRequestsForm.initial(), readAt: NOW, lookbackDays: 14, highestId: 1 + (id % 300) };
    const date = NOW - ((id * 7_654_321) % 8e9);
    const head = { ...UNKNOWN, fingerprint: `o${id40(`pr${id}`)}`, date };
    return { ...body, covered: [{ from: -Infinity, to: date }], known: new SmallMap([[1 + (id % 300), head]]) };
  });
  filled(watch.commits, (id) => ({
    read: commitsOf(id),
    recent: new Map([0, 1, 2, 3].map((n) => [id40(n === 0 ? `m${id}` : `c${n} ${id}`), NOW - ((id * (n + 1) * 7_777) % 1e9)])),
  }));
  filled(watch.items, (id) => {
    const known = new KnownCommits();
    for (const seed of [`pr${id}`, `m${id}`, `c1 ${id}`, `c2 ${id}`, `c3 ${id}`]) {
      const print = random(`build ${seed}`, 6);
      known.set(id40(seed), { counters: '1,0,0,0,0', readAt: NOW, runningSince: null, builds: new Map([['CORE-CI', print]]) });
    }
    return { known, changedAt: NOW - id * 4321 };
  });
  const ofPullRequests = pullRequestState('pull_request_commits', 10_000);
  for (const [id, { body }] of ofPullRequests.repositories) {
    for (const [key, memory] of body.known) {
      const children = printChildren([1, 2, 3].map((n) => ({ id: id40(`${n} of ${id}`), date: NOW - id * 7777 })));
      body.known.set(key, { ...memory, children, urgent: random(`u${id}`, 6) });
    }
  }
  const weights = {
    ...six(),
    pull_request_commits: weightOf(ofPullRequests),
    branches: weightOf(filled(new RepositoryStates(branches.state), (id) => refs(id, branchesOf(id)))),
    tags: weightOf(filled(new RepositoryStates(tags.state), (id) => refs(id, tagsOf(id)))),
    commits: weightOf(filled(new RepositoryStates(commits.state), commitsOf)),
  };
  const [room, whole] = [8_000_000 - sumOf(weights), weightOf(watch)];
  const forgotten = fitInto(watch, room);
  const builds = weightOf(watch);
  if (process.env.SHOW_WEIGHTS !== undefined)
    process.stderr.write(`${JSON.stringify(weights)} ${sumOf(weights)} ${whole} ${builds} ${forgotten}\n`);
  expect({ weights, room, builds, fits: builds <= room }).toEqual({ weights, room, builds, fits: true });
});

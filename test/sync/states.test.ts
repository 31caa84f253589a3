import { parseItem } from '../../src/sync/items/item-memory';
import { pullRequestsForm } from '../../src/sync/items/item-state';
import { RepositoryStates } from '../../src/sync/repository/repository-states';
import { statesByStream } from '../../src/sync/saved-states';
import { SnapshotState } from '../../src/sync/snapshots/snapshot-state';

const NOW = Date.parse('2026-08-19T12:00:00Z');
const DAY = 24 * 3600 * 1000;
const value = (text: string) => JSON.parse(text) as Record<string, any>;

describe('the state of a snapshot stream', () => {
  const full = () => {
    const state = new SnapshotState();
    state.rows.set(7, ['fingerprint', 'PLAT/api', 'main']);
    state.rows.set(8, ['other', 'PLAT/empty', null]);
    state.pending.set(9, 2);
    state.recheckedAt = NOW - DAY;
    state.fullRefresh = 'running';
    return state;
  };

  it('comes back from its text as it was', () => {
    const back = SnapshotState.parse(value(full().print()), NOW);
    expect(back.print()).toBe(full().print());
    expect([...back.rows]).toEqual([...full().rows]);
    expect([...back.pending]).toEqual([[9, 2]]);
    expect(back).toMatchObject({ recheckedAt: NOW - DAY, fullRefresh: 'running' });
  });

  it.each([null, undefined, 7, 'text', [], {}, { version: 0 }, { version: 99, rows: { 7: ['a', 'b'] } }])(
    'is empty where it cannot be understood: %j',
    (raw) => {
      expect(SnapshotState.parse(raw, NOW).print()).toBe(new SnapshotState().print());
    },
  );

  it('forgets rows that are damaged, and keeps the others', () => {
    const raw = { ...value(full().print()), rows: { 7: ['a', 'b'], 8: 'text', 9: null, 10: [1, 2], 11: ['c'] } };
    expect([...SnapshotState.parse(raw, NOW).rows.keys()]).toEqual([7]);
  });

  it('takes an instant in the future for now', () => {
    expect(SnapshotState.parse({ ...value(full().print()), rechecked_at: '2099-01-01T00:00:00Z' }, NOW).recheckedAt).toBe(NOW);
  });
});

describe('the state of a pull-request stream', () => {
  const full = () => {
    const state = new RepositoryStates(pullRequestsForm);
    const repository = state.of(7);
    Object.assign(repository, { name: 'PLAT/api', hierarchyId: 'abc', attempts: 1 });
    Object.assign(repository.body, { readAt: NOW - DAY, lookbackDays: 14, recheckedAt: NOW - 2 * DAY });
    repository.body.covered = [
      { from: NOW - 3 * DAY, to: NOW - DAY },
      { from: -Infinity, to: NOW - 9 * DAY },
    ];
    repository.body.known.set(12, parseItem('fingerprint content ids')!);
    repository.pending.set(13, 1);
    state.of(8).name = 'PLAT/empty';
    return state;
  };

  it('comes back from its text as it was', () => {
    const back = RepositoryStates.parse(pullRequestsForm, value(full().print()), NOW);
    expect(value(back.print())).toEqual(value(full().print()));
    expect(back.of(7)).toEqual(full().of(7));
  });

  it('prints again what has changed, and only that', () => {
    const state = full();
    const before = state.print();
    state.of(7).name = 'PLAT/renamed';
    expect(state.print()).toBe(before); // nobody has said so
    state.changed(7);
    expect(value(state.print()).repositories[7].name).toBe('PLAT/renamed');
    state.replace(7);
    expect(value(state.print()).repositories[7].name).toBe('');
  });

  it('prints short texts each time where there are many, and long ones when they have changed', () => {
    const state = full();
    for (let id = 1000; id < 3000; id++) state.of(id).name = `PLAT/service-${id}`;
    for (let id = 100; id < 200; id++) state.of(7).body.known.set(id, parseItem('fingerprint')!);
    const names = () => {
      const printed = RepositoryStates.parse(pullRequestsForm, value(state.print()), NOW);
      return [printed.of(7).name, printed.of(8).name];
    };
    expect(names()).toEqual(['PLAT/api', 'PLAT/empty']);
    state.of(7).name = state.of(8).name = 'PLAT/renamed';
    expect(names()).toEqual(['PLAT/api', 'PLAT/renamed']);
    state.changed(7);
    expect(names()).toEqual(['PLAT/renamed', 'PLAT/renamed']);
  });

  it('keeps of a repository that is gone which pull requests and rows there were, for a month', () => {
    const state = full();
    state.lose(7, NOW);
    state.lose(8, NOW);
    const left = value(state.print()).repositories as Record<string, any>;
    expect(Object.keys(left)).toEqual(['7']);
    expect(left[7]).toMatchObject({
      name: '',
      covered: [],
      known: { 12: [null, null, 'ids'] },
      gone_at: new Date(NOW).toISOString(),
    });
    const after = (days: number) =>
      RepositoryStates.parse(pullRequestsForm, value(state.print()), NOW + days * 24 * 3600 * 1000).repositories.size;
    expect([after(30), after(31)]).toEqual([1, 0]);
  });

  it('claims no more than was covered where every date lies in the future', () => {
    const future = value(full().print().replaceAll('2026-', '2099-'));
    const { covered, readAt, recheckedAt, known } = RepositoryStates.parse(pullRequestsForm, future, NOW).of(7).body;
    expect(covered).toEqual([
      { from: -Infinity, to: NOW },
      { from: -Infinity, to: NOW },
    ]);
    expect([readAt, recheckedAt]).toEqual([NOW, NOW]);
    expect([...known.keys()]).toEqual([12]);
  });

  it('claims nothing of the past where the server’s clock is ahead of ours', () => {
    const ahead = (seconds: number) => new Date(NOW + 1000 * seconds).toISOString();
    const raw = {
      version: 1,
      repositories: {
        7: {
          covered: [
            [ahead(50), ahead(60)],
            [ahead(-9), ahead(10)],
            [ahead(-20), ahead(-10)],
          ],
        },
      },
    };
    expect(RepositoryStates.parse(pullRequestsForm, raw, NOW).of(7).body.covered).toEqual([
      { from: NOW - 9000, to: NOW },
      { from: NOW - 20_000, to: NOW - 10_000 },
    ]);
  });

  it.each([null, 7, 'text', [], {}, { version: 99, repositories: { 7: {} } }, { version: 1, repositories: null }])(
    'is empty where it cannot be understood: %j',
    (raw) => {
      expect(RepositoryStates.parse(pullRequestsForm, raw, NOW).repositories.size).toBe(0);
    },
  );

  it('knows nothing where a part is damaged, so that it is read again', () => {
    const raw = {
      version: 1,
      repositories: {
        7: {
          name: 7,
          covered: [['x', 'y'], null, [null, '2026-01-01T00:00:00Z'], ['2026-01-01']],
          known: { 1: 2, a: 'b', 3: 'c' },
          owed: [],
        },
        8: null,
      },
    };
    const { repositories } = RepositoryStates.parse(pullRequestsForm, raw, NOW);
    expect([...repositories.keys()]).toEqual([7]);
    expect(repositories.get(7)).toMatchObject({
      name: '',
      body: { covered: [{ from: -Infinity, to: Date.parse('2026-01-01') }] },
    });
    expect([...(repositories.get(7)?.body.known ?? [])]).toEqual([[3, parseItem('c')]]);
  });
});

describe('the states that were handed over', () => {
  const stream = (name: string, stream_state: unknown) => ({ stream_descriptor: { name }, stream_state });
  const users = { rows: 1 };
  const projects = { rows: 2 };

  it.each([
    [
      'a list of STREAM states',
      [
        { type: 'STREAM', stream: stream('users', users) },
        { type: 'STREAM', stream: stream('projects', projects) },
      ],
    ],
    [
      'wrapped in messages',
      [
        { type: 'STATE', state: { type: 'STREAM', stream: stream('users', users) } },
        { type: 'STATE', state: { type: 'STREAM', stream: stream('projects', projects) } },
      ],
    ],
    [
      'one GLOBAL',
      { type: 'GLOBAL', global: { shared_state: {}, stream_states: [stream('users', users), stream('projects', projects)] } },
    ],
    [
      'one GLOBAL in a list',
      [{ type: 'GLOBAL', global: { stream_states: [stream('users', users), stream('projects', projects)] } }],
    ],
    ['bare streams', [stream('users', users), stream('projects', projects)]],
    ['by name', { users, projects }],
    ['LEGACY', [{ type: 'LEGACY', data: { users, projects } }]],
    ['LEGACY as a message', { type: 'STATE', state: { data: { users, projects } } }],
    [
      'the last of several',
      [{ stream: stream('users', { rows: 0 }) }, { stream: stream('users', users) }, { stream: stream('projects', projects) }],
    ],
  ])('are found in %s', (_name, raw) => {
    const states = statesByStream(raw);
    expect([states.get('users'), states.get('projects')]).toEqual([users, projects]);
  });

  it.each([
    null,
    undefined,
    7,
    'text',
    [],
    {},
    [null, 7, []],
    { type: 'GLOBAL', global: {} },
    { type: 'STREAM', stream: {} },
    { format: 'base64/gzip', data: 'H4s' },
  ])('are none in %j', (raw) => {
    expect(statesByStream(raw).get('users')).toBeUndefined();
  });

  it('are reset by null', () => {
    expect(statesByStream([{ stream: stream('users', null) }]).get('users')).toBeNull();
  });
});

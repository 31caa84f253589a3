import { Checkpoints } from '../../src/sync/checkpoints';
import { Emitter } from '../../src/airbyte/emitter';

/** Checkpoints of one or several streams whose states have a size that tests set; what they emit is counted. */
function create(streams: readonly ('projects' | 'pull_requests' | 'pull_request_diffs')[] = ['pull_requests'], size = 100) {
  const clock = { now: 1_000_000 };
  const lines: { at: number; text: string }[] = [];
  const emitter = new Emitter(
    (text) => {
      lines.push({ at: clock.now, text });
      return undefined;
    },
    () => clock.now,
  );
  const checkpoints = new Checkpoints(emitter, () => clock.now);
  const state = { size, version: 0 };
  for (const stream of streams) {
    emitter.status(stream, 'STARTED');
    checkpoints.register(stream, () => JSON.stringify({ version: ++state.version, filling: 'x'.repeat(state.size) }));
  }
  const states = (stream?: string) =>
    lines.filter(
      ({ text }) => text.startsWith('{"type":"STATE"') && (stream === undefined || text.includes(`"name":"${stream}"`)),
    );
  const record = (bytes = 1000) => emitter.record('pull_requests', { deleted_at: null, text: 'x'.repeat(bytes) });
  return { clock, emitter, checkpoints, state, states, record, lines };
}

it('emits a state where there was none for five seconds, and none sooner while little has moved', () => {
  const { clock, checkpoints, states } = create();
  for (let second = 0; second < 4; second++) {
    clock.now += 1000;
    void checkpoints.changed('pull_requests', 0);
  }
  expect(states()).toHaveLength(0);
  clock.now += 1000;
  void checkpoints.changed('pull_requests', 0);
  expect(states()).toHaveLength(1);
});

it('emits nothing where nothing has changed', () => {
  const { clock, checkpoints, states } = create();
  clock.now += 60_000;
  checkpoints.heartbeat(false);
  checkpoints.heartbeat(true);
  expect(states()).toEqual([]);
});

it('emits a state sooner where a repository has moved by 1.5 %', () => {
  const { clock, checkpoints, states, record } = create();
  for (let n = 0; n < 200; n++) void record();
  clock.now += 1100;
  void checkpoints.changed('pull_requests', 0.01);
  expect(states()).toHaveLength(0);
  void checkpoints.changed('pull_requests', 0.02);
  expect(states()).toHaveLength(1);
});

it('keeps all states light beside the records, however often something changes', () => {
  const { clock, checkpoints, states, record, emitter, state } = create(['pull_requests'], 50_000);
  for (let n = 0; n < 20_000; n++) {
    clock.now += 20;
    state.size += 5;
    void record(9000);
    void checkpoints.changed('pull_requests', 1 / 1000);
  }
  const weight = states().reduce((sum, { text }) => sum + text.length, 0);
  expect(weight).toBeLessThan(emitter.bytes * 0.02);
  expect(states().length).toBeGreaterThan(3);
});

it('emits a state after a minute whatever it weighs', () => {
  const { clock, checkpoints, states } = create(['pull_requests'], 1_050_000);
  clock.now += 59_000;
  void checkpoints.changed('pull_requests', 1);
  expect(states()).toHaveLength(0);
  clock.now += 5000;
  void checkpoints.changed('pull_requests', 1);
  expect(states()).toHaveLength(1);
});

it('emits each stream’s state by itself', () => {
  const { clock, checkpoints, states } = create(['projects', 'pull_requests']);
  clock.now += 6000;
  void checkpoints.changed('projects', 0);
  expect([states('projects').length, states('pull_requests').length]).toEqual([1, 0]);
});

describe('a heartbeat', () => {
  it('emits what is new when the run is about to end', () => {
    const { checkpoints, states } = create(['projects', 'pull_requests']);
    void checkpoints.changed('pull_requests', 0);
    checkpoints.heartbeat(true);
    expect([states('projects').length, states('pull_requests').length]).toEqual([0, 1]);
    checkpoints.heartbeat(true);
    expect(states()).toHaveLength(1);
  });

  it('is a sign of life after ten minutes of silence, though nothing is new (70)', () => {
    const { clock, checkpoints, states } = create();
    for (let minute = 0; minute < 60; minute++) {
      clock.now += 60_000;
      checkpoints.heartbeat(false);
    }
    expect(states().length).toBeGreaterThanOrEqual(5);
    const gaps = states().map(({ at }, index) => at - (states()[index - 1]?.at ?? 1_000_000));
    expect(Math.max(...gaps)).toBeLessThan(30 * 60_000);
  });

  it('says nothing of a stream that has ended', () => {
    const { clock, checkpoints, emitter, states } = create();
    emitter.status('pull_requests', 'COMPLETE');
    clock.now += 3600_000;
    void checkpoints.changed('pull_requests', 0);
    const before = states().length;
    checkpoints.heartbeat(true);
    expect(states()).toHaveLength(before);
  });
});

it('emits on demand, and knows nothing of streams that are not selected', () => {
  const { checkpoints, states } = create();
  void checkpoints.emit('pull_requests');
  void checkpoints.emit('users');
  void checkpoints.changed('users', 1);
  expect(states()).toHaveLength(1);
});

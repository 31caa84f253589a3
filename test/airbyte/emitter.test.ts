import { Emitter, type StreamDescriptor } from '../../src/airbyte/emitter';
import { protocolViolations, syncViolations } from '../support/protocol';

function create(descriptors?: Map<string, StreamDescriptor>) {
  const lines: string[] = [];
  const emitter = new Emitter(
    (line) => {
      lines.push(line);
      return undefined;
    },
    () => 1_795_000_000_000,
    descriptors,
  );
  const messages = () => lines.map((line) => JSON.parse(line) as Record<string, any>);
  return { emitter, lines, messages };
}

it('counts with each state the records since the last, as a number with a decimal point (47)', () => {
  const { emitter, lines, messages } = create();
  emitter.status('users', 'STARTED');
  void emitter.state('users', '{"n":0}');
  for (let id = 0; id < 3; id++) void emitter.record('users', { id, deleted_at: null });
  void emitter.record('projects', { id: 1, deleted_at: null });
  void emitter.state('users', '{"n":1}');
  void emitter.state('users', '{"n":2}');
  const counts = messages()
    .filter(({ type }) => type === 'STATE')
    .map(({ state }) => Number(state.sourceStats.recordCount));
  expect(counts).toEqual([0, 3, 0]);
  expect(lines.join('')).toContain('"recordCount":3.0}');
});

it('says RUNNING before the first record, and before COMPLETE where there was none (45)', () => {
  const { emitter, lines, messages } = create();
  for (const stream of ['users', 'projects'] as const) emitter.status(stream, 'STARTED');
  void emitter.record('users', { id: 1, deleted_at: null });
  void emitter.record('users', { id: 2, deleted_at: null });
  for (const stream of ['users', 'projects'] as const) {
    void emitter.state(stream, '{}');
    emitter.status(stream, 'COMPLETE');
  }
  expect(syncViolations(messages(), ['users', 'projects'])).toEqual([]);
  expect(protocolViolations(`${lines.join('\n')}\n`)).toEqual([]);
});

it('names a stream as the catalog does, namespace included', () => {
  const { emitter, messages } = create(new Map([['users', { name: 'users', namespace: 'a "b"' }]]));
  emitter.status('users', 'STARTED');
  void emitter.record('users', { id: 1, deleted_at: null });
  void emitter.state('users', '{}');
  emitter.error('x', 'config_error', 'users');
  const [started, , record, state, error] = messages();
  expect(started?.trace.stream_status.stream_descriptor).toEqual({ name: 'users', namespace: 'a "b"' });
  expect(record?.record.namespace).toBe('a "b"');
  expect(state?.state.stream.stream_descriptor).toEqual({ name: 'users', namespace: 'a "b"' });
  expect(error?.trace.error.stream_descriptor).toEqual({ name: 'users', namespace: 'a "b"' });
});

it('writes a record on one line, whatever people wrote', () => {
  const { emitter, lines } = create();
  const text = 'a\nb\r\u2028\u0085\u2029c"\\';
  void emitter.record('users', { id: 1, text, deleted_at: null });
  expect(lines.at(-1)).not.toMatch(/[\n\r\u0085\u2028\u2029]/);
  expect((JSON.parse(lines.at(-1) ?? '') as Record<string, any>).record).toEqual({
    stream: 'users',
    emitted_at: 1_795_000_000_000,
    data: { id: 1, text, deleted_at: null },
  });
});

it('tells of a rate limit to the streams that are under way, and once per wait (70)', () => {
  const { emitter, messages } = create();
  emitter.status('users', 'STARTED');
  emitter.status('projects', 'STARTED');
  emitter.status('projects', 'COMPLETE');
  for (const until of [1_795_000_060_000, 1_795_000_060_100, 1_795_000_120_000]) emitter.rateLimited(until);
  const limited = messages().filter(({ trace }) => trace?.stream_status?.reasons !== undefined);
  expect(
    limited.map(({ trace }) => [
      trace.stream_status.stream_descriptor.name,
      trace.stream_status.status,
      trace.stream_status.reasons,
    ]),
  ).toEqual([
    ['users', 'RUNNING', [{ type: 'RATE_LIMITED', rate_limited: { quota_reset: 1_795_000_060_000 } }]],
    ['users', 'RUNNING', [{ type: 'RATE_LIMITED', rate_limited: { quota_reset: 1_795_000_120_000 } }]],
  ]);
});

it('shows where a bug is, and of other errors no stack', () => {
  const { emitter, messages } = create();
  emitter.error('a bug', 'system_error', undefined, new TypeError('x is not a function'));
  emitter.error('not permitted', 'config_error', 'users', new Error('403'));
  const [bug, refusal] = messages().map(({ trace }) => trace.error as Record<string, string>);
  expect(bug).toMatchObject({ message: 'a bug', failure_type: 'system_error', internal_message: 'x is not a function' });
  expect(bug?.stack_trace).toContain('emitter.test.ts');
  expect(refusal).not.toHaveProperty('stack_trace');
});

it('passes on that the reader is behind', () => {
  const behind = Promise.resolve();
  const emitter = new Emitter(() => behind, Date.now);
  expect(emitter.record('users', { id: 1, deleted_at: null })).toBe(behind);
  expect(emitter.state('users', '{}')).toBe(behind);
});

it('replaces in every message what parsers refuse, and escapes what some readers take for the end of a line', () => {
  const { emitter, lines, messages } = create(new Map([['users', { name: 'users', namespace: 'a\u0000\u2028' }]]));
  const text = 'NUL \u0000, half a pair \ud83d, written out \\u0000, line\u2028end';
  emitter.status('users', 'STARTED');
  emitter.log('INFO', text);
  emitter.error(text, 'system_error', 'users', new Error(text));
  void emitter.state('users', JSON.stringify({ text }));
  void emitter.record('users', { id: 1, text, deleted_at: null });
  const safe = 'NUL \ufffd, half a pair \ufffd, written out \\u0000, line\u2028end';
  const [, log, error, state, , record] = messages();
  expect(log?.log.message).toBe(safe);
  expect(error?.trace.error).toMatchObject({ message: safe, internal_message: safe });
  expect(state?.state.stream.stream_state).toEqual({ text: safe });
  expect(record?.record).toMatchObject({
    namespace: 'a\ufffd\u2028',
    data: { id: 1, text: safe },
    meta: { changes: [{ field: 'text', change: 'TRUNCATED', reason: 'SOURCE_SERIALIZATION_ERROR' }] },
  });
  expect(lines.join('')).not.toMatch(/[\u0085\u2028\u2029]/);
});

it('cuts what no person would read to its end', () => {
  const { emitter, messages } = create();
  emitter.log('WARN', 'x'.repeat(50_000));
  emitter.error('y'.repeat(50_000), 'system_error', undefined, new Error('z'.repeat(50_000)));
  const [log, error] = messages();
  expect(log?.log.message).toHaveLength(20_001);
  expect(error?.trace.error.message).toHaveLength(20_001);
  expect(error?.trace.error.internal_message).toHaveLength(20_001);
});

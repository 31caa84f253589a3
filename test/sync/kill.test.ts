import { rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Simulator, type StreamName } from '../simulator';
import {
  catalogOf,
  configFor,
  lastStates,
  type Message,
  type Outcome,
  recordsOf,
  start,
  STREAMS,
  writeFiles,
} from '../support/connector';
import { keyOf, type Row } from '../support/rows';
import { essenceOf } from './support/essence';

const streams = STREAMS as StreamName[];
let simulator: Simulator;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kill-'));
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await simulator.stop();
});

/** Runs the built executable; `kill` decides after each message whether it is killed, so that not even a handler runs. */
async function read(
  state: readonly Message[],
  config: object,
  kill: (messages: number) => boolean = () => false,
): Promise<Outcome> {
  let messages = 0;
  const files = writeFiles(folder, { config: configFor(simulator, config), catalog: catalogOf(streams), state });
  const { ended } = start(['read', ...files], {
    onMessage: (_message, child) => {
      messages += 1;
      if (kill(messages)) child.kill('SIGKILL');
    },
  });
  return ended;
}

/** How what lies in a warehouse after some runs differs from the server, in lines. */
function differences(...runs: readonly Outcome[]): string[] {
  return streams.flatMap((stream) => {
    const rows = new Map(
      runs.flatMap(({ messages }) => recordsOf(messages, stream)).map((row) => [keyOf(stream, row), essenceOf(stream, row)]),
    );
    const truth = new Map(simulator.truth.rows(stream).map((row) => [keyOf(stream, row), essenceOf(stream, row)]));
    const keys = [...new Set([...rows.keys(), ...truth.keys()])];
    return keys.filter((key) => rows.get(key) !== truth.get(key)).map((key) => `${stream} ${key}`);
  });
}

/** What a resumed run read again although the state it was given says that it is known. */
function readAgain(states: readonly Message[], resumed: Outcome): string[] {
  return states.flatMap(({ stream: { stream_descriptor, stream_state } }) => {
    const stream = stream_descriptor.name as StreamName;
    const rows = recordsOf(resumed.messages, stream);
    const isKnown = (row: Row) => {
      if (stream_state.rows !== undefined) return Object.hasOwn(stream_state.rows as object, String(row.id));
      const { known = {} } = (stream_state.repositories[String(row.repository_id)] ?? {}) as { known?: Record<string, unknown> };
      const item = known[String(stream === 'pull_requests' ? row.id : row.pull_request_id)];
      // What is to be read again has no fingerprint.
      return Array.isArray(item) ? item[0] !== null : item !== undefined;
    };
    return rows.filter(isKnown).map((row) => `${stream} ${keyOf(stream, row)}`);
  });
}

test('killed at any of fifty points, a read goes on from the last states: together they are all there is, and what was known is not read again', async () => {
  simulator = await Simulator.start({
    dataset: { projects: 1, repositoriesPerProject: 2, pullRequestsPerRepository: 24, users: 6 },
    caps: { pullRequests: 10, activities: 5 },
    until: Date.now(),
  });
  const whole = await read([], {});
  expect({ code: whole.code, differences: differences(whole) }).toEqual({ code: 0, differences: [] });
  const points = Array.from({ length: 50 }, (_, index) => Math.max(1, Math.floor((index * whole.messages.length) / 50)));
  let withStates = 0;
  for (const point of points) {
    const cut = await read([], {}, (messages) => messages >= point);
    const states = lastStates(cut.messages);
    withStates += Math.min(1, states.length);
    const resumed = await read(states, {});
    const found = {
      signal: cut.signal ?? 'SIGKILL',
      code: resumed.code,
      differences: differences(cut, resumed),
      readAgain: readAgain(states, resumed),
    };
    expect({ point, ...found }).toEqual({ point, signal: 'SIGKILL', code: 0, differences: [], readAgain: [] });
  }
  expect(withStates).toBeGreaterThan(10);
}, 600_000);

test('a killed read loses no record that no state followed, should they not have landed', async () => {
  simulator = await Simulator.start({
    dataset: { projects: 1, repositoriesPerProject: 2, pullRequestsPerRepository: 60, users: 6 },
    until: Date.now(),
  });
  const cut = await read([], { max_concurrency: 2 }, (messages) => messages >= 500);
  const last = new Map(
    cut.messages.flatMap(({ type, state }, index) =>
      type === 'STATE' ? [[state.stream.stream_descriptor.name as string, index]] : [],
    ),
  );
  const landed = cut.messages.filter(
    ({ type, record }, index) => type !== 'RECORD' || index < (last.get(record.stream as string) ?? -1),
  );
  const resumed = await read(lastStates(cut.messages), {});
  expect(differences({ ...cut, messages: landed }, resumed)).toEqual([]);
}, 120_000);

/** The closed ones older than lookback_days, which no state remembers one by one: nine in ten of a thousand. */
test('a backfill of one huge repository, killed at half of its requests, needs at most 55 % of them to finish', async () => {
  const HOUR = 3_600_000;
  const until = Date.now() - 14 * 24 * HOUR + 3 * HOUR;
  simulator = await Simulator.start({
    dataset: { large: { repositories: 1, pullRequests: 1000, open: 5, users: 5 } },
    ...{ until, latencyMs: 2, caps: { pullRequests: 100 } },
  });
  const whole = await read([], {});
  const needed = simulator.requests.length;
  expect({ code: whole.code, enough: needed > 2000 }).toEqual({ code: 0, enough: true });
  simulator.clearRequests();
  const cut = await read([], {}, () => simulator.requests.length >= needed / 2);
  expect(cut.signal).toBe('SIGKILL');
  simulator.clearRequests();
  const resumed = await read(lastStates(cut.messages), {});
  expect({ code: resumed.code, differences: differences(cut, resumed) }).toEqual({ code: 0, differences: [] });
  expect(simulator.requests.length / needed).toBeLessThanOrEqual(0.55);
}, 300_000);

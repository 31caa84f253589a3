import { performance } from 'node:perf_hooks';
import { expectSuccess, read, run, type ReadOptions, type Run } from './connector';
import { atMost, exactly, type Line, median, megabytes, percent, ratio, seconds } from './lines';
import { fullRead, quietRead, type Amounts, type Caps } from './minimum';
import { sendRaw } from './raw';
import { underAttack, webhooks } from './receiver';
import type { RawResult } from './raw-client';
import type { ServerOptions } from './server';
import { withServer, type ServerProcess } from './server-process';

export interface Scenario {
  readonly name: string;
  readonly about: string;
  readonly run: () => Promise<readonly Line[]>;
}

const MB = 1e6;
const CAPS: Caps = { list: 1000, activities: 500 };
/** Of the large data sets. */
const ACTIVITIES = 4;
const MAX_RSS_MB = 200;
const WIDTH = 8;

/** Repositories with as many pull requests each, the latest of them updated just now. */
function large(
  repositories: number,
  pullRequests: number,
  more: ServerOptions = {},
  activities = ACTIVITIES,
  minutesApart = 2,
): ServerOptions {
  return {
    dataset: { large: { repositories, pullRequests, activitiesPerPullRequest: activities, users: 50, minutesApart } },
    until: Date.now(),
    ...more,
  };
}

function amounts(repositories: number, pullRequests: number, activities = ACTIVITIES): Amounts {
  return { projects: Math.ceil(repositories / 20), repositories, users: 51, pullRequests, activities };
}

/** Throws unless each stream has as many records as the server has rows. */
function expectRecords({ output }: Run, { projects, repositories, users, pullRequests, activities }: Amounts): void {
  const all = repositories * pullRequests;
  const wanted = {
    projects,
    repositories,
    users,
    pull_requests: all,
    pull_request_activities: all * activities,
    pull_request_diffs: all,
  };
  for (const [stream, count] of Object.entries(wanted)) {
    if (output.records.get(stream) !== count)
      throw new Error(`${stream} has ${output.records.get(stream) ?? 0} records instead of ${count}`);
  }
}

async function readAll(
  server: ServerProcess,
  repositories: number,
  pullRequests: number,
  options: ReadOptions = {},
  activities = ACTIVITIES,
): Promise<Run> {
  const run = expectSuccess(await read(server, options));
  expectRecords(run, amounts(repositories, pullRequests, activities));
  return run;
}

/** How the wall time compares with that of requests which only wait: `requests × latency ÷ width`. */
async function latency(): Promise<Line[]> {
  return withServer(large(20, 50, { latencyMs: 50 }), async (server) => {
    const { seconds: wall, cpuSeconds } = await readAll(server, 20, 50);
    const { requests, maxInFlight } = await server.call('traffic');
    const limit = (requests * 0.05) / WIDTH;
    const recorded = await server.call('recorded');
    const raw = await sendRaw(server, recorded, WIDTH, false);
    const numbers = { wall, cpuSeconds, requests, maxInFlight, limit, raw: raw.seconds };
    return [
      atMost('wall ÷ (requests × 50 ms ÷ 8)', wall / limit, 1.15, ratio, numbers),
      { what: 'the raw client ÷ the same', measured: ratio(raw.seconds / limit), target: '', met: null, numbers },
      exactly('requests in flight at most', maxInFlight, WIDTH),
    ];
  });
}

/** How wall and CPU compare with a client that only parses and prints. */
async function throughput(): Promise<Line[]> {
  return withServer(large(50, 200), async (server) => {
    await readAll(server, 50, 200); // the server makes up and compresses its answers once
    const recorded = await server.call('recorded');
    const rounds: { discarding: RawResult; parsing: RawResult; connector: Run }[] = [];
    for (let round = 0; round < 3; round++) {
      const discarding = await sendRaw(server, recorded, WIDTH, false);
      const parsing = await sendRaw(server, recorded, WIDTH, true);
      rounds.push({ discarding, parsing, connector: await readAll(server, 50, 200) });
    }
    const of = (pick: (round: (typeof rounds)[number]) => number): number => median(rounds.map(pick));
    const numbers = {
      requests: recorded.length,
      ...{ wall: of(({ connector }) => connector.seconds), cpu: of(({ connector }) => connector.cpuSeconds) },
      ...{ parsingWall: of(({ parsing }) => parsing.seconds), parsingCpu: of(({ parsing }) => parsing.cpuSeconds) },
      ...{ rawWall: of(({ discarding }) => discarding.seconds), rawCpu: of(({ discarding }) => discarding.cpuSeconds) },
    };
    const perSecond = (wall: number): string => `${(recorded.length / wall).toFixed(0)}/s`;
    return [
      atMost(
        'wall ÷ parsing client',
        of(({ connector, parsing }) => connector.seconds / parsing.seconds),
        2,
        ratio,
        numbers,
      ),
      atMost(
        'CPU ÷ parsing client',
        of(({ connector, parsing }) => connector.cpuSeconds / parsing.cpuSeconds),
        2,
        ratio,
        numbers,
      ),
      { what: 'requests per second: connector', measured: perSecond(numbers.wall), target: '', met: null, numbers },
      { what: 'requests per second: parsing client', measured: perSecond(numbers.parsingWall), target: '', met: null, numbers },
      { what: 'requests per second: raw client', measured: perSecond(numbers.rawWall), target: '', met: null, numbers },
    ];
  });
}

/** Exactly the counted minimum, at the usual caps and at small ones, when nothing happened, and when little did. */
async function counts(): Promise<Line[]> {
  const lines: Line[] = [];
  for (const caps of [CAPS, { list: 30, activities: 3 }]) {
    const server = large(20, 50, {
      caps: {
        projects: caps.list,
        repositories: caps.list,
        users: caps.list,
        pullRequests: caps.list,
        activities: caps.activities,
      },
    });
    const label = `caps ${caps.list}/${caps.activities}`;
    lines.push(...(await withServer(server, (process) => countsAt(process, caps, label))));
  }
  return lines;
}

async function countsAt(server: ServerProcess, caps: Caps, label: string): Promise<Line[]> {
  const there = amounts(20, 50);
  const requests = async (): Promise<number> => {
    const { requests } = await server.call('traffic');
    await server.call('clear');
    return requests;
  };
  const first = await readAll(server, 20, 50);
  const lines = [exactly(`a full read (${label})`, await requests(), fullRead(there, caps))];
  if (caps !== CAPS) return lines; // how many pages a quiet sync needs depends on the lookback then
  const second = expectSuccess(await read(server, { since: first }));
  lines.push(exactly('nothing happened', await requests(), quietRead(there, caps)));
  lines.push(
    exactly(
      'nothing happened: records',
      [...second.output.records.values()].reduce((sum, count) => sum + count, 0),
      0,
    ),
  );
  const open = await server.call('open');
  await server.call('approve', open.slice(0, 5));
  await server.call('push', open.slice(5, 10));
  expectSuccess(await read(server, { since: second }));
  // What was approved is read again for its activities, what was pushed to for its diff as well.
  lines.push(exactly('1 % happened: 5 approved, 5 pushed to', await requests(), quietRead(there, caps) + 5 + 2 * 5));
  return lines;
}

/** Repositories, and pull requests in each. */
type Size = readonly [repositories: number, pullRequests: number];

/** Ten times as much takes ten times as long, in one repository and in many, and the state stays light. */
async function linear(): Promise<Line[]> {
  const lines: Line[] = [];
  const sizes: readonly (readonly [small: Size, big: Size])[] = [
    [
      [1, 2000],
      [1, 20_000],
    ],
    [
      [200, 10],
      [2000, 10],
    ],
  ];
  for (const [small, big] of sizes) {
    const [less, more] = [await timePerPullRequest(...small), await timePerPullRequest(...big)];
    const label = `${big[0]} × ${big[1]}`;
    const numbers = { microseconds: more.microseconds, microsecondsOfSmall: less.microseconds };
    lines.push(
      atMost(
        `time per pull request, ${label} ÷ ${small[0]} × ${small[1]}`,
        more.microseconds / less.microseconds,
        1.2,
        ratio,
        numbers,
      ),
    );
    lines.push(atMost(`state ÷ records, ${label}`, more.stateShare, 0.02, percent, { states: more.states }));
    lines.push(atMost(`state ÷ records, ${small[0]} × ${small[1]}`, less.stateShare, 0.02, percent, { states: less.states }));
  }
  return lines;
}

async function timePerPullRequest(
  repositories: number,
  pullRequests: number,
): Promise<{ microseconds: number; stateShare: number; states: number }> {
  return withServer(large(repositories, pullRequests), async (server) => {
    const runs: Run[] = [];
    for (let round = 0; round < 3; round++) runs.push(await readAll(server, repositories, pullRequests));
    const microseconds = (1e6 * median(runs.map((run) => run.seconds))) / (repositories * pullRequests);
    const shares = runs.map(({ output }) => output.stateBytes / output.recordBytes);
    return { microseconds, stateShare: Math.max(...shares), states: Math.max(...runs.map(({ output }) => output.states)) };
  });
}

/** Memory does not depend on how much there is. */
async function memory(): Promise<Line[]> {
  const peaks: number[] = [];
  const lines: Line[] = [];
  for (const pullRequests of [100, 1000, 10_000]) {
    await withServer(large(10, pullRequests, {}, ACTIVITIES, 30), async (server) => {
      const { peakRssMb, seconds: wall, cpuSeconds } = await readAll(server, 10, pullRequests);
      peaks.push(peakRssMb);
      lines.push(atMost(`peak RSS, 10 × ${pullRequests}`, peakRssMb, MAX_RSS_MB, megabytes, { wall, cpuSeconds }));
    });
  }
  return [...lines, atMost('the largest ÷ the smallest', Math.max(...peaks) / Math.min(...peaks), 1.3, ratio)];
}

/** One diff of 300 MB. */
async function diff(): Promise<Line[]> {
  return withServer(large(1, 2, { hugeDiffBytes: 300 * MB }, 2), async (server) => {
    const { output, peakRssMb, seconds: wall, cpuSeconds } = expectSuccess(await read(server));
    return [
      exactly('diffs read', output.records.get('pull_request_diffs') ?? 0, 3),
      atMost('peak RSS', peakRssMb, MAX_RSS_MB, megabytes, { wall, cpuSeconds }),
    ];
  });
}

/** One pull request with 10,000 activities. */
async function activities(): Promise<Line[]> {
  return withServer(large(1, 1, {}, 10_000), async (server) => {
    const { output, peakRssMb, seconds: wall, cpuSeconds } = expectSuccess(await read(server));
    const { routes } = await server.call('traffic');
    return [
      exactly('activities read', output.records.get('pull_request_activities') ?? 0, 10_000),
      exactly('requests for them', routes.activities ?? 0, 21),
      atMost('peak RSS', peakRssMb, MAX_RSS_MB, megabytes, { wall, cpuSeconds }),
    ];
  });
}

/** Stdout is read at 1 MB/s. */
async function slowReader(): Promise<Line[]> {
  return withServer(large(10, 250), async (server) => {
    const { output, peakRssMb, seconds: wall } = await readAll(server, 10, 250, { bytesPerSecond: MB });
    return [
      atMost('peak RSS', peakRssMb, MAX_RSS_MB, megabytes, { wall, megabytes: output.bytes / MB }),
      { what: 'taken per second', measured: `${(output.bytes / MB / wall).toFixed(2)} MB`, target: '', met: null, numbers: {} },
    ];
  });
}

/** Bitbucket's own limit when an administrator switches it on: a bucket of 60 tokens, 5 more per second. */
async function rateLimit(): Promise<Line[]> {
  const bucket = { capacity: 60, fillPerSecond: 5 };
  return withServer(large(5, 40, { rateLimit: bucket }), async (server) => {
    const startedAt = performance.now();
    const run = await readAll(server, 5, 40);
    const wall = (performance.now() - startedAt) / 1000;
    const { requests, refused } = await server.call('traffic');
    const granted = requests - refused;
    const allowed = bucket.capacity + bucket.fillPerSecond * wall;
    return [
      {
        what: 'requests granted ÷ allowed',
        measured: percent(granted / allowed),
        target: '≥ 95 %',
        met: granted / allowed >= 0.95,
        numbers: { granted, allowed, wall },
      },
      { what: 'refused (429)', measured: String(refused), target: 'a handful', met: refused <= 2 * WIDTH, numbers: { refused } },
      exactly('exit code', run.code ?? -1, 0),
    ];
  });
}

/** How long a platform waits for the simplest command. */
async function spec(): Promise<Line[]> {
  const times: number[] = [];
  for (let round = 0; round < 7; round++) times.push(expectSuccess(await run(['spec'])).seconds);
  return [atMost('wall, median of 7', median(times), 0.35, seconds)];
}

/** Sixty-four at once: one huge repository and many small ones alike. */
async function width(): Promise<Line[]> {
  const lines: Line[] = [];
  const startUp = expectSuccess(await run(['spec'])).seconds;
  for (const [repositories, pullRequests] of [
    [1, 5000],
    [500, 10],
  ] as const) {
    await withServer(large(repositories, pullRequests, { latencyMs: 50 }), async (server) => {
      const { seconds: wall, cpuSeconds } = await readAll(server, repositories, pullRequests, {
        config: { max_concurrency: 64 },
      });
      const { requests, maxInFlight } = await server.call('traffic');
      const limit = (requests * 0.05) / 64;
      const raw = await sendRaw(server, await server.call('recorded'), 64, false);
      const numbers = { wall, cpuSeconds, startUp, requests, maxInFlight, limit, raw: raw.seconds };
      const label = `${repositories} × ${pullRequests}`;
      lines.push(atMost(`${label}: (wall − start-up) ÷ (requests × 50 ms ÷ 64)`, (wall - startUp) / limit, 1.3, ratio, numbers));
      lines.push({
        what: `${label}: the raw client ÷ the same`,
        measured: ratio(raw.seconds / limit),
        target: '',
        met: null,
        numbers,
      });
    });
  }
  return lines;
}

/** Every scenario, in the order of the table. */
export const scenarios: readonly Scenario[] = [
  { name: 'latency', about: '20 repositories × 50 pull requests, each answer after 50 ms', run: latency },
  { name: 'throughput', about: '50 × 200, no latency; median of 3', run: throughput },
  { name: 'counts', about: '20 × 50, requests', run: counts },
  { name: 'linear', about: 'ten times as much; median of 3', run: linear },
  { name: 'memory', about: '1,000, 10,000 and 100,000 pull requests', run: memory },
  { name: 'diff', about: 'a diff of 300 MB', run: diff },
  { name: 'activities', about: '10,000 activities in one pull request', run: activities },
  { name: 'slow-reader', about: '10 × 250, stdout taken at 1 MB/s', run: slowReader },
  { name: 'rate-limit', about: '60 requests, then 5 per second', run: rateLimit },
  { name: 'spec', about: 'start-up', run: spec },
  { name: 'webhooks', about: 'signed events from 50 senders at once, and from one', run: webhooks },
  { name: 'attack', about: 'signed events while somebody without the secret takes what there is', run: underAttack },
  { name: 'width', about: 'max_concurrency 64, each answer after 50 ms', run: width },
];

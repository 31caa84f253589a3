import fc from 'fast-check';
import { type Fault, type RouteName, Simulator, type StreamName, type Version } from '../simulator';
import { type Event, EVENT_KINDS, Events } from './model-events';
import { Clock, HOUR, MINUTE } from './support/clock';
import { EVERY_STREAM, Connection, type SyncResult } from './support/connection';

/** One sync of a case, and what happens before and while it runs. */
interface Step {
  readonly before: readonly Event[];
  readonly minutes: number;
  /** Before the request of this number is answered. */
  readonly during: readonly (readonly [request: number, event: Event])[];
  readonly faults: readonly Fault[];
  /** Cut off after so many messages. */
  readonly cut: number | null;
  readonly landsUncovered: boolean;
  readonly streams: readonly StreamName[];
}

/** A history of a server and of a connection to it. */
export interface Case {
  readonly version: Version;
  readonly cap: number;
  /** What a request takes, in milliseconds. */
  readonly pace: number;
  readonly concurrency: number;
  readonly lookbackDays: number;
  readonly recheckHours: number;
  /** Waits for the recheck before the last sync; otherwise nothing happens that only a recheck sees. */
  readonly waits: boolean;
  readonly filter: {
    readonly include_personal_projects?: boolean;
    readonly include_archived?: boolean;
    readonly projects?: readonly string[];
  };
  readonly steps: readonly Step[];
  readonly last: readonly Event[];
}

const event: fc.Arbitrary<Event> = fc.tuple(fc.constantFrom(...EVENT_KINDS), fc.nat(30), fc.nat(30));
const ROUTES: readonly RouteName[] = [
  'projects',
  'repositories',
  'repository',
  'default-branch',
  'branches',
  'tags',
  'commits',
  'pull-requests',
  'pull-request',
  'pull-request-commits',
  'activities',
  'diff',
  'changes',
  'users',
  'user',
  'admin-users',
];
const FORBIDDEN = JSON.stringify({
  errors: [{ context: null, message: 'You are not permitted', exceptionName: 'com.atlassian.bitbucket.AuthorisationException' }],
});
const WRONG_PASSWORD = JSON.stringify({
  errors: [
    { context: null, message: 'No', exceptionName: 'com.atlassian.bitbucket.auth.IncorrectPasswordAuthenticationException' },
  ],
});

const symptom: fc.Arbitrary<Omit<Fault, 'route' | 'times' | 'after'>> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constantFrom(
      { kind: 'status', status: 500 } as const,
      { kind: 'status', status: 503 } as const,
      { kind: 'html' } as const,
      { kind: 'half-body' } as const,
    ),
  },
  {
    weight: 12,
    arbitrary: fc.constantFrom(
      { kind: 'reset' } as const,
      { kind: 'empty-body' } as const,
      { kind: 'empty-list' } as const,
      { kind: 'wrong-shape' } as const,
    ),
  },
  {
    weight: 8,
    arbitrary: fc.constantFrom({ kind: 'anonymous' } as const, { kind: 'broken-json' } as const, { kind: 'loop' } as const),
  },
  {
    weight: 6,
    arbitrary: fc.constantFrom({ kind: 'status', status: 401, body: FORBIDDEN } as const, { kind: 'html', status: 404 } as const),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { kind: 'status', status: 401, body: WRONG_PASSWORD } as const,
      { kind: 'status', status: 429, retryAfter: 0 } as const,
    ),
  },
);
const TOLD_TWICE: readonly string[] = ['activities', 'pull-request-commits'];
const fault: fc.Arbitrary<Fault> = fc
  .tuple(symptom, fc.constantFrom(...ROUTES), fc.constantFrom(1, 2, 6, 500), fc.nat(4))
  .map(([what, route, times, after]) => ({
    ...what,
    // A server that takes us for strangers does so whatever we ask.
    ...(what.kind !== 'anonymous' && { route }),
    // An empty answer that is given twice is believed: there is nothing to hold it against.
    times: what.status === 429 || (what.kind === 'empty-list' && TOLD_TWICE.includes(route)) ? 1 : times,
    after,
  }));

const some = <T>(arbitrary: fc.Arbitrary<T>, most: number) => fc.array(arbitrary, { maxLength: most });
const step: fc.Arbitrary<Step> = fc.record({
  before: some(event, 8),
  minutes: fc.constantFrom(0, 1, 90, 1500),
  during: fc.oneof(fc.constant([]), some(fc.tuple(fc.nat(40), event), 4)),
  faults: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: some(fault, 2) }),
  cut: fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat(90) }),
  landsUncovered: fc.boolean(),
  streams: fc.oneof(
    { weight: 3, arbitrary: fc.constant(EVERY_STREAM) },
    { weight: 1, arbitrary: fc.subarray([...EVERY_STREAM], { minLength: 1 }) },
  ),
});

export const anyCase: fc.Arbitrary<Case> = fc.record({
  version: fc.constantFrom<Version[]>('9.4.0', '10.4.0', '5.16.0'),
  cap: fc.constantFrom(1, 2, 3, 5, 1000),
  pace: fc.constantFrom(1, 100, 3000),
  concurrency: fc.constantFrom(1, 8, 64),
  lookbackDays: fc.constantFrom(14, 1, 0),
  recheckHours: fc.constantFrom(0, 24),
  waits: fc.boolean(),
  filter: fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        { include_personal_projects: true },
        { include_archived: false },
        { projects: ['ACME', 'AK*', '~*'] },
      ),
    },
  ),
  steps: fc.array(step, { minLength: 1, maxLength: 4 }),
  last: some(event, 6),
});

/** Runs a case. @returns what is wrong with it; nothing: all is as promised */
export async function run(model: Case): Promise<string[]> {
  const clock = new Clock(false);
  const { cap, version, lookbackDays, recheckHours, waits } = model;
  const caps = { projects: cap, repositories: cap, users: cap, pullRequests: cap, activities: cap };
  const simulator = await Simulator.start({ dataset: 'empty', version, caps, clock: clock.now, compresses: false });
  const waitAgain = clock.skipWaits();
  try {
    const invisible = recheckHours === 0 || waits;
    const events = new Events(simulator, {
      lookbackDays,
      invisible,
      invisibleToClosed: recheckHours === 0 || lookbackDays >= 14,
    });
    beginning(simulator);
    const config = {
      max_concurrency: model.concurrency,
      lookback_days: lookbackDays,
      recheck_hours: recheckHours,
      ...model.filter,
    };
    const connection = new Connection(simulator, clock, config, {
      random: () => 0.5,
      retryPolicy: { attempts: 5, firstDelayMs: 0 },
    });
    const wrong: string[] = [];
    const happen = (one: Event) => {
      // Some happen in the same millisecond as what was before them.
      clock.advance((one[1] + one[2]) % 4);
      events.apply(one);
    };
    let pending: Step['during'] = [];
    let requests = 0;
    simulator.beforeEach(() => {
      requests += 1;
      clock.advance(model.pace);
      for (const [at, one] of pending) if (at === requests) happen(one);
    });
    for (const [number, each] of model.steps.entries()) {
      clock.advance(each.minutes * MINUTE);
      each.before.forEach(happen);
      // Pages of one leave no room to see that the list moved up (docs/guarantees.md, limits).
      pending = each.during.filter(([, [kind]]) => cap > 1 || kind !== 'deletePullRequest');
      requests = 0;
      each.faults.forEach((one) => simulator.faults.add(one));
      const calm = each.faults.length === 0 && each.during.length === 0;
      const result = await connection.sync({
        streams: each.streams,
        cut: each.cut ?? undefined,
        landsUncovered: each.landsUncovered,
        calm,
      });
      simulator.faults.clear();
      wrong.push(...judge(result, events, calm).map((said) => `sync ${number + 1}: ${said}`));
    }
    pending = [];
    model.last.forEach(happen);
    const streams = EVERY_STREAM.filter((name) => model.steps.some((each) => each.streams.includes(name)));
    if (waits && recheckHours > 0) clock.advance((recheckHours + 1) * HOUR);
    wrong.push(...judge(await connection.sync({ streams }), events, true).map((said) => `last sync: ${said}`));
    const isRechecked = recheckHours === 0 || waits;
    wrong.push(...connection.warehouse.differences(simulator, streams, truthFilter(model), isRechecked));
    const quiet = await connection.sync({ streams });
    wrong.push(...judge(quiet, events, true).map((said) => `quiet sync: ${said}`));
    for (const [stream, rows] of Object.entries(quiet.records)) wrong.push(`quiet sync: ${rows.length} rows of ${stream}`);
    return wrong;
  } finally {
    waitAgain();
    await simulator.stop();
  }
}

/** What there is at the start: two projects, three repositories, a fork, some pull requests. */
export function beginning({ history }: Simulator): void {
  const [ann, ben, cem] = ['ann', 'ben', 'cem'].map((name) => history.createUser({ name })) as [number, number, number];
  history.createProject({ key: 'ACME' });
  history.createProject({ key: 'LIB' });
  const app = history.createRepository('ACME', { slug: 'app' });
  history.createRepository('LIB', { slug: 'app' });
  history.forkRepository(app, 'LIB', { slug: 'app-fork' });
  const first = history.createPullRequest(app, { author: ann, reviewers: [ben] });
  history.comment(first, { user: cem });
  history.inlineComment(first, { user: ben, path: 'a.ts' });
  history.merge(first);
  history.addTask(history.createPullRequest(app, { author: ben }), { user: ann });
  history.decline(history.createPullRequest(app, { author: cem }));
  history.createPullRequest('LIB/app', { author: ann, fromRepository: 'LIB/app-fork' });
}

function truthFilter({ filter }: Case) {
  return {
    ...(filter.include_personal_projects !== undefined && { includePersonalProjects: filter.include_personal_projects }),
    ...(filter.include_archived !== undefined && { includeArchived: filter.include_archived }),
    ...(filter.projects !== undefined && { projects: filter.projects }),
  };
}

/** What must hold for every sync, whatever happens meanwhile. */
function judge(result: SyncResult, { cameBack }: Events, calm: boolean): string[] {
  const { succeeded, messages, needless, repeated, errors } = result;
  const readAgain = (said: string) =>
    cameBack.has(Number(/^(?:pull_request\w*|branches|tags|commits|builds) (\d+)\//.exec(said)?.[1]));
  const wrong = [...needless.filter((said) => !readAgain(said)), ...repeated];
  if (calm && succeeded === false)
    wrong.push(`failed although nothing was wrong: ${errors.map(({ message }) => message).join('; ')}`);
  for (const { failureType, message } of errors) if (failureType === 'system_error') wrong.push(`a bug: ${message}`);
  if (succeeded !== null) wrong.push(...miscounted(messages));
  return wrong;
}

function miscounted(messages: SyncResult['messages']): string[] {
  const open = new Map<string, number>();
  const wrong: string[] = [];
  for (const { type, record, state } of messages) {
    if (type === 'RECORD') open.set(record.stream, (open.get(record.stream) ?? 0) + 1);
    if (type !== 'STATE') continue;
    const name = state.stream.stream_descriptor.name as string;
    if (state.sourceStats.recordCount !== (open.get(name) ?? 0))
      wrong.push(`${name}: a STATE counts ${state.sourceStats.recordCount} records, there were ${open.get(name) ?? 0}`);
    open.set(name, 0);
  }
  return wrong;
}

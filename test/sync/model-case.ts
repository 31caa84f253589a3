import fc from 'fast-check';
import { type Fault, type RouteName, Simulator, type StreamName, type TruthFilter, type Version } from '../simulator';
import { type Event, EVENT_KINDS, type EventKind, Events, GRAPH_EVENT_KINDS } from './model-events';
import { Clock, HOUR, MINUTE } from './support/clock';
import { EVERY_STREAM, Connection, type SyncResult } from './support/connection';
import { Exceptions } from './support/exceptions';
import { Refreshes } from './support/refreshes';

/** What of the configuration decides what is read, and may change from sync to sync. */
interface Setup {
  readonly filter: {
    readonly include_personal_projects?: boolean;
    readonly include_archived?: boolean;
    readonly projects?: readonly string[];
    readonly repositories?: readonly string[];
  };
  readonly branches: readonly string[];
  /** `start_date`, in hours after the beginning of the history; null: none. */
  readonly startHours: number | null;
  readonly buildDetails: boolean;
  readonly deployments: boolean;
}

/** One sync of a case, and what happens before and while it runs. */
interface Step {
  readonly mode: 'incremental' | 'full_refresh';
  /** The configuration changes before it. */
  readonly setup: Setup | null;
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
  /** Whether what was there before a full refresh is there again where that was cut off. */
  readonly keepsTables: boolean;
  readonly setup: Setup;
  readonly steps: readonly Step[];
  readonly last: readonly Event[];
  /** With which the last sync runs; null: as it was. */
  readonly lastSetup: Setup | null;
}

/** What happens in a history: anything, anywhere; or much in the commits and builds of few repositories. */
const anything: fc.Arbitrary<Event> = fc.tuple(
  fc.oneof(fc.constantFrom(...EVENT_KINDS), fc.constantFrom(...GRAPH_EVENT_KINDS)),
  fc.nat(30),
  fc.nat(30),
);
const inTheGraph: fc.Arbitrary<Event> = fc.tuple(
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...GRAPH_EVENT_KINDS) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<EventKind[]>(
        'createPullRequest',
        'push',
        'reopen',
        'offline',
        'hideRepository',
        'showRepository',
      ),
    },
  ),
  fc.oneof({ weight: 3, arbitrary: fc.nat(1) }, { weight: 1, arbitrary: fc.nat(30) }),
  fc.nat(30),
);
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
  'tag',
  'build-stats',
  'build-statuses',
  'build',
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
const TOLD_TWICE: readonly string[] = ['activities', 'pull-request-commits', 'build-statuses', 'commits'];
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

const setup: fc.Arbitrary<Setup> = fc.record({
  filter: fc.oneof(
    { weight: 2, arbitrary: fc.constant({}) },
    {
      weight: 3,
      arbitrary: fc.constantFrom<Setup['filter'][]>(
        { include_personal_projects: true },
        { include_archived: false },
        { projects: ['ACME', 'AK*', '~*'] },
        { projects: ['ACME', 'LIB'] },
        { projects: ['LIB'] },
        { repositories: ['ACME/*'] },
        { repositories: ['!LIB/app'] },
        { repositories: ['*/app', 'LIB/a*'], include_archived: false },
      ),
    },
  ),
  branches: fc.constantFrom<Setup['branches'][]>([], [], ['*'], ['feature/*'], ['release/*', 'develop']),
  startHours: fc.constantFrom(null, null, null, 1, 24, 30),
  buildDetails: fc.boolean(),
  deployments: fc.boolean(),
});
const EVERYTHING: Setup = {
  ...{ filter: { include_personal_projects: true }, branches: ['*'], startHours: null, buildDetails: true, deployments: true },
};

/** What a case is about. */
interface Theme {
  readonly event: fc.Arbitrary<Event>;
  /** So many at most before one sync. */
  readonly most: number;
  /** Those that are selected as a rule; of the rest, some. */
  readonly streams: readonly StreamName[];
}

/** What is read of commits and builds, at fewer requests than everything. */
const OF_THE_GRAPH: readonly StreamName[] = ['repositories', 'pull_requests', 'branches', 'tags', 'commits', 'builds'];

const stepOf = ({ event, most, streams }: Theme): fc.Arbitrary<Step> =>
  fc.record({
    mode: fc.oneof(
      { weight: 7, arbitrary: fc.constant('incremental' as const) },
      { weight: 1, arbitrary: fc.constant('full_refresh' as const) },
    ),
    setup: fc.option(setup, { freq: 1 }),
    before: some(event, most),
    minutes: fc.constantFrom(0, 1, 90, 1500),
    during: fc.oneof(fc.constant([]), some(fc.tuple(fc.nat(40), event), 4)),
    faults: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: some(fault, 2) }),
    cut: fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat(90) }),
    landsUncovered: fc.boolean(),
    streams: fc.oneof(
      { weight: 3, arbitrary: fc.constant(streams) },
      { weight: 1, arbitrary: fc.subarray([...streams], { minLength: 1 }) },
    ),
  });
/** The configuration stays in two of three. */
const stepsOf = (step: fc.Arbitrary<Step>): fc.Arbitrary<readonly Step[]> =>
  fc
    .tuple(fc.array(step, { minLength: 1, maxLength: 4 }), fc.nat(2))
    .map(([all, changes]) => (changes === 2 ? all : all.map((each) => ({ ...each, setup: null }))));

const caseOf = (theme: Theme): fc.Arbitrary<Case> =>
  fc.record({
    version: fc.constantFrom<Version[]>('9.4.0', '10.4.0', '5.16.0'),
    cap: fc.constantFrom(1, 2, 3, 5, 1000),
    pace: fc.constantFrom(1, 100, 3000),
    concurrency: fc.constantFrom(1, 8, 64),
    lookbackDays: fc.constantFrom(14, 1, 0),
    recheckHours: fc.constantFrom(0, 24),
    waits: fc.boolean(),
    keepsTables: fc.boolean(),
    setup,
    steps: stepsOf(stepOf(theme)),
    last: some(theme.event, 6),
    lastSetup: fc.oneof(
      { weight: 4, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: fc.constant(EVERYTHING) },
      { weight: 1, arbitrary: setup },
    ),
  });
export const anyCase: fc.Arbitrary<Case> = fc.oneof(
  { weight: 3, arbitrary: caseOf({ event: anything, most: 8, streams: EVERY_STREAM }) },
  { weight: 2, arbitrary: caseOf({ event: inTheGraph, most: 14, streams: OF_THE_GRAPH }) },
);

/** Events that take something out of a list, and make what comes after it move up. */
const SHORTEN_LISTS: readonly string[] = [
  ...['deletePullRequest', 'deleteBranch', 'renameBranch', 'deleteManyBranches', 'emptyRepository', 'deleteTag', 'mergeWith'],
  ...['deleteBuild'],
];

/** Runs a case. @returns what is wrong with it; nothing: all is as promised */
export async function run(model: Case): Promise<string[]> {
  const clock = new Clock(false);
  const { cap, version } = model;
  const caps = {
    ...{ projects: cap, repositories: cap, users: cap, pullRequests: cap, activities: cap },
    ...{ commits: Math.min(Math.max(cap, 5), 100), branches: cap, tags: cap },
  };
  const simulator = await Simulator.start({ dataset: 'empty', version, caps, clock: clock.now, compresses: false });
  const waitAgain = clock.skipWaits();
  try {
    return await new Run(model, simulator, clock).run();
  } finally {
    waitAgain();
    await simulator.stop();
  }
}

class Run {
  private readonly wrong: string[] = [];
  private readonly connection: Connection;
  private readonly events: Events;
  private readonly exceptions: Exceptions;
  private readonly beginsAt: number;
  private readonly isRechecked: boolean;
  private setup: Setup;
  /** Under which the last sync ran. */
  private filter: TruthFilter;
  /** Under which what is known of commits was read. */
  private filterOfCommits: TruthFilter;
  private filterBefore: TruthFilter;
  /** Of the last sync that read builds to their end. */
  private settingsOfBuilds: string;
  /** What happens during the sync that runs. */
  private pending: Step['during'] = [];
  private requests = 0;
  private readonly refreshes: Refreshes;

  constructor(
    private readonly model: Case,
    private readonly simulator: Simulator,
    private readonly clock: Clock,
  ) {
    const { lookbackDays, recheckHours, waits, cap } = model;
    this.isRechecked = recheckHours === 0 || waits;
    this.beginsAt = clock.now();
    this.events = new Events(simulator, {
      lookbackDays,
      invisible: this.isRechecked,
      invisibleToClosed: recheckHours === 0 || lookbackDays >= 14,
      wrongDates: cap >= 100,
    });
    this.exceptions = new Exceptions(simulator, (repository, id) => this.events.isForgotten(repository, id));
    this.connection = new Connection(simulator, clock, {}, { random: () => 0.5, retryPolicy: { attempts: 5, firstDelayMs: 0 } });
    this.setup = model.setup;
    this.refreshes = new Refreshes(this.connection, model.keepsTables);
    this.filter = this.truthFilter();
    this.filterOfCommits = this.filter;
    this.filterBefore = this.filter;
    this.settingsOfBuilds = buildSettings(this.filter);
  }

  async run(): Promise<string[]> {
    const { model, simulator, clock, wrong, connection, exceptions } = this;
    beginning(simulator);
    exceptions.happened();
    simulator.beforeEach(() => {
      this.requests += 1;
      clock.advance(model.pace);
      for (const [at, one] of this.pending) if (at === this.requests) this.happen(one);
    });
    for (const [number, each] of model.steps.entries()) {
      clock.advance(each.minutes * MINUTE);
      each.before.forEach((one) => this.happen(one));
      // Pages of one leave no room to see that the list moved up (docs/guarantees.md, limits).
      this.pending = each.during.filter(([, [kind]]) => model.cap > 1 || !SHORTEN_LISTS.includes(kind));
      if (each.setup !== null) this.setup = each.setup;
      each.faults.filter((one) => this.isTold(one)).forEach((one) => simulator.faults.add(one));
      exceptions.goesWrong(each.faults);
      const calm = each.faults.length === 0 && each.during.length === 0;
      await this.sync(`sync ${number + 1}`, each, calm);
      simulator.faults.clear();
    }
    this.pending = [];
    model.last.forEach((one) => this.happen(one));
    if (model.lastSetup !== null) this.setup = model.lastSetup;
    const streams = EVERY_STREAM.filter((name) => model.steps.some((each) => each.streams.includes(name)));
    if (model.waits && model.recheckHours > 0) clock.advance((model.recheckHours + 1) * HOUR);
    await this.sync('last sync', { streams });
    wrong.push(...connection.warehouse.differences(simulator, streams, this.filter, this.isRechecked, exceptions));
    const quiet = await this.sync('quiet sync', { streams });
    for (const [stream, rows] of Object.entries(quiet.records)) wrong.push(`quiet sync: ${rows.length} rows of ${stream}`);
    wrong.push(...connection.warehouse.lost);
    return wrong;
  }

  /** What of a former tip another branch that is read does not reach is asked for once: an empty answer is believed. */
  private isTold({ kind, route }: Fault): boolean {
    const { setup, steps, lastSetup } = this.model;
    const readsFurther = [setup, lastSetup, ...steps.map((each) => each.setup)].some((each) => (each?.branches.length ?? 0) > 0);
    return kind !== 'empty-list' || route !== 'commits' || !readsFurther;
  }

  private happen(one: Event): void {
    // Some happen in the same millisecond as what was before them.
    this.clock.advance((one[1] + one[2]) % 4);
    this.events.apply(one);
    this.exceptions.happened();
    if (this.pending.length > 0) this.exceptions.watched(this.filter);
  }

  private async sync(
    name: string,
    { streams, mode = 'incremental', cut = null, landsUncovered }: Partial<Step> & Pick<Step, 'streams'>,
    calm = true,
  ): Promise<SyncResult> {
    const { connection, exceptions, model } = this;
    this.filter = this.truthFilter();
    const givenBack = this.refreshes.begin(streams, mode);
    if (givenBack.includes('commits')) this.filterOfCommits = this.filterBefore;
    if (givenBack.includes('builds')) this.settingsOfBuilds = '';
    if (streams.includes('commits')) {
      exceptions.narrowed(this.filterOfCommits, this.filter, connection.warehouse);
      if (mode === 'incremental') this.filterBefore = this.filter;
      this.filterOfCommits = this.filter;
    }
    exceptions.watched(this.filter);
    this.requests = 0;
    const result = await connection.sync({
      ...{ streams, mode, calm, config: this.config(model) },
      cut: cut ?? undefined,
      ...(landsUncovered !== undefined && { landsUncovered }),
    });
    exceptions.watched(this.filter);
    exceptions.warned(result.warnings);
    this.refreshes.end(result, streams, mode);
    const settings = buildSettings(this.filter);
    this.judge(name, result, calm, settings !== this.settingsOfBuilds);
    if (result.statuses.builds === 'COMPLETE') this.settingsOfBuilds = settings;
    return result;
  }

  /** What must hold for every sync, whatever happens meanwhile. */
  private judge(name: string, result: SyncResult, calm: boolean, readsBuildsAgain: boolean): void {
    const { succeeded, messages, needless, repeated, errors } = result;
    const wrong = [...needless.filter((said) => !this.mayComeAgain(said, readsBuildsAgain)), ...repeated];
    if (calm && succeeded === false)
      wrong.push(`failed although nothing was wrong: ${errors.map(({ message }) => message).join('; ')}`);
    for (const { failureType, message } of errors) if (failureType === 'system_error') wrong.push(`a bug: ${message}`);
    if (succeeded !== null) wrong.push(...miscounted(messages));
    this.wrong.push(...wrong.map((said) => `${name}: ${said}`));
  }

  private mayComeAgain(said: string, readsBuildsAgain: boolean): boolean {
    const [, stream = '', repository = '', id = ''] = /^(\w+) (\d+)\/([^ /]+)/.exec(said) ?? [];
    const cameBack =
      /^(?:pull_request\w*|branches|tags|commits|builds)$/.test(stream) && this.events.cameBack.has(Number(repository));
    const isOfBuilds = stream === 'builds' && readsBuildsAgain;
    return cameBack || isOfBuilds || this.exceptions.mayComeAgain(stream, Number(repository), id, this.filter);
  }

  private config({ concurrency, lookbackDays, recheckHours }: Case): object {
    const { filter, branches, startHours, buildDetails, deployments } = this.setup;
    return {
      ...{ max_concurrency: concurrency, lookback_days: lookbackDays, recheck_hours: recheckHours },
      ...{ ...filter, branches, build_details: buildDetails, deployment_builds: deployments ? DEPLOYMENTS : [] },
      ...(startHours !== null && { start_date: new Date(this.beginsAt + startHours * HOUR).toISOString() }),
    };
  }

  private truthFilter(): TruthFilter {
    const { filter, branches, startHours, buildDetails, deployments } = this.setup;
    return {
      ...(filter.include_personal_projects !== undefined && { includePersonalProjects: filter.include_personal_projects }),
      ...(filter.include_archived !== undefined && { includeArchived: filter.include_archived }),
      ...(filter.projects !== undefined && { projects: filter.projects }),
      ...(filter.repositories !== undefined && { repositories: filter.repositories }),
      ...(startHours !== null && { startDate: this.beginsAt + startHours * HOUR }),
      ...{ branches, buildDetails, deploymentBuilds: deployments ? DEPLOYMENTS : [], lookbackDays: this.model.lookbackDays },
    };
  }
}

const DEPLOYMENTS = [{ pattern: 'deploy*', environment: 'production' }];
const buildSettings = ({ buildDetails, deploymentBuilds }: TruthFilter) => JSON.stringify([buildDetails, deploymentBuilds]);

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

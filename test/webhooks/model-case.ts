import fc from 'fast-check';
import { parseConfig } from '../../src/config/config';
import { connect } from '../../src/connection/connect';
import { readSpec } from '../../src/config/spec';
import { ensureHooks } from '../../src/webhooks/hooks/ensure';
import { openInbox } from '../../src/webhooks/inbox/open-inbox';
import { Simulator, type Version } from '../simulator';
import { configFor } from '../support/connector';
import { type Event, EVENT_KINDS, Events } from '../sync/model-events';
import { beginning } from '../sync/model-case';
import { Clock, MINUTE, SECOND } from '../sync/support/clock';
import { Connection, type SyncResult } from '../sync/support/connection';
import { essenceOf } from '../sync/support/essence';
import { keyOf, type Row } from '../support/rows';
import { type Fate, ModelReceiver, SECRET, URL_OF_OTHERS, URL_OF_OURS } from './model-hooks';
import { Told } from './model-told';
import { EVENTS } from './world';

/** What happens before one pair of syncs. */
interface Step {
  readonly events: readonly Event[];
  readonly fate: Fate;
  readonly receiver: 'goes on' | 'is restarted' | 'is killed' | 'ends';
  readonly minutes: number;
  /** How far the clocks of the hosts are from the server's, in minutes: of the connector, and of the inbox. */
  readonly clocks: readonly [connector: number, inbox: number];
  /** Somebody edits a webhook of ours. */
  readonly edit: 'nothing' | 'narrows' | 'removes' | 'moves';
}

/** A server with webhooks, and two connections to it: one that has the inbox, and one that polls. */
export interface Case {
  readonly version: Version;
  readonly statistics: boolean;
  readonly rights: Simulator['webhooks']['rights'];
  /** Whether `webhooks ensure` has set the webhooks up; else somebody has, by hand. */
  readonly ensured: boolean;
  /** Whether the configuration says where webhooks send to. */
  readonly named: boolean;
  readonly at: 'project' | 'repository' | 'both';
  readonly events: readonly string[];
  /** Where webhooks hang at both, what the repository's sends. */
  readonly eventsOfRepository: readonly string[];
  readonly stranger: boolean;
  readonly steps: readonly Step[];
}

const STREAMS = ['pull_requests', 'pull_request_activities', 'pull_request_diffs'] as const;
const SIX = ['pr:opened', 'pr:modified', 'pr:reviewer:approved', 'pr:reviewer:unapproved', 'pr:declined', 'pr:merged'];
/** Events that somebody may leave out together. */
const GROUPS = [/^pr:comment:/, /^pr:reviewer:/, /^pr:deleted/, /from_ref|refs_changed/, /merged|declined/, /opened|modified/];
const someEvents = fc.oneof(
  { weight: 4, arbitrary: fc.constant(EVENTS) },
  { weight: 2, arbitrary: fc.constant(SIX) },
  { weight: 4, arbitrary: fc.constantFrom(...GROUPS).map((group) => EVENTS.filter((each) => !group.test(each))) },
  { weight: 1, arbitrary: fc.subarray(EVENTS, { minLength: 1 }) },
);
/** What happens to people, projects and repositories is seen without their lists: it happens now and then. */
const BESIDE = /User|Project|[rR]epository|archive|offline|setDefaultBranch/;
const kinds = (beside: boolean) => fc.constantFrom(...EVENT_KINDS.filter((kind) => BESIDE.test(kind) === beside));
const event: fc.Arbitrary<Event> = fc.tuple(
  fc.oneof({ weight: 8, arbitrary: kinds(false) }, { weight: 1, arbitrary: kinds(true) }),
  fc.nat(30),
  fc.nat(30),
);
const often = <T>(usual: T, ...others: readonly T[]) =>
  fc.oneof(
    { weight: others.length * 2, arbitrary: fc.constant(usual) },
    { weight: others.length, arbitrary: fc.constantFrom(...others) },
  );
const minutesApart = fc.constantFrom(0, -10, -3, 3, 10);

/** Mostly one thing goes wrong at a time, or nothing: what makes every list be read hides all else. */
const disturbance: fc.Arbitrary<Partial<Step>> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  { weight: 3, arbitrary: fc.record({ fate: fc.constantFrom<Fate>('is lost', 'is late', 'is refused') }) },
  { weight: 3, arbitrary: fc.record({ edit: fc.constantFrom<Step['edit']>('narrows', 'removes', 'moves') }) },
  { weight: 2, arbitrary: fc.record({ receiver: fc.constantFrom<Step['receiver']>('is restarted', 'is killed', 'ends') }) },
  { weight: 2, arbitrary: fc.record({ clocks: fc.tuple(minutesApart, minutesApart) }) },
  { weight: 1, arbitrary: fc.record({ minutes: fc.constantFrom(90, 1500) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      fate: fc.constantFrom<Fate>('arrives', 'is lost', 'is late', 'is refused'),
      receiver: fc.constantFrom<Step['receiver']>('goes on', 'is restarted', 'is killed', 'ends'),
      clocks: fc.tuple(minutesApart, minutesApart),
      edit: fc.constantFrom<Step['edit']>('nothing', 'narrows', 'removes', 'moves'),
    }),
  },
);
const step: fc.Arbitrary<Step> = fc
  .tuple(fc.array(event, { minLength: 1, maxLength: 6 }), fc.constantFrom(0, 1), disturbance)
  .map(([events, minutes, what]) => ({
    ...{ events, minutes, fate: 'arrives', receiver: 'goes on', clocks: [0, 0], edit: 'nothing' },
    ...what,
  }));

export const anyCase: fc.Arbitrary<Case> = fc.record({
  version: often<Version>('9.4.0', '10.4.0', '8.19.0', '7.21.0', '5.16.0'),
  statistics: often(true, false),
  rights: often<Case['rights']>('everywhere', 'nowhere', 'repositories'),
  ensured: fc.constantFrom(true, false, false),
  named: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  at: fc.constantFrom('project', 'repository', 'both'),
  events: someEvents,
  eventsOfRepository: fc.subarray(EVENTS, { minLength: 1 }),
  stranger: fc.boolean(),
  steps: fc.array(step, { minLength: 1, maxLength: 3 }),
});

/** How often lists were left out, over all cases: a model in which they never are proves nothing. */
export const leftOut = { repositories: 0 };

/** Runs a case. @returns what is staler than by polling, or otherwise wrong; nothing: all is as promised */
export async function run(model: Case): Promise<string[]> {
  const clock = new Clock(false);
  const simulator = await Simulator.start({ dataset: 'empty', version: model.version, clock: clock.now, compresses: false });
  simulator.webhooks.tellsStatistics = model.statistics;
  const inboxClock = { offset: 0 };
  const receiver = await ModelReceiver.start(simulator, () => clock.now() + inboxClock.offset);
  try {
    return await new Run(model, simulator, clock, receiver, inboxClock).run();
  } finally {
    await receiver.release();
    await simulator.webhooks.settled();
    await receiver.close();
    await simulator.stop();
  }
}

class Run {
  private readonly wrong: string[] = [];
  private readonly told: Told;
  private readonly events: Events;
  private connectorOffset = 0;
  private readonly hooked: Connection;
  private readonly polling: Connection;

  constructor(
    private readonly model: Case,
    private readonly simulator: Simulator,
    private readonly clock: Clock,
    private readonly receiver: ModelReceiver,
    private readonly inboxClock: { offset: number },
  ) {
    this.told = new Told(simulator);
    this.events = new Events(simulator, { lookbackDays: 14, invisible: true, invisibleToClosed: true });
    const environment = {
      now: () => clock.now() + this.connectorOffset,
      random: () => 0.5,
      retryPolicy: { attempts: 2, firstDelayMs: 0 },
    };
    const inbox = { webhook_inbox: receiver.folder, webhook_secret: SECRET, ...(model.named && { webhook_url: URL_OF_OURS }) };
    this.hooked = new Connection(simulator, clock, inbox, environment);
    this.polling = new Connection(simulator, clock, {}, environment);
  }

  async run(): Promise<string[]> {
    beginning(this.simulator);
    await this.setUp();
    await this.sync('first');
    for (const [index, each] of this.model.steps.entries()) {
      await this.happen(each);
      await this.sync(String(index + 1));
      await this.receiver.release();
      await settle(this.simulator);
      this.told.arrived();
    }
    return this.wrong;
  }

  /** Webhooks that work and are proven, as far as this case lets them be. */
  private async setUp(): Promise<void> {
    const { rights, stranger, ensured } = this.model;
    if (stranger) this.hang('project', URL_OF_OTHERS, EVENTS);
    if (ensured) await this.ensure();
    else this.hangOurs();
    this.simulator.webhooks.rights = rights;
    for (let n = 0; n < 2; n++) await this.hooked.sync();
    await this.tellAll();
    for (let n = 0; n < 2; n++) await this.hooked.sync();
    await this.polling.sync();
  }

  private async ensure(): Promise<void> {
    const raw = { webhook_secret: SECRET, webhook_inbox: this.receiver.folder, include_personal_projects: true };
    const config = parseConfig(configFor(this.simulator, raw), readSpec().connectionSpecification);
    const environment = {
      now: this.clock.now,
      random: Math.random,
      extraCaCertificates: undefined,
      signal: new AbortController().signal,
    };
    const silent = { onRequest: () => undefined, onRetry: () => undefined, onRateLimited: () => undefined };
    const inbox = await openInbox(this.receiver.folder, { now: this.clock.now });
    const bitbucket = connect(config, environment, silent);
    const how = { url: URL_OF_OURS, replaced: [], apply: true, renewSecret: false, log: () => undefined };
    await ensureHooks({ config, bitbucket, inbox, ...how });
    await inbox.close();
  }

  private hangOurs(): void {
    const { at, events, eventsOfRepository } = this.model;
    if (at !== 'repository') this.hang('project', URL_OF_OURS, events);
    if (at !== 'project') this.hang('repository', URL_OF_OURS, at === 'both' ? eventsOfRepository : events);
  }

  private hang(type: 'project' | 'repository', url: string, events: readonly string[]): void {
    const { webhooks, world } = this.simulator;
    const isOld = ['5', '7'].includes(this.model.version.charAt(0));
    const places = world.visibleRepositories().map((each) => (type === 'project' && !isOld ? each.project : each));
    for (const { id } of new Set(places))
      webhooks.create({ type: type === 'project' && !isOld ? 'project' : 'repository', id }, { url, secret: SECRET, events });
  }

  private async tellAll(): Promise<void> {
    const { webhooks, world } = this.simulator;
    for (const repository of world.visibleRepositories()) {
      const about = { id: repository.id, project: { id: repository.project.id } };
      for (const eventKey of ['repo:refs_changed', 'pr:deleted', 'pr:comment:edited'])
        webhooks.tell(repository, eventKey, { eventKey, repository: about });
    }
    await settle(this.simulator);
  }

  private async happen({ events, fate, receiver, minutes, clocks, edit }: Step): Promise<void> {
    this.edit(edit);
    if (receiver === 'is killed' || receiver === 'ends') await this.receiver.end(receiver === 'ends');
    else if (!this.receiver.lives || receiver === 'is restarted') {
      await this.receiver.end(false);
      await this.receiver.begin();
    }
    this.receiver.fate = fate;
    for (const one of events) {
      this.clock.advance(SECOND);
      this.told.during({ fate: this.receiver.lives ? fate : 'is lost', counted: this.isCounted }, () => this.events.apply(one));
      await settle(this.simulator);
    }
    this.receiver.fate = 'arrives';
    this.clock.advance(minutes * MINUTE);
    await this.receiver.pass(events.length * SECOND + minutes * MINUTE);
    const [connector, inbox] = clocks;
    this.connectorOffset = connector * MINUTE;
    const jump = inbox * MINUTE - this.inboxClock.offset;
    this.inboxClock.offset += jump;
    // Between two heartbeats a clock that jumps makes all of them old or early: the next one comes before the sync, or not.
    if (jump !== 0 && minutes > 0) await this.receiver.beat();
  }

  /** Whether this account sees what became of deliveries. */
  private get isCounted(): boolean {
    const { statistics, rights, version } = this.model;
    const isOld = ['5', '7'].includes(version.charAt(0));
    return statistics && rights !== 'nowhere' && (rights === 'everywhere' || isOld);
  }

  private edit(what: Step['edit']): void {
    const { webhooks } = this.simulator;
    const hook = webhooks.all().find(({ url }) => url === URL_OF_OURS);
    if (hook === undefined || what === 'nothing') return;
    if (this.model.rights !== 'everywhere') this.told.unseen(hook);
    if (what === 'removes') webhooks.remove(hook.id);
    else Object.assign(hook, { updatedDate: this.clock.now() }, what === 'moves' ? { url: URL_OF_OTHERS } : { events: SIX });
  }

  private async sync(name: string): Promise<void> {
    const hooked = await this.hooked.sync();
    const polled = await this.polling.sync();
    this.judge(name, hooked);
    this.judge(name, polled);
    const listed = this.listedBy(hooked);
    leftOut.repositories += this.listedBy(polled).size - listed.size;
    this.told.listed(listed);
    const usual = new Set(this.differences(this.polling));
    for (const said of this.differences(this.hooked))
      if (!usual.has(said) && !this.told.excuses(said)) this.wrong.push(`sync ${name} is staler than by polling: ${said}`);
  }

  private judge(name: string, { errors, succeeded }: SyncResult): void {
    if (succeeded === false) this.wrong.push(`sync ${name} failed: ${errors.map(({ message }) => message).join('; ')}`);
  }

  /** Keys of the rows that are not as the server is. */
  private differences({ warehouse }: Connection): string[] {
    return STREAMS.flatMap((stream) => {
      const truth = new Map(this.simulator.truth.rows(stream).map((row) => [keyOf(stream, row), row]));
      const isRight = (key: string) => {
        const [is, shouldBe] = [warehouse.table(stream).get(key), truth.get(key)];
        return is !== undefined && shouldBe !== undefined && essence(stream, is.row) === essence(stream, shouldBe);
      };
      const found = warehouse.differences(this.simulator, [stream]).map((said) => /^\S+ ([^:]+)/.exec(said)?.[1] ?? said);
      return found.filter((key) => !isRight(key)).map((key) => `${stream} ${key}`);
    });
  }

  /** Ids of the repositories whose list was read. */
  private listedBy({ requests }: SyncResult): Set<number> {
    const listed = new Set<number>();
    for (const { route, path } of requests) {
      const [, key = '', slug = ''] = /projects\/([^/]+)\/repos\/([^/]+)\/pull-requests(?:\?|$)/.exec(path) ?? [];
      const repository =
        route === 'pull-requests' ? this.simulator.world.findRepository(`${decodeURIComponent(key)}/${slug}`) : undefined;
      if (repository !== undefined) listed.add(repository.id);
    }
    return listed;
  }
}

/** A counter of 0 may stand in `properties`, or not: a list entry may leave it out. */
function essence(stream: (typeof STREAMS)[number], row: Row): string {
  return essenceOf(stream, { ...row, properties: null });
}

/** Everything that is under way has arrived or failed, but for what is late. */
async function settle({ webhooks }: Simulator): Promise<void> {
  await Promise.race([webhooks.settled(), new Promise((resolve) => setTimeout(resolve, 15))]);
}

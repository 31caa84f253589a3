import type { Bitbucket } from '../../bitbucket/api/bitbucket';
import { isKind } from '../../bitbucket/errors';
import type { HookScope, RestWebhook } from '../../bitbucket/api/hooks';
import { type RestRepository } from '../../bitbucket/api/payloads';
import { type HookRecord, type ScopeRecord, unknownScope } from '../inbox/hook-record';
import type { Inbox, InboxContents, SignedAt } from '../inbox/inbox';
import { type Places, provenByEvents } from './evidence';
import { eventsOf, FIRST_COMPLETE } from './hook-definition';
import { hiddenView, type Moment, observe, saysTheSame } from './observation';
import { ScopeWriter } from './scope-writer';
import { hooksOf, nameOf } from './scopes';
import { type Verdict, verdictOf } from './verdict';

/** How often the server is asked, in milliseconds of the inbox's clock. */
export interface ProofOptions {
  /** By this name the inbox knows the connection. */
  readonly reader: string;
  /** Where our webhooks send to. */
  readonly urls: readonly string[];
  /** What is older than this is asked again in any case. */
  readonly window: number;
  /** A webhook that works is asked after at least this often. */
  readonly askAgain: number;
  /** So many webhooks are asked after in each sync anyway, those first that were asked after longest ago. */
  readonly atLeast: number;
}

/**
 * Says of each repository whether its webhook and its project's, together, tell of everything, and whether they may have missed something:
 * the server counts what it could not deliver; where it does not, or the account may not look, signed events count.
 */
export class HookProofs {
  private readonly records = new Map<string, Promise<ScopeRecord>>();
  private readonly writer: ScopeWriter;
  /** Whose turn it is in this sync. */
  private readonly due: ReadonlySet<string>;
  private readonly unchanged: string[] = [];
  private readonly hidden: string[] = [];
  private signed: Promise<SignedEvents> | null = null;
  private readonly gap: number;

  constructor(
    private readonly bitbucket: Bitbucket,
    private readonly inbox: Inbox,
    private readonly contents: InboxContents,
    private readonly options: ProofOptions,
  ) {
    this.writer = new ScopeWriter(inbox);
    this.gap = contents.gap?.position ?? 0;
    const inTurn = [...contents.scopes.values()].filter(
      ({ scope, askedAt, hooks }) => this.isFresh(askedAt) && hooks.length > 0 && !contents.hidden.has(scope),
    );
    this.due = new Set(
      inTurn
        .sort((a, b) => a.askedAt - b.askedAt)
        .slice(0, options.atLeast)
        .map(({ scope }) => scope),
    );
  }

  async of(repository: RestRepository): Promise<Verdict> {
    const major = await this.bitbucket.majorVersion();
    if (major < FIRST_COMPLETE)
      return { proven: false, missed: 0, reason: 'before Bitbucket 7.0, no event tells of a push from a fork' };
    const { key, id } = repository.project;
    const required = eventsOf(major);
    const atProject = { key };
    const atRepository = { key, slug: repository.slug };
    const isFull = ({ events }: HookRecord) => required.every((event) => events.includes(event));
    const common = { required, gap: this.gap, urls: this.options.urls };
    const project = await this.recordOf(`project:${id}`, atProject, isFull, null, (signed) => signed.ofProject(id));
    const alone = verdictOf({ ...common, places: [[nameOf(atProject), project]] });
    // A project's webhook serves all of its repositories: nobody has to look at each.
    if (alone.proven) return alone;
    const own = await this.recordOf(`repository:${repository.id}`, atRepository, isFull, project, (signed) =>
      signed.ofRepository(repository.id),
    );
    return verdictOf({
      ...common,
      places: [
        [nameOf(atProject), project],
        [nameOf(atRepository), own],
      ],
    });
  }

  /** Keeps which webhooks were asked after. */
  async finish(): Promise<void> {
    const { unchanged, hidden, inbox } = this;
    if (unchanged.length > 0) await inbox.asked(unchanged.splice(0), this.contents.position).catch(() => undefined);
    if (hidden.length > 0) await inbox.hide(this.options.reader, hidden.splice(0)).catch(() => undefined);
  }

  private recordOf(
    scope: string,
    place: HookScope,
    isFull: (hook: HookRecord) => boolean,
    project: ScopeRecord | null,
    choose: (signed: SignedEvents) => readonly SignedAt[],
  ): Promise<ScopeRecord> {
    const known = this.records.get(scope);
    if (known !== undefined) return known;
    const record = this.ask(scope, place, choose).then((own) => this.withEvidence(own, project ?? own, isFull, choose));
    this.records.set(scope, record);
    return record;
  }

  private async ask(
    scope: string,
    place: HookScope,
    choose: (signed: SignedEvents) => readonly SignedAt[],
  ): Promise<ScopeRecord> {
    const known = this.contents.scopes.get(scope) ?? unknownScope(scope);
    const asHidden = () => hiddenView(known, this.isFresh(known.askedAt));
    if (this.isFresh(this.contents.hidden.get(scope) ?? 0)) return asHidden();
    if (!(await this.isStale(known, choose))) return known;
    const found = await this.askFor(place);
    if (found === 'unavailable') return known;
    if (found === 'hidden') {
      this.hidden.push(scope);
      return asHidden();
    }
    const update = (record: ScopeRecord, at: Moment) => observe(record, found, this.options.urls, at, this.contents.position);
    const next = update(known, this.contents);
    if (saysTheSame(known, next) && known.askedAt > 0) {
      this.unchanged.push(scope);
      return known;
    }
    return this.writer.update(scope, update, next);
  }

  /** Whether the server is to be asked again: in turn, or because an event came from where no webhook worked. */
  private async isStale(known: ScopeRecord, choose: (signed: SignedEvents) => readonly SignedAt[]): Promise<boolean> {
    const { askedAt, asked, hooks } = known;
    if (!this.isFresh(askedAt) || this.due.has(known.scope)) return true;
    if (hooks.length > 0 && hooks.every(({ works }) => works > 0)) return this.contents.now - askedAt >= this.options.askAgain;
    return choose(await this.signedEvents()).some(({ position }) => position > asked);
  }

  /** An instant that lies ahead tells nothing: a clock has jumped. */
  private isFresh(askedAt: number): boolean {
    const age = this.contents.now - askedAt;
    return askedAt > 0 && age >= 0 && age < this.options.window;
  }

  /** Where the server does not count, signed events may prove what is waiting for a proof. */
  private async withEvidence(
    record: ScopeRecord,
    project: ScopeRecord,
    isFull: (hook: HookRecord) => boolean,
    choose: (signed: SignedEvents) => readonly SignedAt[],
  ): Promise<ScopeRecord> {
    if (record.hooks.every((hook) => hook.counted || hook.works > this.gap)) return record;
    const places: Places = {
      project,
      repositoryOf: (id) => {
        const scope = `repository:${id}`;
        return scope === record.scope ? record : (this.contents.scopes.get(scope) ?? null);
      },
    };
    const proven = provenByEvents(record, places, choose(await this.signedEvents()), this.gap, isFull);
    if (proven.size === 0) return record;
    const update = (known: ScopeRecord, { position }: Moment): ScopeRecord => ({
      ...known,
      missed: position,
      hooks: known.hooks.map((hook) => (proven.has(hook.id) ? { ...hook, works: position } : hook)),
    });
    return this.writer.update(record.scope, update, update(record, this.contents));
  }

  private signedEvents(): Promise<SignedEvents> {
    this.signed ??= this.inbox.signed().then((events) => new SignedEvents(events));
    return this.signed;
  }

  /** The webhooks of a place; or that the account may not look, or that the server gives no answer at this moment. */
  private async askFor(place: HookScope): Promise<readonly RestWebhook[] | 'hidden' | 'unavailable'> {
    try {
      return await hooksOf(this.bitbucket, place);
    } catch (error) {
      // Such a version has no webhooks of projects: nothing hides there.
      if (isKind(error, 'no_such_route') && place.slug === undefined) return [];
      if (isKind(error, 'forbidden', 'not_found', 'no_such_route', 'rejected')) return 'hidden';
      if (isKind(error, 'unavailable', 'unexpected_answer', 'timeout', 'network')) return 'unavailable';
      throw error;
    }
  }
}

/** Signed events by where they came from. */
class SignedEvents {
  private readonly byRepository = new Map<number, SignedAt[]>();
  private readonly byProject = new Map<number, SignedAt[]>();

  constructor(events: readonly SignedAt[]) {
    for (const event of events) {
      add(this.byRepository, event.repositoryId, event);
      if (event.projectId !== null) add(this.byProject, event.projectId, event);
    }
  }

  ofRepository(id: number): readonly SignedAt[] {
    return this.byRepository.get(id) ?? [];
  }

  ofProject(id: number): readonly SignedAt[] {
    return this.byProject.get(id) ?? [];
  }
}

function add(map: Map<number, SignedAt[]>, id: number, event: SignedAt): void {
  const events = map.get(id);
  if (events === undefined) map.set(id, [event]);
  else events.push(event);
}

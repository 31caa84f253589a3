import type { Bitbucket } from '../../bitbucket/api/bitbucket';
import { isKind } from '../../bitbucket/errors';
import type { HookScope, RestWebhook } from '../../bitbucket/api/hooks';
import { isJson } from '../../config/json';
import { type RestRepository } from '../../bitbucket/api/payloads';
import type { Inbox, Look, Proof } from '../inbox/inbox';

/** Without one of these a webhook tells too little to rely on. */
const ESSENTIAL = ['pr:opened', 'pr:modified', 'pr:merged', 'pr:declined'];

/** Whether a repository's webhook can be relied on. Times in epoch milliseconds. */
export interface Verdict {
  /** The server says that the webhook works; or it does not say otherwise, and a signed event came. */
  readonly proven: boolean;
  /** Whoever last walked the repository before this instant may have missed something; 0: nobody. */
  readonly missedAt: number;
}

/** Times in epoch milliseconds. */
export interface ProofOptions {
  /** When this sync began. */
  readonly now: number;
  /** Whatever was proven before is no proof any more. */
  readonly since: number;
  /** What the server said before is asked again, where it may be asked at all. */
  readonly askAgain: number;
  /** So many webhooks are asked after in each sync anyway, those first that were asked after longest ago. */
  readonly atLeast: number;
}

/** What the server says at this moment. */
type Said = Pick<Proof, 'state' | 'failedAt'>;

/**
 * Says of each repository whether its webhook, or its project's, works, and whether it may have missed something: the server counts what
 * it could not deliver, and what it did not even try while the receiver was down.
 */
export class HookProofs {
  private readonly asked = new Map<string, Promise<Proof>>();
  /** Whose turn it is in this sync. */
  private readonly due: ReadonlySet<string>;

  constructor(
    private readonly bitbucket: Bitbucket,
    private readonly inbox: Inbox,
    private readonly look: Look,
    private readonly options: ProofOptions,
  ) {
    const inTurn = [...look.proofs.values()].filter(
      (proof) => this.isFresh(proof) && proof.state !== 'hidden' && proof.state !== 'none',
    );
    this.due = new Set(
      inTurn
        .sort((a, b) => a.askedAt - b.askedAt)
        .slice(0, options.atLeast)
        .map(({ scope }) => scope),
    );
  }

  async of(repository: RestRepository): Promise<Verdict> {
    const { key, id } = repository.project;
    const scope = `repository:${repository.id}`;
    const heardAt = this.look.proofs.get(scope)?.signedAt ?? 0;
    const ofProject = await this.ask(`project:${id}`, { key }, heardAt);
    // A project's webhook serves all of its repositories: nobody has to look at each.
    const ofServer = ofProject.state === 'works' ? ofProject : await this.ask(scope, { key, slug: repository.slug }, heardAt);
    const missedAt = Math.max(ofProject.missedAt, ofServer.missedAt);
    if (ofServer.state === 'works') return { proven: true, missedAt };
    const fails = ofProject.state === 'fails' || ofServer.state === 'fails';
    // Whatever came before: neither has one that works.
    const isNone = ofProject.state === 'none' && ofServer.state === 'none';
    return { proven: !fails && !isNone && heardAt >= this.options.since && heardAt > missedAt, missedAt };
  }

  private ask(scope: string, place: HookScope, heardAt: number): Promise<Proof> {
    const known = this.look.proofs.get(scope);
    const asked = this.asked.get(scope);
    if (asked !== undefined) return asked;
    if (known !== undefined && !this.isStale(known, heardAt)) return Promise.resolve(known);
    const answer = this.askServer(scope, place, known);
    this.asked.set(scope, answer);
    return answer;
  }

  /** Whether the server is to be asked again: in turn, or because an event came from where no webhook worked. */
  private isStale(known: Proof, heardAt: number): boolean {
    const { state, askedAt } = known;
    if (!this.isFresh(known) || this.due.has(known.scope)) return true;
    if (state === 'works') return askedAt < this.options.askAgain;
    return state !== 'hidden' && heardAt > askedAt;
  }

  private isFresh({ askedAt }: Proof): boolean {
    return askedAt > 0 && askedAt >= this.options.since;
  }

  private async askServer(scope: string, place: HookScope, known: Proof | undefined): Promise<Proof> {
    const { now } = this.options;
    const said = await this.stateOf(place);
    const fresh = known !== undefined && this.isFresh(known) ? known : null;
    if (said === null)
      return fresh ?? { scope, signedAt: 0, askedAt: 0, state: 'hidden', failedAt: 0, missedAt: known?.missedAt ?? 0 };
    // The account of another connection may be allowed to look.
    if (said.state === 'hidden' && fresh?.state === 'works') return fresh;
    const wasAsked = known !== undefined && known.askedAt > 0;
    const isNews = said.failedAt > (known?.failedAt ?? 0) || (wasAsked && said.state !== known.state);
    const proof: Proof = { scope, signedAt: 0, askedAt: now, ...said, missedAt: isNews ? now : (known?.missedAt ?? 0) };
    // What is not kept is found again: the server counts on.
    await this.inbox.record([proof]).catch(() => undefined);
    return proof;
  }

  /** Null: the server gives no answer at this moment. */
  private async stateOf(place: HookScope): Promise<Said | null> {
    let hooks: RestWebhook[];
    try {
      hooks = await this.bitbucket.webhooks.list(place, true);
    } catch (error) {
      // Such a version has no webhooks of projects: nothing hides there.
      if (isKind(error, 'no_such_route') && place.slug === undefined) return { state: 'none', failedAt: 0 };
      if (isKind(error, 'forbidden', 'not_found', 'no_such_route', 'rejected')) return { state: 'hidden', failedAt: 0 };
      if (isKind(error, 'unavailable', 'unexpected_answer', 'timeout', 'network')) return null;
      throw error;
    }
    const ours = hooks.filter((hook) => this.sendsToUs(hook));
    if (ours.length === 0) return { state: 'none', failedAt: 0 };
    const works = ours.some((hook) => failedAt(hook) === 0 || succeededAt(hook) > failedAt(hook));
    return { state: works ? 'works' : 'fails', failedAt: Math.max(...ours.map(failedAt)) };
  }

  private sendsToUs({ active, url = '', events = [] }: RestWebhook): boolean {
    if (active === false || !URL.canParse(url) || !ESSENTIAL.every((event) => events.includes(event))) return false;
    const path = new URL(url).pathname.replace(/\/+$/, '');
    return this.look.paths.some((ours) => path.endsWith(ours));
  }
}

/** When a delivery last failed, or got no answer. */
function failedAt({ statistics }: RestWebhook): number {
  return Math.max(endOf(statistics?.lastFailure), endOf(statistics?.lastError));
}

function succeededAt({ statistics }: RestWebhook): number {
  return endOf(statistics?.lastSuccess);
}

function endOf(invocation: unknown): number {
  const end = isJson(invocation) ? (invocation.finish ?? invocation.start) : undefined;
  const instant = typeof end === 'number' ? end : Date.parse(String(end));
  return Number.isNaN(instant) ? 0 : instant;
}

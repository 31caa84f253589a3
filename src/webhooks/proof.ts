import type { Bitbucket } from '../bitbucket/bitbucket';
import { isKind } from '../bitbucket/errors';
import { type HookScope, listWebhooks, type RestWebhook } from '../bitbucket/hooks';
import { isJson, type RestRepository } from '../bitbucket/payloads';
import type { Inbox, Look, Proof } from './inbox';

/** Without one of these a webhook tells too little to rely on. */
const ESSENTIAL = ['pr:opened', 'pr:modified', 'pr:merged', 'pr:declined'];

/** Whether a repository's webhook can be relied on. */
export interface Verdict {
  /** A signed event came, or the server lists the webhook as active and sending to us. */
  readonly proven: boolean;
  /** When, as far as the server says, a delivery last failed: what it told may be missing. Epoch milliseconds; 0: never. */
  readonly failedAt: number;
}

/** Times in epoch milliseconds. */
export interface ProofOptions {
  readonly now: number;
  /** Whatever was proven before is no proof any more. */
  readonly since: number;
  /** What the server said before is asked again, where it may be asked at all. */
  readonly askAgain: number;
}

/** Says of each repository whether its webhook, or its project's, is proven to work; asks the server where nothing was heard. */
export class HookProofs {
  private readonly asked = new Map<string, Promise<Proof>>();

  constructor(
    private readonly bitbucket: Bitbucket,
    private readonly inbox: Inbox,
    private readonly look: Look,
    private readonly options: ProofOptions,
  ) {}

  async of(repository: RestRepository): Promise<Verdict> {
    const { key, id } = repository.project;
    const scope = `repository:${repository.id}`;
    const signedAt = this.look.proofs.get(scope)?.signedAt ?? 0;
    const ofProject = await this.ask(`project:${id}`, { key });
    // A project's webhook serves all of its repositories: nobody has to look at each.
    const ofServer = ofProject.active ? ofProject : await this.ask(scope, { key, slug: repository.slug });
    const heard = signedAt >= this.options.since;
    return { proven: heard || ofServer.active, failedAt: Math.max(ofProject.failedAt, ofServer.failedAt) };
  }

  private ask(scope: string, place: HookScope): Promise<Proof> {
    let answer = this.asked.get(scope);
    if (answer === undefined) {
      const known = this.look.proofs.get(scope);
      const { since, askAgain } = this.options;
      const isFresh = known !== undefined && known.askedAt >= since && (known.askedAt >= askAgain || !known.active);
      answer = isFresh ? Promise.resolve(known) : this.askServer(scope, place);
      this.asked.set(scope, answer);
    }
    return answer;
  }

  private async askServer(scope: string, place: HookScope): Promise<Proof> {
    const proof = { scope, signedAt: 0, askedAt: this.options.now, ...(await this.stateOf(place)) };
    await this.inbox.record([proof]);
    return proof;
  }

  /** Where the account may not look, nothing is proven. */
  private async stateOf(place: HookScope): Promise<Pick<Proof, 'active' | 'failedAt'>> {
    let hooks: RestWebhook[];
    try {
      hooks = await listWebhooks(this.bitbucket.client, place, true);
    } catch (error) {
      if (!isKind(error, 'forbidden', 'not_found', 'no_such_route', 'rejected', 'unavailable', 'unexpected_answer', 'timeout', 'network')) throw error;
      return { active: false, failedAt: 0 };
    }
    const ours = hooks.filter((hook) => this.sendsToUs(hook));
    return { active: ours.some((hook) => failedAt(hook) <= succeededAt(hook) || failedAt(hook) === 0), failedAt: Math.max(0, ...ours.map(failedAt)) };
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

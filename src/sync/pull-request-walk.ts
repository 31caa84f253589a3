import type { Bitbucket, PullRequestState } from '../bitbucket/api/bitbucket';
import { BitbucketError, isFatal } from '../bitbucket/errors';
import type { RestPullRequest } from '../bitbucket/api/payloads';
import { referenceOf } from '../streams/pull_requests';
import type { PullRequestReader, PullRequestReference, PullRequestStream, RepositoryReference, Row } from '../streams/stream';
import { isProvenGone, isProvenGonePullRequest, saysPullRequestIsGone } from './gone';
import { readPullRequest } from './pull-request-rows';
import type { RepositoryProgress, Ticket } from './repository-progress';
import { TaskPool } from './task-pool';

/** What a walk needs from the sync it is part of. */
export interface WalkContext {
  readonly bitbucket: Bitbucket;
  readonly width: number;
  readonly now: () => number;
  readonly emit: (stream: PullRequestStream, row: Row) => Promise<void> | undefined;
  /** A pull request was read for this stream. */
  readonly onRead: (stream: PullRequestStream) => void;
  /** One could not be: it is owed. */
  readonly onOwed: (progress: RepositoryProgress, id: number, error: Error) => void;
  readonly onWarning: (message: string) => void;
}

/** Tasks that may wait before the list is read further: about a page of them. */
const BACKLOG = 1000;
/** List entries that are looked at before the reader of stdout may catch up. */
const AT_ONCE = 50;

/**
 * Reads the pull requests of one repository, once for all streams: the list from the latest change down to what every stream has
 * covered and looks back on; what their fingerprints say has changed; then each one they know that the list did not show.
 *
 * Resolves when all of it is written, or owed. A repository that vanishes meanwhile (404) ends the walk without an error.
 * @throws BitbucketError when the list itself cannot be read; what was read until then stays covered
 */
export async function walkRepository(
  context: WalkContext,
  repository: RepositoryReference,
  plans: readonly RepositoryProgress[],
): Promise<void> {
  const walk = new Walk(context, repository, plans);
  try {
    await walk.run();
  } catch (error) {
    if (!(await isProvenGone(context.bitbucket, repository, error))) throw error;
  }
}

function readerOf({ bitbucket }: WalkContext, repository: RepositoryReference, failedBefore: boolean): PullRequestReader {
  const api = bitbucket.of(repository);
  const bound = failedBefore ? api.retrying : api;
  return { activities: ({ id }) => bound.activities(id), diff: ({ id }) => bound.diff(id) };
}

/** One thing to be read for one stream. */
interface Order {
  readonly plan: RepositoryProgress;
  readonly pullRequest: PullRequestReference;
  readonly ticket: Ticket;
  readonly fingerprint: string;
}

class Walk {
  private readonly pool: TaskPool;
  private readonly reader: PullRequestReader;
  /** For what could not be read last time. */
  private readonly retrying: PullRequestReader;
  private readonly seen = new Set<number>();
  private readonly bottom: number;
  private previousDate = Infinity;
  private inOrder = true;
  private top = -Infinity;
  /** Where the reader of stdout is behind: to be awaited before much more is emitted. */
  private behind: Promise<void> | undefined;

  constructor(
    private readonly context: WalkContext,
    private readonly repository: RepositoryReference,
    private readonly plans: readonly RepositoryProgress[],
  ) {
    this.pool = new TaskPool(context.width, BACKLOG);
    this.bottom = Math.min(...plans.map((plan) => plan.bottom));
    // A server that has been seen to list in another order is not believed to have mended it.
    this.inOrder = !plans.some((plan) => plan.state.unordered);
    if (!this.inOrder) for (const plan of plans) plan.suspend();
    this.reader = readerOf(context, repository, false);
    this.retrying = readerOf(context, repository, true);
  }

  async run(): Promise<void> {
    try {
      await this.list('ALL');
      // Open ones that are older than what was listed are in the list of the open.
      if (this.seen.size > 0 && this.unseen().length > 0) await this.list('OPEN');
      for (const id of this.unseen()) await this.pool.add(() => this.askFor(id, 'unseen'));
    } catch (error) {
      await this.pool.drain().catch(() => undefined);
      throw error;
    }
    await this.pool.drain();
    for (const plan of this.plans) plan.complete();
  }

  private unseen(): number[] {
    return [...new Set(this.plans.flatMap((plan) => plan.unseen()))];
  }

  private async list(state: PullRequestState): Promise<void> {
    let isFirst = state === 'ALL';
    const api = this.context.bitbucket.of(this.repository);
    const failedBefore = this.plans.some((plan) => plan.state.failures > 0);
    for await (const page of (failedBefore ? api.retrying : api).pullRequests(state)) {
      if (isFirst) {
        this.top = page[0]?.read().updatedDate ?? this.top;
        await this.retryOwed(page.map(({ id }) => id));
      }
      isFirst = false;
      const orders: Order[] = [];
      // What was visited is not needed while what was ordered is read: text of megabytes.
      while (page.length > 0) {
        for (const listed of page.splice(0, AT_ONCE)) orders.push(...this.look(listed.read(), state));
        await this.behind;
      }
      await this.dispatch(orders);
      // What is as late as the first will be looked at again next time: all of it must be known.
      if (state === 'ALL' && this.inOrder && this.previousDate < Math.min(this.bottom, this.top)) return;
      if (state === 'OPEN' && this.unseen().length === 0) return;
    }
  }

  /** @returns what is to be read of a list entry */
  private look(listed: RestPullRequest, state: PullRequestState): Order[] {
    this.checkAddress(listed);
    if (state === 'ALL') this.checkOrder(listed.updatedDate);
    return this.seen.has(listed.id) ? [] : this.visit(listed, state);
  }

  /** What could not be read last time is read first: what the first page does not show is asked for by itself. */
  private async retryOwed(firstPage: readonly number[]): Promise<void> {
    const here = new Set(firstPage);
    const owed = new Set<number>();
    for (const plan of this.plans) {
      // What the list itself gives is compared when the list comes to it.
      if (plan.stream.fromList !== null) continue;
      for (const id of plan.state.owed.keys()) {
        if (here.has(id)) continue;
        owed.add(id);
        plan.retried.add(id);
      }
    }
    for (const id of owed) await this.pool.add(() => this.askFor(id, 'owed'));
  }

  /** Decides from the list entry what each stream needs; writes at once what the entry itself gives. */
  private visit(listed: RestPullRequest, state: PullRequestState): Order[] {
    this.seen.add(listed.id);
    const pullRequest = referenceOf(listed);
    const orders: Order[] = [];
    // All fingerprints come before the first row: making a row changes the documents in it.
    for (const plan of this.plans) {
      let known: string | null = null;
      const fingerprint = () => (known ??= plan.stream.fingerprint(listed));
      const wanted = !plan.retried.has(listed.id) && plan.wants(pullRequest, fingerprint);
      const ticket = state === 'ALL' ? plan.track(pullRequest) : plan.ticket(pullRequest);
      if (wanted) orders.push({ plan, pullRequest, ticket, fingerprint: ticket.remembered ? fingerprint() : '' });
      else if (plan.retried.has(listed.id)) plan.leave(ticket);
      else plan.settle(ticket, plan.isUnknown(ticket) ? fingerprint() : undefined);
    }
    return this.writeListed(listed, orders);
  }

  /** @returns the orders that need requests */
  private writeListed(listed: RestPullRequest, orders: readonly Order[]): Order[] {
    for (const { plan, ticket, fingerprint } of orders) {
      const row = plan.stream.fromList?.(listed, this.repository);
      if (row === undefined) continue;
      this.behind = this.context.emit(plan.stream, row);
      plan.settle(ticket, fingerprint);
    }
    return orders.filter(({ plan }) => plan.stream.fromList === null);
  }

  private async dispatch(orders: readonly Order[]): Promise<void> {
    const isOwed = ({ plan, pullRequest }: Order) => plan.state.owed.has(pullRequest.id);
    for (const order of [...orders.filter(isOwed), ...orders.filter((other) => !isOwed(other))]) {
      await this.pool.add(() => this.read(order));
    }
  }

  private async read({ plan, pullRequest, ticket, fingerprint }: Order): Promise<void> {
    const { stream } = plan;
    const { now, emit } = this.context;
    const known = plan.state.known.get(pullRequest.id);
    const onPart = (part: string) => plan.note(pullRequest.id, part);
    const order = {
      stream,
      pullRequest,
      repository: this.repository,
      fingerprint,
      known,
      remembered: ticket.remembered,
      onPart,
      now,
    };
    try {
      const reader = plan.state.owed.has(pullRequest.id) ? this.retrying : this.reader;
      const result = await readPullRequest(order, reader, (row) => emit(stream, row));
      plan.settle(ticket, result);
      this.context.onRead(stream);
    } catch (error) {
      if (
        isFatal(error) ||
        !(error instanceof BitbucketError) ||
        (await isProvenGone(this.context.bitbucket, this.repository, error))
      )
        throw error;
      if (await isProvenGonePullRequest(this.context.bitbucket, this.repository, pullRequest.id, error))
        return plan.leave(ticket);
      plan.owe(pullRequest.id);
      plan.leave(ticket);
      this.context.onOwed(plan, pullRequest.id, error);
    }
  }

  /** A pull request that is known or owed and that no list has shown: only its own 404 says that it is gone. */
  private async askFor(id: number, reason: 'owed' | 'unseen'): Promise<void> {
    const concerned = this.plans.filter((plan) =>
      reason === 'owed' ? plan.retried.has(id) : plan.state.known.has(id) || plan.state.owed.has(id),
    );
    let listed: RestPullRequest;
    try {
      const api = this.context.bitbucket.of(this.repository);
      listed = await (reason === 'owed' ? api.retrying : api).pullRequest(id);
    } catch (error) {
      if (
        isFatal(error) ||
        !(error instanceof BitbucketError) ||
        (await isProvenGone(this.context.bitbucket, this.repository, error))
      )
        throw error;
      for (const plan of concerned) {
        if (saysPullRequestIsGone(error)) await this.bury(plan, id);
        else this.oweUnseen(plan, id, error);
      }
      return;
    }
    const pullRequest = referenceOf(listed);
    if (reason === 'unseen') this.checkListed(pullRequest);
    for (const plan of concerned) await this.readOwed(plan, listed, pullRequest);
  }

  private async readOwed(plan: RepositoryProgress, listed: RestPullRequest, pullRequest: PullRequestReference): Promise<void> {
    const owed = plan.state.owed.has(pullRequest.id);
    const ticket = plan.ticket(pullRequest);
    // It was moved to the front while the list was read: the next sync sees it there.
    if (pullRequest.updatedDate > this.top) plan.keep(pullRequest.id);
    if (!owed) return;
    if (plan.stream.fromList !== null) return plan.settle(ticket);
    // What is told from list entries alone cannot be told here: a dash makes the next walk look again.
    const fingerprint = plan.stream.rechecked === null ? plan.stream.fingerprint(listed) : '-';
    await this.read({ plan, pullRequest, ticket, fingerprint });
  }

  /** A list that leaves out what exists is no list: nothing may be concluded from it. */
  private checkListed(pullRequest: PullRequestReference): void {
    const hasMoved = pullRequest.updatedDate > this.top;
    // Open ones that are older than the bottom are in the list of the open.
    const wasListed = !this.inOrder || pullRequest.updatedDate >= this.bottom || pullRequest.open;
    if (this.seen.size > 0 && (hasMoved || !wasListed)) return;
    const what = this.seen.size === 0 ? 'is empty' : 'is incomplete';
    throw new BitbucketError(
      'unexpected_answer',
      `The list of pull requests of ${this.repository.fullName} ${what}, although pull request ${pullRequest.id} exists`,
    );
  }

  private oweUnseen(plan: RepositoryProgress, id: number, error: Error): void {
    plan.keep(id);
    plan.owe(id);
    this.context.onOwed(plan, id, error);
  }

  private async bury(plan: RepositoryProgress, id: number): Promise<void> {
    const row = plan.bury(this.repository.id, id, this.context.now());
    if (row !== null) await this.context.emit(plan.stream, row);
  }

  /** Another repository may have taken the address while we read: to us, ours is gone, until the next sync finds it elsewhere. */
  private checkAddress({ id, toRef }: RestPullRequest): void {
    const found = toRef?.repository?.id ?? this.repository.id;
    if (found === this.repository.id) return;
    const message = `Pull request ${id} of ${this.repository.fullName} belongs to another repository now`;
    throw new BitbucketError('not_found', message, { exceptionName: 'NoSuchRepositoryException' });
  }

  private checkOrder(date: number): void {
    if (date > this.previousDate && this.inOrder) {
      this.inOrder = false;
      for (const plan of this.plans) plan.suspend();
      this.context.onWarning(
        `The pull requests of ${this.repository.fullName} are not listed in the order of their last update: the list is read to its end`,
      );
    }
    this.previousDate = date;
    this.top = Math.max(this.top, date);
  }
}

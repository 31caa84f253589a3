import type { PullRequestState } from '../../bitbucket/api/repository-api';
import { BitbucketError } from '../../bitbucket/errors';
import { saysPullRequestIsGone } from '../../bitbucket/missing';
import type { RestPullRequest } from '../../bitbucket/api/payloads';
import { referenceOf } from '../../streams/pull_requests';
import type { PullRequestReference, PullRequestStream } from '../../streams/stream';
import { isProvenGone, isProvenGonePullRequest, unlessFatal } from '../repository/gone';
import { isOurFault } from '../failures';
import { TaskPool } from '../task-pool';
import type { ItemMemory } from './item-memory';
import { readHinted } from './hinted-read';
import { type PassContext, sayLost } from './pass-context';
import { readItem } from './read-item';
import { type Place, type Fingerprints, fingerprintsOf, pendingNumbers, type Tracker } from './tracker';

/** Tasks that may wait before the list is read further: about a page of them. */
const BACKLOG = 1000;
/** List entries that are taken before the reader of stdout may catch up. */
const AT_ONCE = 50;

/**
 * Reads the pull requests of one repository, once for all streams: the list from the latest change down to what every stream has
 * covered and looks back on; what their fingerprints say has changed; then each one they know that the list did not show.
 *
 * Resolves when all of it is written, or pending. A repository that vanishes meanwhile (404) ends the pass without an error.
 * @throws BitbucketError when the list itself cannot be read; what was read until then stays covered
 */
export async function listPullRequests(context: PassContext, trackers: readonly Tracker[]): Promise<void> {
  const pass = new ListingPass(context, trackers);
  try {
    await pass.run();
  } catch (error) {
    if (!(await isProvenGone(context.api, error))) throw error;
  }
}

/** One pull request to be read for one stream. */
interface Order {
  readonly tracker: Tracker;
  readonly pullRequest: PullRequestReference;
  readonly place: Place;
  /** Null where the next pass is to read it again. */
  readonly fingerprint: string | null;
  readonly urgent: string | null;
}

class ListingPass {
  private readonly pool: TaskPool;
  private readonly seen = new Set<number>();
  private readonly bottom: number;
  private previousDate = Infinity;
  private inOrder = true;
  private top = -Infinity;
  /** Where the reader of stdout is behind: to be awaited before much more is emitted. */
  private behind: Promise<void> | undefined;
  private readonly saidRead = new Set<PullRequestStream>();
  /** The list has an entry without an id. */
  private nameless: BitbucketError | null = null;

  constructor(
    private readonly context: PassContext,
    private readonly trackers: readonly Tracker[],
  ) {
    this.pool = new TaskPool(context.width, BACKLOG);
    this.bottom = Math.min(...trackers.map((tracker) => tracker.bottom));
    // A server that has been seen to list in another order is not believed to have mended it.
    this.inOrder = !trackers.some(({ memory }) => memory.body.unordered);
    if (!this.inOrder) for (const tracker of trackers) tracker.suspend();
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
    if (this.nameless !== null) throw this.nameless;
    for (const tracker of this.trackers) tracker.complete();
  }

  private unseen(): number[] {
    return [...new Set(this.trackers.flatMap((tracker) => tracker.unseen()))];
  }

  private async list(state: PullRequestState): Promise<void> {
    let isFirst = state === 'ALL';
    const failedBefore = this.trackers.some(({ memory }) => memory.attempts > 0);
    const api = failedBefore ? this.context.api.retrying : this.context.api;
    for await (const page of api.pullRequests(state, (entry) => this.putOffUnreadable(entry.id))) {
      if (isFirst) {
        this.top = page[0]?.read().updatedDate ?? this.top;
        await this.retryPending(page.map(({ id }) => id));
      }
      isFirst = false;
      const orders: Order[] = [];
      // What was taken is not needed while what was ordered is read: text of megabytes.
      while (page.length > 0) {
        for (const listed of page.splice(0, AT_ONCE)) orders.push(...this.take(listed.read(), state));
        await this.behind;
      }
      await this.dispatch(orders);
      // What is as late as the first will be listed again next time: all of it must be known.
      if (state === 'ALL' && this.inOrder && this.previousDate < Math.min(this.bottom, this.top)) return;
      if (state === 'OPEN' && this.unseen().length === 0) return;
    }
  }

  /** An entry that cannot be understood is pending, and the others of its page are read. */
  private putOffUnreadable(id: unknown): void {
    const { api, onPending } = this.context;
    const list = `The list of pull requests of ${api.repository.fullName}`;
    if (typeof id !== 'number') {
      // It may be any: the others are read, what is listed after it counts as not covered, and the list has failed.
      this.nameless ??= new BitbucketError('unexpected_answer', `${list} has an entry without an id`);
      for (const tracker of this.trackers) tracker.block();
      return;
    }
    this.seen.add(id);
    const error = new BitbucketError(
      'unexpected_answer',
      `${list} has an entry for it that is not of the kind that was asked for`,
    );
    for (const tracker of this.trackers) {
      tracker.keep(id);
      tracker.postpone(id);
      onPending(tracker, id, error);
    }
  }

  /** What could not be read last time is read first: what the first page does not show is asked for by itself. */
  private async retryPending(firstPage: readonly number[]): Promise<void> {
    const here = new Set(firstPage);
    const pending = new Set<number>();
    for (const tracker of this.trackers) {
      // What the list itself gives is compared when the list comes to it.
      if (tracker.stream.source.from === 'entry') continue;
      for (const id of pendingNumbers(tracker.memory)) {
        if (here.has(id) || this.seen.has(id)) continue;
        pending.add(id);
        tracker.retried.add(id);
      }
    }
    for (const id of pending) await this.pool.add(() => this.askFor(id, 'pending'));
  }

  /** Decides from a list entry what each stream needs, and writes at once what the entry itself gives. @returns what needs requests */
  private take(listed: RestPullRequest, state: PullRequestState): Order[] {
    this.checkAddress(listed);
    if (state === 'ALL') this.checkOrder(listed.updatedDate);
    if (this.seen.has(listed.id)) return [];
    this.seen.add(listed.id);
    const { onPending } = this.context;
    const pullRequest = referenceOf(listed);
    const orders: Order[] = [];
    for (const tracker of this.trackers) {
      const place = state === 'ALL' ? tracker.track(pullRequest) : tracker.placeOf(pullRequest);
      try {
        const order = this.takeFor(tracker, listed, place, pullRequest);
        if (order !== null) orders.push(order);
      } catch (error) {
        if (!isOurFault(error)) throw error;
        tracker.postpone(listed.id);
        tracker.putOff(place);
        onPending(tracker, listed.id, error);
      }
    }
    return orders;
  }

  private takeFor(tracker: Tracker, listed: RestPullRequest, place: Place, pullRequest: PullRequestReference): Order | null {
    const { stream } = tracker;
    const prints = fingerprintsOf(stream, listed);
    if (tracker.retried.has(listed.id)) tracker.putOff(place);
    else if (!tracker.wants(pullRequest, prints)) tracker.unchanged(place, prints);
    else if (stream.source.from === 'requests') return { tracker, pullRequest, place, ...remembered(place, prints) };
    else {
      // Whatever may fail comes before the row goes out.
      const known = tracker.knownAsListed(place, prints);
      const row = stream.source.row(listed, this.context.api.repository);
      if (row !== null) this.behind = this.context.emit(stream, row);
      tracker.written(place, known);
      this.sayRead(stream);
    }
    return null;
  }

  private sayRead(stream: PullRequestStream): void {
    if (this.saidRead.has(stream)) return;
    this.saidRead.add(stream);
    this.context.onRead(stream);
  }

  private async dispatch(orders: readonly Order[]): Promise<void> {
    const isPending = ({ tracker, pullRequest }: Order) => tracker.memory.pending.has(pullRequest.id);
    for (const order of [...orders.filter(isPending), ...orders.filter((other) => !isPending(other))]) {
      await this.pool.add(() => this.read(order));
    }
  }

  private async read({ tracker, pullRequest, place, fingerprint, urgent }: Order): Promise<void> {
    const { api, now, emit, onRead, onPending } = this.context;
    const { stream, memory } = tracker;
    const { id } = pullRequest;
    const order = {
      stream,
      fingerprint,
      urgent,
      now,
      item: pullRequest,
      isRemembered: place.isRemembered,
      known: memory.body.known.get(id),
      onPart: (part: ItemMemory) => tracker.note(id, part),
    };
    const outcome = await readItem(
      order,
      memory.pending.has(id) ? api.retrying : api,
      (row) => emit(stream, row),
      (error) => isProvenGonePullRequest(api, id, error),
    );
    if (outcome.kind === 'read' || outcome.kind === 'lost') {
      if (outcome.kind === 'lost') sayLost(this.context, stream, id, outcome.error);
      tracker.written(place, outcome.memory);
      return onRead(stream);
    }
    if (outcome.kind === 'pending') tracker.postpone(id);
    // One that is gone stays known: the next pass misses it in the list, and writes the tombstone.
    tracker.putOff(place);
    if (outcome.kind === 'pending') onPending(tracker, id, outcome.error);
  }

  /** A pull request that is known or pending and that no list has shown: only its own 404 says that it is gone. */
  private async askFor(id: number, reason: 'pending' | 'unseen'): Promise<void> {
    const { api } = this.context;
    const concerned = this.trackers.filter(({ retried, memory }) =>
      reason === 'pending' ? retried.has(id) : memory.body.known.has(id) || memory.pending.has(id),
    );
    let listed: RestPullRequest;
    try {
      listed = await (reason === 'pending' ? api.retrying : api).pullRequest(id);
    } catch (caught) {
      const error = unlessFatal(caught);
      if (await isProvenGone(api, error)) throw error;
      for (const tracker of concerned) {
        if (saysPullRequestIsGone(error)) await this.writeTombstone(tracker, id);
        else this.postponeUnseen(tracker, id, error);
      }
      return;
    }
    const pullRequest = referenceOf(listed);
    if (reason === 'unseen') this.checkListed(pullRequest);
    for (const tracker of concerned) await this.readAsked(tracker, listed, pullRequest);
  }

  private async readAsked(tracker: Tracker, listed: RestPullRequest, pullRequest: PullRequestReference): Promise<void> {
    const { stream, memory } = tracker;
    const isPending = memory.pending.has(pullRequest.id);
    const place = tracker.placeOf(pullRequest);
    // It was moved to the front while the list was read: the next sync sees it there.
    if (pullRequest.updatedDate > this.top) tracker.keep(pullRequest.id);
    if (!isPending) return;
    if (stream.source.from === 'entry') {
      // It could not be written: what its list entry would be is read by itself.
      const wasWritten = memory.body.known.has(pullRequest.id) || memory.pending.get(pullRequest.id) === 0;
      return wasWritten ? tracker.settle(place) : readHinted(this.context, [tracker], pullRequest.id);
    }
    // What list entries alone tell cannot be told here: the next pass reads it again.
    const prints =
      stream.recheck === undefined ? remembered(place, fingerprintsOf(stream, listed)) : { fingerprint: null, urgent: null };
    await this.read({ tracker, pullRequest, place, ...prints });
  }

  /** A list that leaves out what exists is no list: nothing may be concluded from it. */
  private checkListed(pullRequest: PullRequestReference): void {
    if (this.nameless !== null) return;
    const hasMoved = pullRequest.updatedDate > this.top;
    // Open ones that are older than the bottom are in the list of the open.
    const wasListed = !this.inOrder || pullRequest.updatedDate >= this.bottom || pullRequest.open;
    if (this.seen.size > 0 && (hasMoved || !wasListed)) return;
    const what = this.seen.size === 0 ? 'is empty' : 'is incomplete';
    throw new BitbucketError(
      'unexpected_answer',
      `The list of pull requests of ${this.context.api.repository.fullName} ${what}, although pull request ${pullRequest.id} exists`,
    );
  }

  private postponeUnseen(tracker: Tracker, id: number, error: Error): void {
    tracker.keep(id);
    tracker.postpone(id);
    this.context.onPending(tracker, id, error);
  }

  private async writeTombstone(tracker: Tracker, id: number): Promise<void> {
    const { api, now, emit } = this.context;
    const row = tracker.remove(api.repository.id, id, now());
    if (row !== null) await emit(tracker.stream, row);
  }

  /** Another repository may have taken the address while we read: to us, ours is gone, until the next sync finds it elsewhere. */
  private checkAddress({ id, toRef }: RestPullRequest): void {
    const { repository } = this.context.api;
    const target: unknown = toRef?.repository?.id;
    // One that is no number names no other repository.
    if (typeof target !== 'number' || target === repository.id) return;
    const message = `Pull request ${id} of ${repository.fullName} belongs to another repository now`;
    throw new BitbucketError('not_found', message, { exceptionName: 'NoSuchRepositoryException' });
  }

  private checkOrder(date: number): void {
    if (date > this.previousDate && this.inOrder) {
      this.inOrder = false;
      for (const tracker of this.trackers) tracker.suspend();
      this.context.log(
        'WARN',
        `The pull requests of ${this.context.api.repository.fullName} are not listed in the order of their last update: the list is read to its end`,
      );
    }
    this.previousDate = date;
    this.top = Math.max(this.top, date);
  }
}

/** The fingerprints of an entry that will be remembered. */
function remembered({ isRemembered }: Place, { fingerprint, urgent }: Fingerprints): Pick<Order, 'fingerprint' | 'urgent'> {
  return isRemembered ? { fingerprint: fingerprint(), urgent: urgent() } : { fingerprint: null, urgent: null };
}

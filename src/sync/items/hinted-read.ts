import type { RestActivity, RestPullRequest } from '../../bitbucket/api/payloads';
import { asListed, lacksCounters } from '../../streams/list-entry';
import { referenceOf } from '../../streams/pull_requests';
import type { PullRequestReference, RepositoryApi } from '../../streams/stream';
import { isOurFault } from '../failures';
import { isProvenGonePullRequest, unlessFatal } from '../repository/gone';
import type { ItemMemory } from './item-memory';
import { type PassContext, sayLost } from './pass-context';
import { type Outcome, outcomeOf, readItem } from './read-item';
import { type Fingerprints, fingerprintsOf, type Tracker } from './tracker';

/**
 * Reads one pull request that a hint names, for all streams, without its repository's list: at most its own answer, its activities and
 * its diff. What is known of it afterwards is what the list will show, so that the next listing pass finds nothing new. One that cannot be
 * read is pending.
 * @throws BitbucketError where no request can succeed, or where the repository is gone
 */
export async function readHinted(context: PassContext, trackers: readonly Tracker[], id: number): Promise<void> {
  const hinted = new HintedRead(context, id);
  let listed: RestPullRequest;
  try {
    listed = await hinted.listed();
  } catch (error) {
    const outcome = await hinted.outcomeOf(error);
    for (const tracker of trackers) await hinted.settle(tracker, outcome);
    return;
  }
  await hinted.readAll(trackers, listed);
}

class HintedRead {
  private pages: (readonly RestActivity[])[] | null = null;
  private readonly api: RepositoryApi;

  constructor(
    private readonly context: PassContext,
    private readonly id: number,
  ) {
    const { api } = context;
    // What the counters were counted from is not asked for twice.
    this.api = Object.assign(Object.create(api) as RepositoryApi, { activities: () => this.activities() });
  }

  /** The pull request as its repository's list shows it. */
  async listed(): Promise<RestPullRequest> {
    const { api } = this.context;
    const single = await api.pullRequest(this.id);
    if (!lacksCounters(single)) return single;
    const pages: (readonly RestActivity[])[] = [];
    for await (const page of api.activities(this.id)) pages.push(page);
    this.pages = pages;
    return asListed(single, pages.flat());
  }

  async readAll(trackers: readonly Tracker[], listed: RestPullRequest): Promise<void> {
    const pullRequest = referenceOf(listed);
    for (const tracker of trackers) {
      try {
        await this.readFor(tracker, listed, pullRequest);
      } catch (error) {
        if (!isOurFault(error)) throw error;
        await this.settle(tracker, { kind: 'pending', error });
      }
    }
  }

  private async readFor(tracker: Tracker, listed: RestPullRequest, pullRequest: PullRequestReference): Promise<void> {
    const { api, emit, onRead } = this.context;
    const { stream } = tracker;
    const prints = fingerprintsOf(stream, listed);
    const place = tracker.placeOf(pullRequest);
    if (!tracker.wantsHinted(pullRequest, prints)) tracker.settle(place);
    else if (stream.source.from === 'entry') {
      const known = tracker.knownAsListed(place, prints);
      const row = stream.source.row(listed, api.repository);
      const behind = row === null ? undefined : emit(stream, row);
      tracker.written(place, known);
      onRead(stream);
      if (behind !== undefined) await behind;
    } else {
      const outcome = await this.read(tracker, listed, prints, place.isRemembered);
      const isRead = outcome.kind === 'read' || outcome.kind === 'lost';
      if (isRead) tracker.written(place, outcome.memory);
      await this.settle(tracker, outcome);
      if (!isRead) return;
    }
    tracker.retried.add(this.id);
  }

  async outcomeOf(error: unknown): Promise<Outcome> {
    if (isOurFault(error)) return { kind: 'pending', error };
    const { api } = this.context;
    return outcomeOf(unlessFatal(error), api, (said) => isProvenGonePullRequest(api, this.id, said));
  }

  /** Keeps account of what came of it. */
  async settle(tracker: Tracker, outcome: Outcome): Promise<void> {
    const { api, emit, now, onPending, onRead } = this.context;
    if (outcome.kind === 'lost') sayLost(this.context, tracker.stream, this.id, outcome.error);
    if (outcome.kind === 'read' || outcome.kind === 'lost') return onRead(tracker.stream);
    if (outcome.kind === 'pending') {
      tracker.postpone(this.id);
      return onPending(tracker, this.id, outcome.error);
    }
    const row = tracker.remove(api.repository.id, this.id, now());
    if (row !== null) await emit(tracker.stream, row);
  }

  private read(tracker: Tracker, listed: RestPullRequest, prints: Fingerprints, isRemembered: boolean): Promise<Outcome> {
    const { emit, now, api } = this.context;
    const { stream, memory } = tracker;
    const order = {
      ...{ stream, isRemembered, now, fingerprint: prints.fingerprint(), urgent: prints.urgent(), item: referenceOf(listed) },
      known: memory.body.known.get(this.id),
      onPart: (part: ItemMemory) => tracker.note(this.id, part),
    };
    return readItem(
      order,
      this.api,
      (row) => emit(stream, row),
      (error) => isProvenGonePullRequest(api, this.id, error),
    );
  }

  private async *activities(): AsyncGenerator<readonly RestActivity[]> {
    if (this.pages !== null) yield* this.pages;
    else yield* this.context.api.activities(this.id);
  }
}

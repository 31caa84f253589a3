import { BitbucketError, isFatal } from '../bitbucket/errors';
import type { RestActivity, RestPullRequest } from '../bitbucket/api/payloads';
import { asListed, lacksCounters } from '../streams/list-entry';
import { referenceOf } from '../streams/pull_requests';
import type { PullRequestReader, RepositoryReference } from '../streams/stream';
import { isProvenGone, isProvenGonePullRequest } from './gone';
import { readPullRequest } from './pull-request-rows';
import type { WalkContext } from './pull-request-walk';
import type { RepositoryProgress } from './repository-progress';

/**
 * Reads one pull request that something happened to, for all streams, without its repository's list: at most its own answer, its
 * activities and its diff. What is known of it afterwards is what the list will show, so that the next walk finds nothing new. One that
 * cannot be read is owed.
 * @throws BitbucketError where no request can succeed, or where the repository is gone
 */
export async function readHinted(
  context: WalkContext,
  repository: RepositoryReference,
  plans: readonly RepositoryProgress[],
  id: number,
): Promise<void> {
  const hinted = new HintedRead(context, repository, id);
  let listed: RestPullRequest;
  try {
    listed = await hinted.listed();
  } catch (error) {
    for (const plan of plans) await hinted.failed(plan, error);
    return;
  }
  const pullRequest = referenceOf(listed);
  // All fingerprints come before the first row: making a row changes the documents in it.
  const orders = plans.map((plan) => ({ plan, fingerprint: plan.stream.fingerprint(listed) }));
  for (const { plan, fingerprint } of orders) {
    const ticket = plan.ticket(pullRequest);
    if (!plan.wantsHinted(pullRequest, fingerprint)) plan.settle(ticket);
    else if (plan.stream.fromList !== null) {
      const behind = context.emit(plan.stream, plan.stream.fromList(listed, repository));
      plan.settle(ticket, fingerprint);
      if (behind !== undefined) await behind;
    } else {
      try {
        plan.settle(ticket, await hinted.read(plan, listed, fingerprint, ticket.remembered));
        context.onRead(plan.stream);
      } catch (error) {
        await hinted.failed(plan, error);
        continue;
      }
    }
    plan.retried.add(id);
  }
}

class HintedRead {
  private pages: (readonly RestActivity[])[] | null = null;
  private readonly reader: PullRequestReader;

  constructor(
    private readonly context: WalkContext,
    private readonly repository: RepositoryReference,
    private readonly id: number,
  ) {
    const { bitbucket } = context;
    this.reader = {
      activities: () => this.activities(),
      diff: () => bitbucket.of(repository).diff(id),
    };
  }

  /** The pull request as its repository's list shows it. */
  async listed(): Promise<RestPullRequest> {
    const single = await this.context.bitbucket.of(this.repository).pullRequest(this.id);
    if (!lacksCounters(single)) return single;
    const pages: (readonly RestActivity[])[] = [];
    for await (const page of this.context.bitbucket.of(this.repository).activities(this.id)) pages.push(page);
    this.pages = pages;
    return asListed(single, pages.flat());
  }

  read(plan: RepositoryProgress, listed: RestPullRequest, fingerprint: string, remembered: boolean): Promise<string> {
    const { emit, now } = this.context;
    const { stream } = plan;
    const known = plan.state.known.get(this.id);
    const onPart = (part: string) => plan.note(this.id, part);
    const order = {
      stream,
      pullRequest: referenceOf(listed),
      repository: this.repository,
      fingerprint,
      known,
      remembered,
      onPart,
      now,
    };
    return readPullRequest(order, this.reader, (row) => emit(stream, row));
  }

  /** A 404 of its own says that the pull request is gone; anything else is owed. */
  async failed(plan: RepositoryProgress, error: unknown): Promise<void> {
    const { bitbucket } = this.context;
    if (isFatal(error) || !(error instanceof BitbucketError) || (await isProvenGone(bitbucket, this.repository, error)))
      throw error;
    if (await isProvenGonePullRequest(bitbucket, this.repository, this.id, error)) {
      const row = plan.bury(this.repository.id, this.id, this.context.now());
      if (row !== null) await this.context.emit(plan.stream, row);
      return;
    }
    plan.owe(this.id);
    this.context.onOwed(plan, this.id, error);
  }

  /** What was counted from is not asked for twice; it is taken once, since making rows changes it. */
  private async *activities(): AsyncGenerator<readonly RestActivity[]> {
    const { pages } = this;
    this.pages = null;
    if (pages !== null) yield* pages;
    else yield* this.context.bitbucket.of(this.repository).activities(this.id);
  }
}

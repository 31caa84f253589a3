import { COMMITS_PER_REQUEST } from '../../bitbucket/api/builds';
import type { BuildCounters, RestBuild, RestRichBuild } from '../../bitbucket/api/payloads';
import { BitbucketError, isFatal, isKind } from '../../bitbucket/errors';
import { isGone } from '../../bitbucket/missing';
import { tombstone, type RepositoryApi } from '../../streams/stream';
import { MOST_WEIGHT } from '../checkpoints';
import type { SyncContext } from '../context';
import { isProvenGone, unlessFatal } from '../repository/gone';
import type { SelectedWatch } from '../selected';
import { TaskPool } from '../task-pool';
import { readCounters } from './build-counters';
import { isAskedAlone, isDue, printCounters } from './due';
import { fitInto } from './fit';
import type { WatchedCommit } from './watch-state';
import { type ReadRepository, watchedCommits, type Watcher } from './watched-commits';

const HOUR_MS = 3600 * 1000;

/**
 * Reads the builds of the commits that are watched over all repositories, where their counters say that something changed. Where the
 * counters cannot be had, the stream ends with that failure, and what is known stays.
 * @throws BitbucketError where no request can succeed any more
 */
export async function readBuilds(
  context: SyncContext,
  selected: SelectedWatch,
  repositories: readonly ReadRepository[],
): Promise<void> {
  try {
    const watchers = watchedCommits(context, selected, repositories);
    await new BuildsReading(context, selected, watchers, new Set(repositories.map(({ id }) => id))).run();
  } catch (error) {
    if (isKind(error, 'account_lost'))
      return context.emitter.log('WARN', `${selected.stream.name} is not read to its end in this sync: ${error.message}.`);
    if (isFatal(error) || !(error instanceof BitbucketError)) throw error;
    await context.finish(selected.stream.name, error);
  }
}

/** A commit whose builds are to be listed. */
interface Order {
  readonly id: string;
  readonly counters: BuildCounters | undefined;
  readonly watchers: readonly Watcher[];
}

class BuildsReading {
  private readonly orders: Order[] = [];
  /** Counters, by the commit that was asked about. */
  private readonly asked = new Map<string, string>();
  private readonly recheckMs: number;
  /** Before 7.14 no build tells more than its list does. */
  private lacksDetails = false;

  constructor(
    private readonly context: SyncContext,
    private readonly selected: SelectedWatch,
    private readonly watchers: ReadonlyMap<string, readonly Watcher[]>,
    /** Ids of the repositories that were read. */
    private readonly read: ReadonlySet<number>,
  ) {
    this.recheckMs = context.config.recheckHours * HOUR_MS;
    selected.state.adopt(selected.stream.settings(context.config));
  }

  async run(): Promise<void> {
    const { config, bitbucket, emitter } = this.context;
    const outcome = await readCounters([...this.watchers.keys()], {
      ...{ bitbucket, width: config.maxConcurrency },
      isAskedAlone: (id) =>
        this.of(id).some((watcher) => isAskedAlone(this.watched(id, watcher), this.context.startedAt, this.recheckMs)),
      take: (id, counters) => this.take(id, counters),
      onFailure: (id, error) => this.postpone(id, this.of(id), error),
    });
    if (outcome.kind === 'none')
      return emitter.log(
        'WARN',
        `${this.selected.stream.name}: the server tells no build statuses (${outcome.error.message}): it is too old, they are switched off, or the account may not see them. No builds are read.`,
      );
    const pool = new TaskPool(config.maxConcurrency, config.maxConcurrency);
    for (const order of this.orders) await pool.add(() => this.readOrder(order));
    await pool.drain();
    this.forgetUnwatched();
    if (outcome.kind === 'one by one') this.rememberAsked();
    this.fit();
  }

  /** All states together are to stay below what platforms take. */
  private fit(): void {
    const { checkpoints, emitter } = this.context;
    const { stream, state } = this.selected;
    // To weigh all states takes a second where there are thousands of repositories.
    if (checkpoints.weight + state.print().length <= MOST_WEIGHT / 2) return;
    const forgotten = fitInto(state, MOST_WEIGHT - checkpoints.weightBeside(stream.name));
    if (forgotten === 0) return;
    emitter.log(
      'WARN',
      `${stream.name}: the states of all streams would weigh more than ${MOST_WEIGHT / 1e6} MB together; the builds of the ${forgotten} oldest commits ` +
        'are watched no longer. Divide the repositories among several connections (shard_index, shard_count) to watch them all.',
    );
  }

  private of(id: string): readonly Watcher[] {
    return this.watchers.get(id) ?? [];
  }

  private watched(id: string, { memory, date }: Watcher) {
    const { known } = memory.body;
    return { known: known.get(id), isPrime: date === Infinity, isWanted: memory.pending.has(id) };
  }

  private take(id: string, counters: BuildCounters | undefined): void {
    const due = this.of(id).filter((watcher) =>
      isDue({ ...this.watched(id, watcher), counters }, this.context.startedAt, this.recheckMs),
    );
    this.asked.set(id, printCounters(counters));
    if (due.length > 0) this.orders.push({ id, counters, watchers: due });
  }

  /** One list serves all repositories that watch the commit. */
  private async readOrder({ id, counters, watchers }: Order): Promise<void> {
    let listed: readonly RestBuild[];
    try {
      listed = await this.list(id);
      // An empty list that contradicts the counters is not believed before it is given twice.
      if (listed.length === 0 && printCounters(counters) !== printCounters()) listed = await this.list(id);
    } catch (error) {
      return this.postpone(id, watchers, unlessFatal(error));
    }
    for (const watcher of watchers) {
      try {
        await this.write(id, watcher, listed, printCounters(counters));
      } catch (error) {
        this.postpone(id, [watcher], unlessFatal(error));
      }
    }
  }

  /** The newest builds of a commit, as many as the server gives. */
  private async list(id: string): Promise<readonly RestBuild[]> {
    const listed: RestBuild[] = [];
    for await (const page of this.context.bitbucket.builds(id)) {
      listed.push(...page);
      if (listed.length >= COMMITS_PER_REQUEST) break;
    }
    return listed;
  }

  /** Writes what has changed since the commit was last read for this repository. */
  private async write(id: string, { api, memory }: Watcher, listed: readonly RestBuild[], counters: string): Promise<void> {
    const { emitter, failures, checkpoints, startedAt, now } = this.context;
    const { stream, items } = this.selected;
    const { body } = memory;
    const before = body.known.get(id);
    const builds = new Map(before?.builds);
    const keep = (read: Pick<WatchedCommit, 'counters' | 'runningSince'>) => {
      body.known.set(id, { ...read, readAt: startedAt, builds: new Map(builds) });
      items.state.changed(api.repository.id);
    };
    for (const build of listed) {
      const print = stream.fingerprint(build);
      if (builds.get(build.key) === print) continue;
      const details = await this.details(api, id, build.key);
      const changedAt = Math.max(now(), body.changedAt ?? -Infinity);
      const row = stream.row(id, build, details, api.repository, this.context.config);
      await emitter.record(stream.name, { ...row, changed_at: new Date(changedAt).toISOString() });
      body.changedAt = changedAt;
      builds.set(build.key, print);
      // Should the rest not be read, the commit is read again, and knows what was written.
      keep({ counters: null, runningSince: null });
    }
    for (const key of this.missing(id, api, listed, builds)) {
      const changedAt = Math.max(now(), body.changedAt ?? -Infinity);
      await emitter.record(stream.name, tombstone(stream, { repository_id: api.repository.id, commit_id: id, key }, changedAt));
      body.changedAt = changedAt;
      builds.delete(key);
    }
    const isRunning = listed.some(({ state }) => state === 'INPROGRESS');
    keep({ counters, runningSince: isRunning ? (before?.runningSince ?? startedAt) : null });
    memory.pending.delete(id);
    failures.succeeded(stream.name, 'item');
    await checkpoints.changed(stream.name, 0);
  }

  /** The builds that there were and that a complete list does not hold. */
  private missing(id: string, api: RepositoryApi, listed: readonly RestBuild[], known: ReadonlyMap<string, string>): string[] {
    if (listed.length >= COMMITS_PER_REQUEST) {
      this.context.emitter.log(
        'INFO',
        `${this.selected.stream.name}: commit ${id} of ${api.repository.fullName} has ${COMMITS_PER_REQUEST} builds or more; the server gives the newest ${COMMITS_PER_REQUEST}`,
      );
      return [];
    }
    const here = new Set(listed.map(({ key }) => key));
    return [...known.keys()].filter((key) => !here.has(key));
  }

  /** What a build tells in its own repository; null: nothing is asked, or there is nothing, as in another repository. */
  private async details(api: RepositoryApi, commitId: string, key: string): Promise<RestRichBuild | null> {
    if (!this.context.config.buildDetails || this.lacksDetails) return null;
    try {
      return await api.build(commitId, key);
    } catch (error) {
      // With its repository, its rows are about to be nobody's.
      if (saysThereIsNone(error) || (await isProvenGone(api, error))) return null;
      if (!isKind(error, 'no_such_route') || !(await this.isTooOld())) throw error;
      this.sayLacksDetails();
      return null;
    }
  }

  /** Once, although several asked at the same time. */
  private sayLacksDetails(): void {
    if (this.lacksDetails) return;
    this.lacksDetails = true;
    this.context.emitter.log(
      'WARN',
      `${this.selected.stream.name}: the server does not tell the details of builds, which came with Bitbucket 7.14.`,
    );
  }

  /** Whether the version lacks the route; where it is not told, it may. A newer one has it, whatever a proxy says. */
  private async isTooOld(): Promise<boolean> {
    const [, major, minor] = /^(\d+)\.(\d+)/.exec((await this.context.bitbucket.version()) ?? '') ?? [];
    return major === undefined || Number(major) < 7 || (Number(major) === 7 && Number(minor) < 14);
  }

  private postpone(id: string, watchers: readonly Watcher[], error: BitbucketError): void {
    const { failures } = this.context;
    const { stream, items } = this.selected;
    for (const { api, memory } of watchers) {
      const before = memory.pending.get(id) ?? 0;
      const count = (attempts: number) => {
        memory.pending.set(id, attempts);
        items.state.changed(api.repository.id);
      };
      count(before);
      const item = `the builds of commit ${id} of ${api.repository.fullName}`;
      failures.add({ stream: stream.name, kind: 'item', item, error, before, count });
    }
  }

  /** Where each commit costs a request, those that nothing is likely to happen to are asked about again after `recheck_hours` only. */
  private rememberAsked(): void {
    const { startedAt } = this.context;
    for (const [id, counters] of this.asked) {
      for (const { api, memory, date } of this.of(id)) {
        const known = memory.body.known.get(id) ?? { counters, runningSince: null, builds: new Map<string, string>() };
        if (date === Infinity || memory.pending.has(id)) continue;
        memory.body.known.set(id, { ...known, readAt: startedAt });
        this.selected.items.state.changed(api.repository.id);
      }
    }
  }

  /** What is watched no more is forgotten, without a tombstone. */
  private forgetUnwatched(): void {
    const { state } = this.selected.items;
    const watched = new Map<object, Set<string>>();
    for (const [id, watchers] of this.watchers) {
      for (const { memory } of watchers) {
        const ids = watched.get(memory);
        if (ids === undefined) watched.set(memory, new Set([id]));
        else ids.add(id);
      }
    }
    for (const [repositoryId, memory] of state.repositories) {
      if (memory.name === '' || memory.goneAt !== null || !this.read.has(repositoryId)) continue;
      const ids = watched.get(memory) ?? new Set<string>();
      let hasChanged = memory.body.known.keepOnly(ids);
      for (const id of memory.pending.keys()) {
        if (!ids.has(String(id))) hasChanged = memory.pending.delete(id);
      }
      if (hasChanged) state.changed(repositoryId);
    }
  }
}

/** Bitbucket's own word about the build itself: not that its repository is not where it was, nor that it is not for this account. */
function saysThereIsNone(error: unknown): boolean {
  return isKind(error, 'not_found') && !isGone(error);
}

import { referenceOf } from '../../bitbucket/api/bitbucket';
import type { RestRepository } from '../../bitbucket/api/payloads';
import { BitbucketError, isFatal, isKind } from '../../bitbucket/errors';
import type { ItemId, ItemReference, RefScan, RepositoryApi, Shown } from '../../streams/stream';
import { streamRun, type SyncContext } from '../context';
import { memoryOf } from '../repository/life-cycle';
import type { RepositoryMemory } from '../repository/repository-states';
import type { SelectedLateItems } from '../selected';
import { TaskPool } from '../task-pool';
import { type ItemMemory, UNKNOWN } from './item-memory';
import type { LateItemsState } from './late-items-state';
import { readItem } from './read-item';

/** Items that may wait to be read before more are listed. */
const BACKLOG = 1000;

/** A repository that was read. */
interface Read {
  readonly repository: RestRepository;
  readonly api: RepositoryApi;
  readonly refs: RefScan;
}

/**
 * Reads the items that one stream's lister shows over all repositories, where they differ from what is known; forgets those that are
 * shown no more. Where the list cannot be had, the stream ends with that failure, and what is known stays.
 * @throws BitbucketError where no request can succeed any more
 */
export async function readLateItems(
  context: SyncContext,
  selected: SelectedLateItems,
  repositories: readonly Read[],
): Promise<void> {
  const reading = new LateReading(context, selected, repositories);
  try {
    await reading.run();
  } catch (error) {
    if (isKind(error, 'account_lost'))
      return context.emitter.log('WARN', `${selected.stream.name} is not read to its end in this sync: ${error.message}.`);
    if (isFatal(error) || !(error instanceof BitbucketError)) throw error;
    await context.finish(selected.stream.name, error);
  }
}

class LateReading {
  private readonly pool: TaskPool;
  private readonly apis = new Map<number, RepositoryApi>();
  private readonly memories = new Map<number, RepositoryMemory<LateItemsState>>();
  private readonly shown = new Map<number, Set<ItemId>>();

  constructor(
    private readonly context: SyncContext,
    private readonly selected: SelectedLateItems,
    private readonly repositories: readonly Read[],
  ) {
    this.pool = new TaskPool(context.config.maxConcurrency, BACKLOG);
    for (const { repository, api } of repositories) {
      this.apis.set(repository.id, api);
      this.memories.set(repository.id, memoryOf(context, selected, repository, referenceOf(repository)));
      this.shown.set(repository.id, new Set());
    }
  }

  async run(): Promise<void> {
    const { of: lister } = this.selected.stream;
    const listed = this.repositories.map(({ repository, api, refs }) => ({
      ...{ api, refs },
      known: [...(this.memories.get(repository.id)?.body.known.keys() ?? [])],
    }));
    try {
      for await (const batch of lister.list(listed, this.context.bitbucket, streamRun(this.context)))
        for (const shown of batch) await this.take(shown);
    } catch (error) {
      await this.pool.drain().catch(() => undefined);
      throw error;
    }
    await this.pool.drain();
    this.forgetUnshown();
  }

  private async take({ repositoryId, item }: Shown<ItemReference>): Promise<void> {
    const { stream, state } = this.selected;
    const [memory, api, shown] = [this.memories.get(repositoryId), this.apis.get(repositoryId), this.shown.get(repositoryId)];
    if (memory === undefined || api === undefined || shown === undefined || shown.has(item.id)) return;
    shown.add(item.id);
    const fingerprint = stream.fingerprint(item);
    if (memory.body.known.get(item.id)?.fingerprint === fingerprint && !memory.pending.has(item.id)) return;
    if (stream.source.from === 'requests') return this.pool.add(() => this.read(memory, api, item, fingerprint));
    const row = stream.source.row(item, api.repository);
    if (row !== null) await this.context.emitter.record(stream.name, row);
    memory.body.known.set(item.id, { ...UNKNOWN, fingerprint });
    state.changed(repositoryId);
  }

  private async read(
    memory: RepositoryMemory<LateItemsState>,
    api: RepositoryApi,
    item: ItemReference,
    fingerprint: string,
  ): Promise<void> {
    const { stream, state } = this.selected;
    const { emitter, failures, checkpoints, now } = this.context;
    const { id } = item;
    const order = {
      ...{ stream, item, fingerprint, urgent: null, now, isRemembered: true, known: memory.body.known.get(id) },
      onPart: (part: ItemMemory) => void memory.body.known.set(id, part),
    };
    const outcome = await readItem(
      order,
      memory.pending.has(id) ? api.retrying : api,
      (row) => emitter.record(stream.name, row),
      () => Promise.resolve(false),
    ).catch((error: unknown) => {
      if (isKind(error, 'account_lost')) return null; // the next sync finds it changed again
      throw error;
    });
    if (outcome === null) return;
    if (outcome.kind === 'read' || outcome.kind === 'lost') {
      memory.body.known.set(id, outcome.memory);
      memory.pending.delete(id);
      failures.succeeded(stream.name, 'item');
    } else if (outcome.kind === 'pending') {
      const before = memory.pending.get(id) ?? 0;
      const count = (attempts: number) => {
        memory.pending.set(id, attempts);
        state.changed(api.repository.id);
      };
      count(before);
      const what = `${stream.of.what} ${id} of ${api.repository.fullName}`;
      failures.add({ ...{ error: outcome.error, before, count }, stream: stream.name, kind: 'item', item: what });
    }
    state.changed(api.repository.id);
    await checkpoints.changed(stream.name, 0);
  }

  /** What the lister shows no more is forgotten. */
  private forgetUnshown(): void {
    const { state } = this.selected;
    for (const [id, { body, pending }] of this.memories) {
      const shown = this.shown.get(id);
      for (const item of [...body.known.keys(), ...pending.keys()]) {
        if (shown?.has(item) === true) continue;
        body.known.delete(item);
        pending.delete(item);
        state.changed(id);
      }
    }
  }
}

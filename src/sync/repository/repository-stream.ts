import type { RestRepository } from '../../bitbucket/api/payloads';
import type { RefScan, RepositoryApi, RepositoryReference } from '../../streams/stream';
import { streamRun, type SyncContext } from '../context';
import type { SelectedRepositoryStream } from '../selected';
import { isProvenGone } from './gone';
import { memoryOf } from './life-cycle';

/** What a repository stream reads. */
export interface RepositoryReading {
  readonly repository: RestRepository;
  readonly reference: RepositoryReference;
  readonly api: RepositoryApi;
  readonly refs: RefScan;
  /** Up to where of the webhook inbox the reading will have seen everything; null: nobody knows. */
  readonly seenTo: number | null;
  /** No other repository is read: each step gets a state of its own, so that a kill repeats little. */
  readonly isSingle: boolean;
}

/**
 * Reads one repository for one repository stream: emits its rows, and keeps each state once the rows that it covers are out. A repository
 * that vanishes meanwhile ends it without an error.
 * @throws BitbucketError where it cannot be read; what was covered stays so
 */
export async function readRepositoryStream(
  context: SyncContext,
  selected: SelectedRepositoryStream,
  { repository, reference, api, refs, isSingle, seenTo }: RepositoryReading,
): Promise<void> {
  const { stream, state } = selected;
  const { emitter, checkpoints } = context;
  const memory = memoryOf(context, selected, repository, reference);
  const bound = memory.attempts > 0 ? api.retrying : api;
  // Until it has been read to its end, no webhook may leave it out.
  Object.assign(memory, { scannedAt: null, scannedTo: null });
  state.changed(repository.id);
  try {
    for await (const { rows, covers } of stream.read(bound, refs, memory.body, streamRun(context))) {
      for (const row of rows) await emitter.record(stream.name, row);
      if (covers === undefined) continue;
      memory.body = covers;
      state.changed(repository.id);
      await (isSingle && rows.length > 0 ? checkpoints.emit(stream.name) : checkpoints.changed(stream.name, 0));
    }
    Object.assign(memory, { attempts: 0, scannedAt: context.startedAt, scannedTo: seenTo });
    state.changed(repository.id);
  } catch (error) {
    if (!(await isProvenGone(api, error))) throw error;
  }
}

import type { RestRepository } from '../../bitbucket/api/payloads';
import type { RepositoryApi, RepositoryReference } from '../../streams/stream';
import type { SyncContext } from '../context';
import type { Hint } from '../hints';
import { saysRepositoryIsGone } from '../../bitbucket/missing';
import { isAvailable, memoryOf } from '../repository/life-cycle';
import type { SelectedPullRequests } from '../selected';
import { TaskPool } from '../task-pool';
import { readHinted } from './hinted-read';
import { listPullRequests } from './listing-pass';
import type { PassContext } from './pass-context';
import { Tracker } from './tracker';

const HOUR_MS = 3600 * 1000;

/** A repository whose pull requests are read. */
export interface PullRequestsReading {
  readonly repository: RestRepository;
  readonly reference: RepositoryReference;
  readonly api: RepositoryApi;
  readonly hint: Hint;
  /** Makes what the hint names pending. */
  readonly postponeHinted: () => void;
}

/** Reads what the hint names, then lists the repository's pull requests, where that is due. @throws BitbucketError */
export async function readPullRequests(
  context: SyncContext,
  selected: readonly SelectedPullRequests[],
  { repository, reference, api, hint, postponeHinted }: PullRequestsReading,
): Promise<void> {
  const trackers = selected.map((each) => trackerOf(context, each, repository, reference));
  const pass = passContext(context, api);
  // Where something is missing, the listing pass reads it all, and what the hint names as it comes by: each row once.
  if (!isAvailable(repository) || trackers.some((tracker) => tracker.hasGap)) postponeHinted();
  else await readNamed(hint.walk ? { ...pass, onPending: () => undefined } : pass, trackers, hint.marked);
  if (hint.walk) await listPullRequests(pass, trackers);
}

async function readNamed(context: PassContext, trackers: readonly Tracker[], ids: readonly number[]): Promise<void> {
  const pool = new TaskPool(context.width, 0);
  try {
    for (const id of ids) await pool.add(() => readHinted(context, trackers, id));
    await pool.drain();
  } catch (error) {
    if (!saysRepositoryIsGone(error)) throw error; // it was proven
  }
}

function passContext({ config, emitter, failures, now }: SyncContext, api: RepositoryApi): PassContext {
  return {
    api,
    now,
    width: config.maxConcurrency,
    emit: (stream, row) => emitter.record(stream.name, row),
    onRead: (stream) => failures.succeeded(stream.name, 'item'),
    onPending: (tracker, id, error) =>
      failures.add({
        ...{ error, stream: tracker.stream.name, kind: 'item', item: `pull request ${id} of ${api.repository.fullName}` },
        before: tracker.memory.pending.get(id) ?? 0,
        count: (attempts) => tracker.postpone(id, attempts),
      }),
    log: (level, message) => emitter.log(level, message),
  };
}

/** One stream's progress in one repository, from what it remembers of it. */
function trackerOf(
  context: SyncContext,
  selected: SelectedPullRequests,
  repository: RestRepository,
  reference: RepositoryReference,
): Tracker {
  const { config, startedAt, checkpoints } = context;
  const { stream, state } = selected;
  const memory = memoryOf(context, selected, repository, reference);
  const lastCheck = memory.body.recheckedAt ?? memory.body.readAt;
  const options = {
    startedAt,
    beginning: config.startDate ?? -Infinity,
    lookbackDays: config.lookbackDays,
    recheck: lastCheck !== null && startedAt - lastCheck >= config.recheckHours * HOUR_MS,
  };
  return new Tracker(stream, memory, options, (share) => {
    state.changed(repository.id);
    if (stream.isSilent !== true) void checkpoints.changed(stream.name, share);
  });
}

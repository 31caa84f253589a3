import { BitbucketError, isFatal } from '../bitbucket/errors';
import type { RestRepository } from '../bitbucket/api/payloads';
import { streams } from '../streams';
import { fullNameOf } from '../streams/repositories';
import type { PullRequestStream, RepositoryReference } from '../streams/stream';
import type { SyncContext } from './context';
import { saysRepositoryIsGone } from './gone';
import { readHinted } from './hinted-read';
import { hintOf, Hints } from './hints';
import type { Inventory } from './inventory';
import type { RepositoryState } from './pull-request-state';
import { type WalkContext, walkRepository } from './pull-request-walk';
import { RepositoryProgress } from './repository-progress';
import type { PullRequestStreamState } from './states';
import { TaskPool } from './task-pool';

const HOUR_MS = 3600 * 1000;

/** A pull-request stream of the catalog, with its state. */
export interface SelectedPullRequestStream {
  readonly name: PullRequestStream['name'];
  readonly stream: PullRequestStream;
  readonly state: PullRequestStreamState;
}

/** The pull-request streams that are selected. */
export function selectedPullRequestStreams(context: SyncContext): SelectedPullRequestStream[] {
  return streams.flatMap((stream) => {
    const state = stream.kind === 'pull_request' ? context.pullRequestState(stream.name) : undefined;
    return stream.kind === 'pull_request' && state !== undefined ? [{ name: stream.name, stream, state }] : [];
  });
}

/** Walks the repositories, those first that could not be read last time, as many at once as requests may be in flight. */
export async function syncPullRequests(
  context: SyncContext,
  repositories: readonly RestRepository[],
  unclear: Inventory<RestRepository>['unclear'],
): Promise<void> {
  const selected = selectedPullRequestStreams(context);
  if (selected.length === 0) return;
  const hints = await Hints.open(context, selected);
  try {
    await readRepositories({ context, selected, hints }, repositories);
    for (const { id, address, error } of unclear) {
      blame(context, selected, id, address, error);
      hints?.owe(id);
    }
    hints?.done();
  } finally {
    await hints?.close();
  }
}

/** What reading the repositories goes by. */
interface Work {
  readonly context: SyncContext;
  readonly selected: readonly SelectedPullRequestStream[];
  readonly hints: Hints | null;
}

async function readRepositories(work: Work, repositories: readonly RestRepository[]): Promise<void> {
  const { context, selected } = work;
  const troubled = (id: number) => selected.some(({ state }) => isTroubled(state.repositories.get(id)));
  const inOrder = [...repositories.filter(({ id }) => troubled(id)), ...repositories.filter(({ id }) => !troubled(id))];
  const pool = new TaskPool(context.config.maxConcurrency, 0);
  const { progress } = context;
  progress.repositories.known = inOrder.length;
  for (const repository of inOrder) {
    await pool.add(async () => {
      await readRepository(work, repository);
      progress.repositories.done++;
    });
  }
  await pool.drain();
}

function isTroubled(state: RepositoryState | undefined): boolean {
  return state !== undefined && (state.failures > 0 || state.owed.size > 0);
}

/** Reads what is marked, then walks the repository's list, where that is due. */
async function readRepository({ context, selected, hints }: Work, repository: RestRepository): Promise<void> {
  const { emitter, failures } = context;
  const { key } = repository.project;
  const reference: RepositoryReference = { id: repository.id, key, slug: repository.slug, fullName: fullNameOf(repository) };
  try {
    const { walk, marked } = await hintOf(hints, repository);
    if (!walk && marked.length === 0) return;
    const plans = selected.map((each) => planFor(context, each, repository, reference));
    const walking = walkContext(context, reference);
    // Where something is missing, the walk reads it all, and what is marked as it comes by: each row once.
    if (!isAvailable(repository) || plans.some((plan) => plan.hasGap)) hints?.owe(repository.id);
    else await readMarked(walk ? { ...walking, onOwed: () => undefined } : walking, reference, plans, marked);
    if (walk) await walkRepository(walking, reference, plans);
    for (const { name } of selected) failures.succeeded(name, 'repository');
  } catch (error) {
    if (isFatal(error) || !(error instanceof BitbucketError)) throw error;
    hints?.owe(repository.id);
    if (isAvailable(repository)) return blame(context, selected, repository.id, reference.fullName, error);
    emitter.log(
      'WARN',
      `${reference.fullName} is ${repository.state ?? 'not available'}, and its pull requests cannot be read: ${error.message}`,
    );
  }
}

function isAvailable({ state }: RestRepository): boolean {
  return state === undefined || state === 'AVAILABLE';
}

async function readMarked(
  context: WalkContext,
  repository: RepositoryReference,
  plans: readonly RepositoryProgress[],
  marked: readonly number[],
): Promise<void> {
  const pool = new TaskPool(context.width, 0);
  try {
    for (const id of marked) await pool.add(() => readHinted(context, repository, plans, id));
    await pool.drain();
  } catch (error) {
    await pool.drain().catch(() => undefined);
    if (!saysRepositoryIsGone(error)) throw error; // it was proven
  }
}

function walkContext({ bitbucket, config, emitter, failures, now }: SyncContext, { fullName }: RepositoryReference): WalkContext {
  return {
    bitbucket,
    now,
    width: config.maxConcurrency,
    emit: (stream, row) => emitter.record(stream.name, row),
    onRead: (stream) => failures.succeeded(stream.name, 'pull request'),
    onOwed: (progress, id, error) => {
      const item = `pull request ${id} of ${fullName}`;
      const before = progress.state.owed.get(id) ?? 0;
      failures.add({
        stream: progress.stream.name,
        kind: 'pull request',
        item,
        error,
        before,
        count: (count) => progress.owe(id, count),
      });
    },
    onWarning: (message) => emitter.log('WARN', message),
  };
}

/** One stream's way through one repository, from what its state says of it, if that is the same repository. */
function planFor(
  context: SyncContext,
  selected: SelectedPullRequestStream,
  repository: RestRepository,
  reference: RepositoryReference,
): RepositoryProgress {
  const { config, startedAt, checkpoints, emitter } = context;
  const hierarchyId = repository.hierarchyId ?? null;
  let state = selected.state.of(repository.id);
  if (state.hierarchyId !== null && hierarchyId !== null && state.hierarchyId !== hierarchyId) {
    emitter.log(
      'WARN',
      `${selected.name}: the state of repository ${repository.id} is that of ${state.name} on another server: ${reference.fullName} is read anew`,
    );
    state = selected.state.replace(repository.id);
  }
  state.name = reference.fullName;
  state.goneAt = null;
  state.hierarchyId = hierarchyId ?? state.hierarchyId;
  const lastCheck = state.recheckedAt ?? state.readAt;
  const options = {
    startedAt,
    beginning: config.startDate ?? -Infinity,
    lookbackDays: config.lookbackDays,
    recheck: lastCheck !== null && startedAt - lastCheck >= config.recheckHours * HOUR_MS,
  };
  return new RepositoryProgress(selected.stream, state, options, (share) => {
    selected.state.changed(repository.id);
    void checkpoints.changed(selected.name, share);
  });
}

function blame(
  context: SyncContext,
  selected: readonly SelectedPullRequestStream[],
  id: number,
  address: string,
  error: Error,
): void {
  for (const { name, state } of selected) {
    const repository = state.of(id);
    const count = (failures: number) => {
      repository.failures = failures;
      state.changed(id);
    };
    if (repository.name === '') repository.name = address;
    context.failures.add({
      stream: name,
      kind: 'repository',
      item: `repository ${address}`,
      error,
      before: repository.failures,
      count,
    });
  }
}

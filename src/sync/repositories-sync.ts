import { referenceOf } from '../bitbucket/api/bitbucket';
import { BitbucketError, isFatal, isKind } from '../bitbucket/errors';
import type { RestRepository } from '../bitbucket/api/payloads';
import { namedProjects, selectsProject, selectsRepository } from '../config/filters';
import { fullNameOf, repositories } from '../streams/repositories';
import type { SyncContext } from './context';
import { isProvenGone, saysRepositoryIsGone } from './gone';
import { type Inventory, takeInventory } from './inventory';
import { selectedPullRequestStreams, syncPullRequests } from './pull-requests-sync';
import { inShard } from '../config/shard';
import { buryRows, changedRows, type ChangedRow, writeRow } from './snapshot';
import { snapshotContext } from './snapshot-sync';
import type { SnapshotState } from './states';
import { TaskPool } from './task-pool';

const HOUR_MS = 3600 * 1000;
/** More projects than this are found faster in the list of all repositories. */
const MAX_NAMED = 20;

/** Reads the list of repositories once, for the stream of that name and for all pull-request streams. */
export async function syncRepositories(context: SyncContext): Promise<void> {
  const inventory = await listRepositories(context);
  for (const { name, state } of selectedPullRequestStreams(context)) {
    for (const id of inventory.gone) state.lose(id, context.startedAt);
    for (const { id } of inventory.left) state.leave(id);
    context.failures.succeeded(name, 'row');
  }
  // Both run to their end before either's failure is told: a stream that has ended must not speak again.
  const rows = syncRepositoryRows(context, inventory).then(
    () => context.finish('repositories'),
    (error: unknown) => context.finish('repositories', error),
  );
  const pullRequests = syncPullRequests(context, inventory.present, inventory.unclear);
  const [, outcome] = await Promise.allSettled([rows, pullRequests]);
  if (outcome.status === 'rejected') throw outcome.reason as Error;
}

function listRepositories(context: SyncContext): Promise<Inventory<RestRepository>> {
  const { config, bitbucket, emitter } = context;
  const known = new Map<number, string>();
  for (const { state } of selectedPullRequestStreams(context)) {
    for (const [id, { name }] of state.repositories) if (name !== '') known.set(id, name);
  }
  for (const [id, [, address]] of context.snapshotState('repositories')?.rows ?? []) known.set(id, address);
  const selects = (repository: RestRepository) =>
    inShard(config, repository.id) &&
    selectsRepository(config.filters, repository.project.key, repository.slug, repository.archived ?? null);
  const listing = {
    what: 'repositories',
    permission: 'Repository read',
    list: () => listWhatIsAllowed(context),
    ...(namedProjects(config.filters) !== null && { everything: () => bitbucket.repositories(true) }),
    ask: (address: string) => bitbucket.repository(addressOf(address)),
    selects,
    selectsKnown: (id: number, address: string) => {
      const { key, slug } = addressOf(address);
      return inShard(config, id) && selectsRepository(config.filters, key, slug, null);
    },
  };
  return takeInventory(listing, known, config.maxConcurrency, (message) => emitter.log('WARN', message));
}

/**
 * Those of the projects that the filters name outright, else all repositories in one list; where an account may not have that, those
 * of each project it sees.
 */
async function* listWhatIsAllowed({ config, bitbucket, emitter }: SyncContext): AsyncGenerator<readonly RestRepository[]> {
  const { includeArchived } = config.filters;
  const keys = namedProjects(config.filters);
  try {
    if (keys === null || keys.length > MAX_NAMED) {
      yield* bitbucket.repositories(includeArchived);
      return;
    }
    for (const key of keys) {
      let seen = 0;
      try {
        for await (const page of bitbucket.repositoriesOf(key, includeArchived)) {
          seen += page.length;
          yield page;
        }
      } catch (error) {
        if (!saysRepositoryIsGone(error)) throw error;
      }
      if (seen === 0)
        emitter.log(
          'WARN',
          `The filters name the project ${key}, but the account sees no repository in it: it has none, is misspelt, or a permission is missing`,
        );
    }
  } catch (error) {
    if (!isKind(error, 'forbidden', 'not_found', 'no_such_route')) throw error;
    for await (const page of bitbucket.projects()) {
      for (const { key } of page) if (selectsProject(config.filters, key)) yield* bitbucket.repositoriesOf(key, includeArchived);
    }
  }
}

function addressOf(fullName: string): { key: string; slug: string } {
  const slash = fullName.indexOf('/');
  return { key: fullName.slice(0, slash), slug: fullName.slice(slash + 1) };
}

/** Writes the rows of the stream `repositories`; each new or changed one costs a request for its default branch. */
async function syncRepositoryRows(context: SyncContext, inventory: Inventory<RestRepository>): Promise<void> {
  const state = context.snapshotState('repositories');
  if (state === undefined) return;
  const { startedAt, config } = context;
  const recheck = state.recheckedAt === null || startedAt - state.recheckedAt >= config.recheckHours * HOUR_MS;
  const changed = new Map(changedRows(repositories, inventory, state).map((change) => [change.id, change]));
  const pool = new TaskPool(config.maxConcurrency, config.maxConcurrency);
  const owedFirst = (a: RestRepository, b: RestRepository) => Number(state.owed.has(b.id)) - Number(state.owed.has(a.id));
  for (const repository of [...inventory.present, ...inventory.left].sort(owedFirst)) {
    const change = changed.get(repository.id);
    if (change === undefined && !state.owed.has(repository.id) && !(recheck && state.rows.has(repository.id))) continue;
    await pool.add(() => writeRepository(context, state, repository, change));
  }
  await pool.drain();
  if (recheck) state.recheckedAt = startedAt;
  await buryRows(snapshotContext(context, repositories), repositories, inventory, state);
  for (const { id, address, error } of inventory.unclear) owe(context, state, id, address, error);
}

async function writeRepository(
  context: SyncContext,
  state: SnapshotState,
  repository: RestRepository,
  change: ChangedRow | undefined,
): Promise<void> {
  const address = fullNameOf(repository);
  try {
    const hasContent = repository.state === undefined || repository.state === 'AVAILABLE';
    const defaultBranch = hasContent ? await context.bitbucket.of(referenceOf(repository)).defaultBranch() : null;
    context.failures.succeeded('repositories', 'row');
    const known = state.rows.get(repository.id);
    if (change === undefined && known?.[2] === defaultBranch) {
      state.owed.delete(repository.id);
      return;
    }
    const row = { ...(change?.row ?? repositories.row(repository)), default_branch: defaultBranch };
    const fingerprint = change?.remembered[0] ?? repositories.fingerprint(row);
    await writeRow(snapshotContext(context, repositories), state, {
      id: repository.id,
      row,
      remembered: [fingerprint, address, defaultBranch],
      leaves: change?.leaves ?? false,
    });
  } catch (error) {
    if (isFatal(error) || !(error instanceof BitbucketError)) throw error;
    const reference = { ...addressOf(address), id: repository.id, fullName: address };
    if (!(await isProvenGone(context.bitbucket, reference, error))) owe(context, state, repository.id, address, error);
  }
}

/** What is remembered of the row stays as it was, so that the next sync finds it changed again. */
function owe({ failures }: SyncContext, state: SnapshotState, id: number, address: string, error: Error): void {
  const before = state.owed.get(id) ?? 0;
  state.owed.set(id, before);
  failures.add({
    stream: 'repositories',
    kind: 'row',
    item: `repository ${address}`,
    error,
    before,
    count: (count) => state.owed.set(id, count),
  });
}

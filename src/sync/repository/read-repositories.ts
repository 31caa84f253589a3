import { referenceOf } from '../../bitbucket/api/bitbucket';
import { BitbucketError, isFatal, isKind } from '../../bitbucket/errors';
import type { RestRepository } from '../../bitbucket/api/payloads';
import type { RepositoryApi } from '../../streams/stream';
import type { SyncContext } from '../context';
import { type Hint, hintOf, Hints } from '../hints';
import { readBuilds } from '../watch/read-builds';
import { type ReadRepository, toWatch } from '../watch/watched-commits';
import { readPullRequests } from '../items/read-pull-requests';
import { allBelow, type Below, type SelectedByRepository, type SelectedRepositoryStream } from '../selected';
import type { Inventory } from '../snapshots/inventory';
import { failNameless } from '../snapshots/snapshot-part';
import { taken, TaskPool } from '../task-pool';
import { isOurFault } from '../failures';
import { isAvailable, isTroubled, mayBeServed, postponeRepository } from './life-cycle';
import { BranchScan } from './ref-scan';
import { sharingCommits } from './shared-commits';
import { readRepositoryStream } from './repository-stream';
import type { RepositoryRows } from './repository-rows';

/** What reading the repositories goes by. */
interface Work extends Below {
  readonly context: SyncContext;
  readonly hints: Hints | null;
  /** Where the branches of each repository tell its default branch: what writes its row. */
  readonly rows: RepositoryRows | null;
  /** Whether there is only one: then every step is worth a state. */
  readonly isSingle: boolean;
  /** Repositories that no account could read to their end any more, with what was said of it. */
  readonly lost: Map<string, string>;
}

/** So many repositories are named where an account was lost; there may be thousands. */
const NAMED = 5;

/** A repository that is read. */
interface Read {
  readonly repository: RestRepository;
  readonly api: RepositoryApi;
  readonly refs: BranchScan;
}

/**
 * Reads the repositories for the streams below them, those first that could not be read last time, as many at once as requests may be in
 * flight; then the items that are listed over all of them.
 */
export async function readRepositories(
  context: SyncContext,
  below: Below,
  { present, unclear, nameless, withheld }: Pick<Inventory<RestRepository>, 'present' | 'unclear' | 'nameless' | 'withheld'>,
  rows: RepositoryRows | null,
): Promise<void> {
  const selected = allBelow(below);
  if (selected.length === 0) return;
  const hints = await Hints.open(context, below.pullRequests, below.repositoryStreams);
  try {
    const work = { ...below, context, hints, rows, isSingle: present.length === 1, lost: new Map<string, string>() };
    await rows?.writeLeft();
    const read = await readAll(work, present).finally(() => warnOfLost(work));
    for (const each of unclear) {
      postponeRepository(context, selected, each);
      hints?.postpone(each.id);
    }
    for (const { stream } of selected) failNameless(context, stream, { nameless });
    for (const id of withheld) hints?.postpone(id);
    await rows?.end();
    hints?.done();
    for (const each of below.watch) await readBuilds(context, each, read);
  } finally {
    await hints?.close();
  }
}

/** One line, however many there are: an account cannot be used any more, which was told when it was lost. */
function warnOfLost({ context, lost }: Work): void {
  const [message] = lost.values();
  if (message === undefined) return;
  const names = [...lost.keys()];
  const some = `${names.slice(0, NAMED).join(', ')}${names.length > NAMED ? ' and so on' : ''}`;
  const which =
    names.length === 1 ? `${some} is not read to its end` : `${names.length} repositories (${some}) are not read to their end`;
  context.emitter.log('WARN', `${which} in this sync: ${message}.`);
}

/** @returns those whose commits may be watched */
async function readAll(work: Work, repositories: RestRepository[]): Promise<readonly ReadRepository[]> {
  const { context, watch } = work;
  const queue = readingOrder(work, repositories);
  const pool = new TaskPool(context.config.maxConcurrency, 0);
  const { progress } = context;
  const done: ReadRepository[] = [];
  progress.repositories.known = queue.length;
  for (const repository of taken(queue)) {
    await pool.add(async () => {
      const { api, refs } = await readRepository(work, repository);
      if (watch.length > 0 && mayBeServed(repository)) done.push(await toWatch(context, repository, api, refs));
      progress.repositories.done++;
    });
  }
  await pool.drain();
  return done;
}

/** What was left pending comes first; within both, the order of the server. Takes them all out of `listed`. */
function readingOrder(work: Work, listed: RestRepository[]): RestRepository[] {
  const repositories = listed.splice(0);
  const troubled = (id: number) => allBelow(work).some(({ state }) => isTroubled(state.repositories.get(id)));
  return [...repositories.filter(({ id }) => troubled(id)), ...repositories.filter(({ id }) => !troubled(id))];
}

async function readRepository(work: Work, repository: RestRepository): Promise<Read> {
  const { context, rows, repositoryStreams, pullRequests, watch, hints } = work;
  const reference = referenceOf(repository);
  const api = context.bitbucket.of(reference);
  const refs = new BranchScan(api);
  // Several streams read the same lists of commits.
  const shared = repositoryStreams.length > 1 ? sharingCommits(api) : api;
  const read = { repository, api, refs };
  const hint = Promise.resolve(hintOf(hints, repository));
  hint.catch(() => undefined); // told to whoever awaits it
  // Watched commits need the tips in any case.
  const mustScan = async (each: SelectedRepositoryStream) => {
    await hint;
    return hints === null || watch.length > 0 || hints.mustScan(repository, each);
  };
  // Each runs to its end before the failure of another is told: whoever has ended must not speak again.
  const outcomes = await Promise.allSettled([
    rows !== null && writeRow(rows, repository, refs, () => isBranchListRead(repositoryStreams, mustScan)),
    pullRequests.length > 0 &&
      guard(work, repository, pullRequests, hints, async () => readHintedAndListed(work, read, await hint)),
    ...repositoryStreams.map((each) =>
      guard(work, repository, [each], null, async () => {
        if (!(await mustScan(each))) return;
        const seenTo = hints?.seenTo(repository.id) ?? null;
        await readRepositoryStream(context, each, { ...read, api: shared, reference, seenTo, isSingle: work.isSingle });
      }),
    ),
  ]);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason as Error;
  return read;
}

/** Writes the row of a repository: with the default branch that its list of branches tells, or without the list, where nobody reads it. */
async function writeRow(
  rows: RepositoryRows,
  repository: RestRepository,
  refs: BranchScan,
  isScanned: () => Promise<boolean>,
): Promise<void> {
  // Where the inbox fails, whoever else asked for the hint tells.
  if (await isScanned().catch(() => true)) await rows.writeScanned(repository, (known) => listedDefault(refs, known));
  else await rows.writeUnread(repository);
}

/** The default branch that the list of branches tells. An empty list is none while the branch that was the default one answers. */
async function listedDefault(refs: BranchScan, known: string | null): Promise<string | null> {
  const branch = await refs.defaultBranch();
  if (branch === null && known !== null && (await refs.branches()).length === 0) await refs.gone([known]);
  return branch?.name ?? null;
}

/** Whether a stream asks for the list of branches, in this sync. */
async function isBranchListRead(
  streams: readonly SelectedRepositoryStream[],
  mustScan: (each: SelectedRepositoryStream) => Promise<boolean>,
): Promise<boolean> {
  for (const each of streams) if (each.stream.readsBranches && (await mustScan(each))) return true;
  return false;
}

async function readHintedAndListed(work: Work, { repository, api }: Read, hint: Hint): Promise<void> {
  const { context, pullRequests, hints } = work;
  if (!hint.walk && hint.marked.length === 0) return;
  await readPullRequests(context, pullRequests, {
    repository,
    reference: referenceOf(repository),
    api,
    hint,
    postponeHinted: () => hints?.postpone(repository.id),
  });
  if (hint.walk) hints?.listed(repository.id);
}

/**
 * Reads a repository for some streams; where it cannot be read, it is pending for them, and the others go on. Where no account can read it any
 * more in this run, its states tell how far it was read.
 */
async function guard(
  { context, lost }: Work,
  repository: RestRepository,
  selected: readonly SelectedByRepository[],
  hints: Hints | null,
  read: () => Promise<void>,
): Promise<void> {
  const { emitter, failures } = context;
  const { fullName } = referenceOf(repository);
  try {
    await read();
    for (const { stream } of selected) failures.succeeded(stream.name, 'repository');
  } catch (error) {
    if (isKind(error, 'account_lost')) {
      hints?.postpone(repository.id);
      if (!lost.has(fullName)) lost.set(fullName, error.message);
      return;
    }
    if (!isOurFault(error) && (isFatal(error) || !(error instanceof BitbucketError))) throw error;
    hints?.postpone(repository.id);
    if (isAvailable(repository)) return postponeRepository(context, selected, { id: repository.id, address: fullName, error });
    emitter.log(
      'WARN',
      `${fullName} is ${repository.state ?? 'not available'}, and cannot be read for ${selected.map(({ stream }) => stream.name).join(', ')}: ${error.message}`,
    );
  }
}

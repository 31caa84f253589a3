import type { Bitbucket } from '../../bitbucket/api/bitbucket';
import { COMMITS_PER_REQUEST } from '../../bitbucket/api/builds';
import type { BuildCounters } from '../../bitbucket/api/payloads';
import { type BitbucketError, isKind } from '../../bitbucket/errors';
import { TaskPool } from '../task-pool';

/** What the counters of commits are asked with. */
export interface CountersRun {
  readonly bitbucket: Pick<Bitbucket, 'buildCounters' | 'buildCountersOf'>;
  readonly width: number;
  /** Whether a commit is to be asked about where each costs a request of its own. */
  readonly isAskedAlone: (id: string) => boolean;
  /** The counters of a commit; undefined: it has no builds. */
  readonly take: (id: string, counters: BuildCounters | undefined) => void;
  /** The commits were asked about one by one, and this one could not be. */
  readonly onFailure: (id: string, error: BitbucketError) => void;
}

/** How the counters were had. */
export type CountersOutcome =
  | { readonly kind: 'together' | 'one by one' }
  /** The server has no build statuses, or none for this account. */
  | { readonly kind: 'none'; readonly error: BitbucketError };

/**
 * Asks for the build counters of commits, 100 in a request. Where the server refuses that, each is asked about by itself; where it does
 * not answer that to this account at all, as the first of these tells, nothing more is asked.
 * @throws BitbucketError where the counters cannot be had at the moment
 */
export async function readCounters(ids: readonly string[], run: CountersRun): Promise<CountersOutcome> {
  const [first, ...others] = batchesOf(ids);
  if (first === undefined) return { kind: 'together' };
  try {
    await readBatch(first, run);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return readOneByOne(ids, run);
  }
  const pool = new TaskPool(run.width, run.width);
  for (const batch of others) await pool.add(() => readBatch(batch, run));
  await pool.drain();
  return { kind: 'together' };
}

async function readBatch(ids: readonly string[], { bitbucket, take }: CountersRun): Promise<void> {
  const counters = await bitbucket.buildCounters(ids);
  for (const id of ids) take(id, counters.get(id));
}

async function readOneByOne(ids: readonly string[], run: CountersRun): Promise<CountersOutcome> {
  const { bitbucket, take, isAskedAlone, onFailure } = run;
  const [first, ...others] = ids.filter(isAskedAlone);
  if (first === undefined) return { kind: 'one by one' };
  try {
    take(first, await bitbucket.buildCountersOf(first));
  } catch (error) {
    if (isRefusalOfAll(error)) return { kind: 'none', error };
    if (!isRefusal(error)) throw error;
    onFailure(first, error);
  }
  const pool = new TaskPool(run.width, run.width);
  for (const id of others) {
    await pool.add(async () => {
      try {
        take(id, await bitbucket.buildCountersOf(id));
      } catch (error) {
        if (!isRefusal(error) && !isKind(error, 'unavailable', 'timeout', 'network', 'unexpected_answer')) throw error;
        onFailure(id, error);
      }
    });
  }
  await pool.drain();
  return { kind: 'one by one' };
}

function* batchesOf(ids: readonly string[]): Generator<readonly string[]> {
  for (let start = 0; start < ids.length; start += COMMITS_PER_REQUEST) yield ids.slice(start, start + COMMITS_PER_REQUEST);
}

/** Whether one commit's refusal is that of all: there is no such route, or not for this account. */
function isRefusalOfAll(error: unknown): error is BitbucketError {
  return isKind(error, 'forbidden', 'no_such_route', 'not_acceptable') || (isRefusal(error) && error.details.status === 405);
}

/** Whether the server refuses what was asked. */
function isRefusal(error: unknown): error is BitbucketError {
  return isKind(error, 'forbidden', 'not_found', 'no_such_route', 'rejected', 'not_acceptable');
}

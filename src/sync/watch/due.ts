import type { BuildCounters } from '../../bitbucket/api/payloads';
import type { WatchedCommit } from './watch-state';

/** A build that is in progress for longer than this was most likely abandoned, in milliseconds. */
const LONG_MS = 24 * 3600 * 1000;
const NONE: BuildCounters = { successful: 0, failed: 0, inProgress: 0, cancelled: 0, unknown: 0 };

/** What decides whether the builds of a commit are listed. */
export interface Watched {
  readonly known: WatchedCommit | undefined;
  /** Absent: the server knows no build of the commit. */
  readonly counters: BuildCounters | undefined;
  /** A tip, or the head of an open pull request: read again after `recheck_hours`, for a re-run may leave the counters as they were. */
  readonly isPrime: boolean;
  /** It could not be read in the last sync. */
  readonly isWanted: boolean;
}

/** The counters as they are remembered. */
export function printCounters({ successful, failed, inProgress, cancelled, unknown }: BuildCounters = NONE): string {
  return [successful, failed, inProgress, cancelled, unknown].join(',');
}

/** Whether the builds of a commit must be listed. @param now in epoch milliseconds */
export function isDue({ known, counters, isPrime, isWanted }: Watched, now: number, recheckMs: number): boolean {
  const printed = printCounters(counters);
  const hadBuilds = known !== undefined && known.builds.size > 0;
  if (printed === printCounters() && !hadBuilds) return false;
  if (known === undefined || isWanted || known.counters !== printed) return true;
  const isOld = now - known.readAt >= recheckMs;
  if (known.runningSince !== null) return now - known.runningSince <= LONG_MS || isOld;
  return isPrime && isOld;
}

/** Whether a commit is to be asked about, where each costs a request of its own. */
export function isAskedAlone({ known, isPrime, isWanted }: Omit<Watched, 'counters'>, now: number, recheckMs: number): boolean {
  if (known === undefined || isPrime || isWanted || known.counters === null) return true;
  return known.runningSince !== null || now - known.readAt >= recheckMs;
}

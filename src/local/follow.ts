import { setTimeout as delay } from 'node:timers/promises';
import { sync, type SyncOptions } from './sync';

/** Syncs that may fail one after the other: fewer than the wrong passwords that lock a Bitbucket account. */
const MOST_FAILURES = 3;
/** At least so long after a failure, in milliseconds. */
const AFTER_FAILURE_MS = 30_000;

/**
 * Syncs again and again until it is told to stop.
 * @param pauseMs between the end of one sync and the start of the next
 * @returns 0 when it was told to stop; else the exit code of the last of three syncs that failed in a row
 */
export async function follow(options: SyncOptions, pauseMs: number): Promise<number> {
  const { signal } = options;
  let failures = 0;
  for (let { reset } = options; ; reset = false) {
    const code = await sync({ ...options, reset });
    failures = code === 0 ? 0 : failures + 1;
    if (failures === MOST_FAILURES) return code;
    // A signal that has come already ends the pause at once.
    await delay(failures === 0 ? pauseMs : Math.max(pauseMs, AFTER_FAILURE_MS), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return 0;
  }
}

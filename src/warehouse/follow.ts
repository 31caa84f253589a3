import { setTimeout as delay } from 'node:timers/promises';
import { Screen } from './screen';
import type { SyncOptions } from './options';
import { syncOnce } from './sync';

/** After the first failure, in milliseconds; twice as long after each further one in a row. */
const AFTER_FAILURE_MS = 30_000;
const LONGEST_PAUSE_MS = 10 * 60_000;

/** Waits so many milliseconds, or until the signal. */
export type Wait = (milliseconds: number, signal: AbortSignal) => Promise<void>;

/** Timers take 31 bits of milliseconds, 24 days; one that is longer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const wait: Wait = async (milliseconds, signal) => {
  for (let left = milliseconds; left > 0 && !signal.aborted; left -= LONGEST_TIMER_MS)
    await delay(Math.min(left, LONGEST_TIMER_MS), undefined, { signal }).catch(() => undefined);
};

/**
 * Syncs again and again until it is told to stop. A server that is down is waited for, longer and longer; what only a person can mend, a
 * denied login above all, is not tried again: five wrong passwords lock a Bitbucket account.
 * @param pauseMs between the end of one sync and the start of the next
 * @returns 0 when it was told to stop; else the exit code of the sync that a person has to look at
 */
export async function follow(options: SyncOptions, pauseMs: number, pause: Wait = wait): Promise<number> {
  const { signal, output, isTerminal, clock } = options;
  const isOver = () => signal.aborted;
  const screen = new Screen({ output, isTerminal, clock, mask: (text) => text, isVerbose: options.verbose ?? true });
  let failures = 0;
  let sinceLastFailure = 0;
  for (let { reset } = options; ; reset = false) {
    // What was seen once need not be looked at before each sync: it would cost more than a sync in which nothing happened.
    const preflight = sinceLastFailure === 0 ? options.preflight : undefined;
    const { exitCode, completed, needsPerson, hasToldStop } = await syncOnce({ ...options, reset, preflight, isFollowing: true });
    sinceLastFailure = exitCode === 0 ? sinceLastFailure + 1 : 0;
    if (isOver()) {
      // The signal came when the sync had said what came of it.
      if (!hasToldStop) screen.say('Stopped.');
      return 0;
    }
    if (needsPerson) {
      screen.log('ERROR', 'The next sync would end in the same way: none is started until the configuration is mended.');
      return exitCode;
    }
    // Where some streams are complete, the others do not hold them up.
    if (exitCode === 0) failures = 0;
    else failures = completed ? 1 : failures + 1;
    const milliseconds =
      failures === 0 ? pauseMs : Math.max(pauseMs, Math.min(AFTER_FAILURE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS));
    const longer = milliseconds > pauseMs ? ' (after a failure the pause is longer than --follow says)' : '';
    if (failures > 0)
      screen.log(
        'WARN',
        `${failures === 1 ? 'The sync has' : `${failures} syncs in a row have`} failed: the next one starts in ${milliseconds / 1000} s${longer}.`,
      );
    // A signal that has come already ends the pause at once.
    await pause(milliseconds, signal);
    if (!isOver()) continue;
    screen.say('Stopped.');
    return 0;
  }
}

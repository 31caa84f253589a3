import type { Emitter } from '../airbyte/emitter';
import type { Bitbucket } from '../bitbucket/api/bitbucket';
import type { Config } from '../config/config';
import type { StreamRun } from '../streams/stream';
import type { Checkpoints } from './checkpoints';
import type { Failures } from './failures';
import type { Progress } from './progress';

/** What a sync runs with. */
export interface SyncContext {
  readonly config: Config;
  readonly bitbucket: Bitbucket;
  readonly emitter: Emitter;
  readonly checkpoints: Checkpoints;
  readonly failures: Failures;
  readonly progress: Progress;
  readonly now: () => number;
  /** When this sync began, in epoch milliseconds. */
  readonly startedAt: number;
  /** Whether the states are those of another server, once the repositories have been listed; false where that cannot be told. */
  readonly isOtherServer: Promise<boolean>;
  readonly tellServer: (isOther: boolean) => void;
  /** Ends a stream before its part has ended; says what is wrong with it, if anything. */
  readonly finish: (stream: string, error?: unknown) => Promise<void>;
}

/** What streams may know of a sync. */
export function streamRun({ config, startedAt, now, emitter }: SyncContext): StreamRun {
  return { config, startedAt, now, log: (level, message) => emitter.log(level, message) };
}

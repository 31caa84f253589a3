import type { Bitbucket } from '../bitbucket/api/bitbucket';
import type { Config } from '../config/config';
import type { StreamName } from '../streams/stream';
import type { Checkpoints } from './checkpoints';
import type { Emitter } from '../airbyte/emitter';
import type { Failures } from './failures';
import type { Progress } from './progress';
import type { PullRequestStreamState, SnapshotState } from './states';

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
  /** The state of a selected stream; undefined where it is not selected. */
  readonly snapshotState: (name: StreamName) => SnapshotState | undefined;
  readonly pullRequestState: (name: StreamName) => PullRequestStreamState | undefined;
  readonly finish: (name: StreamName, error?: unknown) => Promise<void>;
}

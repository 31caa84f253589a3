import type { Bitbucket } from '../bitbucket/api/bitbucket';
import { BitbucketError, type FailureKind, isFatal } from '../bitbucket/errors';
import type { Config } from '../config/config';
import type { SelectedStream } from '../airbyte/configured-catalog';
import type { StreamName, Stream } from '../streams/stream';
import { Checkpoints } from './checkpoints';
import type { SyncContext } from './context';
import type { Emitter, FailureType } from '../airbyte/emitter';
import { Failures, failureType, summarise } from './failures';
import type { Progress } from './progress';
import { syncProjects } from './projects-sync';
import { syncRepositories } from './repositories-sync';
import { PullRequestStreamState, SnapshotState } from './states';
import { syncUsers } from './users-sync';

/** One run of `read`: all selected streams, side by side. */
export class Sync {
  private readonly checkpoints: Checkpoints;
  private readonly failures = new Failures();
  private readonly states = new Map<StreamName, SnapshotState | PullRequestStreamState>();
  private readonly open = new Set<StreamName>();
  private readonly startedAt: number;
  private succeeded = true;

  constructor(
    private readonly config: Config,
    private readonly bitbucket: Bitbucket,
    private readonly emitter: Emitter,
    private readonly progress: Progress,
    private readonly now: () => number,
    private readonly selected: readonly SelectedStream<Stream>[],
  ) {
    this.startedAt = now();
    this.checkpoints = new Checkpoints(emitter, now);
    for (const { stream, syncMode, state } of selected) {
      const initial = initialState(stream, syncMode, state, this.startedAt);
      this.states.set(stream.name, initial);
      this.checkpoints.register(stream.name, () => initial.print());
      this.open.add(stream.name);
    }
  }

  /** Reads everything that is selected. @returns whether every stream is COMPLETE */
  async run(): Promise<boolean> {
    for (const { stream } of this.selected) this.emitter.status(stream.name, 'STARTED');
    const heartbeat = setInterval(() => this.checkpoints.heartbeat(false), 30_000);
    try {
      await this.bitbucket.logIn();
      const context = this.context();
      await Promise.all([
        this.guard(['projects'], () => syncProjects(context)),
        this.guard(['users'], () => syncUsers(context)),
        this.guard(['repositories', 'pull_requests', 'pull_request_activities', 'pull_request_diffs'], () =>
          syncRepositories(context),
        ),
      ]);
    } catch (error) {
      for (const { stream } of this.selected) await this.finish(stream.name, error);
    } finally {
      clearInterval(heartbeat);
    }
    return this.succeeded;
  }

  /** Emits the states of what has been done so far: the run is about to be ended. */
  flush(): void {
    this.checkpoints.heartbeat(true);
  }

  private context(): SyncContext {
    const { config, bitbucket, emitter, checkpoints, failures, progress, now, startedAt } = this;
    return {
      ...{ config, bitbucket, emitter, checkpoints, failures, progress, now, startedAt },
      snapshotState: (name) => this.states.get(name) as SnapshotState | undefined,
      pullRequestState: (name) => this.states.get(name) as PullRequestStreamState | undefined,
      finish: (name, error) => this.finish(name, error),
    };
  }

  /** What goes wrong in one part is the end of that part's streams alone. */
  private async guard(names: readonly StreamName[], part: () => Promise<void>): Promise<void> {
    const mine = names.filter((name) => this.open.has(name));
    if (mine.length === 0) return;
    let failure: unknown = undefined;
    try {
      await part();
    } catch (error) {
      failure = error ?? new Error('unknown');
    }
    for (const name of mine) await this.finish(name, failure);
  }

  /** Ends a stream: its last state, what is wrong with it, and its status. */
  private async finish(name: StreamName, error?: unknown): Promise<void> {
    if (!this.open.delete(name)) return;
    if (!isFatal(error)) this.failures.settle(name);
    for (const failure of this.failures.known(name)) {
      this.emitter.log(
        'WARN',
        `${name}: ${failure.item} could not be read in ${failure.before + 1} syncs, though others could: ${failure.error.message}`,
      );
    }
    const failed = this.failures.of(name);
    const complete = error === undefined && failed.length === 0;
    const state = this.states.get(name);
    if (complete && state?.fullRefresh === 'running') state.fullRefresh = 'complete';
    await this.checkpoints.emit(name);
    if (!complete) this.fail(name, error, failed);
    this.emitter.status(name, complete ? 'COMPLETE' : 'INCOMPLETE');
  }

  private fail(name: StreamName, error: unknown, failed: ReturnType<Failures['of']>): void {
    this.succeeded = false;
    if (error !== undefined)
      return this.emitter.error(`${name} could not be read to its end: ${messageOf(error)}`, failureType(error), name, error);
    const types = new Set(failed.map((failure) => failureType(failure.error)));
    // The first error decides whether the platform tries again: it does if any of them may pass by itself.
    const type =
      (['transient_error', 'config_error', 'system_error'] as FailureType[]).find((candidate) => types.has(candidate)) ??
      'system_error';
    this.emitter.error(`${name}: ${summarise(failed)}`, type, name, failed[0]?.error);
  }
}

function messageOf(error: unknown): string {
  if (error instanceof BitbucketError) return `${error.message}.${remedyOf(error)}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** What to do about a failure that ends a stream. */
function remedyOf(error: BitbucketError): string {
  const remedies: Partial<Record<FailureKind, string>> = {
    login_denied: ' Check credentials; `check` says more.',
    no_licence: ' Ask an administrator to give the account a Bitbucket licence.',
    forbidden: ' Give the account the permission, or leave the stream out.',
    tls: " Put the authority's certificate into ca_certificate.",
    no_such_route: ' Check server_url, context path included.',
    not_found: ' Check server_url, context path included.',
  };
  return remedies[error.kind] ?? ' The next sync goes on from what was read.';
}

/** A full refresh goes on only from one that was cut off; an incremental sync takes whatever is whole. */
function initialState(
  stream: Stream,
  syncMode: SelectedStream<Stream>['syncMode'],
  raw: unknown,
  now: number,
): SnapshotState | PullRequestStreamState {
  const parse = (value: unknown) =>
    stream.kind === 'snapshot' ? SnapshotState.parse(value, now) : PullRequestStreamState.parse(value, now);
  const saved = parse(raw);
  const goesOn = syncMode === 'full_refresh' ? saved.fullRefresh === 'running' : saved.fullRefresh !== 'running';
  const state = goesOn ? saved : parse(null);
  state.fullRefresh = syncMode === 'full_refresh' ? 'running' : null;
  return state;
}

import type { SelectedStream } from '../airbyte/configured-catalog';
import type { Emitter, FailureType } from '../airbyte/emitter';
import type { Bitbucket } from '../bitbucket/api/bitbucket';
import { BitbucketError, type FailureKind, isFatal, isKind } from '../bitbucket/errors';
import type { Config } from '../config/config';
import { ConfigError } from '../config/config-error';
import { isJson } from '../config/json';
import { CredentialsError } from '../credentials/credentials-error';
import type { Stream } from '../streams/stream';
import { Checkpoints, MOST_WEIGHT } from './checkpoints';
import type { SyncContext } from './context';
import { Failures, failureType, summarise } from './failures';
import { type Part, partsOf } from './parts';
import type { Progress } from './progress';
import { select } from './selected';
import { problemOf, type StreamState } from './stream-state';

/** One run of `read`: all selected streams, side by side. */
export class Sync {
  private readonly checkpoints: Checkpoints;
  private readonly failures: Failures;
  private readonly states = new Map<string, StreamState>();
  private readonly open = new Set<string>();
  /** What the account must be allowed to, by stream, where that is known. */
  private readonly permissions = new Map<string, string>();
  private readonly parts: readonly Part[];
  private readonly startedAt: number;
  private succeeded = true;

  /** @throws Error where a selected stream would not be read */
  constructor(
    private readonly config: Config,
    private readonly bitbucket: Bitbucket,
    private readonly emitter: Emitter,
    private readonly progress: Progress,
    private readonly now: () => number,
    catalog: readonly SelectedStream<Stream>[],
  ) {
    this.startedAt = now();
    this.failures = new Failures(config.failOnUnreadable);
    this.checkpoints = new Checkpoints(emitter, now);
    const selected = catalog.map((each) => select(each, this.startedAt));
    this.parts = partsOf(selected);
    for (const [index, { stream, state }] of selected.entries()) {
      const raw = catalog[index]?.state;
      if (isJson(raw)) bitbucket.pageSizes.restore(raw.page_sizes);
      const problem = problemOf(raw, state);
      if (problem !== null) emitter.log('WARN', `${stream.name}: ${problem}`);
    }
    for (const { stream, state } of selected) {
      this.states.set(stream.name, state);
      this.checkpoints.register(stream.name, () => this.print(stream, state));
      this.open.add(stream.name);
      if (stream.kind === 'snapshot') this.permissions.set(stream.name, stream.permission);
    }
  }

  /** Reads everything that is selected. @returns whether every stream is COMPLETE */
  async run(): Promise<boolean> {
    for (const name of this.states.keys()) this.emitter.status(name, 'STARTED');
    const heartbeat = setInterval(() => this.checkpoints.heartbeat(false), 30_000);
    try {
      await this.logIn();
      const context = this.context();
      if (!this.parts.some(({ isPartOfRepositories }) => isPartOfRepositories)) context.tellServer(false);
      await Promise.all(this.parts.map((part) => this.guard(part, context)));
    } catch (error) {
      for (const name of this.states.keys()) await this.finish(name, error);
    } finally {
      clearInterval(heartbeat);
    }
    this.warnOfWeight();
    return this.succeeded;
  }

  /** What answers the first request again and again with something else is not Bitbucket: `check` says so, too (`not_bitbucket`). */
  private async logIn(): Promise<void> {
    try {
      await this.bitbucket.logIn();
    } catch (error) {
      if (!isKind(error, 'unexpected_answer')) throw error;
      throw new ConfigError(
        `${error.message}. What answers is not the API of Bitbucket: check server_url, context path included, and that it does not lead to a login page; \`check\` or \`doctor\` say more.`,
      );
    }
  }

  /** The state of a stream, with the page sizes that its lists could bear, if these are smaller than usual. */
  private print({ requestKinds }: Stream, state: StreamState): string {
    const sizes = this.bitbucket.pageSizes.print(requestKinds);
    const text = state.print();
    return sizes === null ? text : `${text.slice(0, -1)},"page_sizes":${JSON.stringify(sizes)}}`;
  }

  private warnOfWeight(): void {
    const { weight } = this.checkpoints;
    if (weight <= MOST_WEIGHT) return;
    this.emitter.log(
      'WARN',
      `The states of all streams weigh ${(weight / 1e6).toFixed(1)} MB together, and platforms take 10 MB: divide the repositories among several connections (shard_index, shard_count)`,
    );
  }

  /** Emits the states of what has been done so far: the run is about to be ended. */
  flush(): void {
    this.checkpoints.heartbeat(true);
  }

  private context(): SyncContext {
    const { config, bitbucket, emitter, checkpoints, failures, progress, now, startedAt } = this;
    let tellServer: SyncContext['tellServer'] = () => undefined;
    const isOtherServer = new Promise<boolean>((resolve) => (tellServer = resolve));
    return {
      isOtherServer,
      tellServer,
      ...{ config, bitbucket, emitter, checkpoints, failures, progress, now, startedAt },
      finish: (name, error) => this.finish(name, error),
    };
  }

  /** What goes wrong in one part is the end of that part's streams alone. */
  private async guard({ streams, run, isPartOfRepositories = false }: Part, context: SyncContext): Promise<void> {
    let failure: unknown = undefined;
    try {
      await run(context);
    } catch (error) {
      failure = error ?? new Error('unknown');
    }
    for (const name of streams) await this.finish(name, failure);
    if (isPartOfRepositories) context.tellServer(false); // where it was not told, it cannot be
  }

  /** Ends a stream: its last state, what is wrong with it, and its status. */
  private async finish(name: string, error?: unknown): Promise<void> {
    if (!this.open.delete(name)) return;
    if (error !== undefined) this.failures.streamFailed(name);
    if (!isFatal(error)) this.failures.settle(name);
    for (const failure of this.failures.tolerated(name)) {
      this.emitter.log(
        'WARN',
        `${name}: ${failure.item} could not be read${failure.before === 0 ? '' : ` in ${failure.before + 1} syncs`}, and is left out of this sync: ${failure.error.message}`,
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

  private fail(name: string, error: unknown, failed: ReturnType<Failures['of']>): void {
    this.succeeded = false;
    if (error !== undefined)
      return this.emitter.error(
        `${name} could not be read to its end: ${messageOf(error, this.permissions.get(name))}`,
        failureType(error),
        name,
        error,
      );
    const types = new Set(failed.map((failure) => failureType(failure.error)));
    // The first error decides whether the platform tries again: it does if any of them may pass by itself.
    const type =
      (['transient_error', 'config_error', 'system_error'] as FailureType[]).find((candidate) => types.has(candidate)) ??
      'system_error';
    this.emitter.error(`${name}: ${summarise(failed)}`, type, name, failed[0]?.error);
  }
}

function messageOf(error: unknown, permission?: string): string {
  if (error instanceof BitbucketError) return `${error.message}.${remedyOf(error, permission)}`;
  if (error instanceof ConfigError) return error.message;
  if (error instanceof CredentialsError) return `credential_store: ${error.message}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** What to do about a failure that ends a stream. */
function remedyOf(error: BitbucketError, permission?: string): string {
  const remedies: Partial<Record<FailureKind, string>> = {
    login_denied: ' Check credentials; `check` or `doctor` say more.',
    no_licence: ' Ask an administrator to give the account a Bitbucket licence.',
    forbidden: ` Give the account the permission${permission === undefined ? '' : ` (${permission})`}, or leave the stream out.`,
    tls: " Put the authority's certificate into ca_certificate.",
    no_such_route: ' Check server_url, context path included.',
    not_found: ' Check server_url, context path included.',
  };
  return remedies[error.kind] ?? ' The next sync goes on from what was read.';
}

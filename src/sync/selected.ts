import type { SelectedStream } from '../airbyte/configured-catalog';
import type { PullRequestStream, RepositoryStream, SnapshotStream, Stream, WatchStream } from '../streams/stream';
import { type PullRequestsState, pullRequestsForm } from './items/item-state';
import { RepositoryStates } from './repository/repository-states';
import { SnapshotState } from './snapshots/snapshot-state';
import type { StreamState } from './stream-state';
import type { WatchedCommits } from './watch/watch-state';
import { WatchState } from './watch/watch-stream-state';

export interface SelectedSnapshot {
  readonly kind: 'snapshot';
  readonly stream: SnapshotStream;
  readonly state: SnapshotState;
}

export interface SelectedPullRequests {
  readonly kind: 'pull requests';
  readonly stream: PullRequestStream;
  readonly state: RepositoryStates<PullRequestsState>;
}

export interface SelectedRepositoryStream {
  readonly kind: 'repository';
  readonly stream: RepositoryStream;
  readonly state: RepositoryStates<unknown>;
}

/** What is known of watched commits, by repository. */
export interface SelectedWatchedCommits {
  readonly kind: 'watched commits';
  readonly stream: WatchStream;
  readonly state: RepositoryStates<WatchedCommits>;
}

/** A stream that watches commits, with the readings that tell it which. */
export interface SelectedWatch {
  readonly kind: 'watch';
  readonly stream: WatchStream;
  readonly state: WatchState;
  readonly items: SelectedWatchedCommits;
  readonly heads: SelectedPullRequests;
  readonly commits: SelectedRepositoryStream;
}

/** A stream of the catalog with what it remembers, by how it is read. */
export type Selected = SelectedSnapshot | SelectedPullRequests | SelectedRepositoryStream | SelectedWatch;

/** Those streams whose memory is kept by repository. */
export type SelectedByRepository = Exclude<Selected, SelectedSnapshot | SelectedWatch> | SelectedWatchedCommits;

/** What is read repository by repository, by how. */
export interface Below {
  readonly pullRequests: readonly SelectedPullRequests[];
  readonly repositoryStreams: readonly SelectedRepositoryStream[];
  readonly watch: readonly SelectedWatch[];
}

/** All of it. */
export function allBelow({ pullRequests, repositoryStreams, watch }: Below): readonly SelectedByRepository[] {
  return [...pullRequests, ...repositoryStreams, ...watch.map(({ items }) => items)];
}

/** Joins a stream of the catalog and its state. @param now in epoch milliseconds */
export function select({ stream, syncMode, state: raw }: SelectedStream<Stream>, now: number): Selected {
  if (stream.kind === 'snapshot')
    return { kind: 'snapshot', stream, state: initial(syncMode, raw, (value) => SnapshotState.parse(value, now)) };
  if (stream.kind === 'watch')
    return watching(
      stream,
      initial(syncMode, raw, (value) => WatchState.parse(stream, value, now)),
    );
  if (stream.kind === 'repository')
    return {
      kind: 'repository',
      stream,
      state: initial(syncMode, raw, (value) => RepositoryStates.parse(stream.state, value, now)),
    };
  return {
    kind: 'pull requests',
    stream,
    state: initial(syncMode, raw, (value) => RepositoryStates.parse(pullRequestsForm, value, now)),
  };
}

function watching(stream: WatchStream, state: WatchState): SelectedWatch {
  return {
    ...{ kind: 'watch', stream, state },
    items: { kind: 'watched commits', stream, state: state.items },
    heads: { kind: 'pull requests', stream: stream.heads, state: state.heads },
    commits: { kind: 'repository', stream: stream.commits, state: state.commits },
  };
}

/** A full refresh goes on only from one that was cut off; an incremental sync takes whatever is whole. */
function initial<State extends StreamState>(
  syncMode: SelectedStream<Stream>['syncMode'],
  raw: unknown,
  parse: (raw: unknown) => State,
): State {
  const saved = parse(raw);
  const goesOn = syncMode === 'full_refresh' ? saved.fullRefresh === 'running' : saved.fullRefresh !== 'running';
  const state = goesOn ? saved : parse(null);
  state.fullRefresh = syncMode === 'full_refresh' ? 'running' : null;
  return state;
}

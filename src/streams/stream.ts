import type { Row } from '../airbyte/emitter';
import type { RestActivity, RestProject, RestPullRequest, RestRepository, RestUser } from '../bitbucket/api/payloads';
import type { Diff } from '../bitbucket/diff/diff';
import { fingerprint } from './fingerprint';

export type { Row };

/** The streams, by name. */
export type StreamName =
  'projects' | 'repositories' | 'users' | 'pull_requests' | 'pull_request_activities' | 'pull_request_diffs';

interface Described {
  readonly name: StreamName;
  readonly primaryKey: readonly string[];
  readonly cursor: string;
  /** The columns, as the schema declares them. */
  readonly columns: readonly string[];
}

/**
 * A stream of things that are listed whole: each sync compares the list with what it knew, emits what changed, and proves by its own
 * 404 that what is missing is gone.
 */
export interface SnapshotStream<Source extends { readonly id: number }> extends Described {
  readonly kind: 'snapshot';
  /** What it takes to ask for this one again: a key, a slug. */
  readonly addressOf: (source: Source) => string;
  /** The row, less `changed_at` and `deleted_at`, which the driver knows. */
  readonly row: (source: Source) => Row;
  /** What of the row counts as a change. */
  readonly fingerprint: (row: Row) => string;
}

/** What is known of a pull request once its list entry has been seen. */
export interface PullRequestReference {
  readonly id: number;
  /** Epoch milliseconds. */
  readonly updatedDate: number;
  readonly open: boolean;
  readonly sourceCommit: string | null;
  readonly targetCommit: string | null;
}

/** The repository that a pull request was opened in. */
export interface RepositoryReference {
  readonly id: number;
  readonly key: string;
  readonly slug: string;
  /** `KEY/slug`. */
  readonly fullName: string;
}

/** What a pull-request stream may ask the server; each call throws BitbucketError. */
export interface PullRequestReader {
  activities(pullRequest: PullRequestReference): AsyncIterable<readonly RestActivity[]>;
  diff(pullRequest: PullRequestReference): Promise<Diff>;
}

/** A stream whose rows belong to pull requests; one walk per repository serves all of them. */
export interface PullRequestStream extends Described {
  readonly kind: 'pull_request';
  /** What of a list entry says that this stream must read the pull request again. */
  readonly fingerprint: (listed: RestPullRequest) => string;
  /** Rows that the list entry itself gives, or null where requests are needed. */
  readonly fromList: ((listed: RestPullRequest, repository: RepositoryReference) => Row) | null;
  /** Rows that cost requests, a page at a time. */
  readonly read: (
    pullRequest: PullRequestReference,
    repository: RepositoryReference,
    reader: PullRequestReader,
  ) => AsyncIterable<readonly Row[]>;
  /** Rows may change while the fingerprint stays: read again every `recheck_hours`, and compared by content and ids. */
  readonly rechecked: { readonly content: (row: Row) => unknown } | null;
  /** The row's key for the tombstone of a deleted pull request; null where it gets none (contract §4). */
  readonly tombstoneKey: ((repositoryId: number, pullRequestId: number) => Row) | null;
}

export type AnySnapshotStream = SnapshotStream<RestProject> | SnapshotStream<RestRepository> | SnapshotStream<RestUser>;
export type Stream = AnySnapshotStream | PullRequestStream;

/** What makes a snapshot stream; the fingerprint covers all columns but those named as descriptive copies. */
export function snapshotStream<Source extends { readonly id: number }>(
  definition: Omit<SnapshotStream<Source>, 'kind' | 'primaryKey' | 'cursor' | 'fingerprint'> & {
    readonly descriptive: readonly string[];
  },
): SnapshotStream<Source> {
  const { descriptive, ...stream } = definition;
  const telling = stream.columns.filter((column) => ![...descriptive, 'changed_at', 'deleted_at'].includes(column));
  return {
    kind: 'snapshot',
    primaryKey: ['id'],
    cursor: 'changed_at',
    fingerprint: (row) => fingerprint(telling.map((column) => row[column] ?? null)),
    ...stream,
  };
}

/** What a tombstone holds: keys, cursor and `deleted_at`; every other column is null. */
export function tombstone(stream: Stream, keys: Row, discoveredAt: string): Row {
  const empty = Object.fromEntries(stream.columns.map((column) => [column, null]));
  return { ...empty, ...keys, [stream.cursor]: discoveredAt, deleted_at: discoveredAt };
}

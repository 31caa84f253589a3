import type { Row } from '../airbyte/emitter';
import type { Bitbucket } from '../bitbucket/api/bitbucket';
import type { Config } from '../config/config';
import type { Json } from '../config/json';
import type { RestBuild, RestPullRequest, RestRichBuild } from '../bitbucket/api/payloads';
import { instant } from './documents';
import type { RefScan, RepositoryApi, RepositoryReference } from './repository-api';
import type { RecentCommits } from './watch/recent-commits-state';

export type { Row };
export type { Branch, RefScan, RepositoryApi, RepositoryReference } from './repository-api';

/** What every stream says of itself; each list of streams elsewhere is derived from these values. */
export interface Described {
  readonly name: string;
  readonly primaryKey: readonly string[];
  readonly cursor: string;
  /** The columns, as the schema declares them. */
  readonly columns: readonly string[];
  /** It only remembers: what it reads again after a kill costs little, and is no reason for a state of its own. @default false */
  readonly isSilent?: boolean;
  /** The kinds of request that are made for this stream, as statistics name them: `activities`. */
  readonly requestKinds: readonly string[];
}

/** What a listing of the whole instance may use. */
export interface ListingScope {
  readonly bitbucket: Bitbucket;
  readonly config: Config;
  readonly warn: (message: string) => void;
  /** Takes an entry of a list that cannot be understood; throws where it has no id. */
  readonly onUnreadable: (entry: { readonly id: unknown }) => void;
}

/**
 * Things that are listed whole: each sync compares the list with what it knew, emits what changed, and proves by its own 404 that what is
 * missing is gone. Methods, so that streams of different sources fit into one list.
 */
export interface SnapshotStream<Source extends { readonly id: number } = { readonly id: number }> extends Described {
  readonly kind: 'snapshot';
  /** What is listed, for messages. @default the stream's name */
  readonly what: string;
  /** The permission without which the list is shorter, for messages. */
  readonly permission: string;
  /** All of them, a page at a time; throws BitbucketError. */
  list(scope: ListingScope): AsyncIterable<readonly Source[]>;
  /** One of them, by its address; throws BitbucketError. */
  get(scope: ListingScope, address: string): Promise<Source>;
  /** Where `list` does not hold all there is: a list that does, for what is not at its address any more; null: it does. */
  everything(scope: ListingScope): AsyncIterable<readonly Source[]> | null;
  /** Whether a whole list shows it: some things are found by their address only. */
  isListed(source: Source): boolean;
  /** What it takes to ask for this one again: a key, a slug. */
  addressOf(source: Source): string;
  /** Whether the filters want it. */
  selects(config: Config, source: Source): boolean;
  /** The same, from what was remembered of it. */
  selectsKnown(config: Config, id: number, address: string): boolean;
  /** The row, less `changed_at` and `deleted_at`, which the engine knows. */
  row(source: Source): Row;
  /** What of the row counts as a change. */
  fingerprint(row: Row): string;
}

/** Numbers of pull requests, ids of commits. */
export type ItemId = number | string;

/** What is known of an item once it was shown; the id is unique within its repository. */
export interface ItemReference {
  readonly id: ItemId;
}

/**
 * Rows that belong to items: pull requests, commits. An item is read again when its fingerprint differs from the one of its last read.
 * `Item` is what the lister shows, `Reference` what is kept of it while the item waits to be read.
 */
export interface ItemStream<Item, Reference extends ItemReference> extends Described {
  readonly kind: 'item';
  /** What of an item says that it must be read again. */
  fingerprint(item: Item): string;
  /**
   * What of the fingerprint must be read at once: where only the rest differs, the item is read again within `recheck_hours`, for it changes
   * too often. Absent: all of it.
   */
  urgent?(item: Item): string;
  readonly source: EntrySource<Item> | RequestSource<Reference>;
  /**
   * Whether an answer says that what the rows are made of is lost on the server: this is logged, is no failure, and the item is read again
   * when its fingerprint changes. Absent: nothing is ever lost.
   */
  isLost?(error: unknown): boolean;
  /** Rows may change while the fingerprint stays: items are read again every `recheck_hours`, and their rows are compared by this. */
  recheck?(row: Row): unknown;
  /** Which rows there were is remembered, so that what is missing from a complete read gets a tombstone. */
  readonly children?: ChildRows;
  /** The key of the tombstone of an item that is gone; absent where it gets none. */
  itemKey?(repositoryId: number, id: ItemId): Row;
}

/** The row is made from what the lister shows. */
export interface EntrySource<Item> {
  readonly from: 'entry';
  /** Null: the entry is only remembered. */
  row(item: Item, repository: RepositoryReference): Row | null;
}

/** The rows cost requests, a page at a time; throws BitbucketError. */
export interface RequestSource<Reference> {
  readonly from: 'requests';
  rows(reference: Reference, repository: RepositoryApi): AsyncIterable<readonly Row[]>;
}

/** How the rows of one item are told apart. */
export interface ChildRows {
  /** Id of a row, unique within its item. */
  id(row: Row): string;
  /** Whether a remembered text may be such an id: of what a damaged state holds there is no tombstone. */
  isId(text: string): boolean;
  /** Whether an item may come to have none: else an empty answer where there were rows is not believed. */
  readonly mayBeNone: boolean;
  /** Key columns of a row that is gone. */
  key(repositoryId: number, itemId: ItemId, id: string): Row;
}

/** What is known of a pull request once its list entry has been seen. */
export interface PullRequestReference extends ItemReference {
  readonly id: number;
  /** Epoch milliseconds. */
  readonly updatedDate: number;
  readonly open: boolean;
  readonly sourceCommit: string | null;
  readonly targetCommit: string | null;
}

/** A stream whose items are pull requests; one listing pass per repository serves all of them. */
export interface PullRequestStream extends ItemStream<RestPullRequest, PullRequestReference> {
  readonly of: 'pull requests';
}

/** Reads a repository by a state of its own. */
export interface RepositoryStream<State = unknown> extends Described {
  readonly kind: 'repository';
  /** Whether it asks for the branches of each repository; these then tell the default branches, too. */
  readonly readsBranches: boolean;
  readonly state: RepositoryStateForm<State>;
  /**
   * Yields rows, then the state that covers exactly the rows before it: a kill after any state loses nothing and repeats little. The last
   * state covers the whole repository. Throws BitbucketError.
   */
  read(repository: RepositoryApi, refs: RefScan, state: State, run: StreamRun): AsyncIterable<Progressed<State>>;
}

/** A step of a repository stream: rows, and the state that covers them and all before; without one, more rows of the same step follow. */
export interface Progressed<State> {
  readonly rows: readonly Row[];
  readonly covers?: State;
}

/** How the state of one repository is written and read. Its keys must differ from those of the repository's life cycle. */
export interface RepositoryStateForm<State> {
  initial(): State;
  /** Reads back what `print` gave; null: it cannot be understood, and the repository is read anew. */
  parse(raw: Json, now: number): State | null;
  print(state: State): Json;
  /** What is kept of a repository that is gone or out of sight, should it come back; null: nothing. */
  whenGone(state: State): State | null;
}

/** What a stream may know of the run it is read in. */
export interface StreamRun {
  readonly config: Config;
  /** Start of this sync, in epoch milliseconds. */
  readonly startedAt: number;
  /** Now, for `changed_at` and `deleted_at`. */
  readonly now: () => number;
  readonly log: (level: 'INFO' | 'WARN', message: string) => void;
}

/**
 * The build statuses of commits that are watched over all repositories. The counters of watched commits say which of them must be read.
 * What is watched is found by two readings that write no rows: heads of pull requests, and recent commits.
 */
export interface WatchStream extends Described {
  readonly kind: 'watch';
  readonly heads: PullRequestStream;
  readonly commits: RepositoryStream<RecentCommits>;
  /** What of the configuration the rows depend on: where it differs from the last sync's, all that is watched is read once again. */
  settings(config: Config): string;
  /** What of a build in a commit's list counts as a change. */
  fingerprint(build: RestBuild): string;
  /** The row, less `changed_at`, which the engine knows. @param details null: not asked for, or not to be had */
  row(commitId: string, build: RestBuild, details: RestRichBuild | null, repository: RepositoryReference, config: Config): Row;
}

export type Stream = WatchStream | SnapshotStream | PullRequestStream | RepositoryStream;

/**
 * What a tombstone holds: keys, cursor and `deleted_at`; every other column is null. Destinations keep the row with the greatest cursor,
 * then the latest: a row that comes back must win over its tombstone.
 * @param foundAt when it was found gone, in epoch milliseconds
 * @param cursor the one that the row last had, in epoch milliseconds; null: it is not known, or the row can never come back
 */
export function tombstone(stream: Described, keys: Row, foundAt: number, cursor: number | null = null): Row {
  const empty = Object.fromEntries(stream.columns.map((column) => [column, null]));
  const deletedAt = new Date(foundAt).toISOString();
  return { ...empty, ...keys, [stream.cursor]: instant(cursor) ?? deletedAt, deleted_at: deletedAt };
}

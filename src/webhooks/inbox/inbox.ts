import type { ScopeRecord } from './hook-record';

/** What an event says once it is a hint: which pull request, or which whole repository, is to be read again. Ids only. */
export interface Hint {
  readonly repositoryId: number;
  /** Null: the repository's list of pull requests. */
  readonly pullRequestId: number | null;
  /** Whether branches or tags of the repository changed. */
  readonly refs: boolean;
}

/** One accepted event, as it goes into the inbox. */
export interface Delivery {
  /** `X-Request-Id`: the same one twice is the same event. */
  readonly requestId: string;
  /** Null where the event says nothing that is read. */
  readonly hint: Hint | null;
  /** What the signed body names; null: nothing that could prove a webhook. */
  readonly signed: SignedEvent | null;
}

/** A signed event came from a repository: some webhook there sends it to us. */
export interface SignedEvent {
  readonly repositoryId: number;
  readonly projectId: number | null;
  /** The key, as the body says it. */
  readonly event: string;
}

/** The latest of its kind, and the position that it came at. */
export interface SignedAt extends SignedEvent {
  readonly position: number;
}

/** A hint that waits in the inbox; the latest position that anything was said of it. */
export interface WaitingHint {
  readonly repositoryId: number;
  readonly pullRequestId: number | null;
  readonly position: number;
}

/** Events may be missing from before this position. */
export interface Gap {
  readonly position: number;
  readonly cause: string;
}

/**
 * A stretch of positions without a break. Each receiver that starts begins one, and so does whoever finds that the inbox has gone back
 * (it was restored from a backup): a reader that knows none of them, or stands beyond the end of its own, has read something else.
 */
export interface Epoch {
  readonly id: string;
  readonly began: number;
}

/** All that a read needs of the inbox, as of one moment. */
export interface InboxContents {
  /** From the earliest; the last is the current one. */
  readonly epochs: readonly Epoch[];
  /** Every hint up to here is in `hints` and `refs`, or was given up. */
  readonly position: number;
  /** Hints up to here are no longer kept: a reader that stands before it has missed some. */
  readonly forgottenTo: number;
  /** The inbox's own clock at this moment, in epoch milliseconds. */
  readonly now: number;
  /** Paths of the receivers that live at this moment. */
  readonly paths: readonly string[];
  /** The latest gap; null: there was none. */
  readonly gap: Gap | null;
  readonly hints: readonly WaitingHint[];
  /** Repositories whose branches or tags changed. */
  readonly refs: readonly number[];
  readonly scopes: ReadonlyMap<string, ScopeRecord>;
  /** Places where this reader's account may not look, and when it tried last, by the inbox's clock. */
  readonly hidden: ReadonlyMap<string, number>;
  /** Where `webhooks ensure` was told that the receiver is reached, the latest first. */
  readonly urls: readonly string[];
}

/** How full the inbox is. */
export interface Fill {
  readonly hints: number;
  readonly deliveries: number;
  readonly position: number;
}

/** What of the past an inbox keeps. */
export interface Limits {
  /** For how long an `X-Request-Id` is remembered, in milliseconds. @default 7 days */
  readonly deliveryMs: number;
  /** How many of them at most. @default 1000000 */
  readonly deliveries: number;
  /** Hints of pull requests at most; beyond it, those of the fullest repository become one for all of it. @default 100000 */
  readonly hints: number;
  /** A reader that has not come for so long holds nothing back, in milliseconds. @default 30 days */
  readonly readerMs: number;
}

export const defaultLimits: Limits = {
  deliveryMs: 7 * 24 * 3600_000,
  deliveries: 1_000_000,
  hints: 100_000,
  readerMs: 30 * 24 * 3600_000,
};

/** What an update makes of a record. @param at where in the sequence, and when by the inbox's clock, it happens */
export type ScopeUpdate = (known: ScopeRecord, at: { readonly position: number; readonly now: number }) => ScopeRecord;

/**
 * What receivers leave for readers: hints of pull requests, deduplicated by request id and by pull request. Several receivers and several
 * readers may use one inbox at once. All instants are those of the inbox's own clock (the database's, or that of the host with the
 * folder), and what came before what is told by its sequence of positions alone. Whatever a call has resolved for survives kill -9 and a
 * loss of power. Each call may reject with the store's own error.
 */
export interface Inbox {
  /** Stores deliveries in one transaction; durable when it resolves. @returns the request ids that were new */
  put(deliveries: readonly Delivery[]): Promise<ReadonlySet<string>>;
  /** Whether an event of this id was stored. */
  knows(requestId: string): Promise<boolean>;
  /** A receiver starts: nobody can say what was sent before. */
  begin(receiver: string, path: string): Promise<void>;
  /** A receiver lives. Those that have fallen silent without a word are taken off, and leave a gap. */
  heartbeat(receiver: string, path: string): Promise<void>;
  /** A receiver ends by its own will: nobody listens there from now on. */
  leave(receiver: string): Promise<void>;
  /** A delivery was refused, or could not be stored. */
  noteGap(cause: string): Promise<void>;
  /** What lies there after a position. @param reader whose view it is; '' for one that has none */
  read(after: number, reader: string): Promise<InboxContents>;
  /**
   * A reader starts from a state that covers everything up to `position`. What every reader has covered is removed.
   * @param reader names the connection: readers do not take hints from each other. What comes after `position` is kept for it from now on
   */
  acknowledge(reader: string, position: number): Promise<void>;
  /** Changes what is known of places, in one transaction. @returns the records as they are now */
  updateScopes(scopes: readonly string[], update: ScopeUpdate): Promise<ReadonlyMap<string, ScopeRecord>>;
  /** The server was asked after these places, when the sequence had come to `position`, and said nothing new. */
  asked(scopes: readonly string[], position: number): Promise<void>;
  /** The account of this reader may not look at these places. */
  hide(reader: string, scopes: readonly string[]): Promise<void>;
  /** The latest signed event of each kind and repository. */
  signed(): Promise<readonly SignedAt[]>;
  /** Keeps where the receiver is reached. @param instead URLs that it is no longer */
  noteUrl(url: string, instead: readonly string[]): Promise<void>;
  /** Removes what is over the limits. */
  prune(): Promise<void>;
  fill(): Promise<Fill>;
  close(): Promise<void>;
}

/** A receiver that was silent for longer than this is dead, in milliseconds. */
export const SILENCE_MS = 20_000;

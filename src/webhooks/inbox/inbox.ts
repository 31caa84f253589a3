/** What an event says once it is a hint: which pull request, or which whole repository, is to be read again. Ids only. */
export interface Hint {
  readonly repositoryId: number;
  /** Null: all of the repository. */
  readonly pullRequestId: number | null;
}

/** One accepted event, as it goes into the inbox. */
export interface Delivery {
  /** `X-Request-Id`: the same one twice is the same event. */
  readonly requestId: string;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  /** Null where the event says nothing that is read. */
  readonly hint: Hint | null;
  /** The repository that a signed event came from: its hook works. */
  readonly repositoryId: number | null;
}

/** A hint that waits in the inbox; the latest position that anything was said of it. */
export interface Mark extends Hint {
  readonly position: number;
}

/**
 * What the server says of the webhooks of a place that send to us: one of them works; the last delivery of each failed; there is none; or
 * it does not say, because the account may not look.
 */
export type HookState = 'works' | 'fails' | 'none' | 'hidden';

/** What is known of the webhooks of a project or a repository. Our instants are epoch milliseconds. */
export interface Proof {
  /** `repository:12` or `project:3`. */
  readonly scope: string;
  /** Latest signed event; 0: none. */
  readonly signedAt: number;
  /** When the server was last asked; 0: never. */
  readonly askedAt: number;
  /** What it said then. */
  readonly state: HookState;
  /** Latest delivery that failed, by the server's clock and comparable only with itself; 0: none, or it does not say. */
  readonly failedAt: number;
  /** When we learned of a failure or a change that was not known before: events may be missing from before then; 0: never. */
  readonly missedAt: number;
}

/** All that a read needs of the inbox, as of one moment. */
export interface Look {
  /** Which inbox this is: a new one counts from the beginning. */
  readonly id: string;
  /** Every mark up to here is in `marks`, or was given up. */
  readonly position: number;
  /** Marks up to here are no longer kept: a reader that stands before it has missed some. */
  readonly forgottenTo: number;
  /** Latest sign of life of any receiver, in epoch milliseconds; 0: none. */
  readonly aliveAt: number;
  /** When receiving last began again after a time without any receiver, or after events that could not be stored: what happened before may be missing. */
  readonly gapAt: number;
  /** Paths under which receivers listen. */
  readonly paths: readonly string[];
  readonly marks: readonly Mark[];
  readonly proofs: ReadonlyMap<string, Proof>;
}

/** How full the inbox is. */
export interface Fill {
  readonly marks: number;
  readonly deliveries: number;
  readonly position: number;
}

/** What a receiver says of itself, every few seconds. */
export interface SignOfLife {
  /** This receiver, among several. */
  readonly receiver: string;
  readonly path: string;
  readonly at: number;
  /** An event arrived since the last sign and could not be stored. */
  readonly missed: boolean;
}

/** What of the past an inbox keeps. */
export interface Limits {
  /** For how long an `X-Request-Id` is remembered, in milliseconds. @default 7 days */
  readonly deliveryMs: number;
  /** How many of them at most. @default 1000000 */
  readonly deliveries: number;
  /** Marks of pull requests at most; beyond it, those of the fullest repository become one for all of it. @default 100000 */
  readonly marks: number;
  /** A reader that has not come for so long holds nothing back, in milliseconds. @default 30 days */
  readonly readerMs: number;
}

export const defaultLimits: Limits = {
  deliveryMs: 7 * 24 * 3600_000,
  deliveries: 1_000_000,
  marks: 100_000,
  readerMs: 30 * 24 * 3600_000,
};

/**
 * What receivers leave for readers: marks on pull requests, deduplicated by request id and by pull request. Several receivers and several
 * readers may use one inbox at once. Whatever a call has resolved for survives kill -9 and a loss of power. Each call may reject with the
 * store's own error.
 */
export interface Inbox {
  /** Stores deliveries in one transaction; durable when it resolves. @returns the request ids that were new */
  put(deliveries: readonly Delivery[]): Promise<ReadonlySet<string>>;
  /** A receiver lives. One that comes after a time without any, or that missed an event, leaves a gap behind it. */
  beat(sign: SignOfLife): Promise<void>;
  /** A receiver ends by its own will: nobody listens there from now on. */
  leave(receiver: string): Promise<void>;
  /** What lies there after a position. */
  look(after: number): Promise<Look>;
  /**
   * A reader starts from a state that covers everything up to `position`. What every reader has covered is removed.
   * @param reader names the connection: readers do not take marks from each other. What comes after `position` is kept for it from now on
   */
  acknowledge(reader: string, position: number, at: number): Promise<void>;
  /** Keeps what the server said of hooks, unless it was asked later by somebody else. */
  record(proofs: readonly Proof[]): Promise<void>;
  /** Removes what is over the limits. */
  tidy(at: number): Promise<void>;
  fill(): Promise<Fill>;
  close(): Promise<void>;
}

/** A receiver that was silent for longer than this is dead, in milliseconds. */
export const SILENCE_MS = 20_000;

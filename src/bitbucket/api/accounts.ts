/** The server as one account sees it. */
export interface View<Server> {
  /** What tells the account from others, in each sync the same. */
  readonly user: string;
  readonly bitbucket: Server;
}

/** The accounts that a run reads with: what any of them sees is read. */
export interface Accounts<Server> {
  /** Those that work at the moment, in a fixed order. */
  readonly views: readonly View<Server>[];
  /** Whether the configuration has others beside them, or has several: then who saw what is remembered. */
  readonly areSeveral: boolean;
  /**
   * Whether something does not exist any more, which none of those who work sees, but which was seen before.
   * @param witnesses who saw it when it was last seen; undefined: that is not known
   * @param agreed the accounts that could have seen it, and did not
   */
  isGone(witnesses: ReadonlySet<string> | undefined, agreed: ReadonlySet<string>): boolean;
  /** Whether a user is, or may be, one of the configuration, also one that does not work at the moment. */
  isConfigured(user: string): boolean;
  /**
   * Decides which account reads each repository.
   * @param seenBy who lists it
   * @param before who read it in the last sync, and goes on to as long as it can
   */
  assign(seenBy: Iterable<readonly [number, ReadonlySet<string>]>, before: ReadonlyMap<number, string>): void;
  /** Who reads a repository; null: there is but one account. */
  readerOf(repositoryId: number): string | null;
}

/** One account alone: its word decides, and nothing is remembered of it. */
export function oneAccount<Server>(bitbucket: Server): Accounts<Server> {
  return {
    views: [{ user: '', bitbucket }],
    areSeveral: false,
    isGone: () => true,
    isConfigured: () => true,
    assign: () => undefined,
    readerOf: () => null,
  };
}

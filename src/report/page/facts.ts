/** A repository as filters and tables show it. */
export interface RepositoryName {
  readonly id: number;
  readonly name: string;
  readonly project: string;
}

/** One of the open pull requests that wait longest in their repository. */
export interface Waiting {
  readonly repository: number;
  readonly id: number;
  readonly title: string;
  readonly url: string | null;
  readonly turn: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Null unless people are named. */
  readonly author: string | null;
}

/** What the first line of the page says. */
export interface Coverage {
  readonly server: string;
  readonly projects: number;
  readonly repositories: number;
  readonly pullRequests: number;
  readonly bots: readonly string[];
  readonly botPullRequests: number;
  /** Whether that stream was synced at all. */
  readonly hasPullRequests: boolean;
  /** Streams that the file has no rows of, by their names. */
  readonly missing: readonly string[];
  /** Streams that syncs have not read for a while, and when they last did, in milliseconds since 1970. */
  readonly left: readonly { readonly stream: string; readonly since: number }[];
  /** Streams of the file that the page does not need, in the same way. */
  readonly others: readonly { readonly stream: string; readonly since: number }[];
  /** Streams that the account of the last sync may not read. */
  readonly denied: readonly string[];
  /** Streams whose first reading was cut off. */
  readonly unfinished: readonly string[];
  /** Streams of which something could not be read when they were read last. */
  readonly partial: readonly string[];
  /** What could not be read of them, in a few words, by stream; nothing where nobody knows. */
  readonly unreadable: Readonly<Record<string, string>>;
  /** Streams of which nobody knows more than that their last reading failed as a whole or was cut off, and when they had been read before, in milliseconds since 1970. */
  readonly cutOff: readonly { readonly stream: string; readonly since: number | null }[];
  /** Repositories that the configuration leaves out, in a few words; null: none. */
  readonly leftOut: { readonly count: string; readonly since: string } | null;
  /** Pull requests that `start_date` leaves out, in a few words, and how many of them are open; null: none. */
  readonly old: { readonly count: string; readonly open: string } | null;
  /** Syncs of this file read pull requests. */
  readonly isFollowed: boolean;
  /** The streams that syncs of this file read. */
  readonly streams: readonly string[];
  /** Pull requests whose diffs, or whose activities, were not read. */
  readonly withoutSize: number;
  readonly withoutActivities: number;
}

/** What the page knows beside the columns of numbers. */
export interface Head {
  readonly coverage: Coverage;
  /** When the data was read, in milliseconds since 1970. */
  readonly readAt: number;
  /** The same as a day of the settings' time zone, in days since 1970. */
  readonly today: number;
  readonly timeZone: string;
  readonly byPerson: boolean;
  readonly includesBots: boolean;
  readonly projects: readonly string[];
  readonly repositories: readonly RepositoryName[];
  /** Names of reviewers, most reviews first; empty unless people are named. */
  readonly people: readonly string[];
  readonly waiting: readonly Waiting[];
  /** There are so many that of a single repository some are left out. */
  readonly waitingIsCut: boolean;
}

/** The state of a merged pull request as its column holds it; 0 is open, 2 declined. */
export const MERGED = 1;

/** Whose turn it is, by the number in the column `turn`. */
export const TURNS = ['', 'author', 'reviewers', 'merge'] as const;

/** The columns of pull requests: indices, days since 1970 (`…After`: days since the one before), seconds; -1 for null, `…Extra` aside:
 * what is to be added to another column, a small number or none. */
export const PULL_REQUEST_COLUMNS = [
  'repository',
  'opened',
  'state',
  'closedAfter',
  'draft',
  'firstReview',
  'waitingExtra',
  'inReview',
  'cycle',
  'lines',
  'rounds',
  'turn',
  'deployedAfter',
  'leadExtra',
] as const;
export const REVIEW_COLUMNS = ['repository', 'day', 'reviewer'] as const;
/** Of deployments to production: `outcome` is 0 successful, 1 failed, 2 neither; `restore` is in seconds. */
export const DEPLOYMENT_COLUMNS = ['repository', 'day', 'outcome', 'isFailure', 'restore'] as const;

type Columns<Names extends readonly string[]> = Readonly<Record<Names[number], Float64Array>>;
export type PullRequests = Columns<typeof PULL_REQUEST_COLUMNS>;
export type Reviews = Columns<typeof REVIEW_COLUMNS>;
export type Deployments = Columns<typeof DEPLOYMENT_COLUMNS>;

/** All that the page computes with. */
export interface Facts {
  readonly head: Head;
  readonly pullRequests: PullRequests;
  readonly reviews: Reviews;
  readonly deployments: Deployments;
}

/** Why something is not known of pull requests: the stream is not synced, or was not read of these. */
export function whyUnknown({ head }: Facts, stream: string): string {
  return head.coverage.missing.includes(stream) ? `${stream} is not synced` : `their ${stream} were not read`;
}

/** A number of a column; rows and columns are always as long as each other. */
export function at(column: Float64Array, row: number): number {
  return column[row] ?? -1;
}

import { isJson, type Json } from '../../config/json';

/** A branch as it was last read. */
export interface Tip {
  /** Full id: the server is asked for what came since, and nobody knows that it takes a shorter one. */
  readonly commit: string;
  /** It is proven not to be on the default branch: what is built upon it is not either. */
  readonly ahead: boolean;
}

/** A list of commits that is being read: its two ends are fixed, so that its pages stay what they are. */
export interface Reading {
  /** The branch whose tip `until` is. */
  readonly branch: string;
  readonly onDefault: boolean;
  readonly until: string;
  /** Null: everything that `until` reaches. */
  readonly since: string | null;
  /** Place of the next page. */
  readonly start: number;
  /** The last commit before it; the next page is asked for one commit early, and must begin with this one. */
  readonly last: string | null;
  /** A commit with the parent `since` was seen: the branch was moved forward. */
  readonly forward: boolean;
}

/**
 * What is known of the commits of one repository: everything that `tips` reach was emitted, as far as `from` lets it. Never changed in
 * place: a state that was handed over stays as it is.
 */
export interface CommitsState {
  /** Name of the default branch; null: there was none. */
  readonly defaultBranch: string | null;
  readonly tips: ReadonlyMap<string, Tip>;
  /** Tips of branches that the patterns no longer select: compared when they do again. */
  readonly aside: ReadonlyMap<string, string>;
  /** Former tips: what they reach and no branch that is read does gets tombstones. */
  readonly former: readonly string[];
  readonly reading: Reading | null;
  /** Commits from this committer date on were read, in epoch milliseconds; -Infinity: all; null: none yet. */
  readonly from: number | null;
  /** The earliest `from` that there ever was: older commits were never emitted, and get no tombstones. */
  readonly lowest: number | null;
  /** When former tips were last compared with more branches than are compared at once, in epoch milliseconds. */
  readonly settledAt: number | null;
}

export const NO_COMMITS: CommitsState = {
  defaultBranch: null,
  tips: new Map(),
  aside: new Map(),
  former: [],
  reading: null,
  from: null,
  lowest: null,
  settledAt: null,
};

/** What is kept of a repository that is gone: should it come back, all is read again, and what is missing from it is known to be. */
export function whenGone(state: CommitsState): CommitsState | null {
  const former = new Set([...[...state.tips.values()].map(({ commit }) => commit), ...state.aside.values(), ...state.former]);
  if (state.reading !== null) former.add(state.reading.until);
  return former.size === 0 ? null : { ...NO_COMMITS, former: [...former], lowest: state.lowest };
}

/** As it stands in a STATE message: branches as name and tip, with `+` where the tip is ahead of the default branch. */
export function printCommitsState(state: CommitsState): Json {
  const { defaultBranch, tips, aside, former, reading, from, lowest, settledAt } = state;
  return {
    ...(defaultBranch !== null && { default: defaultBranch }),
    ...(tips.size > 0 && {
      branches: Object.fromEntries([...tips].map(([name, { commit, ahead }]) => [name, ahead ? `${commit}+` : commit])),
    }),
    ...(aside.size > 0 && { aside: Object.fromEntries(aside) }),
    ...(former.length > 0 && { former }),
    ...(reading !== null && { reading: printReading(reading) }),
    ...(from !== null && { from: printInstant(from) }),
    ...(lowest !== null && lowest !== from && { lowest: printInstant(lowest) }),
    ...(settledAt !== null && { settled_at: printInstant(settledAt) }),
  };
}

/** Reads it back, leniently: what cannot be understood is not known, and is read again. */
export function parseCommitsState(raw: Json, now: number): CommitsState {
  const from = claimOf(parseInstant(raw.from), now);
  const settledAt = parseInstant(raw.settled_at);
  const lowest = claimOf(parseInstant(raw.lowest), now) ?? from;
  return {
    defaultBranch: typeof raw.default === 'string' ? raw.default : null,
    tips: new Map(
      textEntries(raw.branches).flatMap(([name, text]): [string, Tip][] => {
        const commit = text.replace(/\+$/, '');
        return isCommitId(commit) ? [[name, { commit, ahead: text !== commit }]] : [];
      }),
    ),
    aside: new Map(textEntries(raw.aside).filter(([, commit]) => isCommitId(commit))),
    former: Array.isArray(raw.former) ? (raw.former as unknown[]).filter(isCommitId) : [],
    reading: parseReading(raw.reading),
    from,
    lowest,
    settledAt: settledAt === null ? null : Math.min(settledAt, now),
  };
}

function printReading({ branch, onDefault, until, since, start, last, forward }: Reading): Json {
  return {
    branch,
    until,
    start,
    ...(since !== null && { since }),
    ...(last !== null && { last }),
    ...(onDefault && { default: true }),
    ...(forward && { forward: true }),
  };
}

function parseReading(raw: unknown): Reading | null {
  if (!isJson(raw)) return null;
  const { branch, until, since = null, start, last = null } = raw;
  if (typeof branch !== 'string' || !isCommitId(until) || typeof start !== 'number' || !(start >= 0)) return null;
  if ((since !== null && !isCommitId(since)) || (last !== null && typeof last !== 'string')) return null;
  return { branch, until, since, start, last, onDefault: raw.default === true, forward: raw.forward === true };
}

const isCommitId = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{40,64}$/.test(value);

function textEntries(raw: unknown): [string, string][] {
  if (!isJson(raw)) return [];
  return Object.entries(raw).flatMap(([name, text]): [string, string][] => (typeof text === 'string' ? [[name, text]] : []));
}

const EVERYTHING = 'beginning';

function printInstant(instant: number): string {
  return instant === -Infinity ? EVERYTHING : new Date(instant).toISOString();
}

/** Further ahead than any clock is wrong, in milliseconds. */
const FAR_MS = 366 * 24 * 3600 * 1000;

/** A date far in the future (Airbyte's tests) claims all of the past. */
function claimOf(from: number | null, now: number): number | null {
  return from !== null && from - now > FAR_MS ? -Infinity : from;
}

function parseInstant(raw: unknown): number | null {
  if (raw === EVERYTHING) return -Infinity;
  const instant = typeof raw === 'string' ? Date.parse(raw) : NaN;
  return Number.isNaN(instant) ? null : instant;
}

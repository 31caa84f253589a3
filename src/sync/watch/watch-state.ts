import { isJson, type Json } from '../../config/json';
import { packId, unpackId } from '../../streams/watch/packed-id';
import type { RepositoryStateForm } from '../../streams/stream';
import { parseInstant, printInstant } from '../repository/instants';

/** What is known of the builds of one watched commit; commits without builds are not remembered. */
export interface WatchedCommit {
  /** Of its last read, see {@link printCounters}; null: it is read again, whatever the counters are. */
  readonly counters: string | null;
  /** When its builds were last listed, in epoch milliseconds. */
  readonly readAt: number;
  /** Since when one of its builds is in progress, in epoch milliseconds; null: none is. */
  readonly runningSince: number | null;
  /** Fingerprints of its builds, by key. */
  readonly builds: ReadonlyMap<string, string>;
}

/** What is known of the watched commits of one repository. */
export interface WatchedCommits {
  readonly known: Map<string, WatchedCommit>;
  /** The greatest `changed_at` that was written, in epoch milliseconds; null: none. */
  changedAt: number | null;
}

/** How they are written and read: `[counters, read at, running since, {key: fingerprint}]` by the commit's packed id, instants in seconds. */
export const watchedCommitsForm: RepositoryStateForm<WatchedCommits> = {
  initial: () => ({ known: new Map(), changedAt: null }),
  parse: (raw, now) => {
    const known = new Map<string, WatchedCommit>();
    for (const [packed, value] of Object.entries(isJson(raw.builds) ? raw.builds : {})) {
      const [id, commit] = [unpackId(packed), parseCommit(value, now)];
      if (id !== null && commit !== null) known.set(id, commit);
    }
    return { known, changedAt: parseInstant(raw.changed_at, now) };
  },
  print: ({ known, changedAt }): Json => ({
    ...(changedAt !== null && { changed_at: printInstant(changedAt) }),
    ...(known.size > 0 && { builds: Object.fromEntries([...known].map(([id, commit]) => [packId(id), printCommit(commit)])) }),
  }),
  whenGone: () => null,
};

function printCommit({ counters, readAt, runningSince, builds }: WatchedCommit): unknown {
  return [counters, seconds(readAt), runningSince === null ? null : seconds(runningSince), Object.fromEntries(builds)];
}

function parseCommit(raw: unknown, now: number): WatchedCommit | null {
  if (!Array.isArray(raw)) return null;
  const [counters, readAt, runningSince, builds] = raw as unknown[];
  if (typeof readAt !== 'number' || !isJson(builds)) return null;
  const prints = Object.entries(builds).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return {
    counters: typeof counters === 'string' ? counters : null,
    readAt: Math.min(readAt * 1000, now),
    runningSince: typeof runningSince === 'number' ? Math.min(runningSince * 1000, now) : null,
    builds: new Map(prints),
  };
}

/** The same commit, to be listed whatever its counters are, and each of its builds to be written as if it had changed. */
export function outdated(commit: WatchedCommit): WatchedCommit {
  if (commit.builds.size === 0) return commit;
  return { ...commit, counters: null, builds: new Map([...commit.builds.keys()].map((key) => [key, ''])) };
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}

import { isJson, type Json } from '../../config/json';
import { packId } from '../../streams/watch/packed-id';
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

/** Letters of a packed id that tell the watched commits of a repository apart: 48 bits. */
const LETTERS = 8;
const PRINT = /^[\w-]{8}$/;

/** What is known of watched commits, by the beginnings of their ids: the ids themselves are found anew in each sync. */
export class KnownCommits {
  /** @param commits by the beginnings of their packed ids */
  constructor(readonly commits = new Map<string, WatchedCommit>()) {}

  get(id: string): WatchedCommit | undefined {
    return this.commits.get(beginningOf(id));
  }

  set(id: string, commit: WatchedCommit): void {
    this.commits.set(beginningOf(id), commit);
  }

  delete(id: string): void {
    this.commits.delete(beginningOf(id));
  }

  /** Makes something else of what is known of each. */
  change(into: (known: WatchedCommit) => WatchedCommit): void {
    for (const [beginning, known] of this.commits) this.commits.set(beginning, into(known));
  }

  /** Forgets what is known of all others. @returns whether there were any */
  keepOnly(ids: Iterable<string>): boolean {
    const kept = new Set([...ids].map(beginningOf));
    const others = [...this.commits.keys()].filter((beginning) => !kept.has(beginning));
    for (const beginning of others) this.commits.delete(beginning);
    return others.length > 0;
  }
}

function beginningOf(id: string): string {
  return packId(id).slice(0, LETTERS);
}

/** What is known of the watched commits of one repository. */
export interface WatchedCommits {
  readonly known: KnownCommits;
  /** The greatest `changed_at` that was written, in epoch milliseconds; null: none. */
  changedAt: number | null;
}

/** How they are written and read: `[counters, read at, running since, {key: fingerprint}]` by the beginning of the commit's id, instants in seconds. */
export const watchedCommitsForm: RepositoryStateForm<WatchedCommits> = {
  initial: () => ({ known: new KnownCommits(), changedAt: null }),
  parse: (raw, now) => {
    const known = new Map<string, WatchedCommit>();
    for (const [beginning, value] of Object.entries(isJson(raw.builds) ? raw.builds : {})) {
      const commit = parseCommit(value, now);
      if (PRINT.test(beginning) && commit !== null) known.set(beginning, commit);
    }
    return { known: new KnownCommits(known), changedAt: parseInstant(raw.changed_at, now) };
  },
  print: ({ known: { commits }, changedAt }): Json => ({
    ...(changedAt !== null && { changed_at: printInstant(changedAt) }),
    ...(commits.size > 0 && {
      builds: Object.fromEntries([...commits].map(([beginning, commit]) => [beginning, printCommit(commit)])),
    }),
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

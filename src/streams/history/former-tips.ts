import type { RestCommit } from '../../bitbucket/api/payloads';
import { BitbucketError } from '../../bitbucket/errors';
import { findIn } from './commit-lists';
import { saysNoSuchCommit } from '../../bitbucket/missing';
import { isLost } from './commits-run';
import type { CommitRange, CommitSource } from './history-source';

/** A former tip that is compared with this many further branches at once; with more, all of them are listed every `recheck_hours`. */
export const COMPARED_AT_ONCE = 20;

/** What was learned about a former tip when its branch was read. */
export interface FormerTip {
  readonly commit: string;
  /** A tip whose list of what it does not reach is read first. */
  readonly base: string | null;
  /** Ids that the tip `covered` and the base tell apart: alive, for the branch that had the former tip reaches them now. */
  readonly alive?: ReadonlySet<string>;
  readonly covered?: string;
  /** What the base does not reach, where it was listed already. */
  readonly candidates?: readonly RestCommit[];
}

const between = (since: string | null, until: string): CommitRange => ({ until, ...(since !== null && { since }) });

/**
 * The commits that a former tip reaches and none of these tips does; null where the former tip is lost. It takes what the base does not
 * reach, and asks each other tip for what of that it does not reach either. Throws BitbucketError.
 */
export async function leftBehind(
  source: CommitSource,
  former: FormerTip,
  tips: readonly string[],
): Promise<readonly RestCommit[] | null> {
  const { commit, base, alive, covered } = former;
  const candidates = former.candidates ?? (await listUnlessLost(source, commit, base, alive));
  if (candidates === null) return null;
  let left = new Set(candidates.map(({ id }) => id));
  for (const tip of tips) {
    if (left.size === 0) break;
    if (tip !== base && tip !== covered) left = (await findIn(source, between(tip, commit), left)).found;
  }
  return candidates.filter(({ id }) => left.has(id));
}

/**
 * The former tip of a branch to whose new one nothing leads: it was reset to a commit that the former tip reaches. Where that is not so
 * either, one of the two lists is wrong, and nothing may be concluded from them. Throws BitbucketError.
 */
export async function resetFrom(source: CommitSource, commit: string, base: string): Promise<FormerTip> {
  const candidates = await listUnlessLost(source, commit, base);
  if (candidates === null) return { commit, base };
  if (candidates.length > 0) return { commit, base, candidates };
  throw new BitbucketError(
    'unexpected_answer',
    `The lists of commits of ${source.repository.fullName} contradict each other: between ${commit} and ${base} is nothing, either way`,
  );
}

/** Whether a former tip has commits that the base does not reach. Throws BitbucketError. */
export async function hasLeft(source: CommitSource, { commit, base, alive }: FormerTip): Promise<boolean> {
  try {
    for await (const { commits } of source.commits(between(base, commit)))
      if (commits.some(({ id }) => alive?.has(id) !== true)) return true;
    return false;
  } catch (error) {
    if (saysNoSuchCommit(error) && (await isLost(source, commit))) return true;
    throw error;
  }
}

/** The commits that a former tip reaches and the base does not, less those that are known to live on; null where it is lost. */
export async function listUnlessLost(
  source: CommitSource,
  commit: string,
  base: string | null,
  alive?: ReadonlySet<string>,
): Promise<readonly RestCommit[] | null> {
  const listed: RestCommit[] = [];
  try {
    for await (const { commits } of source.commits(between(base, commit))) {
      for (const each of commits) if (alive?.has(each.id) !== true) listed.push(slim(each));
    }
    return listed;
  } catch (error) {
    if (saysNoSuchCommit(error) && (await isLost(source, commit))) return null;
    throw error;
  }
}

/** Everything that these tips reach and the base does not. Throws BitbucketError. */
export async function reachedBeyond(source: CommitSource, base: string | null, tips: Iterable<string>): Promise<Set<string>> {
  const reached = new Set<string>();
  for (const tip of tips) {
    for await (const { commits } of source.commits(between(base, tip))) for (const { id } of commits) reached.add(id);
  }
  return reached;
}

/** What a tombstone needs of a commit: there may be a hundred thousand. */
function slim({ id, committerTimestamp }: RestCommit): RestCommit {
  return committerTimestamp === undefined ? { id } : { id, committerTimestamp };
}

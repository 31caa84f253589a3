import { CommitsReading, type Steps } from './commits-reading';
import { saysNoSuchCommit } from '../../bitbucket/missing';
import { type CommitsRun, isLost } from './commits-run';
import type { CommitsState, Reading } from './commits-state';
import { hasLeft } from './former-tips';
import type { BranchScan, CommitSource, ListedBranch } from './history-source';
import { planTips } from './plan-tips';
import { readDefault, readRange } from './read-default';
import { readFurther, readRangeBeyond } from './read-further';
import { settleFormerTips } from './settle';
import { widen } from './widen';

/**
 * Reads what is new in the branches of a repository that are read, and writes tombstones for what is on none of them any more. Everything
 * goes by the ids of commits; no date decides what is new. The state of a step covers the rows before it, the last one the whole
 * repository. Throws BitbucketError.
 */
export async function* readCommits(source: CommitSource, scan: BranchScan, saved: CommitsState, run: CommitsRun): Steps {
  const reading = new CommitsReading(source, run, saved);
  const branches = await scan.branches();
  const read = new Map(branches.filter(({ name, isDefault }) => isDefault || run.selects(name)).map((each) => [each.name, each]));
  const main = branches.find(({ isDefault }) => isDefault) ?? null;
  if (reading.reading?.onDefault === true)
    yield* goOn({ reading, main, isRead: (name) => read.has(name) }, reading.reading, main);

  const before = new Map([...reading.tips.values()].map(({ commit, ahead }) => [commit, ahead]));
  const plan = await planTips(reading.snapshot(), scan, run.selects);
  reading.follow(plan);
  const isRead = (name: string) => plan.further.has(name) || plan.kept.has(name);
  const mainTip = main?.commitId ?? null;
  // What a further branch has beyond the default one is another thing once that has moved.
  if (reading.reading !== null && reading.reading.since !== mainTip) abandon(reading, reading.reading);
  const { reading: begun } = reading;
  if (main !== null) yield* readDefault(reading, main, isRead);
  else if (!plan.kept.has(reading.defaultBranch ?? '')) reading.defaultBranch = null;
  if (begun !== null) yield* goOn({ reading, main, isRead }, begun, read.get(begun.branch) ?? null);
  if (mainTip !== null) before.set(mainTip, false);
  yield* readFurther(reading, plan.further, mainTip, before);
  for (const name of plan.dropped) reading.tips.delete(name);
  yield* settleFormerTips(reading, mainTip);
  yield* widen(reading, plan.further, mainTip);
  yield reading.step([]);
}

/** What a broken-off reading is gone on with in. */
interface Resumption {
  readonly reading: CommitsReading;
  readonly main: ListedBranch | null;
  readonly isRead: (name: string) => boolean;
}

/**
 * Goes on with a list whose reading was broken off, to the tip that it was begun for. Where the branch has lost commits since, it is begun
 * anew instead: what was read of them is to get tombstones.
 * @param now where the branch is now; null: it is not read any more
 */
async function* goOn({ reading, main, isRead }: Resumption, begun: Reading, now: ListedBranch | null): Steps {
  const { branch, until, onDefault } = begun;
  if (onDefault) reading.gain(null);
  reading.reading = null;
  if (now === null || main === null) return abandon(reading, begun);
  try {
    if (now.commitId !== until && (await hasLeft(reading.source, { commit: until, base: now.commitId })))
      return abandon(reading, begun);
    if (onDefault) yield* readRange(reading, begun, isRead);
    else yield* readRangeBeyond(reading, begun);
  } catch (error) {
    if (!saysNoSuchCommit(error) || !(await isEndLost(reading, begun))) throw error;
    reading.run.warn(
      `The reading of the branch ${branch} of ${reading.source.repository.fullName} cannot go on to ${until}: the server has the ` +
        'commit no longer, or the one it was read from. The branch is read anew; commits that left it get no tombstone.',
    );
    reading.reading = null;
  }
}

async function isEndLost({ source }: CommitsReading, { until, since }: Reading): Promise<boolean> {
  return (await isLost(source, until)) || (since !== null && (await isLost(source, since)));
}

/** What was read of it so far is compared when its branch is read again, or gets tombstones. */
function abandon(reading: CommitsReading, { branch, until, onDefault }: Reading): void {
  reading.reading = null;
  if (onDefault || reading.run.selects(branch)) reading.leave({ commit: until, base: null });
  else reading.aside = new Map(reading.aside).set(branch, until);
}

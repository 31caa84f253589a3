import type { CommitsReading, Steps } from './commits-reading';
import type { Step } from './commits-run';
import type { CommitsState } from './commits-state';
import { COMPARED_AT_ONCE, type FormerTip, hasLeft, leftBehind, listUnlessLost, reachedBeyond } from './former-tips';

/** Writes tombstones for what former tips reach and no branch that is read does. */
export async function* settleFormerTips(reading: CommitsReading, mainTip: string | null): Steps {
  const alive = new Set([...reading.tips.values()].map(({ commit }) => commit));
  for (const commit of reading.former) if (alive.has(commit)) reading.former.delete(commit);
  if (reading.former.size === 0) return;
  const further = [...alive].filter((tip) => tip !== mainTip);
  if (further.length > COMPARED_AT_ONCE) return yield* settleAmongMany(reading, mainTip, further);
  const tips = mainTip === null ? further : [mainTip, ...further];
  for (const commit of [...reading.former]) {
    const former = learnedOf(reading, commit, mainTip);
    // Without a default branch any other that is read will do to begin with.
    const left = await leftBehind(reading.source, { ...former, base: former.base ?? tips[0] ?? null }, tips);
    yield settle(reading, commit, left);
  }
}

/** With many branches, all that they have beyond the default one is listed, every `recheck_hours`; until then nothing is said to be gone. */
async function* settleAmongMany(reading: CommitsReading, mainTip: string | null, further: readonly string[]): Steps {
  const { source, run, settledAt } = reading;
  if (settledAt !== null && run.startedAt - settledAt < run.recheckMs) {
    for (const commit of [...reading.former].filter((each) => !reading.formerBefore.has(each)))
      if (!(await hasLeft(source, { ...learnedOf(reading, commit, mainTip), base: mainTip }))) reading.former.delete(commit);
    return;
  }
  const beyond = await reachedBeyond(source, mainTip, further);
  for (const commit of [...reading.former]) yield settle(reading, commit, await listUnlessLost(source, commit, mainTip, beyond));
  reading.settledAt = run.startedAt;
}

function learnedOf(reading: CommitsReading, commit: string, base: string | null): FormerTip {
  return reading.learned.get(commit) ?? { commit, base };
}

/** @param left null: the former tip is lost */
function settle(
  reading: CommitsReading,
  commit: string,
  left: Parameters<CommitsReading['tombstones']>[0] | null,
): Step<CommitsState> {
  reading.former.delete(commit);
  if (left === null) {
    reading.run.warn(
      `The commit ${commit}, at which a branch of ${reading.source.repository.fullName} once was, is gone from the server. ` +
        'Commits that left the branch with it get no tombstone, for nothing can name them any more.',
    );
  }
  return reading.step(reading.tombstones(left ?? []));
}

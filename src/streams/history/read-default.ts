import type { CommitsReading, Steps } from './commits-reading';
import { saysNoSuchCommit } from '../../bitbucket/missing';
import { isLost } from './commits-run';
import type { Reading } from './commits-state';
import { resetFrom } from './former-tips';
import type { ListedBranch } from './history-source';
import { readPages } from './page-reading';

/** Reads the default branch from its last tip to the one it has now, or from its beginning. */
export async function* readDefault(reading: CommitsReading, main: ListedBranch, isRead: (name: string) => boolean): Steps {
  const former = reading.formerDefaultTip;
  if (former === main.commitId) return reading.publishDefault(main, isRead);
  const range = { branch: main.name, onDefault: true, until: main.commitId, start: 0, last: null, forward: false };
  if (former !== undefined) {
    try {
      return yield* readRange(reading, { ...range, since: former }, isRead);
    } catch (error) {
      if (!saysNoSuchCommit(error) || !(await isLost(reading.source, former))) throw error;
      warnOfLostTip(reading, main.name, former);
    }
  }
  reading.gain(null);
  yield* readRange(reading, { ...range, since: null }, isRead);
}

/** Reads, or goes on with, a list of the default branch, whose tip may have moved on since. */
export async function* readRange(reading: CommitsReading, range: Reading, isRead: (name: string) => boolean): Steps {
  const { branch, until, since } = range;
  const floor = since === null ? reading.floor : -Infinity;
  let isEmpty = range.start === 0;
  for await (const { commits, next, forward } of readPages(reading.source, range, floor)) {
    isEmpty &&= commits.length === 0;
    reading.gain(commits);
    const rows = reading.rows(commits, true);
    if (next === null) {
      const former = isEmpty && since !== null ? await resetFrom(reading.source, since, until) : null;
      reading.publishDefault({ name: branch, commitId: until }, isRead);
      if (since !== null && !forward) reading.leave(former ?? { commit: since, base: until });
    } else reading.reading = next;
    yield reading.step(rows);
  }
}

/** Says that a branch is read anew because its last tip was removed from the server. */
export function warnOfLostTip({ run, source }: CommitsReading, branch: string, tip: string): void {
  run.warn(
    `The commit ${tip}, at which the branch ${branch} of ${source.repository.fullName} was last read, is gone from the server. ` +
      'The branch is read anew; commits that left it get no tombstone, for nothing can name them any more.',
  );
}

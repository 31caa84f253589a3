import type { CommitsReading, Steps } from './commits-reading';
import { dateOf } from './commits-run';
import { readPages } from './page-reading';

/**
 * Reads what an earlier `start_date` takes in: commits of all branches that are read, older than what was read so far. A backfill may
 * have ended where a page is older than its floor, whatever comes after that: from there on newer ones are taken in as well.
 */
export async function* widen(reading: CommitsReading, further: ReadonlyMap<string, string>, mainTip: string | null): Steps {
  const { source, run, from, floor } = reading;
  if (run.beginning >= from) return;
  // What is written from here on may need tombstones, even if the reading is broken off.
  reading.lowest = Math.min(reading.lowest, run.beginning);
  yield reading.step([]);
  reading.from = run.beginning;
  const lists: { readonly until: string; readonly since: string | null; readonly onDefault: boolean }[] = [
    ...(mainTip === null ? [] : [{ until: mainTip, since: null, onDefault: true }]),
    ...[...new Set(further.values())]
      .filter((tip) => tip !== mainTip)
      .map((until) => ({ until, since: mainTip, onDefault: false })),
  ];
  for (const list of lists) {
    const range = { ...list, branch: '', start: 0, last: null, forward: false };
    let isBehind = false;
    for await (const { commits } of readPages(source, range, run.beginning - run.marginMs)) {
      yield { rows: reading.rows(commits, list.onDefault, isBehind ? null : from) };
      isBehind ||= commits.every((commit) => dateOf(commit) < floor);
    }
  }
}

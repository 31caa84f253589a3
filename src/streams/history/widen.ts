import type { CommitsReading, Steps } from './commits-reading';
import { dateOf } from './commits-run';
import { readPages } from './page-reading';

/**
 * Reads what an earlier `start_date` takes in: commits of all branches that are read, older than what was read so far. A backfill may
 * have ended after commits that are older than its floor, whatever came after them: from there on newer ones are taken in as well.
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
      const first: number = isBehind ? 0 : commits.findIndex((commit) => dateOf(commit) < floor);
      isBehind = first !== -1;
      const [older, behind] = isBehind ? [commits.slice(0, first), commits.slice(first)] : [commits, []];
      yield { rows: [...reading.rows(older, list.onDefault, from), ...reading.rows(behind, list.onDefault)] };
    }
  }
}

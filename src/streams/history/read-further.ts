import type { RestCommit } from '../../bitbucket/api/payloads';
import type { Row } from '../stream';
import { collect, type Collected, findIn } from './commit-lists';
import type { CommitsReading, Steps } from './commits-reading';
import { saysNoSuchCommit } from '../../bitbucket/missing';
import { isLost } from './commits-run';
import type { Reading, Tip } from './commits-state';
import { resetFrom } from './former-tips';
import { descendantsOf, leadsTo, reachedFrom } from './graph';
import { readPages } from './page-reading';
import { warnOfLostTip } from './read-default';

/** A branch that gained more than so many pages at once is read page by page, and what it had before may come again. */
const MOST_PAGES = 20;
/** Rows that are gathered from branches before a state goes with them: a state names all branches. */
const BATCH = 500;

/** A branch beside the default one, its tip, and the one at which it was last read. */
interface Move {
  readonly name: string;
  readonly tip: string;
  readonly known: Tip | undefined;
  readonly mainTip: string | null;
}

/** Reads the further branches: what each has that no branch had before. */
export async function* readFurther(
  reading: CommitsReading,
  further: ReadonlyMap<string, string>,
  mainTip: string | null,
  before: ReadonlyMap<string, boolean>,
): Steps {
  let rows: Row[] = [];
  for (const [name, tip] of further) {
    const known = reading.tips.get(name);
    if (known?.commit === tip) continue;
    const move: Move = { name, tip, known, mainTip };
    for await (const step of readBranch(reading, move, before)) {
      rows.push(...step.rows);
      if (step.covers === undefined && rows.length < BATCH) continue;
      yield reading.step(rows);
      rows = [];
    }
    if (rows.length < BATCH) continue;
    yield reading.step(rows);
    rows = [];
  }
  if (rows.length > 0) yield reading.step(rows);
}

async function* readBranch(reading: CommitsReading, move: Move, before: ReadonlyMap<string, boolean>): Steps {
  const { name, tip, known, mainTip } = move;
  const elsewhere = tip === mainTip ? false : (before.get(tip) ?? tipElsewhere(reading, tip));
  if (elsewhere !== undefined) {
    // Another branch has, or had, this very tip: all that it reaches was written.
    if (known !== undefined) reading.leave({ commit: known.commit, base: mainTip });
    return reading.publish(name, { commit: tip, ahead: elsewhere && reading.gained?.has(tip) === false });
  }
  if (known !== undefined && (known.ahead || mainTip === null)) {
    const gained = await collectUnlessLost(reading, move, known.commit);
    if (gained === null) return yield* readBeyondDefault(reading, { ...move, known: undefined }, before);
    if (gained.pages === null) return yield* readGained(reading, move, known.commit, gained.commits, mainTip);
  }
  yield* readBeyondDefault(reading, move, before);
}

/** What came upon the last tip, if it is still there; null: it is lost. */
async function collectUnlessLost(reading: CommitsReading, { name, tip }: Move, since: string): Promise<Collected | null> {
  try {
    return await collect(reading.source, { since, until: tip }, MOST_PAGES);
  } catch (error) {
    if (!saysNoSuchCommit(error) || !(await isLost(reading.source, since))) throw error;
    warnOfLostTip(reading, name, since);
    return null;
  }
}

/**
 * A branch whose last tip is not on the default branch. What descends from that tip is not either, but for what the default branch gained
 * now; of anything else the list of what the default branch lacks tells it.
 */
async function* readGained(
  reading: CommitsReading,
  { name, tip }: Move,
  since: string,
  gained: readonly RestCommit[],
  mainTip: string | null,
): Steps {
  const isOnDefault = (id: string) => mainTip !== null && reading.gained?.has(id) !== false;
  const built = descendantsOf(gained, since);
  const unclear = new Set(gained.map(({ id }) => id).filter((id) => mainTip !== null && !built.has(id) && !isOnDefault(id)));
  const range = { until: tip, ...(mainTip !== null && { since: mainTip }) };
  const beyond = unclear.size === 0 ? null : await findIn(reading.source, range, unclear);
  const isBeyond = (id: string) => (mainTip === null || built.has(id) ? !isOnDefault(id) : beyond?.found.has(id) === true);
  const rows = reading.rows(
    gained.filter(({ id }) => isBeyond(id)),
    false,
  );
  if (gained.length === 0) reading.leave(await resetFrom(reading.source, since, tip));
  else if (!leadsTo(gained, since)) {
    const whole = beyond?.all ?? null;
    reading.leave(whole === null ? { commit: since, base: tip } : { commit: since, base: mainTip, alive: whole, covered: tip });
  }
  reading.publish(name, { commit: tip, ahead: mainTip !== null && isBeyond(tip) });
  yield { rows };
}

/** A branch of which only the default branch says what is new in it: what it has more, less what branches had before. */
async function* readBeyondDefault(
  reading: CommitsReading,
  { name, tip, known, mainTip }: Move,
  before: ReadonlyMap<string, boolean>,
): Steps {
  const range = { until: tip, ...(mainTip !== null && { since: mainTip }) };
  const { commits, pages } = await collect(reading.source, range, before.size > 1 ? MOST_PAGES : 1);
  const left = known === undefined ? null : { commit: known.commit, base: mainTip };
  if (pages !== null) {
    if (left !== null) reading.leave(left);
    const begun = { branch: name, onDefault: false, until: tip, since: mainTip, start: 0, last: null, forward: false };
    return yield* readRangeBeyond(reading, begun, pages);
  }
  const had = reachedFrom(commits, before.keys());
  const rows = reading.rows(
    commits.filter(({ id }) => !had.has(id)),
    false,
  );
  if (left !== null && !had.has(left.commit) && !leadsTo(commits, left.commit))
    reading.leave({ ...left, alive: new Set(commits.map(({ id }) => id)), covered: tip });
  reading.publish(name, { commit: tip, ahead: mainTip !== null && commits.length > 0 });
  yield { rows };
}

/** Reads, or goes on with, a list of a further branch that takes many pages. */
export async function* readRangeBeyond(reading: CommitsReading, range: Reading, begun?: Parameters<typeof readPages>[3]): Steps {
  for await (const { commits, next } of readPages(reading.source, range, reading.floor, begun)) {
    const rows = reading.rows(
      commits.filter(({ id }) => reading.gained?.has(id) !== true),
      false,
    );
    // What `since`, the tip of the default branch, does not reach is not on that branch, its tip least of all.
    if (next === null) reading.publish(range.branch, { commit: range.until, ahead: range.since !== null });
    else reading.reading = next;
    yield reading.step(rows);
  }
}

/** Whether the tip that another branch has as well is ahead of the default branch; undefined: none has it. */
function tipElsewhere({ tips }: CommitsReading, tip: string): boolean | undefined {
  for (const { commit, ahead } of tips.values()) if (commit === tip) return ahead;
  return undefined;
}

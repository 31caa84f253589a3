import { counted } from '../text/counted';
import { timeOf } from '../text/log-line';
import { shellWord } from '../text/shell';
import type { Changes } from './changes';
import type { LeftOut } from './outside';
import type { Screen } from './screen';
import { type Call, syncCommand } from './sync-command';
import { STATE_TABLE } from './states';
import type { StreamCauses } from './stream-causes';
import { count, rowCount, summary, sumOf, type Tally } from './tally';

/** How the last line begins where no row is new. */
const NOTHING = 'Nothing has changed';

/** A warning of something that is not known to be as it was. */
export const UNREADABLE = /could not be read/;

/** What a sync came to: all that was to be read; what a signal left of it; or what a failure did. */
export type End = 'whole' | 'cut off' | 'failed';

/** What came of a sync. */
export interface Outcome {
  readonly tallies: readonly Tally[];
  readonly misfits: ReadonlyMap<string, number>;
  readonly changes: Changes;
  /** Streams that were read for the first time: their rows are no changes. */
  readonly firsts: ReadonlySet<string>;
  readonly errors: StreamCauses;
  readonly warnings: StreamCauses;
  readonly call: Call;
  readonly exitCode: number;
  readonly end: End;
  /** A signal has come, maybe only when all was read. */
  readonly wasStopped: boolean;
  /** `--reset` has dropped tables before. */
  readonly hasDropped: boolean;
  /** The views over the tables are there. */
  readonly hasViews: boolean;
  /** The first one into this file. */
  readonly isNew: boolean;
  /** Rows that a first sync that was not finished has left, by stream; empty: there was none. */
  readonly rowsBefore: ReadonlyMap<string, number>;
  /** Rows in all tables that are read, where there were some before. */
  readonly rowsNow: number;
  /** Streams of this file that are not read. */
  readonly unread: readonly string[];
  /** What of it the configuration leaves out. */
  readonly leftOut: readonly LeftOut[];
  readonly isVerbose: boolean;
  /** One of many, of which a person wants to know when it was. */
  readonly isFollowing: boolean;
  readonly startedAt: number;
  readonly now: number;
}

/** Tells a person how a sync ended: what failed, what came, and what to do next; nothing twice, and little where nothing happened. */
export function report(screen: Screen, outcome: Outcome): void {
  const { misfits, errors, warnings, tallies, end, isVerbose, isNew, now } = outcome;
  for (const sentence of warnings.sentences(tallies.length)) screen.log('WARN', sentence);
  for (const sentence of errors.sentences(tallies.length)) screen.log('ERROR', sentence);
  for (const [column, times] of misfits)
    screen.log('WARN', `${column}: ${times} values did not fit the type in the schema and are null in the database.`);
  const hasBegun = tallies.some(({ records, status }) => records > 0 || status !== 'WAITING');
  if ((isVerbose || isNew) && (hasBegun || !outcome.wasStopped))
    screen.say(['', ...summary(tallies, now, outcome.rowsBefore), ''].join('\n'));
  const named = isVerbose && !isNew ? outcome.changes.lines() : [];
  if (named.length > 0) screen.say(['What has changed:', ...named.map((line) => `  ${line}`), ''].join('\n'));
  if (isVerbose) {
    const notRead = unreadOf(outcome);
    if (notRead.length > 0) screen.say(`Not read, though in this file: ${notRead.join(', ')}.`);
    screen.say(`Rows:   ${outcome.call.database}`);
    screen.say(`State:  table ${STATE_TABLE} in the same file; the next sync goes on from there.`);
  }
  if (end !== 'whole') {
    for (const { told } of outcome.leftOut) screen.say(`${told}.`);
    screen.say(failure(outcome));
    const came = isVerbose || isNew ? '' : outcome.changes.toString();
    return came === '' ? undefined : screen.say(`Before that: ${came}.`);
  }
  const came = whatCame(outcome);
  if (isVerbose && !isNew && came.startsWith(NOTHING)) screen.say(`${came}.`);
  if (!isVerbose) screen.say(`${outcome.isFollowing ? `${timeOf(now)}  ` : ''}${success(outcome)}`);
  if (isNew) sayNext(screen, outcome);
  if (outcome.wasStopped) screen.say(`${isNew ? '\n' : ''}${stoppedLate(outcome)}`);
}

function sayNext(screen: Screen, outcome: Outcome): void {
  screen.say('\nNext:');
  for (const [command, purpose] of nextSteps(outcome)) {
    screen.command(`  ${command}`);
    screen.say(`      ${purpose}`);
  }
}

function failure({ end, exitCode, tallies, isFollowing, hasDropped, isNew, hasViews }: Outcome): string {
  // That something failed is all that the code 1 says, and the errors above say what.
  const failed = exitCode === 1 ? 'The sync has failed' : `The connector ended with exit code ${exitCode}`;
  const how = end === 'cut off' ? 'Stopped' : failed;
  const came = tallies.some(({ records, status }) => records > 0 || status === 'COMPLETE');
  // The views of a file are made when its first sync ends by itself.
  const views = isNew && !hasViews ? ' The views over the tables (pull_request_facts and others) are made then.' : '';
  if (came) return `${how}: what came before that is kept, the next sync fetches the rest.${views}`;
  if (hasDropped) return `${how}: nothing was read since --reset dropped the tables; the next sync fetches all.`;
  return end === 'cut off' && isFollowing ? 'Stopped: the last sync had read nothing yet.' : `${how}: nothing was read.`;
}

/** The signal came when there was nothing left to stop. */
function stoppedLate({ hasViews }: Outcome): string {
  const views = hasViews ? '' : ' The views over the tables are brought up to date by the next sync.';
  return `Stopped: everything had been read by then, and is kept.${views}`;
}

/** What is in the file and is not read any more, for those who want to know everything. */
function unreadOf({ unread, leftOut }: Outcome): string[] {
  return [...unread, ...leftOut.map(({ what }) => what)];
}

function success(outcome: Outcome): string {
  const { unread, leftOut } = outcome;
  const came = whatCame(outcome);
  const [streams, are] = [counted(unread.length, 'other stream'), unread.length === 1 ? 'is' : 'are'];
  return `${[
    came,
    ...(isUnsure(outcome) && !came.startsWith(NOTHING) ? ['not all could be read'] : []),
    ...(unread.length === 0 ? [] : [`${streams} ${are} no longer read`]),
    ...leftOut.map(({ told }) => told),
  ].join('; ')}.`;
}

/** What has changed, by name where that is known, and what was read for the first time. */
function whatCame(outcome: Outcome): string {
  const { tallies, changes, firsts, isNew, now, startedAt } = outcome;
  const took = seconds(startedAt, now);
  const rows = recordsOf(tallies);
  if (isNew) return firstRows(outcome, rows, took);
  const fresh = tallies.filter(({ stream, records }) => records > 0 && firsts.has(stream));
  // What is in the file as it was has come again, and is no change.
  const changed = tallies
    .filter(({ stream }) => !firsts.has(stream))
    .map(({ stream }) => ({ stream, records: changes.changedRows(stream) }))
    .filter(({ records }) => records > 0);
  const news = recordsOf(fresh) + recordsOf(changed);
  const again = Math.max(0, rows - (news - changes.missingRows));
  if (news === 0) {
    const nothing = `${NOTHING}${placeOf(outcome)}`;
    return again === 0 ? `${nothing} (${took})` : `${nothing}; ${rowCount(again)} ${wereRead(again)} (${took})`;
  }
  const first = fresh.length === 0 ? '' : `for the first time ${countsOf(fresh)}`;
  const named = changed.length === 0 ? '' : changes.toString();
  if (named !== '') {
    const aside = again === 0 ? '' : `, ${count(again)} read again`;
    return `${[named, first].filter(Boolean).join(' · ')} (${rowCount(news)}${aside}, ${took})`;
  }
  const aside = again === 0 ? '' : `; ${rowCount(again)} ${wereRead(again)}`;
  if (changed.length === 0) return `${rowCount(news)} in ${took}, ${first}${aside}`;
  if (first === '') return `${rowCount(news)} changed in ${took}: ${countsOf(changed)}${aside}`;
  return `${rowCount(news)} in ${took}: changed ${countsOf(changed)}; ${first}${aside}`;
}

/** Of a first sync that went on where one was cut off, some rows have come again. */
function firstRows({ rowsBefore, rowsNow, call }: Outcome, rows: number, took: string): string {
  const before = sumOf(rowsBefore.values());
  if (before === 0) return `${rowCount(rows)} in ${took} into ${call.database}`;
  const added = rowsNow - before;
  const again = Math.max(0, rows - added);
  const aside = again === 0 ? '' : `; ${rowCount(again)} ${wereRead(again)}`;
  return `${rowCount(added)} in ${took} into ${call.database}, which had ${count(before)} already${aside}`;
}

/** Where nothing has changed, unless that is everywhere. */
function placeOf(outcome: Outcome): string {
  const { tallies, unread, leftOut } = outcome;
  const readOnly = leftOut.length > 0 ? 'what is read' : unread.length > 0 ? readOnes(tallies) : '';
  const where = isUnsure(outcome) ? 'what could be read' : readOnly;
  return where === '' ? '' : ` in ${where}`;
}

/** Whether something could not be read, which is no failure, or no longer. */
function isUnsure({ tallies, warnings }: Outcome): boolean {
  return tallies.some(({ stream }) => warnings.concerns(stream, UNREADABLE));
}

function wereRead(rows: number): string {
  return rows === 1 ? 'was read again' : 'were read again';
}

function recordsOf(tallies: readonly Pick<Tally, 'records'>[]): number {
  return sumOf(tallies.map(({ records }) => records));
}

function readOnes(tallies: readonly Tally[]): string {
  return tallies.length <= 3 ? tallies.map(({ stream }) => stream).join(', ') : `the ${tallies.length} streams that are read`;
}

function countsOf(tallies: readonly Pick<Tally, 'stream' | 'records'>[]): string {
  return tallies.map(({ stream, records }) => `${stream} ${count(records)}`).join(', ');
}

/** What to type next, and what comes of it. */
function nextSteps({ hasViews, tallies, call, isFollowing }: Outcome): [command: string, purpose: string][] {
  const has = (stream: string) => tallies.some((tally) => tally.stream === stream);
  const query = has('pull_requests')
    ? `SELECT state, count(*) FROM ${hasViews && has('repositories') ? 'pull_requests_live' : 'pull_requests WHERE deleted_at IS NULL'} GROUP BY state`
    : `SELECT * FROM ${tallies[0]?.stream ?? 'projects'} LIMIT 10`;
  const database = shellWord(call.database);
  const page = has('pull_request_activities')
    ? 'how long pull requests take, what waits, who is busy'
    : 'how long pull requests take; what waits and who is busy needs pull_request_activities, too';
  const report: [string, string] = [`${call.program} report --database ${database}`, `makes one page of it: ${page}`];
  return [
    [`duckdb ${database} "${query}"`, 'asks a first question (duckdb.org has the program; any client of DuckDB opens the file)'],
    ...(has('pull_requests') ? [report] : []),
    ...(isFollowing ? [] : [[syncCommand(call), 'reads what is new since now'] as [string, string]]),
  ];
}

function seconds(from: number, to: number): string {
  return `${((to - from) / 1000).toFixed(1)} s`;
}

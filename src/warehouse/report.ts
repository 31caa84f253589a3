import { counted } from '../text/counted';
import { timeOf } from '../text/log-line';
import { shellWord } from '../text/shell';
import type { Changes } from './changes';
import { describeLeftOut, type LeftOut, leftOutCount, sinceWhen } from './outside';
import type { Screen } from './screen';
import { type Call, syncCommand } from './sync-command';
import { STATE_TABLE } from './states';
import type { StreamCauses } from './stream-causes';
import { count, rowCount, summary, type Tally } from './tally';

/** A warning of something that is not known to be as it was. */
export const UNREADABLE = /could not be read/;

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
  readonly wasStopped: boolean;
  /** The views over the tables are there. */
  readonly hasViews: boolean;
  /** The first one into this file. */
  readonly isNew: boolean;
  /** Streams of this file that are not read. */
  readonly unread: readonly string[];
  /** Repositories of it that the configuration leaves out; null: none. */
  readonly leftOut: LeftOut | null;
  readonly isVerbose: boolean;
  /** One of many, of which a person wants to know when it was. */
  readonly isFollowing: boolean;
  readonly startedAt: number;
  readonly now: number;
}

/** Tells a person how a sync ended: what failed, what came, and what to do next; nothing twice, and little where nothing happened. */
export function report(screen: Screen, outcome: Outcome): void {
  const { misfits, errors, warnings, tallies, exitCode, isVerbose, isNew, now } = outcome;
  for (const sentence of warnings.sentences(tallies.length)) screen.log('WARN', sentence);
  for (const sentence of errors.sentences(tallies.length)) screen.log('ERROR', sentence);
  for (const [column, times] of misfits)
    screen.log('WARN', `${column}: ${times} values did not fit the type in the schema and are null in the database.`);
  const hasBegun = tallies.some(({ records, status }) => records > 0 || status !== 'WAITING');
  if ((isVerbose || isNew) && (hasBegun || !outcome.wasStopped)) screen.say(['', ...summary(tallies, now), ''].join('\n'));
  const named = isVerbose && !isNew ? outcome.changes.lines() : [];
  if (named.length > 0) screen.say(['What has changed:', ...named.map((line) => `  ${line}`), ''].join('\n'));
  if (isVerbose) {
    const notRead = unreadOf(outcome);
    if (notRead.length > 0) screen.say(`Not read, though in this file: ${notRead.join(', ')}.`);
    screen.say(`Rows:   ${outcome.call.database}`);
    screen.say(`State:  table ${STATE_TABLE} in the same file; the next sync goes on from there.`);
  }
  if (exitCode !== 0) {
    if (outcome.leftOut !== null) screen.say(`${describeLeftOut(outcome.leftOut, outcome.call.config)}.`);
    return screen.say(failure(outcome));
  }
  if (!isVerbose) screen.say(`${outcome.isFollowing ? `${timeOf(now)}  ` : ''}${success(outcome)}`);
  if (!isNew) return;
  screen.say('\nNext:');
  for (const [command, purpose] of nextSteps(outcome)) {
    screen.command(`  ${command}`);
    screen.say(`      ${purpose}`);
  }
}

function failure({ wasStopped, exitCode, tallies, isFollowing }: Outcome): string {
  const end = wasStopped ? 'Stopped' : `The connector ended with exit code ${exitCode}`;
  const came = tallies.some(({ records, status }) => records > 0 || status === 'COMPLETE');
  if (wasStopped && isFollowing && !came) return 'Stopped.';
  return came ? `${end}: what came before that is kept, the next sync fetches the rest.` : `${end}: nothing was read.`;
}

/** What is in the file and is not read any more, for those who want to know everything. */
function unreadOf({ unread, leftOut }: Outcome): string[] {
  if (leftOut === null) return [...unread];
  const since = sinceWhen(leftOut);
  return [...unread, `${leftOutCount(leftOut)}${since === '' ? '' : ` (${since})`}`];
}

function success(outcome: Outcome): string {
  const { unread, leftOut, call } = outcome;
  const [streams, are] = [counted(unread.length, 'other stream'), unread.length === 1 ? 'is' : 'are'];
  return `${[
    whatCame(outcome),
    ...(unread.length === 0 ? [] : [`${streams} ${are} no longer read`]),
    ...(leftOut === null ? [] : [describeLeftOut(leftOut, call.config)]),
  ].join('; ')}.`;
}

/** What has changed, by name where that is known, and what was read for the first time. */
function whatCame({ tallies, changes, firsts, warnings, isNew, unread, leftOut, call, now, startedAt }: Outcome): string {
  const rows = tallies.reduce((sum, { records }) => sum + records, 0);
  const took = seconds(startedAt, now);
  if (isNew) return `${rowCount(rows)} in ${took} into ${call.database}`;
  if (rows === 0) {
    const isUnsure = warnings.sentences(tallies.length).some((sentence) => UNREADABLE.test(sentence));
    const readOnly = leftOut !== null ? 'what is read' : unread.length > 0 ? readOnes(tallies) : '';
    const where = isUnsure ? 'what could be read' : readOnly;
    return `Nothing has changed${where === '' ? '' : ` in ${where}`} (${took})`;
  }
  const read = tallies.filter(({ records }) => records > 0);
  const fresh = countsOf(read.filter(({ stream }) => firsts.has(stream)));
  const changed = read.filter(({ stream }) => !firsts.has(stream));
  const named = changed.length === 0 ? '' : changes.toString();
  const first = fresh === '' ? '' : `for the first time ${fresh}`;
  if (named !== '') return `${[named, first].filter(Boolean).join(' · ')} (${rowCount(rows)}, ${took})`;
  if (changed.length === 0) return `${rowCount(rows)} in ${took}, ${first}`;
  if (first === '') return `${rowCount(rows)} changed in ${took}: ${countsOf(changed)}`;
  return `${rowCount(rows)} in ${took}: changed ${countsOf(changed)}; ${first}`;
}

function readOnes(tallies: readonly Tally[]): string {
  return tallies.length <= 3 ? tallies.map(({ stream }) => stream).join(', ') : `the ${tallies.length} streams that are read`;
}

function countsOf(tallies: readonly Tally[]): string {
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

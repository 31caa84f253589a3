import type { Changes } from './changes';
import { DEFAULT_DATABASE } from './options';
import { timeOf } from '../text/log-line';
import type { Screen } from './screen';
import { STATE_TABLE } from './states';
import type { StreamErrors } from './stream-errors';
import { count, rowCount, summary, type Tally } from './tally';

/** What came of a sync. */
export interface Outcome {
  readonly tallies: readonly Tally[];
  readonly misfits: ReadonlyMap<string, number>;
  readonly changes: Changes;
  /** Streams that were read for the first time: their rows are no changes. */
  readonly firsts: ReadonlySet<string>;
  readonly errors: StreamErrors;
  readonly path: string;
  readonly exitCode: number;
  readonly wasStopped: boolean;
  /** The views over the tables are there. */
  readonly hasViews: boolean;
  /** The first one into this file. */
  readonly isNew: boolean;
  readonly isVerbose: boolean;
  /** One of many, of which a person wants to know when it was. */
  readonly isFollowing: boolean;
  readonly program: string;
  readonly config: string;
  readonly startedAt: number;
  readonly now: number;
}

/** Tells a person how a sync ended: what failed, what came, and what to do next; nothing twice, and little where nothing happened. */
export function report(screen: Screen, outcome: Outcome): void {
  const { misfits, errors, tallies, exitCode, isVerbose, isNew, now } = outcome;
  for (const sentence of errors.sentences()) screen.log('ERROR', sentence);
  for (const [column, times] of misfits)
    screen.log('WARN', `${column}: ${times} values did not fit the type in the schema and are null in the database.`);
  const hasBegun = tallies.some(({ records, status }) => records > 0 || status !== 'WAITING');
  if ((isVerbose || isNew) && (hasBegun || !outcome.wasStopped)) screen.say(['', ...summary(tallies, now), ''].join('\n'));
  const named = isVerbose && !isNew ? outcome.changes.lines() : [];
  if (named.length > 0) screen.say(['What has changed:', ...named.map((line) => `  ${line}`), ''].join('\n'));
  if (isVerbose) {
    screen.say(`Rows:   ${outcome.path}`);
    screen.say(`State:  table ${STATE_TABLE} in the same file; the next sync goes on from there.`);
  }
  if (exitCode !== 0) return screen.say(failure(outcome));
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

function success({ tallies, changes, firsts, isNew, path, now, startedAt }: Outcome): string {
  const rows = tallies.reduce((sum, { records }) => sum + records, 0);
  const took = seconds(startedAt, now);
  if (isNew) return `${rowCount(rows)} in ${took} into ${path}.`;
  if (rows === 0) return `Nothing has changed (${took}).`;
  const read = tallies.filter(({ records }) => records > 0);
  const fresh = countsOf(read.filter(({ stream }) => firsts.has(stream)));
  const changed = read.filter(({ stream }) => !firsts.has(stream));
  const named = changed.length === 0 ? '' : changes.toString();
  const first = fresh === '' ? '' : `for the first time ${fresh}`;
  if (named !== '') return `${[named, first].filter(Boolean).join(' · ')} (${rowCount(rows)}, ${took}).`;
  if (changed.length === 0) return `${rowCount(rows)} in ${took}, ${first}.`;
  if (first === '') return `${rowCount(rows)} changed in ${took}: ${countsOf(changed)}.`;
  return `${rowCount(rows)} in ${took}: changed ${countsOf(changed)}; ${first}.`;
}

function countsOf(tallies: readonly Tally[]): string {
  return tallies.map(({ stream, records }) => `${stream} ${count(records)}`).join(', ');
}

/** What to type next, and what comes of it. */
function nextSteps({ hasViews, path, tallies, program, config, isFollowing }: Outcome): [command: string, purpose: string][] {
  const has = (stream: string) => tallies.some((tally) => tally.stream === stream);
  const query = has('pull_requests')
    ? `SELECT state, count(*) FROM ${hasViews && has('repositories') ? 'pull_requests_live' : 'pull_requests WHERE deleted_at IS NULL'} GROUP BY state`
    : `SELECT * FROM ${tallies[0]?.stream ?? 'projects'} LIMIT 10`;
  const database = path === DEFAULT_DATABASE ? '' : ` --database ${quoted(path)}`;
  return [
    [
      `duckdb ${quoted(path)} "${query}"`,
      'asks a first question (duckdb.org has the program; any client of DuckDB opens the file)',
    ],
    ...(has('pull_requests')
      ? [
          [
            `${program} report --database ${quoted(path)}`,
            'makes one page of it: how long pull requests take, what waits, who is busy',
          ] as [string, string],
        ]
      : []),
    ...(isFollowing
      ? []
      : [[`${program} sync --config ${quoted(config)}${database}`, 'reads what is new since now'] as [string, string]]),
  ];
}

/** As a shell takes it for one word. */
function quoted(word: string): string {
  return /^[\w./~-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function seconds(from: number, to: number): string {
  return `${((to - from) / 1000).toFixed(1)} s`;
}

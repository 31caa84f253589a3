import type { StreamStatus } from './messages';

/** What has come of one stream so far. */
export interface Tally {
  readonly stream: string;
  status: StreamStatus | 'WAITING';
  rateLimited: boolean;
  records: number;
  tombstones: number;
  estimate: number | null;
  /** The estimate was counted beforehand, which is better than what the connector guesses on its way. */
  isCounted: boolean;
  /** Requests behind the rows that were counted; null: not known. */
  requests: number | null;
  startedAt: number | null;
  endedAt: number | null;
}

/** A stream of which nothing has come yet. */
export function newTally(stream: string): Tally {
  return {
    stream,
    status: 'WAITING',
    rateLimited: false,
    records: 0,
    tombstones: 0,
    estimate: null,
    isCounted: false,
    requests: null,
    startedAt: null,
    endedAt: null,
  };
}

/** Notes a status and, by the first and the last of them, how long the stream took. */
export function noteStatus(tally: Tally, status: StreamStatus, rateLimited: boolean, now: number): void {
  tally.status = status;
  tally.rateLimited = rateLimited;
  tally.startedAt ??= now;
  tally.endedAt = hasEnded(tally) ? now : null;
}

/** Notes a record, and whether it was a tombstone. */
export function noteRecord(tally: Tally, isTombstone: boolean, now: number): void {
  tally.startedAt ??= now;
  tally.rateLimited = false;
  tally.records++;
  if (isTombstone) tally.tombstones++;
}

/** Whether nothing more is to come. */
export function hasEnded({ status }: Tally): boolean {
  return status === 'COMPLETE' || status === 'INCOMPLETE';
}

/** Notes how many rows will come, as the connector guesses. */
export function noteEstimate(tally: Tally, rows: number): void {
  if (!tally.isCounted) tally.estimate = rows;
}

/** Notes how many rows will come, as they were counted, and what they cost. */
export function noteCount(tally: Tally, rows: number, requests: number | null): void {
  tally.estimate = rows;
  tally.isCounted = true;
  tally.requests = requests;
}

/** How far all that was counted is, from 0 to 1, by the requests that it takes; null: nothing was counted. */
export function shareDone(tallies: readonly Tally[]): number | null {
  let [expected, done] = [0, 0];
  for (const tally of tallies) {
    const { requests, records, estimate } = tally;
    expected += requests ?? 0;
    done += (requests ?? 0) * (hasEnded(tally) ? 1 : Math.min(1, records / Math.max(1, estimate ?? 0)));
  }
  return expected === 0 ? null : done / expected;
}

/** Seconds from the stream's first sign of life to its end, or to now. */
export function secondsOf({ startedAt, endedAt }: Tally, now: number): number {
  return startedAt === null ? 0 : ((endedAt ?? now) - startedAt) / 1000;
}

/** How wide names and rows are, so that the lines of all streams stand below each other. */
export interface Widths {
  readonly name: number;
  readonly rows: number;
}

/** The widths that these streams need. */
export function widthsOf(tallies: readonly Tally[]): Widths {
  return {
    name: Math.max(0, ...tallies.map(({ stream }) => stream.length)),
    rows: Math.max(ROWS_WIDTH, ...tallies.map((tally) => rowsText(tally).length)),
  };
}

/**
 * One line for a stream as it stands, for people. On a terminal, of `room` columns, with a bar: the bar shrinks first, then the rate goes.
 * @param room null: not on a terminal
 */
export function describe(tally: Tally, now: number, widths: Widths, room: number | null): string {
  const { stream, records } = tally;
  const seconds = secondsOf(tally, now);
  const rate = records > 0 && seconds >= 0.5 && !hasEnded(tally) ? `${count(Math.round(records / seconds))} rows/s` : '';
  const rows = rowsText(tally).padStart(room === null ? ROWS_WIDTH : widths.rows);
  const cells = [stream.padEnd(widths.name), statusText(tally).padEnd(STATUS_WIDTH)];
  const fixed = [...cells, rows];
  if (room === null) return [...fixed, rate.padStart(RATE_WIDTH)].join('  ').trimEnd();
  const left = room - fixed.join('  ').length;
  const withRate = left >= RATE_WIDTH + SHORTEST_BAR + 4;
  const length = Math.min(BAR_WIDTH, left - 2 - (withRate ? RATE_WIDTH + 2 : 0));
  const drawn = length >= SHORTEST_BAR ? [bar(tally, now, length)] : [];
  return [...cells, ...drawn, rows, ...(withRate ? [rate.padStart(RATE_WIDTH)] : [])].join('  ').trimEnd();
}

/**
 * The table at the end: stream, status, records, seconds, and, if anything is gone, how much of that.
 * @param before rows that were there before, by stream; with any, there is a column of them
 */
export function summary(tallies: readonly Tally[], now: number, before: ReadonlyMap<string, number> = new Map()): string[] {
  const hasBefore = sumOf(before.values()) > 0;
  const hasGone = tallies.some(({ tombstones }) => tombstones > 0);
  const head = ['stream', 'status', ...(hasBefore ? ['before'] : []), 'records', ...(hasGone ? ['gone'] : []), 'seconds'];
  const rows = tallies.map((tally) => [
    tally.stream,
    finalText(tally),
    ...(hasBefore ? [count(before.get(tally.stream) ?? 0)] : []),
    count(tally.records),
    ...(hasGone ? [count(tally.tombstones)] : []),
    secondsOf(tally, now).toFixed(1),
  ]);
  const widths = head.map((title, index) => Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, index) => (index < 2 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0))).join('  ');
  return [line(head), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)];
}

/** A whole number with thousands separated. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** All of them together. */
export function sumOf(counts: Iterable<number>): number {
  let sum = 0;
  for (const each of counts) sum += each;
  return sum;
}

/** `1 row`, `1,234 rows` */
export function rowCount(rows: number): string {
  return `${count(rows)} ${rows === 1 ? 'row' : 'rows'}`;
}

function rowsText(tally: Tally): string {
  const { records, estimate } = tally;
  const isOpen = estimate !== null && estimate > records && !hasEnded(tally);
  return isOpen ? `${count(records)} of about ${rowCount(estimate)}` : rowCount(records);
}

function statusText({ status, rateLimited }: Tally): string {
  return rateLimited && status === 'RUNNING' ? 'rate limited' : status === 'WAITING' ? 'not started' : status.toLowerCase();
}

/** When the connector has ended, nothing is under way any more. */
function finalText(tally: Tally): string {
  const hasBegun = tally.status !== 'WAITING' || tally.records > 0;
  return hasEnded(tally) || !hasBegun ? statusText(tally) : 'cut off';
}

const STATUS_WIDTH = 12;
const ROWS_WIDTH = 14;
const RATE_WIDTH = 14;
const SHORTEST_BAR = 8;
const BAR_WIDTH = 20;
const RUNNER_WIDTH = 5;
const RUNNER_STEP_MS = 200;

/** Filled to the share that has come, where the connector said how much there is; else something that moves while rows may come. */
function bar(tally: Tally, now: number, length: number): string {
  if (tally.status === 'COMPLETE') return '█'.repeat(length);
  if (tally.estimate !== null) {
    const filled = Math.floor(Math.min(0.99, tally.records / Math.max(1, tally.estimate)) * length);
    return '█'.repeat(filled).padEnd(length, '░');
  }
  if (tally.status === 'WAITING' || tally.status === 'INCOMPLETE') return '░'.repeat(length);
  const place = Math.floor(now / RUNNER_STEP_MS) % (length - RUNNER_WIDTH + 1);
  return `${'░'.repeat(place)}${'▒'.repeat(RUNNER_WIDTH)}`.padEnd(length, '░');
}

import { withoutGuesses } from '../text/nearest';
import { timeOf } from '../text/log-line';
import { printable } from '../text/terminal';
import { indented, wrap, wrapCommand } from '../text/wrap';
import { describe, secondsOf, shareDone, type Tally, widthsOf } from './tally';

const REDRAW_MS = 200;
/** Where nobody sits: how often is looked for news; and rows are told so often, then after so much more of the time that it takes. */
const PLAIN_MS = 5000;
const PAUSE_SHARE = 1 / 12;
const LONGEST_PAUSE_MS = 600_000;
/** The connector's line on a request that failed: method and path, why, and what comes of it. */
const RETRIED = /^(?:([A-Z]+ \S+): )?(([^]*); attempt \d+ of \d+[^]*)/;
/** The longest wait before a request is sent again. */
const LONGEST_WAIT_MS = 20_000;
/** Milliseconds without a row, from which on a person wonders: on a terminal, and elsewhere. */
const SILENCE_MS = 10_000;
const LONG_SILENCE_MS = 30_000;
/** The same where a request is tried again. */
const SHORT_SILENCE_MS = 2500;
/** Width of time and level before a message. */
const INDENT = 17;
const CLEAR_BELOW = '\u001b[0J';

/** Where to write, and how. */
export interface ScreenOptions {
  readonly output: NodeJS.WritableStream;
  readonly isTerminal: boolean;
  readonly clock: () => number;
  /** Takes secrets out of everything that is written. */
  readonly mask: (text: string) => string;
  /** Also what is of no consequence: log lines of level INFO. @default true */
  readonly isVerbose?: boolean;
}

/**
 * What a person sees: lines, and below them, on a terminal, one line per stream that is updated in place; elsewhere the
 * same lines now and then, for streams that are under way: every few seconds at first, every ten minutes in the end.
 */
export class Screen {
  private timer: NodeJS.Timeout | undefined;
  private tallies: readonly Tally[] = [];
  private drawn = 0;
  private readonly told = new Map<string, string>();
  private readonly toldStatuses = new Map<string, Tally['status']>();
  private readonly toldRows = new Map<string, string>();
  private followedAt = 0;
  /** When rows are told again where nobody looks at a terminal. */
  private tellsRowsAt = 0;
  /** When something came that was no log line, and the last log line since. */
  private heardAt = 0;
  private logged = '';
  private loggedAt = 0;
  /** The silence that is told next where nobody looks at a terminal. */
  private nextSilence = LONG_SILENCE_MS;
  /** Causes for which something is tried again, told once each. */
  private readonly toldCauses = new Set<string>();
  private readonly toldStarts = new Set<string>();
  private readonly warned = new Set<string>();

  constructor(private readonly options: ScreenOptions) {}

  /** Writes lines of their own, broken between words where a terminal is narrower. */
  say(text: string): void {
    this.erase();
    for (const line of printable(this.options.mask(text)).split('\n')) this.write(`${this.fitted(line, 0).join('\n')}\n`);
    this.draw();
  }

  /** Writes a command that can be copied, however narrow the terminal is. */
  command(text: string): void {
    this.erase();
    const line = printable(this.options.mask(text));
    for (const part of this.options.isTerminal ? wrapCommand(line, this.width - 1) : [line]) this.write(`${part}\n`);
    this.draw();
  }

  /**
   * Writes a log line: time of day, level, message; further lines of the message are indented.
   * @param most characters of the message, counted when secrets are out of it
   */
  log(level: string, message: string, most = Infinity): void {
    if ((level === 'INFO' && this.options.isVerbose === false) || this.warned.has(withoutGuesses(message))) return;
    const time = timeOf(this.options.clock());
    const [first = '', ...more] = printable(shortened(this.options.mask(message), most))
      .split('\n')
      .flatMap((line) => this.fitted(line, INDENT));
    this.erase();
    this.write(`${time}  ${level.padEnd(5)}  ${first}\n`);
    const width = this.options.isTerminal ? this.width - 1 : Infinity;
    for (const line of more) this.write(`${indented(line, INDENT, width)}\n`);
    this.draw();
  }

  /** Writes what is wrong; on a terminal the command to try by hand stands by itself, so that it can be copied; one that puts it right always does. */
  error(message: string, command: string | undefined, isRemedy = false): void {
    const isApart = (this.options.isTerminal || isRemedy) && command !== undefined;
    this.log('ERROR', command === undefined || isApart ? message : `${message} To try it by hand: ${command}`);
    if (!isApart) return;
    if (!isRemedy) this.say('To try it by hand:');
    this.command(`  ${command}`);
  }

  /** A warning that the connector may give once more: it is told once. */
  warnAhead(message: string): void {
    this.log('WARN', message);
    this.warned.add(withoutGuesses(message));
  }

  /** What is being done before streams are followed, on a terminal alone; gone with the next line. */
  note(text: string): void {
    if (!this.options.isTerminal) return;
    this.erase();
    this.write(`${printable(this.options.mask(text)).slice(0, this.width - 1)}\n`);
    this.drawn = 1;
  }

  /** Rows or statuses have come. */
  hear(): void {
    this.heardAt = this.options.clock();
    this.logged = '';
    this.nextSilence = LONG_SILENCE_MS;
  }

  /** A state has come, a sign of life, unless something is tried again and again: what was given up is in states, too. */
  hearState(): void {
    if (this.logged === '' || this.options.clock() - this.loggedAt > LONGEST_WAIT_MS) this.hear();
  }

  /** A log line has come: that something is tried again is shown if nothing else comes. */
  hearLog(text: string): void {
    if (!RETRIED.test(text)) return;
    this.logged = text;
    this.loggedAt = this.options.clock();
  }

  /** Shows how these streams progress, until `settle`. */
  follow(tallies: readonly Tally[]): void {
    this.tallies = tallies;
    this.heardAt = this.options.clock();
    this.followedAt = this.heardAt;
    const tick = this.options.isTerminal ? () => this.redraw() : () => this.tell();
    this.timer = setInterval(tick, this.options.isTerminal ? REDRAW_MS : PLAIN_MS);
    this.timer.unref();
    this.redraw();
  }

  /** Stops following the streams, and shows them as they are at last where a person wants to see everything. */
  settle(): void {
    clearInterval(this.timer);
    this.erase();
    if (this.options.isVerbose !== false) this.draw();
    this.tallies = [];
    this.drawn = 0;
  }

  private tell(): void {
    this.tellRetry();
    const silence = this.silence(this.nextSilence);
    if (silence !== null) {
      this.nextSilence *= 2;
      this.tellLine(silence);
    }
    this.tellStarts();
    const isDue = this.areRowsDue();
    // Guesses of how many rows come, and rows per second, change also while nothing comes: that is no news.
    const rowsOf = ({ records, rateLimited }: Tally) => `${records}${rateLimited ? ', rate limited' : ''}`;
    const isNews = (tally: Tally) =>
      this.toldStatuses.get(tally.stream) !== tally.status || (isDue && this.toldRows.get(tally.stream) !== rowsOf(tally));
    const shown = this.tallies.filter((tally) => tally.status !== 'WAITING' && !hasOnlyStarted(tally) && isNews(tally));
    for (const tally of shown) {
      this.toldStatuses.set(tally.stream, tally.status);
      this.toldRows.set(tally.stream, rowsOf(tally));
    }
    for (const line of this.progressLines((tally) => shown.includes(tally), isDue && shown.length > 0)) {
      const stream = line.split(' ', 1)[0] ?? '';
      if (this.told.get(stream) === line) continue;
      this.told.set(stream, line);
      this.tellLine(line);
    }
  }

  private areRowsDue(): boolean {
    const now = this.options.clock();
    if (now < this.tellsRowsAt) return false;
    this.tellsRowsAt = now + Math.min(LONGEST_PAUSE_MS, (now - this.followedAt) * PAUSE_SHARE);
    return true;
  }

  /** Why nothing comes, as soon as that is worth a line: each cause once, not each attempt. */
  private tellRetry(): void {
    // With all log lines it has been seen.
    if (this.options.isVerbose !== false || this.logged === '' || this.options.clock() - this.heardAt < SHORT_SILENCE_MS) return;
    const cause = RETRIED.exec(this.logged)?.[3] ?? this.logged;
    if (this.toldCauses.has(cause)) return;
    this.toldCauses.add(cause);
    this.tellLine(`${cause}; trying again`);
  }

  /** Many streams start at once, and one line says so. */
  private tellStarts(): void {
    const started = this.tallies.filter((tally) => hasOnlyStarted(tally) && !this.toldStarts.has(tally.stream));
    for (const { stream } of started) this.toldStarts.add(stream);
    if (started.length > 0) this.tellLine(`started, no rows yet: ${started.map(({ stream }) => stream).join(', ')}`);
  }

  private tellLine(line: string): void {
    this.write(`${timeOf(this.options.clock())}  ${printable(this.options.mask(line.split('\n', 1)[0] ?? ''))}\n`);
  }

  private redraw(): void {
    this.erase();
    this.draw();
  }

  private erase(): void {
    if (this.drawn > 0) this.write(`\u001b[${this.drawn}A\r${CLEAR_BELOW}`);
    this.drawn = 0;
  }

  private draw(): void {
    if (!this.options.isTerminal || this.tallies.length === 0) return;
    const { rows } = sizeOf(this.options.output);
    const running = this.progressLines(() => true).slice(0, Math.max(1, rows - 1));
    for (const line of running) this.write(`${cut(printable(this.options.mask(line)), this.width - 1)}\n`);
    this.drawn = running.length;
  }

  private progressLines(isShown: (tally: Tally) => boolean, withOverall = true): string[] {
    const now = this.options.clock();
    const widths = widthsOf(this.tallies);
    const room = this.options.isTerminal ? this.width - 1 : null;
    const lines = this.tallies.filter(isShown).map((tally) => describe(tally, now, widths, room));
    if (!withOverall) return lines;
    const silence = this.silence(SILENCE_MS);
    // How long the rest takes nobody knows while nothing comes.
    const overall = silence === null ? overallLine(this.tallies, now) : this.options.isTerminal ? silence : null;
    return overall === null ? lines : [...lines, overall];
  }

  /** For how long nothing has come, and what the connector says to that; null where that is usual, or told by a stream's status. */
  private silence(usual: number): string | null {
    const silent = this.options.clock() - this.heardAt;
    if (silent < usual || this.tallies.some(({ rateLimited }) => rateLimited)) return null;
    const [, request, reason] = RETRIED.exec(this.logged.split('\n', 1)[0] ?? '') ?? [];
    // The reason first: of what is too long for a line the end is cut off.
    const why = reason === undefined ? '' : `: ${reason}${request === undefined ? '' : ` (${request})`}`;
    return `nothing has come for ${durationOf(Math.floor(silent / 1000))}${why}`;
  }

  private get width(): number {
    return sizeOf(this.options.output).columns;
  }

  /** The lines that a text takes on a terminal; elsewhere as it is. */
  private fitted(text: string, indent: number): string[] {
    return this.options.isTerminal ? wrap(text, this.width - 1 - indent) : [text];
  }

  private write(text: string): void {
    this.options.output.write(text);
  }
}

/** One of which nothing is to be told but that it is under way; that the server sets the pace is told. */
function hasOnlyStarted({ status, records, rateLimited }: Tally): boolean {
  return (status === 'STARTED' || status === 'RUNNING') && records === 0 && !rateLimited;
}

/** How far all is, and how long the rest will take, where rows were counted beforehand. */
function overallLine(tallies: readonly Tally[], now: number): string | null {
  const share = shareDone(tallies);
  if (share === null || share >= 1) return null;
  const seconds = Math.max(...tallies.map((tally) => secondsOf(tally, now)));
  const left = share < 0.02 || seconds < 2 ? '' : `, about ${durationOf((seconds / share) * (1 - share))} left`;
  return `in all ${Math.floor(share * 100)} %${left}`;
}

function durationOf(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}… (${text.length} characters)`;
}

/** On one line, between words where it is too long. */
function cut(line: string, width: number): string {
  if (line.length <= width) return line;
  const end = line.lastIndexOf(' ', width - 2);
  return `${line.slice(0, end < width / 2 ? width - 2 : end)} …`;
}

function sizeOf(output: NodeJS.WritableStream): { columns: number; rows: number } {
  const { columns = 0, rows = 0 } = output as Partial<{ columns: number; rows: number }>;
  // A terminal that does not know its size says 0.
  return { columns: columns || 80, rows: rows || 24 };
}

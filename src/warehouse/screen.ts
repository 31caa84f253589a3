import { describe, type Tally } from './tally';

const REDRAW_MS = 200;
const PLAIN_MS = 5000;
const CLEAR_BELOW = '\u001b[0J';

/** Where to write, and how. */
export interface ScreenOptions {
  readonly output: NodeJS.WritableStream;
  readonly isTerminal: boolean;
  readonly clock: () => number;
  /** Applied to everything that is written. */
  readonly mask: (text: string) => string;
}

/**
 * What a person sees: lines, and below them, on a terminal, one line per stream that is updated in place; elsewhere the
 * same lines every few seconds, for streams that are under way.
 */
export class Screen {
  private timer: NodeJS.Timeout | undefined;
  private tallies: readonly Tally[] = [];
  private drawn = 0;
  private readonly told = new Map<string, string>();

  constructor(private readonly options: ScreenOptions) {}

  /** Writes a line of its own. */
  say(text: string): void {
    this.erase();
    this.write(`${this.options.mask(text)}\n`);
    this.draw();
  }

  /** Writes a log line: time of day, level, message; further lines of the message are indented. */
  log(level: string, message: string): void {
    const time = new Date(this.options.clock()).toTimeString().slice(0, 8);
    const [first = '', ...more] = printable(message).split('\n');
    this.say([`${time}  ${level.padEnd(5)}  ${first}`, ...more.map((line) => `                 ${line}`)].join('\n'));
  }

  /** Shows how these streams progress, until `settle`. */
  follow(tallies: readonly Tally[]): void {
    this.tallies = tallies;
    const tick = this.options.isTerminal ? () => this.redraw() : () => this.tell();
    this.timer = setInterval(tick, this.options.isTerminal ? REDRAW_MS : PLAIN_MS);
    this.timer.unref();
    this.draw();
  }

  /** Shows the last state of things and stops following them. */
  settle(): void {
    clearInterval(this.timer);
    this.redraw();
    this.tallies = [];
    this.drawn = 0;
  }

  private tell(): void {
    for (const line of this.progressLines((tally) => tally.status !== 'WAITING')) {
      const stream = line.split(' ', 1)[0] ?? '';
      if (this.told.get(stream) === line) continue;
      this.told.set(stream, line);
      const time = new Date(this.options.clock()).toTimeString().slice(0, 8);
      this.write(`${time}  ${this.options.mask(line)}\n`);
    }
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
    const { columns, rows } = sizeOf(this.options.output);
    const running = this.progressLines(() => true).slice(0, Math.max(1, rows - 1));
    for (const line of running) this.write(`${this.options.mask(line).slice(0, columns - 1)}\n`);
    this.drawn = running.length;
  }

  private progressLines(isShown: (tally: Tally) => boolean): string[] {
    const now = this.options.clock();
    const width = Math.max(0, ...this.tallies.map(({ stream }) => stream.length));
    return this.tallies.filter(isShown).map((tally) => describe(tally, now, width, this.options.isTerminal));
  }

  private write(text: string): void {
    this.options.output.write(text);
  }
}

/** What a server or a connector wrote must not move the cursor or change colours. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what this is about
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, ' ').replaceAll('\t', '  ');
}

function sizeOf(output: NodeJS.WritableStream): { columns: number; rows: number } {
  const { columns, rows } = output as Partial<{ columns: number; rows: number }>;
  return { columns: columns ?? 80, rows: rows ?? 24 };
}

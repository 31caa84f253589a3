import { wrap, wrapCommand } from '../../src/text/wrap';

/** Where the demo prints to: a terminal, or what takes text as one does. */
export interface Output {
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** What the demo prints: nothing is broken within a word, however wide the terminal is. */
export class Printer {
  constructor(private readonly output: Output) {}

  say(text = ''): void {
    this.lines(wrap(text, this.width));
  }

  title(text: string): void {
    this.say(`\n━━ ${text} ${'━'.repeat(Math.max(0, Math.min(90, this.width) - 4 - text.length))}\n`);
  }

  /** Broken so that a shell takes the lines, copied, for one command. */
  command(text: string): void {
    this.lines(wrapCommand(text, this.width));
  }

  /** As it is: what is typed again must be on one line. */
  example(text: string): void {
    this.lines([text]);
  }

  private lines(lines: readonly string[]): void {
    this.output.write(`${lines.join('\n')}\n`);
  }

  /** Of a line at most. Asked each time: a terminal can be made wider or narrower at any moment. */
  get width(): number {
    return (this.output.columns || 80) - 1;
  }
}

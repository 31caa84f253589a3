import { Writable } from 'node:stream';
import { Terminal } from '@xterm/headless';

/** A terminal of so many columns, and what a person sees on it. */
export class TestTerminal {
  private readonly terminal: Terminal;
  readonly output: Writable & { columns: number; rows: number };

  constructor(columns: number, rows = 40) {
    const terminal = new Terminal({ cols: columns, rows, scrollback: 1000, convertEol: true, allowProposedApi: true });
    this.terminal = terminal;
    const output = new Writable({
      decodeStrings: false,
      write: (chunk: string, _encoding, done) => terminal.write(chunk, () => done()),
    });
    this.output = Object.assign(output, { columns, rows });
  }

  /** All lines from the first to the cursor, without blanks at their ends. @throws where one is broken because it did not fit */
  async lines(): Promise<string[]> {
    while (this.output.writableLength > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise<void>((resolve) => this.terminal.write('', resolve));
    const { active } = this.terminal.buffer;
    const lines: string[] = [];
    for (let row = 0; row <= active.baseY + active.cursorY; row++) {
      const line = active.getLine(row);
      if (line?.isWrapped === true) throw new Error(`This line did not fit: ${lines.at(-1)}|${line.translateToString(true)}`);
      lines.push(line?.translateToString(true) ?? '');
    }
    return lines;
  }
}

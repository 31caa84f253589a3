/** What a connector printed, counted. */
export interface Output {
  bytes: number;
  lines: number;
  recordBytes: number;
  stateBytes: number;
  states: number;
  /** Records by stream. */
  readonly records: Map<string, number>;
  /** The last STATE of each stream, in order, as its line. */
  readonly lastStates: Map<string, string>;
  /** The lines of all TRACE and LOG messages. */
  readonly said: string[];
}

const NEWLINE = 10;
const RECORD = Buffer.from('{"type":"RECORD","record":{"stream":"');
const QUOTE = 34;

/** Counts messages as they stream by, and keeps none but the last states and what was said: the reader must not be the bottleneck. */
export class OutputCounter {
  readonly output: Output = {
    bytes: 0,
    lines: 0,
    recordBytes: 0,
    stateBytes: 0,
    states: 0,
    records: new Map(),
    lastStates: new Map(),
    said: [],
  };
  private partial: Buffer[] = [];

  feed(chunk: Buffer): void {
    this.output.bytes += chunk.length;
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const tail = chunk.subarray(start, end);
      this.line(this.partial.length === 0 ? tail : Buffer.concat([...this.partial, tail]));
      this.partial = [];
      start = end + 1;
    }
    if (start < chunk.length) this.partial.push(chunk.subarray(start));
  }

  private line(line: Buffer): void {
    const { output } = this;
    output.lines += 1;
    if (line.length > RECORD.length && line.compare(RECORD, 0, RECORD.length, 0, RECORD.length) === 0) {
      const stream = line.toString('latin1', RECORD.length, line.indexOf(QUOTE, RECORD.length));
      output.records.set(stream, (output.records.get(stream) ?? 0) + 1);
      output.recordBytes += line.length + 1;
      return;
    }
    const text = line.toString();
    const stream = /^\{"type":"STATE".{0,60}"stream_descriptor":\{"name":"(\w+)"/.exec(text)?.[1];
    if (stream === undefined) {
      output.said.push(text);
      return;
    }
    output.states += 1;
    output.stateBytes += line.length + 1;
    output.lastStates.delete(stream);
    output.lastStates.set(stream, text);
  }
}

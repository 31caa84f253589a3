import { onOneLine, withoutUnloadable } from '../text/safe-text';
import { recordLine, type Row } from './record';

export type { Row } from './record';

/** Takes one message as a line of JSON; a promise where the reader is behind. */
export type Sink = (line: string) => Promise<void> | undefined;

export type LogLevel = 'FATAL' | 'ERROR' | 'WARN' | 'INFO' | 'DEBUG';
export type StreamStatus = 'STARTED' | 'RUNNING' | 'COMPLETE' | 'INCOMPLETE';
export type FailureType = 'config_error' | 'transient_error' | 'system_error';

/** What a stream is called in the configured catalog. */
export interface StreamDescriptor {
  readonly name: string;
  readonly namespace?: string;
}

/** Characters of a message for people at most. */
const LONGEST_TEXT = 20_000;

interface StreamCounts {
  /** What each of its records begins with. */
  readonly head: string;
  sinceState: number;
  total: number;
  tombstones: number;
  bytes: number;
  status: StreamStatus | null;
}

/**
 * The one that speaks Airbyte (protocol 0.3.2): every line of stdout is made here. Counts the records of each stream since its last
 * STATE, and sees to the order of its statuses.
 */
export class Emitter {
  /** Characters of all records so far. */
  bytes = 0;
  private rateLimitedUntil = 0;
  private readonly counts = new Map<string, StreamCounts>();

  constructor(
    private readonly sink: Sink,
    private readonly now: () => number,
    private readonly descriptors: ReadonlyMap<string, StreamDescriptor> = new Map(),
  ) {}

  record(stream: string, data: Row): Promise<void> | undefined {
    const counts = this.countsOf(stream);
    if (counts.status !== 'RUNNING') this.status(stream, 'RUNNING');
    const line = recordLine(data, `${counts.head}"emitted_at":${this.now()},"data":`, '}}');
    counts.sinceState++;
    counts.total++;
    if (data.deleted_at !== null) counts.tombstones++;
    counts.bytes += line.length;
    this.bytes += line.length;
    return this.sink(line);
  }

  /** @param state the stream's state as JSON text */
  state(stream: string, state: string): Promise<void> | undefined {
    const counts = this.countsOf(stream);
    const descriptor = JSON.stringify(this.descriptorOf(stream));
    const stats = `"sourceStats":{"recordCount":${counts.sinceState}.0}`;
    counts.sinceState = 0;
    const message = `{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":${descriptor},"stream_state":${state}},${stats}}}`;
    return this.sink(safe(message));
  }

  status(stream: string, status: StreamStatus, rateLimitedUntil?: number): void {
    const counts = this.countsOf(stream);
    if (status === 'COMPLETE' && counts.status === 'STARTED') this.status(stream, 'RUNNING');
    counts.status = status;
    this.trace('STREAM_STATUS', {
      stream_status: {
        stream_descriptor: this.descriptorOf(stream),
        status,
        ...(rateLimitedUntil !== undefined && {
          reasons: [{ type: 'RATE_LIMITED', rate_limited: { quota_reset: rateLimitedUntil } }],
        }),
      },
    });
  }

  error(message: string, failureType: FailureType, stream?: string, internal?: unknown): void {
    const stack = internal instanceof Error ? internal.stack : undefined;
    this.trace('ERROR', {
      error: {
        message: shortened(message),
        failure_type: failureType,
        ...(stream !== undefined && { stream_descriptor: this.descriptorOf(stream) }),
        ...(internal instanceof Error && { internal_message: shortened(internal.message) }),
        ...(failureType === 'system_error' && stack !== undefined && { stack_trace: stack }),
      },
    });
  }

  /** What a stream will have emitted at its end, as far as one can tell. */
  estimate(stream: string, rows: number, bytes: number): void {
    this.trace('ESTIMATE', {
      estimate: { ...this.descriptorOf(stream), type: 'STREAM', row_estimate: rows, byte_estimate: bytes },
    });
  }

  log(level: LogLevel, message: string): void {
    this.message({ type: 'LOG', log: { level, message: shortened(message) } });
  }

  message(message: object): void {
    void this.sink(safe(JSON.stringify(message)));
  }

  /** The server asked to wait: each stream that is under way is RATE_LIMITED until then. @param until epoch milliseconds */
  rateLimited(until: number): void {
    if (until - this.rateLimitedUntil < 1000) return;
    this.rateLimitedUntil = until;
    for (const stream of this.running()) this.status(stream, 'RUNNING', until);
  }

  /** Records emitted so far, by stream. */
  summary(): { readonly stream: string; readonly total: number; readonly tombstones: number }[] {
    return [...this.counts].map(([stream, { total, tombstones }]) => ({ stream, total, tombstones }));
  }

  /** The streams that have begun and not ended. */
  running(): string[] {
    return [...this.counts].filter(([, { status }]) => status === 'STARTED' || status === 'RUNNING').map(([name]) => name);
  }

  countsOf(stream: string): StreamCounts {
    let counts = this.counts.get(stream);
    if (counts === undefined) {
      const { name, namespace } = this.descriptorOf(stream);
      const names = JSON.stringify({ stream: name, ...(namespace !== undefined && { namespace }) }).slice(1, -1);
      counts = {
        head: safe(`{"type":"RECORD","record":{${names},`),
        sinceState: 0,
        total: 0,
        tombstones: 0,
        bytes: 0,
        status: null,
      };
      this.counts.set(stream, counts);
    }
    return counts;
  }

  private descriptorOf(stream: string): StreamDescriptor {
    return this.descriptors.get(stream) ?? { name: stream };
  }

  private trace(type: string, content: object): void {
    this.message({ type: 'TRACE', trace: { type, emitted_at: this.now(), ...content } });
  }
}

/** One line that every reader takes for one, and every parser for JSON. */
function safe(message: string): string {
  return onOneLine(withoutUnloadable(message));
}

function shortened(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}…`;
}

import { BitbucketSource } from '../../../src/source';
import type { Environment } from '../../../src/connection/connect';
import type { LoggedRequest, Simulator, StreamName } from '../../simulator';
import { catalogOf, configFor, errorsOf, logsOf, type Message, statusesOf, STREAMS } from '../../support/connector';
import { keyOf, type Row } from '../../support/rows';
import type { Clock } from './clock';
import { essenceOf } from './essence';
import { Warehouse } from './warehouse';

/** All but the streams of history, which cost requests of their own in each repository. */
export const ALL_STREAMS = STREAMS.filter(
  (name) => !['branches', 'tags', 'commits', 'builds'].includes(name),
) as readonly StreamName[];
export const EVERY_STREAM = STREAMS as readonly StreamName[];

export interface SyncOptions {
  /** @default {@link ALL_STREAMS} */
  readonly streams?: readonly StreamName[];
  readonly config?: object;
  readonly mode?: 'incremental' | 'full_refresh';
  /** Cut off after so many messages, as by a kill: nothing that comes later is heard. */
  readonly cut?: number | undefined;
  /** Whether records that no STATE followed land too. @default true */
  readonly landsUncovered?: boolean;
  /** Nothing happens meanwhile, and nothing goes wrong: what comes again later came without need. @default true */
  readonly calm?: boolean;
  /** Called with each message. */
  readonly onMessage?: (message: Message) => void;
}

/** One sync, as seen from outside. */
export interface SyncResult {
  /** Null where it was cut off. */
  readonly succeeded: boolean | null;
  readonly messages: readonly Message[];
  readonly statuses: Readonly<Record<string, string>>;
  readonly errors: ReturnType<typeof errorsOf>;
  readonly warnings: readonly string[];
  /** Rows by stream, in order; streams without any are absent. */
  readonly records: Readonly<Partial<Record<StreamName, readonly Row[]>>>;
  /** What was asked of the server. */
  readonly requests: readonly LoggedRequest[];
  /** Rows that came although they were there already, as they are. */
  readonly needless: readonly string[];
  /** Keys that came more than once. */
  readonly repeated: readonly string[];
}

/** A platform in miniature: runs the source in this process, keeps the states it gives, and lands its records. */
export class Connection {
  readonly warehouse = new Warehouse();
  readonly states = new Map<string, Message>();

  constructor(
    readonly simulator: Simulator,
    private readonly clock: Clock,
    private readonly config: object = {},
    private readonly environment: Partial<Environment> = {},
  ) {}

  async sync(options: SyncOptions = {}): Promise<SyncResult> {
    const {
      streams = ALL_STREAMS,
      config = {},
      mode = 'incremental',
      cut = Infinity,
      landsUncovered = true,
      calm = true,
    } = options;
    const messages: Message[] = [];
    const killing = new AbortController();
    const sink = (line: string): undefined => {
      if (messages.length >= cut) return;
      const message = JSON.parse(line) as Message;
      messages.push(message);
      options.onMessage?.(message);
      if (messages.length >= cut) killing.abort();
    };
    const first = this.simulator.requests.length;
    const source = new BitbucketSource({
      ...{ now: this.clock.now, random: Math.random, extraCaCertificates: undefined, signal: killing.signal },
      ...{ retryPolicy: { attempts: 5, firstDelayMs: 1 }, ...this.environment },
    });
    const reading = source.start(
      configFor(this.simulator, { ...this.config, ...config }),
      catalogOf(streams, mode),
      [...this.states.values()],
      sink,
    );
    const done = await reading.done;
    return this.take(
      messages,
      { landsUncovered, calm },
      { succeeded: messages.length >= cut ? null : done, requests: this.simulator.requests.slice(first) },
    );
  }

  private take(
    messages: readonly Message[],
    { landsUncovered, calm }: { landsUncovered: boolean; calm: boolean },
    rest: Pick<SyncResult, 'succeeded' | 'requests'>,
  ): SyncResult {
    const statuses = statusesOf(messages);
    const records: Partial<Record<StreamName, Row[]>> = {};
    const covered = new Map<string, number>();
    for (const { type, record, state } of messages) {
      if (type === 'RECORD') (records[record.stream as StreamName] ??= []).push(record.data as Row);
      if (type !== 'STATE') continue;
      const name = String(state.stream.stream_descriptor.name);
      covered.set(name, records[name as StreamName]?.length ?? 0);
      this.states.set(name, { type: 'STREAM', stream: state.stream });
    }
    const needless: string[] = [];
    const truth = this.simulator.truth.rows('pull_requests');
    const pullRequests = new Map(truth.map((row) => [keyOf('pull_requests', row), essenceOf('pull_requests', row)]));
    const repeated: string[] = [];
    for (const stream of EVERY_STREAM) {
      const rows = records[stream] ?? [];
      const known = new Set<string>();
      for (const key of rows.map((row) => keyOf(stream, row)))
        if (known.size === known.add(key).size) repeated.push(`${stream} ${key} came more than once`);
      const coveredUpTo = covered.get(stream) ?? 0;
      const landing = landsUncovered ? rows : rows.slice(0, coveredUpTo);
      needless.push(
        ...this.warehouse.land(stream, landing, { coveredUpTo, settled: calm && statuses[stream] === 'COMPLETE', pullRequests }),
      );
    }
    return {
      ...rest,
      messages,
      statuses,
      errors: errorsOf(messages),
      warnings: logsOf(messages, 'WARN'),
      records,
      needless,
      repeated,
    };
  }
}

import { Simulator, type SimulatorOptions, type StreamName, type TruthFilter } from '../../simulator';
import { differences, keyOf, type Row } from '../../support/rows';
import { Clock } from '../../sync/support/clock';
import { Connection, type SyncOptions, type SyncResult } from '../../sync/support/connection';

export const HISTORY_STREAMS = ['branches', 'tags', 'commits'] as const;
const CURSORS: Partial<Record<StreamName, string>> = { branches: 'changed_at', tags: 'changed_at', commits: 'committer_date' };

/** One repository with a default branch of three commits, and a connection that reads its history. */
export class HistoryWorld {
  readonly rows = new Map<string, Row>();
  private readonly connection: Connection;

  private constructor(
    readonly simulator: Simulator,
    readonly clock: Clock,
    readonly repository: number,
    private readonly config: object,
  ) {
    this.connection = new Connection(simulator, clock, config);
  }

  static async start(config: object = {}, options: SimulatorOptions = {}): Promise<HistoryWorld> {
    const clock = new Clock();
    const simulator = await Simulator.start({ dataset: 'empty', clock: clock.now, ...options });
    const { history } = simulator;
    history.createUser({ name: 'ann' });
    history.createProject({ key: 'ACME' });
    const repository = history.createRepository('ACME', { slug: 'app', defaultBranch: null });
    history.fillRepository(repository, { branch: 'main', commits: 3 });
    return new HistoryWorld(simulator, clock, repository, config);
  }

  get history(): Simulator['history'] {
    return this.simulator.history;
  }

  get states(): Connection['states'] {
    return this.connection.states;
  }

  /** Syncs, and lands the rows as destinations do: of each key the one with the greatest cursor, then the latest. */
  async sync(options: SyncOptions = {}): Promise<HistorySync> {
    this.clock.advance(60_000);
    const result = await this.connection.sync({ streams: HISTORY_STREAMS, ...options });
    for (const [stream, rows] of Object.entries(result.records) as [StreamName, readonly Row[]][]) {
      const cursor = CURSORS[stream];
      for (const row of rows) {
        const key = `${stream} ${keyOf(stream, row)}`;
        const known = this.rows.get(key);
        if (cursor === undefined || known === undefined || (row[cursor] ?? '') >= (known[cursor] ?? '')) this.rows.set(key, row);
      }
    }
    return new HistorySync(result);
  }

  /** How what has landed differs from what the server has; nothing: it is the same. */
  differences(filter: TruthFilter = this.config, streams: readonly StreamName[] = HISTORY_STREAMS): string[] {
    return streams.flatMap((stream) => {
      const rows = [...this.rows].filter(([key, row]) => key.startsWith(`${stream} `) && row.deleted_at === null);
      return differences(
        stream,
        rows.map(([, row]) => row),
        this.simulator.truth.rows(stream, filter),
        ['changed_at'],
      );
    });
  }

  async stop(): Promise<void> {
    await this.simulator.stop();
  }
}

/** What a sync asked and gave. */
export class HistorySync {
  constructor(readonly result: SyncResult) {}

  /** Requests by route, those for the list of repositories aside. */
  get requests(): Record<string, number> {
    const found: Record<string, number> = {};
    for (const { route } of this.result.requests)
      if (!['repositories', 'projects', 'application-properties'].includes(route)) found[route] = (found[route] ?? 0) + 1;
    return found;
  }

  /** Ids of a stream's rows, those of tombstones with a minus before them. */
  ids(stream: StreamName): string[] {
    return (this.result.records[stream] ?? []).map(({ id, deleted_at }) => `${deleted_at === null ? '' : '-'}${String(id)}`);
  }

  rows(stream: StreamName): readonly Row[] {
    return this.result.records[stream] ?? [];
  }
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../../src/config/config';
import { readSpec } from '../../src/config/spec';
import { DEFAULT_PATH } from '../../src/webhooks/receiver/default-path';
import { serve } from '../../src/webhooks/receiver/serve';
import { Simulator, type Version } from '../simulator';
import { catalogOf, configFor, lastStates, type Message, read, STREAMS } from '../support/connector';
import { alive, deleted, differences, merge } from '../support/rows';

export const SECRET = 'a secret of sixteen or more letters';
export const EVENTS = [
  ...[
    'pr:opened',
    'pr:modified',
    'pr:merged',
    'pr:declined',
    'pr:deleted',
    'pr:reviewer:updated',
    'pr:reviewer:approved',
    'pr:reviewer:unapproved',
  ],
  ...['pr:reviewer:needs_work', 'pr:comment:added', 'pr:comment:edited', 'pr:comment:deleted', 'pr:from_ref_updated'],
  'repo:refs_changed',
];
export const PULL_REQUEST_STREAMS = ['pull_requests', 'pull_request_activities', 'pull_request_diffs'];
/** What events can tell of: no event tells of builds, whose counters are asked for in each sync. */
export const TOLD_STREAMS = STREAMS.filter((name) => name !== 'builds');
export const DAY = 24 * 3600_000;

export interface WorldOptions {
  readonly rights?: Simulator['webhooks']['rights'];
  /** A folder of its own, or a database. */
  readonly inbox?: string;
  /** Where the webhooks hang. */
  readonly at?: 'project' | 'repository';
  readonly config?: object;
}

/** A server with webhooks, a receiver, and a connection that syncs. */
export class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'read-'));
  readonly runs: (readonly Message[])[] = [];
  private stopping = new AbortController();
  private serving: Promise<void> = Promise.resolve();
  private port = 0;

  private constructor(
    readonly simulator: Simulator,
    readonly config: object,
  ) {}

  static async start(
    version: Version,
    { rights = 'everywhere', at = 'repository', inbox, config = {} }: WorldOptions = {},
  ): Promise<World> {
    const simulator = await Simulator.start({ version });
    const world = new World(simulator, { ...(inbox !== undefined && { webhook_inbox: inbox }), ...config });
    simulator.webhooks.rights = rights;
    await world.receive();
    const { url } = world;
    const repositories = simulator.world.visibleRepositories();
    for (const id of new Set(repositories.map((each) => (at === 'project' ? each.project.id : each.id)))) {
      simulator.webhooks.create({ type: at, id }, { url, secret: SECRET, events: EVENTS });
    }
    return world;
  }

  /** Where the receiver listens. */
  get url(): string {
    return `http://127.0.0.1:${this.port}${DEFAULT_PATH}`;
  }

  /** The repositories that a sync reads. */
  repositories() {
    return this.simulator.world.visibleRepositories().filter(({ project }) => project.owner === undefined);
  }

  /** Syncs until the webhooks are proven: they are seen, each delivers something, and the listing pass that follows has seen all before. */
  async prove(): Promise<void> {
    for (let n = 0; n < 2; n++) await this.sync();
    await this.tellAll();
    for (let n = 0; n < 2; n++) await this.sync();
  }

  /** A push in each repository that changed nothing of any pull request. */
  async tellAll(): Promise<void> {
    for (const repository of this.repositories()) {
      const { id, project } = repository;
      const payload = { eventKey: 'repo:refs_changed', repository: { id, project: { id: project.id } }, changes: [] };
      this.simulator.webhooks.tell(repository, 'repo:refs_changed', payload);
    }
    await this.simulator.webhooks.settled();
  }

  get settings(): Record<string, unknown> {
    return { webhook_secret: SECRET, webhook_inbox: join(this.folder, 'inbox'), webhook_url: this.url, ...this.config };
  }

  async receive(): Promise<void> {
    const config = parseConfig(configFor(this.simulator, this.settings), readSpec().connectionSpecification);
    this.stopping = new AbortController();
    await new Promise<void>((resolve, reject) => {
      const log = (line: string) => {
        this.port = Number(/^listening on http:\/\/127\.0\.0\.1:(\d+)$/.exec(line)?.[1] ?? this.port);
        resolve();
      };
      this.serving = serve({
        config,
        host: '127.0.0.1',
        port: this.port,
        path: DEFAULT_PATH,
        now: Date.now,
        signal: this.stopping.signal,
        log,
      });
      this.serving.catch(reject);
    });
  }

  async stopReceiving(): Promise<void> {
    this.stopping.abort();
    await this.serving;
  }

  /** One sync, from the state of the last one, or of an earlier one. @returns its messages, and the requests that were not the inventory's */
  async sync({ from = this.runs.length, keep = true, config = {} } = {}): Promise<{
    messages: readonly Message[];
    requests: string[];
  }> {
    await this.simulator.webhooks.settled();
    this.simulator.clearRequests();
    const states = this.runs.slice(0, from).flatMap((messages) => lastStates(messages));
    const state = [...new Map(states.map((each) => [each.stream.stream_descriptor.name, each])).values()];
    const outcome = await read(this.simulator, {
      config: { ...this.settings, ...config },
      catalog: catalogOf(TOLD_STREAMS),
      ...(state.length > 0 && { state }),
    });
    expect(outcome.stderr).toBe('');
    if (keep) this.runs.push(outcome.messages);
    const inventory = new Set([
      'projects',
      'repositories',
      'project-repositories',
      'repository',
      'project',
      'users',
      'admin-users',
      'application-properties',
      'default-branch',
      'branches-default',
      'webhooks',
    ]);
    return {
      messages: outcome.messages,
      requests: this.simulator.requests.map(({ route }) => route).filter((route) => !inventory.has(route)),
    };
  }

  /** How the warehouse differs from the truth; `properties` may tell a counter of 0 that the list leaves out, dates may be descriptive copies. */
  wrong(): string[] {
    const warehouse = merge(...this.runs);
    const gone = new Set(deleted(warehouse, 'pull_requests').map((row) => `${row.repository_id}/${row.id}`));
    // What hangs below a deleted pull request gets no tombstone: one joins.
    const rows = (stream: string) =>
      alive(warehouse, stream).filter((row) => !gone.has(`${row.repository_id}/${row.pull_request_id}`));
    return PULL_REQUEST_STREAMS.flatMap((stream) =>
      differences(stream, rows(stream), this.simulator.truth.rows(stream as never), [
        'properties',
        'pull_request_updated_date',
        ...(stream === 'pull_request_diffs' ? ['updated_date'] : []),
      ]),
    );
  }

  async end(): Promise<void> {
    await this.stopReceiving();
    await this.simulator.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

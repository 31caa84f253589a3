import { Authentication, type Credentials } from './authentication';
import { ACCOUNT, fill, type Dataset } from './dataset';
import { InstanceDocuments } from './documents/instance';
import { Faults } from './faults';
import { history, type History } from './history';
import { Permissions } from './permissions';
import { RateLimit, type RateLimitOptions } from './rate-limit';
import type { LoggedRequest } from './request-log';
import type { Capped, Settings } from './routes';
import { SimulatorServer, type Hook } from './server';
import { Truth } from './truth';
import type { Version } from './versions';
import { Webhooks } from './webhooks';
import { observed } from './webhooks/events';
import { World } from './world';

export interface SimulatorOptions {
  /** The same seed makes the same data. @default 1 */
  readonly seed?: number;
  /** Tells instances with the same data apart, as `hierarchyId` does. @default all are the same one */
  readonly instance?: string;
  /** @default '9.4.0' */
  readonly version?: Version;
  /** Such as `/bitbucket`. @default '' */
  readonly contextPath?: string;
  /** @default 'tiny' */
  readonly dataset?: Dataset;
  /** The most entries of a page, by resource. */
  readonly caps?: Partial<Record<Capped, number>>;
  /** Pages with gaps, short ones and an empty one, as permissions make them. @default false */
  readonly sparsePages?: boolean;
  /** How long each answer takes, or between which two it varies. @default 0 */
  readonly latencyMs?: number | readonly [number, number];
  readonly rateLimit?: RateLimitOptions;
  /** Those whom the server does not know read what is public, instead of 401. @default false */
  readonly publicAccess?: boolean;
  /** Who may list people: with details, without, not at all. @default 'admin' */
  readonly usersListing?: Settings['usersListing'];
  /** What a diff asked for as text/plain is. @default 'text' */
  readonly rawDiff?: Settings['rawDiff'];
  /** The hard cap to the lines of a JSON diff. @default 10000 */
  readonly maxDiffLines?: number;
  /** Whether the server knows build statuses. @default true */
  readonly buildStatuses?: boolean;
  /** What counters of many commits at once are refused with. @default undefined, they are answered */
  readonly refusesBuildStats?: Settings['refusesBuildStats'];
  /** How a list of branches names the default one. @default 'isDefault' */
  readonly defaultFlag?: Settings['defaultFlag'];
  /** Old addresses of what was renamed or moved redirect. @default true */
  readonly redirects?: boolean;
  readonly tls?: { readonly key: string; readonly cert: string };
  /** The server's clock, which dates events. @default Date.now */
  readonly clock?: () => number;
  /** When the seeded history ends. @default the clock at the start if one is given, else 2026-01-01 */
  readonly until?: number;
  /** Fields that no version of today sends. @default false */
  readonly extraFields?: boolean;
  /** The base URL in links, where it is not the one that it listens on. */
  readonly displayUrl?: string;
  /** @default 0, any free one */
  readonly port?: number;
  /** Whether those who accept gzip get it. @default true */
  readonly compresses?: boolean;
  /** How many requests the log keeps. @default 1000000 */
  readonly logSize?: number;
}

const CAPS: Readonly<Record<Capped, number>> = {
  projects: 1000,
  repositories: 1000,
  users: 1000,
  pullRequests: 1000,
  activities: 500,
  changes: 1000,
  commits: 100,
  branches: 1000,
  tags: 1000,
  builds: 100,
};

/** A Bitbucket Data Center that isn't: a real HTTP server over data that events made. */
export class Simulator {
  /** The base URL, with the context path. */
  url = '';
  readonly credentials: Credentials;
  /** The events: what happens on the server. */
  readonly history: History;
  /** What goes wrong. */
  readonly faults = new Faults();
  /** What a fresh read must emit now. */
  readonly truth: Truth;
  /** Switches that may be turned while it runs. */
  readonly settings: Settings;
  /** Logins: failures, the lock, revoked tokens. */
  readonly authentication: Authentication;
  /** How many requests each user may send. */
  readonly rateLimit: RateLimit;
  /** Everything there is. */
  readonly world: World;
  /** Webhooks, and what was delivered. */
  readonly webhooks: Webhooks;
  private readonly server: SimulatorServer;

  private constructor(options: SimulatorOptions) {
    const { seed = 1, version = '9.4.0', contextPath = '', dataset = 'tiny', latencyMs = 0, clock, tls } = options;
    this.world = new World(seed, version, clock ?? Date.now, options.instance);
    const events = history(this.world);
    fill(this.world, events, dataset, options.until ?? clock?.() ?? Date.UTC(2026, 0, 1));
    this.settings = {
      caps: { ...CAPS, ...options.caps },
      sparsePages: options.sparsePages ?? false,
      publicAccess: options.publicAccess ?? false,
      redirects: options.redirects ?? true,
      buildStatuses: options.buildStatuses ?? true,
      refusesBuildStats: options.refusesBuildStats,
      defaultFlag: options.defaultFlag ?? 'isDefault',
      usersListing: options.usersListing ?? 'admin',
      rawDiff: options.rawDiff ?? 'text',
      maxDiffLines: options.maxDiffLines ?? 10_000,
    };
    this.authentication = new Authentication(this.world, ACCOUNT, 'contractor');
    this.credentials = this.authentication.credentials;
    const instance = new InstanceDocuments(this.world, {
      baseUrl: () => options.displayUrl ?? this.url,
      extraFields: options.extraFields ?? false,
    });
    this.webhooks = new Webhooks(this.world);
    this.history = observed(events, instance, this.webhooks);
    const [from, to] = typeof latencyMs === 'number' ? [latencyMs, latencyMs] : latencyMs;
    const permissions = new Permissions(this.world);
    this.truth = new Truth(instance, this.settings, permissions);
    this.rateLimit = new RateLimit(options.rateLimit);
    this.server = new SimulatorServer({
      context: {
        world: this.world,
        instance,
        permissions,
        settings: this.settings,
        baseUrl: () => this.url,
        views: new Map(),
        webhooks: this.webhooks,
      },
      authentication: this.authentication,
      faults: this.faults,
      contextPath,
      tls,
      compresses: options.compresses ?? true,
      logSize: options.logSize ?? 1_000_000,
      rateLimit: this.rateLimit,
      latency: () => from + Math.random() * (to - from),
    });
  }

  static async start(options: SimulatorOptions = {}): Promise<Simulator> {
    const simulator = new Simulator(options);
    simulator.url = (await simulator.server.listen(options.port ?? 0)) + (options.contextPath ?? '');
    return simulator;
  }

  /** Every request since the start, or since `clearRequests`. */
  get requests(): readonly LoggedRequest[] {
    return this.server.requests;
  }

  clearRequests(): void {
    this.server.requests = [];
    this.server.maxInFlight = 0;
  }

  /** Wrong passwords so far; five in a row lock the account. */
  get failedLogins(): number {
    return this.authentication.failedLogins;
  }

  /** The most requests that were ever in flight at the same time. */
  get maxInFlight(): number {
    return this.server.maxInFlight;
  }

  /** Called before each request is answered, with its number from 1: for events between any two requests. One hook at a time; none removes it. */
  beforeEach(hook?: Hook): void {
    this.server.hook = hook;
  }

  async stop(): Promise<void> {
    await this.server.close();
  }
}

export { SOURCE_MARKER, awkwardFiles, hugeFile, ordinaryFiles, whole } from './diffs/files';
export type { Login } from './authentication';
export type { Place } from './history/permissions';
export type { Dataset } from './dataset';
export type { Fault, FaultHandle, FaultKind } from './faults';
export type { History } from './history';
export type { LoggedRequest } from './request-log';
export type { RouteName } from './routes';
export type { StreamName, TruthFilter, Row } from './truth';
export type { PullRequestReference } from './world';
export type { Version } from './versions';

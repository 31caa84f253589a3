import type { JsonObject } from './messages';
import type { Server } from './server';

/** Where rows go if nobody says otherwise, in the working directory. */
export const DEFAULT_DATABASE = 'bitbucket.duckdb';

/** What a stream will bring. */
export interface Expected {
  readonly rows: number;
  /** Requests that it takes to get them; null: that says nothing of how far the whole is. */
  readonly requests: number | null;
}

/** Hears of each request, as a line for the log. */
export type OnRequest = (line: string) => void;

/** What a sync needs to know; everything that is ambient elsewhere (environment, clock, terminal, signals) comes in here. */
export interface SyncOptions {
  /** The connector's script, which this process's own Node runs. */
  readonly executable: string;
  readonly config: string;
  /** Also the connector is to take `${BITBUCKET_…}` in the configuration from the environment. @default false */
  readonly expandsEnvironment?: boolean | undefined;
  /** Masked in whatever a person reads, beside what the configuration names as secret. */
  readonly secrets?: readonly string[] | undefined;
  /** Each request is logged. @default false */
  readonly debug?: boolean | undefined;
  /** What `discover` finds. @default the connector is started to tell it */
  readonly discovered?: (() => JsonObject) | undefined;
  /** @default what `discover` finds, as far as `streams`, the file and `defaults` choose it, incremental and deduplicated */
  readonly catalog?: string | undefined;
  /** Names of streams, or `all`. @default those that the file has */
  readonly streams?: readonly string[] | undefined;
  /** The streams of a new file. @default all */
  readonly defaults?: readonly string[] | undefined;
  /** @default bitbucket.duckdb in the working directory */
  readonly database?: string | undefined;
  /** Drop the selected streams' tables and states first. @default false */
  readonly reset?: boolean | undefined;
  /** Asked before a reset; null: there is nobody to be asked. */
  readonly confirm?: ((question: string) => Promise<boolean>) | null | undefined;
  /** Looks at the server before anything is read. @default nobody looks */
  readonly preflight?: ((onRequest: OnRequest | undefined) => Promise<Preflight>) | undefined;
  /** How many rows a first sync will bring, by stream, as far as somebody can count them beforehand. @default nobody counts */
  readonly expect?:
    ((streams: readonly string[], onRequest: OnRequest | undefined) => Promise<ReadonlyMap<string, Expected>>) | undefined;
  /**
   * What the configuration leaves out where these streams are read; null: it cannot be told. States are opaque here: it asks for those
   * that it wants; null: there is none. @default nobody knows
   */
  readonly narrowing?:
    ((streams: readonly string[], stateOf: (stream: string) => Promise<unknown>) => Promise<Narrowing | null>) | undefined;
  /** The name by which a person calls the program. @default bin/main */
  readonly program?: string | undefined;
  /** Also what is of no consequence. @default true */
  readonly verbose?: boolean | undefined;
  /** It is one of many, `follow` says. @default false */
  readonly isFollowing?: boolean | undefined;
  /** Where a person reads. */
  readonly output: NodeJS.WritableStream;
  readonly isTerminal: boolean;
  /** Aborting it ends the connector, keeps what it had finished, and closes the database. */
  readonly signal: AbortSignal;
  /** The connector's environment. */
  readonly env: NodeJS.ProcessEnv;
  /** The system's folder for temporary files. */
  readonly temporary: string;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** What a configuration leaves out. */
export interface Narrowing {
  /** At least one of the streams is read by repository, or lists these. */
  readonly readsRepositories: boolean;
  /** Repositories that saved states know and that are left out, and the stream whose state told so; null: none tells. */
  readonly repositories: { readonly stream: string; readonly repositories: readonly number[] } | null;
  /** At least one of the streams is of pull requests. */
  readonly readsPullRequests: boolean;
  /** Pull requests last updated before it are left out, in milliseconds since 1970; null: none. */
  readonly startDate: number | null;
}

/** What a look at the server showed. */
export type Preflight =
  | {
      readonly succeeded: true;
      readonly server: Server;
      /** Streams that the account may not read, each with a sentence that says why. */
      readonly denied: ReadonlyMap<string, string>;
      readonly warnings: readonly string[];
    }
  | {
      readonly succeeded: false;
      /** In the words of `check`. */
      readonly message: string;
      /** To try it by hand; or what puts it right. */
      readonly command?: string;
      /** Whether the command puts it right. @default false */
      readonly isRemedy?: boolean;
      /** It may pass by itself; where it may not, somebody has to change the configuration. */
      readonly mayPass: boolean;
    };

/** How a sync ended. */
export interface Ending {
  readonly exitCode: number;
  /** At least one stream was complete. */
  readonly completed: boolean;
  /** The same would happen again until somebody has changed the configuration: no stream was complete, and every error says so. */
  readonly needsPerson: boolean;
  /** It was told to stop, and has said what came of that. */
  readonly hasToldStop: boolean;
}

/** What is known of a sync's failures while it runs. */
export interface Account {
  /** When the command began, in epoch milliseconds. */
  readonly startedAt: number;
  /** Airbyte's `failure_type` of each error. */
  readonly failures: Set<string>;
  completed: boolean;
  hasToldStop: boolean;
}

// The framework's parts, not its door: that loads runners and dialogues too, at 60 ms and 10 MB for each command.
import {
  AirbyteCatalogMessage,
  type AirbyteConfig,
  type AirbyteConfiguredCatalog,
  AirbyteConnectionStatus,
  AirbyteConnectionStatusMessage,
  type AirbyteMessage,
  AirbyteSpec,
  type AirbyteState,
  type AirbyteStream,
} from '@faros-ai/airbyte-cdk/lib/protocol';
import { AirbyteSource } from '@faros-ai/airbyte-cdk/lib/sources/source';
import type { CheckResult } from './diagnosis/check';
import { type Config, ConfigError, parseConfig } from './config/config';
import { readSpec } from './config/spec';
import { withoutReferences } from './config/stand-in';
import { CHECK_LIMIT_MS, connect, type ConnectionEvents, type Environment, within } from './connection/connect';
import { requestLine } from './connection/request-line';
import { streams as allStreams } from './streams';
import { discoveredStreams } from './streams/discovered';
import type { Stream } from './streams/stream';
import { parseCatalog } from './airbyte/configured-catalog';
import { Channel } from './airbyte/channel';
import { Emitter, type Sink } from './airbyte/emitter';
import { Sync } from './sync/engine';
import { Progress } from './sync/progress';
import { statesByStream } from './sync/saved-states';

/** A run of `read` that is under way. */
export interface Reading {
  /** Whether every selected stream is COMPLETE. */
  readonly done: Promise<boolean>;
  /** Emits the states of what has been done so far. */
  readonly flush: () => void;
}

/** The source as the framework knows it; `spec.json` and `resources/schemas` are its only descriptions. */
export class BitbucketSource extends AirbyteSource<AirbyteConfig> {
  constructor(
    private readonly environment: Environment,
    private readonly debug = false,
    private readonly streams: readonly Stream[] = allStreams,
  ) {
    super();
  }

  get type(): string {
    return 'source-bitbucket-data-center';
  }

  spec(): Promise<AirbyteSpec> {
    return Promise.resolve(new AirbyteSpec(readSpec()));
  }

  /** @throws ConfigError */
  discover(rawConfig: AirbyteConfig): Promise<AirbyteCatalogMessage> {
    // Nothing is sent, so a login that only the commands of people look up is as good as any.
    readConfig(withoutReferences(rawConfig, readSpec().connectionSpecification));
    const streams = discoveredStreams(this.streams) as AirbyteStream[];
    return Promise.resolve(new AirbyteCatalogMessage({ streams }));
  }

  /** FAILED messages begin with a code. */
  async check(rawConfig: AirbyteConfig, log?: Emitter): Promise<AirbyteConnectionStatusMessage> {
    let config: Config;
    try {
      config = readConfig(rawConfig);
    } catch (error) {
      if (error instanceof ConfigError) return connectionStatus(error.coded);
      throw error;
    }
    const environment = { ...this.environment, signal: within(CHECK_LIMIT_MS, this.environment.signal) };
    warnOfRisks(config, log);
    // Loaded by whoever checks alone: a read has no use for it.
    const { checkLogins } = await import('./diagnosis/check-logins.js');
    let result: CheckResult;
    try {
      result = await checkLogins(config, environment, this.events(log));
    } catch (error) {
      if (error instanceof ConfigError) return connectionStatus(error.coded);
      throw error;
    }
    for (const warning of result.warnings ?? []) log?.log('WARN', warning);
    if (!result.succeeded) return connectionStatus(result.message);
    log?.log('INFO', result.message);
    return connectionStatus(undefined);
  }

  /** The messages of a read, one by one; a consumer that is slow slows the reading down. */
  async *read(rawConfig: AirbyteConfig, catalog: AirbyteConfiguredCatalog, state?: AirbyteState): AsyncGenerator<AirbyteMessage> {
    const channel = new Channel<AirbyteMessage>();
    const reading = this.start(rawConfig, catalog, state, (line) => channel.push(JSON.parse(line) as AirbyteMessage));
    reading.done.then(
      () => channel.close(),
      (error: unknown) => channel.fail(error as Error),
    );
    yield* channel;
    if (!(await reading.done)) throw new Error('Not every stream could be read to its end; the messages say why.');
  }

  /**
   * Begins to read. Each message goes to `sink` as a line of JSON.
   * @throws ConfigError when the configuration or the catalog cannot be used
   */
  start(rawConfig: unknown, rawCatalog: unknown, rawState: unknown, sink: Sink): Reading {
    const { now } = this.environment;
    const config = readConfig(rawConfig);
    const { selected, unknown, descriptors } = parseCatalog(rawCatalog, this.streams, statesByStream(rawState));
    const emitter = new Emitter(sink, now, descriptors);
    warnOfRisks(config, emitter);
    for (const { name, message } of unknown) {
      emitter.status(name, 'STARTED');
      emitter.error(message, 'config_error', name);
      emitter.status(name, 'INCOMPLETE');
    }
    const bitbucket = connect(config, this.environment, this.events(emitter));
    const progress = new Progress(emitter, bitbucket.statistics, now, this.streams);
    const sync = new Sync(config, bitbucket, emitter, progress, now, selected);
    const done = progress.during(sync.run()).then((succeeded) => succeeded && unknown.length === 0);
    return { done, flush: () => sync.flush() };
  }

  private events(emitter: Emitter | undefined): ConnectionEvents {
    return {
      onRequest: (request) => {
        if (this.debug) emitter?.log('DEBUG', requestLine(request));
      },
      onRetry: (message, delayMs) => emitter?.log('INFO', `${message}, in ${(delayMs / 1000).toFixed(1)} s`),
      onWarning: (message) => emitter?.log('WARN', message),
      onRateLimited: (resumeAt) => emitter?.rateLimited(resumeAt),
    };
  }
}

function readConfig(raw: unknown): Config {
  return parseConfig(raw, readSpec().connectionSpecification);
}

function connectionStatus(failure: string | undefined): AirbyteConnectionStatusMessage {
  return new AirbyteConnectionStatusMessage(
    failure === undefined
      ? { status: AirbyteConnectionStatus.SUCCEEDED }
      : { status: AirbyteConnectionStatus.FAILED, message: failure },
  );
}

function warnOfRisks(config: Config, emitter: Emitter | undefined): void {
  if (!config.verifyTls)
    emitter?.log(
      'WARN',
      'verify_tls is false: any certificate is accepted, and with it any impostor. ca_certificate is the safe way.',
    );
  if (config.serverUrl.startsWith('http:'))
    emitter?.log('WARN', 'server_url begins with http: the credentials go over the network readable by anybody on it.');
}

import type { Command } from 'commander';
import { ConfigError } from '../config/config';
import { DEFAULT_PATH } from '../webhooks/receiver/default-path';
import { logLine } from '../text/log-line';
import { examinedConfigOf } from './configuration';
import type { CommandContext } from './context';
import { tracedEnvironment } from './traced-environment';
import { examples } from './usage';

interface ServeOptions {
  readonly config?: string;
  readonly host: string;
  readonly port: string;
  readonly path: string;
  readonly trustedProxy?: readonly string[];
  readonly connectionId: string;
}

/** Exit code after Ctrl-C, by convention. */
const INTERRUPTED = 130;

/** Adds `serve`. */
export function addServe(program: Command, context: CommandContext): void {
  const command = program
    .command('serve')
    .description('receive webhooks and serve the credentials API, whatever is configured, until it is stopped')
    .option('--config <file>', 'configuration (JSON)')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on; 0: any free one', '8080')
    .option('--path <path>', 'path that events are sent to', DEFAULT_PATH)
    .option('--trusted-proxy <address...>', 'proxies whose X-Forwarded-For is believed, or their networks')
    .option('--connection-id <number>', 'id in the paths of the credentials API', '1')
    .action((options: ServeOptions) => serveEvents(options, context));
  examples(command, ['--config config.json', '--config config.json --host 0.0.0.0 --trusted-proxy 10.0.0.0/8']);
}

async function serveEvents(options: ServeOptions, context: CommandContext): Promise<void> {
  const { config: file, host, path, trustedProxy, connectionId } = options;
  const { config, warnings } = examinedConfigOf(file, context);
  const port = Number(options.port);
  if (!/^\d+$/.test(options.port) || port > 65535)
    throw new ConfigError(`--port is ${options.port}: write a number from 0 to 65535, such as --port 8080.`);
  if (!/^\/[^?#\s]+$/.test(path)) throw new ConfigError(`--path is ${path}: write a path such as --path ${DEFAULT_PATH}.`);
  const { log } = context;
  const environment = tracedEnvironment(context, log);
  const { now, signal } = environment;
  for (const warning of warnings) log(logLine(now(), 'WARN', warning));
  const { apiOf } = await import('./credentials-api.js');
  const beside = apiOf({ config, environment, connectionId, log });
  const address = {
    host,
    port,
    log,
    now,
    signal,
    debug: context.debug,
    ...(trustedProxy !== undefined && { trustedProxies: trustedProxy }),
  };
  if (beside === null && config.webhookSecret === null && config.webhookInbox === null)
    throw new ConfigError(
      'There is nothing to serve: to receive webhooks, write webhook_secret and webhook_inbox; to serve the API that manages credentials, without webhooks, set BITBUCKET_CREDENTIALS_API_TOKEN in the environment to a token of its own, such as openssl rand -hex 32 prints.',
    );
  context.endByItself();
  if (beside !== null && config.webhookSecret === null && config.webhookInbox === null) {
    const { serveAlone } = await import('../webhooks/receiver/serve-alone.js');
    await serveAlone({ ...address, handler: beside });
  } else {
    const { serve } = await import('../webhooks/receiver/serve.js');
    await serve({ ...address, config, path, beside });
  }
  if (signal.reason === 'SIGINT') context.exitWith(INTERRUPTED);
}

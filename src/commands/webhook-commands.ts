import type { Command } from 'commander';
import { type Config, ConfigError, parseConfig } from '../config/config';
import { connect, type Environment } from '../connection/connect';
import { readSpec } from '../source';
import { DEFAULT_PATH } from '../webhooks/receiver/receiver';

interface ServeOptions {
  readonly config?: string;
  readonly host: string;
  readonly port: string;
  readonly path: string;
  readonly connectionId: string;
}

interface WebhooksOptions {
  readonly config?: string;
  readonly url?: string;
  readonly apply?: boolean;
  readonly renewSecret?: boolean;
}

/** What the commands need of the process. */
export interface CommandContext {
  readonly environment: () => Environment;
  readonly readConfig: (file: string | undefined) => unknown;
  /** Writes a line that a person reads. */
  readonly log: (line: string) => void;
  /** From now on a signal only asks to end: the command does so by itself. */
  readonly endByItself: () => void;
  readonly exitWith: (code: number) => void;
}

/** Adds `serve` and `webhooks`. */
export function addWebhookCommands(program: Command, context: CommandContext): void {
  program
    .command('serve')
    .description('receive webhooks, until it is stopped')
    .option('--config <file>', 'configuration (JSON)')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on; 0: any free one', '8080')
    .option('--path <path>', 'path that events are sent to', DEFAULT_PATH)
    .option('--connection-id <number>', 'id in the paths of the credentials API', '1')
    .action((options: ServeOptions) => serveEvents(options, context));
  const webhooks = program.command('webhooks').description('list, set up or remove the webhooks of the selected repositories');
  const actions = {
    list: 'print the webhooks, and what is wrong with ours',
    ensure: 'create and repair webhooks: at the projects where that is possible, else at each repository',
    remove: 'remove our webhooks',
  } as const;
  for (const [name, description] of Object.entries(actions) as [keyof typeof actions, string][]) {
    const command = webhooks.command(name).description(description).option('--config <file>', 'configuration (JSON)');
    command.option('--url <url>', 'where Bitbucket reaches the receiver, its path included');
    if (name !== 'list') command.option('--apply', 'do it; without this it is only told what would be done');
    if (name === 'ensure')
      command.option('--renew-secret', 'write the secret also to webhooks that are right: after it was changed');
    command.allowExcessArguments(false).action((options: WebhooksOptions) => manage(name, options, context));
  }
}

async function serveEvents(options: ServeOptions, context: CommandContext): Promise<void> {
  const { host, port: portText, path, connectionId } = options;
  const config = configOf(options.config, context);
  const port = Number(portText);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new ConfigError(`--port is ${portText}: write a number from 0 to 65535.`);
  if (!/^\/[^?#\s]+$/.test(path)) throw new ConfigError(`--path is ${path}: write a path such as ${DEFAULT_PATH}.`);
  const environment = context.environment();
  const { now, signal } = environment;
  const { log } = context;
  const { apiOf } = await import('./credentials-api.js');
  const beside = apiOf({ config, environment, connectionId, log });
  const { serve } = await import('../webhooks/receiver/serve.js');
  context.endByItself();
  await serve({ config, host, port, path, now, log, signal, beside });
}

async function manage(
  action: 'list' | 'ensure' | 'remove',
  { config: file, url, apply, renewSecret }: WebhooksOptions,
  context: CommandContext,
): Promise<void> {
  const config = configOf(file, context);
  const { log, environment } = context;
  const events = {
    onRequest: () => undefined,
    onRetry: (message: string, delayMs: number) => log(`${message}, in ${(delayMs / 1000).toFixed(1)} s`),
    onRateLimited: () => log('The server asks for fewer requests: waiting.'),
  };
  const bitbucket = connect(config, environment(), events);
  const { ensureHooks, listHooks, removeHooks } = await import('../webhooks/hooks/manage.js');
  const work = { list: listHooks, ensure: ensureHooks, remove: removeHooks }[action];
  const succeeded = await work({ config, bitbucket, url, apply: apply ?? false, renewSecret: renewSecret ?? false, log });
  context.exitWith(succeeded ? 0 : 1);
}

function configOf(file: string | undefined, { readConfig }: CommandContext): Config {
  return parseConfig(readConfig(file), readSpec().connectionSpecification);
}

import type { Command } from 'commander';
import { ConfigError } from '../config/config-error';
import type { CommandContext } from './context';
import { examples } from './usage';

interface SyncCommandOptions {
  readonly config: string;
  readonly catalog?: string;
  readonly database: string;
  readonly reset?: boolean;
  readonly follow?: string;
}

/** Adds `sync`. */
export function addSync(program: Command, context: CommandContext): void {
  const command = program
    .command('sync')
    .description('for people: read into a DuckDB file, and next time only what is new')
    .requiredOption('--config <file>', 'configuration (JSON)')
    .option('--catalog <file>', 'configured catalog (JSON); default: every stream, incremental')
    .option('--database <file>', 'DuckDB file', 'bitbucket.duckdb')
    .option('--reset', "drop the streams' tables and states first, and start over")
    .option('--follow <seconds>', 'sync again and again, so long after each end, until it is stopped')
    .action((options: SyncCommandOptions) => runSync(options, context));
  examples(command, ['--config config.json', '--config config.json --follow 300']);
}

/** Loads into DuckDB by running this very program as a platform would. */
async function runSync(
  { config, catalog, database, reset, follow: pause }: SyncCommandOptions,
  context: CommandContext,
): Promise<void> {
  if (pause !== undefined && !(Number(pause) >= 0))
    throw new ConfigError(`--follow is ${pause}: write how many seconds to wait between syncs.`);
  context.endByItself(); // the connector flushes, the loader commits, then the command ends with its exit code
  const { sync } = await import('../warehouse/sync.js');
  const { follow } = await import('../warehouse/follow.js');
  const options = {
    executable: context.executable,
    ...{ config, catalog, database, reset: reset ?? false },
    output: context.terminal.output,
    isTerminal: context.terminal.isTerminal,
    signal: context.environment().signal,
    env: context.variables,
    clock: Date.now,
  };
  context.exitWith(pause === undefined ? await sync(options) : await follow(options, Number(pause) * 1000));
}

import type { Command } from 'commander';
import type { CommandContext } from './context';
import { addEnvironmentOption, configOf, type ConfigOptions } from './configuration';
import { examples } from './usage';

/** Adds `discover`. */
export function addDiscover(program: Command, context: CommandContext): void {
  const command = program
    .command('discover')
    .description('print the streams and their columns')
    .option('--config <file>', 'configuration (JSON)')
    .action(async (options: ConfigOptions) => {
      const { BitbucketSource } = await import('../source.js');
      const source = new BitbucketSource(context.environment(), context.debug);
      context.emitter.message(await source.discover(configOf(options, context) as Record<string, unknown>));
    });
  addEnvironmentOption(command);
  examples(command, ['--config config.json > discovered.json']);
}

import type { Command } from 'commander';
import type { Emitter } from '../airbyte/emitter';
import { ConfigError, invalidConfig } from '../config/config-error';
import { unknownKeys } from '../config/unknown-keys';
import { readSpec } from '../config/spec';
import type { CommandContext } from './context';
import { examples } from './usage';

/** Adds `check`. */
export function addCheck(program: Command, context: CommandContext): void {
  const command = program
    .command('check')
    .description('print whether the configuration works')
    .option('--config <file>', 'configuration (JSON)')
    .action(({ config: file }: { config?: string }) => check(file, context));
  examples(command, ['--config config.json']);
}

async function check(file: string | undefined, context: CommandContext): Promise<void> {
  const { emitter, environment, debug, readConfig, tellAside } = context;
  let config: unknown;
  try {
    config = readConfig(file);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    failCheck(emitter, error.message);
    return tellAside(error.coded);
  }
  warnOfUnknownKeys(config, emitter);
  const { BitbucketSource } = await import('../source.js');
  const source = new BitbucketSource(environment(), debug);
  const answer = await source.check(config as Record<string, unknown>, emitter);
  emitter.message(answer);
  const { message } = answer.connectionStatus;
  if (message !== undefined) tellAside(message);
}

/** What the arguments or the files are wrong in is an answer of `check` too: FAILED. */
export function failCheck(emitter: Emitter, message: string): void {
  emitter.message({
    type: 'CONNECTION_STATUS',
    connectionStatus: { status: 'FAILED', message: invalidConfig(message) },
  });
}

/** Fields that nobody reads are worth a warning: one of them may have been meant. */
export function warnOfUnknownKeys(config: unknown, emitter: Emitter): void {
  for (const warning of unknownKeys(config, readSpec().connectionSpecification)) emitter.log('WARN', warning);
}

import type { Command } from 'commander';
import { readSpec } from '../config/spec';
import type { CommandContext } from './context';

/** Adds `spec`. */
export function addSpec(program: Command, { emitter }: CommandContext): void {
  program
    .command('spec')
    .description('print what the configuration may hold')
    .action(() => emitter.message({ type: 'SPEC', spec: readSpec() }));
}

import type { Command } from 'commander';
import { parseConfig } from '../config/config';
import { unknownKeys } from '../config/unknown-keys';
import { readSpec } from '../source';
import { printableJson } from '../text/terminal';
import { personalConfigOf } from './configuration';
import type { CommandContext } from './context';
import { examples } from './usage';

interface DoctorOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** Adds `doctor`. */
export function addDoctor(program: Command, context: CommandContext): void {
  const command = program
    .command('doctor')
    .description('for people: examine the connection step by step, and say what is wrong and what to do')
    .option('--config <file>', 'configuration (JSON)')
    .option('--json', 'for machines and tickets: without secrets')
    .action((options: DoctorOptions) => examineConnection(options, context));
  examples(command, ['--config config.json', '--config config.json --json > report.json']);
}

async function examineConnection({ config: file, json }: DoctorOptions, context: CommandContext): Promise<void> {
  const { examine } = await import('../diagnosis/doctor.js');
  const { warning } = await import('../diagnosis/step.js');
  const { isHealthy, report, stepLines, summary } = await import('./print.js');
  const { log, environment, terminal, version } = context;
  const steps: Parameters<typeof stepLines>[0][] = [];
  const tell = (step: Parameters<typeof stepLines>[0]) => {
    steps.push(step);
    if (json !== true) for (const line of stepLines(step, terminal.coloured)) log(line);
  };
  const { connectionSpecification } = readSpec();
  let raw: unknown;
  const readConfig = () => parseConfig((raw = personalConfigOf(file, context)), connectionSpecification);
  for await (const step of examine(readConfig, environment())) {
    const strangers = step.name === 'configuration' ? unknownKeys(raw, connectionSpecification) : [];
    tell(
      strangers.length > 0 && step.status === 'ok'
        ? warning('configuration', step.finding, strangers.join(' '), step.details)
        : step,
    );
  }
  if (json === true) log(printableJson(report(steps, version)));
  else log(`\n${summary(steps)}`);
  context.exitWith(isHealthy(steps) ? 0 : 1);
}

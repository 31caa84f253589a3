import type { Command } from 'commander';
import { parseConfig } from '../config/config';
import { ConfigError } from '../config/config-error';
import type { Step } from '../diagnosis/step';
import { doubtsOf } from '../config/doubts';
import { readSpec } from '../config/spec';
import { missingInput } from '../text/input-faults';
import { printedFault } from '../text/printed-messages';
import { printable, printableJson } from '../text/terminal';
import { parseStateText } from '../airbyte/state-file';
import { readTextFile } from './input-files';
import { personalConfigOf } from './configuration';
import type { CommandContext } from './context';
import { tracedEnvironment } from './traced-environment';
import { examples } from './usage';

interface DoctorOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly state?: string;
}

/** Adds `doctor`. */
export function addDoctor(program: Command, context: CommandContext): void {
  const command = program
    .command('doctor')
    .description('for people: examine the connection step by step, and say what is wrong and what to do')
    .option('--config <file>', 'configuration (JSON)')
    .option('--json', 'for machines and tickets: without secrets')
    .option('--state <file>', 'show what a saved state remembers, and ask no server')
    .action((options: DoctorOptions) =>
      options.state === undefined ? examineConnection(options, context) : showState(options, context),
    );
  examples(command, ['--config config.json', '--config config.json --json > report.json', '--state state.json']);
}

async function showState({ state: file, json }: DoctorOptions, { log, terminal }: CommandContext): Promise<void> {
  const { describeState, stateLines } = await import('./state-report.js');
  const text = readTextFile('--state', file);
  const fault = printedFault('--state', String(file), text);
  if (fault !== null) throw new ConfigError(fault);
  const streams = describeState(parseStateText(text));
  const lines = json === true ? [printableJson(streams)] : stateLines(streams, terminal.width).map(printable);
  for (const line of lines) log(line);
}

async function examineConnection({ config: file, json }: DoctorOptions, context: CommandContext): Promise<void> {
  if (file === undefined && json !== true) throw new ConfigError(missingInput('--config'));
  const { examine } = await import('../diagnosis/doctor.js');
  const { warning } = await import('../diagnosis/step.js');
  const { fitted, isHealthy, report, stepLines, summary } = await import('./print.js');
  const { log, terminal, version } = context;
  const steps: Step[] = [];
  const tell = ({ ownCommand, ...found }: Step) => {
    const step = ownCommand === undefined ? found : { ...found, command: context.ownCommand(ownCommand) };
    steps.push(step);
    if (json !== true) for (const line of stepLines(step, terminal)) log(line);
  };
  const { connectionSpecification } = readSpec();
  let raw: unknown;
  const readConfig = () => parseConfig((raw = personalConfigOf(file, context)), connectionSpecification);
  for await (const step of examine(readConfig, tracedEnvironment(context))) {
    const doubts = step.name === 'configuration' ? doubtsOf(raw, connectionSpecification) : [];
    tell(
      doubts.length > 0 && step.status === 'ok' ? warning('configuration', step.finding, doubts.join(' '), step.details) : step,
    );
  }
  if (json === true) log(printableJson(report(steps, version)));
  else for (const line of ['', ...fitted(summary(steps), terminal.width)]) log(line);
  context.exitWith(isHealthy(steps) ? 0 : 1);
}

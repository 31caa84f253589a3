import type { Command } from 'commander';
import { BitbucketError } from '../bitbucket/errors';
import type { Config } from '../config/config';
import { ConfigError } from '../config/config-error';
import { connect, proxiesOf, within } from '../connection/connect';
import { printable, printableJson } from '../text/terminal';
import { parsedConfigOf } from './configuration';
import type { CommandContext } from './context';
import { examples } from './usage';

interface PlanOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** A plan is made by then, in milliseconds. */
const PLAN_LIMIT_MS = 10 * 60_000;
/** Retries of a plan: what a person waits for. */
const POLICY = { attempts: 3, firstDelayMs: 1000 };

/** Adds `plan`. */
export function addPlan(program: Command, context: CommandContext): void {
  const command = program
    .command('plan')
    .description('for people: how much the first sync will read, and how long that will take')
    .option('--config <file>', 'configuration (JSON)')
    .option('--json', 'for machines and tickets')
    .action((options: PlanOptions) => plan(options, context));
  examples(command, ['--config config.json']);
}

async function plan({ config: file, json }: PlanOptions, context: CommandContext): Promise<void> {
  const { log, exitWith } = context;
  try {
    const config = parsedConfigOf(file, context);
    for (const line of await planned(config, json === true, context)) log(line);
  } catch (error) {
    const message = await messageOf(error, file, context);
    if (message === null) throw error;
    log(json === true ? printableJson({ error: message }) : printable(message));
    exitWith(1);
  }
}

async function planned(config: Config, json: boolean, context: CommandContext): Promise<string[]> {
  const { makePlan } = await import('./plan.js');
  const { planLines } = await import('./print-plan.js');
  const { fitted } = await import('./print.js');
  const latencies = new Map<string, number[]>();
  const events = {
    onRequest: ({ kind, milliseconds, status }: { kind: string; milliseconds: number; status: number | string }) => {
      if (status === 200) latencies.set(kind, [...(latencies.get(kind) ?? []), milliseconds]);
    },
    onRetry: () => undefined,
    onRateLimited: () => undefined,
  };
  const given = context.environment();
  const environment = { ...given, signal: within(PLAN_LIMIT_MS, given.signal), retryPolicy: POLICY };
  const made = await makePlan(config, connect(config, environment, events), latencies, given.now());
  return json
    ? [printableJson(made)]
    : planLines(made, config).flatMap((line) => fitted(printable(line), context.terminal.width));
}

/** A failure in the words of `check`; null: it is a defect. */
async function messageOf(error: unknown, file: string | undefined, context: CommandContext): Promise<string | null> {
  if (error instanceof ConfigError) return `invalid_config: ${error.message}`;
  if (!(error instanceof BitbucketError)) return null;
  const { diagnose, sentence } = await import('../diagnosis/diagnosis.js');
  const config = parsedConfigOf(file, context);
  const proxy = error.details.code === 'EPROXYURL' ? null : proxiesOf(context.environment())(new URL(config.serverUrl));
  return sentence(diagnose(error, { config, proxy }));
}

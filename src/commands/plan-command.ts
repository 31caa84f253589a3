import type { Command } from 'commander';
import { BitbucketError } from '../bitbucket/errors';
import { type Config, parseConfig } from '../config/config';
import { ConfigError } from '../config/config-error';
import { doubtsOf } from '../config/doubts';
import { readSpec } from '../config/spec';
import { missingInput } from '../text/input-faults';
import { printable, printableJson, printableLine } from '../text/terminal';
import { personalConfigOf } from './configuration';
import type { CommandContext } from './context';
import type { Plan } from './plan';
import { tracedEnvironment } from './traced-environment';
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
  if (file === undefined && json !== true) throw new ConfigError(missingInput('--config'));
  const { log, exitWith, terminal } = context;
  const { fitted, hanging, messageLines } = await import('./print.js');
  const say = (text: string) => fitted(printable(text), terminal.width).forEach(log);
  const found = await planned(file, context, () => {
    if (json !== true && terminal.isTerminal) log('Counting what there is on the server …\n');
  }).catch((error: unknown): Planned => {
    if (json !== true || !(error instanceof ConfigError)) throw error;
    return { warnings: [], plan: null, message: error.coded };
  });
  if (json === true) for (const warning of found.warnings) context.writeAside(printableLine(warning));
  else {
    for (const warning of found.warnings) hanging('! ', printable(warning), terminal.width).forEach(log);
    if (found.warnings.length > 0) log('');
  }
  if (found.plan === null) {
    if (json === true) log(printableJson({ error: found.message }));
    else for (const line of messageLines(found.message, terminal.width)) log(printable(line));
    return exitWith(1);
  }
  const { planLines } = await import('./print-plan.js');
  if (json === true) log(printableJson(found.plan));
  else for (const line of planLines(found.plan, found.config, terminal.width)) say(line);
}

type Planned = { readonly warnings: readonly string[] } & (
  { readonly plan: Plan; readonly config: Config } | { readonly plan: null; readonly message: string }
);

/** A plan; or why there is none, in the words of `check`. */
async function planned(file: string | undefined, context: CommandContext, onBegin: () => void): Promise<Planned> {
  const { connectionSpecification } = readSpec();
  const warnings: string[] = [];
  let config: Config;
  try {
    const raw = personalConfigOf(file, context);
    config = parseConfig(raw, connectionSpecification);
    warnings.push(...doubtsOf(raw, connectionSpecification));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { warnings, plan: null, message: error.coded };
  }
  onBegin();
  const { connect, within } = await import('../connection/connect.js');
  const { surroundingsOf } = await import('../diagnosis/surroundings.js');
  const { makePlan } = await import('./plan.js');
  const { checkConnection, explainFailure } = await import('../diagnosis/check.js');
  const { whyNoAnswer } = await import('../diagnosis/first-answer.js');
  const latencies = new Map<string, number[]>();
  const events = {
    onRequest: ({ kind, milliseconds, status }: { kind: string; milliseconds: number; status: number | string }) => {
      if (status === 200) latencies.set(kind, [...(latencies.get(kind) ?? []), milliseconds]);
    },
    onRetry: () => undefined,
    onRateLimited: () => undefined,
  };
  const given = tracedEnvironment(context);
  const environment = { ...given, signal: within(PLAN_LIMIT_MS, given.signal), retryPolicy: POLICY };
  const silence = await whyNoAnswer(config, environment);
  if (silence !== null) return { warnings, plan: null, message: silence };
  const bitbucket = connect(config, environment, events);
  const surroundings = surroundingsOf(config, environment);
  try {
    const plan = await makePlan(config, bitbucket, latencies, given.now());
    const check = plan.sampledRepositories === 0 ? await checkConnection(config, bitbucket, surroundings) : null;
    if (check?.succeeded === false) return { warnings, plan: null, message: check.message };
    return { warnings: [...warnings, ...plan.warnings], plan, config };
  } catch (error) {
    if (!(error instanceof BitbucketError)) throw error;
    const { message } = await explainFailure(error, config, bitbucket, surroundings);
    return { warnings, plan: null, message };
  }
}

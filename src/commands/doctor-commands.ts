import type { Command } from 'commander';
import { BitbucketError } from '../bitbucket/errors';
import { type Config, ConfigError, parseConfig } from '../config/config';
import { connect, type Environment, proxiesOf, within } from '../connection/connect';
import { readSpec } from '../source';

interface Options {
  readonly config?: string;
  readonly json?: boolean;
}

/** What the commands need of the process. */
export interface DoctorContext {
  readonly environment: () => Environment;
  readonly readConfig: (file: string | undefined) => unknown;
  /** Writes a line that a person reads. */
  readonly log: (line: string) => void;
  /** Whether that person sits before a terminal that shows colours. */
  readonly coloured: boolean;
  readonly version: string;
  readonly exitWith: (code: number) => void;
}

/** A plan is made by then, in milliseconds. */
const PLAN_LIMIT_MS = 10 * 60_000;
/** Retries of a plan: what a person waits for. */
const POLICY = { attempts: 3, firstDelayMs: 1000 };

/** Adds `doctor` and `plan`. */
export function addDoctorCommands(program: Command, context: DoctorContext): void {
  const add = (name: string, description: string, run: (options: Options, context: DoctorContext) => Promise<void>) =>
    program
      .command(name)
      .description(description)
      .option('--config <file>', 'configuration (JSON)')
      .option('--json', 'for machines and tickets')
      .action((options: Options) => run(options, context));
  add('doctor', 'for people: examine the connection step by step, and say what is wrong and what to do', runDoctor);
  add('plan', 'for people: how much the first sync will read, and how long that will take', runPlan);
}

async function runDoctor({ config: file, json }: Options, context: DoctorContext): Promise<void> {
  const { examine } = await import('../diagnosis/doctor.js');
  const { isHealthy, report, stepLines, summary } = await import('./print.js');
  const steps = [];
  for await (const step of examine(() => configOf(file, context), context.environment())) {
    steps.push(step);
    if (json !== true) for (const line of stepLines(step, context.coloured)) context.log(line);
  }
  if (json === true) context.log(JSON.stringify(report(steps, context.version), null, 2));
  else context.log(`\n${summary(steps)}`);
  context.exitWith(isHealthy(steps) ? 0 : 1);
}

async function runPlan({ config: file, json }: Options, context: DoctorContext): Promise<void> {
  const { makePlan } = await import('./plan.js');
  const { diagnose, sentence } = await import('../diagnosis/diagnosis.js');
  const { planLines } = await import('./print-plan.js');
  const given = context.environment();
  const environment = { ...given, signal: within(PLAN_LIMIT_MS, given.signal), retryPolicy: POLICY };
  const latencies = new Map<string, number[]>();
  const events = {
    onRequest: ({ kind, milliseconds, status }: { kind: string; milliseconds: number; status: number | string }) => {
      if (status === 200) latencies.set(kind, [...(latencies.get(kind) ?? []), milliseconds]);
    },
    onRetry: () => undefined,
    onRateLimited: () => undefined,
  };
  const fail = (message: string) => {
    context.log(json === true ? JSON.stringify({ error: message }) : message);
    context.exitWith(1);
  };
  try {
    const config = configOf(file, context);
    try {
      const plan = await makePlan(config, connect(config, environment, events), latencies);
      for (const line of json === true ? [JSON.stringify(plan, null, 2)] : planLines(plan, config)) context.log(line);
    } catch (error) {
      if (!(error instanceof BitbucketError)) throw error;
      fail(
        sentence(
          diagnose(error, {
            config,
            proxy: error.details.code === 'EPROXYURL' ? null : proxiesOf(environment)(new URL(config.serverUrl)),
          }),
        ),
      );
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    fail(`invalid_config: ${error.message}`);
  }
}

function configOf(file: string | undefined, { readConfig }: DoctorContext): Config {
  return parseConfig(readConfig(file), readSpec().connectionSpecification);
}

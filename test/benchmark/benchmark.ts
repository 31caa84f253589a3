import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Line } from './lines';
import { scenarios, type Scenario } from './scenarios';

/*
 * npm run bench                       everything, one table
 * npm run bench -- latency memory     these scenarios only
 * npm run bench -- --list             their names
 *
 * BENCHMARK_EXECUTABLE=…/bin/main measures another build. The table's numbers go to out/benchmark.json, scenario by scenario: those
 * that were not run keep what they had.
 */

const FILE = resolve(__dirname, '../../out/benchmark.json');

interface Result {
  readonly about: string;
  readonly at: string;
  readonly seconds: number;
  readonly lines: readonly Line[];
  readonly failure?: string;
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** A scenario that fails is a line of the table, and the others go on. */
async function measure({ about, run }: Scenario): Promise<Result> {
  const startedAt = performance.now();
  let lines: readonly Line[] = [];
  let failure: string | undefined;
  try {
    lines = await run();
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  return { about, at: new Date().toISOString(), seconds, lines, ...(failure !== undefined && { failure }) };
}

function print(name: string, { about, seconds, lines, failure }: Result): void {
  say(`\n${name}: ${about}  (${seconds} s)`);
  for (const { what, measured, target, met } of lines) {
    say(`  ${met === null ? ' ' : met ? '✓' : '✗'} ${what.padEnd(58)} ${measured.padStart(10)}  ${target}`);
  }
  if (failure !== undefined) say(`  ✗ ${failure}`);
}

function machine(): Record<string, string | number> {
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
  };
}

function earlier(): Record<string, Result> {
  try {
    return (JSON.parse(readFileSync(FILE, 'utf8')) as { scenarios: Record<string, Result> }).scenarios;
  } catch {
    return {};
  }
}

function chosen(names: readonly string[]): readonly Scenario[] {
  for (const name of names) {
    if (!scenarios.some((scenario) => scenario.name === name))
      throw new Error(`There is no scenario ${name}. Choose among ${scenarios.map((each) => each.name).join(', ')}.`);
  }
  return names.length === 0 ? scenarios : scenarios.filter(({ name }) => names.includes(name));
}

async function main(names: readonly string[]): Promise<void> {
  if (names.includes('--list')) {
    for (const { name, about } of scenarios) say(`${name.padEnd(12)} ${about}`);
    return;
  }
  const startedAt = performance.now();
  const { node, platform, cpu, cores, memoryGb } = machine();
  say(
    `Node ${node}, ${platform}, ${cores} × ${cpu}, ${memoryGb} GB. The server, the connector and the reader of its output share them.`,
  );
  const results: Record<string, Result> = earlier();
  let missed = 0;
  for (const scenario of chosen(names)) {
    const result = await measure(scenario);
    results[scenario.name] = result;
    missed += result.lines.filter(({ met }) => met === false).length + (result.failure === undefined ? 0 : 1);
    print(scenario.name, result);
    mkdirSync(resolve(FILE, '..'), { recursive: true });
    writeFileSync(FILE, `${JSON.stringify({ machine: machine(), scenarios: results }, null, 2)}\n`);
  }
  say(
    `\n${missed === 0 ? 'Every target is met' : `${missed} missed`}; ${((performance.now() - startedAt) / 60_000).toFixed(1)} minutes. Numbers: out/benchmark.json`,
  );
  process.exitCode = missed === 0 ? 0 : 1;
}

void main(process.argv.slice(2));

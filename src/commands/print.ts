import type { Step } from '../diagnosis/step';
import { printableLine } from '../text/terminal';

const MARKS = { ok: '✓', warning: '!', failed: '✗' } as const;
const COLOURS = { ok: 32, warning: 33, failed: 31 } as const;
const NAME_WIDTH = 24;

/** What is printed of a step. */
type Printable = Pick<Step, 'status' | 'finding' | 'remedy' | 'command'> & { readonly name: string };

/** A step as lines for a person; @param coloured for a terminal */
export function stepLines(step: Step, coloured: boolean): string[] {
  return linesOf(step, coloured);
}

/** The same for a step of another examination than `doctor`'s. */
export function linesOf({ name, status, finding, remedy, command }: Printable, coloured: boolean): string[] {
  const mark = coloured ? `\u001b[${COLOURS[status]}m${MARKS[status]}\u001b[0m` : MARKS[status];
  const indent = ' '.repeat(NAME_WIDTH + 3);
  return [
    `${mark} ${name.padEnd(NAME_WIDTH)} ${printableLine(finding)}`,
    ...(remedy === undefined ? [] : [`${indent}→ ${printableLine(remedy)}`]),
    ...(command === undefined ? [] : [`${indent}$ ${printableLine(command)}`]),
  ];
}

/** What it comes to. */
export function summary(steps: readonly Step[]): string {
  const failures = steps.filter(({ status }) => status === 'failed');
  const warnings = steps.filter(({ status }) => status === 'warning').length;
  const aside = warnings === 0 ? '' : ` ${warnings} ${warnings === 1 ? 'thing is' : 'things are'} worth a look.`;
  const [first] = failures;
  if (first === undefined) return `All is well: a sync can begin.${aside}`;
  return `${first.code ?? 'failed'}: ${failures.map(({ name }) => name).join(', ')} must be put right.${aside}`;
}

/** The report for machines and tickets. */
export function report(steps: readonly Step[], version: string): object {
  const code = steps.find(({ status }) => status === 'failed')?.code;
  return { healthy: isHealthy(steps), ...(code !== undefined && { code }), connector: version, summary: summary(steps), steps };
}

/** Whether a sync can begin. */
export function isHealthy(steps: readonly Step[]): boolean {
  return steps.every(({ status }) => status !== 'failed');
}

import { BY_HAND } from '../diagnosis/diagnosis';
import type { Step } from '../diagnosis/step';
import { printableLine } from '../text/terminal';
import { indented, wrap, wrapCommand } from '../text/wrap';

const MARKS = { ok: '✓', warning: '!', failed: '✗' } as const;
const COLOURS = { ok: 32, warning: 33, failed: 31 } as const;
const NAME_WIDTH = 24;

/** How a terminal shows lines; null width: they go elsewhere and are left as they are. */
export interface Paper {
  readonly coloured: boolean;
  readonly width: number | null;
}

/** What is printed of a step, also of another examination than `doctor`'s. */
type Printable = Pick<Step, 'status' | 'finding' | 'remedy' | 'command'> & { readonly name: string };

/** A step as lines for a person; what is to be copied, a command, is never broken. */
export function stepLines({ name, status, finding, remedy, command }: Printable, { coloured, width }: Paper): string[] {
  const mark = coloured ? `\u001b[${COLOURS[status]}m${MARKS[status]}\u001b[0m` : MARKS[status];
  const indent = ' '.repeat(NAME_WIDTH + 3);
  const most = width === null ? Infinity : width - 1;
  const [first = '', ...more] = fitted(printableLine(finding), width, indent.length);
  return [
    `${mark} ${name.padEnd(NAME_WIDTH)} ${first}`,
    ...more.map((line) => indented(line, indent.length, most)),
    ...(remedy === undefined
      ? []
      : fitted(printableLine(remedy), width, indent.length + 2).map((line, index) =>
          index === 0 ? `${indent}→ ${line}` : indented(line, indent.length + 2, most),
        )),
    ...(command === undefined ? [] : commandLines(`${indent}$ ${printableLine(command)}`, width)),
  ];
}

/** A message of `check`; the command at its end, if there is one, can be copied. */
export function messageLines(message: string, width: number | null): string[] {
  const at = width === null ? -1 : message.indexOf(BY_HAND);
  if (at < 0) return fitted(message, width);
  const command = `  ${message.slice(at + BY_HAND.length)}`;
  return [...fitted(message.slice(0, at), width), BY_HAND.trim(), ...commandLines(command, width)];
}

/** Broken so that a shell takes the lines for one command. */
export function commandLines(command: string, width: number | null): string[] {
  return width === null ? [command] : wrapCommand(command, width - 1);
}

/** The lines that a text takes behind an indent. */
export function fitted(text: string, width: number | null, indent = 0): string[] {
  return width === null ? [text] : wrap(text, Math.max(20, width - 1 - indent));
}

/** The same with something before its first line; the others begin below its end. */
export function hanging(start: string, text: string, width: number | null): string[] {
  const most = width === null ? Infinity : width - 1;
  return fitted(text, width, start.length).map((line, index) =>
    index === 0 ? `${start}${line}` : indented(line, start.length, most),
  );
}

/** What it comes to. */
export function summary(steps: readonly Step[]): string {
  const failures = steps.filter(({ status }) => status === 'failed');
  const warnings = steps.filter(({ status }) => status === 'warning').length;
  const aside = warnings === 0 ? '' : ` ${warnings} ${warnings === 1 ? 'thing is' : 'things are'} worth a look.`;
  const [first] = failures;
  if (first === undefined) return `${warnings === 0 ? 'All is well: a' : 'A'} sync can begin.${aside}`;
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

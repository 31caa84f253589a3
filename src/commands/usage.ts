import type { Command, CommanderError } from 'commander';

/** What a platform starts; their mistakes are messages, those of all others text. */
export const PLATFORM_COMMANDS = ['spec', 'check', 'discover', 'read'] as const;

/** Ends the help of a command with these examples, under the name by which the program was called. */
export function examples(command: Command, lines: readonly string[]): void {
  command.addHelpText('after', () => `\nExamples:\n${lines.map((line) => `  ${nameOf(command)} ${line}`).join('\n')}`);
}

/** What is wrong with the arguments, in one sentence with the commands that there are. */
export function usageMessage(error: CommanderError, program: Command): string {
  const message = error.message.replace(/^error: /, '');
  const said = message === '(outputHelp)' ? 'A command is missing' : message;
  const names = program.commands.map((command) => command.name()).join(', ');
  return `${said}. Commands: ${names}; --help says more.`;
}

/** The same for a person: with what to type. */
export function usageText(error: CommanderError, program: Command, name: string | undefined): string {
  const command = program.commands.find((candidate) => candidate.name() === name);
  if (command !== undefined) {
    const message = error.message.replace(/^error: /, '').replace('(outputHelp)', 'a command is missing');
    return `${sentence(message)} See: ${nameOf(command)} --help`;
  }
  const width = Math.max(...program.commands.map((each) => each.name().length)) + 2;
  return [
    `Usage: ${program.name()} COMMAND [options]`,
    '',
    ...program.commands.map((each) => `  ${each.name().padEnd(width)}${each.description()}`),
    '',
    'To begin:',
    `  ${program.name()} doctor --config config.json`,
    `  ${program.name()} sync --config config.json`,
  ].join('\n');
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`;
}

import type { Command, CommanderError } from 'commander';
import { ConfigError } from '../config/config-error';
import { wrap, wrapCommand } from '../text/wrap';

/** Where nobody knows how wide the terminal is. */
const COLUMNS = 80;

/** What a platform starts; their mistakes are messages, those of all others text. */
export const PLATFORM_COMMANDS = ['spec', 'check', 'discover', 'read'] as const;

/** The examples of each command. */
const examplesOf = new WeakMap<Command, readonly string[]>();

/** Ends the help of a command with these examples, under the name by which the program was called. */
export function examples(command: Command, lines: readonly string[]): void {
  examplesOf.set(command, lines);
  command.addHelpText(
    'after',
    () => `\nExamples:\n${lines.flatMap((line) => wrapCommand(`  ${nameOf(command)} ${line}`, COLUMNS - 1)).join('\n')}`,
  );
}

/** A file or a number is never meant by nothing, as a variable of a shell that is not set leaves it. @throws ConfigError */
export function refuseEmpty<Options extends object>(options: Options, names: readonly (keyof Options & string)[]): void {
  const empty = names.find((name) => options[name] === '');
  if (empty !== undefined) throw new ConfigError(`--${empty} is empty: write what it is to be, or leave it out.`);
}

/**
 * What commander is to parse: it would print the general help where somebody asks for that of a command that there is not, and say nothing
 * of it; asked for the command itself, it tells what may have been meant.
 */
export function parsedArguments(argv: readonly string[], program: Command): readonly string[] {
  const [first, second] = argv.slice(2);
  const name = first === 'help' ? second : first;
  const isHelp = first === 'help' || argv.slice(2).some((word) => word === '--help' || word === '-h');
  const isKnown = name === undefined || name.startsWith('-') || program.commands.some((command) => command.name() === name);
  return !isHelp || isKnown || name === 'help' ? argv : [...argv.slice(0, 2), name];
}

/** What is wrong with the arguments, in one sentence with the commands that there are. */
export function usageMessage(error: CommanderError, program: Command): string {
  const message = messageOf(error, program);
  const said = message === '(outputHelp)' ? 'A command is missing' : message.replace(/\.$/, '');
  const names = program.commands.map((command) => command.name()).join(', ');
  return `${said}. Commands: ${names}; --help says more.`;
}

/** The same for a person: with what to type. */
export function usageText(error: CommanderError, program: Command, name: string | undefined): string {
  const command = program.commands.find((candidate) => candidate.name() === name);
  const wrong = messageOf(error, program);
  if (command !== undefined) {
    const isMissing = wrong === '(outputHelp)';
    const said = isMissing ? sentence(missingCommand(command)) : `${sentence(wrong)}${usedAsIn(command, wrong)}`;
    return `${said} See: ${nameOf(command)} --help`;
  }
  const width = Math.max(...program.commands.map((each) => each.name().length)) + 2;
  return [
    ...(wrong === '(outputHelp)' ? [] : [sentence(wrong), '']),
    `Usage: ${program.name()} COMMAND [options]`,
    '',
    ...program.commands.flatMap((each) =>
      wrap(each.description(), COLUMNS - width - 3).map(
        (line, index) => `  ${(index === 0 ? each.name() : '').padEnd(width)}${line}`,
      ),
    ),
    '',
    'To begin:',
    `  ${program.name()} doctor --config config.json`,
    `  ${program.name()} sync --config config.json`,
  ].join('\n');
}

function missingCommand(command: Command): string {
  const names = command.commands.map((each) => each.name());
  const example = `${nameOf(command)} ${names.includes('list') ? 'list' : (names[0] ?? '')} --config config.json`;
  return `a command is missing: ${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}, as in ${example}`;
}

/** An example of the command, or of what was typed of those below it: with the option that is spoken of, if it has one; empty where it has none. */
function usedAsIn(command: Command, wrong: string): string {
  const below = command.commands.find((each) => each.name() === command.args[0]) ?? command;
  const lines = examplesOf.get(below) ?? [];
  const options: readonly string[] = wrong.match(/--[a-z][-a-z]*/g) ?? [];
  const example = lines.find((line) => line.split(' ').some((word) => options.includes(word))) ?? lines[0];
  return example === undefined ? '' : ` It is used as in ${nameOf(below)} ${example}.`;
}

/** On one line; commander writes what may have been meant on a second one. */
function messageOf(error: CommanderError, program: Command): string {
  const excess = error.code === 'commander.excessArguments' ? excessOf(program) : null;
  if (excess === null) return error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  const { command, words } = excess;
  const quoted = words.map(shown).join(', ');
  return `too many arguments for '${command.name()}': ${quoted} ${words.length === 1 ? 'is one' : `are ${words.length}`} too many`;
}

/** A word as it was typed; what may be a secret in the wrong place (a URL with a password, a token) is not quoted. */
function shown(word: string): string {
  const isHarmless = /^[\w.,/*~-]{1,40}$/.test(word) && !word.startsWith('BBDC-');
  return isHarmless ? JSON.stringify(word) : `a word of ${word.length} characters`;
}

/** The command that was given more words than it takes, and these. */
function excessOf(program: Command): { readonly command: Command; readonly words: readonly string[] } | null {
  for (const command of program.commands) {
    const below = excessOf(command);
    if (below !== null) return below;
    const words = command.commands.length > 0 ? [] : command.args.slice(command.registeredArguments.length);
    if (words.length > 0) return { command, words };
  }
  return null;
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`;
}

/** What is to be typed stands on lines of its own, where a line would be broken within it. */
export function withCommandsApart(text: string): string {
  return text.replace(/ as in (\S.*?)\. (?=See: )/, ' as in\n  $1\n').replace(/ (See: \S+ .*)$/, '\n$1');
}

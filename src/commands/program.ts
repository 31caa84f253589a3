import { basename, relative } from 'node:path';
import { Command, Option } from 'commander';
import { addCheck } from './check';
import { shellWord } from '../text/shell';
import type { CommandContext } from './context';
import { addCredentials } from './credentials';
import { addDiscover } from './discover';
import { addDoctor } from './doctor';
import { addPlan } from './plan-command';
import { addRead } from './read';
import { addReport } from './report';
import { addSpec } from './spec';
import { addSync } from './sync';
import { addServe } from './serve';
import { addWebhooks } from './webhook-commands';

/** Commands that send no request: they take `--debug` as all do, and do not offer what they would not keep. */
const SILENT = ['spec', 'discover', 'report', 'credentials info', 'credentials list', 'credentials delete', 'credentials rekey'];

/** All commands, in the order in which the help lists them. */
const COMMANDS = [
  addSpec,
  addCheck,
  addDiscover,
  addRead,
  addSync,
  addReport,
  addDoctor,
  addPlan,
  addServe,
  addWebhooks,
  addCredentials,
];

/** The command line; each command finds in `context` what it needs of the process. @param name by which it was called */
export function createProgram(context: CommandContext, name: string): Command {
  const program = new Command(name)
    .description('Airbyte source for Bitbucket Server and Data Center 5.16 to 10.x')
    .version(context.version, '--version', 'print the version')
    .addOption(debugOption(true))
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void context.write(text.replace(/\n$/, '')),
      writeErr: () => undefined,
    })
    .showHelpAfterError(false)
    .helpCommand('help [command]', 'say more of a command');
  for (const add of COMMANDS) add(program, context);
  for (const command of program.commands) {
    offerDebug(command, command.name());
    command.exitOverride().allowExcessArguments(false);
  }
  return program;
}

function offerDebug(command: Command, name: string): void {
  command.addOption(debugOption(!SILENT.includes(name)));
  for (const each of command.commands) offerDebug(each, `${name} ${each.name()}`);
}

function debugOption(isOffered: boolean): Option {
  return new Option('--debug', 'log each request: method, path, status, milliseconds').hideHelp(!isOffered);
}

/**
 * The name by which the program can be called again from where it was called: `bin/main` in a clone, its path from elsewhere, else what the
 * package calls its executable.
 * @param called the path of the executable, absolute
 * @param from the folder where it was called
 */
export function programName(called: string, from: string): string {
  if (basename(called) !== 'main') return basename(called);
  const way = relative(from, called);
  return shellWord(way.length < called.length ? way : called);
}

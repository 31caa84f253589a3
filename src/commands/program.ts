import { basename, dirname } from 'node:path';
import { Command } from 'commander';
import { addCheck } from './check';
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

const DEBUG = ['--debug', 'log each request: method, path, status, milliseconds'] as const;

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

/** The command line; each command finds in `context` what it needs of the process. @param called the path of the executable */
export function createProgram(context: CommandContext, called: string): Command {
  const program = new Command(nameOf(called))
    .description('Airbyte source for Bitbucket Server and Data Center 5.16 to 10.x')
    .version(context.version, '--version', 'print the version')
    .option(...DEBUG)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void context.write(text.replace(/\n$/, '')),
      writeErr: () => undefined,
    })
    .showHelpAfterError(false)
    .helpCommand('help [command]', 'say more of a command');
  for (const add of COMMANDS) add(program, context);
  for (const command of program.commands)
    command
      .option(...DEBUG)
      .exitOverride()
      .allowExcessArguments(false);
  return program;
}

/** `bin/main` in a clone, else what the package calls its executable. */
function nameOf(called: string): string {
  return basename(called) === 'main' ? `${basename(dirname(called))}/main` : basename(called);
}

import type { Simulator } from '../simulator';
import { EVENTS, NotUnderstood, exampleOf, happen } from './events';
import type { Printer } from './printer';
import { LOOKBACK_DAYS, changedStreams, isLookedAtNoMore, rowsOf, unaskedStreams, type Rowset } from './unseen';

/** Tells how to reach the server and how to make things happen on it; `sync` is the command that reads it. */
export function introduce(simulator: Simulator, sync: string, printer: Printer): void {
  const { url, credentials } = simulator;
  const { username, password, token } = credentials;
  printer.title('A server to play with');
  printer.say(`  It goes on answering at ${url} until you press Ctrl-C.`);
  printer.say(`  Log in as ${username} with the password ${password}, or with the token\n    ${token}`);
  printer.say();
  printer.command(`    curl --user ${username}:${password} '${url}/rest/api/1.0/projects'`);
  printer.command(`    ${sync}`);
  printer.say('\n  Type what is to happen, as JSON on a line, then sync again:\n');
  for (const call of ['approve', 'createPullRequest', 'renameRepository'])
    printer.example(`  ${exampleOf(simulator, call).line}`);
  printer.say('\n  Type help to see all that can happen.');
  printer.say(
    `\n  What happens to a pull request that was closed more than ${LOOKBACK_DAYS} days ago (lookback_days) is not looked at by the next sync, unless its date moves.`,
  );
}

/** What somebody typed happens on the server, or is told how to be written; `sync` is the command that reads the server. */
export function play(simulator: Simulator, line: string, sync: string, printer: Printer): void {
  if (['', '?', 'help'].includes(line.trim().toLowerCase())) return help(simulator, printer);
  const before = rowsOf(simulator);
  try {
    happen(simulator, line);
    printer.say('  done');
    sayWhatIsUnseen(before, rowsOf(simulator), sync, printer);
  } catch (error) {
    if (!(error instanceof NotUnderstood)) {
      printer.say(`  That did not happen: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    printer.say(`  ${error.message}`);
    if (error.event !== null) showExample(simulator, error.event, printer);
  }
}

/** The next sync would say that nothing has changed: true of what it reads, and false to whoever typed the event. */
function sayWhatIsUnseen(before: Rowset, after: Rowset, sync: string, printer: Printer): void {
  if (changedStreams(before, after).length === 0)
    return printer.say('  It was so before, or no stream has it: a sync finds nothing new.');
  const unasked = unaskedStreams(before, after);
  if (unasked.length > 0) {
    printer.say(
      `  It shows only in ${unasked.join(' and ')}. A sync does not read ${unasked.length === 1 ? 'this stream' : 'these streams'} until asked to:\n`,
    );
    printer.command(`    ${sync} --streams all`);
    printer.say();
  } else if (isLookedAtNoMore(before, after))
    printer.say(
      `  It concerns only pull requests that were closed more than ${LOOKBACK_DAYS} days ago (lookback_days), and their dates did not move: the next sync does not look at them, unless a webhook tells of them.`,
    );
}

function help(simulator: Simulator, printer: Printer): void {
  printer.say(
    '  What can happen. Copy a line, change what you like, and press Enter; behind “also” stands what may be added between { and }.\n',
  );
  for (const call of Object.keys(EVENTS)) showExample(simulator, call, printer);
}

function showExample(simulator: Simulator, call: string, printer: Printer): void {
  const { line, more } = exampleOf(simulator, call);
  printer.example(`  ${line}`);
  if (more !== null) printer.example(`      also ${more}`);
}

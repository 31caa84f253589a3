import type { Simulator } from '../simulator';
import { must } from './changes';
import { happen, type Examples } from './events';
import type { Printer } from './printer';

/** Tells how to reach the server and how to make things happen on it; `sync` is the command that reads it. */
export function introduce({ url, credentials }: Simulator, sync: string, given: Examples, printer: Printer): void {
  const { username, password, token } = credentials;
  printer.title('A server to play with');
  printer.say(`  It goes on answering at ${url} until you press Ctrl-C.`);
  printer.say(`  Log in as ${username} with the password ${password}, or with the token\n    ${token}`);
  printer.say();
  printer.command(`    curl --user ${username}:${password} '${url}/rest/api/1.0/projects'`);
  printer.command(`    ${sync}`);
  printer.say('\n  Type what is to happen, as JSON on a line, then sync again:\n');
  const { repositoryId, id } = given.pullRequest;
  printer.say('    {"call":"renameRepository","arguments":["WEB/frontend",{"slug":"site"}]}');
  printer.say('    {"call":"createPullRequest","arguments":["WEB/api",{"author":"jane"}]}');
  printer.say(`    {"call":"approve","arguments":[{"repositoryId":${repositoryId},"id":${id}},"${given.user}"]}`);
  printer.say('\n  Any other word names what else can happen. What happens to a pull request that was closed more than 14 days');
  printer.say('  ago (lookback_days) is not looked at by the next sync, unless its date moves.');
}

/** An open pull request and somebody who did not open it: what happens to one that was closed for long is not asked for. */
export function examplesOn({ world }: Simulator): Examples {
  const { id: repositoryId, pullRequests } = must(
    world.visibleRepositories().find((repository) => repository.pullRequests.ids('OPEN').length > 0),
  );
  const id = must(pullRequests.ids('OPEN')[0]);
  return { pullRequest: { repositoryId, id }, user: pullRequests.get(id)?.author.name === 'carol' ? 'jane' : 'carol' };
}

/** What somebody typed happens on the server. */
export function play(simulator: Simulator, line: string, examples: Examples, printer: Printer): void {
  if (line.trim() === '') return;
  try {
    happen(simulator, line, examples);
    printer.say('  done');
  } catch (error) {
    // An example is to be copied: it is never broken.
    printer.example(`  That did not happen: ${error instanceof Error ? error.message : String(error)}`);
  }
}

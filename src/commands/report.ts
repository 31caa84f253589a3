import { statSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';
import type { Command } from 'commander';
import { ConfigError } from '../config/config-error';
import { streams as allStreams } from '../streams';
import { printable } from '../text/terminal';
import type { CommandContext } from './context';
import { commandLines, fitted } from './print';
import { examples, refuseEmpty } from './usage';

/** Stands for a configuration that nobody knows: another one would be used without a word. */
const PLACEHOLDER = 'YOUR_CONFIG.json';

interface ReportCommandOptions {
  readonly database: string;
  readonly output: string;
  readonly byPerson?: boolean;
  readonly includeBots?: boolean;
}

/** Adds `report`. */
export function addReport(program: Command, context: CommandContext): void {
  const command = program
    .command('report')
    .description('for people: one page of what the pull requests tell, from the DuckDB file of sync')
    .option('--database <file>', 'DuckDB file that sync wrote', 'bitbucket.duckdb')
    .option('--output <file>', 'page to write (HTML, needs no network)', 'report.html')
    .option('--by-person', 'name authors and reviewers; without it nobody is named')
    .option('--include-bots', 'count what bots did, too')
    .action((options: ReportCommandOptions) => runReport(options, program.name(), context));
  examples(command, ['--database bitbucket.duckdb', '--database bitbucket.duckdb --output report.html --by-person']);
}

async function runReport(
  { database, output, byPerson, includeBots }: ReportCommandOptions,
  program: string,
  context: CommandContext,
): Promise<void> {
  const { writeReport } = await import('../report/report.js');
  refuseEmpty({ database, output }, ['database', 'output']);
  if (output === '-')
    throw new ConfigError('--output is -, which is no file: the page is not printed; name a file, such as report.html.');
  const { streamsWord, syncCommand } = await import('../warehouse/sync-command.js');
  const { SyncError } = await import('../warehouse/sync-error.js');
  const choices = { byPerson: byPerson ?? false, includesBots: includeBots ?? false };
  try {
    const callWith = (config: string | null) => ({
      program,
      config: (config === null ? null : pathFromHere(config, database)) ?? PLACEHOLDER,
      database,
    });
    const { bytes, caveats, streams, added, config } = await writeReport({
      database,
      output,
      ...choices,
      now: context.environment().now(),
      syncCommand: (known) => syncCommand(callWith(known)),
    });
    const { width } = context.terminal;
    const say = (text: string) => fitted(printable(text), width).forEach(context.log);
    say(`${output} is written (${(bytes / 1_000_000).toFixed(1)} MB): any browser opens it, without a network.`);
    if (caveats === '') return;
    const call = callWith(config);
    const note = call.config === PLACEHOLDER ? ` (with the configuration of its syncs for ${PLACEHOLDER})` : '';
    say(caveats);
    if (streams.length === 0) return;
    say(`To read ${added.join(', ')}, too${note}:`);
    const command = syncCommand(
      call,
      streamsWord(
        streams,
        allStreams.map(({ name }) => name),
      ),
    );
    commandLines(`  ${printable(command)}`, width).forEach(context.log);
  } catch (error) {
    throw error instanceof SyncError ? new ConfigError(error.message, undefined, error.command) : error;
  }
}

/** The path of a file as a person names it who names another one so; null where there is none any more. */
function pathFromHere(path: string, other: string): string | null {
  try {
    if (!statSync(path).isFile()) return null;
  } catch {
    return null;
  }
  const fromHere = relative(process.cwd(), path);
  return isAbsolute(other) || isAbsolute(fromHere) || fromHere.startsWith('..') ? path : fromHere;
}

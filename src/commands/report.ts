import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { ConfigError } from '../config/config-error';
import { streams as allStreams } from '../streams';
import { printable } from '../text/terminal';
import type { CommandContext } from './context';
import { commandLines, fitted } from './print';
import { examples } from './usage';

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
  const { streamsWord, syncCommand } = await import('../warehouse/sync-command.js');
  const { SyncError } = await import('../warehouse/sync-error.js');
  const choices = { byPerson: byPerson ?? false, includesBots: includeBots ?? false };
  try {
    const { bytes, caveats, streams } = await writeReport({ database, output, ...choices, now: context.environment().now() });
    const { width } = context.terminal;
    const say = (text: string) => fitted(printable(text), width).forEach(context.log);
    say(`${output} is written (${(bytes / 1_000_000).toFixed(1)} MB): any browser opens it, without a network.`);
    if (caveats === '') return;
    say(streams.length === 0 ? caveats : `${caveats} To read what is missing, too:`);
    if (streams.length === 0) return;
    const command = syncCommand(
      { program, config: configBeside(database), database },
      streamsWord(
        streams,
        allStreams.map(({ name }) => name),
      ),
    );
    commandLines(`  ${printable(command)}`, width).forEach(context.log);
  } catch (error) {
    throw error instanceof SyncError ? new ConfigError(error.message) : error;
  }
}

/** The configuration that a person most likely syncs with: nobody has said which. */
function configBeside(database: string): string {
  const beside = join(dirname(database), 'config.json');
  return !existsSync('config.json') && existsSync(beside) ? beside : 'config.json';
}

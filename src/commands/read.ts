import type { Command } from 'commander';
import { parseStateText, stateWarning } from '../airbyte/state-file';
import { warnOfUnknownKeys } from './check';
import { addEnvironmentOption, configOf, type ConfigOptions } from './configuration';
import type { CommandContext } from './context';
import { printedFault } from '../text/printed-messages';
import { readJsonFile, readTextFile } from './input-files';
import { examples } from './usage';
import { setV8ForSync } from './v8-settings';

interface ReadOptions extends ConfigOptions {
  readonly catalog?: string;
  readonly state?: string;
}

/** Adds `read`. */
export function addRead(program: Command, context: CommandContext): void {
  const command = program
    .command('read')
    .description('print the records that are new since the state')
    .option('--config <file>', 'configuration (JSON)')
    .option(
      '--catalog <file>',
      'configured catalog (JSON): which streams, and how; test_files/incremental_configured_catalog.json is one',
    )
    .option('--state <file>', 'state of the last sync (JSON)')
    .action((options: ReadOptions) => read(options, context));
  addEnvironmentOption(command);
  examples(command, [
    '--config config.json --catalog configured_catalog.json > messages.jsonl',
    '--config config.json --catalog configured_catalog.json --state state.json',
  ]);
}

async function read(options: ReadOptions, context: CommandContext): Promise<void> {
  setV8ForSync();
  const { emitter, environment, debug, write } = context;
  const config = configOf(options, context);
  const catalog = readJsonFile('--catalog', options.catalog);
  const { state, warning } = stateOf(options.state);
  warnOfUnknownKeys(config, emitter);
  const { BitbucketSource } = await import('../source.js');
  const { streams } = await import('../streams/index.js');
  const { isNoState } = await import('../sync/saved-states.js');
  const names = streams.map(({ name }) => name);
  const reading = new BitbucketSource(environment(), debug).start(config, catalog, state, write);
  context.beforeEnd(reading.flush);
  if (warning !== null) emitter.log('WARN', warning);
  else if (isNoState(state, names))
    emitter.log(
      'WARN',
      '--state holds no state of a stream, so everything is read anew: give the file that the last sync wrote, or leave --state out.',
    );
  if (await reading.done) return context.exitWith(0);
  context.tellAside('Not every stream was read to its end: the messages of type TRACE say why.');
  context.exitWith(1);
}

/** The state in a file, and what is worth a warning about it. @throws ConfigError */
function stateOf(file: string | undefined): { state: unknown; warning: string | null } {
  if (file === undefined) return { state: null, warning: null };
  const text = readTextFile('--state', file);
  const state = parseStateText(text);
  const fault = printedFault('--state', file, text);
  return { state, warning: fault === null ? stateWarning(state) : `${fault} Everything is read anew.` };
}

import { shellWord } from '../text/shell';
import { DEFAULT_DATABASE, type SyncOptions } from './options';

/** How a person calls `sync`. */
export interface Call {
  readonly program: string;
  readonly config: string;
  readonly database: string;
}

/** The call of which these are the options. */
export function callOf({ program = 'bin/main', config, database = DEFAULT_DATABASE }: SyncOptions): Call {
  return { program, config, database };
}

/** The command that syncs into this file, to be copied. @param streams what is read from then on; null: what the file has */
export function syncCommand({ program, config, database }: Call, streams: string | null = null): string {
  return [
    `${program} sync --config ${shellWord(config)}`,
    ...(database === DEFAULT_DATABASE ? [] : [`--database ${shellWord(database)}`]),
    ...(streams === null ? [] : [`--streams ${streams}`]),
  ].join(' ');
}

/** These streams as a word of `--streams`; many are one text in quotes, which can be broken between the names. */
export function streamsWord(names: readonly string[], available: readonly string[]): string {
  if (available.every((name) => names.includes(name))) return 'all';
  return names.length <= 3 ? names.join(',') : `"${names.join(', ')}"`;
}

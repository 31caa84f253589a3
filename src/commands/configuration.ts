import { type Command, Option } from 'commander';
import { type Config, parseConfig } from '../config/config';
import { fromEnvironment } from '../config/from-environment';
import { readSpec } from '../config/spec';
import { isLostFilter, unknownFields, unknownKeys } from '../config/unknown-keys';
import { printableLine } from '../text/terminal';
import type { CommandContext } from './context';

/** The options that say where the configuration comes from. */
export interface ConfigOptions {
  readonly config?: string;
  readonly expandEnvironment?: boolean;
}

/** `sync` runs `read` for a person: what that person's configuration takes from the environment, it may take too. */
export function addEnvironmentOption(command: Command): void {
  command.addOption(new Option('--expand-environment', 'replace ${BITBUCKET_…} in the configuration').hideHelp());
}

/** The configuration of a command that a platform starts: as it is in the file, unless `sync` says otherwise. @throws ConfigError */
export function configOf({ config, expandEnvironment }: ConfigOptions, { readConfig, variables }: CommandContext): unknown {
  const raw = readConfig(config);
  return expandEnvironment === true ? fromEnvironment(raw, variables) : raw;
}

/** The configuration of a command that a person starts, raw: `${BITBUCKET_TOKEN}` comes from the environment. @throws ConfigError */
export function personalConfigOf(file: string | undefined, context: CommandContext): unknown {
  return configOf({ ...(file !== undefined && { config: file }), expandEnvironment: true }, context);
}

/** The same, parsed. @throws ConfigError */
export function parsedConfigOf(file: string | undefined, context: CommandContext): Config {
  return parseConfig(personalConfigOf(file, context), readSpec().connectionSpecification);
}

/** A configuration, and what in it nobody reads: worth a warning, since something else was meant. */
export interface ExaminedConfig {
  readonly config: Config;
  readonly warnings: readonly string[];
  /** Whether one of them was probably a filter: without it there is more than somebody wants. */
  readonly lacksFilter: boolean;
}

/** The same with what nobody reads in it. @throws ConfigError */
export function examinedConfigOf(file: string | undefined, context: CommandContext): ExaminedConfig {
  return examined(personalConfigOf(file, context));
}

/** A raw one, examined. @throws ConfigError */
export function examined(raw: unknown): ExaminedConfig {
  const { connectionSpecification } = readSpec();
  return {
    config: parseConfig(raw, connectionSpecification),
    warnings: unknownKeys(raw, connectionSpecification).map(printableLine),
    lacksFilter: unknownFields(raw, connectionSpecification).some(isLostFilter),
  };
}

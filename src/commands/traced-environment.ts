import type { Environment } from '../connection/connect';
import { logLine } from '../text/log-line';
import type { CommandContext } from './context';

/**
 * What a command of people depends on of the process; with `--debug` each request is told.
 * @param write where to: beside stdout, which may be JSON, unless a command has a log there
 */
export function tracedEnvironment(context: CommandContext, write: (line: string) => void = context.writeAside): Environment {
  const environment = context.environment();
  if (!context.debug) return environment;
  return { ...environment, onRequest: (line) => write(logLine(environment.now(), 'DEBUG', line)) };
}

import { ConfigError } from './config-error';

/** What stands where a secret should: stars, as a form shows it, or the name of a variable that nobody has put in. @throws ConfigError */
export function refuseStandIn(field: string, value: string): void {
  if (/^\s*\*{3,}\s*$/.test(value))
    throw new ConfigError(`${field} is masked (${'*'.repeat(4)}): paste the secret itself again, as it was when it was made.`);
  if (/^\s*\$\{\w+\}\s*$/.test(value))
    throw new ConfigError(
      `${field} names an environment variable, which only the commands that people start read (sync, doctor, plan …): write the secret itself.`,
    );
}

import { ConfigError } from './config-error';

/** A secret as a form shows it, instead of the secret. @throws ConfigError */
export function refuseMask(field: string, value: string): void {
  if (/^\s*\*{3,}\s*$/.test(value))
    throw new ConfigError(`${field} is masked (${'*'.repeat(4)}): paste the secret itself again, as it was when it was made.`);
}

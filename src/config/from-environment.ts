import { UnreadableInputError } from './config-error';
import { isJson } from './json';

const REFERENCE = /^\$\{(\w+)\}$/;
/** A configuration that came from elsewhere must not be able to send other secrets away. */
const PREFIX = 'BITBUCKET_';

/**
 * A configuration in which each text of the form `${BITBUCKET_TOKEN}` is replaced by that environment variable.
 * @throws UnreadableInputError where the variable is not set, or its name does not begin with `BITBUCKET_`
 */
export function fromEnvironment(raw: unknown, variables: Readonly<Record<string, string | undefined>>, field = ''): unknown {
  if (typeof raw === 'string') return resolve(raw, variables, field);
  if (Array.isArray(raw)) return raw.map((item, index) => fromEnvironment(item, variables, `${field}[${index}]`));
  if (!isJson(raw)) return raw;
  const entries = Object.entries(raw).map(([name, value]) => [
    name,
    fromEnvironment(value, variables, field === '' ? name : `${field}.${name}`),
  ]);
  return Object.fromEntries(entries) as unknown;
}

function resolve(text: string, variables: Readonly<Record<string, string | undefined>>, field: string): string {
  const name = REFERENCE.exec(text.trim())?.[1];
  if (name === undefined) return text;
  if (!name.startsWith(PREFIX))
    throw new UnreadableInputError(
      `${field} names the environment variable ${name}: only those that begin with ${PREFIX} are read.`,
    );
  const value = variables[name];
  if (value === undefined || value === '')
    throw new UnreadableInputError(`${field} names the environment variable ${name}, which is not set: export ${name} first.`);
  return value;
}

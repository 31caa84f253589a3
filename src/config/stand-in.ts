import { ConfigError } from './config-error';
import { isJson, type Json } from './json';

const REFERENCE = /\$\{\w+\}/g;
const REFERENCE_ALONE = /^\s*\$\{\w+\}\s*$/;

/** What stands where a secret should: stars, as a form shows it, or the name of a variable that nobody has put in. @throws ConfigError */
export function refuseStandIn(field: string, value: string): void {
  if (/^\s*\*{3,}\s*$/.test(value))
    throw new ConfigError(`${field} is masked (${'*'.repeat(4)}): paste the secret itself again, as it was when it was made.`);
  refuseReferences(value, field);
}

/** A variable that nobody has put in, in a field or in what stands in it; what a list holds may look like one. @throws ConfigError */
export function refuseReferences(value: unknown, field: string): void {
  if (isJson(value)) for (const [name, item] of Object.entries(value)) refuseReferences(item, `${field}.${name}`);
  if (typeof value === 'string' && REFERENCE_ALONE.test(value)) throw notLookedUp(field);
}

/** The same for a text in which nothing else looks like a variable: also as a part of it. @throws ConfigError */
export function refuseAnyReference(value: unknown, field: string): void {
  if (typeof value === 'string' && value.search(REFERENCE) >= 0) throw notLookedUp(field);
}

function notLookedUp(field: string): ConfigError {
  return new ConfigError(
    `${field} names an environment variable, which is not looked up here: write the value itself. Variables are looked up in the configuration file alone, where one that begins with BITBUCKET_ is the whole value, by the commands that people start (sync, doctor, plan …), not by those that platforms start (check, discover, read).`,
  );
}

/**
 * A configuration with some word in place of each login and secret that names a variable: whoever sends nothing needs none of them.
 * @param schema `connectionSpecification` of `spec.json`, which says what is secret
 */
export function withoutReferences(raw: unknown, schema: Json): unknown {
  if (!isJson(raw)) return raw;
  const properties = isJson(schema.properties) ? schema.properties : {};
  const isSecret = (name: string) =>
    name === 'credentials' || (isJson(properties[name]) && properties[name].airbyte_secret === true);
  return Object.fromEntries(Object.entries(raw).map(([name, value]) => [name, isSecret(name) ? filledIn(value) : value]));
}

function filledIn(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(REFERENCE, 'stand-in');
  return isJson(value) ? Object.fromEntries(Object.entries(value).map(([name, text]) => [name, filledIn(text)])) : value;
}

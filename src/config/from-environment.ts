import { UnreadableInputError } from './config-error';
import { isJson } from './json';
import { mapTokens } from './tokens';

const REFERENCE = /^\$\{(\w+)\}$/;
/** A configuration that came from elsewhere must not be able to send other secrets away. */
const PREFIX = 'BITBUCKET_';
/** As a shell would take it, too; here it needs braces. */
const BARE = /^\$(BITBUCKET_\w+)$/;
/** One of ours within other text; what else looks like a variable may be a part of a password. */
const PART = /\$\{(BITBUCKET_\w*)/;
/** The field whose text is a list. */
const LIST = 'additional_tokens';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * A configuration in which each text of the form `${BITBUCKET_TOKEN}` is replaced by that environment variable; in `additional_tokens` each
 * token of that form. Comments (names that begin with `_`) stay as they are.
 * @throws UnreadableInputError where the variable is not set, its name does not begin with `BITBUCKET_`, it has no braces, or
 * it is a part of a value
 */
export function fromEnvironment(raw: unknown, variables: Variables, field = ''): unknown {
  if (typeof raw === 'string')
    return field === LIST ? mapTokens(raw, (token) => resolve(token, variables, field)) : resolve(raw, variables, field);
  if (Array.isArray(raw)) return raw.map((item, index) => fromEnvironment(item, variables, `${field}[${index}]`));
  if (!isJson(raw)) return raw;
  const entries = Object.entries(raw).map(([name, value]) => [
    name,
    name.startsWith('_') ? value : fromEnvironment(value, variables, field === '' ? name : `${field}.${name}`),
  ]);
  return Object.fromEntries(entries) as unknown;
}

function resolve(text: string, variables: Variables, field: string): string {
  const name = REFERENCE.exec(text.trim())?.[1];
  if (name === undefined) return withoutParts(text, field);
  if (!name.startsWith(PREFIX))
    throw new UnreadableInputError(
      `${field} names the environment variable ${name}: only those that begin with ${PREFIX} are read.`,
    );
  const value = variables[name];
  if (value === undefined || value === '')
    throw new UnreadableInputError(
      `${field} names the environment variable ${name}, which is ${value === undefined ? 'not set' : 'empty'}: export ${name} with its value first.`,
    );
  return value;
}

/** As it is, if no variable stands in it, which somebody expects to be put in. */
function withoutParts(text: string, field: string): string {
  const bare = BARE.exec(text.trim())?.[1];
  if (bare !== undefined)
    throw new UnreadableInputError(`${field} names the environment variable ${bare} without braces: write "\${${bare}}".`);
  const name = PART.exec(text)?.[1];
  if (name === undefined) return text;
  const whole = field === LIST ? 'a whole token between commas' : 'the whole value';
  throw new UnreadableInputError(
    `${field} has the environment variable ${name} within other text, but a variable must be ${whole}: write "\${${name}}" alone, and put the rest into the variable.`,
  );
}

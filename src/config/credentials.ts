import { ConfigError } from './config-error';
import { refuseStandIn } from './stand-in';
import { tokensIn } from './tokens';

/** How the connector logs in: HTTP Basic, or a token sent as Bearer. */
export type Credentials =
  | { readonly type: 'basic'; readonly username: string; readonly password: string }
  | { readonly type: 'token'; readonly token: string };

/** What the configuration says of the login: the login itself, or that the logins are those of the credential store. */
export type ConfiguredCredentials = Credentials | { readonly type: 'store' };

const EXPECTED =
  '{"auth_type": "token", "token": …}, {"auth_type": "basic", "username": …, "password": …} or {"auth_type": "store"}';
const FIELDS: Readonly<Record<string, readonly string[]>> = { basic: ['username', 'password'], token: ['token'], store: [] };

/** Says which login, and what of it, is missing, where a oneOf tells a person little. @throws ConfigError */
export function requireCredentials(credentials: unknown): void {
  if (typeof credentials !== 'object' || credentials === null || Array.isArray(credentials)) {
    throw new ConfigError(`credentials ${credentials === undefined ? 'is missing' : 'must be an object'}: write ${EXPECTED}.`);
  }
  const given = credentials as Readonly<Record<string, unknown>>;
  const type = typeof given.auth_type === 'string' ? given.auth_type : '';
  if (!Object.hasOwn(FIELDS, type)) {
    throw new ConfigError(`credentials.auth_type must be "basic", "token" or "store": write ${EXPECTED}.`);
  }
  for (const field of FIELDS[type] ?? []) {
    const value = given[field];
    if (typeof value !== 'string' || value.trim() === '') {
      throw new ConfigError(`credentials.${field} must be a text that is not empty: write ${EXPECTED}.`);
    }
    if (field !== 'username') refuseStandIn(`credentials.${field}`, value);
  }
}

/** What `credentials` says, once {@link requireCredentials} and the spec have passed it. @throws ConfigError */
export function parseCredentials(raw: Readonly<Record<string, string>>): ConfiguredCredentials {
  if (raw.auth_type === 'store') return { type: 'store' };
  if (raw.auth_type === 'basic') return { type: 'basic', username: (raw.username ?? '').trim(), password: raw.password ?? '' };
  return { type: 'token', token: headerSafe('credentials.token', (raw.token ?? '').trim()) };
}

/** The tokens of `additional_tokens`, each once; blanks around them are no part of them. @throws ConfigError */
export function parseTokens(field: string, text: string): string[] {
  const tokens = tokensIn(text);
  if (tokens.length === 0)
    throw new ConfigError(`${field} holds no token: write access tokens, separated by commas or line ends.`);
  return tokens.map((token, index) => {
    refuseStandIn(field, token);
    return headerSafe(`${field}, token ${index + 1},`, token);
  });
}

/** @throws ConfigError where the token could not be sent in a header */
export function headerSafe(field: string, token: string): string {
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new ConfigError(`${field} holds a space, a line break or another character that no token has: paste it again, alone.`);
  }
  return token;
}

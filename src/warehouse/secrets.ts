import { isObject } from './messages';

const SECRET_NAME = /passw|token|secret|private_key|api_?key/i;
const PASSWORD_IN_URL = /\/\/[^/@\s:]*:([^/@\s]+)@/;
const SHORTEST = 3;

/**
 * A function that replaces the secrets of a configuration by `****` in whatever a person is about to read: a second line
 * of defence, for the connector does not print them either. Secrets are known by the names of their fields.
 */
export function secretMask(config: unknown, more: readonly string[] = []): (text: string) => string {
  const secrets = [...secretsIn(config), ...more]
    .filter((secret) => secret.length >= SHORTEST)
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
    .sort((a, b) => b.length - a.length);
  return (text) => secrets.reduce((masked, secret) => masked.replaceAll(secret, '****'), text);
}

function secretsIn(value: unknown, name = ''): string[] {
  if (typeof value === 'string') {
    const password = PASSWORD_IN_URL.exec(value)?.[1];
    return [...(SECRET_NAME.test(name) ? [value] : []), ...(password === undefined ? [] : [password, decoded(password)])];
  }
  if (Array.isArray(value)) return value.flatMap((item) => secretsIn(item, name));
  return isObject(value) ? Object.entries(value).flatMap(([key, member]) => secretsIn(member, key)) : [];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

import { headerSafe } from '../config/credentials';
import { refuseStandIn } from '../config/stand-in';
import { CredentialsError } from './credentials-error';
import { parseExpirationDate } from './expiration';
import type { Secret } from './store';

/** The names of a request's fields below `settings` and `secrets`. */
export const USERNAME = 'bitbucket_data_center_username';
const PASSWORD = 'bitbucket_data_center_password';
const TOKEN = 'bitbucket_data_center_token';
/** What the answers call the kind of a credential; a request may say it, too. */
export const TYPE = 'bitbucket_data_center';

const MAX_LABEL = 200;
const MAX_USERNAME = 255;
const MAX_SECRET = 8192;

/** What a request says of a credential; undefined: left out, null: to be emptied. */
export interface CredentialRequest {
  readonly label?: string | null;
  readonly username?: string | null;
  readonly secret?: Secret;
  readonly expirationDate?: string | null;
}

/** @throws CredentialsError `invalid_json` */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    // The parser's own message quotes the text.
    throw CredentialsError.of('invalid_json', `The request is not JSON: write an object such as ${EXAMPLE}.`);
  }
}

const EXAMPLE = `{"label": …, "settings": {"${USERNAME}": …}, "secrets": {"${PASSWORD}": …}}`;

/** The `id` of a request. @throws CredentialsError `invalid_request` */
export function parseId(raw: unknown): number {
  const { id } = objectOf(raw, 'The request');
  if (id === undefined) throw invalid('id is missing: write the number that create answered, or that list shows.');
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 1)
    throw invalid('id must be a whole number from 1 on, as create answered it, not in quotation marks.');
  return id;
}

/**
 * Reads what a request says of a credential.
 * @param fields the names that it may have at its top
 * @throws CredentialsError `invalid_request`, which names the field and never repeats its value
 */
export function parseCredential(raw: unknown, fields: readonly string[]): CredentialRequest {
  const request = objectOf(raw, 'The request');
  onlyKnown(request, [...fields, 'type', 'label', 'settings', 'secrets', 'expiration_date'], '');
  if (request.type !== undefined && request.type !== TYPE) throw invalid(`type must be "${TYPE}", or left out.`);
  const settings = request.settings === undefined ? {} : objectOf(request.settings, 'settings');
  onlyKnown(settings, [USERNAME], 'settings.');
  return {
    ...given('label', request.label, (label) => line('label', label, MAX_LABEL)),
    ...given('username', settings[USERNAME], parseUsername),
    ...given('expirationDate', request.expiration_date, parseDate),
    ...(request.secrets === undefined ? {} : secretOf(objectOf(request.secrets, 'secrets'))),
  };
}

/** A credential is complete with a token, or with a user name and a password. @throws CredentialsError `invalid_request` */
export function requireLogin(username: string | null | undefined, secret: Secret | null | undefined): asserts secret is Secret {
  if (secret === undefined || secret === null)
    throw invalid(`secrets.${TOKEN} is missing: write an access token, or secrets.${PASSWORD} with settings.${USERNAME}.`);
  if (secret.kind === 'password' && (username ?? null) === null)
    throw invalid(`settings.${USERNAME} is missing: a password needs the user name of its account.`);
}

function secretOf(secrets: Readonly<Record<string, unknown>>): { secret?: Secret } {
  onlyKnown(secrets, [PASSWORD, TOKEN], 'secrets.');
  const { [PASSWORD]: password, [TOKEN]: token } = secrets;
  if (password !== undefined && token !== undefined)
    throw invalid(`secrets.${PASSWORD} and secrets.${TOKEN} exclude each other: a credential is one login. Write one of them.`);
  if (password !== undefined) return { secret: { kind: 'password', value: secretText(`secrets.${PASSWORD}`, password) } };
  if (token === undefined) return {};
  const field = `secrets.${TOKEN}`;
  const value = secretText(field, token).trim();
  return { secret: { kind: 'token', value: asRequest(() => headerSafe(field, value)) } };
}

function secretText(field: string, value: unknown): string {
  if (typeof value !== 'string' || value.trim() === '') throw invalid(`${field} must be a text that is not empty.`);
  if (value.length > MAX_SECRET) throw invalid(`${field} is longer than ${MAX_SECRET} characters.`);
  asRequest(() => refuseStandIn(field, value));
  return value;
}

function parseUsername(value: unknown): string {
  const field = `settings.${USERNAME}`;
  const username = line(field, value, MAX_USERNAME);
  if (username.includes(':')) throw invalid(`${field} holds a colon, which no user name has that logs in over HTTP.`);
  return username;
}

function parseDate(value: unknown): string {
  const date = typeof value === 'string' ? parseExpirationDate(value) : null;
  if (date === null)
    throw invalid('expiration_date is not a date: write something like 2027-01-31 or 2027-01-31T12:00:00Z, or null.');
  return date;
}

/** One line of text, without what terminals and databases take amiss. */
function line(field: string, value: unknown, longest: number): string {
  if (typeof value !== 'string' || value.trim() === '') throw invalid(`${field} must be a text that is not empty.`);
  if (value.length > longest) throw invalid(`${field} is longer than ${longest} characters.`);
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(value))
    throw invalid(`${field} holds a line break or another control character: write it in one line of plain text.`);
  return value.trim();
}

/** A field that is left out stays out; null empties it. */
function given<K extends string>(name: K, value: unknown, parse: (value: unknown) => string): Partial<Record<K, string | null>> {
  if (value === undefined) return {};
  return { [name]: value === null ? null : parse(value) } as Partial<Record<K, string | null>>;
}

function onlyKnown(object: Readonly<Record<string, unknown>>, names: readonly string[], before: string): void {
  const unknown = Object.keys(object).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const shown = /^[\w.-]{1,60}$/.test(unknown)
    ? before + unknown
    : `a field of ${before === '' ? 'the request' : before.slice(0, -1)}`;
  throw invalid(`${shown} is not known here: write one of ${names.map((name) => before + name).join(', ')}.`);
}

function objectOf(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(`${field} must be an object such as ${EXAMPLE}.`);
  return value as Record<string, unknown>;
}

/** What is wrong with a secret of the configuration is wrong with it here. */
function asRequest<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error));
  }
}

function invalid(message: string): CredentialsError {
  return CredentialsError.of('invalid_request', message);
}

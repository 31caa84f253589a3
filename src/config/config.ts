import { X509Certificate } from 'node:crypto';
import Ajv, { type ErrorObject } from 'ajv';
import { type Filters, parseProjectPattern, parseRepositoryPattern } from './filters';

/** The configuration as the rest of the connector knows it: validated, defaulted, normalised. */
export interface Config {
  /** Base URL without a trailing slash, context path included: `https://git.example.com/bitbucket`. */
  readonly serverUrl: string;
  readonly credentials: Credentials;
  readonly filters: Filters;
  /** Pull requests last updated before this instant (epoch milliseconds) are not read; null: all are. */
  readonly startDate: number | null;
  readonly lookbackDays: number;
  readonly recheckHours: number;
  readonly maxConcurrency: number;
  /** Requests per second at most; null: no ceiling. */
  readonly requestsPerSecond: number | null;
  readonly requestTimeoutMs: number;
  /** PEM; trusted in addition to Node's own roots. */
  readonly caCertificate: string | null;
  readonly verifyTls: boolean;
  readonly shardIndex: number;
  readonly shardCount: number;
  /** What webhooks sign with; null: none is configured. */
  readonly webhookSecret: string | null;
  /** Accepted too while secrets are rotated. */
  readonly webhookSecretPrevious: string | null;
  /** A folder or a `postgres://` URL where events leave their marks; null: no webhooks. */
  readonly webhookInbox: string | null;
  /** Repositories whose webhook works are walked this often. */
  readonly fullWalkHours: number;
}

/** How the connector logs in: HTTP Basic, or a token sent as Bearer. */
export type Credentials =
  | { readonly type: 'basic'; readonly username: string; readonly password: string }
  | { readonly type: 'token'; readonly token: string };

/** The configuration breaks the spec; the message names the field and what to write instead, never a value that may be secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Turns untyped JSON into a {@link Config}: the only door from the outside world.
 * @param raw the content of the config file
 * @param schema `connectionSpecification` of `spec.json`
 * @throws ConfigError
 */
export function parseConfig(raw: unknown, schema: object): Config {
  if (!isObject(raw)) {
    throw new ConfigError(
      'The configuration must be a JSON object such as {"server_url": "https://git.example.com", "credentials": {…}}.',
    );
  }
  const input = withoutEmptyValues(raw);
  requireCredentials(input.credentials);
  validate(input, schema);
  const text = (name: string) => input[name] as string;
  const number = (name: string, otherwise: number) => (input[name] as number | undefined) ?? otherwise;
  const boolean = (name: string, otherwise: boolean) => (input[name] as boolean | undefined) ?? otherwise;
  const shardCount = number('shard_count', 1);
  const shardIndex = number('shard_index', 0);
  if (shardIndex >= shardCount) {
    throw new ConfigError(
      `shard_index is ${shardIndex}, but shard_count is ${shardCount}: write an index from 0 to ${shardCount - 1}.`,
    );
  }
  return {
    serverUrl: parseServerUrl(text('server_url')),
    credentials: parseCredentials(input.credentials as Record<string, string>),
    filters: {
      projects: list(input.projects).map((text, index) => orConfigError(`projects[${index}]`, () => parseProjectPattern(text))),
      repositories: list(input.repositories).map((text, index) =>
        orConfigError(`repositories[${index}]`, () => parseRepositoryPattern(text)),
      ),
      includePersonalProjects: boolean('include_personal_projects', false),
      includeArchived: boolean('include_archived', true),
    },
    startDate: input.start_date === undefined ? null : parseStartDate(text('start_date')),
    lookbackDays: number('lookback_days', 14),
    recheckHours: number('recheck_hours', 24),
    maxConcurrency: number('max_concurrency', 8),
    requestsPerSecond: (input.requests_per_second as number | undefined) ?? null,
    requestTimeoutMs: number('request_timeout_seconds', 60) * 1000,
    caCertificate: input.ca_certificate === undefined ? null : parseCertificate(text('ca_certificate')),
    verifyTls: boolean('verify_tls', true),
    shardIndex,
    shardCount,
    webhookSecret: parseSecret(input, 'webhook_secret'),
    webhookSecretPrevious: parseSecret(input, 'webhook_secret_previous'),
    webhookInbox: input.webhook_inbox === undefined ? null : parseInbox(text('webhook_inbox').trim()),
    fullWalkHours: number('full_walk_hours', 6),
  };
}

/** Each secret of a configuration, raw or parsed, so that outputs can be cleaned of it; nothing is assumed about the shape. */
export function secretsOf(raw: unknown): string[] {
  const credentials = isObject(raw) && isObject(raw.credentials) ? raw.credentials : {};
  const { username, password, token } = credentials;
  const { webhook_secret, webhook_secret_previous, webhook_inbox, webhookSecret, webhookSecretPrevious, webhookInbox } = isObject(
    raw,
  )
    ? raw
    : {};
  const ofWebhooks = [
    webhook_secret,
    webhook_secret_previous,
    webhookSecret,
    webhookSecretPrevious,
    ...passwordsInUrl(webhook_inbox ?? webhookInbox),
  ];
  const secrets = [password, token, ...ofWebhooks].filter(
    (secret): secret is string => typeof secret === 'string' && secret !== '',
  );
  if (typeof password === 'string' && password !== '') {
    secrets.push(Buffer.from(`${typeof username === 'string' ? username : ''}:${password}`).toString('base64'));
  }
  return secrets;
}

/** The passwords of a `postgres://` URL: as they are written in it, and as they were before they were encoded. */
export function passwordsInUrl(url: unknown): string[] {
  if (typeof url !== 'string' || !URL.canParse(url)) return [];
  const { password, searchParams } = new URL(url);
  const passwords = [password, ...searchParams.getAll('password'), ...searchParams.getAll('sslpassword')];
  try {
    return [...passwords, decodeURIComponent(password)];
  } catch {
    return passwords;
  }
}

/** Forms leave optional fields as null or an empty text: both mean "not given". */
function withoutEmptyValues(raw: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== null && value !== ''));
}

/** A oneOf tells a person little: which login, and what of it is missing, is said here. */
function requireCredentials(credentials: unknown): void {
  const expected = '{"auth_type": "basic", "username": …, "password": …} or {"auth_type": "token", "token": …}';
  if (!isObject(credentials)) {
    throw new ConfigError(`credentials ${credentials === undefined ? 'is missing' : 'must be an object'}: write ${expected}.`);
  }
  const { auth_type: type } = credentials;
  const fields = type === 'basic' ? ['username', 'password'] : type === 'token' ? ['token'] : null;
  if (fields === null) {
    throw new ConfigError(`credentials.auth_type must be "basic" or "token": write ${expected}.`);
  }
  for (const field of fields) {
    const value = credentials[field];
    if (typeof value !== 'string' || value.trim() === '') {
      throw new ConfigError(`credentials.${field} must be a text that is not empty: write ${expected}.`);
    }
  }
}

function validate(input: Record<string, unknown>, schema: object): void {
  const check = new Ajv({ strict: false, allErrors: false, validateFormats: false, verbose: true }).compile(schema);
  if (!check(input)) {
    throw new ConfigError(describe(check.errors?.[0]));
  }
}

/** One sentence from one ajv error: the field, and what is expected there; never the value. */
function describe(error: ErrorObject | undefined): string {
  if (error === undefined) return 'The configuration does not fit the spec.';
  const field = error.instancePath.slice(1).replaceAll('/', '.');
  const where = field === '' ? 'The configuration' : field;
  const parent = error.parentSchema as { pattern_descriptor?: string; examples?: unknown[]; type?: unknown } | undefined;
  switch (error.keyword) {
    case 'required':
      return `${[field, String(error.params.missingProperty)].filter(Boolean).join('.')} is missing: it is required.`;
    case 'pattern':
      return `${where} is not written as expected: write ${parent?.pattern_descriptor ?? `something like ${String(parent?.examples?.[0])}`}.`;
    case 'type':
      return `${where} must be of type ${String(error.params.type)}${parent?.examples ? `, for example ${JSON.stringify(parent.examples[0])}` : ''}.`;
    default:
      return `${where} ${error.message ?? 'is not as the spec wants it'}.`;
  }
}

function parseServerUrl(text: string): string {
  const example = 'write something like https://git.example.com or https://git.example.com/bitbucket';
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    throw new ConfigError(`server_url is not a URL: ${example}.`);
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new ConfigError(`server_url must begin with https:// (or http://): ${example}.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new ConfigError('server_url must not contain a user name or password: write them into credentials.');
  }
  return url.origin + url.pathname.replace(/\/(?:rest(?:\/api(?:\/.*)?)?|projects(?:\/.*)?)?\/*$/, '').replace(/\/+$/, '');
}

function parseCredentials(raw: Record<string, string>): Credentials {
  return raw.auth_type === 'basic'
    ? { type: 'basic', username: (raw.username ?? '').trim(), password: raw.password ?? '' }
    : { type: 'token', token: headerSafe((raw.token ?? '').trim()) };
}

function headerSafe(token: string): string {
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new ConfigError(
      'credentials.token holds a space, a line break or another character that no token has: paste it again, alone.',
    );
  }
  return token;
}

/** What is blank would let in whoever knows that. */
function parseSecret(input: Record<string, unknown>, field: string): string | null {
  const secret = input[field] as string | undefined;
  if (secret?.trim() === '')
    throw new ConfigError(`${field} is blank: write a secret of your own making, such as openssl rand -hex 32 prints.`);
  return secret ?? null;
}

/** A folder, or a URL of PostgreSQL; whatever else looks like a URL was meant as one, and may hold a password. */
function parseInbox(place: string): string {
  const expected = 'write a folder such as /data/webhook-inbox, or postgres://user:password@host/database';
  if (place === '') throw new ConfigError(`webhook_inbox is blank: ${expected}.`);
  if (/^postgres(?:ql)?:\/\//i.test(place)) {
    const url = URL.canParse(place) ? new URL(place) : null;
    if (url === null || url.hash !== '' || url.pathname.includes('@')) {
      throw new ConfigError(
        'webhook_inbox is not a URL: what is neither letter nor digit in its user name and password must be percent-encoded, such as %2F for a slash.',
      );
    }
  } else if (/^[a-z][a-z\d+.-]+:|:\/\/|:.*@|^[^/.\\].*@/i.test(place)) {
    throw new ConfigError(`webhook_inbox is neither a folder nor a URL that begins with postgres://: ${expected}.`);
  }
  return place;
}

function parseStartDate(text: string): number {
  const match = /^(\d{4})-(\d{2})-(\d{2})(?:T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?)?$/.exec(text.trim());
  const hasTime = text.includes('T');
  const hasZone = /(?:Z|[+-]\d{2}:?\d{2})$/.test(text.trim());
  const instant = match ? Date.parse(text.trim() + (hasTime && !hasZone ? 'Z' : '')) : NaN;
  // Date.parse turns 2024-02-31 into the 2nd of March.
  const [year, month, day] = match ? match.slice(1).map(Number) : [];
  const real = year !== undefined && new Date(Date.UTC(year, (month ?? 0) - 1, day)).getUTCDate() === day;
  if (Number.isNaN(instant) || !real) {
    throw new ConfigError('start_date is not a date: write something like 2024-01-01 or 2024-01-01T00:00:00Z.');
  }
  return instant;
}

/** PEM again, whatever forms and shells have made of its line breaks. */
function parseCertificate(text: string): string {
  const blocks = [
    ...text.replaceAll('\\n', '\n').matchAll(/-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----([\s\S]+?)-----END \1-----/g),
  ];
  const whole = 'paste the text from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----, both lines included';
  if (blocks.length === 0) throw new ConfigError(`ca_certificate is not a PEM certificate: ${whole}.`);
  return blocks
    .map(([, label = '', content = ''], index) => {
      const lines = content.replace(/\s+/g, '').match(/.{1,64}/g) ?? [];
      const pem = [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
      if (!isCertificate(pem))
        throw new ConfigError(`ca_certificate: certificate ${index + 1} of ${blocks.length} is damaged: ${whole}.`);
      return pem;
    })
    .join('');
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

function orConfigError<T>(field: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new ConfigError(`${field} ${(error as Error).message}`);
  }
}

function list(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

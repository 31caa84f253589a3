import { X509Certificate } from 'node:crypto';
import type { ErrorObject } from 'ajv';
import { validateConfig } from '../generated/validate-config';
import { type BranchPattern, type DeploymentPattern, parseBranchPattern, parseDeploymentPattern } from './build-patterns';
import { ConfigError } from './config-error';
import { type ConfiguredCredentials, parseCredentials, parseTokens, requireCredentials } from './credentials';
import { refuseAnyReference, refuseReferences, refuseStandIn } from './stand-in';
import { parsePlace } from './place';
import { type Filters, parseProjectPattern, parseRepositoryPattern } from './filters';
import { unknownKeys } from './unknown-keys';

export { ConfigError } from './config-error';
export type { Credentials } from './credentials';
export { passwordsInUrl, secretsOf } from './secrets';

/** The configuration as the rest of the connector knows it: validated, defaulted, normalised. */
export interface Config {
  /** Base URL without a trailing slash, context path included: `https://git.example.com/bitbucket`. */
  readonly serverUrl: string;
  readonly credentials: ConfiguredCredentials;
  /** Access tokens beside `credentials`. */
  readonly additionalTokens: readonly string[];
  /** A folder or a `postgres://` URL that holds further credentials; null: there is none. */
  readonly credentialStore: string | null;
  /** What the store is encrypted with, unless the environment names a key; null: not configured. */
  readonly credentialStoreKey: string | null;
  readonly filters: Filters;
  /** Pull requests last updated before this instant (epoch milliseconds) are not read; null: all are. */
  readonly startDate: number | null;
  readonly lookbackDays: number;
  readonly recheckHours: number;
  readonly maxConcurrency: number;
  /** Requests per second at most; null: no ceiling. */
  readonly requestsPerSecond: number | null;
  readonly requestTimeoutMs: number;
  /** False: a single thing that cannot be read is warned of, and does not fail the sync. */
  readonly failOnUnreadable: boolean;
  /** Branches whose commits and builds are read beside the default branch of each repository. */
  readonly branches: readonly BranchPattern[];
  /** Number, ref, duration and test results of builds are read, too. */
  readonly buildDetails: boolean;
  /** The first that fits a build's key or name says where that build deploys to. */
  readonly deploymentBuilds: readonly DeploymentPattern[];
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
  /** Where webhooks send to, path included; null: as `webhooks ensure` noted it in the inbox. */
  readonly webhookUrl: string | null;
  /** Repositories whose webhook works are walked this often. */
  readonly fullWalkHours: number;
}

/**
 * Turns untyped JSON into a {@link Config}: the only door from the outside world.
 * @param raw the content of the config file
 * @param schema `connectionSpecification` of `spec.json`
 * @throws ConfigError that also names the fields that nobody reads: what is missing was often written under another name
 */
export function parseConfig(raw: unknown, schema: object): Config {
  try {
    return parse(raw, schema);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const more = [...otherFaults(raw, schema, error.message), ...unknownKeys(raw, schema)];
    if (more.length === 0) throw error;
    throw new ConfigError([error.message, ...more].join(' '), error.command, error.line);
  }
}

/** A configuration to which nothing is to be objected, in which one field at a time is tried. */
const FAULTLESS = { server_url: 'https://git.example.com', credentials: { auth_type: 'token', token: 'of-nobody' } };
/** Fields that are right or wrong together. */
const TOGETHER = [
  ['credentials', 'credential_store'],
  ['shard_index', 'shard_count'],
];

/** What else is wrong, field by field, so that all of it can be put right at once. */
function otherFaults(raw: unknown, schema: object, first: string): string[] {
  if (!isObject(raw)) return [];
  const fields = Object.keys({ ...FAULTLESS, ...withoutEmptyValues(raw) });
  const groups = fields.map((field) => TOGETHER.find((group) => group.includes(field)) ?? [field]);
  const faults = new Set<string>();
  for (const group of groups) {
    const tried = Object.fromEntries(group.map((field) => [field, raw[field]]));
    try {
      parse({ ...FAULTLESS, ...tried }, schema);
    } catch (error) {
      if (error instanceof ConfigError) faults.add(error.message);
    }
  }
  faults.delete(first);
  return [...faults];
}

function parse(raw: unknown, schema: object): Config {
  if (!isObject(raw)) {
    throw new ConfigError(
      'The configuration must be a JSON object such as {"server_url": "https://git.example.com", "credentials": {…}}.',
    );
  }
  const input = withoutEmptyValues(raw);
  requireCredentials(input.credentials);
  // Before the spec, which would only say that they are not written as expected.
  for (const name of ['server_url', 'start_date', 'webhook_url']) refuseAnyReference(input[name], name);
  refuseReferences(input.credentials, 'credentials');
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
    ...parseLogins(input),
    filters: {
      projects: list(input.projects).map((text, index) =>
        orConfigError(`projects[${index}]`, () => parseProjectPattern(String(text))),
      ),
      repositories: list(input.repositories).map((text, index) =>
        orConfigError(`repositories[${index}]`, () => parseRepositoryPattern(String(text))),
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
    failOnUnreadable: boolean('fail_on_unreadable', true),
    branches: list(input.branches).map((text) => parseBranchPattern(String(text))),
    buildDetails: boolean('build_details', false),
    deploymentBuilds: list(input.deployment_builds).map((raw, index) =>
      orConfigError(`deployment_builds[${index}]`, () => parseDeploymentPattern(raw)),
    ),
    caCertificate: input.ca_certificate === undefined ? null : parseCertificate(text('ca_certificate')),
    verifyTls: boolean('verify_tls', true),
    shardIndex,
    shardCount,
    webhookSecret: parseSecret(input, 'webhook_secret'),
    webhookSecretPrevious: parseSecret(input, 'webhook_secret_previous'),
    webhookInbox:
      input.webhook_inbox === undefined
        ? null
        : parsePlace(text('webhook_inbox'), { field: 'webhook_inbox', example: '/data/webhook-inbox' }),
    webhookUrl: input.webhook_url === undefined ? null : parseWebhookUrl(text('webhook_url').trim()),
    fullWalkHours: number('full_walk_hours', 6),
  };
}

/** Forms leave optional fields as null or an empty text: both mean "not given". */
function withoutEmptyValues(raw: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== null && value !== ''));
}

function validate(input: Record<string, unknown>, schema: object): void {
  if (validateConfig(input)) return;
  const [error] = validateConfig.errors ?? [];
  throw new ConfigError(error === undefined ? 'The configuration does not fit the spec.' : describe(error, input, schema));
}

/** What lies at a JSON pointer, which may begin with `#`. */
function at(document: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((within, step) => (within as Record<string, unknown>)[step], document);
}

/** One sentence from one ajv error: the field, and what is expected there; never the value. */
function describe(error: ErrorObject, input: Record<string, unknown>, schema: object): string {
  const field = error.instancePath.slice(1).replaceAll('/', '.');
  const where = field === '' ? 'The configuration' : field;
  const parent = at(schema, error.schemaPath.replace(/\/[^/]*$/, '')) as { pattern_descriptor?: string; examples?: unknown[] };
  switch (error.keyword) {
    case 'required':
      return `${[field, String(error.params.missingProperty)].filter(Boolean).join('.')} is missing: it is required.`;
    case 'pattern':
      return `${where} is not written as expected: write ${parent.pattern_descriptor ?? `something like ${String(parent.examples?.[0])}`}.`;
    case 'type':
      return `${where} must be of type ${String(error.params.type)}${parent.examples ? `, for example ${JSON.stringify(parent.examples[0])}` : wayToWrite(error, at(input, error.instancePath))}.`;
    default:
      return `${where} ${error.message ?? 'is not as the spec wants it'}.`;
  }
}

/** How to write a value of the type that is expected, where it is not plain from an example. */
function wayToWrite({ params }: ErrorObject, data: unknown): string {
  const ways: Readonly<Record<string, string>> = {
    integer: 'a whole number',
    number: 'a number',
    boolean: 'true or false',
    array: 'a list in [ ]',
    object: 'fields in { }',
    string: 'text in quotes',
  };
  const type = String(params.type);
  const isQuoted = typeof data === 'string' && ['integer', 'number', 'boolean'].includes(type);
  return ways[type] === undefined ? '' : `: write ${ways[type]}${isQuoted ? ', without quotes' : ''}`;
}

/** What follows the address of the server in those of its pages and of its API. */
const PAGE = /\/(?:rest(?:\/api(?:\/.*)?)?|projects(?:\/.*)?)?\/*$/;

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
  return url.origin + url.pathname.replace(PAGE, '').replace(/\/+$/, '');
}

/** The logins, and where further ones are. */
function parseLogins(
  input: Record<string, unknown>,
): Pick<Config, 'credentials' | 'additionalTokens' | 'credentialStore' | 'credentialStoreKey'> {
  const credentials = parseCredentials(input.credentials as Record<string, string>);
  const place = input.credential_store as string | undefined;
  if (credentials.type === 'store' && place === undefined)
    throw new ConfigError(
      'credential_store is missing: credentials.auth_type "store" uses the logins that it holds. Write a folder such as /data/credentials, or postgres://user:password@host/database.',
    );
  const tokens = input.additional_tokens as string | undefined;
  const key = input.credential_store_key as string | undefined;
  if (key !== undefined) refuseStandIn('credential_store_key', key);
  if (key?.trim() === '')
    throw new ConfigError('credential_store_key is blank: write 32 bytes in base64, such as openssl rand -base64 32 prints.');
  return {
    credentials,
    additionalTokens: tokens === undefined ? [] : parseTokens('additional_tokens', tokens),
    credentialStore: place === undefined ? null : parsePlace(place, { field: 'credential_store', example: '/data/credentials' }),
    credentialStoreKey: key ?? null,
  };
}

/** What is blank would let in whoever knows that. */
function parseSecret(input: Record<string, unknown>, field: string): string | null {
  const secret = input[field] as string | undefined;
  if (secret?.trim() === '')
    throw new ConfigError(`${field} is blank: write a secret of your own making, such as openssl rand -hex 32 prints.`);
  if (secret !== undefined) refuseStandIn(field, secret);
  return secret ?? null;
}

/** As webhooks are compared with it: without what a URL must not hold. */
function parseWebhookUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.username !== '' || url.password !== '' || url.hash !== '')
    throw new ConfigError(
      'webhook_url is not the URL of a receiver: write it as the webhooks have it, such as https://hooks.example.com/webhooks/bitbucket_data_center.',
    );
  return text;
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

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

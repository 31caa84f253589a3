import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';

/** A JSON Schema node, as far as these tests look into one. */
interface Schema {
  [keyword: string]: unknown;
  type?: string | string[];
  title?: string;
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  oneOf?: Schema[];
  required?: string[];
}

const root = join(__dirname, '..');
const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');
const spec = JSON.parse(read('spec.json')) as Record<string, unknown>;
const configSchema = spec.connectionSpecification as Schema;
const validator = () => addFormats(new Ajv({ strict: false, allErrors: true }));

/** What is promised of the configuration: type and default (undefined: none) of each field, in order. */
const promisedFields: Record<string, [type: string, initial?: unknown]> = {
  server_url: ['string'],
  credentials: ['object'],
  additional_tokens: ['string'],
  credential_store: ['string'],
  credential_store_key: ['string'],
  ca_certificate: ['string'],
  verify_tls: ['boolean', true],
  projects: ['array', []],
  repositories: ['array', []],
  include_personal_projects: ['boolean', false],
  include_archived: ['boolean', true],
  start_date: ['string'],
  branches: ['array', []],
  build_details: ['boolean', false],
  deployment_builds: ['array', []],
  lookback_days: ['integer', 14],
  recheck_hours: ['integer', 24],
  max_concurrency: ['integer', 8],
  requests_per_second: ['number'],
  request_timeout_seconds: ['integer', 60],
  fail_on_unreadable: ['boolean', true],
  shard_index: ['integer', 0],
  shard_count: ['integer', 1],
  webhook_secret: ['string'],
  webhook_secret_previous: ['string'],
  webhook_inbox: ['string'],
  webhook_url: ['string'],
  full_walk_hours: ['number', 6],
};

/** What it promises of the streams: primary key, cursor and all columns in order. */
const promisedStreams: Record<string, { key: string[]; cursor: string; columns: string }> = {
  projects: {
    key: ['id'],
    cursor: 'changed_at',
    columns: 'id, key, name, description, public, type, owner, links, changed_at, deleted_at',
  },
  repositories: {
    key: ['id'],
    cursor: 'changed_at',
    columns:
      'id, slug, name, description, project_id, project_key, full_name, hierarchy_id, scm_id, state, status_message, forkable, public, archived, default_branch, origin_id, links, changed_at, deleted_at',
  },
  users: {
    key: ['id'],
    cursor: 'changed_at',
    columns: 'id, name, slug, display_name, email_address, active, type, directory_name, links, changed_at, deleted_at',
  },
  pull_requests: {
    key: ['repository_id', 'id'],
    cursor: 'updated_date',
    columns:
      'repository_id, id, repository_full_name, project_key, repository_slug, version, title, description, state, open, closed, draft, locked, created_date, updated_date, closed_date, author_id, author, reviewers, participants, from_ref, to_ref, source_branch, target_branch, source_commit, target_commit, source_repository_id, merge_commit, comment_count, open_task_count, resolved_task_count, properties, url, links, deleted_at',
  },
  pull_request_activities: {
    key: ['repository_id', 'id'],
    cursor: 'created_date',
    columns:
      'repository_id, id, repository_full_name, pull_request_id, pull_request_updated_date, action, created_date, user_id, user, comment_action, comment_id, comment, comment_anchor, commit, added_reviewers, removed_reviewers, from_hash, to_hash, previous_from_hash, previous_to_hash, added, removed, details, deleted_at',
  },
  pull_request_diffs: {
    key: ['repository_id', 'pull_request_id'],
    cursor: 'updated_date',
    columns:
      'repository_id, pull_request_id, repository_full_name, updated_date, source_commit, target_commit, files, file_count, additions, deletions, truncated, deleted_at',
  },
  pull_request_commits: {
    key: ['repository_id', 'pull_request_id', 'id'],
    cursor: 'pull_request_updated_date',
    columns:
      'repository_id, pull_request_id, id, repository_full_name, position, display_id, message, author_id, author_name, author_email, author_date, committer_id, committer_name, committer_email, committer_date, parents, pull_request_updated_date, deleted_at',
  },
  branches: {
    key: ['repository_id', 'id'],
    cursor: 'changed_at',
    columns: 'repository_id, id, repository_full_name, name, is_default, commit_id, changed_at, deleted_at',
  },
  tags: {
    key: ['repository_id', 'id'],
    cursor: 'changed_at',
    columns: 'repository_id, id, repository_full_name, name, commit_id, tag_hash, annotated, changed_at, deleted_at',
  },
  commits: {
    key: ['repository_id', 'id'],
    cursor: 'committer_date',
    columns:
      'repository_id, id, repository_full_name, display_id, message, author_id, author_name, author_email, author_date, committer_id, committer_name, committer_email, committer_date, parents, is_merge, on_default_branch, issue_keys, deleted_at',
  },
  builds: {
    key: ['repository_id', 'commit_id', 'key'],
    cursor: 'changed_at',
    columns:
      'repository_id, commit_id, key, repository_full_name, name, state, url, description, date_added, build_number, ref, parent, created_date, updated_date, duration_ms, tests_successful, tests_failed, tests_skipped, is_deployment, environment, changed_at, deleted_at',
  },
};
/** Keys that are names or hashes; all others are numbers. */
const TEXT_KEYS = ['branches.id', 'tags.id', 'commits.id', 'pull_request_commits.id', 'builds.commit_id', 'builds.key'];
/** A committer may claim any date, and one that is no date of the calendar is null, as the cursor, too. */
const NULL_CURSORS = ['commits.committer_date'];

const streams = Object.entries(promisedStreams).map(([name, promise]) => {
  return { name, ...promise, schema: JSON.parse(read('resources', 'schemas', `${name}.json`)) as Schema };
});

/** Every schema node below (and with) `schema`, with the path that leads to it. */
function* nodes(schema: Schema, path = '$'): Generator<[path: string, node: Schema]> {
  yield [path, schema];
  for (const [name, property] of Object.entries(schema.properties ?? {})) yield* nodes(property, `${path}.${name}`);
  if (schema.items !== undefined) yield* nodes(schema.items, `${path}[]`);
  for (const [index, variant] of (schema.oneOf ?? []).entries()) yield* nodes(variant, `${path}|${index}`);
}

/** The paths of the nodes that break a rule; a rule holds when there is none. */
function offenders(schema: Schema, breaks: (node: Schema, path: string) => boolean): string[] {
  return [...nodes(schema)].filter(([path, node]) => breaks(node, path)).map(([path]) => path);
}

const typesOf = (node: Schema): string[] => (node.type === undefined ? [] : [node.type].flat());

describe('spec.json', () => {
  // The format of a field chooses how a form shows it; what it may hold is said by its pattern.
  const byPattern = () => new Ajv({ strict: false, allErrors: true, validateFormats: false });
  const valid = (config: unknown) => byPattern().validate(configSchema, config);
  const minimal = { server_url: 'https://bitbucket.example.com', credentials: { auth_type: 'token', token: 't' } };

  it('is a SPEC payload with a protocol version and working links', () => {
    expect(Object.keys(spec)).toEqual([
      'documentationUrl',
      'changelogUrl',
      'protocol_version',
      'supportsIncremental',
      'connectionSpecification',
    ]);
    expect(spec.protocol_version).toBe('0.3.2');
    expect(spec.supportsIncremental).toBe(true);
    expect(String(spec.documentationUrl)).toMatch(/^https:\/\//);
  });

  it('is itself a valid draft-07 schema, and the smallest and the shipped configurations pass it (2)', () => {
    expect(configSchema.$schema).toBe('http://json-schema.org/draft-07/schema#');
    expect(new Ajv({ strict: false }).validateSchema(configSchema)).toBe(true);
    expect(valid(minimal)).toBe(true);
    expect(valid({ ...minimal, credentials: { auth_type: 'basic', username: 'u', password: 'p' } })).toBe(true);
    expect(valid({ ...minimal, credentials: { auth_type: 'store' }, credential_store: '/data/credentials' })).toBe(true);
    expect(valid(JSON.parse(read('test_files', 'config.json')))).toBe(true);
    expect(valid(JSON.parse(read('test_files', 'invalid_config.json')))).toBe(true); // its token is wrong, not its form
  });

  it.each([
    ['a missing server', { credentials: minimal.credentials }],
    ['a server without a scheme', { ...minimal, server_url: 'bitbucket.example.com' }],
    ['missing credentials', { server_url: minimal.server_url }],
    ['an unknown kind of login', { ...minimal, credentials: { auth_type: 'oauth', token: 't' } }],
    ['an empty token', { ...minimal, credentials: { auth_type: 'token', token: '' } }],
    ['a login without a password', { ...minimal, credentials: { auth_type: 'basic', username: 'u' } }],
    ['a repository without its project', { ...minimal, repositories: ['api'] }],
    ['a repository among the projects', { ...minimal, projects: ['PROJ/api'] }],
    ['an excluded project', { ...minimal, projects: ['!PROJ'] }],
    ['two repositories in one text', { ...minimal, repositories: ['PROJ/api PROJ/web'] }],
    ['projects as one string', { ...minimal, projects: 'PROJ' }],
    ['a file name as certificate', { ...minimal, ca_certificate: '/etc/ssl/ca.pem' }],
    ['too much concurrency', { ...minimal, max_concurrency: 65 }],
    ['a rate of nothing', { ...minimal, requests_per_second: 0 }],
    ['half a day of lookback', { ...minimal, lookback_days: 0.5 }],
    ['a negative shard', { ...minimal, shard_index: -1 }],
    ['no shards', { ...minimal, shard_count: 0 }],
    ['a branch with a blank in its name', { ...minimal, branches: ['two words'] }],
    ['a deployment to nowhere', { ...minimal, deployment_builds: [{ pattern: 'deploy' }] }],
    ['a webhook that is sent nowhere', { ...minimal, webhook_url: 'hooks.example.com' }],
  ])('refuses %s', (_what, config) => {
    expect(valid(config)).toBe(false);
  });

  it.each([
    '2024-01-01',
    '2024-02-29T23:59:59Z',
    '2024-01-01T00:00:00.000Z',
    '2024-01-01T00:00:00.5+02:00',
    '2024-01-01T00:00:00',
    '2024-01-01T00:00:00-0330',
  ])('accepts the start date %s', (date) => expect(valid({ ...minimal, start_date: date })).toBe(true));

  it.each([
    '2024',
    '2024-1-1',
    '01-02-2024',
    '2024-13-01',
    '2024-01-32',
    '2024-01-01 00:00:00Z',
    '2024-01-01T24:00:00Z',
    'yesterday',
    '',
  ])('refuses the start date "%s"', (date) => expect(valid({ ...minimal, start_date: date })).toBe(false));

  it.each(['PROJ/api', 'proj/*', '*/api', '!PROJ/old-*', '~jdoe/dotfiles', ' PROJ/api '])(
    'accepts the repository filter %s',
    (filter) => expect(valid({ ...minimal, repositories: [filter] })).toBe(true),
  );

  it('has exactly the promised fields with their types and defaults, and requires nothing new (18)', () => {
    const found = Object.entries(configSchema.properties ?? {}).map(([name, field]) => [name, [field.type, field.default]]);
    expect(found).toEqual(Object.entries(promisedFields).map(([name, [type, initial]]) => [name, [type, initial]]));
    expect(configSchema.required).toEqual(['server_url', 'credentials']);
  });

  it('accepts whatever configuration an earlier release accepted (18)', () => {
    const instant = fc
      .date({ noInvalidDate: true, min: new Date('2000-01-01'), max: new Date('2099-01-01') })
      .map((date) => date.toISOString());
    const name = fc.stringMatching(/^[A-Za-z0-9_.*-]{1,20}$/);
    const config = fc.record(
      {
        server_url: fc.webUrl(),
        credentials: fc.oneof(
          fc.record({ auth_type: fc.constant('token'), token: fc.string({ minLength: 1 }) }),
          fc.record({
            auth_type: fc.constant('basic'),
            username: fc.string({ minLength: 1 }),
            password: fc.string({ minLength: 1 }),
          }),
        ),
        ca_certificate: fc.base64String().map((body) => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`),
        verify_tls: fc.boolean(),
        projects: fc.array(name),
        repositories: fc.array(fc.tuple(fc.constantFrom('', '!'), name, name).map(([not, key, slug]) => `${not}${key}/${slug}`)),
        include_personal_projects: fc.boolean(),
        include_archived: fc.boolean(),
        start_date: fc.oneof(
          instant,
          instant.map((date) => date.slice(0, 10)),
        ),
        lookback_days: fc.nat(),
        recheck_hours: fc.nat(),
        max_concurrency: fc.integer({ min: 1, max: 64 }),
        requests_per_second: fc.double({ min: 0, minExcluded: true, noNaN: true, noDefaultInfinity: true }),
        request_timeout_seconds: fc.integer({ min: 1, max: 3600 }),
        shard_index: fc.nat(),
        shard_count: fc.integer({ min: 1 }),
        a_field_of_another_version: fc.string(),
      },
      { requiredKeys: ['server_url', 'credentials'] },
    );
    const compiled = byPattern().compile(configSchema);
    fc.assert(fc.property(config, (value) => compiled(value)));
  });

  it('titles and describes every field', () => {
    expect(
      offenders(
        configSchema,
        (node, path) => /\.\w+$/.test(path) && node.const === undefined && !(node.title && node.description),
      ),
    ).toEqual([]);
  });

  it('lists no value twice in an enum (4)', () => {
    expect(offenders(configSchema, (node) => Array.isArray(node.enum) && new Set(node.enum).size < node.enum.length)).toEqual([]);
  });

  it('tells the variants of a oneOf apart by exactly one common constant (5)', () => {
    const choices = [...nodes(configSchema)].filter(([, node]) => node.oneOf !== undefined).map(([, node]) => node);
    expect(choices).toHaveLength(1);
    for (const choice of choices) {
      const variants = (choice.oneOf ?? []).map((variant) => variant.properties ?? {});
      const common = Object.keys(variants[0] ?? {}).filter((name) =>
        variants.every((variant) => variant[name]?.const !== undefined),
      );
      expect(choice.type).toBe('object');
      expect(common).toEqual(['auth_type']);
      for (const variant of variants) expect(variant.auth_type?.default).toBe(variant.auth_type?.const);
      expect(variants.map((variant) => variant.auth_type?.const).sort()).toEqual(['basic', 'store', 'token']);
    }
  });

  it('marks secrets as secret, and nothing that cannot be one (6)', () => {
    const secretNames =
      /^(client_token|access_token|api_token|token|secret|client_secret|password|key|service_account_info|service_account|tenant_id|certificate|jwt|credentials|app_id|appid|refresh_token)$/i;
    const isScalar = (node: Schema) => node.const === undefined && ['string', 'integer', 'number'].includes(String(node.type));
    const wrong = offenders(configSchema, (node, path) => {
      const named = secretNames.test(path.split('.').pop() ?? '');
      return named && (node.airbyte_secret === true) !== isScalar(node);
    });
    const marked = offenders(configSchema, (node) => node.airbyte_secret === true);
    expect(wrong).toEqual([]);
    expect(marked).toEqual([
      '$.credentials|0.token',
      '$.credentials|1.password',
      '$.additional_tokens',
      '$.credential_store',
      '$.credential_store_key',
      '$.webhook_secret',
      '$.webhook_secret_previous',
      '$.webhook_inbox',
    ]);
  });

  it('gives each field one type, no empty object, and arrays of one kind of item (7, 8, 9)', () => {
    expect(offenders(configSchema, (node) => typeof node.type !== 'string')).toEqual([]);
    expect(offenders(configSchema, (node) => node.type === 'object' && !(node.properties ?? node.oneOf))).toEqual([]);
    expect(
      offenders(
        configSchema,
        (node) => node.type === 'array' && !['object', 'string', 'number', 'integer'].includes(String(node.items?.type)),
      ),
    ).toEqual([]);
  });

  it('uses none of the keywords that Airbyte cannot show, no reference and no closed object (10, 15, 16)', () => {
    const forbidden = 'not anyOf patternProperties prefixItems allOf if then else dependentSchemas dependentRequired $ref'.split(
      ' ',
    );
    expect(offenders(configSchema, (node) => forbidden.some((keyword) => keyword in node))).toEqual([]);
    expect(offenders(configSchema, (node) => (node.additionalProperties ?? true) !== true)).toEqual([]);
  });

  it('pairs date formats with their patterns, and the reverse (11)', () => {
    const date = '^[0-9]{2}-[0-9]{2}-[0-9]{4}$';
    const instants = ['2024-01-01T00:00:00Z', '2024-01-01T09:30:00.000Z'];
    const takesInstants = ({ pattern }: Schema) =>
      typeof pattern === 'string' &&
      instants.every((text) => new RegExp(pattern).test(text)) &&
      !new RegExp(pattern).test('text');
    expect(offenders(configSchema, (node) => (node.format === 'date') !== (node.pattern === date))).toEqual([]);
    expect(offenders(configSchema, (node) => (node.format === 'date-time') !== takesInstants(node))).toEqual([]);
    expect(configSchema.properties?.start_date?.format).toBe('date-time');
  });

  it('orders all fields without a tie (12)', () => {
    for (const [, node] of nodes(configSchema)) {
      const order = Object.values(node.properties ?? {}).map((property) => property.order);
      expect(order).toEqual(order.map((_, index) => index));
    }
  });

  it('groups top-level fields only, in declared groups (13)', () => {
    const groups = (configSchema.groups as { id: string; title: string }[]).map((group) => group.id);
    expect(
      offenders(configSchema, (node, path) => path !== '$' && (node.group !== undefined) !== /^\$\.\w+$/.test(path)),
    ).toEqual([]);
    expect(new Set(Object.values(configSchema.properties ?? {}).map((field) => field.group))).toEqual(new Set(groups));
  });

  it('sets a display type only where there is a choice, and asks for no OAuth application (14, 17)', () => {
    expect(
      offenders(
        configSchema,
        (node) =>
          node.display_type !== undefined &&
          !(node.oneOf && ['dropdown', 'radio'].some((display) => display === node.display_type)),
      ),
    ).toEqual([]);
    expect(spec).not.toHaveProperty('advanced_auth');
  });

  it('has examples and defaults that pass its own rules', () => {
    for (const [path, node] of nodes(configSchema)) {
      const samples = [...((node.examples as unknown[] | undefined) ?? []), ...('default' in node ? [node.default] : [])];
      for (const sample of samples) expect([path, sample, byPattern().validate(node, sample)]).toEqual([path, sample, true]);
    }
  });
});

describe('the schemas', () => {
  it('are one per stream, of unique snake_case names (25, 36)', () => {
    const files = readdirSync(join(root, 'resources', 'schemas')).map((file) => file.replace(/\.json$/, ''));
    expect(files.sort()).toEqual(Object.keys(promisedStreams).sort());
    for (const name of files) expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
  });

  describe.each(streams)('$name', ({ name: stream, key, cursor, columns, schema }) => {
    const properties = schema.properties ?? {};

    it('is a valid draft-07 schema of an open object (26, 32)', () => {
      expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#');
      expect(schema.type).toBe('object');
      expect(new Ajv({ strict: false }).validateSchema(schema)).toBe(true);
      expect(schema.additionalProperties).toBe(true);
      expect(offenders(schema, (node) => (node.additionalProperties ?? true) !== true)).toEqual([]);
    });

    it('has every promised column, in order, and no other, in names that no warehouse folds together (36)', () => {
      const names = Object.keys(properties);
      expect(names).toEqual(columns.split(', '));
      for (const name of names) expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(new Set(names.map((name) => name.toLowerCase().replace(/[^a-z0-9]/g, '_'))).size).toBe(names.length);
    });

    it('describes the stream, each column and each field of a document in a sentence', () => {
      expect(offenders(schema, (node, path) => !path.endsWith('[]') && !/^[A-Z`].*[^.]\.$/.test(node.description ?? ''))).toEqual(
        [],
      );
    });

    it('has its primary key and its cursor at the top level, never null and never an object (27, 29, 30, 35, 36)', () => {
      for (const column of key)
        expect(properties[column]?.type).toBe(TEXT_KEYS.includes(`${stream}.${column}`) ? 'string' : 'integer');
      const type = NULL_CURSORS.includes(`${stream}.${cursor}`) ? ['null', 'string'] : 'string';
      expect(properties[cursor]).toMatchObject({ type, format: 'date-time', airbyte_type: 'timestamp_with_timezone' });
      expect(new Set(schema.required)).toEqual(new Set([...key, cursor]));
    });

    it('lets every other column be null, as on a tombstone, with null first', () => {
      const others = Object.entries(properties).filter(([name]) => ![...key, cursor].includes(name));
      for (const [name, column] of others) expect([name, typesOf(column)[0]]).toEqual([name, 'null']);
      const tombstone = Object.fromEntries([
        ...others.map(([name]) => [name, null]),
        ...key.map((name) => [name, properties[name]?.type === 'string' ? 'refs/heads/main' : 1]),
        [cursor, '2026-08-19T17:27:55.266Z'],
        ['deleted_at', '2026-08-19T17:27:55.266Z'],
      ]);
      expect(validator().validate(schema, tombstone)).toBe(true);
    });

    it('uses only types, formats and keywords that Airbyte knows (28, 33)', () => {
      const known = ['null', 'string', 'number', 'integer', 'boolean', 'object', 'array'];
      expect(
        offenders(schema, (node) => typesOf(node).length === 0 || !typesOf(node).every((type) => known.includes(type))),
      ).toEqual([]);
      expect(
        offenders(schema, (node) =>
          ['$ref', 'allOf', 'anyOf', 'oneOf', 'not', 'enum', 'const'].some((keyword) => keyword in node),
        ),
      ).toEqual([]);
      expect(offenders(schema, (node) => typesOf(node).includes('array') && node.items?.type === undefined)).toEqual([]);
      expect(
        offenders(schema, (node) =>
          node.format === undefined && node.airbyte_type === undefined
            ? false
            : node.format !== 'date-time' || node.airbyte_type !== 'timestamp_with_timezone' || !typesOf(node).includes('string'),
        ),
      ).toEqual([]);
    });

    it('keeps instants under the names that say so, and only those', () => {
      expect(
        offenders(schema, (node, path) => {
          const name = path.split('.').pop() ?? '';
          return (node.format === 'date-time') !== /(_date|_at|Date|Timestamp)$|^date_added$/.test(name);
        }),
      ).toEqual([]);
    });

    it('has no place for source code at any depth', () => {
      expect(offenders(schema, (_node, path) => /\.(diff|hunks|segments|lines)(\[\])?$/.test(path))).toEqual([]);
    });
  });
});

describe('the generated files', () => {
  it('are what `npm run generate` makes of the schemas and the spec', () => {
    const fresh = mkdtempSync(join(tmpdir(), 'generated-'));
    try {
      for (const script of ['generate-types.mjs', 'generate-validator.mjs'])
        execFileSync(process.execPath, [join(root, 'scripts', script), fresh], { stdio: 'pipe' });
      for (const folder of [join('src', 'generated'), 'test_files']) {
        for (const file of readdirSync(join(fresh, folder))) {
          expect([file, read(folder, file)]).toEqual([file, readFileSync(join(fresh, folder, file), 'utf8')]);
        }
      }
      expect(readdirSync(join(root, 'src', 'generated'))).toEqual(readdirSync(join(fresh, 'src', 'generated')));
    } finally {
      rmSync(fresh, { recursive: true });
    }
  });
});

describe('test_files', () => {
  const json = (file: string) => JSON.parse(read('test_files', file)) as unknown;

  it('has a catalog of all streams for each sync mode, with keys and cursors (27, 29, 35)', () => {
    for (const [file, mode] of [
      ['full_configured_catalog.json', 'full_refresh'],
      ['incremental_configured_catalog.json', 'incremental'],
    ] as const) {
      const catalog = json(file) as { streams: Record<string, unknown>[] };
      const expected = streams.map(({ name, key, cursor }) => ({
        stream: expect.objectContaining({
          name,
          default_cursor_field: [cursor],
          source_defined_primary_key: key.map((column) => [column]),
        }),
        sync_mode: mode,
        cursor_field: [cursor],
        primary_key: key.map((column) => [column]),
      }));
      expect(catalog.streams).toEqual(expected.map((stream) => expect.objectContaining(stream)));
    }
  });

  it('has a state of all streams for the test of dates far in the future (57)', () => {
    const states = json('abnormal_state.json') as { type: string; stream: { stream_descriptor: { name: string } } }[];
    expect(states.map((state) => state.type)).toEqual(streams.map(() => 'STREAM'));
    expect(states.map((state) => state.stream.stream_descriptor.name)).toEqual(streams.map(({ name }) => name));
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import Ajv from 'ajv';
import type { Message } from './connector';

const text = { type: 'string' };
const object = { type: 'object' };
const instant = { type: 'number', exclusiveMinimum: 1_600_000_000_000 };
const closed = (required: Record<string, object>, optional: Record<string, object> = {}) => ({
  type: 'object',
  required: Object.keys(required),
  properties: { ...required, ...optional },
  additionalProperties: false,
});

const descriptor = closed({ name: text }, { namespace: text });
const error = closed(
  { message: { type: 'string', minLength: 1 }, failure_type: { enum: ['config_error', 'transient_error', 'system_error'] } },
  { stream_descriptor: descriptor, internal_message: text, stack_trace: text },
);
const reason = closed({ type: { const: 'RATE_LIMITED' }, rate_limited: closed({ quota_reset: { type: 'integer' } }) });
const status = closed(
  { stream_descriptor: descriptor, status: { enum: ['STARTED', 'RUNNING', 'COMPLETE', 'INCOMPLETE'] } },
  { reasons: { type: 'array', items: reason, minItems: 1, maxItems: 1 } },
);
const stream = closed({
  name: text,
  json_schema: object,
  supported_sync_modes: { type: 'array', minItems: 1, items: { enum: ['full_refresh', 'incremental'] } },
  source_defined_cursor: { const: true },
  default_cursor_field: { type: 'array', items: text, minItems: 1, maxItems: 1 },
  source_defined_primary_key: { type: 'array', minItems: 1, items: { type: 'array', items: text, minItems: 1, maxItems: 1 } },
  is_resumable: { const: true },
});
const change = closed({ field: text, change: { enum: ['NULLED', 'TRUNCATED'] }, reason: text });
const state = closed({
  type: { const: 'STREAM' },
  stream: closed({ stream_descriptor: descriptor, stream_state: object }),
  sourceStats: closed({ recordCount: { type: 'number', minimum: 0 } }),
});

/** What a message of this connector may look like: narrower than the protocol, which lets everything else through. */
const payloads: Record<string, [key: string, schema: object]> = {
  RECORD: [
    'record',
    closed(
      { stream: text, emitted_at: { ...instant, type: 'integer' }, data: { ...object, minProperties: 1 } },
      { namespace: text, meta: closed({ changes: { type: 'array', minItems: 1, items: change } }) },
    ),
  ],
  STATE: ['state', state],
  LOG: [
    'log',
    closed({ level: { enum: ['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'] }, message: text }, { stack_trace: text }),
  ],
  TRACE: [
    'trace',
    {
      oneOf: [
        closed({ type: { const: 'ERROR' }, emitted_at: instant, error }),
        closed({ type: { const: 'STREAM_STATUS' }, emitted_at: instant, stream_status: status }),
        closed({ type: { const: 'ESTIMATE' }, emitted_at: instant, estimate: object }),
      ],
    },
  ],
  SPEC: ['spec', { type: 'object', required: ['connectionSpecification', 'protocol_version', 'documentationUrl'] }],
  CONNECTION_STATUS: ['connectionStatus', closed({ status: { enum: ['SUCCEEDED', 'FAILED'] } }, { message: text })],
  CATALOG: ['catalog', closed({ streams: { type: 'array', minItems: 1, items: stream } })],
};

const ajv = new Ajv({ strict: true, strictRequired: false, allErrors: false });
const own = new Map(
  Object.entries(payloads).map(([type, [key, schema]]) => [type, ajv.compile(closed({ type: { const: type }, [key]: schema }))]),
);

/** The official JSON schema of a message; null where `AIRBYTE_REFERENCE` does not name the folder that holds it. */
function officialSchema(): ((message: unknown) => string | null) | null {
  const folder = process.env.AIRBYTE_REFERENCE ?? '';
  const file = join(folder, 'airbyte_protocol.yaml');
  if (folder === '' || !existsSync(file)) return null;
  const fromDependant = createRequire(require.resolve('json-schema-to-typescript'));
  const yaml = fromDependant('js-yaml') as { load: (text: string) => { definitions: object } };
  const { definitions } = yaml.load(readFileSync(file, 'utf8'));
  const validator = new Ajv({ strict: false, validateFormats: false });
  const check = validator.compile({ $ref: '#/definitions/AirbyteMessage', definitions });
  return (message) => (check(message) ? null : validator.errorsText(check.errors));
}

const official = officialSchema();

/** What is wrong with what a connector printed, line by line: each line is one message, and nothing else is there. */
export function protocolViolations(stdout: string): string[] {
  const lines = stdout.split('\n');
  const found = lines.pop() === '' ? [] : ['the last line has no end'];
  return [
    ...found,
    ...lines.flatMap((line, index) =>
      lineViolations(line).map((violation) => `line ${index + 1}: ${violation}: ${line.slice(0, 200)}`),
    ),
  ];
}

function lineViolations(line: string): string[] {
  let message: Message;
  try {
    message = JSON.parse(line) as Message;
  } catch {
    return ['is not JSON'];
  }
  const validate = own.get(String(message.type));
  if (validate === undefined) return ['is no message of a type that a source sends'];
  const wrong = validate(message) ? [] : [ajv.errorsText(validate.errors)];
  const officially = official?.(message) ?? null;
  const counted = message.type !== 'STATE' || /"recordCount":\d+\.\d/.test(line);
  return [
    ...wrong,
    ...(officially === null ? [] : [`by the official schema: ${officially}`]),
    ...(counted ? [] : ['recordCount has no decimal point']),
  ];
}

/** What is wrong with the messages of a `read` taken together: order of statuses, counts, states behind their records (45-49). */
export function syncViolations(messages: readonly Message[], streams: readonly string[]): string[] {
  const strangers = new Set(messages.map(streamOf).filter((name) => name !== undefined && !streams.includes(name)));
  return [
    ...[...strangers].map((name) => `${name} is not in the catalog`),
    ...streams.flatMap((name) => streamViolations(messages, name)),
  ];
}

function streamOf(message: Message): string | undefined {
  return (
    message.record?.stream ?? message.state?.stream.stream_descriptor.name ?? message.trace?.stream_status?.stream_descriptor.name
  );
}

function streamViolations(messages: readonly Message[], name: string): string[] {
  const found: string[] = [];
  const mine = messages.filter((message) => streamOf(message) === name);
  const statuses = mine.flatMap(({ trace }) => (trace === undefined ? [] : [String(trace.stream_status.status)]));
  const wellOrdered = /^STARTED (?:RUNNING )+COMPLETE$|^STARTED (?:RUNNING )*INCOMPLETE$/.test(statuses.join(' '));
  if (!wellOrdered) found.push(`${name}: statuses ${statuses.join(' ')}`);
  if (mine.at(-1)?.type !== 'TRACE') found.push(`${name}: says something after its last status`);
  if (mine[0]?.type !== 'TRACE') found.push(`${name}: says something before its first status`);
  let since = 0;
  let lastState: string | undefined;
  let stated = false;
  for (const message of mine) {
    if (message.type === 'RECORD') {
      since++;
      stated = false;
      if (!statuses.includes('RUNNING')) found.push(`${name}: a record without RUNNING`);
    }
    if (message.type !== 'STATE') continue;
    const { recordCount } = message.state.sourceStats;
    if (recordCount !== since) found.push(`${name}: a state counts ${recordCount} records, there were ${since}`);
    const blob = JSON.stringify(message.state.stream.stream_state);
    if (blob === lastState && since > 0) found.push(`${name}: the same state twice, with records in between`);
    since = 0;
    lastState = blob;
    stated = true;
  }
  if (!stated) found.push(`${name}: no state after the last record`);
  return found;
}

import { parseJson } from '../text/exact-json';

/** The stream that a message is about, as Airbyte names it. */
export interface StreamName {
  readonly name: string;
  readonly namespace: string | null;
}

/** How far a stream is, in Airbyte's words. */
export type StreamStatus = 'STARTED' | 'RUNNING' | 'COMPLETE' | 'INCOMPLETE';

/** What a connector can say on one line of stdout, reduced to what a sync acts upon. */
export type Message =
  | { readonly type: 'RECORD'; readonly stream: StreamName; readonly data: JsonObject; readonly emittedAt: number }
  | { readonly type: 'STATE'; readonly stream: StreamName; readonly state: unknown }
  | { readonly type: 'STATUS'; readonly stream: StreamName; readonly status: StreamStatus; readonly rateLimited: boolean }
  | { readonly type: 'ESTIMATE'; readonly stream: StreamName; readonly rows: number }
  | { readonly type: 'LOG'; readonly level: string; readonly message: string }
  | { readonly type: 'ERROR'; readonly message: string; readonly failureType: string | null; readonly stream: StreamName | null }
  | { readonly type: 'CATALOG'; readonly catalog: JsonObject }
  | { readonly type: 'OTHER' }
  | { readonly type: 'GARBAGE'; readonly line: string };

/** A JSON object whose members are not known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a parsed JSON value is an object (not an array, not null). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One name for a stream, unique within a catalog: its own, with its namespace in front if it has one. */
export function streamId({ name, namespace }: StreamName): string {
  return namespace === null ? name : `${namespace}.${name}`;
}

/** Reads one line of a connector's stdout; never throws: what is no Airbyte message comes back as GARBAGE, whole. */
export function parseLine(line: string): Message {
  const garbage: Message = { type: 'GARBAGE', line };
  let message: unknown;
  try {
    message = parseJson(line);
  } catch {
    return garbage;
  }
  return isObject(message) ? (toMessage(message) ?? garbage) : garbage;
}

function toMessage(message: JsonObject): Message | null {
  switch (message['type']) {
    case 'RECORD':
      return toRecord(member(message, 'record'));
    case 'STATE':
      return toState(member(message, 'state'));
    case 'TRACE':
      return toTrace(member(message, 'trace'));
    case 'LOG':
      return toLog(member(message, 'log'));
    case 'CATALOG':
      return { type: 'CATALOG', catalog: member(message, 'catalog') };
    case 'SPEC':
    case 'CONNECTION_STATUS':
    case 'CONTROL':
      return { type: 'OTHER' };
    default:
      return null;
  }
}

function toRecord(record: JsonObject): Message | null {
  const { stream, namespace, data, emitted_at: emittedAt } = record;
  if (typeof stream !== 'string' || !isObject(data) || typeof emittedAt !== 'number') return null;
  return { type: 'RECORD', stream: { name: stream, namespace: text(namespace) }, data, emittedAt };
}

function toState(state: JsonObject): Message | null {
  const { stream_descriptor: descriptor, stream_state: streamState } = member(state, 'stream');
  const stream = toStreamName(descriptor);
  return stream === null ? null : { type: 'STATE', stream, state: streamState ?? null };
}

function toTrace(trace: JsonObject): Message | null {
  switch (trace['type']) {
    case 'ERROR': {
      const { message, failure_type: failureType, stream_descriptor: descriptor } = member(trace, 'error');
      if (typeof message !== 'string') return null;
      return { type: 'ERROR', message, failureType: text(failureType), stream: toStreamName(descriptor) };
    }
    case 'STREAM_STATUS':
      return toStatus(member(trace, 'stream_status'));
    case 'ESTIMATE': {
      const { name, namespace, row_estimate: rows } = member(trace, 'estimate');
      if (typeof name !== 'string' || typeof rows !== 'number') return { type: 'OTHER' };
      return { type: 'ESTIMATE', stream: { name, namespace: text(namespace) }, rows };
    }
    case 'ANALYTICS':
      return { type: 'OTHER' };
    default:
      return null;
  }
}

function toStatus(streamStatus: JsonObject): Message | null {
  const { stream_descriptor: descriptor, status, reasons } = streamStatus;
  const stream = toStreamName(descriptor);
  if (stream === null || !isStatus(status)) return null;
  const rateLimited = Array.isArray(reasons) && reasons.some((reason) => isObject(reason) && reason['type'] === 'RATE_LIMITED');
  return { type: 'STATUS', stream, status, rateLimited };
}

function toLog({ level, message }: JsonObject): Message | null {
  return typeof level === 'string' && typeof message === 'string' ? { type: 'LOG', level, message } : null;
}

function isStatus(value: unknown): value is StreamStatus {
  return value === 'STARTED' || value === 'RUNNING' || value === 'COMPLETE' || value === 'INCOMPLETE';
}

function toStreamName(descriptor: unknown): StreamName | null {
  if (!isObject(descriptor) || typeof descriptor['name'] !== 'string') return null;
  return { name: descriptor['name'], namespace: text(descriptor['namespace']) };
}

function member(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return isObject(value) ? value : {};
}

/** Airbyte treats an empty namespace, null and a missing one alike. */
function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

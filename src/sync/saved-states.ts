import { isJson, type Json } from '../config/json';

/**
 * The state of each stream, whatever form it was handed over in: STREAM messages in an array or alone, wrapped in STATE messages, one
 * GLOBAL, or a legacy object by stream name.
 * @param raw parsed JSON; undefined, null, `{}` and `[]` mean that there is none
 */
export function statesByStream(raw: unknown): Map<string, unknown> {
  const states = new Map<string, unknown>();
  for (const message of Array.isArray(raw) ? (raw as unknown[]) : [raw]) collect(message, states);
  return states;
}

/** Whether something was handed over, but no state of a stream of ours: another file, most likely. */
export function isNoState(raw: unknown, streams: readonly string[]): boolean {
  const states = statesByStream(raw);
  if (states.size > 0) return !streams.some((name) => states.has(name));
  const messages = Array.isArray(raw) ? (raw as unknown[]) : [raw];
  return messages.some((message) => isJson(message) && Object.keys(message).length > 0 && !isOfAForm(message));
}

function isOfAForm(message: Json): boolean {
  return FORMS.some((form) => isJson(message[form]) || message[form] === null);
}

/** What every form of a state has one of, also where it holds nothing. */
const FORMS = ['state', 'stream', 'global', 'stream_descriptor', 'data'];

function collect(message: unknown, into: Map<string, unknown>): void {
  if (!isJson(message)) return;
  if (isJson(message.state)) return collect(message.state, into);
  if (isJson(message.stream)) return collectStream(message.stream, into);
  if (isJson(message.global)) {
    for (const stream of Array.isArray(message.global.stream_states) ? (message.global.stream_states as unknown[]) : [])
      collectStream(stream, into);
    return;
  }
  if (message.stream_descriptor !== undefined) return collectStream(message, into);
  const legacy = isJson(message.data) ? message.data : message;
  for (const [name, state] of Object.entries(legacy)) if (isJson(state)) into.set(name, state);
}

function collectStream(raw: unknown, into: Map<string, unknown>): void {
  if (!isJson(raw) || !isJson(raw.stream_descriptor)) return;
  into.set(String(raw.stream_descriptor.name), raw.stream_state ?? null);
}

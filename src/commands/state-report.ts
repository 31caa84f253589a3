import { ConfigError } from '../config/config-error';
import { isJson, type Json } from '../config/json';
import { streams as known } from '../streams';
import type { Stream } from '../streams/stream';
import { isNoState, statesByStream } from '../sync/saved-states';
import { select } from '../sync/selected';
import { isUsable, problemOf } from '../sync/stream-state';
import { wrap } from '../text/wrap';

/** What a saved state remembers of one stream. */
export interface RememberedStream {
  readonly stream: string;
  /** Of its JSON. */
  readonly bytes: number;
  /** Plain fields as they are: version, dates, how far a full refresh has come. */
  readonly fields: Readonly<Record<string, string | number | boolean>>;
  /** How many entries each list or table of it has. */
  readonly counts: Readonly<Record<string, number>>;
  /** What `read` cannot use of it, in its words. @default nothing */
  readonly problem?: string;
}

/**
 * What a state file remembers, stream by stream; whatever form it was handed over in. Of what is no stream nothing is told: it may be
 * another file, with secrets in it.
 * @throws ConfigError where it is another file altogether
 */
export function describeState(raw: unknown): RememberedStream[] {
  const names = known.map(({ name }) => name);
  const states = statesByStream(raw);
  if (isNoState(raw, names))
    throw new ConfigError(
      '--state: the file holds no state of a stream: give the file that the last sync wrote, not the configuration.',
    );
  return [...states].flatMap(([name, state]) => {
    const stream = known.find((each) => each.name === name);
    return stream === undefined ? [] : [remembered(stream, state)];
  });
}

function remembered(stream: Stream, state: unknown): RememberedStream {
  const syncMode = isJson(state) && state.full_refresh === 'running' ? 'full_refresh' : 'incremental';
  const problem = problemOf(state, select({ stream, syncMode, state }, 0).state);
  return {
    stream: stream.name,
    bytes: Buffer.byteLength(JSON.stringify(state)),
    ...(isUsable(state) ? parts(state) : { fields: {}, counts: {} }),
    ...(problem !== null && { problem }),
  };
}

function parts(state: Json): Pick<RememberedStream, 'fields' | 'counts'> {
  const fields: Record<string, string | number | boolean> = {};
  const counts: Record<string, number> = {};
  for (const [name, value] of Object.entries(state)) {
    if (typeof value === 'string' && !PLAIN.test(value)) {
      if (value.length >= PACKED) counts[`${name} (packed, characters)`] = value.length;
    } else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') fields[name] = value;
    else if (Array.isArray(value)) counts[name] = value.length;
    // A state within the state: what builds knows of the pull requests and commits whose builds it watches.
    else if (isJson(value) && typeof value.version === 'number')
      for (const [part, count] of Object.entries(parts(value).counts)) counts[`${name}.${part}`] = count;
    else if (isJson(value)) counts[name] = Object.keys(value).length;
  }
  return { fields, counts };
}

/** A date, or a word such as `running`. */
const PLAIN = /^(?:\d{4}-\d\d-\d\dT[\d:.]+Z|[a-z_]{1,20})$/;
/** What is packed is longer than that, in characters; shorter texts are fingerprints. */
const PACKED = 64;
const NARROWEST = 20;

/** The same as lines for a person; null width: they go elsewhere than to a terminal. */
export function stateLines(streams: readonly RememberedStream[], columns: number | null = null): string[] {
  if (streams.length === 0) return ['There is no state in it: a sync with it reads everything.'];
  const bytes = streams.reduce((sum, each) => sum + each.bytes, 0);
  const width = Math.max(...streams.map(({ stream }) => stream.length));
  return [
    ...streams.flatMap(({ stream, bytes: size, fields, counts, problem }) => {
      const told = [
        ...Object.entries(fields).map(([name, value]) => `${name} ${String(value)}`),
        ...Object.entries(counts).map(([name, value]) => `${name}: ${value.toLocaleString('en')}`),
      ];
      const head = `${stream.padEnd(width)}  ${kilobytes(size).padStart(10)}  `;
      const room = columns === null ? Infinity : Math.max(NARROWEST, columns - 1 - head.length);
      const text = [told.join(', '), problem ?? ''].filter((part) => part !== '').join('; ');
      return wrap(text, room).map((line, index) => `${index === 0 ? head : ' '.repeat(head.length)}${line}`);
    }),
    '',
    `${kilobytes(bytes)} in all; Airbyte's server takes 10 MB.`,
  ];
}

function kilobytes(bytes: number): string {
  return bytes < 1000 ? `${bytes} bytes` : bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

import { isJson, type Json } from '../config/json';
import { statesByStream } from '../sync/saved-states';

/** What a saved state remembers of one stream. */
export interface RememberedStream {
  readonly stream: string;
  /** Of its JSON. */
  readonly bytes: number;
  /** Plain fields as they are: version, dates, how far a full refresh has come. */
  readonly fields: Readonly<Record<string, string | number | boolean>>;
  /** How many entries each list or table of it has. */
  readonly counts: Readonly<Record<string, number>>;
}

/** What a state file remembers, stream by stream; whatever form it was handed over in. */
export function describeState(raw: unknown): RememberedStream[] {
  return [...statesByStream(raw)].map(([stream, state]) => ({
    stream,
    bytes: Buffer.byteLength(JSON.stringify(state)),
    ...parts(isJson(state) ? state : {}),
  }));
}

function parts(state: Json): Pick<RememberedStream, 'fields' | 'counts'> {
  const fields: Record<string, string | number | boolean> = {};
  const counts: Record<string, number> = {};
  for (const [name, value] of Object.entries(state)) {
    if (typeof value === 'string' && value.length > LONGEST_FIELD) counts[`${name} (packed, characters)`] = value.length;
    else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') fields[name] = value;
    else if (Array.isArray(value)) counts[name] = value.length;
    else if (isJson(value)) counts[name] = Object.keys(value).length;
  }
  return { fields, counts };
}

const LONGEST_FIELD = 100;

/** The same as lines for a person. */
export function stateLines(streams: readonly RememberedStream[]): string[] {
  if (streams.length === 0) return ['There is no state in it: a sync with it reads everything.'];
  const bytes = streams.reduce((sum, each) => sum + each.bytes, 0);
  const width = Math.max(...streams.map(({ stream }) => stream.length));
  return [
    ...streams.map(({ stream, bytes: size, fields, counts }) => {
      const told = [
        ...Object.entries(fields).map(([name, value]) => `${name} ${String(value)}`),
        ...Object.entries(counts).map(([name, value]) => `${name}: ${value.toLocaleString('en')}`),
      ];
      return `${stream.padEnd(width)}  ${kilobytes(size).padStart(10)}  ${told.join(', ')}`;
    }),
    '',
    `${kilobytes(bytes)} in all; Airbyte's server takes 10 MB.`,
  ];
}

function kilobytes(bytes: number): string {
  return bytes < 1000 ? `${bytes} bytes` : bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

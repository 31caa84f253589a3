import { isJson } from '../config/json';
import { ConfigError } from '../config/config';
import type { StreamDescriptor } from './emitter';

/** A stream that the configured catalog selects. */
export interface SelectedStream<Stream> {
  readonly stream: Stream;
  readonly syncMode: 'full_refresh' | 'incremental';
  /** What the last sync's STATE held for it; null if there is none. */
  readonly state: unknown;
}

/** What a configured catalog asks for. */
export interface ParsedCatalog<Stream> {
  readonly selected: readonly SelectedStream<Stream>[];
  /** Entries that cannot be served, with a sentence that says why. */
  readonly unknown: readonly { readonly name: string; readonly message: string }[];
  readonly descriptors: ReadonlyMap<string, StreamDescriptor>;
}

/**
 * Reads a configured catalog; nulls stand for what is absent.
 * @throws ConfigError when it is no catalog at all
 */
export function parseCatalog<Stream extends { readonly name: string }>(
  raw: unknown,
  streams: readonly Stream[],
  states: ReadonlyMap<string, unknown>,
): ParsedCatalog<Stream> {
  if (isDiscovered(raw)) {
    throw new ConfigError(
      'The catalog is what `discover` prints, not a configured one: read takes {"streams": [{"stream": {…}, "sync_mode": "incremental"}]}, with each discovered stream in the place of {…}. A platform makes that of it, and `sync --catalog` takes it as it is.',
    );
  }
  if (!isJson(raw) || !Array.isArray(raw.streams)) {
    throw new ConfigError(
      'The catalog must be a configured catalog such as {"streams": [{"stream": {"name": "projects", …}, "sync_mode": "incremental", …}]}.',
    );
  }
  const selected: SelectedStream<Stream>[] = [];
  const unknown: { name: string; message: string }[] = [];
  const descriptors = new Map<string, StreamDescriptor>();
  for (const entry of raw.streams as unknown[]) {
    const described = isJson(entry) && isJson(entry.stream) ? entry.stream : {};
    const syncMode = isJson(entry) ? entry.sync_mode : undefined;
    const name = typeof described.name === 'string' ? described.name : '';
    const stream = streams.find((candidate) => candidate.name === name);
    const namespace = typeof described.namespace === 'string' && described.namespace !== '' ? described.namespace : undefined;
    const other = descriptors.get(name);
    if (other !== undefined && other.namespace !== namespace) throw twice(name, other.namespace, namespace);
    descriptors.set(name, { name, ...(namespace !== undefined && { namespace }) });
    if (stream === undefined) {
      unknown.push({
        name,
        message: `There is no stream "${name}". Choose among ${streams.map((known) => known.name).join(', ')}; refresh the schema of the connection.`,
      });
    } else if (syncMode !== 'full_refresh' && syncMode !== 'incremental') {
      unknown.push({ name, message: `sync_mode of ${name} must be "full_refresh" or "incremental".` });
    } else if (!selected.some((other) => other.stream === stream)) {
      selected.push({ stream, syncMode, state: states.get(stream.name) ?? null });
    }
  }
  return { selected, unknown, descriptors };
}

/** Whether a catalog is one that was discovered, as a message or alone: its entries are the streams themselves. */
function isDiscovered(raw: unknown): boolean {
  if (!isJson(raw)) return false;
  if (isJson(raw.catalog) && Array.isArray(raw.catalog.streams)) return true;
  const [first] = Array.isArray(raw.streams) ? (raw.streams as unknown[]) : [];
  return isJson(first) && typeof first.name === 'string' && first.stream === undefined;
}

/** One read cannot tell of the same rows under two names: records, states and statuses of the one would be missing. */
function twice(name: string, ...namespaces: (string | undefined)[]): ConfigError {
  const named = namespaces.map((namespace) => (namespace === undefined ? 'none' : `"${namespace}"`)).join(' and ');
  return new ConfigError(
    `The catalog selects ${name} twice, under two namespaces (${named}): keep one of the two, and make a connection of its own for the other.`,
  );
}

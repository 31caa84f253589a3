import { isJson } from '../bitbucket/payloads';
import { ConfigError } from '../config';
import type { Stream, StreamName } from '../streams/stream';
import type { StreamDescriptor } from './emitter';
import type { SelectedStream } from './engine';

/** What a configured catalog asks for. */
export interface ParsedCatalog {
  readonly selected: readonly SelectedStream[];
  /** Entries that cannot be served, with a sentence that says why. */
  readonly unknown: readonly { readonly name: string; readonly message: string }[];
  readonly descriptors: ReadonlyMap<string, StreamDescriptor>;
}

/**
 * Reads a configured catalog; nulls stand for what is absent.
 * @throws ConfigError when it is no catalog at all
 */
export function parseCatalog(raw: unknown, streams: readonly Stream[], states: ReadonlyMap<StreamName, unknown>): ParsedCatalog {
  if (!isJson(raw) || !Array.isArray(raw.streams)) {
    throw new ConfigError(
      'The catalog must be a configured catalog such as {"streams": [{"stream": {"name": "projects", …}, "sync_mode": "incremental", …}]}.',
    );
  }
  const selected: SelectedStream[] = [];
  const unknown: { name: string; message: string }[] = [];
  const descriptors = new Map<string, StreamDescriptor>();
  for (const entry of raw.streams as unknown[]) {
    const described = isJson(entry) && isJson(entry.stream) ? entry.stream : {};
    const syncMode = isJson(entry) ? entry.sync_mode : undefined;
    const name = typeof described.name === 'string' ? described.name : '';
    const stream = streams.find((candidate) => candidate.name === name);
    const namespace = typeof described.namespace === 'string' && described.namespace !== '' ? described.namespace : undefined;
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

import { readSchema, type StreamSchema } from './columns';
import type { Stream } from './stream';

/** A stream as a catalog has it, in Airbyte's words. */
export interface DiscoveredStream {
  readonly name: string;
  readonly json_schema: StreamSchema;
  readonly supported_sync_modes: ('full_refresh' | 'incremental')[];
  readonly source_defined_cursor: true;
  readonly default_cursor_field: string[];
  /** One path for each column of the key. */
  readonly source_defined_primary_key: string[][];
  readonly is_resumable: true;
}

/** What `discover` finds: all streams; a server is not asked. */
export function discoveredStreams(streams: readonly Stream[]): DiscoveredStream[] {
  return streams.map(({ name, cursor, primaryKey }) => ({
    name,
    json_schema: readSchema(name),
    supported_sync_modes: ['full_refresh', 'incremental'],
    source_defined_cursor: true,
    default_cursor_field: [cursor],
    source_defined_primary_key: primaryKey.map((column) => [column]),
    is_resumable: true,
  }));
}

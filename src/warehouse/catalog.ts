import { type Column, columnType, descriptionOf } from './columns';
import { isObject, streamId, type JsonObject, type StreamName } from './messages';
import { InputError } from './sync-error';

/** How a stream's records reach its table: added, upserted by key, or put in the place of everything that was there. */
export type WriteMode = 'append' | 'upsert' | 'replace';

/** A stream of the catalog as the database sees it. */
export interface Target {
  readonly id: string;
  readonly stream: StreamName;
  readonly table: string;
  readonly columns: readonly Column[];
  readonly key: readonly string[];
  readonly cursor: string | null;
  readonly mode: WriteMode;
}

/** The catalog that a person wants who gave none: every discovered stream, incremental where it can be, deduplicated. */
export function configureAll(catalog: JsonObject): JsonObject {
  const streams = Array.isArray(catalog['streams']) ? (catalog['streams'] as unknown[]) : [];
  return { streams: streams.filter(isObject).map(configure) };
}

function configure(stream: JsonObject): JsonObject {
  const modes = stream['supported_sync_modes'];
  const incremental = Array.isArray(modes) && modes.includes('incremental');
  const keyed = columnNames(stream['source_defined_primary_key']).length > 0;
  return {
    stream,
    sync_mode: incremental ? 'incremental' : 'full_refresh',
    destination_sync_mode: incremental ? (keyed ? 'append_dedup' : 'append') : 'overwrite',
    ...(stream['default_cursor_field'] === undefined ? {} : { cursor_field: stream['default_cursor_field'] }),
    ...(keyed ? { primary_key: stream['source_defined_primary_key'] } : {}),
  };
}

/** The tables that a configured catalog asks for; throws a SyncError that names the entry that cannot be understood. */
export function targetsOf(catalog: unknown): Target[] {
  const streams = isObject(catalog) ? catalog['streams'] : undefined;
  if (!Array.isArray(streams) || streams.length === 0) {
    throw new InputError(
      'The catalog selects no stream: it must be {"streams": [{"stream": …, "sync_mode": …}]}, as Airbyte configures it.',
    );
  }
  const targets = streams.map(toTarget);
  const twice = targets.find((target, index) => targets.findIndex((other) => other.table === target.table) !== index);
  if (twice) throw new InputError(`The catalog selects ${twice.id} twice: keep one of the two entries.`);
  return targets;
}

function toTarget(entry: unknown, index: number): Target {
  const configured = isObject(entry) ? entry : {};
  const declared = isObject(configured['stream']) ? configured['stream'] : {};
  const { name, namespace, json_schema: schema } = declared;
  if (typeof name !== 'string' || name === '' || !isObject(schema) || !isObject(schema['properties'])) {
    throw new InputError(
      `Stream ${index + 1} of the catalog needs stream.name and stream.json_schema with its properties, as discover gives them.`,
    );
  }
  const stream: StreamName = { name, namespace: typeof namespace === 'string' && namespace !== '' ? namespace : null };
  const columns = Object.entries(schema['properties']).map(([column, property]) => ({
    name: column,
    type: columnType(property),
    ...descriptionOf(property),
  }));
  const key = firstNonEmpty(columnNames(declared['source_defined_primary_key']), columnNames(configured['primary_key']));
  const unknown = key.find((column) => !columns.some((known) => known.name === column));
  if (unknown !== undefined)
    throw new InputError(`The primary key of ${name} names ${unknown}, which is no column of its schema.`);
  return {
    id: streamId(stream),
    stream,
    table: stream.namespace === null ? name : `${stream.namespace}_${name}`,
    columns,
    key,
    cursor: cursorOf(declared, configured, columns),
    mode: writeMode(configured, key),
  };
}

/**
 * Only a full refresh can replace: an incremental read brings what changed, and overwriting would lose the rest. One that is deduplicated
 * replaces, too: it brings no tombstones for what was there before it.
 */
function writeMode({ sync_mode: syncMode, destination_sync_mode: destination }: JsonObject, key: readonly string[]): WriteMode {
  const isKeyed = key.length > 0;
  if (syncMode === 'full_refresh' && (destination === 'overwrite' || (destination === 'append_dedup' && isKeyed)))
    return 'replace';
  return destination === 'append' || !isKeyed ? 'append' : 'upsert';
}

function cursorOf(declared: JsonObject, configured: JsonObject, columns: readonly Column[]): string | null {
  const asked = path(configured['cursor_field']);
  const given = path(declared['default_cursor_field']);
  const [first, second] = declared['source_defined_cursor'] === true ? [given, asked] : [asked, given];
  const cursor = first ?? second;
  return columns.some((column) => column.name === cursor) ? (cursor ?? null) : null;
}

/** A cursor is a path, of which only the top level can be a column. */
function path(value: unknown): string | null {
  return Array.isArray(value) && typeof value[0] === 'string' ? value[0] : null;
}

function columnNames(paths: unknown): string[] {
  return Array.isArray(paths) ? paths.map(path).filter((name) => name !== null) : [];
}

function firstNonEmpty(first: string[], second: string[]): string[] {
  return first.length > 0 ? first : second;
}

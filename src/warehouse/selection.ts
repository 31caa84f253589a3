import { nearest } from '../text/nearest';
import { configureAll } from './catalog';
import { isObject, type JsonObject } from './messages';
import { InputError } from './sync-error';

/** What decides which streams a sync reads. */
export interface Wishes {
  /** `--streams`: names, or `all`; null: not given. */
  readonly named: readonly string[] | null;
  /** What the file was synced with before; null: it is new. */
  readonly remembered: readonly string[] | null;
  /** For a new file; null: everything. */
  readonly defaults: readonly string[] | null;
  /** Streams that the account may not read, each with a sentence that says why. */
  readonly denied: ReadonlyMap<string, string>;
}

/** Which streams of a discovered catalog are read. */
export interface Selection {
  readonly catalog: JsonObject;
  readonly streams: readonly string[];
  readonly available: readonly string[];
  /** Those of them that the account may not read, each with a sentence that says why. */
  readonly denied: ReadonlyMap<string, string>;
}

/** @throws InputError for a name that no stream has */
export function refuseUnknown(discovered: JsonObject, named: readonly string[]): void {
  const available = streamsOf(discovered).map(({ name }) => name);
  const unknown = new Set(named.filter((name) => name !== 'all' && !available.includes(name)));
  if (unknown.size === 0) return;
  throw new InputError(
    `--streams ${explainUnknown([...unknown], available)}: choose among ${available.join(', ')}, or write all.`,
  );
}

/** Chooses from everything there is. */
export function selectStreams(discovered: JsonObject, { named, remembered, defaults, denied }: Wishes): Selection {
  const all = streamsOf(discovered);
  const available = all.map(({ name }) => name);
  if (named !== null) {
    const streams = named.includes('all') ? available : available.filter((name) => named.includes(name));
    return { catalog: catalogOf(all, streams), streams, available, denied: new Map() };
  }
  const wanted = available.filter((name) => (remembered ?? defaults ?? available).includes(name));
  const readable = wanted.filter((name) => !denied.has(name));
  return {
    catalog: catalogOf(all, readable),
    streams: wanted,
    available,
    denied: new Map([...denied].filter(([name]) => wanted.includes(name))),
  };
}

function explainUnknown(unknown: readonly string[], available: readonly string[]): string {
  const faults = unknown.includes('') ? ['has an empty name'] : [];
  const [first, ...others] = unknown.filter((name) => name !== '');
  if (first !== undefined && others.length === 0) faults.push(`names ${first}, which is no stream${meantBy(first, available)}`);
  else if (first !== undefined) {
    const named = [first, ...others].map((name) => `${name}${meantBy(name, available)}`);
    faults.push(`names ${named.slice(0, -1).join(', ')} and ${named.at(-1) ?? ''}, which are no streams`);
  }
  return faults.join(', and ');
}

function meantBy(name: string, available: readonly string[]): string {
  const meant = nearest(name, available);
  return meant === null ? '' : ` (did you mean ${meant}?)`;
}

/** What is worth saying about streams that are not read, and the streams of a sync that would read them, too. */
export interface Notice {
  readonly text: string;
  readonly streams: readonly string[];
}

/** About a stream that the account may not read, for whoever wants to hear no more of it. */
export function deniedStream({ streams }: Selection, name: string): Notice {
  return { text: `So that ${name} is left out for good:`, streams: streams.filter((other) => other !== name) };
}

/** About streams that are new since the file was last synced; null: there are none. */
export function newStreams(selection: Selection, known: readonly string[]): Notice | null {
  const added = selection.available.filter((name) => !known.includes(name) && !selection.streams.includes(name));
  if (added.length === 0) return null;
  return {
    text: `There is more to read now: ${added.join(', ')}. So that this file has ${themOf(added)} from then on:`,
    streams: [...selection.streams, ...added],
  };
}

/**
 * About streams that this sync and those after it read no more; null: there are none.
 * @param names what is read instead
 * @param complete streams that were once read to their end
 */
export function leftStreams(names: readonly string[], remembered: readonly string[], complete: readonly string[]): Notice | null {
  const left = remembered.filter((name) => !names.includes(name));
  if (left.length === 0) return null;
  const tables = left.length === 1 ? 'its table stays as it is' : 'their tables stay as they are';
  const cutOff = left.filter((name) => !complete.includes(name));
  const lack = left.length === 1 ? 'lacks' : 'lack';
  const lacking = cutOff.length === 0 ? '' : `, and ${lack} rows of ${cutOff.join(', ')}, whose first reading was cut off`;
  return {
    text: `No longer read into this file: ${left.join(', ')}; ${tables}${lacking}. To read ${themOf(left)} again:`,
    streams: [...names, ...left],
  };
}

function themOf(names: readonly string[]): string {
  return names.length === 1 ? 'it' : 'them';
}

/** Whatever a person gives as a catalog: configured, as `discover` prints it, or the whole message. */
export function catalogIn(given: unknown): unknown {
  const catalog = isObject(given) && isObject(given['catalog']) ? given['catalog'] : given;
  if (!isObject(catalog) || !Array.isArray(catalog['streams'])) return catalog;
  const isDiscovered = catalog['streams'].every((entry) => isObject(entry) && typeof entry['name'] === 'string');
  return isDiscovered && catalog['streams'].length > 0 ? configureAll(catalog) : catalog;
}

function catalogOf(all: readonly { name: string; stream: JsonObject }[], names: readonly string[]): JsonObject {
  return configureAll({ streams: all.filter(({ name }) => names.includes(name)).map(({ stream }) => stream) });
}

function streamsOf(discovered: JsonObject): { name: string; stream: JsonObject }[] {
  const streams = Array.isArray(discovered['streams']) ? (discovered['streams'] as unknown[]) : [];
  return streams.filter(isObject).map((stream) => ({ name: String(stream['name']), stream }));
}

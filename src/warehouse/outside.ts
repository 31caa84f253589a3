import { minuteOf } from '../text/instant';
import type { Target } from './catalog';
import type { Database } from './database';
import type { Outside } from './journal';
import type { SyncOptions } from './options';
import { savedState } from './states';

/** What a file knew of repositories that are not read, before a sync. */
export interface Before {
  /** Null: an older version did not say. */
  readonly outside: Outside | null;
  /** When each stream was last read, in milliseconds since 1970. */
  readonly readAt: ReadonlyMap<string, number>;
}

/** The repositories that syncs do not read any more: the states say which, and the file since when. */
export async function repositoriesOutside(
  database: Database,
  { outside }: SyncOptions,
  targets: readonly Target[],
  before: Before,
): Promise<Outside | null> {
  const told = await outside?.(async (name) => {
    const target = targets.find(({ stream }) => stream.name === name);
    return target === undefined ? null : await savedState(database, target);
  });
  if (told === null || told === undefined) return before.outside;
  const known = before.outside;
  const since = known === null ? null : (before.readAt.get(told.stream) ?? null);
  return new Map(told.repositories.map((id) => [id, known?.has(id) === true ? (known.get(id) ?? null) : since]));
}

/** How much of a file is not read any more. */
export interface LeftOut {
  readonly repositories: number;
  /** Of how many that are in the file, and not deleted. */
  readonly of: number;
  /** The earliest and the latest time at which they were read last, in milliseconds since 1970; null: not known of all of them. */
  readonly since: readonly [first: number, last: number] | null;
}

/** Counts those that are in the file, by its views; null: all are read. */
export async function countLeftOut(database: Database, outside: Outside | null): Promise<LeftOut | null> {
  if (outside === null || outside.size === 0) return null;
  const rows = await database.query('SELECT DISTINCT repository_id::DOUBLE AS id FROM repositories_live');
  const left = rows.map(({ id }) => Number(id)).filter((id) => outside.has(id));
  if (left.length === 0) return null;
  const dates = left.map((id) => outside.get(id) ?? null).filter((date) => date !== null);
  // Not spread into arguments: there may be very many.
  const since =
    dates.length < left.length
      ? null
      : ([dates.reduce((a, b) => Math.min(a, b)), dates.reduce((a, b) => Math.max(a, b))] as const);
  return { repositories: left.length, of: rows.length, since };
}

/** `4 of 6 repositories` */
export function leftOutCount({ repositories, of }: LeftOut): string {
  return `${repositories.toLocaleString('en-US')} of ${of.toLocaleString('en-US')} repositories`;
}

/** `since 2026-11-27 07:40 UTC`; empty where that is not known. */
export function sinceWhen({ since }: LeftOut): string {
  if (since === null) return '';
  const [first, last] = since.map(minuteOf);
  return `since ${first === last ? String(first) : `${String(first)}, some since ${String(last)}`}`;
}

/** What a person who syncs is told of it, without a full stop. */
export function describeLeftOut(left: LeftOut, config: string): string {
  const [are, them] = left.repositories === 1 ? ['is', 'it'] : ['are', 'them'];
  const since = sinceWhen(left);
  return `${leftOutCount(left)} ${are} no longer read${since === '' ? '' : ` (${since})`}: ${config} leaves ${them} out, by its filters or shards; wider ones bring ${them} back`;
}

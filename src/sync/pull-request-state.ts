import { isJson } from '../config/json';
import type { Coverage } from './coverage';

/**
 * What one pull-request stream knows of one repository. It never runs ahead of the records: whatever it claims has been written.
 * Instants are epoch milliseconds here, RFC 3339 in the state.
 */
export interface RepositoryState {
  /** `KEY/slug` as of the last read; the id is the key. */
  name: string;
  hierarchyId: string | null;
  /** The pull requests that were read, by `updatedDate`. */
  covered: Coverage;
  /** Start of the last complete read, or of the first read while there was none. */
  readAt: number | null;
  /** The lookback that `known` was kept for, in days. */
  lookbackDays: number;
  /** Start of the last read that read everything known again. */
  recheckedAt: number | null;
  /** Open and recently closed pull requests: what they were like. */
  known: Map<number, string>;
  /** Pull requests that could not be read, with the number of syncs that failed to. */
  owed: Map<number, number>;
  /** Syncs that could not read the repository itself. */
  failures: number;
  /** The last complete read found no pull request. */
  empty: boolean;
  /** The server does not list its pull requests by their last update: the list is read to its end. */
  unordered: boolean;
  /** The highest id that was ever written; 0: none, or it was not kept yet. Ids count up: a higher one was never written. */
  highestId: number;
  /** Since when the repository is gone, or out of sight; all that is kept then is which pull requests and rows there were. */
  goneAt: number | null;
}

export function emptyRepositoryState(): RepositoryState {
  return {
    name: '',
    hierarchyId: null,
    covered: [],
    readAt: null,
    lookbackDays: 0,
    recheckedAt: null,
    known: new Map(),
    owed: new Map(),
    failures: 0,
    empty: false,
    highestId: 0,
    unordered: false,
    goneAt: null,
  };
}

/** What is kept of a repository that is gone: should it come back, everything is read again, and what is missing from it is known to be. */
export function whatIsLeft({ hierarchyId, known }: RepositoryState, goneAt: number): RepositoryState {
  const left = [...known].map(([id, text]): [number, string] => {
    const [, content, ids] = text.split(' ');
    return [id, content === undefined ? '-' : `- - ${ids ?? ''}`];
  });
  return { ...emptyRepositoryState(), hierarchyId, known: new Map(left), goneAt };
}

/** As it stands in a STATE message; what is empty is left out, for there are thousands. */
export function printRepositoryState(state: RepositoryState): string {
  return JSON.stringify({
    name: state.name,
    ...(state.hierarchyId !== null && { hierarchy_id: state.hierarchyId }),
    covered: state.covered.map(({ from, to }) => [print(from), print(to)]),
    ...(state.readAt !== null && { read_at: print(state.readAt), lookback_days: state.lookbackDays }),
    ...(state.recheckedAt !== null && { rechecked_at: print(state.recheckedAt) }),
    ...(state.known.size > 0 && { known: Object.fromEntries(state.known) }),
    ...(state.owed.size > 0 && { owed: Object.fromEntries(state.owed) }),
    ...(state.failures > 0 && { failures: state.failures }),
    ...(state.empty && { empty: true }),
    ...(state.unordered && { unordered: true }),
    ...(state.highestId > 0 && { highest_id: state.highestId }),
    ...(state.goneAt !== null && { gone_at: print(state.goneAt) }),
  });
}

/**
 * Reads it back, leniently: what cannot be understood is not known, and will be read again.
 * @param now no instant of a state can be later; one that is (Airbyte's tests move them to 2099) counts as now
 */
export function parseRepositoryState(raw: unknown, now: number): RepositoryState | null {
  if (!isJson(raw)) return null;
  return {
    name: typeof raw.name === 'string' ? raw.name : '',
    hierarchyId: typeof raw.hierarchy_id === 'string' ? raw.hierarchy_id : null,
    covered: Array.isArray(raw.covered) ? raw.covered.flatMap((interval: unknown) => parseInterval(interval, now)) : [],
    readAt: parseInstant(raw.read_at, now),
    lookbackDays: typeof raw.lookback_days === 'number' ? raw.lookback_days : 0,
    recheckedAt: parseInstant(raw.rechecked_at, now),
    known: parseMap(raw.known, (value) => typeof value === 'string'),
    owed: parseMap(raw.owed, (value) => typeof value === 'number'),
    failures: typeof raw.failures === 'number' ? raw.failures : 0,
    empty: raw.empty === true,
    highestId: typeof raw.highest_id === 'number' && raw.highest_id > 0 ? raw.highest_id : 0,
    unordered: raw.unordered === true,
    goneAt: parseInstant(raw.gone_at, now),
  };
}

/** Further ahead than any clock is wrong, in milliseconds. */
const FAR_MS = 366 * 24 * 3600 * 1000;

function parseInterval(raw: unknown, now: number): { from: number; to: number }[] {
  if (!Array.isArray(raw)) return [];
  const to = parseInstant(raw[1], now);
  const from = raw[0] === null ? -Infinity : Date.parse(String(raw[0]));
  if (to === null || Number.isNaN(from)) return [];
  // Dates far in the future (Airbyte's tests) claim all of the past; a server whose clock is ahead of ours claims nothing by its.
  const whole = from - now > FAR_MS ? -Infinity : from;
  return whole < to ? [{ from: whole, to }] : [];
}

function parseInstant(raw: unknown, now: number): number | null {
  const instant = typeof raw === 'string' ? Date.parse(raw) : NaN;
  return Number.isNaN(instant) ? null : Math.min(instant, now);
}

function parseMap<T>(raw: unknown, accepts: (value: unknown) => boolean): Map<number, T> {
  if (!isJson(raw)) return new Map();
  return new Map(
    Object.entries(raw)
      .filter(([key, value]) => /^\d+$/.test(key) && accepts(value))
      .map(([key, value]) => [Number(key), value as T]),
  );
}

function print(instant: number): string | null {
  return Number.isFinite(instant) ? new Date(instant).toISOString() : null;
}

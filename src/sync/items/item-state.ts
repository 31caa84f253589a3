import { isJson, type Json } from '../../config/json';
import type { RepositoryStateForm } from '../../streams/stream';
import { parseInstant, printInstant } from '../repository/instants';
import { SmallMap } from '../small-map';
import type { Coverage } from './coverage';
import { type ItemMemory, parseItem, printItem, UNKNOWN } from './item-memory';

/** What one stream of pull requests knows of one repository's; instants are epoch milliseconds. */
export interface PullRequestsState {
  /** The pull requests that were read, by `updatedDate`. */
  covered: Coverage;
  /** Start of the last complete read, or of the first read while there was none. */
  readAt: number | null;
  /** The position in the webhook inbox up to which that read has seen everything; null: it is not known. */
  listedTo: number | null;
  /** The lookback that `known` was kept for, in days. */
  lookbackDays: number;
  /** Start of the last read that read everything known again. */
  recheckedAt: number | null;
  /** Open and recently closed pull requests. */
  readonly known: SmallMap<number, ItemMemory>;
  /** The last complete read found no pull request. */
  empty: boolean;
  /** The server does not list its pull requests by their last update: the list is read to its end. */
  unordered: boolean;
  /** The highest id that was ever written; 0: none, or it was not kept yet. Ids count up: a higher one was never written. */
  highestId: number;
}

/** The state of pull requests; a repository that is gone keeps which there were, and which rows. */
export const pullRequestsForm: RepositoryStateForm<PullRequestsState> = {
  initial: () => ({
    covered: [],
    readAt: null,
    listedTo: null,
    lookbackDays: 0,
    recheckedAt: null,
    known: new SmallMap(),
    empty: false,
    unordered: false,
    highestId: 0,
  }),
  parse: (raw, now) => ({
    covered: Array.isArray(raw.covered) ? raw.covered.flatMap((interval: unknown) => parseInterval(interval, now)) : [],
    readAt: parseInstant(raw.read_at, now),
    listedTo: typeof raw.listed_to === 'number' ? raw.listed_to : null,
    lookbackDays: typeof raw.lookback_days === 'number' ? raw.lookback_days : 0,
    recheckedAt: parseInstant(raw.rechecked_at, now),
    known: parseKnown(raw.known, parseBase(raw.covered)),
    empty: raw.empty === true,
    highestId: typeof raw.highest_id === 'number' && raw.highest_id > 0 ? raw.highest_id : 0,
    unordered: raw.unordered === true,
  }),
  print: (state): Json => ({
    covered: state.covered.map(({ from, to }) => [printInstant(from), printInstant(to)]),
    ...(state.readAt !== null && { read_at: printInstant(state.readAt), lookback_days: state.lookbackDays }),
    ...(state.listedTo !== null && { listed_to: state.listedTo }),
    ...(state.recheckedAt !== null && { rechecked_at: printInstant(state.recheckedAt) }),
    ...(state.known.size > 0 && { known: printKnown(state.known, baseOf(state.covered)) }),
    ...(state.empty && { empty: true }),
    ...(state.unordered && { unordered: true }),
    ...(state.highestId > 0 && { highest_id: state.highestId }),
  }),
  whenGone: ({ known }) => {
    if (known.size === 0) return null;
    const left = [...known].map(([id, { children, date }]): [number, ItemMemory] => [id, { ...UNKNOWN, children, date }]);
    return { ...pullRequestsForm.initial(), known: new SmallMap(left) };
  },
};

/** The latest date that is covered: that of the latest pull request. */
function baseOf(covered: Coverage): number | undefined {
  const base = covered[0]?.to;
  return base !== undefined && Number.isSafeInteger(base) ? base : undefined;
}

/** As it is written, whatever is believed of it. */
function parseBase(covered: unknown): number | undefined {
  const [latest] = Array.isArray(covered) ? (covered as unknown[]) : [];
  const base = Array.isArray(latest) ? Date.parse(String(latest[1])) : NaN;
  return Number.isNaN(base) ? undefined : base;
}

function printKnown(known: SmallMap<number, ItemMemory>, base: number | undefined): Json {
  const printed: Record<string, unknown> = {};
  for (const [id, memory] of known) printed[id] = printItem(memory, base);
  return printed;
}

function parseKnown(raw: unknown, base: number | undefined): SmallMap<number, ItemMemory> {
  const known = new SmallMap<number, ItemMemory>();
  for (const [id, value] of Object.entries(isJson(raw) ? raw : {})) {
    const memory = /^\d+$/.test(id) ? parseItem(value, base) : undefined;
    if (memory !== undefined) known.set(Number(id), memory);
  }
  return known;
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

import type { Document } from './documents/json';

/** How a listing pages. */
export interface PageRequest {
  readonly start: number;
  readonly limit: number;
}

export interface PageOptions {
  readonly cap: number;
  /** Entries that this account may not see lie between those it may: pages with gaps, short ones and an empty one. */
  readonly sparse: boolean;
  /** The last page says `nextPageStart: null`. */
  readonly nullNext: boolean;
}

/** `start` and `limit` of a request; a limit beyond the cap is clamped without a word. */
export const pageRequest = (query: URLSearchParams, cap: number): PageRequest => {
  const number = (name: string, fallback: number): number => {
    const value = Number.parseInt(query.get(name) ?? '', 10);
    return Number.isNaN(value) ? fallback : value;
  };
  const limit = number('limit', 25);
  return { start: Math.max(0, number('start', 0)), limit: Math.min(limit <= 0 ? 25 : limit, cap) };
};

/** One page of a listing of which the entries can be rendered one by one. */
export const page = <T>(
  list: readonly T[],
  query: URLSearchParams,
  options: PageOptions,
  render: (entry: T) => unknown,
): Document => {
  const { start, limit } = pageRequest(query, options.cap);
  const { from, to, next } = options.sparse ? sparseWindow(list.length, start, limit) : plainWindow(list.length, start, limit);
  const values: unknown[] = [];
  for (let index = from; index < to; index += 1) values.push(render(list[index]!));
  const last = next === undefined;
  return {
    size: values.length,
    limit,
    isLastPage: last,
    values,
    start,
    ...(last ? (options.nullNext ? { nextPageStart: null } : {}) : { nextPageStart: next }),
  };
};

/** One page of a list that is found as far as somebody asks. */
export const pageOfLog = <T>(
  log: { readonly first: (count: number) => readonly T[]; readonly all: () => readonly T[] },
  query: URLSearchParams,
  options: PageOptions,
  render: (entry: T) => unknown,
): Document => {
  const { start, limit } = pageRequest(query, options.cap);
  return page(options.sparse ? log.all() : log.first(start + limit + 1), query, options, render);
};

interface Window {
  readonly from: number;
  readonly to: number;
  /** Where the next page starts; none after the last. */
  readonly next: number | undefined;
}

const plainWindow = (length: number, start: number, limit: number): Window => {
  const to = Math.min(length, start + limit);
  return { from: Math.min(start, length), to, next: to < length ? start + limit : undefined };
};

/** Hidden entries: one before every third visible one, and a run of sixty after the fourth, which is a page of its own. */
const RUN_AFTER = 4;
const RUN = 60;

const position = (index: number): number => index + Math.floor((index + 2) / 3) + (index >= RUN_AFTER ? RUN : 0);

const sparseWindow = (length: number, start: number, limit: number): Window => {
  const firstAt = (place: number): number => {
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (position(middle) < place) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const runStart = position(RUN_AFTER - 1) + 1;
  const runEnd = runStart + RUN;
  const boundary = start < runStart ? runStart : start < runEnd ? runEnd : Number.POSITIVE_INFINITY;
  const end = Math.min(start + limit, boundary);
  const from = firstAt(start);
  const to = firstAt(end);
  if (to >= length) return { from, to: length, next: undefined };
  const next = position(to);
  return { from, to, next: end >= runStart && end < runEnd ? end : next };
};

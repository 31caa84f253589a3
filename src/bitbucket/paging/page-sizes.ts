import { isJson, type Json } from '../../config/json';
import { isTooMuch } from '../errors';

/** What is asked for after a page was too much for the server, and then. */
const SMALLER = [100, 25];
/** How long a smaller size is kept, in milliseconds: what was too much yesterday may not be today. */
const DAY_MS = 24 * 3_600_000;

/** A list: its kind of request, and what it is the list of. */
export interface ListName {
  /** `pull-requests` */
  readonly kind: string;
  /** Ids that last: of the repository, and of the pull request in it; empty for the lists of the whole instance. */
  readonly of: string;
}

interface Kept {
  readonly limit: number;
  /** Epoch milliseconds. */
  readonly until: number;
}

/**
 * How many entries a page of each list may have. A list that was too much for the server (silence, 502, 504, or longer than can be held)
 * is asked for in pages of 100 at once, then of 25; the size that succeeded is kept for that list alone, and for a day. Between syncs it
 * is kept in the states of the streams that read the list.
 */
export class PageSizes {
  private readonly kept = new Map<string, Map<string, Kept>>();

  constructor(private readonly now: () => number) {}

  /**
   * A page in the size that the server can bear.
   * @param usual entries to ask for at first
   * @param fetch asks for so many entries; where it `canAskForLess`, too much is no reason to wait and try again
   */
  async fetch<P>(name: ListName, usual: number, fetch: (limit: number, canAskForLess: boolean) => Promise<P>): Promise<P> {
    for (let limit = Math.min(usual, this.limitOf(name) ?? usual); ;) {
      const next = SMALLER.find((smaller) => smaller < limit);
      try {
        const page = await fetch(limit, next !== undefined);
        if (limit < usual) this.keep(name, limit);
        return page;
      } catch (error) {
        if (next === undefined || !isTooMuch(error)) throw error;
        limit = next;
      }
    }
  }

  /** Takes over what {@link print} gave to a state; what does not parse, or is older than a day, is left out. */
  restore(raw: unknown): void {
    if (!isJson(raw)) return;
    for (const [kind, lists] of Object.entries(raw)) {
      if (!isJson(lists)) continue;
      for (const [of, kept] of Object.entries(lists)) {
        const [limit, until] = Array.isArray(kept) ? (kept as unknown[]) : [];
        if (typeof limit !== 'number' || typeof until !== 'number' || !SMALLER.includes(limit)) continue;
        if (until > this.now() && until <= this.now() + DAY_MS) this.listsOf(kind).set(of, { limit, until });
      }
    }
  }

  /** The sizes of lists of these kinds, for the state of a stream that reads them; null where there are none. */
  print(kinds: readonly string[]): Json | null {
    const printed: Record<string, Record<string, readonly [limit: number, until: number]>> = {};
    for (const kind of kinds) {
      const lists = [...(this.kept.get(kind) ?? [])].filter(([, { until }]) => until > this.now());
      if (lists.length > 0) printed[kind] = Object.fromEntries(lists.map(([of, { limit, until }]) => [of, [limit, until]]));
    }
    return Object.keys(printed).length === 0 ? null : printed;
  }

  private limitOf({ kind, of }: ListName): number | null {
    const kept = this.kept.get(kind)?.get(of);
    return kept === undefined || kept.until <= this.now() ? null : kept.limit;
  }

  private keep(name: ListName, limit: number): void {
    if (this.limitOf(name) !== limit) this.listsOf(name.kind).set(name.of, { limit, until: this.now() + DAY_MS });
  }

  private listsOf(kind: string): Map<string, Kept> {
    const known = this.kept.get(kind);
    if (known !== undefined) return known;
    const lists = new Map<string, Kept>();
    this.kept.set(kind, lists);
    return lists;
  }
}

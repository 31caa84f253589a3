import { isJson, type Json } from '../../config/json';
import type { ItemId, RepositoryStateForm } from '../../streams/stream';
import { printState, unpackState } from '../packing';
import { SmallMap } from '../small-map';
import { entriesById, type FullRefresh, isKnownVersion, parseFullRefresh, type StreamState, VERSION } from '../stream-state';
import { parseInstant, printInstant } from './instants';

/** How long it is remembered what a repository that is gone held, in milliseconds. */
const MEMORY_OF_GONE_MS = 30 * 24 * 3600 * 1000;
/** Digits of a hierarchy id that are kept: they only tell servers apart, and stand in each state of each repository. */
const HIERARCHY_DIGITS = 6;

/** Items that could not be read, with the number of syncs that failed to. */
type PendingItems = SmallMap<ItemId, number>;

/** What one stream knows of one repository. It never runs ahead of the records: whatever it claims has been written. */
export interface RepositoryMemory<Body> {
  /** `KEY/slug` as of the last read, the id is the key; empty: it left the filters, or was never read. */
  name: string;
  /** Its first digits where it was read from a state. */
  hierarchyId: string | null;
  /** Since when it is gone or out of sight, in epoch milliseconds. */
  goneAt: number | null;
  /** Which of several accounts reads it; null: there is but one. */
  reader: string | null;
  /** Syncs that could not read the repository itself; beyond 0 it is pending. */
  attempts: number;
  readonly pending: PendingItems;
  /** When it was last read as a whole, for streams that read it by a state of their own: start of that sync, in epoch milliseconds. */
  scannedAt: number | null;
  /** Up to where of the webhook inbox that reading has seen everything; null: nobody knows. */
  scannedTo: number | null;
  /** What the stream's kind remembers of it. */
  body: Body;
}

/** A place in the order of what a webhook inbox holds. */
export interface InboxPosition {
  readonly id: string;
  readonly position: number;
  /** By which name the inbox knows this connection; null: by none yet. */
  readonly reader: string | null;
}

/** Where there are more repositories, their texts are as much as all the rest, and states are rarely printed: only long texts are kept. */
const MANY = 1000;
/** Characters of a long text. */
const LONG = 1024;

/** One stream's memory of repositories, by id. Printed again only where it changed. */
export class RepositoryStates<Body> implements StreamState {
  fullRefresh: FullRefresh = null;
  /** Up to where the webhook inbox of that id was read. */
  inbox: InboxPosition | null = null;
  readonly repositories = new Map<number, RepositoryMemory<Body>>();
  damaged = 0;
  private readonly printed = new Map<number, string>();

  /** @param isPart it stands within another one, which tells what each repository is */
  constructor(
    private readonly form: RepositoryStateForm<Body>,
    private readonly isPart = false,
  ) {}

  /** The repository's memory, made if there is none. */
  of(id: number): RepositoryMemory<Body> {
    const known = this.repositories.get(id);
    if (known !== undefined) return known;
    const memory = emptyMemory(this.form.initial());
    this.repositories.set(id, memory);
    return memory;
  }

  replace(id: number): RepositoryMemory<Body> {
    this.repositories.delete(id);
    this.changed(id);
    return this.of(id);
  }

  /** The repository is gone, or out of sight. Should it come back, everything is read again; what its form keeps is known then. */
  lose(id: number, now: number): void {
    const memory = this.repositories.get(id);
    if (memory === undefined || memory.goneAt !== null) return;
    const kept = this.form.whenGone(memory.body);
    if (kept === null) this.repositories.delete(id);
    else this.repositories.set(id, { ...emptyMemory(kept), hierarchyId: memory.hierarchyId, goneAt: now });
    this.changed(id);
  }

  /** The filters no longer select it: what is known stays, for the day they do again, but nothing is asked of it until then. */
  leftFilters(id: number): void {
    const memory = this.repositories.get(id);
    if (memory !== undefined) memory.name = '';
    this.changed(id);
  }

  /** To be called whenever a repository's memory has changed. */
  changed(id: number): void {
    this.printed.delete(id);
  }

  print(): string {
    const readable = {
      version: VERSION,
      ...(this.fullRefresh !== null && { full_refresh: this.fullRefresh }),
      ...(this.inbox !== null && { webhook_inbox: this.inbox }),
    };
    return printState(readable, this.counts(), this.pieces());
  }

  private *pieces(): Generator<string, void> {
    yield '"repositories":{';
    let separator = '';
    for (const [id, memory] of this.repositories) {
      yield `${separator}"${id}":`;
      yield this.textOf(id, memory);
      separator = ',';
    }
    yield '}';
  }

  private textOf(id: number, memory: RepositoryMemory<Body>): string {
    const known = this.printed.get(id);
    if (known !== undefined) return known;
    const text = JSON.stringify(Object.assign(this.isPart ? {} : identityOf(memory), printMemory(memory, this.form)));
    if (this.repositories.size <= MANY || text.length >= LONG) this.printed.set(id, text);
    return text;
  }

  /** What is told beside a state that is packed. */
  private counts(): Json {
    const memories = [...this.repositories.values()];
    const sum = (count: (memory: RepositoryMemory<Body>) => number) =>
      memories.reduce((total, memory) => total + count(memory), 0);
    return {
      repositories: memories.length,
      gone: sum(({ goneAt }) => Number(goneAt !== null)),
      repositories_pending: sum(({ attempts }) => Number(attempts > 0)),
      items_pending: sum(({ pending }) => pending.size),
    };
  }

  /** Reads it back, leniently: what cannot be understood is not known, and will be read again. */
  static parse<Body>(form: RepositoryStateForm<Body>, saved: unknown, now: number, isPart = false): RepositoryStates<Body> {
    const states = new RepositoryStates(form, isPart);
    if (!isJson(saved) || !isKnownVersion(saved)) return states;
    const raw = unpackState(saved);
    if (raw === null) {
      states.damaged = 1;
      return states;
    }
    states.fullRefresh = parseFullRefresh(raw.full_refresh);
    states.inbox = parseInboxPosition(raw.webhook_inbox);
    const entries = entriesById(raw.repositories);
    const all = raw.repositories === undefined ? 0 : isJson(raw.repositories) ? Object.keys(raw.repositories).length : 1;
    states.damaged = all - entries.length;
    for (const [id, value] of entries) {
      const memory = isJson(value) ? parseMemory(value, form, now) : null;
      if (memory === null) states.damaged++;
      const isForgotten = memory?.goneAt != null && now - memory.goneAt > MEMORY_OF_GONE_MS;
      if (memory !== null && !isForgotten) states.repositories.set(id, memory);
    }
    return states;
  }
}

export function emptyMemory<Body>(body: Body): RepositoryMemory<Body> {
  // Written out: what is spread together gets a hidden class of its own each time, and there are thousands.
  return {
    name: '',
    hierarchyId: null,
    goneAt: null,
    reader: null,
    attempts: 0,
    pending: new SmallMap(),
    scannedAt: null,
    scannedTo: null,
    body,
  };
}

/** What tells the repository from others. */
function identityOf({ name, hierarchyId }: RepositoryMemory<unknown>): Json {
  return { name, ...(hierarchyId !== null && { hierarchy_id: hierarchyId.slice(0, HIERARCHY_DIGITS) }) };
}

/** As it stands in a STATE message; what is empty is left out, for there are thousands. */
function printMemory<Body>(memory: RepositoryMemory<Body>, form: RepositoryStateForm<Body>): Json {
  const { goneAt, reader, attempts, pending, scannedAt, scannedTo, body } = memory;
  return Object.assign(form.print(body), {
    ...(pending.size > 0 && { pending: Object.fromEntries(pending) }),
    ...(attempts > 0 && { attempts }),
    ...(goneAt !== null && { gone_at: printInstant(goneAt) }),
    // Only what webhooks may leave out is dated: nobody else asks.
    ...(scannedTo !== null && scannedAt !== null && { scanned_at: printInstant(scannedAt), scanned_to: scannedTo }),
    ...(reader !== null && { reader }),
  });
}

/** Version 1 says `owed` for `pending`, and `failures` for `attempts`. */
function parseMemory<Body>(raw: Json, form: RepositoryStateForm<Body>, now: number): RepositoryMemory<Body> | null {
  const body = form.parse(raw, now);
  if (body === null) return null;
  const attempts = raw.attempts ?? raw.failures;
  return {
    name: typeof raw.name === 'string' ? raw.name : '',
    hierarchyId: typeof raw.hierarchy_id === 'string' ? raw.hierarchy_id : null,
    goneAt: parseInstant(raw.gone_at, now),
    reader: typeof raw.reader === 'string' ? raw.reader : null,
    attempts: typeof attempts === 'number' ? attempts : 0,
    pending: parsePending(raw.pending ?? raw.owed),
    scannedAt: parseInstant(raw.scanned_at, now),
    scannedTo: typeof raw.scanned_to === 'number' ? raw.scanned_to : null,
    body,
  };
}

/** Ids that are whole numbers are numbers; longer ones would lose digits, and are text. */
function parsePending(raw: unknown): PendingItems {
  const pending: PendingItems = new SmallMap();
  for (const [id, failures] of Object.entries(isJson(raw) && !Array.isArray(raw) ? raw : {}))
    if (typeof failures === 'number') pending.set(/^\d{1,15}$/.test(id) ? Number(id) : id, failures);
  return pending;
}

function parseInboxPosition(raw: unknown): InboxPosition | null {
  if (!isJson(raw) || typeof raw.id !== 'string' || typeof raw.position !== 'number') return null;
  return { id: raw.id, position: raw.position, reader: typeof raw.reader === 'string' && raw.reader !== '' ? raw.reader : null };
}

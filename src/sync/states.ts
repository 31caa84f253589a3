import { isJson } from '../config/json';
import type { StreamName } from '../streams/stream';
import {
  emptyRepositoryState,
  parseRepositoryState,
  printRepositoryState,
  type RepositoryState,
  whatIsLeft,
} from './pull-request-state';

/** Version of the state's form; a state of another version is not understood, and everything is read. */
const VERSION = 1;
/** How long it is remembered what a repository that is gone held, in milliseconds. */
const MEMORY_OF_GONE_MS = 30 * 24 * 3600 * 1000;

/** How far a full refresh has come: one that was cut off goes on, any other begins anew (contract §4). */
export type FullRefresh = 'running' | 'complete' | null;

/** One snapshot stream's memory: each row by id, as `[fingerprint, address, …]`. */
export class SnapshotState {
  fullRefresh: FullRefresh = null;
  readonly rows = new Map<number, SnapshotRow>();
  /** Rows that could not be read, with the number of syncs that failed to. */
  readonly owed = new Map<number, number>();
  /** When what costs a request per row was last read for all, in epoch milliseconds. */
  recheckedAt: number | null = null;

  print(): string {
    return JSON.stringify({
      version: VERSION,
      ...(this.fullRefresh !== null && { full_refresh: this.fullRefresh }),
      ...(this.recheckedAt !== null && { rechecked_at: new Date(this.recheckedAt).toISOString() }),
      rows: Object.fromEntries(this.rows),
      ...(this.owed.size > 0 && { owed: Object.fromEntries(this.owed) }),
    });
  }

  static parse(raw: unknown, now: number): SnapshotState {
    const state = new SnapshotState();
    if (!isJson(raw) || raw.version !== VERSION) return state;
    state.fullRefresh = parseFullRefresh(raw.full_refresh);
    const recheckedAt = Date.parse(String(raw.rechecked_at));
    state.recheckedAt = Number.isNaN(recheckedAt) ? null : Math.min(recheckedAt, now);
    for (const [id, row] of entriesById(raw.rows)) {
      if (Array.isArray(row) && typeof row[0] === 'string' && typeof row[1] === 'string')
        state.rows.set(id, row as unknown as SnapshotRow);
    }
    for (const [id, failures] of entriesById(raw.owed)) state.owed.set(id, Number(failures) || 0);
    return state;
  }
}

/** Fingerprint, address, and for repositories the default branch. */
export type SnapshotRow = readonly [fingerprint: string, address: string, defaultBranch?: string | null];

/** A place in the order of what a webhook inbox holds. */
export interface InboxPosition {
  readonly id: string;
  readonly position: number;
  /** By which name the inbox knows this connection; null: by none yet. */
  readonly reader: string | null;
}

/** One pull-request stream's memory: what it knows of each repository, by id. Printed again only where it changed. */
export class PullRequestStreamState {
  fullRefresh: FullRefresh = null;
  /** Up to where the webhook inbox of that id was read. */
  inbox: InboxPosition | null = null;
  readonly repositories = new Map<number, RepositoryState>();
  private readonly printed = new Map<number, string>();

  /** The repository's state, made if there is none. */
  of(id: number): RepositoryState {
    const known = this.repositories.get(id);
    if (known !== undefined) return known;
    const state = emptyRepositoryState();
    this.repositories.set(id, state);
    return state;
  }

  replace(id: number): RepositoryState {
    this.repositories.delete(id);
    this.changed(id);
    return this.of(id);
  }

  /** The repository is gone, or out of sight. It may come back: see {@link whatIsLeft}. */
  lose(id: number, now: number): void {
    const state = this.repositories.get(id);
    if (state === undefined || state.goneAt !== null) return;
    if (state.known.size > 0) this.repositories.set(id, whatIsLeft(state, now));
    else this.repositories.delete(id);
    this.changed(id);
  }

  /** The filters no longer select it: what is known stays, for the day they do again, but nobody asks for it until then. */
  leave(id: number): void {
    const state = this.repositories.get(id);
    if (state !== undefined) state.name = '';
    this.changed(id);
  }

  /** To be called whenever a repository's state has changed. */
  changed(id: number): void {
    this.printed.delete(id);
  }

  print(): string {
    const parts: string[] = [];
    for (const [id, state] of this.repositories) {
      let text = this.printed.get(id);
      if (text === undefined) {
        text = printRepositoryState(state);
        this.printed.set(id, text);
      }
      parts.push(`"${id}":${text}`);
    }
    const fullRefresh = this.fullRefresh === null ? '' : `"full_refresh":"${this.fullRefresh}",`;
    const inbox = this.inbox === null ? '' : `"webhook_inbox":${JSON.stringify(this.inbox)},`;
    return `{"version":${VERSION},${fullRefresh}${inbox}"repositories":{${parts.join(',')}}}`;
  }

  static parse(raw: unknown, now: number): PullRequestStreamState {
    const state = new PullRequestStreamState();
    if (!isJson(raw) || raw.version !== VERSION) return state;
    state.fullRefresh = parseFullRefresh(raw.full_refresh);
    state.inbox = parseInboxPosition(raw.webhook_inbox);
    for (const [id, value] of entriesById(raw.repositories)) {
      const repository = parseRepositoryState(value, now);
      const isForgotten = repository?.goneAt != null && now - repository.goneAt > MEMORY_OF_GONE_MS;
      if (repository !== null && !isForgotten) state.repositories.set(id, repository);
    }
    return state;
  }
}

function entriesById(raw: unknown): [number, unknown][] {
  return Object.entries(isJson(raw) ? raw : {})
    .filter(([id]) => /^\d+$/.test(id))
    .map(([id, value]) => [Number(id), value]);
}

function parseInboxPosition(raw: unknown): InboxPosition | null {
  if (!isJson(raw) || typeof raw.id !== 'string' || typeof raw.position !== 'number') return null;
  return { id: raw.id, position: raw.position, reader: typeof raw.reader === 'string' && raw.reader !== '' ? raw.reader : null };
}

function parseFullRefresh(raw: unknown): FullRefresh {
  return raw === 'running' || raw === 'complete' ? raw : null;
}

/**
 * The state of each stream, whatever form it was handed over in: STREAM messages in an array or alone, wrapped in STATE messages, one
 * GLOBAL, or a legacy object by stream name.
 * @param raw parsed JSON; undefined, null, `{}` and `[]` mean that there is none
 */
export function statesByStream(raw: unknown): Map<StreamName, unknown> {
  const states = new Map<StreamName, unknown>();
  for (const message of Array.isArray(raw) ? (raw as unknown[]) : [raw]) collect(message, states);
  return states;
}

function collect(message: unknown, into: Map<StreamName, unknown>): void {
  if (!isJson(message)) return;
  if (isJson(message.state)) return collect(message.state, into);
  if (isJson(message.stream)) return collectStream(message.stream, into);
  if (isJson(message.global)) {
    for (const stream of Array.isArray(message.global.stream_states) ? (message.global.stream_states as unknown[]) : [])
      collectStream(stream, into);
    return;
  }
  if (message.stream_descriptor !== undefined) return collectStream(message, into);
  const legacy = isJson(message.data) ? message.data : message;
  for (const [name, state] of Object.entries(legacy)) if (isJson(state)) into.set(name as StreamName, state);
}

function collectStream(raw: unknown, into: Map<StreamName, unknown>): void {
  if (!isJson(raw) || !isJson(raw.stream_descriptor)) return;
  into.set(raw.stream_descriptor.name as StreamName, raw.stream_state ?? null);
}

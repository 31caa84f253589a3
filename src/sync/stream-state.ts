import { isJson, type Json } from '../config/json';

/** Version of the states that are written. Those of version 1 (0.1.0) say `owed` for `pending`, and are read as well. */
export const VERSION = 2;

/** How far a full refresh has come: one that was cut off goes on, any other begins anew. */
export type FullRefresh = 'running' | 'complete' | null;

/** What one stream remembers from sync to sync. */
export interface StreamState {
  fullRefresh: FullRefresh;
  /** Parts of the saved state that could not be understood: what they told of is read anew. */
  readonly damaged: number;
  /** As JSON text; it claims nothing that was not emitted. */
  print(): string;
}

/** What is wrong with a saved state, in a sentence; null: nothing. @param raw null or undefined where there is none */
export function problemOf(raw: unknown, { damaged }: StreamState): string | null {
  if (raw === null || raw === undefined) return null;
  if (!isUsable(raw)) return 'the saved state is of no form that this version knows: everything is read anew';
  return damaged === 0 ? null : `${damaged} parts of the saved state cannot be understood: what they tell of is read anew`;
}

/** Whether it is a state that can be read, or an empty one. */
export function isUsable(raw: unknown): raw is Json {
  return isJson(raw) && (Object.keys(raw).length === 0 || isKnownVersion(raw));
}

/** Whether a state is of a form that can be read; any other is ignored, and everything is read. */
export function isKnownVersion({ version }: Json): boolean {
  return version === 1 || version === VERSION;
}

export function parseFullRefresh(raw: unknown): FullRefresh {
  return raw === 'running' || raw === 'complete' ? raw : null;
}

/** What stands under numbers. */
export function entriesById(raw: unknown): [number, unknown][] {
  return Object.entries(isJson(raw) ? raw : {})
    .filter(([id]) => /^\d+$/.test(id))
    .map(([id, value]) => [Number(id), value]);
}

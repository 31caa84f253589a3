import { streams } from '../../src/streams';
import type { Simulator } from '../simulator';
import { STREAM_NAMES, type StreamName } from './promises';

/** As `lookback_days` is, where a configuration does not say otherwise. */
export const LOOKBACK_DAYS = 14;

type Rows = readonly Readonly<Record<string, unknown>>[];

/** What each stream, asked for or not, would read at a moment. */
export type Rowset = ReadonlyMap<StreamName, Rows>;

/** All rows there are, by the server's own ground truth. */
export function rowsOf({ truth }: Simulator): Rowset {
  return new Map(streams.map(({ name }) => [name as StreamName, truth.rows(name as StreamName)]));
}

/** The streams that show what happened, if a new file has none of them; otherwise none. */
export function unaskedStreams(before: Rowset, after: Rowset): readonly StreamName[] {
  const changed = changedStreams(before, after);
  return changed.some((stream) => STREAM_NAMES.includes(stream)) ? [] : changed;
}

/** Whether all that happened, happened to pull requests at which the next sync does not look: closed for long, and their date did not move. */
export function isLookedAtNoMore(before: Rowset, after: Rowset): boolean {
  if (changedStreams(before, after).some((stream) => STREAM_NAMES.includes(stream) && !stream.startsWith('pull_request')))
    return false;
  const [old, now] = [byKey(before), byKey(after)];
  const touched = [...new Set([...old.keys(), ...now.keys()])].filter((key) => !isSame(old.get(key), now.get(key)));
  const since = Date.now() - LOOKBACK_DAYS * 86_400_000;
  return (
    touched.length > 0 &&
    touched.every((key) => {
      const [was, is] = [old.get(key), now.get(key)];
      const closed = was?.['closed_date'];
      const hasMoved = is !== undefined && is['updated_date'] !== was?.['updated_date'];
      return typeof closed === 'string' && Date.parse(closed) < since && !hasMoved;
    })
  );
}

/** The streams in which a sync that reads everything finds something else than before. */
export function changedStreams(before: Rowset, after: Rowset): StreamName[] {
  return [...after.keys()].filter((stream) => !isSame(before.get(stream), after.get(stream)));
}

function byKey(rows: Rowset): ReadonlyMap<string, Rows[number]> {
  return new Map((rows.get('pull_requests') ?? []).map((row) => [`${String(row['repository_id'])}#${String(row['id'])}`, row]));
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

import { isJson, type Json } from '../../config/json';
import { BitbucketError } from '../errors';
import type { Diff, DiffFile } from './diff';
import { pathOf } from '../api/payloads';

/** Counts Bitbucket's JSON diff; a MOVE may be a COPY (old servers do not tell). @throws BitbucketError 'unexpected_answer' */
export function countJsonDiff(answer: unknown): Diff {
  if (!isJson(answer) || !Array.isArray(answer.diffs))
    throw new BitbucketError('unexpected_answer', 'the answer is JSON that is no diff');
  const files = objectsIn(answer.diffs).map(countFile);
  const isWhole = files.length === answer.diffs.length && files.every(({ truncated }) => !truncated);
  return { files: files.map(({ file }) => file), truncated: answer.truncated === true || !isWhole };
}

function countFile(diff: Json): { file: DiffFile; truncated: boolean } {
  const source = pathOf(diff.source);
  const destination = pathOf(diff.destination);
  const hunks = objectsIn(diff.hunks);
  const segments = hunks.flatMap((hunk) => objectsIn(hunk.segments));
  const count = (type: string) =>
    segments.reduce(
      (sum, segment) => sum + (segment.type === type && Array.isArray(segment.lines) ? segment.lines.length : 0),
      0,
    );
  const moved = source !== null && destination !== null && source !== destination;
  const file: DiffFile = {
    path: destination ?? source ?? '',
    previousPath: moved ? source : null,
    type: source === null ? 'ADD' : destination === null ? 'DELETE' : moved ? 'MOVE' : 'MODIFY',
    additions: count('ADDED'),
    deletions: count('REMOVED'),
    binary: diff.binary === true,
  };
  // A truncated line is still one line: only what hides lines counts.
  return { file, truncated: [diff, ...hunks, ...segments].some((part) => part.truncated === true) };
}

/** The objects of a list; none where it is no list. */
function objectsIn(list: unknown): Json[] {
  return Array.isArray(list) ? (list as unknown[]).filter(isJson) : [];
}

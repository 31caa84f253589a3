import { BitbucketError } from '../errors';
import type { Diff, DiffFile } from './diff';
import { type RestPath, pathOf } from '../api/payloads';

interface RestDiffPart {
  readonly truncated?: boolean;
}
interface RestSegment extends RestDiffPart {
  readonly type?: string;
  readonly lines?: readonly RestDiffPart[];
}
interface RestHunk extends RestDiffPart {
  readonly segments?: readonly RestSegment[] | null;
}
interface RestFileDiff extends RestDiffPart {
  readonly source?: RestPath | null;
  readonly destination?: RestPath | null;
  readonly binary?: boolean;
  readonly hunks?: readonly RestHunk[] | null;
}

/** Counts Bitbucket's JSON diff; a MOVE may be a COPY (old servers do not tell). @throws BitbucketError 'unexpected_answer' */
export function countJsonDiff(answer: unknown): Diff {
  const { diffs, truncated } = (answer ?? {}) as { diffs?: unknown; truncated?: boolean };
  if (!Array.isArray(diffs)) throw new BitbucketError('unexpected_answer', 'the answer is JSON that is no diff');
  const files = (diffs as RestFileDiff[]).map(countFile);
  return { files: files.map(({ file }) => file), truncated: truncated === true || files.some((counted) => counted.truncated) };
}

function countFile(diff: RestFileDiff): { file: DiffFile; truncated: boolean } {
  const source = pathOf(diff.source);
  const destination = pathOf(diff.destination);
  const hunks = diff.hunks ?? [];
  const segments = hunks.flatMap((hunk) => hunk.segments ?? []);
  const count = (type: string) =>
    segments.reduce((sum, segment) => sum + (segment.type === type ? (segment.lines?.length ?? 0) : 0), 0);
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

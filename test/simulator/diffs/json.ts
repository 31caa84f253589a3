import type { Document } from '../documents/json';
import { pathDocument } from '../documents/path';
import type { FileChange, Hunk, PullRequest } from '../model';
import { hash } from '../random';
import { lineAt, lineCount } from './files';
import { spans, withoutContext } from './raw';

export interface JsonDiffOptions {
  readonly contextLines: number;
  /** The server's hard cap to lines: what lies behind is missing, whole files too. */
  readonly maxLines: number;
  /** Only this file. */
  readonly path?: string;
}

/** A pull request's diff as JSON, cut off at the cap. */
export const jsonDiff = (pullRequest: PullRequest, options: JsonDiffOptions): Document => {
  const budget = { lines: options.maxLines };
  const diffs: Document[] = [];
  const files = pullRequest.files.filter(({ path }) => options.path === undefined || options.path === path);
  for (const file of files) {
    if (budget.lines <= 0) break;
    diffs.push(fileDiff(file, options.contextLines, budget));
  }
  const truncated = diffs.length < files.length || budget.lines < 0;
  return {
    fromHash: pullRequest.to.commit,
    toHash: pullRequest.from.commit,
    contextLines: options.contextLines,
    whitespace: 'SHOW',
    diffs,
    truncated,
  };
};

const fileDiff = (file: FileChange, contextLines: number, budget: { lines: number }): Document => {
  const { path, previousPath = path, type, binary, hunks } = file;
  const parts = contextLines === 0 ? hunks.flatMap(withoutContext) : hunks;
  const sent = binary === true ? undefined : parts.map((hunk) => hunkDocument(hunk, budget));
  return {
    source: type === 'ADD' ? null : pathDocument(previousPath),
    destination: type === 'DELETE' ? null : pathDocument(path),
    binary,
    hunks: sent,
    truncated: budget.lines < 0,
  };
};

const hunkDocument = (hunk: Hunk, budget: { lines: number }): Document => {
  let { sourceLine: source, destinationLine: destination } = hunk;
  const segments: Document[] = [];
  for (const segment of hunk.segments) {
    const count = lineCount(segment);
    const allowed = Math.max(0, Math.min(count, budget.lines));
    budget.lines -= count;
    const lines = Array.from({ length: allowed }, (_, index) => {
      const line = { source, destination, line: lineAt(segment, index), truncated: false };
      if (segment.type !== 'ADDED') source += 1;
      if (segment.type !== 'REMOVED') destination += 1;
      return line;
    });
    segments.push({ type: segment.type, lines, truncated: allowed < count });
  }
  const { source: sourceSpan, destination: destinationSpan } = spans(hunk);
  return {
    context: hunk.context,
    sourceLine: hunk.sourceLine,
    sourceSpan,
    destinationLine: hunk.destinationLine,
    destinationSpan,
    segments,
    truncated: budget.lines < 0,
  };
};

const NOTHING = '0'.repeat(40);

/** The entries of `/changes`. Where a version cannot tell copies, they pass for moves. */
export const changeDocuments = (pullRequest: PullRequest, copies: boolean): Document[] =>
  pullRequest.files.map((file) => {
    const { path, previousPath, type, submodule, mode } = file;
    const told = type === 'COPY' && !copies ? 'MOVE' : type;
    return {
      contentId: type === 'DELETE' ? hash(path) : hash(path, pullRequest.from.commit),
      fromContentId: type === 'ADD' ? NOTHING : hash(path),
      path: pathDocument(path),
      srcPath: previousPath === undefined ? undefined : pathDocument(previousPath),
      executable: type === 'DELETE' ? undefined : mode?.to === '100755',
      percentUnchanged: previousPath === undefined ? -1 : file.hunks.length > 0 ? 86 : 100,
      type: told,
      nodeType: submodule === true ? 'SUBMODULE' : 'FILE',
      srcExecutable: type === 'ADD' ? undefined : false,
      links: { self: [null] },
      properties: { gitChangeType: told === 'MOVE' ? 'RENAME' : told },
    };
  });

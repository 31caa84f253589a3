import type { FileChange, Hunk, PullRequest } from '../model';
import { hash } from '../random';
import { lineAt, lineCount } from './files';

const CHUNK = 64 * 1024;

/** A pull request's raw diff as Bitbucket streams it (`src://`, `dst://`), in pieces of about 64 KB. */
export function* rawDiff(pullRequest: PullRequest, contextLines: number): Generator<Buffer> {
  let buffered = '';
  for (const file of pullRequest.files) {
    for (const piece of fileDiff(file, contextLines)) {
      buffered += piece;
      if (buffered.length >= CHUNK) {
        yield Buffer.from(buffered);
        buffered = '';
      }
    }
  }
  if (buffered !== '') yield Buffer.from(buffered);
}

function* fileDiff(file: FileChange, contextLines: number): Generator<string> {
  const { path, previousPath = path, type, mode, binary, submodule, hunks } = file;
  const source = quote(`src://${previousPath}`);
  const destination = quote(`dst://${path}`);
  const from = type === 'ADD' ? '/dev/null' : source;
  const to = type === 'DELETE' ? '/dev/null' : destination;
  yield `diff --git ${source} ${destination}\n`;
  const fileMode = submodule === true ? '160000' : '100644';
  if (type === 'ADD') yield `new file mode ${fileMode}\n`;
  if (type === 'DELETE') yield `deleted file mode ${fileMode}\n`;
  if (mode !== undefined) yield `old mode ${mode.from}\nnew mode ${mode.to}\n`;
  if (type === 'MOVE' || type === 'COPY') {
    const word = type === 'MOVE' ? 'rename' : 'copy';
    yield `similarity index ${hunks.length > 0 ? 86 : 100}%\n${word} from ${quote(previousPath)}\n${word} to ${quote(path)}\n`;
  }
  const unchanged = hunks.length === 0 && binary !== true && type !== 'ADD' && type !== 'DELETE';
  if (!unchanged)
    yield `index ${blob(type === 'ADD' ? '' : previousPath)}..${blob(type === 'DELETE' ? '' : `${path}'`)}${type === 'ADD' || type === 'DELETE' || mode !== undefined ? '' : ` ${fileMode}`}\n`;
  if (binary === true) yield `Binary files ${from} and ${to} differ\n`;
  else if (hunks.length > 0) {
    yield `--- ${from}${tab(from)}\n+++ ${to}${tab(to)}\n`;
    const last = hunks.at(-1);
    for (const hunk of hunks) yield* hunkDiff(hunk, contextLines, file.missingNewline === true && hunk === last);
  }
}

const blob = (name: string): string => (name === '' ? '00000000000' : hash(name).slice(0, 11));

/** Git ends a name that has a space with a tab, quoted or not. */
const tab = (name: string): string => (name.includes(' ') ? '\t' : '');

function* hunkDiff(hunk: Hunk, contextLines: number, missingNewline: boolean): Generator<string> {
  for (const part of contextLines === 0 ? withoutContext(hunk) : [hunk]) {
    const { source, destination } = spans(part);
    const heading = part.context === undefined ? '' : ` ${part.context}`;
    yield `@@ -${range(part.sourceLine, source)} +${range(part.destinationLine, destination)} @@${heading}\n`;
    const ends = missingNewline ? endings(part) : undefined;
    for (const segment of part.segments) {
      const sign = segment.type === 'ADDED' ? '+' : segment.type === 'REMOVED' ? '-' : ' ';
      const count = lineCount(segment);
      for (let index = 0; index < count; index += 1) yield `${sign}${lineAt(segment, index)}\n`;
      if (ends?.includes(segment) === true) yield '\\ No newline at end of file\n';
    }
  }
}

/** The segments that end the old and the new file. */
const endings = ({ segments }: Hunk): Hunk['segments'] => {
  const lastOf = (other: 'ADDED' | 'REMOVED') => segments.findLast(({ type }) => type !== other);
  return segments.filter((segment) => segment === lastOf('ADDED') || segment === lastOf('REMOVED'));
};

const range = (start: number, span: number): string => (span === 1 ? `${start}` : `${start},${span}`);

/** How many lines a hunk covers on either side. */
export const spans = ({ segments }: Hunk): { source: number; destination: number } => {
  let source = 0;
  let destination = 0;
  for (const segment of segments) {
    const count = lineCount(segment);
    if (segment.type !== 'ADDED') source += count;
    if (segment.type !== 'REMOVED') destination += count;
  }
  return { source, destination };
};

/** The hunks that are left of one when no context is asked for. */
export const withoutContext = (hunk: Hunk): Hunk[] => {
  const parts: Hunk[] = [];
  let { sourceLine, destinationLine } = hunk;
  let run: Hunk['segments'][number][] = [];
  const flush = (): void => {
    if (run.length === 0) return;
    const { source, destination } = spans({ ...hunk, segments: run });
    const part = {
      sourceLine: source === 0 ? sourceLine - 1 : sourceLine,
      destinationLine: destination === 0 ? destinationLine - 1 : destinationLine,
      segments: run,
    };
    parts.push({
      ...part,
      sourceLine: Math.max(0, part.sourceLine),
      destinationLine: Math.max(0, part.destinationLine),
      ...(hunk.context === undefined ? {} : { context: hunk.context }),
    });
    sourceLine += source;
    destinationLine += destination;
    run = [];
  };
  for (const segment of hunk.segments) {
    if (segment.type !== 'CONTEXT') {
      run.push(segment);
      continue;
    }
    flush();
    sourceLine += lineCount(segment);
    destinationLine += lineCount(segment);
  }
  flush();
  return parts;
};

const ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '"': '\\"', '\\': '\\\\' };

/** Git's quoting of unusual names: octal bytes of UTF-8, in quotes. */
export const quote = (name: string): string => {
  // eslint-disable-next-line no-control-regex
  if (!/[\u0000-\u001f"\\\u007f-\uffff]/.test(name)) return name;
  const quoted = [...Buffer.from(name)].map((byte) => {
    const char = String.fromCharCode(byte);
    return ESCAPES[char] ?? (byte < 32 || byte > 126 ? `\\${byte.toString(8).padStart(3, '0')}` : char);
  });
  return `"${quoted.join('')}"`;
};

import { BitbucketError } from '../errors';
import type { DiffFile } from './diff';

const NEWLINE = 10;
const PLUS = 43;
const MINUS = 45;
const BACKSLASH = 92;
/** Header lines hold paths; of any other line only the first bytes matter. */
const MAX_HEADER_BYTES = 64 * 1024;

interface OpenFile {
  path: string | null;
  previousPath: string | null;
  type: DiffFile['type'];
  additions: number;
  deletions: number;
  binary: boolean;
  /** Its sides were named, which only a hunk follows. */
  lacksHunk: boolean;
}

/**
 * Counts a raw git diff while it streams by; of its text nothing is kept, and memory does not depend on its size.
 * Lines within a hunk are told by the hunk's own counts, so that content which looks like a header is content.
 * @throws BitbucketError 'unexpected_answer' when the bytes are no diff, or end in the middle of a hunk or of what leads to one
 */
export async function countRawDiff(body: AsyncIterable<Buffer>): Promise<DiffFile[]> {
  const counter = new RawDiffCounter();
  for await (const chunk of body) counter.feed(chunk);
  return counter.end();
}

class RawDiffCounter {
  private readonly files: DiffFile[] = [];
  private file: OpenFile | null = null;
  private oldLines = 0;
  private newLines = 0;
  /** The beginning of a line that a chunk cut in two. */
  private partial: Buffer | null = null;

  feed(chunk: Buffer): void {
    let position = 0;
    if (this.partial !== null) {
      const end = chunk.indexOf(NEWLINE);
      const rest = end === -1 ? chunk : chunk.subarray(0, end);
      const line = this.partial.length < MAX_HEADER_BYTES ? Buffer.concat([this.partial, rest]) : this.partial;
      if (end === -1) {
        this.partial = line;
        return;
      }
      this.partial = null;
      this.line(line, 0, line.length);
      position = end + 1;
    }
    for (let end = chunk.indexOf(NEWLINE, position); end !== -1; end = chunk.indexOf(NEWLINE, position)) {
      this.line(chunk, position, end);
      position = end + 1;
    }
    if (position < chunk.length) this.partial = Buffer.from(chunk.subarray(position));
  }

  end(): DiffFile[] {
    const inHeader = this.oldLines === 0 && this.newLines === 0;
    const isCut = inHeader && this.partial !== null && isBeginning(this.partial.toString('utf8'));
    if (this.partial !== null) this.line(this.partial, 0, this.partial.length);
    if (isCut || this.file?.lacksHunk === true || this.oldLines > 0 || this.newLines > 0)
      throw new BitbucketError('unexpected_answer', 'the answer is a diff that ends in the middle', { brokenOff: true });
    this.closeFile();
    return this.files;
  }

  private line(buffer: Buffer, start: number, end: number): void {
    if (this.oldLines > 0 || this.newLines > 0) this.hunkLine(start < end ? buffer[start] : undefined);
    else this.header(buffer.toString('utf8', start, Math.min(end, start + MAX_HEADER_BYTES)));
  }

  private hunkLine(first: number | undefined): void {
    const file = this.file;
    if (file === null || first === BACKSLASH) return; // "\ No newline at end of file"
    if (first === PLUS) {
      file.additions++;
      this.newLines--;
    } else if (first === MINUS) {
      file.deletions++;
      this.oldLines--;
    } else {
      this.newLines--;
      this.oldLines--;
    }
  }

  private header(line: string): void {
    if (line.startsWith('diff --git ')) return this.openFile(line.slice('diff --git '.length));
    const file = this.file;
    if (file === null) {
      if (line.trim() === '') return;
      throw new BitbucketError('unexpected_answer', 'the answer is text that is no diff');
    }
    const hunk = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line);
    if (hunk !== null) {
      this.oldLines = Number(hunk[1] ?? 1);
      this.newLines = Number(hunk[2] ?? 1);
      file.lacksHunk = false;
      return;
    }
    describeFile(file, line);
  }

  private openFile(paths: string): void {
    this.closeFile();
    this.file = {
      path: pathOfGitLine(paths),
      previousPath: null,
      type: 'MODIFY',
      additions: 0,
      deletions: 0,
      binary: false,
      lacksHunk: false,
    };
  }

  private closeFile(): void {
    if (this.file === null) return;
    const { path, previousPath, type, binary, additions, deletions } = this.file;
    this.files.push({
      path: path ?? '',
      previousPath,
      type,
      additions: binary ? 0 : additions,
      deletions: binary ? 0 : deletions,
      binary,
    });
    this.file = null;
  }
}

/** The extended header lines of git-diff(1). */
function describeFile(file: OpenFile, line: string): void {
  const after = (prefix: string) => (line.startsWith(prefix) ? line.slice(prefix.length) : null);
  const renamedFrom = after('rename from ');
  const copiedFrom = after('copy from ');
  const to = after('rename to ') ?? after('copy to ');
  const side = after('--- ') ?? after('+++ ');
  if (line.startsWith('new file mode')) file.type = 'ADD';
  else if (line.startsWith('deleted file mode')) file.type = 'DELETE';
  else if (renamedFrom !== null) Object.assign(file, { type: 'MOVE', previousPath: unquote(renamedFrom) });
  else if (copiedFrom !== null) Object.assign(file, { type: 'COPY', previousPath: unquote(copiedFrom) });
  else if (to !== null) file.path = unquote(to);
  else if (/^Binary files .* differ\r?$/.test(line) || line.startsWith('GIT binary patch')) file.binary = true;
  else if (side !== null) nameSide(file, side);
}

function nameSide(file: OpenFile, side: string): void {
  file.lacksHunk = true;
  if (file.previousPath === null) {
    const path = unquote(side.replace(/\t$/, ''));
    if (path !== '/dev/null') file.path = withoutPrefix(path);
  }
}

/** Whether a last line, which nothing ended, is the beginning of one that more must follow. */
function isBeginning(line: string): boolean {
  return line !== '' && ['diff --git ', '--- ', '+++ ', '@@ '].some((start) => start.startsWith(line) || line.startsWith(start));
}

/** `src://a dst://b`: without other headers both are the same path, which tells where to cut when it has spaces. */
function pathOfGitLine(paths: string): string | null {
  const quoted = /^("(?:[^"\\]|\\.)*") /.exec(paths);
  if (quoted?.[1] !== undefined) return withoutPrefix(unquote(quoted[1]));
  for (let space = paths.indexOf(' '); space !== -1; space = paths.indexOf(' ', space + 1)) {
    const path = withoutPrefix(paths.slice(0, space));
    if (path === withoutPrefix(paths.slice(space + 1))) return path;
  }
  return null;
}

/** Bitbucket writes `src://` and `dst://` where git writes `a/` and `b/`. */
function withoutPrefix(path: string): string {
  return path.replace(/^(?:src:\/\/|dst:\/\/|[ab]\/)/, '');
}

/** git's C-style quoting: `"caf\303\251.txt"`, bytes in octal. */
function unquote(text: string): string {
  if (!text.startsWith('"') || !text.endsWith('"')) return text;
  const escapes: Record<string, string> = { a: '\x07', b: '\b', t: '\t', n: '\n', v: '\v', f: '\f', r: '\r' };
  const bytes: Buffer[] = [];
  for (const [, octal, escape, plain] of text.slice(1, -1).matchAll(/\\([0-7]{3})|\\(.)|([^\\]+)/gsu)) {
    if (octal !== undefined) bytes.push(Buffer.from([parseInt(octal, 8)]));
    else if (escape !== undefined) bytes.push(Buffer.from(escapes[escape] ?? escape));
    else bytes.push(Buffer.from(plain ?? ''));
  }
  return Buffer.concat(bytes).toString('utf8');
}

/** One changed file of a pull request, without any of its text. */
export interface DiffFile {
  readonly path: string;
  /** Where it was before a MOVE or COPY, else null. */
  readonly previousPath: string | null;
  readonly type: 'ADD' | 'MODIFY' | 'DELETE' | 'MOVE' | 'COPY';
  /** Lines; 0 for a binary file. */
  readonly additions: number;
  readonly deletions: number;
  readonly binary: boolean;
}

/** What a pull request changes. */
export interface Diff {
  readonly files: readonly DiffFile[];
  /** The server would not give the whole diff in any form: files or lines are missing. */
  readonly truncated: boolean;
}

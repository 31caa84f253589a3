import type { FileChange, Hunk, LineType, Segment } from '../model';
import { hash, random } from '../random';

/** In every made-up line of source code, and nowhere else: whoever finds it in an output has found a leak. */
export const SOURCE_MARKER = 'SOURCE_LINE_';

/** A line that looks like source code. */
export const sourceLine = (name: string, index: number): string =>
  `  const ${SOURCE_MARKER}${index} = load('${name}', ${index * 7}); // keep`;

const lines = (type: LineType, name: string, from: number, count: number): Segment => ({
  type,
  lines: Array.from({ length: count }, (_, index) => sourceLine(name, from + index)),
});

/** A hunk in the middle of a file. */
export const hunk = (name: string, at: number, removed: number, added: number): Hunk => ({
  sourceLine: at,
  destinationLine: at,
  context: `function ${SOURCE_MARKER}context() {`,
  segments: [
    lines('CONTEXT', name, at, 3),
    ...(removed > 0 ? [lines('REMOVED', name, at + 3, removed)] : []),
    ...(added > 0 ? [lines('ADDED', `${name}'`, at + 3, added)] : []),
    lines('CONTEXT', name, at + 3 + removed, 3),
  ],
});

/** A file that is new, or gone, as a whole. */
export const whole = (path: string, type: 'ADD' | 'DELETE', count: number): FileChange => {
  const added = type === 'ADD';
  const segment = lines(added ? 'ADDED' : 'REMOVED', path, 1, count);
  return {
    path,
    type,
    hunks: count === 0 ? [] : [{ sourceLine: added ? 0 : 1, destinationLine: added ? 1 : 0, segments: [segment] }],
  };
};

const FOLDERS = ['src', 'src/main/java/com/example', 'lib', 'web/app/components', 'docs', 'test'] as const;
const NAMES = ['index', 'server', 'Account', 'payments', 'parser', 'README', 'session-store', 'useCart'] as const;
const EXTENSIONS = ['ts', 'java', 'go', 'py', 'md', 'css'] as const;

/** What an everyday pull request changes: the same for the same seed and name. */
export const ordinaryFiles = (seed: number, name: string): FileChange[] => {
  const dice = random(Number.parseInt(hash(seed, name).slice(0, 8), 16));
  return Array.from({ length: dice.integer(1, 4) }, (_, index): FileChange => {
    const path = `${dice.pick(FOLDERS)}/${dice.pick(NAMES)}${index}.${dice.pick(EXTENSIONS)}`;
    const kind = dice.next();
    if (kind < 0.2) return whole(path, 'ADD', dice.integer(1, 40));
    if (kind < 0.27) return whole(path, 'DELETE', dice.integer(1, 40));
    const hunks = [hunk(path, 10, dice.integer(0, 5), dice.integer(1, 8))];
    if (dice.chance(0.4)) hunks.push(hunk(path, 80, dice.integer(1, 3), dice.integer(0, 3)));
    return { path, type: 'MODIFY', hunks };
  });
};

const text = (type: LineType, ...content: readonly string[]): Segment => ({ type, lines: content });

/** One of everything that trips parsers of diffs. */
export const awkwardFiles = (): FileChange[] => [
  { path: 'img/logo.png', type: 'ADD', binary: true, hunks: [] },
  { path: 'img/old.png', type: 'MODIFY', binary: true, hunks: [] },
  { path: 'lib/renamed.ts', previousPath: 'lib/original.ts', type: 'MOVE', hunks: [] },
  { path: 'lib/renamed and changed.ts', previousPath: 'lib/before.ts', type: 'MOVE', hunks: [hunk('lib/before.ts', 4, 1, 2)] },
  { path: 'lib/copied.ts', previousPath: 'lib/template.ts', type: 'COPY', hunks: [hunk('lib/template.ts', 4, 1, 1)] },
  whole('lib/gone.ts', 'DELETE', 12),
  whole('empty.txt', 'ADD', 0),
  { path: 'bin/run.sh', type: 'MODIFY', mode: { from: '100644', to: '100755' }, hunks: [] },
  { path: 'bin/run too.sh', type: 'MODIFY', mode: { from: '100644', to: '100755' }, hunks: [hunk('bin/run too.sh', 2, 1, 1)] },
  { path: 'docs/café.txt', type: 'MODIFY', hunks: [hunk('docs/café.txt', 7, 1, 1)] },
  { path: 'docs/with "quotes" and\ttab.txt', type: 'ADD', hunks: whole('x', 'ADD', 2).hunks },
  { path: 'docs/日本語/説明 書.md', previousPath: 'docs/説明.md', type: 'MOVE', hunks: [hunk('docs/説明.md', 1, 1, 3)] },
  {
    path: 'docs/path with spaces.txt',
    type: 'MODIFY',
    missingNewline: true,
    hunks: [
      {
        sourceLine: 1,
        destinationLine: 1,
        segments: [lines('CONTEXT', 'spaces', 1, 2), lines('REMOVED', 'spaces', 3, 2), lines('ADDED', 'spaces changed', 3, 1)],
      },
    ],
  },
  { path: 'docs/no newline either.txt', type: 'MODIFY', missingNewline: true, hunks: [hunk('newline', 1, 2, 2)] },
  { path: 'docs/a b/b dst:/c.txt', type: 'ADD', missingNewline: true, hunks: whole('y', 'ADD', 1).hunks },
  {
    path: 'test/fixtures/sample.diff',
    type: 'MODIFY',
    hunks: [
      {
        sourceLine: 1,
        destinationLine: 1,
        segments: [
          text('CONTEXT', 'diff --git src://a dst://b', '@@ -1,2 +1,2 @@'),
          text('REMOVED', '-- a', '-- src://a', 'rename from a', '@@ -1 +1 @@'),
          text(
            'ADDED',
            '++ b',
            '++ dst://b',
            'Binary files a and b differ',
            'diff --git src://x dst://y',
            '',
            '\\ No newline at end of file',
          ),
          text('CONTEXT', 'new file mode 100644', ''),
        ],
      },
    ],
  },
  {
    path: 'windows.bat',
    type: 'MODIFY',
    hunks: [
      {
        sourceLine: 1,
        destinationLine: 1,
        segments: [
          text('REMOVED', `echo ${SOURCE_MARKER}0\r`),
          text('ADDED', `echo ${SOURCE_MARKER}1\r`, `lone ${SOURCE_MARKER}2 \r carriage return\r`),
        ],
      },
    ],
  },
  {
    path: 'unicode.txt',
    type: 'MODIFY',
    hunks: [
      {
        sourceLine: 1,
        destinationLine: 1,
        segments: [text('ADDED', `${SOURCE_MARKER}3\u2028still the same line\u0085and on`, '😀'.repeat(40))],
      },
    ],
  },
  {
    path: 'vendor/module',
    type: 'MODIFY',
    submodule: true,
    hunks: [
      {
        sourceLine: 1,
        destinationLine: 1,
        segments: [text('REMOVED', `Subproject commit ${hash('old')}`), text('ADDED', `Subproject commit ${hash('new')}`)],
      },
    ],
  },
];

/** A file so large that its diff has about this many bytes; its lines are made up while they are sent. */
export const hugeFile = (path: string, bytes: number): FileChange => {
  const count = Math.ceil(bytes / 80);
  const line = (index: number): string => `${SOURCE_MARKER}${String(index).padStart(9, '0')} ${'x'.repeat(56)}`;
  return {
    path,
    type: 'ADD',
    hunks: [{ sourceLine: 0, destinationLine: 1, segments: [{ type: 'ADDED', lines: { count, line } }] }],
  };
};

/** How many lines a segment has. */
export const lineCount = ({ lines: content }: Segment): number => ('count' in content ? content.count : content.length);

/** The line of a segment. */
export const lineAt = ({ lines: content }: Segment, index: number): string =>
  'count' in content ? content.line(index) : (content[index] ?? '');

/** Lines of a kind in a file; a binary file has none. */
export const countLines = ({ binary, hunks }: FileChange, type: LineType): number =>
  binary === true
    ? 0
    : hunks.reduce(
        (sum, { segments }) =>
          sum + segments.reduce((inner, segment) => inner + (segment.type === type ? lineCount(segment) : 0), 0),
        0,
      );

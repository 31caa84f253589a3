import { BitbucketError } from '../../src/bitbucket/errors';
import { countRawDiff } from '../../src/bitbucket/diff/raw-diff';
import type { DiffFile } from '../../src/bitbucket/diff/diff';
import { awkwardFiles, Simulator, SOURCE_MARKER } from '../simulator';
import { countLines } from '../simulator/diffs/files';

const counted = async (text: string | Buffer, ...cuts: number[]): Promise<DiffFile[]> => {
  const bytes = Buffer.from(text as string);
  const edges = [0, ...cuts, bytes.length];
  async function* pieces() {
    for (const [index, from] of edges.slice(0, -1).entries()) yield await Promise.resolve(bytes.subarray(from, edges[index + 1]));
  }
  return countRawDiff(pieces());
};

const file = (over: Partial<DiffFile>): DiffFile => ({
  path: 'a.txt',
  previousPath: null,
  type: 'MODIFY',
  additions: 0,
  deletions: 0,
  binary: false,
  ...over,
});
const diff = (...lines: string[]) => `${lines.join('\n')}\n`;
const modified = (...hunks: string[]) =>
  diff('diff --git src://a.txt dst://a.txt', 'index 1..2 100644', '--- src://a.txt', '+++ dst://a.txt', ...hunks);

/** Each header line that git writes, with what is to be told from it. */
const cases: readonly (readonly [name: string, text: string, expected: Partial<DiffFile>])[] = [
  ['a changed line', modified('@@ -1 +1 @@', '-old', '+new'), { additions: 1, deletions: 1 }],
  ['several hunks', modified('@@ -1,2 +1 @@', '-a', '-b', '+c', '@@ -9,0 +8,2 @@', '+d', '+e'), { additions: 3, deletions: 2 }],
  [
    'context lines, which do not count',
    modified('@@ -1,3 +1,3 @@ function x() {', ' a', '-b', '+c', ' d'),
    { additions: 1, deletions: 1 },
  ],
  ['an empty context line without its blank', modified('@@ -1,2 +1,3 @@', '', '+x', ''), { additions: 1 }],
  [
    'no newline at the end on either side',
    modified('@@ -1 +1 @@', '-a', '\\ No newline at end of file', '+b', '\\ No newline at end of file'),
    { additions: 1, deletions: 1 },
  ],
  [
    'a new file',
    diff(
      'diff --git src://a.txt dst://a.txt',
      'new file mode 100644',
      'index 0..1',
      '--- /dev/null',
      '+++ dst://a.txt',
      '@@ -0,0 +1,2 @@',
      '+a',
      '+b',
    ),
    { type: 'ADD', additions: 2 },
  ],
  ['a new empty file', diff('diff --git src://a.txt dst://a.txt', 'new file mode 100644', 'index 0..0'), { type: 'ADD' }],
  [
    'a deleted file',
    diff(
      'diff --git src://a.txt dst://a.txt',
      'deleted file mode 100644',
      'index 1..0',
      '--- src://a.txt',
      '+++ /dev/null',
      '@@ -1 +0,0 @@',
      '-a',
    ),
    { type: 'DELETE', deletions: 1 },
  ],
  [
    'a renamed file',
    diff('diff --git src://b.txt dst://a.txt', 'similarity index 100%', 'rename from b.txt', 'rename to a.txt'),
    { type: 'MOVE', previousPath: 'b.txt' },
  ],
  [
    'a copied and changed file',
    diff(
      'diff --git src://b.txt dst://a.txt',
      'similarity index 90%',
      'copy from b.txt',
      'copy to a.txt',
      '--- src://b.txt',
      '+++ dst://a.txt',
      '@@ -1 +1 @@',
      '-x',
      '+y',
    ),
    { type: 'COPY', previousPath: 'b.txt', additions: 1, deletions: 1 },
  ],
  ['a mode that changed', diff('diff --git src://a.txt dst://a.txt', 'old mode 100644', 'new mode 100755'), {}],
  [
    'a binary file',
    diff('diff --git src://a.txt dst://a.txt', 'index 1..2 100644', 'Binary files src://a.txt and dst://a.txt differ'),
    { binary: true },
  ],
  [
    'a path with blanks, ended by a tab',
    diff(
      'diff --git src://a b/c d.txt dst://a b/c d.txt',
      'index 1..2',
      '--- src://a b/c d.txt\t',
      '+++ dst://a b/c d.txt\t',
      '@@ -0,0 +1 @@',
      '+x',
    ),
    { path: 'a b/c d.txt', additions: 1 },
  ],
  [
    'a path with blanks and no other header',
    diff('diff --git src://a b.txt dst://a b.txt', 'old mode 100644', 'new mode 100755'),
    { path: 'a b.txt' },
  ],
  [
    'a path that holds " dst://"',
    diff('diff --git src://x dst://y dst://x dst://y', 'old mode 100644', 'new mode 100755'),
    { path: 'x dst://y' },
  ],
  [
    'a quoted path in bytes',
    diff('diff --git "src://caf\\303\\251.txt" "dst://caf\\303\\251.txt"', 'old mode 100644', 'new mode 100755'),
    { path: 'café.txt' },
  ],
  [
    'a quoted path with escapes',
    diff('diff --git "src://a\\tb\\"c\\\\d\\n.txt" "dst://a\\tb\\"c\\\\d\\n.txt"', 'new file mode 100644', 'index 0..0'),
    { path: 'a\tb"c\\d\n.txt', type: 'ADD' },
  ],
  [
    'a quoted rename',
    diff(
      'diff --git src://b "dst://\\346\\227\\245.txt"',
      'similarity index 100%',
      'rename from b',
      'rename to "\\346\\227\\245.txt"',
    ),
    { path: '日.txt', previousPath: 'b', type: 'MOVE' },
  ],
  [
    'git’s own prefixes',
    diff('diff --git a/lib/a.txt b/lib/a.txt', '--- a/lib/a.txt', '+++ b/lib/a.txt', '@@ -1 +1 @@', '-x', '+y'),
    { path: 'lib/a.txt', additions: 1, deletions: 1 },
  ],
  [
    'a submodule',
    diff(
      'diff --git src://v dst://v',
      'index 1..2 160000',
      '--- src://v',
      '+++ dst://v',
      '@@ -1 +1 @@',
      '-Subproject commit 1',
      '+Subproject commit 2',
    ),
    { path: 'v', additions: 1, deletions: 1 },
  ],
  ['lines that end in CR LF', modified('@@ -1 +1 @@', '-old\r', '+new\r'), { additions: 1, deletions: 1 }],
];

it.each(cases)('tells %s', async (_name, text, expected) => {
  expect(await counted(text)).toEqual([file(expected)]);
});

it.each([
  ['a removed line that looks like a file header', ['--- src://a.txt', '+++ dst://b.txt'], [1, 1]],
  ['an added line that looks like the next file', ['+diff --git src://x dst://x', '+new file mode 100644'], [2, 0]],
  ['a removed line that looks like a hunk', ['-@@ -1,9 +1,9 @@', '-rename from x'], [0, 2]],
  ['an added line that says a file is binary', ['+Binary files a and b differ', '+GIT binary patch'], [2, 0]],
] as const)('takes %s for content', async (_name, lines, [additions, deletions]) => {
  const text = modified(`@@ -1,${deletions} +1,${additions} @@`, ...lines) + modified('@@ -1 +1 @@', '-a', '+b');
  expect(await counted(text)).toEqual([file({ additions, deletions }), file({ additions: 1, deletions: 1 })]);
});

describe('pieces', () => {
  const text = cases.map(([, each]) => each).join('');
  const expected = cases.map(([, , each]) => file(each));

  it('are put together wherever they were cut, at every byte', async () => {
    const length = Buffer.byteLength(text);
    for (let cut = 1; cut < length; cut++) expect(await counted(text, cut)).toEqual(expected);
  });

  it('may be single bytes, or empty', async () => {
    const bytes = Array.from({ length: Buffer.byteLength(text) - 1 }, (_, index) => index + 1);
    expect(await counted(text, ...bytes)).toEqual(expected);
    expect(await counted(text, 0, 0, 40, 40)).toEqual(expected);
  });

  it('need no newline at the very end', async () => {
    expect(await counted(text.trimEnd())).toEqual(expected);
  });
});

describe('what is no whole diff', () => {
  it.each([1, 2, 3])('is refused when %i lines of a hunk are missing', async (missing) => {
    const lines = modified('@@ -1,2 +1,2 @@', '-a', '-b', '+c', '+d').trimEnd().split('\n');
    await expect(counted(`${lines.slice(0, -missing).join('\n')}\n`)).rejects.toThrow(/ends in the middle/);
  });

  it.each(['diff --g', 'diff --git src://b.txt dst:', 'diff --git src://b.txt dst://b.txt\n--- src://b.txt\n', '--- sr', '@'])(
    'rejects a diff that ends in what leads to a hunk (%j)',
    async (end) => {
      await expect(counted(modified('@@ -1 +1 @@', '-old', '+new') + end)).rejects.toThrow(/ends in the middle/);
    },
  );

  it('takes a last line without its end for whole where nothing need follow', async () => {
    const created = 'diff --git src://e.txt dst://e.txt\nnew file mode 100644\nindex 0000000..e69de29';
    await expect(counted(created)).resolves.toMatchObject([{ path: 'e.txt', type: 'ADD' }]);
  });

  it.each(['<html><body>Log in</body></html>', '{"errors":[]}', 'Internal error'])(
    'is refused when it is something else: %s',
    async (text) => {
      await expect(counted(text)).rejects.toThrow(BitbucketError);
      await expect(counted(text)).rejects.toThrow(/no diff/);
    },
  );

  it('may be empty: nothing was changed', async () => {
    expect(await counted('')).toEqual([]);
    expect(await counted('\n')).toEqual([]);
  });
});

describe('the simulator’s awkward files', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await Simulator.start();
  });
  afterAll(() => simulator.stop());

  it.each([0, 10])('are counted as their model does, with %i lines of context', async (context) => {
    const { username, password } = simulator.credentials;
    const { id } = simulator.history.createPullRequest('PLAYG/service', { author: 'jane', files: awkwardFiles() });
    const response = await fetch(
      `${simulator.url}/rest/api/1.0/projects/PLAYG/repos/service/pull-requests/${id}/diff?contextLines=${context}`,
      {
        headers: { accept: 'text/plain', authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` },
      },
    );
    const truth = awkwardFiles().map((each) => ({
      ...{ path: each.path, previousPath: each.previousPath ?? null, type: each.type, binary: each.binary ?? false },
      ...{ additions: countLines(each, 'ADDED'), deletions: countLines(each, 'REMOVED') },
    }));
    expect(await counted(Buffer.from(await response.arrayBuffer()))).toEqual(truth);
  });
});

it('holds no more of a diff than a line of it, however large it is', async () => {
  const line = Buffer.from(`+${SOURCE_MARKER}${'x'.repeat(1_000_000)}\n`);
  const count = 300;
  async function* pieces() {
    yield Buffer.from(modified(`@@ -0,0 +1,${count} @@`));
    for (let index = 0; index < count; index++) yield await Promise.resolve(line);
  }
  const before = process.memoryUsage().rss;
  expect(await countRawDiff(pieces())).toEqual([file({ additions: count })]);
  expect((process.memoryUsage().rss - before) / 1e6).toBeLessThan(100);
});

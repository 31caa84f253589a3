import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

const root = join(__dirname, '..');
const src = join(root, 'src');
const page = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');

/** The folders in the drawing's order; each may import what stands above it. */
const drawn = [...(/```folders\n([\s\S]*?)```/.exec(page)?.[1] ?? '').matchAll(/^(\w+)\/ /gm)].map(([, name]) => name!);

function filesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesIn(path) : path.endsWith('.ts') ? [path] : [];
  });
}

/** The files of src/ that a file imports. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/(?:from|import\(|require\() ?'(\.[^']+)'/g)].flatMap(([, path]) => {
    // A dynamic import names the file that the compiler makes.
    const target = resolve(dirname(file), path!.replace(/\.js$/, ''));
    return [`${target}.ts`, join(target, 'index.ts')].filter(
      (each) => statSync(each, { throwIfNoEntry: false })?.isFile() === true,
    );
  });
}

const folderOf = (file: string) => {
  const parts = relative(src, file).split(sep);
  return parts.length === 1 ? null : parts[0]!;
};
const files = filesIn(src);
const graph = new Map(files.map((file) => [file, importsOf(file)]));

test('the drawing has every folder of src/, and no other', () => {
  const there = readdirSync(src).filter((name) => statSync(join(src, name)).isDirectory());
  expect([...drawn].sort()).toEqual(there.sort());
});

test('imports follow the drawing: each folder knows what stands above it, and nothing below', () => {
  const wrong = files.flatMap((file) => {
    const from = folderOf(file);
    if (from === null) return [];
    return importsOf(file).flatMap((target) => {
      const to = folderOf(target);
      const isBelow = to === null || drawn.indexOf(to) > drawn.indexOf(from);
      return isBelow ? [`${relative(src, file)} imports ${relative(src, target)}`] : [];
    });
  });
  // The commands put the parts together; they start the source.
  expect(wrong.filter((line) => !/^commands\/\S+ imports (?:source|index)\.ts$/.test(line))).toEqual([]);
});

test('the linter holds the folders in the same order', () => {
  const linted = /const folders = \[([\s\S]*?)\]/.exec(readFileSync(join(root, 'eslint.config.mjs'), 'utf8'))?.[1] ?? '';
  const names = [...linted.matchAll(/'(\w+)'/g)].map(([, name]) => name!);
  expect(drawn.filter((name) => names.includes(name))).toEqual(names);
});

test('no files import each other in a circle', () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const follow = (file: string, path: readonly string[]): void => {
    if (path.includes(file))
      circles.push([...path.slice(path.indexOf(file)), file].map((each) => relative(src, each)).join(' → '));
    if (done.has(file) || path.includes(file)) return;
    for (const next of graph.get(file) ?? []) follow(next, [...path, file]);
    done.add(file);
  };
  for (const file of files) follow(file, []);
  expect(circles).toEqual([]);
});

test('every file that the page names exists', () => {
  const named = [...page.matchAll(/`((?:src|test|scripts|docs|resources)\/[\w./-]*[\w/])`/g)].map(([, path]) => path!);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((path) => statSync(join(root, path), { throwIfNoEntry: false }) === undefined)).toEqual([]);
});

test('the glossary has the ten words that the code uses', () => {
  const section = page.split(/^## /m).find((part) => part.startsWith('Glossary')) ?? '';
  expect([...section.matchAll(/^\| \*\*/gm)]).toHaveLength(10);
});

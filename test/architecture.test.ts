import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const root = join(__dirname, '..');
const src = join(root, 'src');
const page = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
/** The folders in the order in which ARCHITECTURE.md draws them. */
const folders = /<!-- folders: (.*?) -->/.exec(page)?.[1]?.split(' ') ?? [];
/** Known to no other folder, or free for all. */
const APART = ['warehouse', 'generated'];

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : path.endsWith('.ts') ? [path] : [];
  });
}

/** The files of src/ that a file imports, types included. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const named = [...text.matchAll(/(?:^|\n)(?:import|export)\s[^;'"]*?from\s+'(\.[^']*)'|import\('(\.[^']*)'\)/g)];
  return named.flatMap(([, first, second]) => {
    const path = join(dirname(file), (first ?? second ?? '').replace(/\.js$/, ''));
    return [`${path}.ts`, join(path, 'index.ts')].filter((candidate) => existsSync(candidate));
  });
}

const files = filesBelow(src);
const graph = new Map(files.map((file) => [file, importsOf(file)]));
const folderOf = (file: string) => {
  const [first = '', ...rest] = relative(src, file).split('/');
  return rest.length === 0 ? null : first;
};

it('draws every folder of src/, and none besides', () => {
  const there = readdirSync(src).filter((name) => statSync(join(src, name)).isDirectory());
  expect([...folders, ...APART].sort()).toEqual(there.sort());
  for (const folder of folders) expect(page).toContain(`| \`${folder}/\` |`);
});

it('is followed by every import: a folder knows what stands before it alone', () => {
  const wrong: string[] = [];
  for (const [file, imports] of graph) {
    for (const imported of imports) {
      const [from, to] = [folderOf(file), folderOf(imported)];
      if (from === null || from === to || to === 'generated') continue;
      const isKnown = to !== null && folders.indexOf(to) < folders.indexOf(from) && folders.includes(to);
      // Commands put the parts together, the source and the warehouse's `sync` included; the warehouse needs nothing but safe text.
      const isAllowed =
        from === 'commands' ? to !== null || imported === join(src, 'source.ts') : from === 'warehouse' ? to === 'text' : isKnown;
      if (!isAllowed) wrong.push(`${relative(src, file)} imports ${relative(src, imported)}`);
    }
  }
  expect(wrong).toEqual([]);
});

it('is the order that the linter holds the folders to', () => {
  const rules = readFileSync(join(root, 'eslint.config.mjs'), 'utf8');
  const listed = /const folders = \[([^\]]*)\]/.exec(rules)?.[1] ?? '';
  expect([...listed.matchAll(/'(\w+)'/g)].map(([, name]) => name)).toEqual(folders);
});

it('has no cycle of imports, not even of types', () => {
  const [done, path] = [new Set<string>(), [] as string[]];
  const cycles: string[] = [];
  const visit = (file: string): void => {
    if (path.includes(file))
      return void cycles.push([...path.slice(path.indexOf(file)), file].map((each) => relative(src, each)).join(' → '));
    if (done.has(file)) return;
    path.push(file);
    for (const imported of graph.get(file) ?? []) visit(imported);
    path.pop();
    done.add(file);
  };
  for (const file of files) visit(file);
  expect(cycles).toEqual([]);
});

it('names files that are there', () => {
  const named = [...page.matchAll(/`((?:[\w-]+\/)+[\w-]+\.(?:ts|json|mjs))`/g)].map(([, path]) => path ?? '');
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((path) => !existsSync(join(src, path)) && !existsSync(join(root, path)))).toEqual([]);
});

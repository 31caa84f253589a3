import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isNamed } from '../support/documented-lines';

const page = readFileSync(join(__dirname, '../../docs/guarantees.md'), 'utf8');
const source = (name: string) => readFileSync(join(__dirname, `${name}.test.ts`), 'utf8');

/** The first cells of the table of this section. */
function linesOf(title: string): string[] {
  const section = page.split(/^#+ /m).find((part) => part.startsWith(title)) ?? '';
  return [...section.matchAll(/^\| (.+?) \|/gm)].map(([, cell]) => cell!.trim()).slice(1);
}

/** The names of the tests in a file. */
function namesOf(file: string): string[] {
  return [...source(file).matchAll(/\n *(?:test|\]\))(?:\.each\(.*?\))?\('([^']+)'/g)].map(([, name]) => name!);
}

test('docs/guarantees.md lists each kind of change to branches, tags and commits, each line being the name of a test', () => {
  const lines = linesOf('Branches, tags and commits');
  const names = [...namesOf('changes'), ...namesOf('further-branches'), ...namesOf('reading')];
  expect(lines.length).toBeGreaterThanOrEqual(28);
  expect(lines.filter((line) => !names.some((name) => isNamed(line, name)))).toEqual([]);
  expect(namesOf('changes').filter((name) => !lines.some((line) => isNamed(line, name)))).toEqual([]);
});

test('docs/guarantees.md shows words, not the places in which a test has its cases', () => {
  expect(page.split('\n').filter((line) => /%[a-z]/.test(line))).toEqual([]);
});

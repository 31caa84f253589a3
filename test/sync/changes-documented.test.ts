import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isNamed } from '../support/documented-lines';

const page = readFileSync(join(__dirname, '../../docs/guarantees.md'), 'utf8');
const source = (name: string) => readFileSync(join(__dirname, `${name}.test.ts`), 'utf8');

/** What a section of the page lists: first cells of its tables, and points. */
function linesOf(title: string): string[] {
  const section = page.split(/^#+ /m).find((part) => part.startsWith(title)) ?? '';
  const cells = [...section.matchAll(/^\| (.+?) \|/gm)].map(([, cell]) => cell!.trim());
  const points = [...section.matchAll(/^ *- (.+)$/gm)].map(([, point]) => point!.trim());
  return [...cells.slice(1), ...points];
}

/** The first text of each entry of a table of changes. */
function entriesOf(table: string): string[] {
  const text = source('changes').split(`const ${table}`)[1]!.split(/^\];/m)[0]!;
  return [...text.matchAll(/\n {2}\[(?:\n {4})?'([^']+)',/g)].map(([, what]) => what!);
}

test.each([
  ['Seen in the next sync', 'IN_THE_NEXT_SYNC'],
  ['Seen within `recheck_hours`', 'AT_THE_RECHECK'],
])('docs/guarantees.md, "%s", lists the changes that are tested, and no others', (title, table) => {
  expect(linesOf(title)).toEqual(entriesOf(table));
});

test.each([
  ['The connection itself', 'changes-connection', 15],
  ['Faults', 'faults', 35],
])('docs/guarantees.md, "%s": each line is the name of a test in %s.test.ts', (title, name, least) => {
  const lines = linesOf(title);
  expect(lines.length).toBeGreaterThanOrEqual(least);
  const texts = [...source(name).matchAll(/'([^'\n]+)'/g)].map(([, text]) => text!);
  expect(lines.filter((line) => !texts.some((text) => isNamed(line, text)))).toEqual([]);
});

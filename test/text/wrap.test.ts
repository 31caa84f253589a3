import { indented, wrapCommand } from '../../src/text/wrap';

const URL_80 = "'http://127.0.0.1:35765/rest/api/1.0/projects?limit=1'";

it('breaks a command between its words, as a shell takes it for one', () => {
  expect(wrapCommand("    $ one --two 'three four' five", 20)).toEqual([
    '    $ one --two \\',
    "      'three four' \\",
    '      five',
  ]);
});

it('breaks no word, and stands less far in where one would not fit', () => {
  const lines = wrapCommand(`${' '.repeat(27)}$ curl --include --user YOUR_USERNAME ${URL_80}`, 79);
  expect(lines.at(-1)).toBe(`${' '.repeat(23)}${URL_80}`);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(79);
  expect(lines.map((line) => line.replace(/ ?\\$/, '').trim()).join(' ')).toBe(`$ curl --include --user YOUR_USERNAME ${URL_80}`);
});

it('leaves a word alone that is longer than a line', () => {
  const long = `'http://${'x'.repeat(100)}'`;
  expect(wrapCommand(`    curl ${long}`, 79)).toEqual(['curl \\', `  ${long}`]);
});

it('a word that does not fit behind the indent stands no less far in than it must', () => {
  expect(indented('short', 4, 20)).toBe('    short');
  expect(indented('x'.repeat(18), 4, 20)).toBe(`  ${'x'.repeat(18)}`);
  expect(indented('x'.repeat(30), 4, 20)).toBe('x'.repeat(30));
});

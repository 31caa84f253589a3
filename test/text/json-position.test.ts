import fc from 'fast-check';
import { findJsonError } from '../../src/text/json-position';

it.each([
  ['', 1, 1, 'a value'],
  ['{"a": 1,\n "b": 2,\n}', 3, 1, 'a name in double quotes (the comma before it must go if it was the last)'],
  ['{"a": 1\n "b": 2}', 2, 2, 'a comma or }'],
  ["{'a': 1}", 1, 2, 'a name in double quotes or }'],
  ['{"a" 1}', 1, 6, 'a colon'],
  ['[1, 2', 1, 6, 'a comma or ]'],
  ['[1}', 1, 3, 'a comma or ]'],
  ['[', 1, 2, 'a value or ]'],
  ['{"a": yes}', 1, 7, 'a value'],
  ['{"a": "b\nc"}', 1, 7, 'a value'],
  ['{"path": "C:\\data"}', 1, 10, 'a value'],
  ['{} {}', 1, 4, 'nothing more'],
  ['// comment\n{}', 1, 1, 'a value'],
])('of %j tells where, and what should be there', (text, line, column, expected) => {
  expect(findJsonError(text)).toEqual({ line, column, expected });
});

it('finds a mistake where JSON.parse does, and nowhere else', () => {
  const isJson = (text: string) => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };
  const broken = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', ']', '"', '\\', ':', '0', 'e'))
    .map(([json, at, inserted]) => {
      const place = at % (json.length + 1);
      return json.slice(0, place) + inserted + json.slice(place);
    });
  fc.assert(
    fc.property(broken, (text) => expect(findJsonError(text) === null).toBe(isJson(text))),
    { numRuns: 1000 },
  );
});

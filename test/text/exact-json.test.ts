import fc from 'fast-check';
import { parseJson } from '../../src/text/exact-json';

it.each([
  ['9007199254740991', 9007199254740991],
  ['9007199254740992', 9007199254740992n],
  ['[-9007199254740993, 1]', [-9007199254740993n, 1]],
  [
    '{"a":{"b":[12345678901234567890123]},"c":"12345678901234567890123"}',
    { a: { b: [12345678901234567890123n] }, c: '12345678901234567890123' },
  ],
  [
    '{"text":"a: 12345678901234567890, \\"id\\":12345678901234567890"}',
    { text: 'a: 12345678901234567890, "id":12345678901234567890' },
  ],
  ['{"#":12345678901234567890,"##":"#1"}', { '#': 12345678901234567890n, '##': '#1' }],
  [
    '[1234567890123456.25, 12345678901234567890e2, 0.12345678901234567890]',
    [Number('1234567890123456.25'), Number('12345678901234567890e2'), Number('0.12345678901234567890')],
  ],
  ['{"hash":"8d51122def5632836d1cb1026e879069e10a1e13","n":0}', { hash: '8d51122def5632836d1cb1026e879069e10a1e13', n: 0 }],
])('keeps each digit of %s', (text, value) => {
  expect(parseJson(text)).toEqual(value);
});

it('finds a long integer wherever in a text it stands', () => {
  for (let padding = 0; padding < 40; padding++) {
    for (const digits of ['9007199254740993', '123456789012345678901234567890123']) {
      expect(parseJson(`["${'x'.repeat(padding)}",${digits}]`)).toEqual(['x'.repeat(padding), BigInt(digits)]);
    }
  }
});

it('is JSON.parse but for those', () => {
  const rounded = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value, (_key, member: unknown) => (typeof member === 'bigint' ? Number(member) : member)));
  fc.assert(fc.property(fc.json(), (text) => expect(rounded(parseJson(text))).toEqual(JSON.parse(text))));
});

it.each(['', '{', '[12345678901234567890', '"12345678901234567890', '01234567890123456789'])(
  'refuses %j as JSON.parse does',
  (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  },
);

it('stands a document that is 5,000 levels deep', () => {
  const text = `${'[{"a":'.repeat(2500)}12345678901234567890${'}]'.repeat(2500)}`;
  let value = parseJson(text);
  for (let level = 0; level < 2500; level++) value = (value as { a: unknown }[])[0]!.a;
  expect(value).toBe(12345678901234567890n);
});

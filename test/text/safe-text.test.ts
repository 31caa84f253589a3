import fc from 'fast-check';
import { onOneLine, withoutUnloadable } from '../../src/text/safe-text';

const safe = (value: unknown): unknown => JSON.parse(withoutUnloadable(JSON.stringify(value)));

it.each([
  ['a\u0000b', 'a\ufffdb'],
  ['\ud83d', '\ufffd'],
  ['\ude42\ud83d', '\ufffd\ufffd'],
  ['🙂', '🙂'],
  ['\\u0000', '\\u0000'],
  ['\\\\u0000 \\ud83d', '\\\\u0000 \\ud83d'],
  ['\\\u0000', '\\\ufffd'],
  ['\u0001\u001f"\\\n', '\u0001\u001f"\\\n'],
])('%j becomes %j', (text, expected) => {
  expect(safe(text)).toBe(expected);
  expect(safe({ [text]: [text] })).toEqual({ [expected]: [expected] });
});

it('leaves nothing that is no text in UTF-8, and changes nothing else', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }), (text) => {
      expect(safe(text)).toBe(Buffer.from(text).toString().replaceAll('\0', '\ufffd'));
    }),
  );
});

it('writes separators of lines as escapes, which mean the same', () => {
  const text = 'a\u0085b\u2028c\u2029d';
  const line = onOneLine(JSON.stringify(text));
  expect(line).toBe('"a\\u0085b\\u2028c\\u2029d"');
  expect(JSON.parse(line)).toBe(text);
});

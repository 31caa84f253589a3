import { printable, printableJson, printableLine } from '../../src/text/terminal';

it('takes out of a text what a terminal would act upon, and leaves what people write', () => {
  expect(printable('a\u001b[2Jb\u009b31mc\u202edcba\u2066x\r\u0007\tz\u007f')).toBe('a [2Jb 31mc dcba x    z ');
  expect(printable('ünïcode 漢 👩‍👩‍👧 naïve\nline')).toBe('ünïcode 漢 👩‍👩‍👧 naïve\nline');
  expect(printableLine('a\nb\u2028c')).toBe('a b c');
});

it('escapes it in JSON, so that nothing is lost', () => {
  const value = { name: 'a\u001b]0;title\u0007 \u009b1m \u202e \u2028 "\\' };
  const json = printableJson(value);
  expect(json).toMatch(/^[\n\x20-\x7e]*$/);
  expect(JSON.parse(json)).toEqual(value);
});

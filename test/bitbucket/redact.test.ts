import { redactor } from '../../src/bitbucket/transport/redact';

const SECRET = 'h1dden+"pass/w&rd';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const forUrls = (text: string) => Buffer.from(text).toString('base64url');

it.each([
  ['as it is', SECRET],
  ['in base64', base64(SECRET)],
  ['in the base64 of a header that begins with it', base64(`Bearer ${SECRET}`)],
  ['in that of one byte more', base64(`Bearer: ${SECRET}!`)],
  ['in that of two bytes more', base64(`Bearer : ${SECRET}`)],
  ['in the alphabet for URLs', forUrls(`Bearer ${SECRET}`)],
  ['in hexadecimal digits', Buffer.from(`Bearer ${SECRET}`).toString('hex')],
  ['escaped for URLs', encodeURIComponent(SECRET)],
  ['escaped for JSON', JSON.stringify(SECRET)],
])('a secret %s is taken out', (_, said) => {
  const text = redactor([SECRET])(`said ${said} again`);
  expect(text).toContain('****');
  for (const form of ['h1dden', 'pass', base64(SECRET).slice(4, 12), '68316464656e']) expect(text).not.toContain(form);
  const [, digits = ''] = /^said (\S*)/.exec(text) ?? [];
  expect(Buffer.from(digits.replaceAll('****', ''), 'base64').toString()).not.toContain('dden');
});

it('a short secret takes no other words out', () => {
  expect(redactor(['ab'])('6162 YWI gYW')).toBe('6162 **** gYW');
});

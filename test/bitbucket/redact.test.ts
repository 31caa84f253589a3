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

const ODD = 'h1dden/"(pass)+w&rd\\~!*\'é';
const each = (write: (character: string) => string) => Array.from(ODD, (character) => write(character)).join('');
const hex = (character: string) => character.charCodeAt(0).toString(16);
const inUrl = encodeURIComponent(ODD);
const WITH_BLANK = 'h1dden/pass word';

it.each([
  ['escaped for URLs with small letters', inUrl.replace(/%../g, (escape) => escape.toLowerCase())],
  ['with nothing but what must be escaped for URLs', encodeURI(ODD)],
  ['with more than must be', each((character) => (/\w/.test(character) ? `%${hex(character)}` : encodeURIComponent(character)))],
  ['escaped for URLs twice', encodeURIComponent(inUrl)],
  ['three times', encodeURIComponent(encodeURIComponent(inUrl))],
  ['as forms send it', new URLSearchParams([['', ODD]]).toString()],
  ['in JSON with escaped slashes', JSON.stringify(ODD).replaceAll('/', '\\/')],
  ['in JSON in JSON', JSON.stringify(JSON.stringify(ODD))],
  ['in JSON by its codes', each((character) => `\\u${hex(character).padStart(4, '0')}`)],
  ['in HTML by its codes', each((character) => `&#${character.charCodeAt(0)};`)],
  ['in HTML by its codes in hexadecimal digits', each((character) => `&#x${hex(character)};`)],
  [
    'in HTML with names',
    ODD.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll("'", '&apos;').replaceAll('/', '&sol;'),
  ],
  ['in HTML in HTML', ODD.replaceAll('&', '&amp;amp;').replaceAll('"', '&amp;quot;')],
  ['in a URL in JSON in HTML', JSON.stringify(`?t=${encodeURIComponent(ODD)}`).replaceAll('"', '&quot;')],
  ['with line breaks', ODD.replace(/.{4}/g, '$&\r\n ')],
  ['with line breaks in JSON', JSON.stringify(ODD.replace(/.{4}/g, '$&\n'))],
  ['with NULs', ODD.split('').join('\0')],
  ['with blanks', ODD.split('').join(' ')],
  ['with what has no width', ODD.split('').join('\u200b')],
  ['with that in a URL', encodeURIComponent(ODD.split('').join('\u200b'))],
  ['in base64 on several lines', base64(`Bearer ${ODD}`).replace(/.{10}/g, '$&\r\n')],
  ['in that in JSON', JSON.stringify(base64(`Bearer ${ODD}`).replace(/.{10}/g, '$&\r\n')).replaceAll('/', '\\/')],
  ['in base64 in a URL', encodeURIComponent(base64(`Bearer: ${ODD}`))],
  ['in hexadecimal digits, large ones', Buffer.from(ODD).toString('hex').toUpperCase()],
  ['that has a blank, as forms send it', WITH_BLANK.replaceAll(' ', '+')],
  ['that has a blank, in a URL', encodeURIComponent(WITH_BLANK)],
])('a secret %s is taken out whole', (_, written) => {
  const text = redactor([ODD, WITH_BLANK])(`it said <${written}> again`);
  expect(text).toMatch(/^it said <.{0,20}\*{4}.{0,8}> again$/s);
  expect(text).not.toMatch(/h1d|den|pass|rd/);
});

it('a short secret is taken out in its escapes, but not where something stands between its letters', () => {
  expect(redactor(['p/w'])('p/w p%2fw p%252Fw p\\/w p&#47;w p/ w p\n/w pw')).toBe('**** **** **** **** **** p/ w p\n/w pw');
});

it('a secret that looks like escapes is taken out, and what they would mean is not where that is short', () => {
  expect(redactor(['\\a%41'])('\\a%41 aA %5Ca%2541')).toBe('**** aA ****');
  expect(redactor(['DOM\\nick&amp;co'])('DOM\\nick&amp;co, DOM\\\\nick&amp;co, DOM%5Cnick%26amp%3Bco')).toBe('****, ****, ****');
});

it('two secrets that overlap are one', () => {
  expect(redactor(['first-half', 'half-second', 'half'])('a first-half-second half z')).toBe('a **** **** z');
});

it('what is no secret stays as it was written', () => {
  const said = 'a%20b + c &amp; \\u0041 \\\\ \0 \u200b 50% of &#x2F; %zz %ff \ud800';
  expect(redactor([ODD, 'other-secret'])(said)).toBe(said);
});

it.each([
  ['that repeats itself', `${'a'.repeat(499)}b`],
  ['of escapes', '%25'.repeat(166)],
  ['of backslashes', '\\/'.repeat(250)],
  ['of blanks', 'a '.repeat(250)],
])('a long text takes no long time for a secret %s', (_, secret) => {
  const redact = redactor([secret]);
  const almost = secret.slice(0, -1);
  const started = performance.now();
  for (const unit of [almost, 'a', ' ', '%25', '\\', '&amp;', encodeURIComponent(almost), JSON.stringify(almost)])
    redact(unit.repeat(Math.ceil(65_536 / unit.length)));
  expect(performance.now() - started).toBeLessThan(3_000);
});

/** A text as it may be meant, and where in what was said each of its characters stands. */
export interface Reading {
  readonly text: string;
  /** Index of the first character that says it. */
  readonly from: readonly number[];
  /** Index behind the last one. */
  readonly to: readonly number[];
}

/** Escaped again and again is enough for whoever wants to hide something; it stands in no message by chance. */
const MOST_LAYERS = 8;
/** For URLs (also as forms have it), JSON (backslashes doubled, and doubled again, are one) and HTML. */
const ESCAPED =
  /%[0-7][\da-f]|(?:%[89a-f][\da-f])+|\+|\\+(?:u[\da-f]{4}|[bfnrt])?|&(?:#\d{1,7}|#x[\da-f]{1,6}|amp|lt|gt|quot|apos|nbsp|sol|plus|equals);/gi;
const SHORT: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  sol: '/',
  plus: '+',
  equals: '=',
};
/** White space, and what cannot be seen or stands for what could not be. */
const UNSEEN = /[\s\p{Cc}\p{Cf}\ufffd]+/gu;

/**
 * The text without its escapes, of whatever kinds and however many layers. What two texts differ in only by how they are escaped, they do
 * not differ in here; a plus sign is a blank, and backslashes are nothing.
 */
export function unescaped(text: string): Reading {
  const indexes = Array.from({ length: text.length }, (_, index) => index);
  let reading: Reading = { text, from: indexes, to: indexes.map((index) => index + 1) };
  for (let layer = 0; layer < MOST_LAYERS; layer++) {
    const next = rewritten(reading, ESCAPED, meaningOf);
    if (next.text === reading.text) break;
    reading = next;
  }
  return reading;
}

/** Without white space and what cannot be seen, which may be put into anything. */
export function tightened(reading: Reading): Reading {
  return without(reading, UNSEEN);
}

/** Without what a pattern finds. */
export function without(reading: Reading, pattern: RegExp): Reading {
  return rewritten(reading, pattern, () => '');
}

function meaningOf(escape: string): string {
  if (escape === '+') return ' ';
  if (escape.startsWith('%')) return Buffer.from(escape.replaceAll('%', ''), 'hex').toString();
  if (escape.startsWith('&#')) return characterOf(parseInt(escape.slice(2).replace(/^x/i, ''), /x/i.test(escape) ? 16 : 10));
  if (escape.startsWith('&')) return NAMED[escape.slice(1, -1).toLowerCase()] ?? '';
  const what = escape.replace(/^\\+/, '').toLowerCase();
  return what.length > 1 ? characterOf(parseInt(what.slice(1), 16)) : (SHORT[what] ?? '');
}

function characterOf(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : '';
}

function rewritten(reading: Reading, pattern: RegExp, into: (found: string) => string): Reading {
  const from: number[] = [];
  const to: number[] = [];
  let text = '';
  let at = 0;
  const note = (first: number, last: number) => {
    from.push(reading.from[first] ?? 0);
    to.push(reading.to[last] ?? 0);
  };
  const keepUntil = (end: number) => {
    text += reading.text.slice(at, end);
    for (; at < end; at++) note(at, at);
  };
  for (const { 0: found, index } of reading.text.matchAll(pattern)) {
    keepUntil(index);
    const written = into(found);
    at = index + found.length;
    text += written;
    for (let unit = 0; unit < written.length; unit++) note(index, at - 1);
  }
  keepUntil(reading.text.length);
  return { text, from, to };
}

import { type Reading, tightened, unescaped, without } from './readings';

/** Shorter parts stand in anything. */
const SHORTEST_PART = 8;
/** Digits of base64 that are escaped in URLs and JSON, or others in the alphabet for URLs. */
const ODD_DIGITS = /[-+_/]+/g;

/**
 * A function that takes secrets out of what a server or a proxy said, which may quote what we sent: plain, in base64 (also as a part of
 * what was encoded, such as the whole header), in hexadecimal digits; all of these also escaped for URLs, JSON or HTML, and longer ones
 * broken by line ends or by what cannot be seen. Our own words do not need it, and would be mangled by a password that is a common word.
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const forms = [...new Set(secrets)].filter((secret) => secret !== '').map(formsOf);
  const all = (kind: keyof Forms) => [...new Set(forms.flatMap((each) => each[kind]))];
  const [plain, escaped, broken, digits] = [all('plain'), all('escaped'), all('broken'), all('digits')];
  return (text) => {
    const read = unescaped(text);
    const tight = tightened(read);
    return struckOut(text, [
      ...plain.flatMap((form) => rangesOf(text, form)),
      ...rangesIn(read, escaped),
      ...rangesIn(tight, broken),
      ...rangesIn(without(tight, ODD_DIGITS), digits),
    ]);
  };
}

/** What is looked for, by how the text is read. */
interface Forms {
  /** In the text as it is. */
  readonly plain: readonly string[];
  /** In what its escapes mean. */
  readonly escaped: readonly string[];
  /** In that without blanks and what cannot be seen. */
  readonly broken: readonly string[];
  /** In that without the digits of base64 that are written in several ways. */
  readonly digits: readonly string[];
}

function formsOf(secret: string): Forms {
  const base64 = Buffer.from(secret).toString('base64');
  const read = unescaped(secret);
  const isTelling = ({ length }: string) => length >= SHORTEST_PART;
  return {
    plain: [secret, base64, base64.replace(/=+$/, ''), inForms(secret), JSON.stringify(secret).slice(1, -1)],
    escaped: [read.text].filter(({ length }) => length >= Math.min(SHORTEST_PART, secret.length)),
    broken: [tightened(read).text].filter(isTelling),
    digits: [base64, ...partsInBase64(secret), ...hex(secret)]
      .filter(isTelling)
      .map((form) => form.replace(ODD_DIGITS, ''))
      .filter(({ length }) => length >= SHORTEST_PART / 2),
  };
}

/** The digits that a secret alone decides, wherever it begins in what was encoded. */
function partsInBase64(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].map((before) => {
    const digits = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return digits.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
}

function hex(secret: string): string[] {
  const digits = Buffer.from(secret).toString('hex');
  return [digits, digits.toUpperCase()];
}

/** As forms send it. */
function inForms(secret: string): string {
  return new URLSearchParams([['', secret]]).toString().slice(1);
}

type Range = readonly [from: number, to: number];

function rangesOf(text: string, form: string): Range[] {
  const ranges: Range[] = [];
  for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + form.length)) ranges.push([at, at + form.length]);
  return ranges;
}

/** Where in what was said the forms stand. */
function rangesIn({ text, from, to }: Reading, forms: readonly string[]): Range[] {
  return forms.flatMap((form) => rangesOf(text, form).map(([first, end]): Range => [from[first] ?? 0, to[end - 1] ?? 0]));
}

/** The text without the ranges; those that overlap are one. */
function struckOut(text: string, ranges: readonly Range[]): string {
  let redacted = '';
  let at = 0;
  let struckTo = 0;
  for (const [from, to] of [...ranges].sort(([a], [b]) => a - b)) {
    if (from >= struckTo) redacted += `${text.slice(at, from)}****`;
    struckTo = Math.max(struckTo, to);
    at = struckTo;
  }
  return redacted + text.slice(at);
}

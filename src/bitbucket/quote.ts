import { escapedLine } from '../text/escaped-line';

/** Characters of what a server said that a message repeats. */
const LONGEST = 300;

/**
 * What a server said, fit for a message: secrets are taken out of the whole before it is cut, control characters are escaped, line ends
 * become spaces, and the full stop at its end is left to the sentence that it stands in.
 */
export function quote(said: string, redact: (text: string) => string, longest = LONGEST): string {
  const text = escapedLine(redact(said));
  return (text.length > longest ? `${text.slice(0, longest).trimEnd()}…` : text).replace(/\.$/, '');
}

/** So much is looked through for the end of a title, and twice as much for secrets, which the end of that may cut. */
const LONGEST_TITLE = 2000;

/**
 * Title of a page that is made for people (HTML); null where the text is none, or has none. Secrets are taken out before its end is looked
 * for: one may hold what looks like it.
 */
export function titleOf(text: string, redact: (text: string) => string): string | null {
  const begins = /<title[^>]*>/i.exec(text);
  if (begins === null) return null;
  const from = begins.index + begins[0].length;
  const [title = ''] = redact(text.slice(from, from + 2 * LONGEST_TITLE))
    .slice(0, LONGEST_TITLE)
    .split('<', 1);
  return title.trim() === '' ? null : title.trim();
}

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

/** Title of a page that is made for people (HTML); null where the text is none, or has none. */
export function titleOf(text: string): string | null {
  const title = /<title[^>]*>([^<]*)/i.exec(text)?.[1]?.trim();
  return title === undefined || title === '' ? null : title;
}

/** What stands between tokens; some forms make two characters of a line end. */
const SEPARATORS = /([,\r\n]+|\\n)/;

/** What stands between commas and line ends, each once; blanks around it are no part of it. */
export function tokensIn(text: string): string[] {
  const parts = everySecond(text.split(SEPARATORS)).map((part) => part.trim());
  return [...new Set(parts.filter((part) => part !== ''))];
}

/** The same text with other tokens; what stands between them stays. */
export function mapTokens(text: string, change: (token: string) => string): string {
  return text
    .split(SEPARATORS)
    .map((part, index) => (index % 2 === 0 ? change(part) : part))
    .join('');
}

/** A split by a group has the separators in between. */
function everySecond(parts: readonly string[]): string[] {
  return parts.filter((_, index) => index % 2 === 0);
}

/** What a warehouse or a parser refuses (NUL, half a surrogate pair) as `JSON.stringify` writes it; escapes of two characters are passed over. */
const ESCAPES = /\\(?:u(?:0000|d[89a-f][\da-f]{2})|[^])/g;
const REPLACEMENT = '\ufffd';
/** Some readers take these for ends of lines: next line, line separator, paragraph separator. */
const LINE_SEPARATORS = /[\u0085\u2028\u2029]/g;

/**
 * JSON text as `JSON.stringify` wrote it, without NUL and lone surrogates (they become U+FFFD). The six characters `\u0000` that a person
 * wrote survive: there the backslash itself is escaped.
 */
export function withoutUnloadable(json: string): string {
  if (!json.includes('\\u')) return json;
  return json.replace(ESCAPES, (escape) => (escape.length === 2 ? escape : REPLACEMENT));
}

/** The same JSON on what every reader takes for one line. */
export function onOneLine(json: string): string {
  const isOne = !json.includes('\u0085') && !json.includes('\u2028') && !json.includes('\u2029');
  return isOne ? json : json.replace(LINE_SEPARATORS, escaped);
}

/** A character as JSON writes it where it must not stand for itself: `\u2028`. */
export function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

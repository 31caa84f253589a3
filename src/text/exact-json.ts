/** Digits from which on a double may have lost some: 2^53 has sixteen. */
const DIGITS = 16;
const [ZERO, NINE] = [0x30, 0x39];
/** Strings, which are passed over, and numbers that are integers. */
const TOKENS = /"[^"\\]*(?:\\[^][^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const LONG_INTEGER = /^-?[1-9]\d{15,}$/;

/**
 * `JSON.parse`, but an integer beyond 2^53 comes as a bigint, with all its digits. Costs a look at each sixteenth character where there is none.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  return hasLongNumber(text) ? parseExactly(text) : (JSON.parse(text) as unknown);
}

/** Whether sixteen digits follow each other somewhere, at the beginning of a number as far as one can tell. */
function hasLongNumber(text: string): boolean {
  for (let at = DIGITS - 1; at < text.length; at += DIGITS) {
    if (!isDigit(text.charCodeAt(at))) continue;
    let from = at;
    while (from > 0 && isDigit(text.charCodeAt(from - 1))) from--;
    let to = at + 1;
    while (to < text.length && isDigit(text.charCodeAt(to))) to++;
    if (to - from >= DIGITS && (from === 0 || /[-\s:,[]/.test(text.charAt(from - 1)))) return true;
    at = to - 1 - ((to - DIGITS) % DIGITS);
  }
  return false;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

/** Long integers go through the parser as text that does not occur otherwise. */
function parseExactly(text: string): unknown {
  let mark = '#';
  while (text.includes(mark)) mark += '#';
  const marked = text.replace(TOKENS, (token) =>
    LONG_INTEGER.test(token) && !Number.isSafeInteger(Number(token)) ? `"${mark}${token}"` : token,
  );
  if (marked === text) return JSON.parse(text);
  const root = { value: JSON.parse(marked) as unknown };
  const open: object[] = [root];
  for (let holder = open.pop(); holder !== undefined; holder = open.pop()) {
    for (const [key, member] of Object.entries(holder)) {
      if (typeof member === 'object' && member !== null) open.push(member as object);
      else if (typeof member === 'string' && member.startsWith(mark)) Reflect.set(holder, key, BigInt(member.slice(mark.length)));
    }
  }
  return root.value;
}

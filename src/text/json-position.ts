const SPACE = /[ \t\n\r]*/y;
const TOKEN =
  /([{}[\],:])|"[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[ !#-[\]-\uffff]*)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Where a text stops being JSON, and what should stand there. */
export interface JsonError {
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
  /** `a comma or }` */
  readonly expected: string;
}

type Expectation = 'value' | 'value or ]' | 'name' | 'name or }' | 'colon' | 'comma' | 'end';

/** Finds the first mistake of a text that is no JSON; null where it is. Quotes nothing of the text, which may hold secrets. */
export function findJsonError(text: string): JsonError | null {
  const open: string[] = [];
  let expected: Expectation = 'value';
  for (let at = 0; ;) {
    SPACE.lastIndex = at;
    at += SPACE.exec(text)?.[0].length ?? 0;
    if (at === text.length && expected === 'end') return null;
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text);
    const next: Expectation | null =
      token === null ? null : follow(expected, token[1] ?? (token[0].startsWith('"') ? 'text' : 'other'), open);
    if (next === null || token === null) return locate(text, at, describe(expected, open.at(-1)));
    expected = next;
    at += token[0].length;
  }
}

/** What may come after a token; null: the token is not allowed here. */
function follow(expected: Expectation, token: string, open: string[]): Expectation | null {
  const afterValue = () => (open.length === 0 ? 'end' : 'comma');
  const close = (bracket: string) => (open.pop() === bracket ? afterValue() : null);
  switch (expected) {
    case 'name':
    case 'name or }':
      if (token === '}' && expected === 'name or }') return close('{');
      return token === 'text' ? 'colon' : null;
    case 'colon':
      return token === ':' ? 'value' : null;
    case 'comma':
      if (token === ',') return open.at(-1) === '{' ? 'name' : 'value';
      return token === '}' ? close('{') : token === ']' ? close('[') : null;
    case 'end':
      return null;
    case 'value':
    case 'value or ]':
      if (token === ']' && expected === 'value or ]') return close('[');
      if (token === 'text' || token === 'other') return afterValue();
      if (token !== '{' && token !== '[') return null;
      open.push(token);
      return token === '{' ? 'name or }' : 'value or ]';
  }
}

function describe(expected: Expectation, bracket: string | undefined): string {
  switch (expected) {
    case 'value':
      return 'a value';
    case 'value or ]':
      return 'a value or ]';
    case 'name':
      return 'a name in double quotes (the comma before it must go if it was the last)';
    case 'name or }':
      return 'a name in double quotes or }';
    case 'colon':
      return 'a colon';
    case 'comma':
      return `a comma or ${bracket === '{' ? '}' : ']'}`;
    case 'end':
      return 'nothing more';
  }
}

function locate(text: string, at: number, expected: string): JsonError {
  const before = text.slice(0, at).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, expected };
}

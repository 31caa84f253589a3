/** Breaks a text into lines of at most `width` characters between words, all as far in as the first; a word that is longer than a line stays whole. */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => wrapLine(line, width));
}

/** A line that `wrap` made behind an indent; a word that is too wide for that, such as a path, stands less far in, or at the edge. */
export function indented(line: string, indent: number, width: number): string {
  if (indent + line.length <= width) return `${' '.repeat(indent)}${line}`;
  const word = line.trimStart();
  return `${' '.repeat(Math.max(0, width - word.length))}${word}`;
}

/** A space at which a line may be broken: not the one between a number and its unit. */
const BREAK = / (?!(?<=\d )(?:ms|s|min|h|MB|%)(?!\w))/;

function wrapLine(text: string, width: number): string[] {
  if (text.length <= width) return [text];
  const indent = /^ */.exec(text)?.[0] ?? '';
  const lines: string[] = [];
  let line = '';
  for (const word of text.slice(indent.length).split(BREAK)) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => `${indent}${each}`);
}

/** Words of a command, and those inside of a text in double quotes; a text in single quotes is one. */
const WORDS = /(?:'[^']*'|[^\s'])+/g;

/**
 * Breaks a command so that a shell takes the lines, copied, for the one that they were; further lines are two columns further in. It stands
 * less far in where a word, such as a URL, would not fit otherwise.
 */
export function wrapCommand(command: string, width: number): string[] {
  const words = command.match(WORDS) ?? [];
  const room = width - 4 - Math.max(...words.map(({ length }) => length));
  const wished = /^ */.exec(command)?.[0] ?? '';
  const indent = command.length <= width ? wished : wished.slice(0, Math.max(0, room));
  const lines = [''];
  let isQuoted = false;
  for (const word of words) {
    const line = lines.at(-1) ?? '';
    const start = lines.length === 1 ? indent : `${indent}  `;
    if (line === '') lines[lines.length - 1] = `${start}${word}`;
    else if (line.length + 1 + word.length <= width - 2) lines[lines.length - 1] = `${line} ${word}`;
    else {
      if (!isQuoted) lines[lines.length - 1] = `${line} \\`;
      lines.push(`${indent}  ${word}`);
    }
    if ((word.match(/"/g) ?? []).length % 2 === 1) isQuoted = !isQuoted;
  }
  return lines;
}

/**
 * What must not reach a terminal as it is: control characters (C0 less tab and line feed, DEL, C1), which move the cursor, change colours or
 * titles; marks that turn the direction of text around, and those that are not seen at all.
 */
const UNPRINTABLE = new RegExp(
  `[${[
    [0x00, 0x08],
    [0x0b, 0x1f],
    [0x7f, 0x9f],
    [0x061c, 0x061c],
    [0x200b, 0x200f],
    [0x2028, 0x202e],
    [0x2060, 0x206f],
    [0xfeff, 0xfeff],
    [0xfff9, 0xfffb],
  ]
    .map(([from = 0, to = 0]) => `${escaped(from)}-${escaped(to)}`)
    .join('')}]`,
  'g',
);

/** Text that a terminal shows as it is: what would steer it stands there as an escape (`\u001b`). Tabs and line feeds stay. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => escaped(character.charCodeAt(0)));
}

/** The same in one line. */
export function printableLine(text: string): string {
  return printable(text).replace(/\s+/g, ' ').trim();
}

/** JSON that a terminal shows as it is, and that is read as the same value. */
export function printableJson(value: unknown, indentation = 2): string {
  return printable(JSON.stringify(value, null, indentation));
}

function escaped(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}

import { escaped } from './safe-text';

/**
 * What must not reach a terminal or a log as it is: control characters (C0 less tab and line feed, DEL, C1), which move the cursor, change
 * colours or titles; marks that turn the direction of text around, and those that are not seen at all.
 */
const UNPRINTABLE = /(?![\t\n])[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;

/** Text on one line, in which what would steer a terminal stands as an escape (`\u001b`). */
export function escapedLine(text: string): string {
  return text.replace(UNPRINTABLE, escaped).replace(/\s+/g, ' ').trim();
}

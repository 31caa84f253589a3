import { escaped } from './safe-text';

/** What could move the cursor, change colours or turn the order of what is shown around; ends of lines may stay. */
const CONTROLS = /(?!\n)[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** Text that somebody else wrote, as it may be shown on a terminal; ends of lines stay. */
export function printable(text: string): string {
  return text.replace(CONTROLS, (character) => (character === '\t' ? '  ' : ' '));
}

/** The same on one line. */
export function printableLine(text: string): string {
  return printable(text).replaceAll('\n', ' ');
}

/** A value as JSON that a terminal may show: what JSON leaves raw and a terminal would act upon is escaped. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(CONTROLS, escaped);
}

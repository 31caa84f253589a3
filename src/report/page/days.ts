const DAY_MS = 86_400_000;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Days since 1970 as `2026-03-02`. */
export function isoDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** The opposite; null where the text is no day. */
export function dayOf(text: string): number | null {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  return Number.isNaN(time) ? null : time / DAY_MS;
}

/** The first day of the month. */
export function monthOf(day: number): number {
  const date = new Date(day * DAY_MS);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) / DAY_MS;
}

/** The first days of the months from the first to the last, without a gap. */
export function monthsBetween(first: number, last: number): number[] {
  const months: number[] = [];
  for (let month = monthOf(first); month <= last; month = monthOf(month + 31)) months.push(month);
  return months;
}

/** The Monday of the week; day 0 was a Thursday. */
export function weekOf(day: number): number {
  return day - ((((day + 3) % 7) + 7) % 7);
}

/** `2 Mar 2026`. */
export function longDay(day: number): string {
  const date = new Date(day * DAY_MS);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()] ?? ''} ${date.getUTCFullYear()}`;
}

/** `Mar 2026`. */
export function monthName(day: number): string {
  return longDay(day).replace(/^\d+ /, '');
}

const DAY_MS = 24 * 3600_000;
/** An expiry is told so long before, in days. */
export const WARNING_DAYS = 14;

/**
 * A date (`2027-01-31`) as it is, or an instant with its zone in UTC with milliseconds.
 * @returns null where the text is neither, or names no day of the calendar
 */
export function parseExpirationDate(text: string): string | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2}))?$/i.exec(text.trim());
  if (match === null) return null;
  const [, year, month, day, time] = match;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (Number(year) < 1000 || date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return null;
  if (time === undefined) return `${year}-${month}-${day}`;
  const instant = Date.parse(text.trim().toUpperCase());
  // In UTC it may lie in another year than where it was written: one of five digits is no date to most who read it.
  return Number.isNaN(instant) || instant >= Date.UTC(10_000, 0) ? null : new Date(instant).toISOString();
}

/** When a credential ends, in epoch milliseconds: a date ends with that day, in UTC. */
export function endOf(expirationDate: string): number {
  return Date.parse(expirationDate) + (expirationDate.includes('T') ? 0 : DAY_MS);
}

/** Whether the date has passed. */
export function isExpired(expirationDate: string | null, now: number): boolean {
  return expirationDate !== null && endOf(expirationDate) <= now;
}

/** In how many days, begun ones included, a credential ends; null: not soon, or it has ended. */
export function daysLeft(expirationDate: string | null, now: number): number | null {
  if (expirationDate === null || isExpired(expirationDate, now)) return null;
  const days = Math.ceil((endOf(expirationDate) - now) / DAY_MS);
  return days <= WARNING_DAYS ? days : null;
}

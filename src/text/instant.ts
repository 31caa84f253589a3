/** To the minute, as people read it: `2026-11-27 07:40 UTC`. @param instant in epoch milliseconds */
export function minuteOf(instant: number): string {
  return `${new Date(instant).toISOString().replace('T', ' ').slice(0, 16)} UTC`;
}

/** `2026-11-20`, and with its minute where it is not the beginning of that day (UTC). @param instant in epoch milliseconds */
export function dayOrMinuteOf(instant: number): string {
  const date = new Date(instant).toISOString();
  return date.endsWith('T00:00:00.000Z') ? date.slice(0, 10) : minuteOf(instant);
}

/** To the minute, as people read it: `2026-11-27 07:40 UTC`. @param instant in epoch milliseconds */
export function minuteOf(instant: number): string {
  return `${new Date(instant).toISOString().replace('T', ' ').slice(0, 16)} UTC`;
}

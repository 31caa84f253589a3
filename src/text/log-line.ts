import { printableLine } from './terminal';

/** Time of day as people read it: `14:05:09`. @param now in epoch milliseconds */
export function timeOf(now: number): string {
  return new Date(now).toTimeString().slice(0, 8);
}

/** A line of a log for people: time of day, level, and a message that is safe for a terminal. */
export function logLine(now: number, level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR', message: string): string {
  return `${timeOf(now)}  ${level.padEnd(5)}  ${printableLine(message)}`;
}

/** An instant of a state: RFC 3339 there, epoch milliseconds here. One that is later than now (Airbyte's tests move them to 2099) counts as now. */
export function parseInstant(raw: unknown, now: number): number | null {
  const instant = typeof raw === 'string' ? Date.parse(raw) : NaN;
  return Number.isNaN(instant) ? null : Math.min(instant, now);
}

/** Null for what is no instant: an infinite one. */
export function printInstant(instant: number): string | null {
  return Number.isFinite(instant) ? new Date(instant).toISOString() : null;
}

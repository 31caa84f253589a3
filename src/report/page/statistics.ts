const SECONDS_PER_HOUR = 3600;

/** The quantile as DuckDB's `quantile_cont` computes it: between two values, in proportion; null of nothing. */
export function quantile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? 0;
  return below + (above - below) * (place - Math.floor(place));
}

export function median(values: readonly number[]): number | null {
  return quantile(values, 0.5);
}

export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Seconds as hours, for what is compared or said in words. */
export function inHours(seconds: number | null): number | null {
  return seconds === null ? null : seconds / SECONDS_PER_HOUR;
}

/** Seconds as hours with one decimal, as the SQL of the page rounds them: six minutes at least, for tables. */
export function hours(seconds: number | null): number | null {
  return seconds === null ? null : rounded(seconds / SECONDS_PER_HOUR, 1);
}

export function rounded(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale;
}

/** Groups rows by a key, in the order of the keys. */
export function grouped<Row>(rows: Iterable<Row>, keyOf: (row: Row) => number): [number, Row[]][] {
  const groups = new Map<number, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups].sort(([a], [b]) => a - b);
}

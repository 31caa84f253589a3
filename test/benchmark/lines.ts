/** One line of the table. */
export interface Line {
  readonly what: string;
  readonly measured: string;
  readonly target: string;
  /** Null where there is no target: a number to compare others with. */
  readonly met: boolean | null;
  /** What it was computed from. */
  readonly numbers: Readonly<Record<string, number>>;
}

export const ratio = (value: number): string => `${value.toFixed(2)} ×`;
export const seconds = (value: number): string => `${value.toFixed(2)} s`;
export const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
export const megabytes = (value: number): string => `${value.toFixed(0)} MB`;
export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

export function atMost(
  what: string,
  value: number,
  limit: number,
  print: (value: number) => string,
  numbers: Line['numbers'] = {},
): Line {
  return { what, measured: print(value), target: `≤ ${print(limit)}`, met: value <= limit, numbers: { value, ...numbers } };
}

export function exactly(what: string, value: number, wanted: number): Line {
  return { what, measured: String(value), target: `= ${wanted}`, met: value === wanted, numbers: { value, wanted } };
}

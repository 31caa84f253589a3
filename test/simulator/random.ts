import { createHash } from 'node:crypto';

/** A stream of numbers that a seed determines completely. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** An integer in [from, to]. */
  integer(from: number, to: number): number;
  /** One of the list, which must not be empty. */
  pick<T>(list: readonly T[]): T;
  /** True with this probability. */
  chance(probability: number): boolean;
}

/** Mulberry32: small, fast, good enough for test data. */
export const random = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const integer = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return { next, integer, pick: (list) => list[integer(0, list.length - 1)]!, chance: (probability) => next() < probability };
};

/** Forty hex digits, as git would name the parts. */
export const hash = (...parts: readonly (string | number)[]): string =>
  createHash('sha1').update(parts.join('\u0000')).digest('hex');

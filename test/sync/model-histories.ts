import fc from 'fast-check';
import type * as Timers from 'node:timers/promises';
import { Histories } from '../support/random-histories';
import { anyCase, run } from './model-case';

/** Whoever waits for no time at all goes on at once: a timer would let chance decide what comes first. */
jest.mock('node:timers/promises', () => {
  const timers = jest.requireActual<typeof Timers>('node:timers/promises');
  const setTimeout: typeof timers.setTimeout = async (milliseconds, value, options) =>
    milliseconds === 0 ? (value as never) : timers.setTimeout(milliseconds, value, options);
  return { ...timers, setTimeout };
});

/** Jest gives each file to one worker, so the histories are in several. */
const PARTS = 3;
const { MODEL_RUNS = '2400', MODEL_SEED = '20261123', MODEL_PATH } = process.env;

/**
 * Random histories of a server, with events between any two requests of running syncs, page caps, faults and kills, against one
 * promise: after a last, quiet sync the warehouse is what the server is, and nothing came without need. On failure fast-check prints
 * seed and path; MODEL_SEED and MODEL_PATH run that case again, MODEL_RUNS decides how many there are in all. The seed is fixed, and time
 * passes by requests, so that a red run is never chance; MODEL_SEED=random goes looking for new histories.
 * @param part from 0
 */
export function testHistories(part: number): void {
  const first = MODEL_SEED === 'random' ? Date.now() % 1e9 : Number(MODEL_SEED);
  const numRuns = Math.ceil(Number(MODEL_RUNS) / PARTS);
  const seed = first + part;
  // A path belongs to its own seed.
  const testOnce = MODEL_PATH === undefined || part === 0 ? test : test.skip;
  testOnce(
    `whatever happens to the server and to the syncs, one quiet sync later the warehouse equals the server (${numRuns} histories, seed ${seed})`,
    async () => {
      const histories = new Histories();
      const property = fc.asyncProperty(anyCase, (model) =>
        histories.next(async () => {
          expect(await run(model)).toEqual([]);
        }),
      );
      await fc.assert(property, { numRuns, seed, ...(MODEL_PATH !== undefined && { path: MODEL_PATH }) });
      histories.end();
    },
    1_200_000,
  );
}

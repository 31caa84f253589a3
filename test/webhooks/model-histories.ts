import fc from 'fast-check';
import type * as OpenInbox from '../../src/webhooks/inbox/open-inbox';
import { Histories } from '../support/random-histories';
import { anyCase, leftOut, run } from './model-case';
import type * as ModelClock from './model-clock';

/** Each inbox has a clock of its own, whichever host opens it. */
jest.mock('../../src/webhooks/inbox/open-inbox', () => {
  const actual = jest.requireActual<typeof OpenInbox>('../../src/webhooks/inbox/open-inbox');
  const { inboxClocks } = jest.requireActual<typeof ModelClock>('./model-clock');
  const openInbox: typeof actual.openInbox = (place, options) =>
    actual.openInbox(place, { ...options, now: inboxClocks.get(place) ?? options.now });
  return { ...actual, openInbox };
});

/** Jest gives each file to one worker, so the histories are in several. */
const PARTS = 2;
const { MODEL_RUNS = '1000', MODEL_SEED = '20261126', MODEL_PATH } = process.env;

/**
 * Random histories of a server with webhooks, and two connections to it, of which one has the inbox: after each pair of syncs nothing may be
 * staler than by polling, but for what the table in docs/guarantees.md names. Seed and path of a failure: as for test/sync/model-*.
 * @param part from 0
 */
export function testHistories(part: number): void {
  const first = MODEL_SEED === 'random' ? Date.now() % 1e9 : Number(MODEL_SEED);
  const numRuns = Math.ceil(Number(MODEL_RUNS) / PARTS);
  const seed = first + part;
  const testOnce = MODEL_PATH === undefined || part === 0 ? test : test.skip;
  testOnce(
    `whatever becomes of webhooks, nothing is staler than by polling (${numRuns} histories, seed ${seed})`,
    async () => {
      const histories = new Histories();
      const property = fc.asyncProperty(anyCase, (model) =>
        histories.next(async () => {
          expect(await run(model)).toEqual([]);
        }),
      );
      await fc.assert(property, { numRuns, seed, ...(MODEL_PATH !== undefined && { path: MODEL_PATH }) });
      const ran = histories.end();
      // A model in which every list is read proves nothing.
      if (MODEL_PATH === undefined) expect(leftOut.repositories).toBeGreaterThan(ran);
    },
    1_200_000,
  );
}

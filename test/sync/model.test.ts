import fc from 'fast-check';
import type * as Config from '../../src/config';
import { anyCase, run } from './model-case';

/** A configuration is compiled against the spec whenever it is parsed: once for all syncs of a case makes room for more cases. */
jest.mock('../../src/config', () => {
  const config = jest.requireActual<typeof Config>('../../src/config');
  const parsed = new Map<string, Config.Config>();
  const parseConfig: typeof Config.parseConfig = (raw, schema) => {
    const key = JSON.stringify(raw);
    const known = parsed.get(key) ?? config.parseConfig(raw, schema);
    parsed.set(key, known);
    return known;
  };
  return { ...config, parseConfig };
});

/**
 * Random histories of a server, with events between any two requests of running syncs, page caps, faults and kills, against one
 * promise: after a last, quiet sync the warehouse is what the server is, and nothing came without need. On failure fast-check prints
 * seed and path; MODEL_SEED and MODEL_PATH run that case again, MODEL_RUNS decides how many there are. The seed is fixed, so that a red
 * run is never chance; MODEL_SEED=random goes looking for new histories.
 */
const { MODEL_RUNS = '300', MODEL_SEED = '20261123', MODEL_PATH } = process.env;

test('whatever happens to the server and to the syncs, one quiet sync later the warehouse equals the server', async () => {
  const property = fc.asyncProperty(anyCase, async (model) => {
    expect(await run(model)).toEqual([]);
  });
  const seed = MODEL_SEED === 'random' ? {} : { seed: Number(MODEL_SEED) };
  await fc.assert(property, { numRuns: Number(MODEL_RUNS), ...seed, ...(MODEL_PATH !== undefined && { path: MODEL_PATH }) });
}, 1_200_000);

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Simulator } from '../simulator';
import { catalogOf, configFor, STREAMS } from '../support/connector';
import { eachHasAFile, folder, server, sync, query, expectEqual } from './synced-file';

eachHasAFile();

describe('whatever is switched in between, the file equals the server', () => {
  const full = (destination: string) => ({
    streams: catalogOf(STREAMS, 'full_refresh').streams.map((entry) => ({ ...entry, destination_sync_mode: destination })),
  });
  const catalogFile = (catalog: unknown) => {
    const path = join(folder, `catalog-${Math.random()}.json`);
    writeFileSync(path, JSON.stringify(catalog));
    return ['--catalog', path];
  };
  const cut = async (simulator: Simulator, more: readonly string[]) => {
    const [key, slug] = String(simulator.truth.rows('pull_requests').at(-1)!.repository_full_name).split('/');
    simulator.faults.add({ kind: 'status', status: 400, route: 'pull-requests', path: new RegExp(`/${key}/repos/${slug}/`) });
    const outcome = await sync(configFor(simulator), ['-v', ...more]);
    expect(outcome.code).toBe(1);
    expect(outcome.stdout).toMatch(/pull_requests +incomplete/);
    simulator.faults.clear();
  };
  const deleteOne = (simulator: Simulator) => {
    const [row] = simulator.truth.rows('pull_requests').filter(({ state }) => state === 'OPEN');
    simulator.history.deletePullRequest({ repositoryId: Number(row!.repository_id), id: Number(row!.id) });
  };

  it.each(['overwrite', 'append_dedup'])(
    'an interrupted full refresh (%s) between incremental syncs',
    async (destination) => {
      const simulator = await server({ dataset: 'demo', clock: Date.now });
      const refresh = catalogFile(full(destination));
      const incremental = catalogFile(catalogOf());
      await sync(configFor(simulator), incremental);
      deleteOne(simulator);
      await cut(simulator, refresh);
      deleteOne(simulator);
      expect((await sync(configFor(simulator), incremental)).code).toBe(0);
      await expectEqual(simulator);
      await cut(simulator, refresh);
      deleteOne(simulator);
      expect((await sync(configFor(simulator), refresh)).code).toBe(0);
      await expectEqual(simulator);
      deleteOne(simulator);
      expect((await sync(configFor(simulator), incremental)).code).toBe(0);
      await expectEqual(simulator);
    },
    120_000,
  );

  it('rows that were loaded before the first state, or whose state is lost', async () => {
    const simulator = await server({ dataset: 'demo', clock: Date.now });
    await sync(configFor(simulator));
    await query('DELETE FROM _airbyte_state');
    deleteOne(simulator);
    await cut(simulator, []);
    deleteOne(simulator);
    expect((await sync(configFor(simulator))).code).toBe(0);
    await expectEqual(simulator);
    expect(await query("SELECT table_name FROM information_schema.tables WHERE table_name LIKE '%unproven%'")).toEqual([]);
  }, 120_000);
});

import type { Branch, RefScan, RepositoryApi, StreamRun } from '../../src/streams/stream';
import { branches } from '../../src/streams/branches';
import type { RefsState } from '../../src/streams/history/refs-stream';

const ID = 'a'.repeat(40);
const api = { repository: { id: 1, key: 'ACME', slug: 'app', fullName: 'ACME/app' } } as RepositoryApi;
const run = { now: () => Date.UTC(2026, 0, 1) } as StreamRun;

/** What a sync of these branches gives, and the state after it. */
async function read(names: readonly string[], state: RefsState): Promise<{ ids: unknown[]; gone: unknown[]; state: RefsState }> {
  const listed = names.map((name): Branch => ({ id: `refs/heads/${name}`, name, commitId: ID, isDefault: false }));
  const refs = { branches: () => Promise.resolve(listed), gone: (missing: string[]) => Promise.resolve(new Set(missing)) };
  const [ids, gone]: [unknown[], unknown[]] = [[], []];
  let after = state;
  for await (const { rows, covers } of branches.read(api, refs as unknown as RefScan, state, run)) {
    for (const row of rows) (row.deleted_at === null ? ids : gone).push(row.id);
    if (covers !== undefined) after = covers;
  }
  return { ids, gone, state: after };
}

test.each([0, 1, 999, 1000, 1001, 2000])(
  '%i branches are known after one sync, however their rows are divided',
  async (count) => {
    const names = Array.from({ length: count }, (_, index) => `b${index}`);
    const first = await read(names, branches.state.initial());
    expect([first.ids.length, first.state.refs.size]).toEqual([count, count]);
    const second = await read(names, first.state);
    expect([second.ids, second.state]).toEqual([[], first.state]);
    const third = await read([], second.state);
    expect([third.ids, third.gone.length, third.state.refs.size]).toEqual([[], count, 0]);
  },
);

import { HistoryWorld } from './support/world';

let world: HistoryWorld;
afterEach(() => world.stop());

const QUIET = { branches: 1, tags: 1 };

test('a first sync reads every branch, tag and commit', async () => {
  world = await HistoryWorld.start();
  world.history.tag(world.repository, 'v1', { at: 'refs/heads/main', annotated: true });
  world.history.tag(world.repository, 'release/#1+%?~ü', { at: 'refs/heads/main' });
  const first = await world.sync();
  expect(first.result.errors).toEqual([]);
  expect(first.requests).toEqual({ ...QUIET, commits: 1 });
  expect(world.differences()).toEqual([]);
});

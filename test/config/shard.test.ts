import { inShard } from '../../src/config/shard';

const ids = Array.from({ length: 3000 }, (_, index) => index + 1);
const shardsOf = (id: number, shardCount: number) =>
  Array.from({ length: shardCount }, (_, shardIndex) => shardIndex).filter((shardIndex) =>
    inShard({ shardIndex, shardCount }, id),
  );

it.each([1, 2, 3, 7, 16])('puts each repository into exactly one of %i shards', (count) => {
  for (const id of ids) expect(shardsOf(id, count)).toHaveLength(1);
});

it('fills shards about evenly', () => {
  for (let shardIndex = 0; shardIndex < 4; shardIndex++) {
    const size = ids.filter((id) => inShard({ shardIndex, shardCount: 4 }, id)).length;
    expect(size / ids.length).toBeCloseTo(0.25, 1);
  }
});

it('puts a repository into the same shard in every release: a change would read everything again', () => {
  expect(ids.slice(0, 16).flatMap((id) => shardsOf(id, 4))).toEqual([3, 3, 2, 1, 2, 2, 1, 2, 0, 1, 1, 3, 2, 2, 0, 3]);
});

import { createHash } from 'node:crypto';
import type { Config } from './config';

/** Whether a repository falls into this shard: a hash of its id, so that it stays there through renames and moves. */
export function inShard(config: Pick<Config, 'shardIndex' | 'shardCount'>, repositoryId: number): boolean {
  if (config.shardCount === 1) return true;
  const hash = createHash('sha1').update(String(repositoryId)).digest().readUInt32BE(0);
  return hash % config.shardCount === config.shardIndex;
}

import { users } from '../streams/users';
import type { SyncContext } from './context';
import { readSnapshot } from './snapshot-sync';

/** Reads the users; in shard 0 only. */
export async function syncUsers(context: SyncContext): Promise<void> {
  const { config, bitbucket } = context;
  if (config.shardIndex !== 0) return;
  await readSnapshot(context, users, {
    what: 'users',
    permission: 'a Bitbucket licence',
    list: () => bitbucket.users(),
    ask: (slug) => bitbucket.user(slug),
    selects: () => true,
    selectsKnown: () => true,
  });
}

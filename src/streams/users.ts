import { isAddress, type RestUser } from '../bitbucket/api/payloads';
import type { UserRecord } from '../generated/users';
import { columnsOf } from './columns';
import { document, flag, text } from './documents';
import { snapshotStream } from './snapshot-stream';

/** The users, from `GET /admin/users`, else from `/users`, which has no directories and no inactive ones. */
export const users = snapshotStream<RestUser>({
  name: 'users',
  columns: columnsOf('users'),
  requestKinds: ['users', 'user'],
  what: 'users',
  permission: 'the global permission Bitbucket User',
  descriptive: ['links'],
  list: ({ bitbucket, onUnreadable }) => bitbucket.users(onUnreadable),
  get: ({ bitbucket }, slug) => bitbucket.user(slug),
  addressOf: ({ slug, name, id }) => [slug, name].find(isAddress) ?? String(id),
  selects: () => true,
  selectsKnown: () => true,
  row: (user): Omit<UserRecord, 'changed_at' | 'deleted_at'> => ({
    id: user.id,
    name: text(user.name),
    slug: text(user.slug),
    display_name: text(user.displayName),
    email_address: text(user.emailAddress),
    active: flag(user.active),
    type: text(user.type),
    directory_name: text(user.directoryName),
    links: document(user.links),
  }),
});

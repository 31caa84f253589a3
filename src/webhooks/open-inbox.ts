import { defaultLimits, type Inbox, type Limits } from './inbox';
import { openPostgres } from './postgres';
import { SqlInbox } from './sql-inbox';
import { openSqlite } from './sqlite';

/**
 * Opens the inbox, and makes it where there is none.
 * @param place a folder, or a `postgres://` URL; the package that serves it is loaded only now
 */
export async function openInbox(place: string, limits: Limits = defaultLimits): Promise<Inbox> {
  const isUrl = /^postgres(?:ql)?:\/\//i.test(place);
  return SqlInbox.open(await (isUrl ? openPostgres(place) : openSqlite(place)), limits);
}

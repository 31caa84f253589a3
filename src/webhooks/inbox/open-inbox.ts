import { isPostgresUrl } from '../../config/place';
import { defaultLimits, type Inbox, type Limits } from './inbox';
import { openPostgres } from '../../database/postgres';
import { SqlInbox } from './sql-inbox';
import { openSqlite } from '../../database/sqlite';

/** Any number, but the same for all who share an inbox: they write one after the other. */
const WRITERS_LOCK = 7_255_114;

/**
 * Opens the inbox, and makes it where there is none.
 * @param place a folder, or a `postgres://` URL; the package that serves it is loaded only now
 */
export function openInbox(place: string, limits: Limits = defaultLimits): Promise<Inbox> {
  return open(place, limits).catch((error: unknown) => Promise.reject(new Error(reasonOf(error))));
}

async function open(place: string, limits: Limits): Promise<Inbox> {
  const sql = isPostgresUrl(place)
    ? openPostgres(place, { application: 'bitbucket-webhook-inbox', lock: WRITERS_LOCK })
    : openSqlite(place, { file: 'inbox.sqlite', confidential: false });
  return SqlInbox.open(await sql, limits);
}

/** Never with the place: an error of the file system quotes it, and it may be a URL with a password that was written in a wrong way. */
function reasonOf(error: unknown): string {
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (path !== undefined) return `${syscall ?? 'open'} ${code ?? 'failed'}`;
  return error instanceof Error ? error.message : String(error);
}

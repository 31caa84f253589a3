import { join } from 'node:path';
import { isPostgresUrl } from '../../config/place';
import { openPostgres } from '../../database/postgres';
import { openSqlite } from '../../database/sqlite';
import { WatchedSql } from '../../database/watched-sql';
import { hostClock, postgresClock } from './clock';
import { defaultLimits, type Inbox, type Limits } from './inbox';
import { SqlInbox } from './sql-inbox';

/** Any number, but the same for all who share an inbox: they write one after the other. */
const WRITERS_LOCK = 7_255_114;
const FILE = 'inbox.sqlite';

/** What an inbox is opened with. */
export interface InboxOptions {
  /** This host's clock; a database has its own. */
  readonly now: () => number;
  readonly limits?: Limits;
}

/**
 * Opens the inbox, and makes it where there is none.
 * @param place a folder, or a `postgres://` URL; the package that serves it is loaded only now
 */
export function openInbox(place: string, options: InboxOptions): Promise<Inbox> {
  return open(place, options).catch((error: unknown) => Promise.reject(new Error(reasonOf(error))));
}

async function open(place: string, { now, limits = defaultLimits }: InboxOptions): Promise<Inbox> {
  if (isPostgresUrl(place)) {
    const sql = await openPostgres(place, { application: 'bitbucket-webhook-inbox', lock: WRITERS_LOCK });
    return SqlInbox.open(sql, limits, postgresClock);
  }
  const sql = await openSqlite(place, { file: FILE, confidential: false });
  return SqlInbox.open(new WatchedSql(sql, join(place, FILE)), limits, hostClock(now));
}

/** Never with the place: an error of the file system quotes it, and it may be a URL with a password that was written in a wrong way. */
function reasonOf(error: unknown): string {
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (path !== undefined) return `${syscall ?? 'open'} ${code ?? 'failed'}`;
  return error instanceof Error ? error.message : String(error);
}

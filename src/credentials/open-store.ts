import { statSync } from 'node:fs';
import { join } from 'node:path';
import { isPostgresUrl } from '../config/place';
import { passwordsInUrl } from '../config/secrets';
import { openPostgres } from '../database/postgres';
import { openSqlite } from '../database/sqlite';
import { WatchedSql } from '../database/watched-sql';
import { CredentialsError } from './credentials-error';
import { orUnavailable, SqlStore } from './sql-store';
import type { CredentialStore } from './store';

/** Any number, but the same for all who share a store: they write one after the other. */
const WRITERS_LOCK = 7_255_115;
const FILE = 'credentials.sqlite';

/** Where a store is, and what it is encrypted with. */
export interface StoreAddress {
  /** A folder, or a `postgres://` URL. */
  readonly place: string;
  /** 32 bytes in base64, or a passphrase; null: there is none. */
  readonly key: string | null;
}

/** The key of the environment, which goes before that of the configuration; null: there is neither. */
export function keyOf(fromEnvironment: string | undefined, configured: string | null): string | null {
  return [fromEnvironment, configured].find((key) => key !== null && key !== undefined && key.trim() !== '') ?? null;
}

/**
 * What opens the store again and again, and makes it where there never was one: a store that has been there and is lost is an error until
 * it is back, not a reason to begin anew.
 */
export function lastingStore(address: StoreAddress): () => Promise<CredentialStore> {
  let mustExist = isThere(address);
  return async () => {
    const store = await openStore(address, { mustExist });
    mustExist = true;
    return store;
  };
}

/**
 * Opens a store, and makes it where there is none, unless it must exist; without a key nothing is touched.
 * @throws CredentialsError `store_unavailable`
 */
export async function openStore({ place, key }: StoreAddress, { mustExist = false } = {}): Promise<CredentialStore> {
  if (key === null)
    throw CredentialsError.of(
      'store_unavailable',
      'The credential store has no key: set BITBUCKET_CREDENTIALS_KEY in the environment, or credential_store_key, to 32 bytes in base64, such as openssl rand -base64 32 prints, or to a passphrase.',
    );
  try {
    return await orUnavailable(open(place, key, mustExist));
  } catch (error) {
    throw withoutPasswords(error, place);
  }
}

async function open(place: string, key: string, mustExist: boolean): Promise<CredentialStore> {
  const sql = isPostgresUrl(place)
    ? await openPostgres(place, { application: 'bitbucket-credential-store', lock: WRITERS_LOCK })
    : new WatchedSql(await openSqlite(place, { file: FILE, confidential: true, mustExist }), join(place, FILE));
  return SqlStore.open(sql, key, mustExist);
}

/** An empty file is what a process leaves that was killed before it had made the store; of a database only its own answer tells. */
function isThere({ place }: StoreAddress): boolean {
  if (isPostgresUrl(place)) return false;
  try {
    return statSync(join(place, FILE)).size > 0;
  } catch {
    return false;
  }
}

/** What a database says of a failed login may quote it. */
function withoutPasswords(error: unknown, place: string): unknown {
  if (!(error instanceof CredentialsError)) return error;
  const passwords = passwordsInUrl(place).filter((password) => password !== '');
  return new CredentialsError(
    error.code,
    passwords.reduce((message, password) => message.replaceAll(password, '****'), error.message),
    error.isTransient,
  );
}

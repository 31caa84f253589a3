import { isPostgresUrl } from '../config/place';
import { passwordsInUrl } from '../config/secrets';
import { openPostgres } from '../database/postgres';
import { openSqlite } from '../database/sqlite';
import { CredentialsError } from './credentials-error';
import { orUnavailable, SqlStore } from './sql-store';
import type { CredentialStore } from './store';

/** Any number, but the same for all who share a store: they write one after the other. */
const WRITERS_LOCK = 7_255_115;

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
 * Opens a store, and makes it where there is none; without a key nothing is touched.
 * @throws CredentialsError `store_unavailable`
 */
export async function openStore({ place, key }: StoreAddress): Promise<CredentialStore> {
  if (key === null)
    throw CredentialsError.of(
      'store_unavailable',
      'The credential store has no key: set BITBUCKET_CREDENTIALS_KEY in the environment, or credential_store_key, to 32 bytes in base64, such as openssl rand -base64 32 prints, or to a passphrase.',
    );
  try {
    return await orUnavailable(open(place, key));
  } catch (error) {
    throw withoutPasswords(error, place);
  }
}

async function open(place: string, key: string): Promise<CredentialStore> {
  const sql = isPostgresUrl(place)
    ? openPostgres(place, { application: 'bitbucket-credential-store', lock: WRITERS_LOCK })
    : openSqlite(place, { file: 'credentials.sqlite', confidential: true });
  return SqlStore.open(await sql, key);
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

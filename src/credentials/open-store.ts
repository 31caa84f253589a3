import { statSync } from 'node:fs';
import { join } from 'node:path';
import { isPostgresUrl } from '../config/place';
import { passwordsInUrl } from '../config/secrets';
import { openPostgres } from '../database/postgres';
import type { Sql } from '../database/sql';
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

/** Opens a store again and again; both reject with a CredentialsError `store_unavailable`. */
export interface StoreOpener {
  /** Makes nothing. @returns null where there is no store */
  readonly find: () => Promise<CredentialStore | null>;
  /** Makes the store where there never was one. */
  readonly make: () => Promise<CredentialStore>;
}

/** A store that has been there and is lost is an error until it is back, not a reason to begin anew. */
export function lastingStore(address: StoreAddress): StoreOpener {
  let wasThere = isThere(address);
  const find = async () => {
    const store = await findStore(address);
    if (store !== null) wasThere = true;
    else if (wasThere)
      throw CredentialsError.of(
        'store_unavailable',
        'The credential store is not there any more: bring it back to where it was, or start again, so that a new one is made.',
      );
    return store;
  };
  const make = async () => {
    const store = (await find()) ?? (await openStore(address));
    wasThere = true;
    return store;
  };
  return { find, make };
}

/**
 * Opens a store, and makes it where there is none; without a key nothing is touched.
 * @throws CredentialsError `store_unavailable`
 */
export async function openStore(address: StoreAddress): Promise<CredentialStore> {
  const store = await open(address, true);
  if (store === null) throw new Error('what was made is not there');
  return store;
}

/** Opens a store that is there; makes nothing. @returns null where there is none @throws CredentialsError `store_unavailable` */
export function findStore(address: StoreAddress): Promise<CredentialStore | null> {
  return open(address, false);
}

async function open(address: StoreAddress, make: boolean): Promise<CredentialStore | null> {
  const { place, key } = address;
  if (key === null)
    throw CredentialsError.of(
      'store_unavailable',
      'The credential store has no key: set BITBUCKET_CREDENTIALS_KEY in the environment, or credential_store_key, to 32 bytes in base64, such as openssl rand -base64 32 prints, or to a passphrase.',
    );
  try {
    return await orUnavailable(storeIn(place, key, make));
  } catch (error) {
    throw withoutPasswords(error, place);
  }
}

async function storeIn(place: string, key: string, make: boolean): Promise<CredentialStore | null> {
  if (!make && !isPostgresUrl(place) && !isFolderOfOne(place)) return null;
  return SqlStore.open(await databaseOf(place), key, make);
}

async function databaseOf(place: string): Promise<Sql> {
  return isPostgresUrl(place)
    ? openPostgres(place, { application: 'bitbucket-credential-store', lock: WRITERS_LOCK })
    : new WatchedSql(await openSqlite(place, { file: FILE, confidential: true }), join(place, FILE));
}

/** An empty file is what a process leaves that was killed before it had made the store. */
function isFolderOfOne(place: string): boolean {
  return (statSync(join(place, FILE), { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** Whether it is known to be there: of a database only its own answer tells. */
function isThere({ place }: StoreAddress): boolean {
  try {
    return !isPostgresUrl(place) && isFolderOfOne(place);
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

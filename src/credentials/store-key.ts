import { randomUUID } from 'node:crypto';
import type { Query, Sql, SqlRow } from '../database/sql';
import { seal, unseal } from './cipher';
import { CredentialsError } from './credentials-error';
import { deriveKey, newSalt } from './key';
import { TABLES } from './tables';

const CHECK_CONTEXT = 'key check';
const CHECK_TEXT = 'bitbucket_data_center';

/** The key of a store, proven by the value that the store keeps for that. */
export interface StoreKey {
  readonly storeId: string;
  readonly key: Buffer;
  /** As it is in the store. */
  readonly check: string;
}

/**
 * Proves that a key is the one that the store was made with.
 * @param text 32 bytes in base64, or a passphrase
 * @param make makes the tables of a new store for it, where there are none
 * @returns null where there are none
 * @throws CredentialsError `store_unavailable`
 */
export async function unlock(sql: Sql, text: string, make: boolean): Promise<StoreKey | null> {
  const known = await sql.read(readMeta).catch(ifMissing);
  if (known === undefined && !make) return null;
  const found = known ?? (await create(sql, text));
  const key = await deriveKey(text, String(found.salt));
  const check = String(found.key_check);
  if (key === null || unseal(key, contextOf(String(found.id)), check) !== CHECK_TEXT)
    throw CredentialsError.of(
      'store_unavailable',
      'The key is not the one that the credential store is encrypted with, or what it is checked with is damaged: set BITBUCKET_CREDENTIALS_KEY or credential_store_key to the key that the store was made with or that the last rekey gave it.',
    );
  return { storeId: String(found.id), key, check };
}

/** Gives the store another key; what is encrypted with it has to follow in the same transaction. */
export async function writeKey(query: Query, { storeId }: StoreKey, next: NewKey): Promise<StoreKey> {
  const check = seal(next.key, contextOf(storeId), CHECK_TEXT);
  await query('UPDATE bitbucket_credential_store SET salt = $1, key_check = $2', [next.salt, check]);
  return { storeId, key: next.key, check };
}

/** @throws CredentialsError where somebody has given the store another key since it was opened */
export async function requireKey(query: Query, { check }: StoreKey): Promise<void> {
  const [row] = await query('SELECT key_check FROM bitbucket_credential_store');
  if (row?.key_check !== check)
    throw CredentialsError.of(
      'store_unavailable',
      'The credential store was given another key meanwhile: set BITBUCKET_CREDENTIALS_KEY or credential_store_key to the new one, and start again what still has the old one.',
    );
}

/** A key that no store has yet. */
export interface NewKey {
  readonly key: Buffer;
  readonly salt: string;
}

/** Derives a key with a salt of its own. @param text 32 bytes in base64, or a passphrase */
export async function newKey(text: string): Promise<NewKey> {
  const salt = newSalt();
  const key = await deriveKey(text, salt);
  if (key === null) throw new Error('no key can be derived from a new salt');
  return { key, salt };
}

async function create(sql: Sql, text: string): Promise<SqlRow> {
  const { key, salt } = await newKey(text);
  const id = randomUUID();
  return sql.write(async (query) => {
    for (const table of TABLES) await query(table);
    const known = await readMeta(query);
    if (known !== undefined) return known; // another process was first: it is its key that counts
    const [credential] = await query('SELECT id FROM bitbucket_credentials LIMIT 1');
    if (credential !== undefined)
      throw CredentialsError.of(
        'store_unavailable',
        'The credential store is damaged: it holds credentials, but not what their key is checked with. Restore it from a backup, or name another place and create the credentials again.',
      );
    await query('INSERT INTO bitbucket_credential_store (one, id, salt, key_check) VALUES (1, $1, $2, $3)', [
      id,
      salt,
      seal(key, contextOf(id), CHECK_TEXT),
    ]);
    const row = await readMeta(query);
    if (row === undefined) throw new Error('what was written is not there');
    return row;
  });
}

async function readMeta(query: Query): Promise<SqlRow | undefined> {
  const [row] = await query('SELECT id, salt, key_check FROM bitbucket_credential_store');
  return row;
}

function ifMissing(error: unknown): undefined {
  const { code } = error as { code?: unknown };
  if (code === '42P01' || /no such table/i.test(String(error))) return undefined;
  throw error;
}

function contextOf(storeId: string): string {
  return `${CHECK_CONTEXT} of ${storeId}`;
}

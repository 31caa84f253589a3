import type { Query, Sql, SqlRow } from '../database/sql';
import { seal, unseal } from './cipher';
import { CredentialsError } from './credentials-error';
import type { CredentialChange, CredentialContent, CredentialStore, Secret, StoredCredential } from './store';
import { newKey, requireKey, type StoreKey, unlock, writeKey } from './store-key';

const COLUMNS = 'id, revision, label, username, account, secret_kind, secret, expiration_date, created_at, disabled_at';
const LIVING = `SELECT ${COLUMNS} FROM bitbucket_credentials WHERE deleted_at IS NULL`;

/** The store in SQL that SQLite and PostgreSQL both understand. */
export class SqlStore implements CredentialStore {
  private constructor(
    private readonly sql: Sql,
    private storeKey: StoreKey,
  ) {}

  /**
   * @param key 32 bytes in base64, or a passphrase
   * @param make makes a store where the database has none
   * @returns null where it has none; it is closed then
   */
  static async open(sql: Sql, key: string, make: boolean): Promise<SqlStore | null> {
    try {
      const storeKey = await unlock(sql, key, make);
      if (storeKey !== null) return new SqlStore(sql, storeKey);
    } catch (error) {
      await sql.close();
      throw error;
    }
    await sql.close();
    return null;
  }

  list(): Promise<readonly StoredCredential[]> {
    return this.read(async (query) => (await query(`${LIVING} ORDER BY id`)).map((row) => this.credentialOf(row)));
  }

  find(id: number): Promise<StoredCredential | null> {
    return this.read((query) => this.get(query, id));
  }

  add(content: CredentialContent, at: number): Promise<StoredCredential> {
    return this.write(async (query) => {
      // Deleted ones keep their rows, so that no id comes twice.
      const [row] = await query('SELECT COALESCE(MAX(id), 0) + 1 AS id FROM bitbucket_credentials');
      const id = Number(row?.id);
      const { label, username, account, secret, expirationDate } = content;
      await query(
        'INSERT INTO bitbucket_credentials (id, revision, label, username, account, secret_kind, secret, expiration_date, created_at) VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8)',
        [id, label, username, account, secret.kind, this.sealed(id, secret), expirationDate, at],
      );
      return { ...content, id, revision: 1, createdAt: at, disabledAt: null };
    });
  }

  replace({ id, revision }: StoredCredential, change: CredentialChange): Promise<StoredCredential | null> {
    return this.write(async (query) => {
      const found = await this.get(query, id);
      if (found?.revision !== revision) return null;
      const { label, username, account, secret, expirationDate, enable } = change;
      await query(
        'UPDATE bitbucket_credentials SET revision = revision + 1, label = $2, username = $3, account = $4, expiration_date = $5 WHERE id = $1',
        [id, label, username, account, expirationDate],
      );
      if (secret !== undefined)
        await query('UPDATE bitbucket_credentials SET secret_kind = $2, secret = $3 WHERE id = $1', [
          id,
          secret.kind,
          this.sealed(id, secret),
        ]);
      if (enable) await query('UPDATE bitbucket_credentials SET disabled_at = NULL WHERE id = $1', [id]);
      return this.get(query, id);
    });
  }

  remove(id: number, at: number): Promise<StoredCredential | null> {
    return this.write(async (query) => {
      const found = await this.get(query, id);
      if (found !== null) await query('UPDATE bitbucket_credentials SET deleted_at = $2, secret = NULL WHERE id = $1', [id, at]);
      return found;
    });
  }

  disable(id: number, revision: number, at: number): Promise<void> {
    return this.write(async (query) => {
      await query(
        'UPDATE bitbucket_credentials SET disabled_at = $3 WHERE id = $1 AND revision = $2 AND disabled_at IS NULL AND deleted_at IS NULL',
        [id, revision, at],
      );
    });
  }

  note(id: number, revision: number, account: string | null): Promise<void> {
    return this.write(async (query) => {
      const statement = 'UPDATE bitbucket_credentials SET account = $3 WHERE id = $1 AND revision = $2 AND deleted_at IS NULL';
      await query(statement, [id, revision, account]);
    });
  }

  async rekey(text: string): Promise<void> {
    const next = await newKey(text);
    this.storeKey = await this.write(async (query) => {
      const rows = await query(LIVING);
      const credentials = rows.map((row) => this.credentialOf(row));
      const written = await writeKey(query, this.storeKey, next);
      for (const { id, secret } of credentials) {
        if (secret === null) throw damaged(id);
        const sealed = seal(next.key, contextOf(this.storeKey, id, secret.kind), secret.value);
        await query('UPDATE bitbucket_credentials SET secret = $2 WHERE id = $1', [id, sealed]);
      }
      return written;
    });
  }

  close(): Promise<void> {
    return this.sql.close();
  }

  private read<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return orUnavailable(
      this.sql.read(async (query) => {
        await requireKey(query, this.storeKey);
        return work(query);
      }),
    );
  }

  private write<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return orUnavailable(
      this.sql.write(async (query) => {
        await requireKey(query, this.storeKey);
        return work(query);
      }),
    );
  }

  private async get(query: Query, id: number): Promise<StoredCredential | null> {
    const [row] = await query(`${LIVING} AND id = $1`, [id]);
    return row === undefined ? null : this.credentialOf(row);
  }

  private sealed(id: number, { kind, value }: Secret): string {
    return seal(this.storeKey.key, contextOf(this.storeKey, id, kind), value);
  }

  private credentialOf(row: SqlRow): StoredCredential {
    const text = (value: unknown) => (typeof value === 'string' ? value : null);
    const id = Number(row.id);
    const kind = row.secret_kind === 'password' ? 'password' : 'token';
    const value = unseal(this.storeKey.key, contextOf(this.storeKey, id, kind), text(row.secret) ?? '');
    return {
      id,
      revision: Number(row.revision),
      label: text(row.label),
      username: text(row.username),
      account: text(row.account),
      secret: value === null ? null : { kind, value },
      expirationDate: text(row.expiration_date),
      createdAt: Number(row.created_at),
      disabledAt: row.disabled_at === null ? null : Number(row.disabled_at),
    };
  }
}

/** Its message names the way out. */
export function damaged(id: number): CredentialsError {
  return CredentialsError.of(
    'store_unavailable',
    `Credential ${id} is damaged, its secret cannot be decrypted: update it with its secret, or delete it.`,
  );
}

/** What a secret is encrypted for: elsewhere, copied from one row to another, it is of no use. */
function contextOf({ storeId }: StoreKey, id: number, kind: Secret['kind']): string {
  return `credential ${id} of ${storeId}: ${kind}`;
}

/** A database's own error becomes one of the store; it says nothing of where the store is, which may be a URL with a password. */
export async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof CredentialsError) throw error;
    const { code, syscall, path, message } = error as NodeJS.ErrnoException;
    // An error of the file system quotes the place, and one of several connections says nothing.
    const reason = path === undefined && message !== '' ? message : `${syscall ?? 'open'} ${code ?? 'failed'}`;
    throw new CredentialsError(
      'store_unavailable',
      `The credential store cannot be used (${reason}): see that the place that credential_store or --store names exists, can be written, and is not damaged.`,
      isTransient(error),
    );
  }
}

/** A connection that fails or breaks, a server that starts, ends or has too many of them, a lock that somebody holds. */
function isTransient(error: unknown): boolean {
  const { code = '' } = error as { code?: unknown };
  return (
    /^(?:ECONN\w+|ETIMEDOUT|EPIPE|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|08\w{3}|53\w{3}|55P03|57\w{3})$/.test(String(code)) ||
    /timeout|connection terminated|database (?:table )?is locked/i.test(String(error))
  );
}

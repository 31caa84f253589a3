/** The tables of a store, made where they are missing. Instants are epoch milliseconds; `secret` is encrypted, and null once deleted. */
export const TABLES: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS bitbucket_credential_store (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id TEXT NOT NULL,
    salt TEXT NOT NULL,
    key_check TEXT NOT NULL
  )`,
  `CREATE TABLE IF NOT EXISTS bitbucket_credentials (
    id BIGINT PRIMARY KEY,
    revision BIGINT NOT NULL,
    label TEXT,
    username TEXT,
    account TEXT,
    secret_kind TEXT NOT NULL,
    secret TEXT,
    expiration_date TEXT,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT,
    deleted_at BIGINT
  )`,
];

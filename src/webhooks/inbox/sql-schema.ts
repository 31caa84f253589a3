/** The tables, made where they are missing. Ids and instants only: no payload, no name. Instants are epoch milliseconds. */
export const TABLES: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS webhook_inbox (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id TEXT NOT NULL,
    position BIGINT NOT NULL DEFAULT 0,
    forgotten_to BIGINT NOT NULL DEFAULT 0,
    gap_at BIGINT NOT NULL DEFAULT 0
  )`,
  `CREATE TABLE IF NOT EXISTS webhook_deliveries (request_id TEXT PRIMARY KEY, received_at BIGINT NOT NULL)`,
  `CREATE INDEX IF NOT EXISTS webhook_deliveries_by_age ON webhook_deliveries (received_at)`,
  `CREATE TABLE IF NOT EXISTS webhook_marks (
    repository_id BIGINT NOT NULL,
    pull_request_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (repository_id, pull_request_id)
  )`,
  `CREATE INDEX IF NOT EXISTS webhook_marks_by_position ON webhook_marks (position)`,
  `CREATE TABLE IF NOT EXISTS webhook_receivers (receiver TEXT PRIMARY KEY, path TEXT NOT NULL, alive_at BIGINT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS webhook_readers (reader TEXT PRIMARY KEY, position BIGINT NOT NULL, seen_at BIGINT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS webhook_hooks (
    scope TEXT PRIMARY KEY,
    signed_at BIGINT NOT NULL DEFAULT 0,
    asked_at BIGINT NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'hidden',
    failed_at BIGINT NOT NULL DEFAULT 0,
    missed_at BIGINT NOT NULL DEFAULT 0
  )`,
];

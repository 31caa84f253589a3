/**
 * The tables, made where they are missing. Ids, positions, instants and the receiver's URL only: no payload, no name. Instants are epoch
 * milliseconds of the inbox's own clock. Those of version 0.1.0 that are not here (`webhook_receivers`, `webhook_hooks`) are left alone.
 */
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
  `CREATE TABLE IF NOT EXISTS webhook_refs (repository_id BIGINT PRIMARY KEY, position BIGINT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS webhook_readers (reader TEXT PRIMARY KEY, position BIGINT NOT NULL, seen_at BIGINT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS webhook_heartbeats (receiver TEXT PRIMARY KEY, path TEXT NOT NULL, alive_at BIGINT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS webhook_gaps (position BIGINT PRIMARY KEY, cause TEXT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS webhook_epochs (id TEXT PRIMARY KEY, began BIGINT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS webhook_signed (
    repository_id BIGINT NOT NULL,
    event TEXT NOT NULL,
    project_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (repository_id, event)
  )`,
  `CREATE TABLE IF NOT EXISTS webhook_scopes (scope TEXT PRIMARY KEY, record TEXT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS webhook_hidden (
    reader TEXT NOT NULL,
    scope TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    PRIMARY KEY (reader, scope)
  )`,
  `CREATE TABLE IF NOT EXISTS webhook_urls (url TEXT PRIMARY KEY, position BIGINT NOT NULL)`,
];

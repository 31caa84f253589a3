import { statSync } from 'node:fs';
import type { Query, Sql } from './sql';

/**
 * A database in a file, which somebody may delete or replace while it is open: what is written then lands nowhere. Each call rejects as
 * soon as the file at that path is not the one that was opened.
 */
export class WatchedSql implements Sql {
  private readonly opened: string | null;

  constructor(
    private readonly sql: Sql,
    private readonly path: string,
  ) {
    this.opened = identityOf(path);
  }

  async write<T>(work: (query: Query) => Promise<T>): Promise<T> {
    this.check();
    const result = await this.sql.write(work);
    this.check();
    return result;
  }

  async read<T>(work: (query: Query) => Promise<T>): Promise<T> {
    this.check();
    return this.sql.read(work);
  }

  rowsOf(parameter: string, columns: Readonly<Record<string, 'text' | 'bigint'>>): string {
    return this.sql.rowsOf(parameter, columns);
  }

  close(): Promise<void> {
    return this.sql.close();
  }

  private check(): void {
    if (this.opened !== null && identityOf(this.path) === this.opened) return;
    throw new Error('its file was deleted or replaced while it was open: start again, so that it is opened anew');
  }
}

/** Null: there is none. While a file is open, no other gets its number. */
function identityOf(path: string): string | null {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? null : `${stats.dev}:${stats.ino}`;
}

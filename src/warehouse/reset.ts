import type { Target } from './catalog';
import { quote, type Database } from './database';
import { count } from './tally';
import { tableExists } from './tables';

/** A table that a reset drops. */
export interface Dropped {
  readonly table: string;
  readonly rows: number;
}

/** What `--reset` would drop, without dropping it. */
export async function whatResetDrops(database: Database, targets: readonly Target[]): Promise<Dropped[]> {
  const dropped: Dropped[] = [];
  for (const { table } of targets) {
    if (!(await tableExists(database, table))) continue;
    const [row] = await database.query(`SELECT count(*) AS n FROM ${quote(table)}`);
    dropped.push({ table, rows: Number(row?.['n'] ?? 0) });
  }
  return dropped;
}

/** The same in a sentence. */
export function describeReset(path: string, dropped: readonly Dropped[]): string {
  const tables = dropped.map(({ table, rows }) => `${table} (${count(rows)} ${rows === 1 ? 'row' : 'rows'})`);
  return `--reset drops from ${path}, with their states: ${tables.join(', ')}.`;
}

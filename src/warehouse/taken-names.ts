import type { Target } from './catalog';
import type { Database } from './database';
import { STATE_TABLE } from './states';
import { declaredStreams } from './stream-tables';
import { InputError } from './sync-error';
import { EXTRACTED_AT } from './tables';
import { viewNames } from './views';

/**
 * Somebody may have tables or views of their own in a file, under names that a sync needs: rows of theirs would be overwritten. Where no
 * sync has written yet, all are theirs; later, those that are no table of a stream (views are looked at where they are made).
 * @throws InputError
 */
export async function refuseTakenNames(database: Database, targets: readonly Target[], isSynced: boolean): Promise<void> {
  const ofStreams = [...targets.map(({ table }) => table), ...declaredStreams().map(({ stream }) => stream)];
  const others = isSynced ? [] : [STATE_TABLE, ...viewNames()];
  const needed = new Set([...ofStreams, ...others].map((name) => name.toLowerCase()));
  const found = await database.query(
    `SELECT table_name AS name, bool_or(column_name = '${EXTRACTED_AT.name}') AS is_ours FROM information_schema.columns
     WHERE table_catalog = current_database() AND table_schema = 'main' GROUP BY table_name ORDER BY table_name`,
  );
  const taken = found
    .filter(({ is_ours: isOurs }) => !isSynced || isOurs !== true)
    .map(({ name }) => String(name))
    .filter((name) => needed.has(name.toLowerCase()));
  if (taken.length === 0) return;
  const remedy = isSynced ? 'Rename what is yours' : 'Give another file with --database';
  throw new InputError(
    `${database.path} holds ${named(taken)}, which no sync has made: a sync would write into what is yours. ${remedy}.`,
  );
}

/** The first few. */
function named(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

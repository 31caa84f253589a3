import type { Target } from './catalog';
import type { Database } from './database';
import { STATE_TABLE } from './states';
import { declaredStreams } from './stream-tables';
import { InputError } from './sync-error';
import { EXTRACTED_AT } from './tables';
import { viewNames } from './views';

/**
 * Somebody may have tables or views of their own in a file, under names that a sync needs: rows of theirs would be overwritten. A table of
 * a stream is told by the column that every sync gives it; of the other names all are theirs where no sync has written yet (later, views
 * are looked at where they are made). @throws InputError
 */
export async function refuseTakenNames(database: Database, targets: readonly Target[], isSynced: boolean): Promise<void> {
  const ofStreams = lowered([...targets.map(({ table }) => table), ...declaredStreams().map(({ stream }) => stream)]);
  const others = lowered(isSynced ? [] : [STATE_TABLE, ...viewNames()]);
  const found = await database.query(
    `SELECT table_name AS name, bool_or(column_name = '${EXTRACTED_AT.name}') AS is_ours FROM information_schema.columns
     WHERE table_catalog = current_database() AND table_schema = 'main' GROUP BY table_name ORDER BY table_name`,
  );
  const taken = found
    .map(({ name, is_ours: isOurs }) => ({ name: String(name), isOurs: isOurs === true }))
    .filter(({ name, isOurs }) => (!isOurs && ofStreams.has(name.toLowerCase())) || others.has(name.toLowerCase()))
    .map(({ name }) => name);
  if (taken.length === 0) return;
  const remedy = isSynced ? 'Rename what is yours' : 'Give another file with --database';
  throw new InputError(
    `${database.path} holds ${named(taken)}, which no sync has made: a sync would write into what is yours. ${remedy}.`,
  );
}

function lowered(names: readonly string[]): Set<string> {
  return new Set(names.map((name) => name.toLowerCase()));
}

/** The first few. */
function named(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

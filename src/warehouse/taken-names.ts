import type { Target } from './catalog';
import type { Database } from './database';
import { STATE_TABLE } from './states';
import { declaredStreams } from './stream-tables';
import { InputError } from './sync-error';
import { viewNames } from './views';

/**
 * A file that no sync has written into may be somebody's own: where it has a table or a view under a name that a sync needs, rows of theirs
 * would be overwritten. @throws InputError
 */
export async function refuseTakenNames(database: Database, targets: readonly Target[]): Promise<void> {
  const needed = new Set(
    [STATE_TABLE, ...targets.map(({ table }) => table), ...declaredStreams().map(({ stream }) => stream), ...viewNames()].map(
      (name) => name.toLowerCase(),
    ),
  );
  const found = await database.query(
    `SELECT table_name AS name FROM information_schema.tables
     WHERE table_catalog = current_database() AND table_schema = 'main' ORDER BY table_name`,
  );
  const taken = found.map(({ name }) => String(name)).filter((name) => needed.has(name.toLowerCase()));
  if (taken.length === 0) return;
  throw new InputError(
    `${database.path} holds ${named(taken)}, which no sync has made: a sync would write into what is yours. Give another file with --database.`,
  );
}

/** The first few. */
function named(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

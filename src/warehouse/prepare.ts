import type { Target } from './catalog';
import type { Database } from './database';
import type { JsonObject } from './messages';
import { forgetState, prepareStates, savedStates } from './states';
import { besideTable, dropTable, loadingTable, prepareTable, tableExists } from './tables';

/**
 * Makes the tables ready for a sync and gives the states that it may go on from: only those whose rows are really there.
 * With `reset`, tables and states of these streams are dropped first.
 */
export async function prepareSync(database: Database, targets: readonly Target[], reset: boolean): Promise<JsonObject[]> {
  await database.transaction(async () => {
    await prepareStates(database);
    for (const target of targets) {
      if (reset) await forgetEverything(database, target);
      await (target.mode === 'replace' ? prepareReplacement(database, target) : prepareAddition(database, target));
    }
  });
  return await savedStates(database, targets);
}

async function forgetEverything(database: Database, target: Target): Promise<void> {
  await dropTable(database, target.table);
  await dropTable(database, besideTable(target.table));
  await forgetState(database, target);
}

/** A replacement goes on where it was cut off, if what it had loaded is still there; else it starts with nothing. */
async function prepareReplacement(database: Database, target: Target): Promise<void> {
  if (!(await tableExists(database, besideTable(target.table)))) await forgetState(database, target);
  await prepareTable(database, loadingTable(target), target);
}

/** The state of a replacement that was cut off covers rows that are not in the stream's table; so does that of a table that somebody dropped. */
async function prepareAddition(database: Database, target: Target): Promise<void> {
  const abandoned = await tableExists(database, besideTable(target.table));
  if (abandoned) await dropTable(database, besideTable(target.table));
  if (abandoned || !(await tableExists(database, target.table))) await forgetState(database, target);
  await prepareTable(database, target.table, target);
}

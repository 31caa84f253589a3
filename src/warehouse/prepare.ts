import type { Target } from './catalog';
import { quote, type Database } from './database';
import type { JsonObject } from './messages';
import {
  forgetLoading,
  forgetState,
  hasLoadingState,
  isOfRunningRefresh,
  prepareStates,
  savedState,
  savedStates,
} from './states';
import {
  beginAnew,
  besideTable,
  dropTable,
  forgetAnew,
  heldColumns,
  type HeldColumns,
  loadingTable,
  prepareTable,
} from './tables';

/**
 * Makes the tables ready for a sync and gives the states that it may go on from: only those whose rows are really there.
 */
export async function prepareSync(database: Database, targets: readonly Target[]): Promise<JsonObject[]> {
  await prepareStates(database);
  const held = await heldColumns(database);
  for (const target of targets) {
    const [table, beside] = [held.get(target.table), held.get(besideTable(target.table))];
    await (target.mode === 'replace'
      ? prepareReplacement(database, target, beside)
      : prepareAddition(database, target, table, beside));
  }
  return await savedStates(database, targets);
}

/** Drops the stream's tables and states. */
export async function forgetEverything(database: Database, target: Target): Promise<void> {
  await dropTable(database, target.table);
  await dropTable(database, besideTable(target.table));
  await forgetState(database, target);
  await forgetLoading(database, target);
  await forgetAnew(database, target);
}

/** A replacement goes on where it was cut off, if what it had loaded is still there; else it starts with nothing. The table stays as it is until then. */
async function prepareReplacement(database: Database, target: Target, beside: HeldColumns | undefined): Promise<void> {
  const goesOn = beside !== undefined && (await hasLoadingState(database, target));
  if (!goesOn) {
    await dropTable(database, besideTable(target.table));
    await forgetLoading(database, target);
  }
  await prepareTable(database, loadingTable(target), target, goesOn ? beside : undefined);
}

/**
 * Rows are added to a table that its state covers. Where there is no such state, all is read anew, and rows that are in the table already
 * may be gone meanwhile: their keys are remembered until they come again, or the stream is complete.
 */
async function prepareAddition(
  database: Database,
  target: Target,
  table: HeldColumns | undefined,
  beside: HeldColumns | undefined,
): Promise<void> {
  const isTable = table !== undefined;
  const isAbandoned = beside !== undefined;
  const wasKeptBeside = await hasLoadingState(database, target);
  if (isAbandoned) await dropTable(database, besideTable(target.table));
  if (wasKeptBeside) await forgetLoading(database, target);
  const state = await savedState(database, target);
  // Version 0.1.0 kept the state of a replacement in the place of the table's own.
  const coversTable = isTable && !(isAbandoned && !wasKeptBeside) && !isOfRunningRefresh(state);
  if (!coversTable) await forgetState(database, target);
  await prepareTable(database, target.table, target, table);
  if (target.mode !== 'upsert' || (coversTable && state !== null)) return;
  await ((await isEmpty(database, target.table)) ? forgetAnew(database, target) : beginAnew(database, target));
}

async function isEmpty(database: Database, table: string): Promise<boolean> {
  return (await database.query(`SELECT 1 FROM ${quote(table)} LIMIT 1`)).length === 0;
}

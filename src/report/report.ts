import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { inputRemedy } from '../text/input-faults';
import { beginsAsDatabase, Database } from '../warehouse/database';
import { readJournal } from '../warehouse/journal';
import { hasStates } from '../warehouse/states';
import { SyncError } from '../warehouse/sync-error';
import { refuseOtherViews } from '../warehouse/views';
import { caveats, streamsAdded, streamsToAdd } from './coverage';
import { document, type Library } from './document';
import { placeFor, writePage } from './output';
import type { ChartLibrary } from './page/chart';
import { readFacts, type ReportChoices } from './read-facts';

const load = createRequire(__filename);
const VIEWS = ['pull_request_facts', 'reviews', 'deployment_facts', 'repositories_live', 'bitbucket_settings', '_airbyte_state'];

export interface ReportOptions extends ReportChoices {
  readonly database: string;
  readonly output: string;
  readonly now: number;
  /** The command that syncs into the file with this configuration, absolute; null: the file does not know it. */
  readonly syncCommand: (config: string | null) => string;
}

/** What was written, and what it lacks. */
export interface Written {
  readonly bytes: number;
  /** Sentences; empty: it lacks nothing. */
  readonly caveats: string;
  /** For `sync --streams`, so that no stream is lacking; empty: that would not help. */
  readonly streams: readonly string[];
  /** Those of them that syncs do not read yet. */
  readonly added: readonly string[];
  /** Where the configuration of the last sync was, absolute; null: the file does not know. */
  readonly config: string | null;
}

/** Writes the report of a DuckDB file of `sync`. @throws SyncError, a sentence that says what to do */
export async function writeReport(options: ReportOptions): Promise<Written> {
  await refuseOtherFiles(options.database);
  const place = await placeFor(options.output, options.database);
  const library = await loadLibrary();
  const database = await Database.open(options.database, 'read');
  try {
    await refuseOtherTables(database, options);
    const facts = await readFacts(database, options, options.now);
    const page = document(facts, library);
    await writePage(place, page);
    return {
      bytes: Buffer.byteLength(page),
      caveats: caveats(facts),
      streams: streamsToAdd(facts),
      added: streamsAdded(facts),
      config: (await readJournal(database))?.config ?? null,
    };
  } finally {
    database.close();
  }
}

/** DuckDB would look for an extension on the network for some other kinds of file. */
async function refuseOtherFiles(path: string): Promise<void> {
  let isDatabase: boolean;
  try {
    isDatabase = await beginsAsDatabase(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'ENOENT') throw new SyncError(`There is no file ${path}: sync makes it, or name another one with --database.`);
    const why = code === 'EACCES' || code === 'EPERM' ? inputRemedy(code) : 'name the DuckDB file of sync with --database';
    throw new SyncError(`${path} cannot be read (${code}): ${why}.`);
  }
  if (!isDatabase) throw new SyncError(`${path} is not a DuckDB database: name the file that sync wrote with --database.`);
}

async function refuseOtherTables(database: Database, { syncCommand }: ReportOptions): Promise<void> {
  const found = await database.query(
    `SELECT table_name FROM information_schema.tables WHERE table_catalog = current_database() AND table_schema = 'main'`,
  );
  const names = new Set(found.map((row) => String(row['table_name'])));
  const missing = VIEWS.filter((name) => !names.has(name));
  if (!(await hasStates(database)))
    throw new SyncError(
      `${database.path} holds nothing of a sync: run sync into it first, or name another file with --database.`,
    );
  await refuseOtherViews(database);
  if (missing.length === 0) return;
  const journal = await readJournal(database);
  if (journal !== null && (!journal.hasEnded || journal.untoldSince !== null))
    throw new SyncError(
      `The first sync of ${database.path} was not finished, and the next one goes on where it stopped:`,
      syncCommand(journal.config),
    );
  throw new SyncError(
    `${database.path} lacks ${missing.join(', ')}, which a sync of this version makes at its end: run sync into it once more.`,
  );
}

async function loadLibrary(): Promise<Library> {
  try {
    // Its declarations do not compile under the strict settings of this project; `ChartLibrary` says what is used.
    const charts = load('echarts') as ChartLibrary;
    return { charts, source: await readFile(load.resolve('echarts/dist/echarts.min.js'), 'utf8') };
  } catch {
    throw new SyncError(
      'report needs the optional package echarts, which cannot be loaded here. To install it:',
      'npm install echarts',
    );
  }
}

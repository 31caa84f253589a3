import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { Simulator, type SimulatorOptions } from '../simulator';
import { type Outcome, run, type RunOptions, writeFiles } from '../support/connector';

/*
 * A DuckDB file, and syncs of simulated servers into it by the built executable.
 */

/** A folder for the files of one test. */
export let folder: string;
/** The DuckDB file in it. */
export let database: string;
const simulators: Simulator[] = [];

/** Gives each test of a file a folder of its own, and ends its servers. */
export function eachHasAFile(): void {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sync-'));
    database = join(folder, 'bitbucket.duckdb');
  });
  afterEach(async () => {
    for (const simulator of simulators.splice(0)) await simulator.stop();
    rmSync(folder, { recursive: true, force: true });
  });
}

export async function server(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await Simulator.start(options);
  simulators.push(simulator);
  return simulator;
}

/** Ends a server before its test does. */
export async function end(simulator: Simulator): Promise<void> {
  simulators.splice(simulators.indexOf(simulator), 1);
  await simulator.stop();
}

/** The words of `sync` with this configuration. */
export function argsFor(config: unknown, more: readonly string[] = []): string[] {
  return ['sync', ...writeFiles(folder, { config }), '--database', database, ...more];
}

export function sync(config: unknown, more: readonly string[] = [], options: RunOptions = {}): Promise<Outcome> {
  return run(argsFor(config, more), { env: { TMPDIR: folder }, ...options });
}

export async function query(sql: string): Promise<Record<string, any>[]> {
  const instance = await DuckDBInstance.create(database);
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** The keys that are not deleted, in order. */
export async function alive(table: string, key: string): Promise<string[]> {
  return (await query(`SELECT ${key} AS key FROM ${table} WHERE deleted_at IS NULL ORDER BY 1`)).map((row) => String(row.key));
}

/** Pull requests of the server, and those that the file holds alive. */
export async function expectEqual(simulator: Simulator): Promise<void> {
  const key = "repository_id || '/' || id";
  const truth = simulator.truth.rows('pull_requests').map((row) => [row.repository_id, row.id].join('/'));
  expect((await alive('pull_requests', key)).sort()).toEqual(truth.sort());
}

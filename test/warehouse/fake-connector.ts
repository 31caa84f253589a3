import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { DuckDBInstance } from '@duckdb/node-api';
import { sync, type SyncOptions } from '../../src/warehouse/sync';

/** What every fake connector's script can use: `args`, `state` (the file's content or null), and one function per message. */
const PRELUDE = `
const fs = require('node:fs');
const args = process.argv.slice(2);
const option = (name) => { const at = args.indexOf(name); return at < 0 ? null : args[at + 1]; };
const state = option('--state') === null ? null : JSON.parse(fs.readFileSync(option('--state'), 'utf8'));
fs.appendFileSync(__filename + '.calls', JSON.stringify({ args, state, stateMode: option('--state') && (fs.statSync(option('--state')).mode & 0o777) }) + '\\n');
const write = (message) => fs.writeSync(1, JSON.stringify(message) + '\\n');
const record = (stream, data, emitted_at = 1700000000000) => write({ type: 'RECORD', record: { stream, data, emitted_at } });
const saved = (stream, stream_state) => write({ type: 'STATE', state: { type: 'STREAM', stream: { stream_descriptor: { name: stream }, stream_state }, sourceStats: { recordCount: 1.0 } } });
const status = (stream, status, reasons) => write({ type: 'TRACE', trace: { type: 'STREAM_STATUS', emitted_at: 1.0, stream_status: { stream_descriptor: { name: stream }, status, reasons } } });
const log = (level, message) => write({ type: 'LOG', log: { level, message } });
const forever = () => setInterval(() => {}, 1000);
`;

/** A stream for the catalogs of these tests: a key of two columns, a cursor, one column of each type. */
export const things = {
  name: 'things',
  json_schema: {
    type: 'object',
    properties: {
      repository_id: { type: 'integer' },
      id: { type: 'integer' },
      title: { type: ['null', 'string'] },
      score: { type: ['null', 'number'] },
      open: { type: ['null', 'boolean'] },
      author: { type: ['null', 'object'] },
      tags: { type: ['null', 'array'] },
      updated_date: { type: ['null', 'string'], format: 'date-time' },
      deleted_at: { type: ['null', 'string'], format: 'date-time' },
    },
  },
  supported_sync_modes: ['full_refresh', 'incremental'],
  source_defined_cursor: true,
  default_cursor_field: ['updated_date'],
  source_defined_primary_key: [['repository_id'], ['id']],
};

/** A catalog entry for a stream, incremental and deduplicated if nothing else is said. */
export function configured(stream: object, more: object = {}): object {
  return { stream, sync_mode: 'incremental', destination_sync_mode: 'append_dedup', ...more };
}

/** A folder of its own with a configuration, a fake connector, and a database, and what a person would have read. */
export class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), 'local-test-'));
  readonly database = join(this.folder, 'out.duckdb');
  readonly executable = join(this.folder, 'connector.js');
  readonly config = join(this.folder, 'config.json');
  printed = '';

  constructor() {
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(
      this.config,
      JSON.stringify({ server_url: 'http://x', credentials: { auth_type: 'basic', username: 'bob', password: 's3cr3t/word' } }),
    );
  }

  /** Makes the connector do this from now on. */
  connector(script: string): void {
    writeFileSync(this.executable, PRELUDE + script);
  }

  /** Writes a catalog file and gives its path. */
  catalog(...streams: object[]): string {
    const path = join(this.folder, 'catalog.json');
    writeFileSync(path, JSON.stringify({ streams }));
    return path;
  }

  /** Syncs `things` (or what the options say). */
  async sync(options: Partial<SyncOptions> = {}): Promise<number> {
    const output = new Writable({
      decodeStrings: false,
      write: (chunk: string, _encoding, done) => {
        this.printed += chunk;
        done();
      },
    });
    return await sync({
      executable: this.executable,
      config: this.config,
      catalog: options.catalog ?? this.catalog(configured(things)),
      database: this.database,
      output,
      isTerminal: false,
      signal: new AbortController().signal,
      env: process.env,
      temporary: tmpdir(),
      clock: Date.now,
      ...options,
    });
  }

  /** The rows of a query, timestamps as their ISO text. */
  async rows(sql: string): Promise<Record<string, unknown>[]> {
    const instance = await DuckDBInstance.create(this.database);
    const connection = await instance.connect();
    try {
      await connection.run("SET TimeZone = 'UTC'");
      return (await connection.runAndReadAll(sql)).getRowObjectsJson();
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
  }

  /** How the connector was called, call by call. */
  get calls(): { args: string[]; state: unknown; stateMode: number | null }[] {
    const lines = readFileSync(`${this.executable}.calls`, 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

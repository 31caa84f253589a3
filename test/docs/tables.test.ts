import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { streams } from '../../src/streams';
import { columnType } from '../../src/warehouse/columns';

const PAGES = resolve('docs/tables');
const queriesOf = (stream: string): [question: string, sql: string][] =>
  readFileSync(join(PAGES, 'queries', `${stream}.sql`), 'utf8')
    .split(/^-- /m)
    .slice(1)
    .map((part) => [part.split('\n', 1)[0]!, part.slice(part.indexOf('\n'))]);

let connection: DuckDBConnection;
beforeAll(async () => {
  connection = await (await DuckDBInstance.create(':memory:')).connect();
  for (const file of readdirSync('resources/schemas')) {
    const { properties } = JSON.parse(readFileSync(join('resources/schemas', file), 'utf8')) as { properties: object };
    const columns = Object.entries(properties).map(([name, schema]) => `"${name}" ${columnType(schema)}`);
    await connection.run(`CREATE TABLE ${file.replace('.json', '')} (${columns.join(', ')}, _extracted_at TIMESTAMPTZ)`);
  }
});
afterAll(() => connection.closeSync());

describe.each(streams.map(({ name }) => name))('the page of %s', (stream) => {
  it('has five questions', () => expect(queriesOf(stream)).toHaveLength(5));

  it.each(queriesOf(stream))('answers "%s" by a query that runs', async (_question, sql) => {
    expect((await connection.runAndReadAll(sql)).columnCount).toBeGreaterThan(0);
  });

  // What hangs below a repository or a pull request that is gone gets no tombstone, and a name in a row may be an old one.
  it.each(queriesOf(stream))('answers "%s" for what is there, under the names of today', (_question, sql) => {
    expect(sql).not.toMatch(/repository_full_name/);
    if (/(?:FROM|JOIN) (?:pull_requests|pull_request_(?:activities|diffs)|branches|tags|builds) AS/.test(sql))
      expect(sql).toMatch(/(?:FROM|JOIN) repositories AS r\b[^;]*r\.deleted_at IS NULL/);
    // Who was deactivated before the first sync has no row in users, and counts all the same.
    expect(sql).not.toMatch(/(?<!LEFT )JOIN users\b|FROM users AS u\s+JOIN/);
    if (/FROM pull_request_\w+ AS/.test(sql) && stream.startsWith('pull_request_'))
      expect(sql).toMatch(/JOIN pull_requests AS q\b[^;]*q\.deleted_at IS NULL/);
  });
});

it('the pages are those that the schemas and the queries make', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pages-'));
  try {
    execFileSync(process.execPath, ['scripts/generate-table-pages.mjs', folder]);
    const made = readdirSync(join(folder, 'docs/tables'));
    expect(readdirSync(PAGES).filter((name) => name.endsWith('.md'))).toEqual(made);
    for (const name of made)
      expect(readFileSync(join(PAGES, name), 'utf8')).toBe(readFileSync(join(folder, 'docs/tables', name), 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

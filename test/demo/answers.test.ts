import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QUESTIONS } from './answers';
import { query } from './warehouse';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'demo-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Twenty repositories with a merged pull request each, whose titles have 30 letters and more. */
async function ask(question: RegExp) {
  const file = join(folder, 'bitbucket.duckdb');
  await query(
    file,
    `CREATE TABLE repositories AS SELECT i AS id, 'WEB/repository-' || i AS full_name, NULL::TIMESTAMPTZ AS deleted_at FROM range(20) t(i)`,
  );
  await query(
    file,
    `CREATE TABLE pull_requests AS SELECT i AS repository_id, 1 AS id, 'MERGED' AS state, repeat('t', 30 + i::INTEGER) AS title,
       NULL::TIMESTAMPTZ AS deleted_at FROM range(20) t(i)`,
  );
  await query(
    file,
    `CREATE TABLE pull_request_diffs AS SELECT i AS repository_id, 1 AS pull_request_id, 1 AS file_count, 20 - i AS additions, 0 AS deletions,
       NULL::TIMESTAMPTZ AS deleted_at FROM range(20) t(i)`,
  );
  const asked = QUESTIONS.find((each) => question.test(each.question))!;
  return { asked: asked.question, rows: await query(file, asked.sql) };
}

it('the answer per repository names each repository', async () => {
  const { rows } = await ask(/per repository/);
  expect(rows).toHaveLength(20);
});

it('a question that is answered with some says how many', async () => {
  const { asked, rows } = await ask(/largest/);
  expect(rows).toHaveLength(5);
  expect(asked).toMatch(/\bfive\b/);
});

it('a title that is cut ends with a mark', async () => {
  const { rows } = await ask(/largest/);
  expect(rows.map(({ title }) => title)).toEqual([30, 31, 32, 33, 34].map((length) => 't'.repeat(length)));
  const file = join(folder, 'bitbucket.duckdb');
  await query(file, `UPDATE pull_requests SET title = repeat('t', 36 + repository_id::INTEGER)`);
  const again = await query(file, QUESTIONS.at(-1)!.sql);
  expect(again.map(({ title }) => title)).toEqual(['t'.repeat(36), ...Array<string>(4).fill(`${'t'.repeat(35)}…`)]);
});

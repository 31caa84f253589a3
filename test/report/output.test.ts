import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { writeReport } from '../../src/report/report';
import { Database } from '../../src/warehouse/database';
import { Warehouse } from '../views/warehouse';

/** What lies where the page is to go is lost if it is overwritten: only pages may be. */
let warehouse: Warehouse;
let folder: string;
const file = (name: string) => join(folder, name);
const report = (output: string, database = warehouse.file) =>
  writeReport({ database, output, byPerson: false, includesBots: false, now: 0, syncCommand: () => '' });

beforeAll(async () => {
  warehouse = await Warehouse.open();
  await warehouse.fill({});
  warehouse.database.close();
}, 60_000);
afterAll(() => warehouse.remove());
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'output-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('the page never takes the place of the database that it is made from, or of a file of it', async () => {
  const before = readFileSync(warehouse.file);
  symlinkSync(warehouse.file, file('link.html'));
  linkSync(warehouse.file, file('hard.html'));
  symlinkSync(warehouse.folder, file('elsewhere'));
  symlinkSync(`${warehouse.file}.wal`, file('dangling.html'));
  const name = warehouse.file.slice(warehouse.folder.length + 1);
  for (const output of [
    warehouse.file,
    relative(process.cwd(), warehouse.file),
    file('link.html'),
    file('hard.html'),
    file(`elsewhere/${name}`),
    `${warehouse.file}.wal`,
    `${warehouse.file}.wal.checkpoint`,
    `${warehouse.file}.tmp`,
    file(`elsewhere/${name}.wal`),
    file('dangling.html'),
  ])
    await expect(report(output)).rejects.toThrow(
      `${output} is the database that the page is made from, or a file of it: nothing was written; name another file with --output, such as report.html.`,
    );
  await expect(report(file('page.html'), file('link.html'))).resolves.toBeDefined();
  await expect(report(`${warehouse.file}.html`)).resolves.toBeDefined();
  rmSync(`${warehouse.file}.html`);
  expect(readFileSync(warehouse.file).equals(before)).toBe(true);
  expect(readdirSync(warehouse.folder)).toEqual([name]);
}, 60_000);

test.each([
  ['config.json', '{"server_url": "https://git.example.com"}'],
  ['notes.txt', 'see <html> for more'],
  ['page.html', 'not yet'],
  ['other.duckdb', `\0\0\0\0\0\0\0\0DUCK${'\0'.repeat(500)}`],
])('a file that is no page stays: %s', async (name, content) => {
  writeFileSync(file(name), content);
  await expect(report(file(name))).rejects.toThrow(
    `${file(name)} is there, and is no HTML page: nothing was written, so that it is not lost; name another file with --output, or remove it first.`,
  );
  expect(readFileSync(file(name), 'utf8')).toBe(content);
  expect(readdirSync(folder)).toEqual([name]);
});

test.each([
  ['an empty file', ''],
  ['white space', '\n \n'],
  ['a page', '<!doctype html>\n<html>'],
  ['a page in capitals behind a byte order mark', '\uFEFF\r\n  <!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN">'],
  ['a page without a type', '<HTML lang="en">'],
])('%s is replaced', async (_name, content) => {
  writeFileSync(file('page.html'), content);
  await report(file('page.html'));
  await report(file('page.html'));
  expect(readFileSync(file('page.html'), 'utf8')).toMatch(/^<!doctype html>[^]*<\/html>\n$/);
});

test('what is written meanwhile takes the place of no other file', async () => {
  const beside = file('page.html.part');
  writeFileSync(beside, 'mine');
  await report(file('page.html'));
  expect(readFileSync(beside, 'utf8')).toBe('mine');
  expect(readdirSync(folder).sort()).toEqual(['page.html', 'page.html.part']);
});

test('a link to where no file is yet stays, and the page is where it leads', async () => {
  mkdirSync(file('pages'));
  symlinkSync('pages/latest.html', file('link.html'));
  await report(file('link.html'));
  expect(readFileSync(file('pages/latest.html'), 'utf8')).toMatch(/^<!doctype html>/);
});

test('where it cannot be written is said with the cause', async () => {
  await expect(report(file('no/page.html'))).rejects.toThrow(
    `${file('no/page.html')} cannot be written (ENOENT): there is no folder ${file('no')}; make it, or name another file with --output.`,
  );
  await expect(report(folder)).rejects.toThrow(
    `${folder} cannot be written (EISDIR): it is a folder; name a file in it with --output.`,
  );
  writeFileSync(file('file'), '<html>');
  await expect(report(file('file/page.html'))).rejects.toThrow(
    `${file('file/page.html')} cannot be written (ENOTDIR): ${file('file')} is no folder; name another file with --output.`,
  );
});

test('a database that this user may not read is told as that', async () => {
  const database = file('own.duckdb');
  writeFileSync(database, readFileSync(warehouse.file), { mode: 0o000 });
  chmodSync(folder, 0o711);
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65534);
  try {
    await expect(report(file('page.html'), database)).rejects.toThrow(
      `${database} cannot be read (EACCES): this user may not read it; change its permissions, or the user.`,
    );
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});

test('sync writes nothing into a file of another kind, whatever DuckDB could make of it', async () => {
  for (const [name, content] of [
    ['inbox.sqlite', `SQLite format 3\0${'\0'.repeat(5000)}`],
    ['short.txt', 'mine'],
    ['report.html', '<!doctype html>'],
    ['empty.duckdb', ''],
  ] as const) {
    writeFileSync(file(name), content);
    await expect(Database.open(file(name))).rejects.toThrow(
      `${file(name)} exists, and cannot be used as a DuckDB database: give another file with --database`,
    );
    expect(readFileSync(file(name), 'utf8')).toBe(content);
  }
});

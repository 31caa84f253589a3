import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { Database } from '../../src/warehouse/database';
import { Warehouse } from '../views/warehouse';
import { NASTY, READ_AT, town } from './town';

const EXECUTABLE = resolve(__dirname, '../../bin/main');
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));
const withBrowser = CHROMIUM === undefined ? describe.skip : describe;
if (CHROMIUM === undefined) console.log('No Chromium here: the page is not tested in a browser (apt-get install chromium).');

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `bin/main report`, as a person would. */
async function report(...args: string[]): Promise<Run> {
  return node(EXECUTABLE, 'report', ...args);
}

async function node(...args: string[]): Promise<Run> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as Run;
    return { code, stdout, stderr };
  }
}

let warehouse: Warehouse;
const file = (name: string) => join(warehouse.folder, name);
beforeAll(async () => {
  warehouse = await Warehouse.open();
  await warehouse.fill(town());
  await warehouse.database.run(`INSERT INTO _airbyte_state VALUES ('pull_requests', NULL, '{}', ?::TIMESTAMPTZ)`, [READ_AT]);
  warehouse.database.close();
}, 60_000);
afterAll(() => warehouse.remove());

describe('the command', () => {
  test('writes one page for its owner alone, and says so', async () => {
    const { code, stdout } = await report('--database', warehouse.file, '--output', file('page.html'));
    expect([code, stdout.split('\n').slice(0, 3)]).toEqual([
      0,
      [
        `${file('page.html')} is written (0.7 MB): any browser opens it, without a network.`,
        'Missing: repositories, pull_request_activities, pull_request_diffs, builds (not synced).',
        'To read repositories, pull_request_activities, pull_request_diffs, builds, too (with the configuration of its syncs for YOUR_CONFIG.json):',
      ],
    ]);
    const page = readFileSync(file('page.html'), 'utf8');
    expect(/Person \d|Ann &lt;/.test(page)).toBe(false);
    const [, coverage] = /<p class="coverage">(.*?)<\/p>/.exec(page) ?? [];
    expect(coverage).toContain('git.example.com: 260 pull requests in 3 repositories of 2 projects, opened 4 Nov 2025 to');
    expect(coverage).toContain('Read 2026-05-20 12:00 UTC');
    expect(coverage).toContain('Missing: repositories, pull_request_activities, pull_request_diffs, builds (not synced).');
  });

  test('names people where it is asked to', async () => {
    await report('--database', warehouse.file, '--output', file('people.html'), '--by-person');
    expect(readFileSync(file('people.html'), 'utf8')).toMatch(/<td>Person \d<\/td>/);
  });

  test.each([
    ['missing.duckdb', null, 'There is no file FILE: sync makes it, or name another one with --database.'],
    [
      'other.db',
      `SQLite format 3\0${'\0'.repeat(500)}`,
      'FILE is not a DuckDB database: name the file that sync wrote with --database.',
    ],
    ['empty.db', '', 'FILE is not a DuckDB database: name the file that sync wrote with --database.'],
    ['.', null, 'FILE cannot be read (EISDIR): name the DuckDB file of sync with --database.'],
  ])('says in a sentence what is wrong with %s', async (name, content, sentence) => {
    const path = name === '.' ? warehouse.folder : file(name);
    if (content !== null) writeFileSync(path, content);
    expect(await report('--database', path)).toEqual({ code: 1, stdout: '', stderr: `${sentence.replace('FILE', path)}\n` });
  });

  test('says of a database without views that sync makes them, and of one that is open elsewhere that it is', async () => {
    const other = await Database.open(file('other.duckdb'));
    await other.run('CREATE TABLE pull_requests (id BIGINT)');
    await other.run('CREATE TABLE _airbyte_state (stream_name VARCHAR, stream_namespace VARCHAR)');
    const locked = await report('--database', file('other.duckdb'));
    expect([locked.code, locked.stderr]).toEqual([1, expect.stringMatching(/^The database .* is open in another process/)]);
    other.close();
    const { code, stderr } = await report('--database', file('other.duckdb'));
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /lacks pull_request_facts, .*, which a sync of this version makes at its end: run sync into it once more/,
      ),
    ]);
  });

  test.each([
    ["time_zone = 'Europe/Berlim'", 'Europe/Berlim', 'Europe/Berlin'],
    ["time_zone = ''", 'empty', 'UTC'],
    ["time_zone = 'o''clock'", "o'clock", 'UTC'],
  ])('says of a time zone that there is none such where it stands, and how to set another: %s', async (set, named, other) => {
    copyFileSync(warehouse.file, file('zone.duckdb'));
    const database = await Database.open(file('zone.duckdb'));
    await database.run(`UPDATE bitbucket_settings SET ${set}`);
    database.close();
    const { code, stderr } = await report('--database', file('zone.duckdb'), '--output', file('zone.html'));
    const is = named === 'empty' ? 'is empty' : `is ${named}, which does not exist`;
    const meant = other === 'UTC' ? '' : ` (did you mean ${other}?)`;
    expect([code, stderr]).toEqual([
      1,
      `The time zone of days and months ${is}${meant}: table bitbucket_settings of ${file('zone.duckdb')}, column time_zone. To set another one:\n  duckdb ${file('zone.duckdb')} "UPDATE bitbucket_settings SET time_zone = '${other}'"\n`,
    ]);
  });

  test('refuses - as an output: no file of that name is made', async () => {
    const { code, stdout, stderr } = await report('--database', warehouse.file, '--output', '-');
    expect([code, stdout, stderr]).toEqual([
      1,
      '',
      '--output is -, which is no file: the page is not printed; name a file, such as report.html.\n',
    ]);
    expect(existsSync('-')).toBe(false);
  });

  test('says what is missing where the chart library is not installed', async () => {
    writeFileSync(
      file('without.cjs'),
      `const Module = require('node:module'); const resolve = Module._resolveFilename;
       Module._resolveFilename = function (name, ...rest) {
         if (name.startsWith('echarts')) throw Object.assign(new Error('Cannot find module'), { code: 'MODULE_NOT_FOUND' });
         return resolve.call(this, name, ...rest);
       };`,
    );
    const { code, stderr } = await node('-r', file('without.cjs'), EXECUTABLE, 'report', '--database', warehouse.file);
    expect([code, stderr]).toEqual([
      1,
      'report needs the optional package echarts, which cannot be loaded here. To install it:\n  npm install echarts\n',
    ]);
  });

  test.each(['--output', '--database'])('says that %s is empty', async (option) => {
    const given = option === '--output' ? ['--database', warehouse.file, '--output', ''] : ['--database', ''];
    expect(await report(...given)).toEqual({
      code: 1,
      stdout: '',
      stderr: `${option} is empty: write what it is to be, or leave it out.\n`,
    });
  });

  test('says where it cannot write', async () => {
    const { code, stderr } = await report('--database', warehouse.file, '--output', file('no/page.html'));
    expect([code, stderr]).toEqual([
      1,
      `${file('no/page.html')} cannot be written (ENOENT): there is no folder ${file('no')}; make it, or name another file with --output.\n`,
    ]);
    mkdirSync(file('folder'));
    expect((await report('--database', warehouse.file, '--output', file('folder'))).stderr).toMatch(
      /cannot be written \(EISDIR\)/,
    );
    expect(existsSync(file('folder.part'))).toBe(false);
  });
});

withBrowser('the page', () => {
  let browser: Browser;
  let page: Page;
  let database: Database;
  const complaints: string[] = [];

  beforeAll(async () => {
    await report('--database', warehouse.file, '--output', file('shown.html'), '--by-person');
    database = await Database.open(warehouse.file, 'read');
    browser = await puppeteer.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox', '--disable-gpu'] });
    page = await browser.newPage();
    page.on('console', (message) => complaints.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(`error: ${String(error)}`));
    page.on('request', (request) => {
      if (!/^(?:data|blob):/.test(request.url()) && request.url().split('#')[0] !== pathToFileURL(file('shown.html')).href)
        complaints.push(`request: ${request.url()}`);
    });
    await show('shown.html');
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    database.close();
  });
  afterEach(() => expect(complaints.splice(0)).toEqual([]));

  async function show(name: string): Promise<void> {
    await page.goto(pathToFileURL(file(name)).href);
    await page.waitForSelector('html[data-ready]');
  }
  const texts = (selector: string) => page.$$eval(selector, (found) => found.map((each) => each.textContent));
  const sqlOf = async (id: string) => (await texts(`#${id} pre`))[0]!;
  const bodyOf = (id: string) =>
    page.$$eval(`#${id} tbody tr`, (rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent)));
  /** The numbers of a table, as a person reads them. */
  const numbersIn = (rows: readonly (readonly string[])[]) =>
    rows.map((row) => row.filter((cell) => /^[\d,.]+$/.test(cell)).map((cell) => Number(cell.replaceAll(',', ''))));
  const numbersFrom = async (sql: string) =>
    (await database.query(sql)).map((row) =>
      Object.values(row)
        .filter((value) => /^[\d.]+$/.test(String(value)))
        .map(Number),
    );

  const IDS = ['cycle-time', 'waiting', 'throughput', 'size', 'rounds', 'review-load', 'repositories', 'deployments'];

  test('shows no text of the data as anything but text', async () => {
    expect(await page.title()).toBe('Pull requests');
    expect(await texts('#waiting tbody th')).toContain(`#22 ${NASTY}`);
    expect(await page.$$eval('#results img, #results b, #results script', (found) => found.length)).toBe(0);
    expect(await texts('#review-load tbody th')).toContain('Ann <b>1</b>');
  });

  test('makes links of web addresses only', async () => {
    const links = await page.$$eval('#waiting a', (found) => found.map((each) => each.getAttribute('href')!));
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((link) => !link.startsWith('https://git.example.com/'))).toEqual([]);
    expect(await texts('#waiting tbody th')).toContain('#11 Change 11');
  });

  test('is drawn by script as it was drawn without', async () => {
    const written = readFileSync(file('shown.html'), 'utf8');
    for (const id of ['cycle', 'review', 'merged', 'open']) {
      const [value] = await texts(`#tile-${id} .value`);
      expect(written).toMatch(new RegExp(`id="tile-${id}">.*?class="value">${value!}<`));
    }
    expect(await page.$$eval('.chart svg', (found) => found.length)).toBe(7);
  });

  test('filters change the numbers to what the SQL beside them says', async () => {
    const seen = new Set<string>();
    const compare = async () => {
      seen.add((await texts('#tile-cycle .value'))[0]!);
      for (const id of IDS) {
        const rows = await numbersFrom(await sqlOf(id));
        expect([id, numbersIn(await bodyOf(id))]).toEqual([
          id,
          rows.map((row) => row.map((value) => expect.closeTo(value, 0.6))),
        ]);
      }
    };
    await compare();
    await page.select('#period', 'all');
    await compare();
    await page.select('#project', 'SHOP');
    await compare();
    expect(await texts('#repository option')).toEqual(['All repositories', "SHOP/o'neill", 'SHOP/web']);
    await page.select('#repository', await page.$eval('#repository option:nth-child(2)', (each) => each.value));
    await compare();
    await page.$eval('#from', (each: any) => {
      each.value = '2026-02-01';
      each.dispatchEvent(new Event('change'));
    });
    await compare();
    expect(await page.$eval('#period', (each) => (each as any).value)).toBe('own');
    expect(seen.size).toBeGreaterThan(3);
  });

  test('an address leads to what was chosen', async () => {
    await show('shown.html');
    await page.select('#project', 'BANK');
    const merged = await texts('.tile');
    const address = page.url();
    expect(address).toContain('#project=BANK&period=182');
    await page.goto('about:blank');
    await page.goto(address);
    await page.waitForSelector('html[data-ready]');
    expect(await texts('.tile')).toEqual(merged);
  });

  test('tables and SQL open by keyboard, stay open, and are copied', async () => {
    await show('shown.html');
    await page.focus('#rounds details.query summary');
    await page.keyboard.press('Enter');
    expect(await page.$eval('#rounds details.query', (each) => (each as any).open)).toBe(true);
    await page.select('#period', 'all');
    expect(await page.$eval('#rounds details.query', (each) => (each as any).open)).toBe(true);
    await page.click('#rounds [data-copy=sql]');
    await page.waitForFunction(() => document.querySelector('#rounds [data-copy=sql]')?.textContent !== 'Copy SQL');
    expect(await texts('#status')).toEqual(['Copied']);
  });

  test('every control and every chart has a name for those who do not see it', async () => {
    const nameless = await page.$$eval(
      'select, input, button, [role=img], [role=region], a, section',
      (found) =>
        found.filter(
          (each: any) =>
            (each.textContent.trim() ||
              each.getAttribute('aria-label') ||
              each.getAttribute('aria-labelledby') ||
              each.labels?.[0]?.textContent ||
              '') === '',
        ).length,
    );
    expect(nameless).toBe(0);
    expect(await page.$$eval('h1', (found) => found.length)).toBe(1);
    const ids = await page.$$eval('[id]', (found) => found.map((each) => each.id));
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  test.each([360, 768, 1280])('fits %s pixels, in light and dark', async (width) => {
    await page.setViewport({ width, height: 800 });
    for (const value of ['light', 'dark']) {
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }]);
      await show('shown.html');
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      const [ink, ground] = await page.evaluate(() => [
        getComputedStyle(document.body).color,
        getComputedStyle(document.body).backgroundColor,
      ]);
      const brightness = (colour: string) => Number(/\d+/.exec(colour)?.[0]);
      expect(brightness(ink!) > brightness(ground!)).toBe(value === 'dark');
    }
  });

  test('prints without its controls', async () => {
    await page.emulateMediaType('print');
    expect(await page.$eval('#filters', (each) => getComputedStyle(each).display)).toBe('none');
    expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(10_000);
    await page.emulateMediaType('screen');
  });

  test('stays honest where there is nothing, and where there is one day', async () => {
    const empty = await Warehouse.open();
    empty.database.close();
    await report('--database', empty.file, '--output', file('empty.html'));
    const { file: path } = empty;
    const one = await Database.open(path);
    expect(await one.query('SELECT count(*) AS n FROM pull_request_facts')).toEqual([{ n: '0' }]);
    one.close();
    const shop = await Warehouse.open();
    const { pull_requests: all, ...others } = town(1);
    await shop.fill({ ...others, pull_requests: all! });
    shop.database.close();
    await report('--database', shop.file, '--output', file('one.html'));
    complaints.length = 0;
    page.removeAllListeners('request');
    await show('empty.html');
    expect(await texts('.coverage')).toEqual([
      expect.stringContaining('No pull requests were synced into this file: sync --streams pull_requests,'),
    ]);
    expect(await texts('.tile .value')).toEqual(['–', '–', '0', '0']);
    expect((await texts('#results')).join()).not.toMatch(/NaN|Infinity|undefined|null/);
    await show('one.html');
    expect(await texts('.coverage')).toEqual([expect.stringContaining('1 pull request in 3 repositories')]);
    expect((await texts('#results')).join()).not.toMatch(/NaN|Infinity|undefined|null/);
    empty.remove();
    shop.remove();
  });
});

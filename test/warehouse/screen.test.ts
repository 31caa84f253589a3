import './without-views';
import { execFileSync } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageLines, stepLines } from '../../src/commands/print';
import { wrap, wrapCommand } from '../../src/text/wrap';
import { Screen } from '../../src/warehouse/screen';
import { newTally, noteCount, noteRecord, noteStatus } from '../../src/warehouse/tally';
import { streams } from '../../src/streams';
import { TestTerminal } from '../support/screen';
import { Bench, configured, things } from './fake-connector';

let bench: Bench;
beforeEach(() => (bench = new Bench()));
afterEach(() => bench.remove());

const WARNING =
  'projects names NOSUCH, OLDKEY and MISSPELT, which the account does not see: misspelt, or a permission is missing. The others are read, https://bitbucket.example.com/with/a/long/path.';

describe.each([80, 100, 120])('on %d columns', (columns) => {
  it('progress fits, each stream on its line, whatever there is to count', async () => {
    const terminal = new TestTerminal(columns);
    let now = 0;
    const screen = new Screen({ output: terminal.output, isTerminal: true, clock: () => now, mask: (text) => text });
    const tallies = streams.map(({ name }) => newTally(name));
    tallies.forEach((tally, index) => {
      noteStatus(tally, 'RUNNING', index % 3 === 0, 0);
      tally.records = 1_234_567 * (index % 4);
      tally.estimate = index % 2 === 0 ? 12_345_678 : null;
    });
    now = 90_000;
    screen.follow(tallies);
    screen.log('WARN', WARNING);
    const lines = await terminal.lines();
    for (const { name } of streams) expect(lines.filter((line) => line.startsWith(`${name} `))).toHaveLength(1);
    const bars = lines.filter((line) => /[█▒░]/.test(line)).map((line) => line.replaceAll(/[^█▒░]/g, ' ').trimEnd());
    expect(new Set(bars.map((bar) => `${bar.length - bar.trim().length} ${bar.length}`)).size).toBeLessThanOrEqual(1);
    expect(lines.find((line) => line.startsWith('pull_requests '))).toMatch(
      /(?:of about 12,345,678|\d) rows( +[\d,]+ rows\/s)?$/,
    );
    screen.settle();
  });

  it('long messages break between words, and lose none', async () => {
    const terminal = new TestTerminal(columns);
    const screen = new Screen({ output: terminal.output, isTerminal: true, clock: Date.now, mask: (text) => text });
    screen.log('WARN', WARNING);
    screen.say(WARNING);
    const [first, ...rest] = await terminal.lines();
    expect(first).toMatch(/^\d\d:\d\d:\d\d {2}WARN {3}projects names NOSUCH/);
    const told = [first!.slice(17), ...rest].map((line) => line.trim()).join(' ');
    expect(told.trim()).toBe(`${WARNING} ${WARNING}`);
  });

  it('a word that is too wide behind the indent, such as a path, has a line of its own, less far in, and can be copied', async () => {
    const terminal = new TestTerminal(columns);
    const path = `/rest/api/1.0/${'p'.repeat(columns - 20)}:`;
    const message = `pull requests could not be read: GET ${path} the answer was 503`;
    new Screen({ output: terminal.output, isTerminal: true, clock: Date.now, mask: (text) => text }).log('ERROR', message);
    const step = { name: 'login', status: 'failed', finding: message, remedy: message } as const;
    const lines = stepLines(step, { coloured: false, width: columns });
    for (const line of lines) terminal.output.write(`${line}\n`);
    const shown = await terminal.lines();
    expect(shown.filter((line) => line.trimStart() === path)).toHaveLength(3);
    expect(Math.max(...shown.map(({ length }) => length))).toBeLessThan(columns);
  });

  it('a sync ends with lines that fit, and leaves nothing of its progress', async () => {
    bench.connector(
      `status('things', 'STARTED'); log('WARN', ${JSON.stringify(WARNING)}); record('things', { repository_id: 1, id: 1 });
       setTimeout(() => { saved('things', { n: 1 }); status('things', 'COMPLETE'); }, 300);`,
    );
    const sync = async () => {
      const terminal = new TestTerminal(columns);
      expect(
        await bench.sync({
          isTerminal: true,
          output: terminal.output,
          verbose: false,
          catalog: bench.catalog(configured(things)),
        }),
      ).toBe(0);
      return await terminal.lines();
    };
    const first = await sync();
    expect(first.join('\n')).toMatch(/Next:\n {2}duckdb /);
    expect(first.join('\n')).not.toMatch(/█|░/);
    bench.connector("saved('things', { n: 2 }); status('things', 'COMPLETE');");
    expect(await sync()).toEqual([expect.stringMatching(/^Nothing has changed \(\d+\.\d s\)\.$/), '']);
  });

  it('a command that names streams can be copied', async () => {
    const named = (...names: string[]) => bench.catalog(...names.map((name) => configured({ ...things, name })));
    const names = ['things', ...Array.from({ length: 8 }, (_, index) => `other_things_${index}`)];
    bench.connector(names.map((name) => `saved('${name}', { n: 1 }); status('${name}', 'COMPLETE');`).join('\n'));
    expect(await bench.sync({ catalog: named(...names) })).toBe(0);
    // Another one that nobody reads, so that the names are not all there are.
    await bench.rows("UPDATE _airbyte_sync SET available = available || ' unread'");
    bench.connector(`saved('things', { n: 2 }); status('things', 'COMPLETE');`);
    const terminal = new TestTerminal(columns);
    await bench.sync({ isTerminal: true, output: terminal.output, verbose: false, catalog: named('things') });
    const lines = (await terminal.lines()).map((line) => line.trimEnd());
    const [start, end] = [lines.findIndex((line) => line.startsWith('  bin/main')), lines.length - 2];
    expect(lines[end]).toMatch(/^Nothing has changed in things \(.*\); 8 other streams are no longer read\.$/);
    const command = lines.slice(start, end).join('\n').trim();
    const word = execFileSync('sh', ['-c', `for last in ${command}; do :; done; printf %s "$last"`], {
      encoding: 'utf8',
    });
    expect(word.split(',').map((name) => name.trim())).toEqual(names);
  });

  it('what the doctor found breaks between words; a command stays whole', async () => {
    const terminal = new TestTerminal(columns);
    const command = `curl --include --header 'Authorization: Bearer YOUR_TOKEN' 'https://bitbucket.example.com/${'context/'.repeat(20)}rest/api'`;
    const step = { name: 'login', status: 'failed', finding: WARNING, remedy: WARNING } as const;
    const lines = stepLines(step, { coloured: true, width: columns });
    for (const line of lines) terminal.output.write(`${line}\n`);
    expect((await terminal.lines()).length).toBeGreaterThan(3);
    const copied = stepLines({ ...step, command }, { coloured: false, width: columns })
      .slice(lines.length)
      .map((line) => line.trim().replace(/^\$ /, '').replace(/ \\$/, ''));
    expect(copied.join(' ')).toBe(command);
    expect(
      messageLines(`${WARNING} To try it by hand: ${command}`, columns).every(
        (line) => line.length < columns || line.includes('https:'),
      ),
    ).toBe(true);
  });
});

it('a command is broken so that a shell takes it for one', () => {
  const command = `  bin/main sync --config 'my files/config.json' --database out/demo/bitbucket.duckdb`;
  const query = `  duckdb bitbucket.duckdb "SELECT state, count(*) FROM pull_requests WHERE deleted_at IS NULL"`;
  for (const [text, width] of [
    [command, 40],
    [query, 40],
    [command, 200],
  ] as const) {
    const lines = wrapCommand(text, width);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    const words = (given: string) =>
      execFileSync('sh', ['-c', `set -- ${given.trim()}; printf '%s|' "$@"`], { encoding: 'utf8' });
    expect(words(lines.join('\n')).replace(/\s+/g, ' ')).toBe(words(text));
  }
});

it('a fault stands apart from the command to try by hand on a terminal, and is one line elsewhere', async () => {
  const command = `curl --verbose 'https://bitbucket.example.com/rest/api/1.0/application-properties'`;
  const terminal = new TestTerminal(80);
  new Screen({ output: terminal.output, isTerminal: true, clock: Date.now, mask: (text) => text }).error(WARNING, command);
  const lines = await terminal.lines();
  const at = lines.indexOf('To try it by hand:');
  expect(
    lines
      .slice(at + 1)
      .join('\n')
      .replace(/\s*\\\n\s*/g, ' ')
      .trim(),
  ).toBe(command);
  let told = '';
  const output = new PassThrough().setEncoding('utf8').on('data', (text: string) => (told += text));
  new Screen({ output, isTerminal: false, clock: Date.now, mask: (text) => text }).error('It is wrong.', command);
  expect(told).toMatch(/ERROR {2}It is wrong\. To try it by hand: curl .*\n$/);
});

/** Every line that was on the terminal until the work ended. @param onLine called with each of them, when it is seen */
async function seenUntil(work: Promise<unknown>, terminal: TestTerminal, onLine?: (line: string) => void): Promise<Set<string>> {
  const seen = new Set<string>();
  const hasEnded = work.then(
    () => true,
    () => true,
  );
  do {
    for (const line of await terminal.lines()) {
      seen.add(line);
      onLine?.(line);
    }
  } while (!(await Promise.race([hasEnded, sleep(25, false)])));
  return seen;
}

it('a first sync that goes on where one was cut off expects what is left', async () => {
  const counted = new Map([['things', { rows: 4, requests: 4 }]]);
  const options = { isTerminal: true, verbose: false, catalog: bench.catalog(configured(things)) };
  bench.connector(
    `record('things', { repository_id: 1, id: 1 }); record('things', { repository_id: 1, id: 2 }); saved('things', { n: 1 }); process.exit(1);`,
  );
  expect(await bench.sync({ ...options, expect: () => Promise.resolve(counted) })).toBe(1);
  const terminal = new TestTerminal(80);
  bench.connector(`status('things', 'STARTED'); record('things', { repository_id: 1, id: 3 });
    setTimeout(() => { saved('things', { n: 2 }); status('things', 'COMPLETE'); }, 900);`);
  const ended = bench.sync({ ...options, output: terminal.output, expect: () => Promise.resolve(counted) });
  const lines = [...(await seenUntil(ended, terminal))].filter((line) => line.includes(' of about '));
  expect(await ended).toBe(0);
  for (const line of lines) expect(line).toContain('of about 2 rows');
  expect(lines).toContainEqual(expect.stringContaining(' 1 of about 2 rows'));
}, 30_000);

it('streams that come to a file later are counted beforehand, those that it has are not', async () => {
  const others = { ...things, name: 'others' };
  const asked: string[][] = [];
  const expect_ = (names: readonly string[]) => {
    asked.push([...names]);
    return Promise.resolve(new Map([['others', { rows: 4, requests: 4 }]]));
  };
  bench.connector(`saved('things', { n: 1 }); status('things', 'COMPLETE');`);
  await bench.sync({ expect: expect_ });
  const terminal = new TestTerminal(80);
  bench.connector(`saved('things', { n: 1 }); status('things', 'COMPLETE'); status('others', 'STARTED');
    record('others', { repository_id: 1, id: 1 });
    setTimeout(() => { saved('others', { n: 2 }); status('others', 'COMPLETE'); }, 900);`);
  const catalog = bench.catalog(configured(things), configured(others));
  const ended = bench.sync({ isTerminal: true, verbose: false, catalog, output: terminal.output, expect: expect_ });
  const seen = await seenUntil(ended, terminal);
  expect(await ended).toBe(0);
  expect(asked).toEqual([['things'], ['others']]);
  expect([...seen].some((line) => line.includes('1 of about 4 rows'))).toBe(true);
  expect([...seen].some((line) => line.startsWith('in all 25 %'))).toBe(true);
}, 30_000);

describe('while nothing comes, for how long is said, and what the connector says to that', () => {
  const RETRY = 'GET /rest/api/1.0/repos: connect ECONNREFUSED; attempt 2 of 7, in 1.0 s';

  it('on a terminal', async () => {
    let ahead = 0;
    const terminal = new TestTerminal(80);
    bench.connector(`status('things', 'STARTED'); record('things', { repository_id: 1, id: 1 }); log('INFO', '${RETRY}');
      setTimeout(() => { log('INFO', '10.0 s: 0 of 0 repositories, 3 requests (0.3/s)');
        write({ type: 'TRACE', trace: { type: 'ESTIMATE', emitted_at: 1.0, estimate: { name: 'things', type: 'STREAM', row_estimate: 4 } } }); }, 1200);
      setTimeout(() => { saved('things', { n: 2 }); status('things', 'COMPLETE'); }, 2000);`);
    const ended = bench.sync({ isTerminal: true, verbose: false, output: terminal.output, clock: () => Date.now() + ahead });
    const seen = await seenUntil(ended, terminal, (line) => {
      if (/^things +started .* 1 row/.test(line)) ahead = 95_000;
    });
    expect(await ended).toBe(0);
    const silences = [...seen].filter((line) => line.startsWith('nothing has come'));
    // Neither a count nor a guess of rows is a row; the line ends between words, and the reason comes before what was asked.
    expect(silences).toEqual(['nothing has come for 2 min: connect ECONNREFUSED; attempt 2 of 7, in 1.0 s …']);
    expect((await terminal.lines()).join('\n')).not.toContain('nothing has come');
  }, 30_000);

  it('elsewhere after longer, and again when that has doubled', () => {
    jest.useFakeTimers();
    let told = '';
    const output = new PassThrough().setEncoding('utf8').on('data', (text: string) => (told += text));
    const screen = new Screen({ output, isTerminal: false, clock: Date.now, mask: (text) => text });
    const tally = newTally('things');
    noteStatus(tally, 'RUNNING', false, Date.now());
    screen.follow([tally]);
    screen.hearLog(RETRY);
    const count = () => told.split('nothing has come').length - 1;
    const counts = [25, 10, 60].map((seconds) => {
      jest.advanceTimersByTime(seconds * 1000);
      return count();
    });
    expect(counts).toEqual([0, 1, 2]);
    expect(told).toMatch(
      /\d\d:\d\d:\d\d {2}nothing has come for 30 s: connect ECONNREFUSED; attempt 2 of 7, in 1\.0 s \(GET \/rest\/api\/1\.0\/repos\)\n/,
    );
    expect(told).toMatch(/nothing has come for 60 s: /);
    screen.hear();
    jest.advanceTimersByTime(40_000);
    expect(count()).toBe(3);
    tally.rateLimited = true; // the stream's line says why nothing comes
    screen.hear();
    jest.advanceTimersByTime(40_000);
    expect(count()).toBe(3);
    screen.settle();
    jest.useRealTimers();
  });
});

describe('where nobody sits', () => {
  const lines = (screenOf: (output: PassThrough) => Screen, run: (screen: Screen) => void): string[] => {
    jest.useFakeTimers();
    let told = '';
    const output = new PassThrough().setEncoding('utf8').on('data', (text: string) => (told += text));
    const screen = screenOf(output);
    run(screen);
    screen.settle();
    jest.useRealTimers();
    return told
      .split('\n')
      .filter(Boolean)
      .map((line) => line.replace(/^\d\d:\d\d:\d\d {2}/, ''));
  };
  const quiet = (output: PassThrough) =>
    new Screen({ output, isTerminal: false, clock: Date.now, mask: (text) => text, isVerbose: false });
  const retried = (path: string, cause: string, attempt: number) =>
    `GET /rest/api/1.0/${path}: ${cause}; attempt ${attempt} of 5, in 2.0 s`;

  it('it is soon said why nothing comes, each cause once', () => {
    const told = lines(quiet, (screen) => {
      screen.follow([newTally('things')]);
      const failed = [
        ['projects', 2],
        ['users', 2],
        ['projects', 3],
      ] as const;
      for (const [path, attempt] of failed) {
        screen.hearLog(retried(path, 'the answer was 503', attempt));
        jest.advanceTimersByTime(5000);
      }
      screen.hearLog(retried('users', 'connect ECONNREFUSED 127.0.0.1:7990', 4));
      jest.advanceTimersByTime(10_000);
    });
    expect(told).toEqual(['the answer was 503; trying again', 'connect ECONNREFUSED 127.0.0.1:7990; trying again']);
  });

  it('states that tell of what was given up are no sign of life, and nobody knows how long the rest takes then', () => {
    const counted = () => {
      const tally = newTally('things');
      noteCount(tally, 100, 100);
      noteStatus(tally, 'STARTED', false, Date.now());
      for (let row = 0; row < 50; row++) noteRecord(tally, false, Date.now());
      return tally;
    };
    const told = lines(quiet, (screen) => {
      screen.follow([counted()]);
      for (let times = 0; times < 8; times++) {
        screen.hearLog(retried('repos', 'socket hang up', 2));
        jest.advanceTimersByTime(5000);
        screen.hearState();
      }
    });
    const [first = '', ...more] = told.filter((line) => !line.startsWith('things'));
    expect([first, ...more.filter((line) => !line.startsWith('in all'))]).toEqual([
      'socket hang up; trying again',
      'nothing has come for 30 s: socket hang up; attempt 2 of 5, in 2.0 s (GET /rest/api/1.0/repos)',
    ]);
    expect(told.filter((line) => line.includes(' left')).length).toBeLessThanOrEqual(1);
  });

  it('a state that comes long after the last attempt is one', () => {
    const told = lines(quiet, (screen) => {
      screen.follow([newTally('things')]);
      screen.hearLog(retried('repos', 'socket hang up', 2));
      jest.advanceTimersByTime(25_000);
      screen.hearState();
      jest.advanceTimersByTime(25_000);
    });
    expect(told).toEqual(['socket hang up; trying again']);
  });

  it('nothing is said of a request that is tried again while rows come', () => {
    const told = lines(quiet, (screen) => {
      screen.follow([newTally('things')]);
      screen.hearLog(retried('projects', 'the answer was 503', 2));
      screen.hear();
      jest.advanceTimersByTime(20_000);
    });
    expect(told).toEqual([]);
  });

  it('rows are told less often the longer it takes, and an end soon all the same', () => {
    let lateAt = 0;
    const told = lines(quiet, (screen) => {
      const tallies = ['projects', 'pull_requests'].map(newTally);
      screen.follow(tallies);
      const begun = Date.now();
      const advance = (seconds: number) => {
        for (let times = 0; times < seconds; times++) {
          for (const tally of tallies) if (tally.status !== 'COMPLETE') noteRecord(tally, false, Date.now());
          screen.hear();
          jest.advanceTimersByTime(1000);
        }
      };
      for (const tally of tallies) noteStatus(tally, 'RUNNING', false, begun);
      advance(34 * 3600);
      noteStatus(tallies[0]!, 'COMPLETE', false, Date.now());
      lateAt = tallies[1]!.records;
      advance(6);
    });
    const rowsOf = (name: string) =>
      told.filter((line) => line.startsWith(name)).map((line) => Number(/([\d,]+) rows/.exec(line)?.[1]?.replaceAll(',', '')));
    const each = rowsOf('pull_requests');
    expect(each.slice(0, 12)).toEqual(Array.from({ length: 12 }, (_, index) => 5 * (index + 1)));
    expect(each.length).toBeLessThan(300);
    const pauses = each.slice(1).map((rows, index) => rows - each[index]!);
    expect(Math.max(...pauses)).toBe(600);
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    expect(told.at(-1)).toMatch(/^projects +complete /);
    expect(lateAt).toBeGreaterThan(each.at(-1)!);
  });

  it('what has told its rows is silent until more of them come, whatever is guessed of the rest', () => {
    const told = lines(quiet, (screen) => {
      const tallies = ['projects', 'tags'].map(newTally);
      screen.follow(tallies);
      for (const tally of tallies) {
        noteStatus(tally, 'RUNNING', false, Date.now());
        noteCount(tally, 10, 10);
        tally.records = 3;
      }
      jest.advanceTimersByTime(5000);
      for (const estimate of [2350, 1175, 1068]) {
        tallies[1]!.estimate = estimate;
        jest.advanceTimersByTime(5000);
      }
      tallies[0]!.records = 4;
      screen.hear();
      jest.advanceTimersByTime(5000);
    });
    expect(told.map((line) => line.replaceAll(/ {2,}/g, '  '))).toEqual([
      expect.stringMatching(/^projects {2}running {2}3 of about 10 rows/),
      expect.stringMatching(/^tags {2}running {2}3 of about 10 rows/),
      expect.stringMatching(/^in all 30 %/),
      expect.stringMatching(/^projects {2}running {2}4 of about 10 rows/),
      expect.stringMatching(/^in all \d+ %/),
    ]);
  });

  it('that the server sets the pace is told, though no row comes meanwhile, and once', () => {
    const told = lines(quiet, (screen) => {
      const tally = newTally('tags');
      screen.follow([tally]);
      noteStatus(tally, 'RUNNING', false, Date.now());
      tally.records = 3;
      screen.hear();
      jest.advanceTimersByTime(5000);
      noteStatus(tally, 'RUNNING', true, Date.now());
      jest.advanceTimersByTime(60_000);
    });
    expect(told.map((line) => line.replaceAll(/ {2,}/g, '  ').replace(/ {2}\S+ rows\/s$/, ''))).toEqual([
      'tags  running  3 rows',
      'tags  rate limited  3 rows',
    ]);
  });

  it('streams that start together are one line, and each has its own when rows have come', () => {
    const told = lines(quiet, (screen) => {
      const tallies = ['projects', 'users', 'tags', 'builds'].map(newTally);
      screen.follow(tallies);
      for (const tally of tallies.slice(0, 3)) noteStatus(tally, 'STARTED', false, Date.now());
      jest.advanceTimersByTime(5000);
      noteStatus(tallies[1]!, 'RUNNING', false, Date.now());
      tallies[1]!.records = 3;
      jest.advanceTimersByTime(5000);
      noteStatus(tallies[0]!, 'COMPLETE', false, Date.now());
      noteStatus(tallies[3]!, 'STARTED', false, Date.now());
      jest.advanceTimersByTime(5000);
    });
    expect(told.map((line) => line.replaceAll(/ {2,}/g, '  '))).toEqual([
      'started, no rows yet: projects, users, tags',
      expect.stringMatching(/^users {2}running {2}3 rows/),
      'started, no rows yet: builds',
      'projects  complete  0 rows',
    ]);
  });
});

it('a note is gone when the progress is drawn', async () => {
  const terminal = new TestTerminal(80);
  const screen = new Screen({
    output: terminal.output,
    isTerminal: true,
    clock: () => 0,
    mask: (text) => text,
    isVerbose: false,
  });
  screen.note('Looking at the server …');
  screen.follow([newTally('things')]);
  screen.settle();
  screen.say('Nothing has changed (0.1 s).');
  expect((await terminal.lines()).filter(Boolean)).toEqual(['Nothing has changed (0.1 s).']);
});

it('a text is broken between words, and a word that is longer stays whole', () => {
  expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrap('a looooooooong b', 5)).toEqual(['a', 'looooooooong', 'b']);
  expect(wrap('', 5)).toEqual(['']);
  expect(wrap('one\n\ntwo', 5)).toEqual(['one', '', 'two']);
  expect(wrap('  one two three', 9)).toEqual(['  one two', '  three']);
  expect(wrap('in about 2.0 s, or 30 % less', 12)).toEqual(['in about', '2.0 s, or', '30 % less']);
  expect(wrap('there are 2 scripts', 11)).toEqual(['there are 2', 'scripts']);
});

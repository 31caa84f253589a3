import './without-views';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { Bench, configured, things } from './fake-connector';

let bench: Bench;
beforeEach(() => (bench = new Bench()));
afterEach(() => bench.remove());

const DONE = "saved('things', { n: 1 }); status('things', 'COMPLETE');";

test('log lines and errors are passed on with time and level', async () => {
  bench.connector(`log('INFO', 'two\\nlines \\u001b[2J');
    write({ type: 'TRACE', trace: { type: 'ERROR', emitted_at: 1.0, error: { message: 'No such thing.', stack_trace: 'at x.js', stream_descriptor: { name: 'things' } } } });
    write({ type: 'TRACE', trace: { type: 'ERROR', emitted_at: 1.0, error: { message: 'Everything is broken.' } } }); ${DONE}`);
  await bench.sync();
  expect(bench.printed).toMatch(/^\d\d:\d\d:\d\d {2}INFO {3}two\n {17}lines {2}\[2J$/m);
  expect(bench.printed).toMatch(/^\d\d:\d\d:\d\d {2}ERROR {2}things: No such thing\.$/m);
  expect(bench.printed).toMatch(/ERROR {2}Everything is broken\.$/m);
  expect(bench.printed).not.toContain('x.js');
});

test('what all streams fail of is told once, without their names', async () => {
  const names = ['things', 'b', 'c', 'd'];
  const fail = (name: string) =>
    `write({ type: 'TRACE', trace: { type: 'ERROR', emitted_at: 1.0, error: { message: 'Denied.', stream_descriptor: { name: '${name}' } } } }); status('${name}', 'INCOMPLETE');`;
  const sync = async (failing: readonly string[]) => {
    bench.printed = '';
    bench.connector(`${failing.map(fail).join('\n')} process.exitCode = 1;`);
    await bench.sync({ catalog: bench.catalog(...names.map((name) => configured({ ...things, name }))) });
    return bench.printed.match(/ERROR {2}.*/g);
  };
  expect(await sync(names)).toEqual(['ERROR  all 4 streams: Denied.']);
  expect(await sync(names.slice(1))).toEqual(['ERROR  b, c, d: Denied.']);
});

test('what could not be read for one cause is one line, and the last one says so', async () => {
  const streams = ['things', 'others'];
  const warn = (stream: string, item: string, why: string) =>
    `log('WARN', '${stream}: ${item} could not be read, and is left out of this sync: GET /rest/${item.replaceAll(' ', '/')}: ${why}');`;
  const script = `for (let id = 1; id <= 1245; id++) log('WARN', 'things: pull request ' + id + ' of WEB/app could not be read' + (id % 2 ? ' in 2 syncs' : '') + ', and is left out of this sync: GET /rest/pull-requests/' + id + '.diff: the answer was 404 (no ' + id + ' here)');
    ${warn('others', 'pull request 7 of WEB/app', 'the answer was 404 (gone)')}
    ${warn('others', 'pull request 8 of WEB/app', 'the answer was 500')}
    ${streams.map((stream) => warn(stream, 'repository MOB/gateway', 'the answer was 404 (gone)')).join('\n')}
    ${streams.map((name) => `saved('${name}', {}); status('${name}', 'COMPLETE');`).join('\n')}`;
  bench.connector(`record('things', { repository_id: 1, id: 1 }); ${script}`);
  const catalog = bench.catalog(...streams.map((name) => configured({ ...things, name })));
  const left = 'could not be read, and is left out of this sync';
  const warnings = [
    'WARN   things: pull request 1 of WEB/app, and 1,244 more, could not be read, and are left out of this sync: GET /rest/pull-requests/1.diff: the answer was 404 (no 1 here)',
    `WARN   things, others: repository MOB/gateway ${left}: GET /rest/repository/MOB/gateway: the answer was 404 (gone)`,
    `WARN   others: pull request 7 of WEB/app ${left}: GET /rest/pull/request/7/of/WEB/app: the answer was 404 (gone)`,
    `WARN   others: pull request 8 of WEB/app ${left}: GET /rest/pull/request/8/of/WEB/app: the answer was 500`,
  ];
  const sync = async () => {
    bench.printed = '';
    expect(await bench.sync({ verbose: false, catalog })).toBe(0);
    expect(bench.printed.match(/WARN {2}.*/g)).toEqual(warnings);
    return bench.printed;
  };
  expect(await sync()).toMatch(/^1 row in [\d.]+ s into \S+; not all could be read\.$/m);
  expect(await sync()).toMatch(/^Nothing has changed in what could be read; 1 row was read again \([\d.]+ s\)\.$/m);
  bench.connector(`record('things', { repository_id: 1, id: 2 }); ${script}`);
  expect(await sync()).toMatch(/\(1 row, [\d.]+ s\); not all could be read\.$|^1 row changed in .*; not all could be read\.$/m);
});

test('lines that are no messages are shown, as is stderr, and the rows around them arrive', async () => {
  bench.connector(`record('things', { repository_id: 1, id: 1 });
    fs.writeSync(1, 'Hello from a library\\n\\n{"type":"NONSENSE"}\\n[1]\\n{"type":"RECORD"}\\n');
    fs.writeSync(2, 'a stack trace\\n');
    record('things', { repository_id: 1, id: 2 }); ${DONE}
    fs.writeSync(1, '{"type":"RECORD","record":{"stream":"things","da');`);
  await bench.sync();
  for (const line of [
    'Hello from a library',
    '{"type":"NONSENSE"}',
    '[1]',
    '{"type":"RECORD"}',
    '{"type":"RECORD","record":{"stream":"things","da',
  ]) {
    expect(bench.printed).toContain(`WARN   The connector wrote a line that is no Airbyte message: ${line}\n`);
  }
  expect(bench.printed).toMatch(/ERROR {2}a stack trace$/m);
  expect(await bench.rows('SELECT id FROM things ORDER BY id')).toEqual([{ id: '1' }, { id: '2' }]);
});

test('a message without a line end at the very end counts', async () => {
  bench.connector(
    `fs.writeSync(1, JSON.stringify({ type: 'RECORD', record: { stream: 'things', emitted_at: 1, data: { repository_id: 1, id: 1 } } }));`,
  );
  await bench.sync();
  expect(await bench.rows('SELECT id FROM things')).toEqual([{ id: '1' }]);
});

test('a secret of the configuration is masked wherever it turns up', async () => {
  bench.connector(
    `log('INFO', 'logging in as bob with s3cr3t/word or s3cr3t%2Fword'); fs.writeSync(1, 's3cr3t/word\\n'); fs.writeSync(2, 's3cr3t/word\\n'); ${DONE}`,
  );
  await bench.sync();
  expect(bench.printed).toContain('logging in as bob with **** or ****');
  expect(bench.printed).not.toContain('s3cr3t');
});

test('the summary says for each stream how it ended, and where the rows are', async () => {
  bench.connector(
    `status('things', 'STARTED'); for (let id = 0; id < 1234; id++) record('things', { repository_id: 1, id }); ${DONE}`,
  );
  await bench.sync({ catalog: bench.catalog(configured(things), configured({ ...things, name: 'others' })) });
  expect(bench.printed).toMatch(/^stream +status +records +seconds$/m);
  expect(bench.printed).toMatch(/^things +complete +1,234 +\d+\.\d$/m);
  expect(bench.printed).toMatch(/^others +not started +0 +0\.0$/m);
  expect(bench.printed).toContain(bench.database);
});

test('the summary tells how much is gone, where anything is', async () => {
  bench.connector(
    `status('things', 'STARTED'); record('things', { repository_id: 1, id: 1 }); record('things', { repository_id: 1, id: 2, deleted_at: '2026-01-01T00:00:00.000Z' }); ${DONE}`,
  );
  await bench.sync();
  expect(bench.printed).toMatch(/^stream +status +records +gone +seconds$/m);
  expect(bench.printed).toMatch(/^things +complete +2 +1 +\d+\.\d$/m);
});

test('on a terminal the streams’ lines are redrawn in place and log lines stay above them', async () => {
  bench.connector(`status('things', 'STARTED'); write({ type: 'TRACE', trace: { type: 'ESTIMATE', emitted_at: 1.0, estimate: { name: 'things', type: 'STREAM', row_estimate: 4 } } });
    record('things', { repository_id: 1, id: 1 }); log('INFO', 'half way'); record('things', { repository_id: 1, id: 2 }); log('INFO', 'further'); setTimeout(() => { ${DONE} }, 500);`);
  await bench.sync({ isTerminal: true });
  expect(bench.printed).toMatch(/things +started +█{10}░{10} +2 of about 4 rows/);
  expect(bench.printed).toContain('\u001b[1A\r\u001b[0J');
  expect(screenOf(bench.printed)).toMatch(/half way\n.*further\nthings +complete +█{20} +2 rows.*\n\nstream +status/);
});

test('a stream that was under way when the connector ended was cut off', async () => {
  bench.connector("status('things', 'RUNNING'); record('things', { repository_id: 1, id: 1 }); process.exitCode = 1;");
  await bench.sync();
  expect(bench.printed).toMatch(/^things +cut off +1 /m);
  expect(bench.printed).toContain('The sync has failed: what came before that is kept');
});

test('a first sync that was cut off is still the first when it goes on, and the next one is not', async () => {
  const catalog = bench.catalog(configured(things));
  const next = async (script: string) => {
    bench.printed = '';
    bench.connector(script);
    await bench.sync({ verbose: false, catalog });
    return bench.printed;
  };
  expect(
    await next("record('things', { repository_id: 1, id: 1 }); saved('things', { n: 1 }); process.exitCode = 1;"),
  ).not.toContain('Next:');
  expect(await next(`record('things', { repository_id: 1, id: 2 }); ${DONE}`)).toMatch(/^1 row in [\s\S]*Next:/m);
  expect(await next(DONE)).toMatch(/^Nothing has changed/);
});

test('a stream that comes to a file later is not told as changes', async () => {
  const others = { ...things, name: 'others' };
  const next = async (script: string, ...streams: object[]) => {
    bench.printed = '';
    bench.connector(script);
    await bench.sync({ verbose: false, catalog: bench.catalog(...streams.map((stream) => configured(stream as typeof things))) });
    return bench.printed;
  };
  const others2 = `for (const id of [1, 2]) record('others', { repository_id: 1, id, title: String(process.pid) }); saved('others', {}); status('others', 'COMPLETE');`;
  await next(`record('things', { repository_id: 1, id: 1 }); saved('things', {}); ${DONE}`, things);
  expect(await next(`${DONE} ${others2}`, things, others)).toMatch(/^2 rows in \d+\.\d s, for the first time others 2\.$/m);
  expect(await next(`record('things', { repository_id: 1, id: 2 }); ${DONE} ${others2}`, things, others)).toMatch(
    /^3 rows changed in \d+\.\d s: things 1, others 2\.$/m,
  );
});

test('what comes of a stream that was never read to its end is no change', async () => {
  const others = { ...things, name: 'others' };
  const next = async (script: string, ...streams: object[]) => {
    bench.printed = '';
    bench.connector(script);
    await bench.sync({ verbose: false, catalog: bench.catalog(...streams.map((stream) => configured(stream as typeof things))) });
    return bench.printed;
  };
  const begun = `${DONE} record('others', { repository_id: 1, id: 1 }); saved('others', {}); process.exitCode = 1;`;
  await next(begun, things, others);
  await next(DONE, things);
  const ended = `record('things', { repository_id: 1, id: 1, title: String(process.pid) }); ${DONE} record('others', { repository_id: 1, id: 2, title: String(process.pid) }); saved('others', {}); status('others', 'COMPLETE');`;
  expect(await next(ended, things, others)).toMatch(/^2 rows in \d+\.\d s: changed things 1; for the first time others 1\.$/m);
  expect(await next(ended, things, others)).toMatch(/^2 rows changed in \d+\.\d s: things 1, others 1\.$/m);
});

test('what a look at the server says that was cut short is no finding', async () => {
  const controller = new AbortController();
  bench.connector(DONE);
  const preflight = () => {
    controller.abort();
    return Promise.resolve({ succeeded: false, message: 'server_unavailable: too slow', mayPass: true } as const);
  };
  expect(await bench.sync({ signal: controller.signal, preflight })).toBe(143);
  expect(bench.printed).toBe('Stopped: nothing was read.\n');
});

test('a reader who goes away does not end the sync', async () => {
  bench.connector(
    `log('INFO', 'x'); setTimeout(() => { log('INFO', 'y'); record('things', { repository_id: 1, id: 1 }); ${DONE} }, 300);`,
  );
  const output = new Writable({ write: (_chunk, _encoding, done) => done(new Error('write EPIPE')) });
  expect(await bench.sync({ output })).toBe(0);
  expect(await bench.rows('SELECT id FROM things')).toHaveLength(1);
});

test('elsewhere there is no escape sequence', async () => {
  bench.connector(`status('things', 'STARTED'); log('INFO', 'x'); ${DONE}`);
  await bench.sync();
  expect(bench.printed).not.toContain('\u001b');
});

describe('a failure of its own is one sentence with the remedy, and exit code 1:', () => {
  const failure = async (options: Parameters<Bench['sync']>[0] = {}): Promise<string> => {
    bench.connector(DONE);
    expect(await bench.sync(options)).toBe(1);
    expect(bench.printed).toMatch(/^\d\d:\d\d:\d\d {2}ERROR {2}[^\n]+\n$/);
    expect(bench.printed).not.toContain('    at ');
    return bench.printed;
  };

  test('no such configuration', async () => {
    expect(await failure({ config: '/nowhere/config.json' })).toContain(
      'invalid_config: --config: /nowhere/config.json cannot be read (ENOENT): there is no such file.',
    );
  });

  test('a configuration that is a directory', async () => {
    expect(await failure({ config: '/' })).toContain('--config: / cannot be read (EISDIR): it is a directory.');
  });

  test('a configuration that is no JSON, without quoting it', async () => {
    writeFileSync(bench.config, '{"password": "hunter2",,}');
    const printed = await failure();
    expect(printed).toMatch(/invalid_config: --config: \S+ is not JSON\. In line 1, column/);
    expect(printed).not.toContain('hunter2');
  });

  test('a catalog without streams', async () => {
    expect(await failure({ catalog: bench.catalog() })).toContain('The catalog selects no stream');
  });

  test('a catalog entry without a schema', async () => {
    expect(await failure({ catalog: bench.catalog({ stream: { name: 'things' } }) })).toContain('Stream 1 of the catalog');
  });

  test('a database in a folder that is not there', async () => {
    expect(await failure({ database: join(bench.folder, 'no/such/folder/x.duckdb') })).toContain('check that its folder exists');
  });

  test('a file that is no database', async () => {
    writeFileSync(bench.database, 'x'.repeat(20_000));
    expect(await failure()).toMatch(/cannot be used as a DuckDB database: give another file with --database/);
  });

  test.each(['csv', 'json', 'parquet'])('a file of %s, which DuckDB would open as a view of it', async (ending) => {
    const database = join(bench.folder, `rows.${ending}`);
    writeFileSync(database, ending === 'json' ? '{"a": 1}\n' : 'a,b\n1,2\n');
    expect(await failure({ database })).toMatch(/DuckDB database: give another file with --database/);
    expect(readFileSync(database, 'utf8')).toHaveLength(ending === 'json' ? 9 : 8);
  });

  test('a database that another process has open', async () => {
    const other = join(bench.folder, 'holder.js');
    writeFileSync(
      other,
      `require(${JSON.stringify(require.resolve('@duckdb/node-api'))}).DuckDBInstance.create(process.argv[2]).then(() => { console.log('open'); setInterval(() => {}, 1000); });`,
    );
    const holder = spawn(process.execPath, [other, bench.database], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    try {
      expect(await failure()).toContain(
        `is open in another process (PID ${holder.pid}): if that is a sync, wait for its end; else close it there`,
      );
    } finally {
      holder.kill('SIGKILL');
      await once(holder, 'close');
    }
  });
});

test('a connector that cannot say what it has ends the sync with its exit code', async () => {
  bench.connector(
    "write({ type: 'TRACE', trace: { type: 'ERROR', emitted_at: 1.0, error: { message: 'server_url: expected a URL' } } }); process.exitCode = 1;",
  );
  expect(await bench.sync({ catalog: undefined })).toBe(1);
  expect(bench.printed).toMatch(/ERROR {2}server_url: expected a URL/);
});

/** What a terminal would show: the redrawing of lines carried out. */
function screenOf(printed: string): string {
  const lines = [''];
  // eslint-disable-next-line no-control-regex -- these are what is replayed
  for (const part of printed.split(/(\u001b\[\d+A\r\u001b\[0J|\n)/)) {
    // eslint-disable-next-line no-control-regex
    const up = /^\u001b\[(\d+)A/.exec(part)?.[1];
    if (up !== undefined) lines.splice(lines.length - 1 - Number(up), Number(up) + 1, '');
    else if (part === '\n') lines.push('');
    else lines.push((lines.pop() ?? '') + part);
  }
  return lines.join('\n');
}

import './without-views';
import { Bench, configured, things } from './fake-connector';

let bench: Bench;
beforeEach(() => (bench = new Bench()));
afterEach(() => bench.remove());

const DONE = "saved('things', { n: 1 }); status('things', 'COMPLETE');";

test('every type of column arrives as what it is', async () => {
  bench.connector(`status('things', 'STARTED');
    record('things', { repository_id: 1, id: 9007199254740991, title: 'a "quoted" ünïcode 🙂 title', score: 1.5, open: true,
      author: { name: 'x', nested: [1, null] }, tags: ['a', 'b'], updated_date: '2026-08-19T17:27:55.266Z', deleted_at: null }, 1700000000123);
    ${DONE}`);
  expect(await bench.sync()).toBe(0);
  expect(
    await bench.rows(
      'SELECT * REPLACE (updated_date::VARCHAR AS updated_date, _extracted_at::VARCHAR AS _extracted_at) FROM things',
    ),
  ).toEqual([
    {
      repository_id: '1',
      id: '9007199254740991',
      title: 'a "quoted" ünïcode 🙂 title',
      score: 1.5,
      open: true,
      author: '{"name":"x","nested":[1,null]}',
      tags: '["a","b"]',
      updated_date: '2026-08-19 17:27:55.266+00',
      deleted_at: null,
      _extracted_at: '2023-11-14 22:13:20.123+00',
    },
  ]);
  expect(
    await bench.rows("SELECT data_type FROM information_schema.columns WHERE table_name = 'things' ORDER BY ordinal_position"),
  ).toEqual(
    [
      'BIGINT',
      'BIGINT',
      'VARCHAR',
      'DOUBLE',
      'BOOLEAN',
      'JSON',
      'JSON',
      'TIMESTAMP WITH TIME ZONE',
      'TIMESTAMP WITH TIME ZONE',
      'TIMESTAMP WITH TIME ZONE',
    ].map((data_type) => ({ data_type })),
  );
});

test('every string and every number that is valid JSON is loaded, with all its digits', async () => {
  const texts = [
    'NUL \\u0000 in it',
    'half \\ud83d a pair \\ude42',
    'all \\u2028 \\u0085 \\u001b \\ufffe \\uffff',
    '\\\\u0000 written out',
    '\\ud83d\\ude42',
  ];
  const rows = texts.map((text, index) => `{"repository_id":1,"id":${index},"title":"${text}","author":{"${text}":["${text}"]}}`);
  rows.push(
    '{"repository_id":9223372036854775807,"id":-9007199254740993,"author":{"n":[12345678901234567890123,9007199254740993,"9007199254740993"]}}',
  );
  rows.push(`{"repository_id":2,"id":2,"author":${'{"comments":['.repeat(400)}${']}'.repeat(400)}}`);
  bench.connector(
    `for (const data of ${JSON.stringify(rows)}) fs.writeSync(1, '{"type":"RECORD","record":{"stream":"things","emitted_at":1,"data":' + data + '}}\\n'); ${DONE}`,
  );
  expect(await bench.sync()).toBe(0);
  const loaded = await bench.rows('SELECT repository_id, id, title, author FROM things ORDER BY repository_id, id');
  const safe = [
    'NUL \ufffd in it',
    'half \ufffd a pair \ufffd',
    'all \u2028 \u0085 \u001b \ufffe \uffff',
    '\\u0000 written out',
    '🙂',
  ];
  expect(loaded.slice(0, 5).map(({ title, author }) => [title, JSON.parse(String(author))])).toEqual(
    safe.map((text) => [text, { [text]: [text] }]),
  );
  expect(loaded[5]?.id).toBe('2');
  expect(loaded[6]).toMatchObject({
    repository_id: '9223372036854775807',
    id: '-9007199254740993',
    author: '{"n":[12345678901234567890123,9007199254740993,"9007199254740993"]}',
  });
});

test('a column says what the schema says of it', async () => {
  const properties = { ...things.json_schema.properties, title: { type: 'string', description: "What it's called." } };
  bench.connector(DONE);
  await bench.sync({ catalog: bench.catalog(configured({ ...things, json_schema: { properties } })) });
  expect(
    await bench.rows("SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'things' AND comment IS NOT NULL"),
  ).toEqual([
    { column_name: 'title', comment: "What it's called." },
    { column_name: '_extracted_at', comment: 'When the connector read the row.' },
  ]);
});

test('a column of a table that was there before says it, too', async () => {
  bench.connector(DONE);
  await bench.sync({ catalog: bench.catalog(configured(things)) });
  const properties = { ...things.json_schema.properties, title: { type: 'string', description: 'Told later.' } };
  await bench.sync({ catalog: bench.catalog(configured({ ...things, json_schema: { properties } })) });
  expect(await bench.rows("SELECT comment FROM duckdb_columns() WHERE table_name = 'things' AND column_name = 'title'")).toEqual([
    { comment: 'Told later.' },
  ]);
});

test('a column may get another type and a comment in the same sync', async () => {
  bench.connector(`record('things', { repository_id: 1, id: 1, title: '[1]' }); saved('things', {}); ${DONE}`);
  await bench.sync({ catalog: bench.catalog(configured(things)) });
  const properties = { ...things.json_schema.properties, title: { type: 'object', description: 'Wider now.' } };
  bench.connector(DONE);
  expect(await bench.sync({ catalog: bench.catalog(configured({ ...things, json_schema: { properties } })) })).toBe(0);
  expect(
    await bench.rows("SELECT data_type, comment FROM duckdb_columns() WHERE table_name = 'things' AND column_name = 'title'"),
  ).toEqual([{ data_type: 'JSON', comment: 'Wider now.' }]);
});

test('a row that comes again takes the place of the old one, in the same sync and in the next', async () => {
  bench.connector(`record('things', { repository_id: 1, id: 1, title: 'first', score: 1 });
    record('things', { repository_id: 1, id: 1, title: 'second' });
    record('things', { repository_id: 2, id: 1, title: 'another repository' }); ${DONE}`);
  await bench.sync();
  expect(await bench.rows('SELECT repository_id, title, score FROM things ORDER BY 1')).toEqual([
    { repository_id: '1', title: 'second', score: null },
    { repository_id: '2', title: 'another repository', score: null },
  ]);
  bench.connector(`record('things', { repository_id: 1, id: 1, title: 'third' }); ${DONE}`);
  await bench.sync();
  expect(await bench.rows('SELECT title FROM things ORDER BY repository_id')).toEqual([
    { title: 'third' },
    { title: 'another repository' },
  ]);
});

test('a tombstone marks the row as deleted and leaves the rest of it as it was', async () => {
  bench.connector(`record('things', { repository_id: 1, id: 1, title: 'kept', open: true, updated_date: '2026-01-01T00:00:00.000Z' });
    record('things', { repository_id: 1, id: 2, title: 'alive', updated_date: '2026-01-01T00:00:00.000Z' }); ${DONE}`);
  await bench.sync();
  bench.connector(
    `record('things', { repository_id: 1, id: 1, title: null, open: null, updated_date: '2026-02-02T00:00:00.000Z', deleted_at: '2026-02-02T00:00:00.000Z' }); ${DONE}`,
  );
  await bench.sync();
  expect(
    await bench.rows(
      'SELECT id, title, open, updated_date::VARCHAR AS updated_date, deleted_at::VARCHAR AS deleted_at FROM things ORDER BY id',
    ),
  ).toEqual([
    { id: '1', title: 'kept', open: true, updated_date: '2026-02-02 00:00:00+00', deleted_at: '2026-02-02 00:00:00+00' },
    { id: '2', title: 'alive', open: null, updated_date: '2026-01-01 00:00:00+00', deleted_at: null },
  ]);
  expect(bench.printed).toMatch(/things +complete +1 +1 /);
});

test('a tombstone without a row is loaded as it is, and without a cursor it keeps the row’s', async () => {
  bench.connector(
    `record('things', { repository_id: 1, id: 1, title: 'kept', updated_date: '2026-01-01T00:00:00.000Z' }); ${DONE}`,
  );
  await bench.sync();
  bench.connector(`record('things', { repository_id: 1, id: 1, updated_date: null, deleted_at: '2026-02-02T00:00:00.000Z' });
    record('things', { repository_id: 1, id: 7, deleted_at: '2026-02-02T00:00:00.000Z' }); ${DONE}`);
  await bench.sync();
  expect(
    await bench.rows(
      'SELECT id, title, updated_date::VARCHAR AS updated_date, deleted_at IS NOT NULL AS gone FROM things ORDER BY id',
    ),
  ).toEqual([
    { id: '1', title: 'kept', updated_date: '2026-01-01 00:00:00+00', gone: true },
    { id: '7', title: null, updated_date: null, gone: true },
  ]);
});

test('rows and tombstones of one key in one batch end as the last of them says', async () => {
  bench.connector(`const row = (id, title) => record('things', { repository_id: 1, id, title, updated_date: '2026-01-01T00:00:00.000Z' });
    const gone = (id) => record('things', { repository_id: 1, id, updated_date: '2026-02-02T00:00:00.000Z', deleted_at: '2026-02-02T00:00:00.000Z' });
    row(1, 'row, tombstone'); gone(1);
    gone(2); row(2, 'tombstone, row');
    row(3, 'a'); gone(3); row(3, 'row, tombstone, row'); ${DONE}`);
  await bench.sync();
  expect(await bench.rows('SELECT title, deleted_at IS NOT NULL AS gone FROM things ORDER BY id')).toEqual([
    { title: 'row, tombstone', gone: true },
    { title: 'tombstone, row', gone: false },
    { title: 'row, tombstone, row', gone: false },
  ]);
});

test('a row that comes back after its tombstone is whole again', async () => {
  bench.connector(`record('things', { repository_id: 1, id: 1, deleted_at: '2026-02-02T00:00:00.000Z' }); ${DONE}`);
  await bench.sync();
  bench.connector(`record('things', { repository_id: 1, id: 1, title: 'back', deleted_at: null }); ${DONE}`);
  await bench.sync();
  expect(await bench.rows('SELECT title, deleted_at FROM things')).toEqual([{ title: 'back', deleted_at: null }]);
});

test('a stream without a key only grows', async () => {
  const events = {
    name: 'events',
    json_schema: { properties: { text: { type: 'string' } } },
    supported_sync_modes: ['incremental'],
  };
  bench.connector(
    "record('events', { text: 'same' }); record('events', { text: 'same' }); saved('events', {}); status('events', 'COMPLETE');",
  );
  const catalog = bench.catalog(configured(events));
  await bench.sync({ catalog });
  await bench.sync({ catalog });
  expect(await bench.rows('SELECT text FROM events')).toHaveLength(4);
});

test('a column that a later catalog has is added, and the old rows have null there', async () => {
  bench.connector(`record('things', { repository_id: 1, id: 1 }); ${DONE}`);
  await bench.sync();
  const properties = {
    ...things.json_schema.properties,
    added: { type: ['null', 'string'] },
    score: { type: ['null', 'string'] },
  };
  bench.connector(`record('things', { repository_id: 1, id: 2, added: 'new', score: 'high' }); ${DONE}`);
  await bench.sync({ catalog: bench.catalog(configured({ ...things, json_schema: { properties } })) });
  expect(await bench.rows('SELECT id, added, score FROM things ORDER BY id')).toEqual([
    { id: '1', added: null, score: null },
    { id: '2', added: 'new', score: 'high' },
  ]);
});

test('without a catalog everything that discover finds is synced, incrementally and deduplicated', async () => {
  bench.connector(`if (args[0] === 'discover') {
      log('INFO', 'looking around');
      write({ type: 'CATALOG', catalog: { streams: [${JSON.stringify(things)}] } });
    } else {
      const { streams } = JSON.parse(fs.readFileSync(option('--catalog'), 'utf8'));
      record('things', { repository_id: 1, id: 1, title: [streams[0].sync_mode, streams[0].destination_sync_mode, streams[0].cursor_field, streams.length].join() }); ${DONE}
    }`);
  expect(await bench.sync({ catalog: undefined })).toBe(0);
  expect(bench.calls.map(({ args }) => args[0])).toEqual(['discover', 'read']);
  expect(await bench.rows('SELECT title FROM things')).toEqual([{ title: 'incremental,append_dedup,updated_date,1' }]);
});

test('a hundred thousand rows with states in between arrive once each, without a batch growing with them', async () => {
  bench.connector(`let out = '';
    for (let id = 0; id < 100000; id++) {
      out += JSON.stringify({ type: 'RECORD', record: { stream: 'things', emitted_at: 1, data: { repository_id: id % 7, id: id % 90000, title: 'row ' + id } } }) + '\\n';
      if (id % 1000 === 999) { fs.writeSync(1, out); out = ''; saved('things', { id }); }
    }
    ${DONE}`);
  expect(await bench.sync()).toBe(0);
  expect(await bench.rows('SELECT count(*) AS n, count(DISTINCT (repository_id, id)) AS keys FROM things')).toEqual([
    { n: '100000', keys: '100000' },
  ]);
  expect(bench.printed).toContain('100,000');
});

test('a value that does not fit its column becomes null, with a warning, and the rest of the row arrives', async () => {
  bench.connector(
    `record('things', { repository_id: 1, id: 1, score: 'much', open: 1, updated_date: 'yesterday', title: 'here' }); ${DONE}`,
  );
  expect(await bench.sync()).toBe(0);
  expect(await bench.rows('SELECT title, score, open, updated_date FROM things')).toEqual([
    { title: 'here', score: null, open: null, updated_date: null },
  ]);
  expect(bench.printed).toMatch(/WARN +things\.score: 1 values did not fit/);
});

test('a column that the schema does not declare is named once and not loaded', async () => {
  bench.connector(`for (let id = 0; id < 3; id++) record('things', { repository_id: 1, id, hunks: [] }); ${DONE}`);
  await bench.sync();
  expect(bench.printed.match(/things\.hunks is not in the stream's schema/g)).toHaveLength(1);
});

test('a record without its key ends the sync with the reason', async () => {
  bench.connector(`record('things', { repository_id: 1, title: 'no id' }); forever();`);
  expect(await bench.sync()).toBe(1);
  expect(bench.printed).toMatch(/ERROR +A record of things has no usable id/);
});

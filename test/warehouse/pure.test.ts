import { configureAll, targetsOf } from '../../src/warehouse/catalog';
import { columnType, toValue } from '../../src/warehouse/columns';
import { parseLine } from '../../src/warehouse/messages';
import { openOnes, pullRequestsCount } from '../../src/warehouse/outside';
import { secretMask } from '../../src/warehouse/secrets';
import {
  describe as describeTally,
  widthsOf,
  newTally,
  noteCount,
  noteEstimate,
  noteRecord,
  noteStatus,
  secondsOf,
  shareDone,
  summary,
} from '../../src/warehouse/tally';
import { configured, things } from './fake-connector';

describe('columns', () => {
  test.each([
    [{ type: 'integer' }, 'BIGINT'],
    [{ type: ['null', 'number'] }, 'DOUBLE'],
    [{ type: ['boolean', 'null'] }, 'BOOLEAN'],
    [{ type: 'string', format: 'date-time', airbyte_type: 'timestamp_with_timezone' }, 'TIMESTAMPTZ'],
    [{ type: 'string', format: 'date' }, 'VARCHAR'],
    [{ type: ['null', 'object'] }, 'JSON'],
    [{ type: 'array' }, 'JSON'],
    [{ type: ['string', 'integer'] }, 'JSON'],
    [{ oneOf: [] }, 'JSON'],
    [true, 'JSON'],
  ])('of schema %j are %s', (schema, type) => expect(columnType(schema)).toBe(type));

  test.each([
    ['1970-01-01T00:00:00.001Z', 1000n],
    ['1970-01-01T01:00:00+01:00', 0n],
    ['1970-01-01T00:00:00.1234567Z', 123456n],
    ['1970-01-01 00:00:01', 1_000_000n],
    ['1969-12-31T23:59:59.999Z', -1000n],
    ['2026-13-01T00:00:00Z', undefined],
    ['1', undefined],
  ])('hold the instant %s as %s microseconds', (instant, expected) => expect(toValue('TIMESTAMPTZ', instant)).toBe(expected));

  test('hold null for null and for what is absent, never for false, zero or an empty text', () => {
    expect(toValue('JSON', undefined)).toBeNull();
    expect(toValue('JSON', null)).toBeNull();
    expect(toValue('BOOLEAN', false)).toBe(false);
    expect(toValue('BIGINT', 0)).toBe(0n);
    expect(toValue('VARCHAR', '')).toBe('');
  });

  test('refuse an integer that JSON has already rounded', () => expect(toValue('BIGINT', 2 ** 53)).toBeUndefined());
});

describe('catalogs', () => {
  test('the table of a stream in a namespace carries both names', () => {
    const [target] = targetsOf({ streams: [configured({ ...things, namespace: 'eu' })] });
    expect(target).toMatchObject({
      id: 'eu.things',
      table: 'eu_things',
      key: ['repository_id', 'id'],
      cursor: 'updated_date',
      mode: 'upsert',
    });
  });

  test('nulls stand for absent, as Airbyte’s own tools write them', () => {
    const [target] = targetsOf({
      streams: [configured({ ...things, namespace: null }, { cursor_field: null, primary_key: null, generation_id: null })],
    });
    expect(target).toMatchObject({ id: 'things', cursor: 'updated_date', mode: 'upsert' });
  });

  test('a key that the catalog configures serves where the source defines none', () => {
    const [target] = targetsOf({
      streams: [configured({ ...things, source_defined_primary_key: null }, { primary_key: [['id']] })],
    });
    expect(target?.key).toEqual(['id']);
  });

  test('a key that is no column, and a stream selected twice, are named', () => {
    expect(() => targetsOf({ streams: [configured({ ...things, source_defined_primary_key: [['nope']] })] })).toThrow(
      'names nope',
    );
    expect(() => targetsOf({ streams: [configured(things), configured(things)] })).toThrow('selects things twice');
  });

  test('a stream that can only be refreshed as a whole is overwritten', () => {
    expect(configureAll({ streams: [{ ...things, supported_sync_modes: ['full_refresh'] }] })).toMatchObject({
      streams: [{ sync_mode: 'full_refresh', destination_sync_mode: 'overwrite' }],
    });
  });
});

describe('messages', () => {
  test.each([
    '',
    'null',
    '1',
    '[]',
    '{}',
    '{"type":"RECORD"}',
    '{"type":"RECORD","record":{"stream":"x","data":null,"emitted_at":1}}',
    '{"type":"STATE","state":{"data":{}}}',
    '{"type":"TRACE","trace":{"type":"STREAM_STATUS"}}',
  ])('%p is no message that could be acted upon', (line) => expect(parseLine(line)).toEqual({ type: 'GARBAGE', line }));

  test('an empty namespace is none', () => {
    expect(parseLine('{"type":"RECORD","record":{"stream":"x","namespace":"","data":{},"emitted_at":1}}')).toMatchObject({
      stream: { name: 'x', namespace: null },
    });
  });

  test('a rate limit is told from other reasons', () => {
    const status = (reasons: unknown) =>
      parseLine(
        JSON.stringify({
          type: 'TRACE',
          trace: { type: 'STREAM_STATUS', stream_status: { stream_descriptor: { name: 'x' }, status: 'RUNNING', reasons } },
        }),
      );
    expect(status([{ type: 'RATE_LIMITED' }])).toMatchObject({ rateLimited: true });
    expect(status([])).toMatchObject({ rateLimited: false });
  });
});

describe('secrets', () => {
  test('are what fields named as such hold, at any depth, and passwords in URLs', () => {
    const mask = secretMask({
      credentials: { auth_type: 'token', token: 'tok-1' },
      webhook_secret: 'hook"1',
      webhook_inbox: 'postgres://user:p%40ss@host/db',
      server_url: 'http://host:7990/',
    });
    expect(mask('token tok-1 hook"1 hook\\"1 p@ss p%40ss host:7990')).toBe('token **** **** **** **** **** host:7990');
  });
});

describe('tallies', () => {
  test('show how far a stream is, and something that moves where nobody knows', () => {
    const tally = newTally('x');
    noteStatus(tally, 'RUNNING', false, 0);
    expect(describeTally(tally, 0, widthsOf([tally]), 80)).toContain('▒▒▒▒▒░░░░░░░░░░░░░░░');
    expect(describeTally(tally, 400, widthsOf([tally]), 80)).toContain('░░▒▒▒▒▒░░░░░░░░░░░░░');
    noteRecord(tally, false, 0);
    tally.estimate = 2;
    expect(describeTally(tally, 1000, widthsOf([tally]), 80)).toMatch(
      /^x {2}running {7}█{10}░{10} {2}1 of about 2 rows +1 rows\/s$/,
    );
    noteStatus(tally, 'RUNNING', true, 0);
    expect(describeTally(tally, 1000, widthsOf([tally]), null)).toMatch(/^x {2}rate limited {2}1 of about 2 rows +1 rows\/s$/);
  });

  test('know how far all is where rows were counted, and trust a count more than a guess', () => {
    const [one, other, guessed] = [newTally('a'), newTally('b'), newTally('c')];
    noteCount(one, 100, 10);
    noteEstimate(one, 5);
    noteCount(other, 30, 30);
    noteEstimate(guessed, 1000);
    expect(shareDone([guessed])).toBeNull();
    for (let n = 0; n < 50; n++) noteRecord(one, false, 0);
    expect(shareDone([one, other, guessed])).toBe(0.125);
    noteStatus(one, 'COMPLETE', false, 0);
    expect(shareDone([one, other, guessed])).toBe(0.25);
  });

  test('measure a stream from its first sign of life to its end', () => {
    const tally = newTally('x');
    noteStatus(tally, 'STARTED', false, 1000);
    noteRecord(tally, true, 2000);
    noteStatus(tally, 'COMPLETE', false, 3500);
    expect(secondsOf(tally, 99_999)).toBe(2.5);
    expect(summary([tally], 99_999).at(-1)).toMatch(/^x +complete +1 +1 +2\.5$/);
  });
});

describe('pull requests that start_date leaves out', () => {
  const startDate = Date.parse('2026-11-20T00:00:00Z');
  test.each([
    [{ pullRequests: 1, open: 0, startDate }, '1 pull request last updated before 2026-11-20', ''],
    [{ pullRequests: 1, open: 1, startDate }, '1 pull request last updated before 2026-11-20', ', an open one'],
    [{ pullRequests: 2400, open: 1200, startDate }, '2,400 pull requests last updated before 2026-11-20', ', 1,200 of them open'],
    [{ pullRequests: 2, open: 2, startDate }, '2 pull requests last updated before 2026-11-20', ', all of them open'],
    [
      { pullRequests: 2, open: 0, startDate: startDate + 3_600_000 },
      '2 pull requests last updated before 2026-11-20 01:00 UTC',
      '',
    ],
  ])('are named as people say it: %j', (left, count, open) =>
    expect([pullRequestsCount(left), openOnes(left)]).toEqual([count, open]),
  );
});

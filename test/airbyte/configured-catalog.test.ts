import { ConfigError } from '../../src/config/config';
import { streams } from '../../src/streams';
import { parseCatalog } from '../../src/airbyte/configured-catalog';

const entry = (name: unknown, over: object = {}, stream: object = {}) => ({
  stream: { name, json_schema: {}, ...stream },
  sync_mode: 'incremental',
  ...over,
});
const parse = (entries: unknown[], states = new Map()) => parseCatalog({ streams: entries }, streams, states);

it('selects streams in its own order, with their mode and state', () => {
  const { selected, unknown } = parse(
    [entry('users'), entry('projects', { sync_mode: 'full_refresh' })],
    new Map([['projects', { a: 1 }]]),
  );
  expect(selected.map(({ stream, syncMode, state }) => [stream.name, syncMode, state])).toEqual([
    ['users', 'incremental', null],
    ['projects', 'full_refresh', { a: 1 }],
  ]);
  expect(unknown).toEqual([]);
});

it('keeps the namespace under which a stream is to be told of; null and an empty one are none', () => {
  const { descriptors } = parse([
    entry('users', {}, { namespace: 'git' }),
    entry('projects', {}, { namespace: null }),
    entry('repositories', {}, { namespace: '' }),
  ]);
  expect([...descriptors.values()]).toEqual([
    { name: 'users', namespace: 'git' },
    { name: 'projects' },
    { name: 'repositories' },
  ]);
});

const discovered = [{ name: 'users', json_schema: {}, supported_sync_modes: ['full_refresh', 'incremental'] }];
it.each([
  ['a message', { type: 'CATALOG', catalog: { streams: discovered } }],
  ['a catalog alone', { streams: discovered }],
])('says of what discover prints, %s, what it is, what makes a configured one of it, and who takes it as it is', (_, raw) => {
  expect(() => parseCatalog(raw, streams, new Map())).toThrow(
    /^The catalog is what `discover` prints, not a configured one: read takes .*"sync_mode": "incremental".* A platform makes that of it, and `sync --catalog` takes it as it is\.$/,
  );
  expect(() => parseCatalog(raw, streams, new Map())).toThrow(ConfigError);
});

it('reads a stream that is named twice once', () => {
  expect(parse([entry('users'), entry('users', { sync_mode: 'full_refresh' })]).selected).toHaveLength(1);
});

it.each([
  [entry('users', {}, { namespace: 'eu' }), entry('users', {}, { namespace: 'us' })],
  [entry('users'), entry('users', {}, { namespace: 'us' })],
  [entry('users', {}, { namespace: 'us' }), entry('users', {}, { namespace: null })],
])('refuses a stream under two namespaces: %j', (...entries) => {
  expect(() => parse([entry('projects'), ...entries])).toThrow(ConfigError);
  expect(() => parse(entries)).toThrow(/selects users twice, under two namespaces \(.*"us"/);
});

it.each([
  [entry('wikis'), /no stream "wikis".*projects, repositories, users/],
  [entry('users', { sync_mode: 'INVALID' }), /sync_mode of users must be/],
  [entry('users', { sync_mode: null }), /sync_mode of users must be/],
  [entry(undefined), /no stream ""/],
  [entry(7), /no stream ""/],
  [{}, /no stream ""/],
  [null, /no stream ""/],
  [{ stream: 'users', sync_mode: 'incremental' }, /no stream ""/],
])('says what is wrong with an entry, and selects the others: %j', (wrong, message) => {
  const { selected, unknown } = parse([wrong, entry('projects')]);
  expect(selected.map(({ stream }) => stream.name)).toEqual(['projects']);
  expect(unknown).toHaveLength(1);
  expect(unknown[0]?.message).toMatch(message);
});

it.each([null, [], 'text', {}, { streams: null }, { streams: {} }])('that is none at all is an error: %j', (raw) => {
  expect(() => parseCatalog(raw, streams, new Map())).toThrow(ConfigError);
});

import { readFileSync } from 'node:fs';
import { describeState, stateLines } from '../../src/commands/state-report';

it('tells what a state remembers of each stream', () => {
  const states = [
    {
      type: 'STREAM',
      stream: {
        stream_descriptor: { name: 'users' },
        stream_state: { version: 2, full_refresh: 'running', rows: { 1: ['a', 'b'], 2: ['c', 'd'] }, packed: 'x'.repeat(200) },
      },
    },
    { type: 'STREAM', stream: { stream_descriptor: { name: 'projects' }, stream_state: null } },
  ];
  const [users, projects] = describeState(states);
  expect(users).toMatchObject({
    stream: 'users',
    fields: { version: 2, full_refresh: 'running' },
    counts: { rows: 2, 'packed (packed, characters)': 200 },
  });
  expect(projects).toEqual({ stream: 'projects', bytes: 4, fields: {}, counts: {} });
  const lines = stateLines(describeState(states));
  expect(lines[0]).toMatch(/^users {5} +\d+ bytes {2}version 2, full_refresh running, rows: 2, /);
  expect(lines.at(-1)).toMatch(/^\d+ bytes in all; Airbyte's server takes 10 MB\.$/);
});

const OF_NO_FORM = 'the saved state is of no form that this version knows: everything is read anew';

it.each([
  ['pull_requests', { foo: 42 }],
  ['pull_requests', { version: 'x', repositories: [1, 2] }],
  ['users', { version: 99, rows: {} }],
  ['commits', 'text'],
])('says in the words of read what it cannot use: %s %j', (stream, state) => {
  const message = { type: 'STREAM', stream: { stream_descriptor: { name: stream }, stream_state: state } };
  const [told] = describeState([message]);
  expect(told).toEqual({ stream, bytes: expect.any(Number), fields: {}, counts: {}, problem: OF_NO_FORM });
  expect(stateLines(describeState([message]))[0]).toMatch(new RegExp(`^${stream} +\\d+ bytes {2}${OF_NO_FORM}$`));
});

it('says of what parts a state is damaged, beside what it remembers', () => {
  const [told] = describeState({ pull_requests: { version: 2, repositories: { 1: 7, 2: 'x' } } });
  const said = '2 parts of the saved state cannot be understood: what they tell of is read anew';
  expect(told).toMatchObject({ counts: { repositories: 2 }, problem: said });
  expect(stateLines(describeState({ pull_requests: { version: 2, repositories: { 1: 7, 2: 'x' } } }))[0]).toMatch(
    new RegExp(`version 2, repositories: 2; ${said}$`),
  );
});

it('finds nothing wrong with what a sync wrote', () => {
  const { cases } = JSON.parse(readFileSync('test_files/states-0.1.0.json', 'utf8')) as {
    cases: Record<string, { states: unknown }>;
  };
  for (const { states } of [...Object.values(cases), { states: { users: {} } }])
    for (const told of describeState(states)) expect(told).not.toHaveProperty('problem');
});

it('counts what lies in a state within a state, and shows no fingerprint', () => {
  const inner = (repositories: number) => ({
    version: 2,
    repositories: Object.fromEntries([...Array(repositories).keys()].entries()),
  });
  const [builds] = describeState({
    builds: { ...inner(3), pull_requests: inner(5), commits: inner(4), settings: 'pITSSuG8i' },
  });
  expect(builds?.counts).toEqual({ repositories: 3, 'pull_requests.repositories': 5, 'commits.repositories': 4 });
});

it('reads the states of 0.1.0', () => {
  const { cases } = JSON.parse(readFileSync('test_files/states-0.1.0.json', 'utf8')) as {
    cases: Record<string, { states: unknown }>;
  };
  for (const { states } of Object.values(cases)) expect(describeState(states).length).toBeGreaterThan(0);
});

it('says where there is none', () => {
  for (const raw of [null, [], {}, 'text', 7])
    expect(stateLines(describeState(raw))).toEqual([expect.stringMatching(/^There is no state/)]);
});

const TOKEN = 'BBDC-ZjA2NjFmZDU2MjUwOTE0MTRlZjRm';

it('tells nothing of a file that is no state, above all no secret', () => {
  for (const raw of [
    { server_url: 'https://git.example.com', credentials: { auth_type: 'token', token: TOKEN } },
    { connection: { password: TOKEN } },
    { note: TOKEN },
    [{ note: 1 }],
  ])
    expect(() => describeState(raw)).toThrow(/^--state: the file holds no state of a stream: .*not the configuration/);
  const mixed = describeState({ users: { version: 2, note: TOKEN }, credentials: { token: TOKEN } });
  expect(mixed.map(({ stream }) => stream)).toEqual(['users']);
  expect(JSON.stringify(mixed)).not.toContain(TOKEN);
});

it('fits a terminal', () => {
  const states = {
    pull_request_activities: {
      version: 2,
      rechecked_at: '2026-11-26T08:08:45.129Z',
      changed_at: '2026-11-26T08:08:45.129Z',
      rows: {},
    },
  };
  const lines = stateLines(describeState(states), 80);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(80);
  expect(lines.join(' ').replace(/ +/g, ' ')).toContain('rechecked_at 2026-11-26T08:08:45.129Z, changed_at 2026');
});

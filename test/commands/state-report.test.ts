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

import { Simulator, type StreamName, type TruthFilter, type Version } from './simulator';
import { lastStates, logsOf, type Outcome, read, recordsOf, STREAMS } from './support/connector';
import { alive, deleted, differences, merge } from './support/rows';

const streams = STREAMS as StreamName[];
let simulator: Simulator;
afterEach(async () => {
  await simulator.stop();
});

const expectTruth = ({ messages, code, stderr }: Outcome, filter: TruthFilter): void => {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const stream of streams)
    expect(differences(stream, recordsOf(messages, stream), simulator.truth.rows(stream, filter))).toEqual([]);
};
const names = (outcome: Outcome): string[] =>
  recordsOf(outcome.messages, 'repositories')
    .map((row) => String(row.full_name))
    .sort();
/** What was asked of the server for lists of repositories. */
const listsAsked = (): string[] =>
  simulator.requests
    .filter(({ route }) => route === 'repositories' || route === 'project-repositories')
    .map(({ path, query }) =>
      `${path.replace(/^.*\/rest\/api\/1\.0/, '')} ${query.projectkey ?? ''} ${query.archived ?? ''}`.trim(),
    );

describe.each<Version>(['5.16.0', '7.21.0', '8.19.0', '10.4.0'])('on version %s, filters', (version) => {
  test.each<[string, object, TruthFilter]>([
    ['take a project in any case', { projects: ['playg'] }, { projects: ['PLAYG'] }],
    ['take wildcards in keys and slugs', { repositories: ['P*/SERVIC*'] }, { repositories: ['P*/servic*'] }],
    [
      'leave out what is excluded',
      { projects: ['P*'], repositories: ['!playg/*'] },
      { projects: ['P*'], repositories: ['!PLAYG/*'] },
    ],
    [
      'take a personal project that is named, whatever the switch says',
      { projects: ['~JANE', 'PR'] },
      { projects: ['~jane', 'PR'] },
    ],
    [
      'take a personal repository that is named',
      { repositories: ['~jane/dotfiles', 'PR/*'] },
      { repositories: ['~jane/dotfiles', 'PR/*'] },
    ],
    [
      'take personal ones by the switch',
      { include_personal_projects: true, repositories: ['!*/service'] },
      { includePersonalProjects: true, repositories: ['!*/service'] },
    ],
    [
      'leave out archived ones',
      { include_archived: false, projects: ['PLAYG', '~jane'] },
      { includeArchived: false, projects: ['PLAYG', '~jane'] },
    ],
    ['hold pull requests to the start date', { start_date: '2025-12-01' }, { startDate: '2025-12-01' }],
  ])('%s', async (_what, config, truth) => {
    simulator = await Simulator.start({ version });
    expectTruth(await read(simulator, { config }), truth);
  });
});

describe('what the server can filter is asked of it:', () => {
  test('the repositories of a named project, and no others', async () => {
    simulator = await Simulator.start({ dataset: 'demo' });
    expectTruth(await read(simulator, { config: { projects: ['playg', 'PR'] } }), { projects: ['PLAYG', 'PR'] });
    expect(listsAsked()).toEqual(['/repos playg ALL', '/repos PR ALL']);
  });

  test('the project of a named repository', async () => {
    simulator = await Simulator.start({ dataset: 'demo' });
    expectTruth(await read(simulator, { config: { repositories: ['PLAYG/service'] } }), { repositories: ['PLAYG/service'] });
    expect(listsAsked()).toEqual(['/repos PLAYG ALL']);
  });

  test('by project before 8.0, which knows no such parameter', async () => {
    simulator = await Simulator.start({ version: '7.21.0' });
    expectTruth(await read(simulator, { config: { projects: ['PLAYG'] } }), { projects: ['PLAYG'] });
    expect(listsAsked()).toEqual(['/projects/PLAYG/repos']);
  });

  test('archived ones only if they are wanted', async () => {
    simulator = await Simulator.start();
    await read(simulator, { config: { include_archived: false } });
    expect(listsAsked()).toEqual(['/repos  ACTIVE']);
  });
});

describe('filters that change', () => {
  test('to less leave no tombstones, and to more read what was left out, without reading the rest again', async () => {
    simulator = await Simulator.start();
    const wide = await read(simulator);
    const narrow = await read(simulator, { config: { projects: ['PR'] }, state: lastStates(wide.messages) });
    expect(narrow.code).toBe(0);
    for (const stream of streams) expect(recordsOf(narrow.messages, stream)).toEqual([]);
    const wider = await read(simulator, { config: { projects: ['PR', 'PLAYG', '~jane'] }, state: lastStates(narrow.messages) });
    // Those of PLAYG are remembered, and have not changed.
    expect(names(wider).length).toBeGreaterThan(0);
    expect(names(wider).filter((name) => !name.startsWith('~jane/'))).toEqual([]);
    const warehouse = merge(narrow.messages, wider.messages);
    expect(deleted(warehouse, 'repositories')).toEqual([]);
    const all = merge(wide.messages, narrow.messages, wider.messages);
    for (const stream of ['pull_requests', 'pull_request_activities', 'pull_request_diffs'] as const) {
      expect(
        differences(stream, alive(all, stream), simulator.truth.rows(stream, { projects: ['PR', 'PLAYG', '~jane'] })),
      ).toEqual([]);
    }
  });

  test('to an earlier start date read what lies between', async () => {
    simulator = await Simulator.start({ dataset: 'demo' });
    const dates = simulator.truth
      .rows('pull_requests')
      .map((row) => String(row.updated_date))
      .sort();
    const late = dates[Math.floor(dates.length * 0.8)]!;
    const early = dates[Math.floor(dates.length * 0.3)]!;
    const first = await read(simulator, { config: { start_date: late } });
    expectTruth(first, { startDate: late });
    const second = await read(simulator, { config: { start_date: early }, state: lastStates(first.messages) });
    const warehouse = merge(first.messages, second.messages);
    for (const stream of streams)
      expect(differences(stream, alive(warehouse, stream), simulator.truth.rows(stream, { startDate: early }))).toEqual([]);
  });

  test('by the server: a repository that is archived or moves out of the filter gets no tombstone', async () => {
    simulator = await Simulator.start();
    const config = { projects: ['PLAYG'], include_archived: false };
    const first = await read(simulator, { config });
    simulator.history.archiveRepository('PLAYG/empty');
    const second = await read(simulator, { config, state: lastStates(first.messages) });
    expect(second.code).toBe(0);
    expect(deleted(merge(second.messages), 'repositories')).toEqual([]);
    expect(names(await read(simulator, { config }))).toEqual(['PLAYG/service']);
  });
});

test('a name that there is not is mentioned, and the others are read', async () => {
  simulator = await Simulator.start();
  const outcome = await read(simulator, { config: { projects: ['NOPE', 'PR', '~nobody'] } });
  expectTruth(outcome, { projects: ['PR'] });
  expect(logsOf(outcome.messages, 'WARN').filter((text) => /~nobody/.test(text)).length).toBeGreaterThan(0);
  expect(logsOf(outcome.messages, 'WARN').filter((text) => /NOPE/.test(text)).length).toBeGreaterThan(0);
});

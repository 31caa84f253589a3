import { Simulator } from '../simulator';
import { EVENTS, exampleOf, happen } from './events';

let simulator: Simulator;
beforeEach(async () => {
  simulator = await Simulator.start({ dataset: 'demo', seed: 7 });
  simulator.history.renameRepository('WEB/backend', { slug: 'api' });
});
afterEach(() => simulator.stop());

const rows = () =>
  JSON.stringify(['projects', 'repositories', 'users', 'pull_requests'].map((stream) => simulator.truth.rows(stream as 'users')));

test.each(Object.keys(EVENTS))('%s happens as its example says', (call) => {
  const before = rows() + JSON.stringify(simulator.truth.rows('commits')) + JSON.stringify(simulator.truth.rows('tags'));
  const activities = simulator.truth.rows('pull_request_activities').length;
  happen(simulator, exampleOf(simulator, call).line);
  const after = rows() + JSON.stringify(simulator.truth.rows('commits')) + JSON.stringify(simulator.truth.rows('tags'));
  expect(after !== before || simulator.truth.rows('pull_request_activities').length !== activities).toBe(true);
});

test('what an example leaves out may be added as it stands beside it', () => {
  for (const call of Object.keys(EVENTS)) {
    const { line, more } = exampleOf(simulator, call);
    if (more === null || call === 'reopen') continue;
    const before = rows() + JSON.stringify(simulator.truth.rows('commits'));
    happen(simulator, line.replace(/}]}$/, `,${more}}]}`));
    expect(rows() + JSON.stringify(simulator.truth.rows('commits'))).not.toBe(before);
  }
});

test('examples name what is there now: one after the other happens, also for a second time', () => {
  for (const call of [...Object.keys(EVENTS), ...Object.keys(EVENTS)].filter((each) => !/^renameRepository|^tag/.test(each)))
    happen(simulator, exampleOf(simulator, call).line);
});

test('examples are there also when nothing else is', () => {
  for (const { key } of [...simulator.world.visibleProjects()]) simulator.history.deleteProject(key);
  expect(exampleOf(simulator, 'merge').line).toBe('{"call":"merge","arguments":["WEB/api#1",{"user":"jane"}]}');
});

test.each(['"WEB/frontend#23"', '"WEB/frontend #23"', '{"repositoryId":8,"id":23}'])(
  'a pull request is called %s',
  (pullRequest) => {
    const { id } = simulator.world
      .visibleRepositories()
      .find(({ slug, project }) => project.key === 'WEB' && slug === 'frontend')!;
    const before = simulator.truth.rows('pull_request_activities').length;
    happen(simulator, `{"call":"comment","arguments":[${pullRequest.replace('8', String(id))},{"user":"jane","text":"ok"}]}`);
    expect(simulator.truth.rows('pull_request_activities')).toHaveLength(before + 1);
  },
);

test.each([
  ['explode', /^There is no event explode: type help/],
  ['toString', /^There is no event toString: type help/],
  ['{"call":"explode"}', /^There is no event explode: type help/],
  ['{"call":"toString"}', /^There is no event toString: type help/],
  ['{"call":"merge"', /^That is no event as JSON on one line: type help/],
  ['merge', /^merge is written as JSON on one line:$/],
  ['{"call":"merge","arguments":[{"repositoryId":1,"id":10},"jane"]}', /argument [12] .*For example:$/],
  ['{"call":"renameUser","arguments":["carol","karla"]}', /argument 2 is an object with displayName/],
  ['{"call":"createProject","arguments":["NEW"]}', /There is no event createProject/],
  [
    '{"call":"comment","arguments":[{"repositoryId":1,"id":99999},{"user":"jane","text":"x"}]}',
    /argument 1 is KEY\/slug#number of a pull request that is there/,
  ],
  ['{"call":"createPullRequest","arguments":["WEB/api",{"author":"nobody"}]}', /argument 2 names nobody who is there/],
  ['{"call":"deleteRepository","arguments":["WEB/nowhere"]}', /argument 1 is KEY\/slug of a repository/],
])('%s changes nothing, and is told how to write it', (line, message) => {
  const before = rows();
  expect(() => happen(simulator, line)).toThrow(message);
  expect(rows()).toBe(before);
});

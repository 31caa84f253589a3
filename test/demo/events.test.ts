import { Simulator } from '../simulator';
import { EVENTS, exampleOf, happen } from './events';

let simulator: Simulator;
beforeEach(async () => {
  simulator = await Simulator.start({ dataset: 'demo', seed: 7 });
  simulator.history.renameRepository('WEB/backend', { slug: 'api' });
});
afterEach(() => simulator.stop());

function examples() {
  const { id: repositoryId, pullRequests } = simulator.world
    .visibleRepositories()
    .find((repository) => repository.pullRequests.ids('OPEN').length > 0)!;
  const id = pullRequests.ids('OPEN')[0]!;
  return { pullRequest: { repositoryId, id }, user: pullRequests.get(id)!.author.name === 'carol' ? 'jane' : 'carol' };
}

const rows = () =>
  JSON.stringify(['projects', 'repositories', 'users', 'pull_requests'].map((stream) => simulator.truth.rows(stream as 'users')));

test.each(Object.keys(EVENTS))('%s happens as its example says', (call) => {
  const given = examples();
  if (call === 'reopen') simulator.history.decline(given.pullRequest);
  const before = rows() + JSON.stringify(simulator.truth.rows('commits')) + JSON.stringify(simulator.truth.rows('tags'));
  const activities = simulator.truth.rows('pull_request_activities').length;
  happen(simulator, exampleOf(call, given), given);
  const after = rows() + JSON.stringify(simulator.truth.rows('commits')) + JSON.stringify(simulator.truth.rows('tags'));
  expect(after !== before || simulator.truth.rows('pull_request_activities').length !== activities).toBe(true);
});

test.each([
  ['help', /write it as JSON .*There are renameProject/],
  ['{"call":"explode"}', /there is no explode\. There are/],
  ['{"call":"merge","arguments":[{"repositoryId":1,"id":10},"jane"]}', /argument [12] .*For example: \{"call":"merge"/],
  ['{"call":"renameUser","arguments":["carol","karla"]}', /argument 2 is an object with displayName/],
  ['{"call":"createProject","arguments":["NEW"]}', /there is no createProject/],
  [
    '{"call":"comment","arguments":[{"repositoryId":1,"id":99999},{"user":"jane","text":"x"}]}',
    /argument 1 is a pull request that is there/,
  ],
  ['{"call":"createPullRequest","arguments":["WEB/api",{"author":"nobody"}]}', /argument 2 names somebody else than/],
  ['{"call":"deleteRepository","arguments":["WEB/nowhere"]}', /argument 1 is KEY\/slug of a repository/],
])('%s changes nothing, and is told how to write it', (line, message) => {
  const before = rows();
  expect(() => happen(simulator, line, examples())).toThrow(message);
  expect(rows()).toBe(before);
});

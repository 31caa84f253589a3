import { type Login, Simulator } from '../simulator';
import { Clock } from '../sync/support/clock';
import { Connection } from '../sync/support/connection';

const REPOSITORIES = 16;
const PULL_REQUESTS = 8;
/** Tokens of each user: what is full at first is soon spent. */
const RATE_LIMIT = { capacity: 30, fillPerSecond: 25 };
let simulator: Simulator;
let clock: Clock;
let jane: Login;

beforeEach(async () => {
  clock = new Clock();
  simulator = await Simulator.start({ dataset: 'empty', clock: clock.now, rateLimit: RATE_LIMIT });
  const { history, authentication } = simulator;
  history.createUser({ name: 'jane' });
  jane = authentication.addAccount('jane', 1);
  history.createProject({ key: 'A' });
  for (let repository = 1; repository <= REPOSITORIES; repository++) {
    history.createRepository('A', { slug: `repository-${repository}` });
    for (let number = 0; number < PULL_REQUESTS; number++) history.createPullRequest(repository, { author: 'jane' });
  }
});
afterEach(() => simulator.stop());

/** What each user was granted in one sync, and at what pace: the pace is for whoever reads along, for machines are noisy. */
async function sync(config: object) {
  const { succeeded, requests, warnings } = await new Connection(simulator, clock, config).sync({
    streams: ['pull_requests', 'pull_request_activities', 'pull_request_diffs'],
  });
  expect(succeeded).toBe(true);
  const granted = requests.filter(({ status }) => status === 200);
  const later = granted.slice(granted.length / 2).map(({ startedAt }) => startedAt);
  const perSecond = (later.length * 1000) / (later.at(-1)! - later[0]!);
  process.stderr.write(`${perSecond.toFixed(1)} requests a second\n`);
  const of = (user: string) => granted.filter((request) => request.user === user).length / granted.length;
  return { shares: { airbyte: of('airbyte'), jane: of('jane') }, warnings };
}

it('two users share the requests evenly, each at a pace of its own; the same user twice gives nothing, with a warning', async () => {
  const two = await sync({ additional_tokens: jane.tokens[0] });
  expect(two.shares.airbyte).toBeGreaterThan(0.4);
  expect(two.shares.jane).toBeGreaterThan(0.4);
  const twice = await sync({ additional_tokens: simulator.credentials.token });
  expect(twice.shares).toEqual({ airbyte: 1, jane: 0 });
  expect(twice.warnings.join('\n')).toMatch(/of the same user as another one \(airbyte\)/);
}, 120_000);

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

/** Requests granted per second of the server's clock, once the full buckets are spent. */
async function rate(config: object): Promise<{ readonly perSecond: number; readonly warnings: readonly string[] }> {
  const { succeeded, requests, warnings } = await new Connection(simulator, clock, config).sync({
    streams: ['pull_requests', 'pull_request_activities', 'pull_request_diffs'],
  });
  expect(succeeded).toBe(true);
  const granted = requests.filter(({ status }) => status === 200).map(({ startedAt }) => startedAt);
  const later = granted.slice(granted.length / 2);
  return { perSecond: (later.length * 1000) / (later.at(-1)! - later[0]!), warnings };
}

it('two users read at nearly twice the rate of one, and the same user twice at that of one, with a warning', async () => {
  const one = await rate({});
  const twice = await rate({ additional_tokens: simulator.credentials.token });
  const two = await rate({ additional_tokens: jane.tokens[0] });
  process.stderr.write(
    `one ${one.perSecond.toFixed(2)}/s, the same twice ${twice.perSecond.toFixed(2)}/s, two ${two.perSecond.toFixed(2)}/s\n`,
  );
  expect(two.perSecond / one.perSecond).toBeGreaterThanOrEqual(1.8);
  expect(twice.perSecond / one.perSecond).toBeGreaterThan(0.9);
  expect(twice.perSecond / one.perSecond).toBeLessThan(1.1);
  expect(twice.warnings.join('\n')).toMatch(/of the same user as another one \(airbyte\)/);
}, 120_000);

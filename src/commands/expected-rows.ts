import { connect, within } from '../connection/connect';
import { parsedConfigOf } from './configuration';
import type { Expected, OnRequest } from '../warehouse/options';
import type { CommandContext } from './context';
import { countRows, pagesOf } from './plan';

/** Counting ends by then, in milliseconds: later it would be of no use. */
const LIMIT_MS = 60_000;
const POLICY = { attempts: 1, firstDelayMs: 1000 };
const QUIET = { onRequest: () => undefined, onRetry: () => undefined, onRateLimited: () => undefined };

/** Streams that cost a request for each pull request, however many rows that gives. */
const PER_PULL_REQUEST = ['pull_request_activities', 'pull_request_diffs', 'pull_request_commits'];

/**
 * How many rows a first sync of these streams will bring, as `plan` counts them, and how many requests stand behind them; streams that
 * cannot be counted are not in it. There is one diff for each pull request: its rows tell how far all is that is asked per pull request.
 */
export async function expectedRows(
  file: string,
  streams: readonly string[],
  context: CommandContext,
  onRequest?: OnRequest,
): Promise<ReadonlyMap<string, Expected>> {
  const config = parsedConfigOf(file, context);
  const given = context.environment();
  const environment = {
    ...given,
    signal: within(LIMIT_MS, given.signal),
    retryPolicy: POLICY,
    ...(onRequest !== undefined && { onRequest }),
  };
  const counted = await countRows(config, connect(config, environment, QUIET));
  const { projects, allProjects, repositories, visibleRepositories, users, pullRequests, lists } = counted;
  const perPullRequest = PER_PULL_REQUEST.filter((name) => streams.includes(name)).length;
  const all: readonly [string, Expected | null][] = [
    ['projects', { rows: projects, requests: pagesOf(allProjects) }],
    // Each one's default branch is a request of its own.
    ['repositories', { rows: repositories, requests: pagesOf(visibleRepositories) + repositories }],
    ['users', users === null ? null : { rows: users, requests: pagesOf(users) }],
    ['pull_requests', { rows: pullRequests, requests: lists }],
    ['pull_request_diffs', { rows: pullRequests, requests: perPullRequest * pullRequests }],
  ];
  // Without diffs nothing tells how far the others are: then no share of the whole is said.
  const isUnmeasured = perPullRequest > 0 && !streams.includes('pull_request_diffs');
  return new Map(
    all.flatMap(([name, expected]) =>
      expected === null || !streams.includes(name) ? [] : [[name, isUnmeasured ? { ...expected, requests: null } : expected]],
    ),
  );
}

import { connect, within } from '../connection/connect';
import { parsedConfigOf } from './configuration';
import type { CommandContext } from './context';
import { countRows } from './plan';

/** Counting ends by then, in milliseconds: later it would be of no use. */
const LIMIT_MS = 60_000;
const POLICY = { attempts: 1, firstDelayMs: 1000 };
const QUIET = { onRequest: () => undefined, onRetry: () => undefined, onRateLimited: () => undefined };

/** How many rows a first sync will bring, by stream, as `plan` counts them; streams that cannot be counted are not in it. */
export async function expectedRows(file: string, context: CommandContext): Promise<ReadonlyMap<string, number>> {
  const config = parsedConfigOf(file, context);
  const given = context.environment();
  const environment = { ...given, signal: within(LIMIT_MS, given.signal), retryPolicy: POLICY };
  const { projects, repositories, users, pullRequests } = await countRows(config, connect(config, environment, QUIET));
  return new Map([
    ['projects', projects],
    ['repositories', repositories],
    ...(users === null ? [] : [['users', users] as const]),
    ['pull_requests', pullRequests],
    ['pull_request_diffs', pullRequests],
  ]);
}

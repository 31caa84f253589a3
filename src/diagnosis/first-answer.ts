import { BitbucketError } from '../bitbucket/errors';
import type { Config } from '../config/config';
import { CHECK_LIMIT_MS, connectToCheck, type Environment, within } from '../connection/connect';
import { explainFailure } from './check';
import { surroundingsOf } from './surroundings';

const SILENT = { onRequest: () => undefined, onRetry: () => undefined, onRateLimited: () => undefined };

/**
 * Asks for a first answer with the patience of `check`, before the work of somebody who waits begins with more of it: a server that is
 * not there is told at once, and not after half a minute of attempts.
 * @returns null once there is an answer, or where only time is asked for (429); else in the words of `check` why there is none
 */
export async function whyNoAnswer(config: Config, environment: Environment): Promise<string | null> {
  const limited = { ...environment, signal: within(CHECK_LIMIT_MS, environment.signal) };
  const bitbucket = connectToCheck(config, limited, SILENT);
  try {
    await bitbucket.logIn();
    return null;
  } catch (error) {
    if (!(error instanceof BitbucketError)) throw error;
    const result = await explainFailure(error, config, bitbucket, surroundingsOf(config, limited));
    return result.succeeded || result.error?.kind === 'rate_limited' ? null : result.message;
  }
}

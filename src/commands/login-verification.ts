import type { Config } from '../config/config';
import type { Credentials } from '../config/credentials';
import { CHECK_LIMIT_MS, connectToCheck, type Environment, within } from '../connection/connect';
import type { Verification } from '../credentials/operations';
import { checkConnection } from '../diagnosis/check';
import { surroundingsOf } from '../diagnosis/surroundings';

const SILENT = { onRequest: () => undefined, onRetry: () => undefined, onRateLimited: () => undefined };

/** Tries a login at the server of a configuration as `check` does: within 20 seconds, and a wrong one only once; no other login of the configuration is used. */
export function loginVerification(config: Config, environment: Environment): (login: Credentials) => Promise<Verification> {
  return async (login) => {
    const limited = { ...environment, signal: within(CHECK_LIMIT_MS, environment.signal) };
    const candidate = { ...config, credentials: login, additionalTokens: [], credentialStore: null };
    const result = await checkConnection(
      candidate,
      connectToCheck(candidate, limited, SILENT),
      surroundingsOf(candidate, limited),
    );
    return result.succeeded
      ? { succeeded: true, userName: result.userName }
      : { succeeded: false, code: result.code, message: result.message };
  };
}

import type { Config } from '../config/config';
import { connectToCheck, type ConnectionEvents, type Environment } from '../connection/connect';
import { noteDenial } from '../connection/pool/open-accounts';
import { availableLogins, type AvailableLogin, type AvailableLogins } from '../credentials/available-logins';
import { CredentialsError } from '../credentials/credentials-error';
import { checkConnection, type CheckResult } from './check';
import { surroundingsOf } from './surroundings';

type Success = Extract<CheckResult, { readonly succeeded: true }>;
type Failure = Extract<CheckResult, { readonly succeeded: false }>;

/** A login, and what the check of it found. */
interface Checked<Result extends CheckResult> {
  readonly login: AvailableLogin;
  readonly result: Result;
}

/**
 * Checks each login of a configuration, one after the other: fails only where none works, and warns of each that does not.
 * @throws ConfigError where the store cannot be used
 */
export async function checkLogins(config: Config, environment: Environment, events: ConnectionEvents): Promise<CheckResult> {
  const { credentials, additionalTokens, credentialStore } = config;
  if (credentials.type !== 'store' && additionalTokens.length === 0 && credentialStore === null)
    return checkConnection(config, connectToCheck(config, environment, events), surroundingsOf(config, environment));
  let available: AvailableLogins;
  try {
    const key = environment.variables?.BITBUCKET_CREDENTIALS_KEY;
    available = await availableLogins(config, { key, now: environment.now });
  } catch (error) {
    if (!(error instanceof CredentialsError)) throw error;
    return {
      succeeded: false,
      code: 'server_unavailable',
      message: `server_unavailable: credential_store: ${error.message}`,
      error: null,
    };
  }
  const working: Checked<Success>[] = [];
  const failing: Checked<Failure>[] = [];
  const warnings = [...available.warnings];
  for (const login of available.logins) {
    const alone: Config = { ...config, credentials: login.login, additionalTokens: [], credentialStore: null };
    const result = await checkConnection(alone, connectToCheck(alone, environment, events), surroundingsOf(alone, environment));
    if (result.succeeded) working.push({ login, result });
    else {
      failing.push({ login, result });
      if (result.error !== null) await noteDenial(available, login, result.error, (message) => warnings.push(message));
    }
  }
  return together(working, failing, warnings);
}

function together(
  working: readonly Checked<Success>[],
  failing: readonly Checked<Failure>[],
  warnings: readonly string[],
): CheckResult {
  const [first] = working;
  const [firstFailing] = failing;
  if (first === undefined) {
    if (firstFailing === undefined)
      return noneLeft(`None of the credentials in credential_store may be used. ${warnings.join(' ')}`);
    const others = failing.length === 1 ? '' : ` None of the other ${failing.length - 1} logins works either.`;
    return { ...firstFailing.result, message: `${firstFailing.result.message}${others}` };
  }
  const users = [...new Set(working.map(({ result }) => result.userName ?? 'a token without a user'))];
  const also = users.length === 1 ? '' : ` ${users.length} accounts share the work: ${users.join(', ')}.`;
  return {
    ...first.result,
    message: `${first.result.message}${also}`,
    warnings: [
      ...warnings,
      // What one account does not see is no news as long as another one does.
      ...first.result.warnings.filter((warning) => working.every(({ result }) => result.warnings.includes(warning))),
      ...failing.map(({ login, result }) => `${login.name} does not work: ${result.message}`),
      ...twins(working),
    ],
  };
}

/** Logins of a user that another one is of, too. */
function twins(working: readonly Checked<Success>[]): string[] {
  return working
    .filter(({ result: { userName } }, index) => {
      const before = working.slice(0, index);
      return userName !== null && before.some(({ result }) => result.userName === userName);
    })
    .map(
      ({ login, result }) =>
        `${login.name} is of the same user as another one (${String(result.userName)}): Bitbucket limits the rate of users, so it makes nothing faster.`,
    );
}

function noneLeft(message: string): CheckResult {
  return { succeeded: false, code: 'invalid_credentials', message: `invalid_credentials: ${message}`, error: null };
}

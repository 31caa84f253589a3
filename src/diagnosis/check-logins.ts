import type { Config } from '../config/config';
import { CHECK_LIMIT_MS, connectToCheck, type ConnectionEvents, type Environment, loginsOf } from '../connection/connect';
import { concernsAll, DENIED_BEFORE, noteDenial, noteDenied } from '../connection/pool/open-accounts';
import type { AvailableLogin, AvailableLogins } from '../credentials/available-logins';
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
 * Checks each login of a configuration, one after the other: fails only where none works, and warns of each that does not. Where the server
 * is what fails, it fails the others, too.
 * @throws ConfigError where the store cannot be used
 */
export async function checkLogins(config: Config, environment: Environment, events: ConnectionEvents): Promise<CheckResult> {
  const { credentials, additionalTokens, credentialStore } = config;
  if (credentials.type !== 'store' && additionalTokens.length === 0 && credentialStore === null)
    return checkConnection(config, connectToCheck(config, environment, events), surroundingsOf(config, environment));
  let available: AvailableLogins;
  try {
    available = await loginsOf(config, environment);
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
  const { logins } = available;
  const patienceMs = CHECK_LIMIT_MS / logins.length;
  for (const [index, login] of logins.entries()) {
    if (available.isDenied(login)) {
      warnings.push(`${login.name} was not tried: ${DENIED_BEFORE}.`);
      await noteDenied(available, login, (message) => warnings.push(message));
      continue;
    }
    const alone: Config = { ...config, credentials: login.login, additionalTokens: [], credentialStore: null };
    const bitbucket = connectToCheck(alone, environment, events, patienceMs);
    const result = await checkConnection(alone, bitbucket, surroundingsOf(alone, environment));
    if (result.succeeded) working.push({ login, result });
    else {
      failing.push({ login, result });
      if (result.error === null) continue;
      await noteDenial(available, login, result.error, (message) => warnings.push(message));
      const isOfServer = !bitbucket.isLoggedIn && concernsAll(result.error, working.length > 0);
      if (!isOfServer && !environment.signal.aborted) continue;
      warnings.push(...logins.slice(index + 1).map(({ name }) => `${name} was not tried: the server fails, or the time was up.`));
      break;
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
    const others = failing.length === 1 ? '' : ` No other login works either (${failing.length - 1} tried).`;
    return {
      ...firstFailing.result,
      message: `${firstFailing.result.message}${others}`,
      warnings: [...warnings, ...failing.slice(1).map(notWorking)],
    };
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
      ...failing.map(notWorking),
      ...twins(working),
    ],
  };
}

function notWorking({ login, result }: Checked<Failure>): string {
  return `${login.name} does not work: ${result.message}`;
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

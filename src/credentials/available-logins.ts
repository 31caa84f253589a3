import { type Config, ConfigError } from '../config/config';
import type { Credentials } from '../config/credentials';
import type { ActiveCredential, ActiveCredentials, InactiveCredential } from './active-credentials';
import { CredentialsError } from './credentials-error';
import type { DeniedLogins } from './denied-logins';
import type { CredentialStore } from './store';

/** A login that a run may try. */
export interface AvailableLogin {
  /** How messages call it; never the secret. */
  readonly name: string;
  readonly login: Credentials;
  /** Where it comes from the store; null: from the configuration. */
  readonly stored: ActiveCredential | null;
}

/** All logins of a configuration, in a fixed order: `credentials`, `additional_tokens`, then the store by ids. */
export interface AvailableLogins {
  /** At least one, unless all that there are lie in the store and none of them may be used. */
  readonly logins: readonly AvailableLogin[];
  readonly inactive: readonly InactiveCredential[];
  readonly warnings: readonly string[];
  /** Whether Bitbucket has denied the very same user name and password to this process: it is not to be tried again. */
  readonly isDenied: (login: AvailableLogin) => boolean;
  /**
   * Notes that Bitbucket itself denied a login (IncorrectPassword, Captcha), so that it is not tried again: by this process, and, where it is
   * one of the store, by others until it is updated. Rejects where the store cannot be written.
   */
  readonly deny: (login: AvailableLogin) => Promise<void>;
  /** Notes in the store as whom the server answered a login; else as {@link deny}. */
  readonly note: (login: AvailableLogin, account: string | null) => Promise<void>;
}

/** What of the process the logins depend on. */
export interface LoginSurroundings {
  /** `BITBUCKET_CREDENTIALS_KEY`. */
  readonly key: string | undefined;
  readonly now: () => number;
  readonly denied: DeniedLogins;
}

/**
 * Reads which logins a configuration has. Without a store nothing is opened, nor the code for one loaded.
 * @throws ConfigError where the store cannot be used or is not there, or where the only logins are those of a store that is empty
 * @throws CredentialsError where the store does not answer at the moment
 */
export async function availableLogins(config: Config, { key, now, denied }: LoginSurroundings): Promise<AvailableLogins> {
  const { credentials, additionalTokens, credentialStore } = config;
  const using = <T>(work: (store: CredentialStore) => Promise<T>) =>
    withStore(credentialStore ?? '', config.credentialStoreKey, key, work, configured.length === 0);
  const configured: AvailableLogin[] = [
    ...(credentials.type === 'store' ? [] : [{ name: 'The login of credentials', login: credentials, stored: null }]),
    ...additionalTokens.map((token, index) => ({
      name: `Token ${index + 1} of additional_tokens`,
      login: { type: 'token', token } as const,
      stored: null,
    })),
  ];
  const read = async (store: CredentialStore) => (await import('./active-credentials.js')).activeCredentials(store, now());
  const { active, inactive, warnings } = credentialStore === null ? NONE : await using(read);
  if (configured.length + active.length + inactive.length === 0) throw new ConfigError(EMPTY, 'credentials create');
  return {
    logins: [...configured, ...active.map((stored) => ({ name: stored.name, login: stored.login, stored }))],
    inactive,
    warnings,
    isDenied: ({ login }) => denied.has(login),
    deny: async ({ login, stored }) => {
      denied.add(login);
      if (stored !== null) await using((store) => store.disable(stored.id, stored.revision, now()));
    },
    note: async ({ stored }, account) => {
      if (stored !== null) await using((store) => store.note(stored.id, stored.revision, account));
    },
  };
}

const NONE: ActiveCredentials = { active: [], inactive: [], warnings: [] };
const EMPTY =
  'credential_store holds no credential, and credentials.auth_type is "store": create the first one with the command credentials create.';
/**
 * Going on without it would take what its accounts alone see for gone; so would it with one that somebody made in its place. The command for
 * that is named where nothing else is configured, as in a first hour.
 */
const MISSING =
  'credential_store: there is no credential store at that place. If there was one, bring it back (its volume may not be mounted) or correct the place; if there never was one, make it with the command credentials create.';

async function withStore<T>(
  place: string,
  keyFile: Config['credentialStoreKey'],
  givenKey: string | undefined,
  work: (store: CredentialStore) => Promise<T>,
  isAlone: boolean,
): Promise<T> {
  const { findStore, keyOf } = await import('./open-store.js');
  const key = keyOf(givenKey, keyFile);
  try {
    const store = await findStore({ place, key });
    if (store === null) throw new ConfigError(MISSING, isAlone ? 'credentials create' : undefined);
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  } catch (error) {
    if (error instanceof CredentialsError && !error.isTransient) throw new ConfigError(`credential_store: ${error.message}`);
    throw error;
  }
}

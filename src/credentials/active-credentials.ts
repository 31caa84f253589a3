import type { Credentials } from '../config/credentials';
import { expiryWarning, idleWarning, nameOf } from './answer';
import { isExpired } from './expiration';
import { loginOf } from './operations';
import { damaged } from './sql-store';
import type { CredentialStore, StoredCredential } from './store';

/** A credential of the store that may be used. */
export interface ActiveCredential {
  readonly id: number;
  /** The revision that {@link CredentialStore.disable} is to be told of: an update in between is not undone. */
  readonly revision: number;
  /** How messages call it. */
  readonly name: string;
  readonly login: Credentials;
  /** The user as whom Bitbucket answered when the credential was verified; null: the token is of no user, or that is not known. */
  readonly account: string | null;
}

/** A credential of the store that is not to be used, but is configured: what it alone saw is not gone. */
export interface InactiveCredential {
  readonly id: number;
  readonly name: string;
  readonly account: string | null;
  readonly reason: 'disabled' | 'expired';
}

/** What a sync finds in the store. */
export interface ActiveCredentials {
  readonly active: readonly ActiveCredential[];
  readonly inactive: readonly InactiveCredential[];
  /** For the log, each a WARN: what is left out and why, and what ends within 14 days. */
  readonly warnings: readonly string[];
}

/**
 * The credentials that a sync may use, in the order of their ids.
 * @throws CredentialsError `store_unavailable`, also where one is damaged
 */
export async function activeCredentials(store: CredentialStore, now: number): Promise<ActiveCredentials> {
  const active: ActiveCredential[] = [];
  const inactive: InactiveCredential[] = [];
  const warnings: string[] = [];
  for (const credential of await store.list()) {
    const { id, revision, account, secret, username } = credential;
    if (secret === null) throw damaged(id);
    const name = nameOf(credential);
    const reason = whyInactive(credential, now);
    const warning = idleWarning(credential, now) ?? expiryWarning(credential, now);
    if (warning !== null) warnings.push(warning);
    if (reason === null) active.push({ id, revision, name, login: loginOf(username, secret), account });
    else inactive.push({ id, name, account, reason });
  }
  return { active, inactive, warnings };
}

function whyInactive({ disabledAt, expirationDate }: StoredCredential, now: number): InactiveCredential['reason'] | null {
  if (disabledAt !== null) return 'disabled';
  return isExpired(expirationDate, now) ? 'expired' : null;
}

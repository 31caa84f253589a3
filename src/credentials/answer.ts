import type { CredentialsError } from './credentials-error';
import { daysLeft, isExpired } from './expiration';
import { TYPE, USERNAME } from './request';
import type { StoredCredential } from './store';

/** What create, update and delete tell of a credential. */
export interface CredentialSummary {
  readonly id: number;
  readonly type: typeof TYPE;
  readonly label: string | null;
  /** RFC 3339, UTC, with milliseconds; so are the other instants. */
  readonly created_at: string;
}

/** What info and list tell of one; never its secret. */
export interface CredentialDetails extends CredentialSummary {
  readonly settings: { readonly [USERNAME]: string | null };
  readonly disabled_at: string | null;
  readonly expiration_date: string | null;
}

/** What each operation answers. */
export type Answer =
  | { readonly ok: true; readonly credential: CredentialSummary | CredentialDetails; readonly warnings?: readonly string[] }
  | { readonly ok: true; readonly credentials: readonly CredentialDetails[]; readonly warnings?: readonly string[] }
  | { readonly ok: true }
  | { readonly ok: false; readonly error: string; readonly message: string };

/** The answer to create, update and delete. */
export function summaryOf({ id, label, createdAt }: StoredCredential): CredentialSummary {
  return { id, type: TYPE, label, created_at: new Date(createdAt).toISOString() };
}

/** The answer to info. */
export function detailsOf(credential: StoredCredential): CredentialDetails {
  const { username, disabledAt, expirationDate } = credential;
  return {
    ...summaryOf(credential),
    settings: { [USERNAME]: username },
    disabled_at: disabledAt === null ? null : new Date(disabledAt).toISOString(),
    expiration_date: expirationDate,
  };
}

/** The answer to what cannot be done. */
export function failureOf({ code, message }: CredentialsError): Answer {
  return { ok: false, error: code, message };
}

/** How a credential is called in messages. */
export function nameOf({ id, label, username }: Pick<StoredCredential, 'id' | 'label' | 'username'>): string {
  const known = label ?? username;
  return known === null ? `Credential ${id}` : `Credential ${id} (${known})`;
}

/** That a credential ends soon; null: it does not. */
export function expiryWarning(credential: StoredCredential, now: number): string | null {
  const days = daysLeft(credential.expirationDate, now);
  if (days === null) return null;
  const when = days === 1 ? 'within a day' : `in ${days} days`;
  return `${nameOf(credential)} expires ${when} (${String(credential.expirationDate)}): make a new secret in Bitbucket, and update the credential with it.`;
}

/** Why a credential is not used: it was denied, or its date has passed; null: it is. */
export function idleWarning(credential: StoredCredential, now: number): string | null {
  const { disabledAt, expirationDate } = credential;
  const name = nameOf(credential);
  if (disabledAt !== null)
    return `${name} is left out: Bitbucket denied it (${new Date(disabledAt).toISOString()}), and each further attempt could lock the account. Update it with its present secret, or delete it.`;
  if (!isExpired(expirationDate, now)) return null;
  return `${name} is left out: it expired (${String(expirationDate)}). Update it with a new secret and expiration_date, or delete it.`;
}

/** What of credentials is worth a warning, as a part of an answer. */
export function warningsOf(credentials: readonly StoredCredential[], now: number): { readonly warnings?: readonly string[] } {
  const warnings = credentials.flatMap((credential) => idleWarning(credential, now) ?? expiryWarning(credential, now) ?? []);
  return warnings.length > 0 ? { warnings } : {};
}

/** What Bitbucket is shown besides a user name. */
export interface Secret {
  readonly kind: 'password' | 'token';
  readonly value: string;
}

/** What of a credential is chosen by those who manage it. */
export interface CredentialContent {
  readonly label: string | null;
  /** Null: a token tells by itself whose it is. */
  readonly username: string | null;
  readonly secret: Secret;
  /** A date or an instant, as text; null: none is known. */
  readonly expirationDate: string | null;
  /** The user as whom Bitbucket answered; null: the token is of no user, or that is not known. */
  readonly account: string | null;
}

/** A credential as the store has it. Instants are epoch milliseconds. */
export interface StoredCredential extends Omit<CredentialContent, 'secret'> {
  /** Never given to another one, also after it was deleted. */
  readonly id: number;
  /** Grows with each update. */
  readonly revision: number;
  /** Null: damaged, it cannot be decrypted. */
  readonly secret: Secret | null;
  readonly createdAt: number;
  /** When Bitbucket denied it; null: it is active. */
  readonly disabledAt: number | null;
}

/**
 * Credentials, their secrets encrypted. Each write is one transaction: whatever kills the process, a credential is afterwards as it was
 * before or as it was to be. Every call rejects with a CredentialsError `store_unavailable` where the store cannot be used.
 */
export interface CredentialStore {
  /** All but deleted ones, by their ids. */
  list(): Promise<readonly StoredCredential[]>;
  /** Null: there is none, or it was deleted. */
  find(id: number): Promise<StoredCredential | null>;
  add(content: CredentialContent, at: number): Promise<StoredCredential>;
  /**
   * Replaces what was chosen, where the credential is still as it was found.
   * @param change a secret left out stays as it is; `enable` lets a disabled one be tried again
   * @returns null where it has changed or was deleted meanwhile
   */
  replace(found: StoredCredential, change: CredentialChange): Promise<StoredCredential | null>;
  /** Erases the secret and hides the credential. @returns it, or null where there was none */
  remove(id: number, at: number): Promise<StoredCredential | null>;
  /** Notes that Bitbucket denied the credential in this revision; without effect where it was updated or deleted meanwhile. */
  disable(id: number, revision: number, at: number): Promise<void>;
  /** Notes as whom the server answered the credential in this revision; else as {@link disable}. */
  note(id: number, revision: number, account: string | null): Promise<void>;
  /** Encrypts everything with another key. @param key 32 bytes in base64, or a passphrase */
  rekey(key: string): Promise<void>;
  close(): Promise<void>;
}

/** What {@link CredentialStore.replace} writes. */
export interface CredentialChange extends Omit<CredentialContent, 'secret'> {
  readonly secret?: Secret;
  readonly enable: boolean;
}

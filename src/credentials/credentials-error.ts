/** What the managing of credentials may fail with; a failed verification has a code of `check` instead. */
export type CredentialsErrorCode = 'invalid_json' | 'invalid_request' | 'credential_not_found' | 'store_unavailable';

/** A request that cannot be done; its message is a sentence for whoever asked, and holds no secret. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';

  constructor(
    /** One of {@link CredentialsErrorCode}, or a code of `check`. */
    readonly code: string,
    message: string,
    /** Whether it may pass by itself: a database that does not answer, or is busy. */
    readonly isTransient = false,
  ) {
    super(message);
  }

  static of(code: CredentialsErrorCode, message: string): CredentialsError {
    return new CredentialsError(code, message);
  }
}

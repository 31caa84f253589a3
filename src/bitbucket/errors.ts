import VError from 'verror';

/** Why a request gave no data, classed by what can be done about it. */
export type FailureKind =
  /** 401 that denies the login: nothing more may be sent, five of them lock the account. */
  | 'login_denied'
  /** One of several accounts cannot be used any more in this run, and no other one sees what was asked for. */
  | 'account_lost'
  /** Logged in, but without a licence for Bitbucket: no request will succeed. */
  | 'no_licence'
  /** This resource is not for this account; others may be. */
  | 'forbidden'
  /** The thing does not exist, or is hidden. */
  | 'not_found'
  /** The route does not exist on this version, or something else than Bitbucket answered. */
  | 'no_such_route'
  /** The server does not offer the content type that was asked for. */
  | 'not_acceptable'
  /** 429 for longer than we wait. */
  | 'rate_limited'
  /** 5xx after the retries. */
  | 'unavailable'
  /** More than can be held in memory. */
  | 'too_large'
  /** DNS, connection refused or reset, proxy. */
  | 'network'
  /** The proxy wants a login (407), or another one: asking again may lock an account there. Or its address is none. */
  | 'proxy_denied'
  /** No byte for `request_timeout_seconds`. */
  | 'timeout'
  /** The certificate is not trusted, or the other side does not speak TLS. */
  | 'tls'
  /** 200 with something that is not the answer: HTML, an empty or broken body, JSON of another shape, an anonymous answer. */
  | 'unexpected_answer'
  /** Another 4xx: the server does not understand the question. */
  | 'rejected'
  /** Nothing has succeeded for two minutes: nothing more is sent. */
  | 'server_down'
  /** The run was told to stop. */
  | 'aborted';

/** What is known of a failed request beyond its message. */
export interface FailureDetails {
  readonly status?: number;
  /** Last part of the exception's name in Bitbucket's error body: `NoSuchRepositoryException`. */
  readonly exceptionName?: string;
  /**
   * Why a login was denied, where no exception says it: Basic authentication is switched off, the answer was one to an anonymous user, or
   * nothing was asked, because it was denied before.
   */
  readonly denial?: 'basic_disabled' | 'anonymous' | 'before';
  /** The answer had begun, and did not come to its end. */
  readonly brokenOff?: boolean;
  /** The server gave up on a process of its own (git), which took too long. */
  readonly timedOut?: boolean;
  /** The refusal is JSON with a `message`, though not in the form of Bitbucket's own errors. */
  readonly hasMessage?: boolean;
  /** How long the server asked to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  /** Node's error code: `ECONNREFUSED`, `DEPTH_ZERO_SELF_SIGNED_CERT`. */
  readonly code?: string;
  /** Who issued a certificate that is not trusted. */
  readonly issuer?: string;
  /** `X-AUSERNAME`: the server knows who asked. */
  readonly userName?: string;
  /** What was asked for with GET: path and query, below the base URL. */
  readonly address?: string;
  /** Answers name nobody, but just before the server had shown that it knows us. */
  readonly isKnown?: boolean;
  /** The server that a redirect led to, and where the credentials do not go. */
  readonly redirectedTo?: string;
  /** What lies below: the inner error says what came back, the outer one what was asked. */
  readonly cause?: Error;
}

/**
 * The one error that leaves this folder. Its message is its own words and, after a colon, those of its cause: what was asked, then what
 * came back. `details` are those of the whole chain.
 */
export class BitbucketError extends VError {
  constructor(
    readonly kind: FailureKind,
    message: string,
    { cause, ...info }: FailureDetails = {},
  ) {
    super({ name: 'BitbucketError', info, ...(cause !== undefined && { cause }) }, '%s', message);
  }

  /** What is known of the failure, its causes included. */
  get details(): FailureDetails {
    return VError.info(this);
  }
}

/** The same failure, with what was asked before it: `GET /rest/api/1.0/projects: the answer was 503`. */
export function asked(what: string, cause: BitbucketError, address?: string): BitbucketError {
  return new BitbucketError(cause.kind, what, { cause, ...(address !== undefined && { address }) });
}

/** Whether this error is of one of these kinds. */
export function isKind(error: unknown, ...kinds: readonly FailureKind[]): error is BitbucketError {
  return error instanceof BitbucketError && kinds.includes(error.kind);
}

/** The failures after which no request of this run can succeed, or none may be sent. */
export function isFatal(error: unknown): error is BitbucketError {
  return isKind(
    error,
    'login_denied',
    'account_lost',
    'no_licence',
    'server_down',
    'rate_limited',
    'tls',
    'proxy_denied',
    'aborted',
  );
}

/** Whether a server, or what stands before it, had not the time for what was asked: less of it may succeed. A 503 is overload, and no reason. */
export function isTooMuch(error: unknown): error is BitbucketError {
  if (isKind(error, 'timeout', 'too_large')) return true;
  return (
    isKind(error, 'unavailable') &&
    (error.details.status === 502 || error.details.status === 504 || error.details.timedOut === true)
  );
}

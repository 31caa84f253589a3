/** Why a request gave no data, classed by what can be done about it. */
export type FailureKind =
  /** 401 that denies the login: nothing more may be sent, five of them lock the account. */
  | 'login_denied'
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
  /** How long the server asked to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  /** Node's error code: `ECONNREFUSED`, `DEPTH_ZERO_SELF_SIGNED_CERT`. */
  readonly code?: string;
  /** Who issued a certificate that is not trusted. */
  readonly issuer?: string;
  /** `X-AUSERNAME`: the server knows who asked. */
  readonly userName?: string;
  /** The server that a redirect led to, and where the credentials do not go. */
  readonly redirectedTo?: string;
  /** Title of the page for people that came instead of an answer. */
  readonly title?: string;
  readonly cause?: unknown;
}

/** The one error that leaves this folder; its message is a sentence with what was asked and what came back. */
export class BitbucketError extends Error {
  override readonly name = 'BitbucketError';

  constructor(
    readonly kind: FailureKind,
    message: string,
    readonly details: FailureDetails = {},
  ) {
    super(message, { cause: details.cause });
  }
}

/** Whether this error is of one of these kinds. */
export function isKind(error: unknown, ...kinds: readonly FailureKind[]): error is BitbucketError {
  return error instanceof BitbucketError && kinds.includes(error.kind);
}

/** Whether a 404 says that the thing itself, or what holds it, does not exist for us: not merely a commit or branch in it. */
export function isGone(error: unknown): error is BitbucketError {
  return isKind(error, 'not_found') && /NoSuch(?:PullRequest|Repository|Project|User)/.test(error.details.exceptionName ?? '');
}

/** The failures after which no request of this run can succeed, or none may be sent. */
export function isFatal(error: unknown): error is BitbucketError {
  return isKind(error, 'login_denied', 'no_licence', 'server_down', 'rate_limited', 'tls', 'proxy_denied', 'aborted');
}

interface ErrorBody {
  readonly message: string | null;
  readonly exceptionName: string;
}

/** First entry of Bitbucket's `{"errors":[…]}`; null where the body is something else, which is the point. */
export function parseErrorBody(body: string): ErrorBody | null {
  try {
    const first = (JSON.parse(body) as { errors?: { message?: unknown; exceptionName?: unknown }[] } | null)?.errors?.[0];
    if (typeof first !== 'object') return null;
    const exceptionName = typeof first.exceptionName === 'string' ? first.exceptionName : '';
    return {
      message: typeof first.message === 'string' ? first.message : null,
      exceptionName: exceptionName.split('.').pop() ?? '',
    };
  } catch {
    return null; // HTML, an empty body, a proxy's text
  }
}

/**
 * The error for an answer whose status is not 2xx (reference: e. Authentication, permissions, errors).
 * @param asked the request in words: `GET /rest/api/1.0/projects`
 * @param redact takes out what a server may quote of our secrets
 */
export function errorOfAnswer(
  asked: string,
  status: number,
  body: string,
  details: FailureDetails,
  redact: (text: string) => string = (text) => text,
): BitbucketError {
  const parsed = parseErrorBody(body);
  const said = parsed === null ? '' : [parsed.exceptionName, firstLine(parsed.message)].filter(Boolean).join(': ');
  const message = `${asked} was answered with ${status}${said === '' ? '' : ` (${redact(said)})`}`;
  const all = { ...details, status, ...(parsed !== null && { exceptionName: parsed.exceptionName }) };
  return new BitbucketError(kindOfAnswer(status, parsed), message, all);
}

/** Bitbucket explains a CAPTCHA in paragraphs; the first sentences are enough. */
function firstLine(text: string | null): string {
  const line = (text ?? '').trim().split(/[\r\n]/, 1)[0] ?? '';
  return (line.length > 300 ? `${line.slice(0, 300)}…` : line).replace(/\.$/, '');
}

function kindOfAnswer(status: number, body: ErrorBody | null): FailureKind {
  if (status === 401) {
    if (body === null) return 'login_denied';
    if (/NoAccess/.test(body.exceptionName)) return 'no_licence';
    return /Authori[sz]ationException/.test(body.exceptionName) ? 'forbidden' : 'login_denied';
  }
  if (status === 403) return body !== null && /Captcha/i.test(body.exceptionName) ? 'login_denied' : 'forbidden';
  if (status === 404 || status === 410) return body === null ? 'no_such_route' : 'not_found';
  if (status === 406 || status === 415) return 'not_acceptable';
  if (status === 407) return 'proxy_denied';
  if (status === 429) return 'rate_limited';
  if (status >= 500 || status === 408) return 'unavailable';
  return status >= 400 ? 'rejected' : 'unexpected_answer';
}

const TLS_CODES = /CERT|SELF_SIGNED|UNABLE_TO_(?:GET_ISSUER|VERIFY)|ERR_TLS|ERR_SSL|EPROTO|HOSTNAME_MISMATCH/;

/** The error for a request that got no complete answer. */
export function errorOfTransport(asked: string, cause: unknown): BitbucketError {
  if (cause instanceof BitbucketError) return cause;
  const { code = '', message = String(cause), issuer } = cause as { code?: string; message?: string; issuer?: string };
  const details: FailureDetails = { code, cause, ...(issuer !== undefined && { issuer }) };
  if (TLS_CODES.test(code)) return new BitbucketError('tls', `${asked}: ${tlsMessage(code, message, issuer)}`, details);
  if (code === 'ETIMEDOUT' || code === 'ESOCKETTIMEDOUT') return new BitbucketError('timeout', `${asked}: ${message}`, details);
  if (code === 'ABORT_ERR') return new BitbucketError('aborted', `${asked} was cancelled`, details);
  if (code === 'EPROXYLOGIN' || code === 'EPROXYURL')
    return new BitbucketError('proxy_denied', `${asked} failed: ${message}`, details);
  return new BitbucketError('network', `${asked} failed: ${message || code}`, details);
}

function tlsMessage(code: string, message: string, issuer: string | undefined): string {
  const by = issuer === undefined ? code : `${code}, issued by ${issuer}`;
  if (/WRONG_VERSION_NUMBER|wrong version number|packet length too long/i.test(code + message))
    return `the server does not speak TLS at this port (${code})`;
  if (code === 'CERT_HAS_EXPIRED') return `the server's certificate has expired (${by})`;
  if (code === 'CERT_NOT_YET_VALID') return `the server's certificate is not valid yet (${by}); is the clock right?`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `the server's certificate was made for another host name: ${message.replace(/^.*altnames: /, '')} (${by})`;
  if (/^(?:EPROTO|ERR_SSL)/.test(code))
    return `no TLS connection came about: ${
      message
        .replace(/^.*SSL routines:[^:]*:/, '')
        .split(':', 1)[0]
        ?.trim() ?? code
    } (${code})`;
  return `the server's certificate is not trusted (${by})`;
}

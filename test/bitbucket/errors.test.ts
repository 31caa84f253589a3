import {
  BitbucketError,
  errorOfAnswer,
  errorOfTransport,
  type FailureKind,
  isFatal,
  isKind,
  parseErrorBody,
} from '../../src/bitbucket/errors';

const body = (exceptionName: string | null, message = 'No.') =>
  JSON.stringify({ errors: [{ context: null, message, exceptionName }] });
const named = (name: string) => body(`com.atlassian.bitbucket.${name}`);
const HTML = '<!DOCTYPE html><html><title>Log in</title></html>';

describe('an answer of an error status', () => {
  const cases: readonly (readonly [status: number, body: string, kind: FailureKind])[] = [
    [401, named('auth.IncorrectPasswordAuthenticationException'), 'login_denied'],
    [401, named('auth.CaptchaRequiredAuthenticationException'), 'login_denied'],
    [401, body('com.atlassian.plugins.rest.api.security.exception.AuthenticationRequiredException'), 'login_denied'],
    [401, HTML, 'login_denied'],
    [401, '', 'login_denied'],
    [401, named('auth.NoAccessAuthenticationException'), 'no_licence'],
    [401, named('AuthorisationException'), 'forbidden'],
    [401, named('AuthorizationException'), 'forbidden'],
    [403, named('AuthorisationException'), 'forbidden'],
    [403, HTML, 'forbidden'],
    [403, named('auth.CaptchaRequiredAuthenticationException'), 'login_denied'],
    [404, named('repository.NoSuchRepositoryException'), 'not_found'],
    [404, HTML, 'no_such_route'],
    [404, '{"message":"HTTP 404 Not Found","status-code":404}', 'no_such_route'],
    [404, '', 'no_such_route'],
    [406, '', 'not_acceptable'],
    [429, body(null), 'rate_limited'],
    [400, body('com.atlassian.bitbucket.validation.ArgumentValidationException'), 'rejected'],
    [409, named('repository.RepositoryNotAvailableException'), 'rejected'],
    [408, '', 'unavailable'],
    [500, body(null), 'unavailable'],
    [502, HTML, 'unavailable'],
    [503, '', 'unavailable'],
    [599, '', 'unavailable'],
    [304, '', 'unexpected_answer'],
  ];

  it.each(cases)('%i with %s is %s', (status, text, kind) => {
    const error = errorOfAnswer('GET /x', status, text, {});
    expect(error.kind).toBe(kind);
    expect(error.details.status).toBe(status);
    expect(error.message).toMatch(new RegExp(`^GET /x was answered with ${status}`));
  });

  it('says what Bitbucket said, and never HTML', () => {
    expect(errorOfAnswer('GET /x', 404, named('repository.NoSuchRepositoryException'), {}).message).toBe(
      'GET /x was answered with 404 (NoSuchRepositoryException: No)',
    );
    expect(errorOfAnswer('GET /x', 502, HTML, {}).message).toBe('GET /x was answered with 502');
  });

  it('keeps the last part of the exception’s name', () => {
    expect(errorOfAnswer('GET /x', 404, named('pull.NoSuchPullRequestException'), {}).details.exceptionName).toBe(
      'NoSuchPullRequestException',
    );
  });
});

describe('Bitbucket’s error body', () => {
  it('gives its first entry', () => {
    expect(parseErrorBody(body('a.b.CException', 'Why'))).toEqual({ message: 'Why', exceptionName: 'CException' });
    expect(parseErrorBody(body(null, 'Why'))).toEqual({ message: 'Why', exceptionName: '' });
  });

  it.each(['', 'null', '[]', '{}', '{"errors":[]}', '{"errors":{}}', '{"errors":["text"]}', HTML])('is none: %s', (text) => {
    expect(parseErrorBody(text)).toBeNull();
  });
});

describe('a request without a complete answer', () => {
  const cases: readonly (readonly [code: string, kind: FailureKind])[] = [
    ['ECONNREFUSED', 'network'],
    ['ECONNRESET', 'network'],
    ['ENOTFOUND', 'network'],
    ['EAI_AGAIN', 'network'],
    ['Z_BUF_ERROR', 'network'],
    ['ETIMEDOUT', 'timeout'],
    ['ABORT_ERR', 'aborted'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'tls'],
    ['CERT_HAS_EXPIRED', 'tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
  ];

  it.each(cases)('(%s) is %s, and keeps the code', (code, kind) => {
    const error = errorOfTransport('GET /x', Object.assign(new Error('what node said'), { code }));
    expect({ kind: error.kind, code: error.details.code }).toEqual({ kind, code });
    expect(error.message).toMatch(/^GET \/x/);
  });

  it('names the issuer of a certificate that is not trusted', () => {
    expect(
      errorOfTransport('GET /x', Object.assign(new Error(), { code: 'SELF_SIGNED_CERT_IN_CHAIN', issuer: 'Example CA' })).message,
    ).toContain('Example CA');
  });

  it('passes on what is an error of ours already', () => {
    const error = new BitbucketError('not_found', 'x');
    expect(errorOfTransport('GET /x', error)).toBe(error);
  });
});

it('is fatal where no further request can succeed, or none may be sent', () => {
  const fatal = ['login_denied', 'no_licence', 'server_down', 'rate_limited', 'tls', 'aborted'] as const;
  const others = [
    'forbidden',
    'not_found',
    'no_such_route',
    'not_acceptable',
    'unavailable',
    'network',
    'timeout',
    'unexpected_answer',
    'rejected',
  ] as const;
  for (const kind of fatal) expect(isFatal(new BitbucketError(kind, 'x'))).toBe(true);
  for (const kind of others) expect(isFatal(new BitbucketError(kind, 'x'))).toBe(false);
  expect(isFatal(new Error('x'))).toBe(false);
});

it('is of a kind only if it is an error of ours', () => {
  expect(isKind(new BitbucketError('timeout', 'x'), 'network', 'timeout')).toBe(true);
  expect(isKind(new BitbucketError('timeout', 'x'), 'network')).toBe(false);
  expect(isKind(Object.assign(new Error('x'), { kind: 'timeout' }), 'timeout')).toBe(false);
});

import VError from 'verror';
import { asked, BitbucketError, type FailureKind, isFatal, isKind, isTooMuch } from '../../src/bitbucket/errors';
import { failureOf, transportFailure } from '../../src/bitbucket/transport/failure';

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
    const error = failureOf('GET /x', Object.assign(new Error('what node said'), { code }));
    expect({ kind: error.kind, code: error.details.code }).toEqual({ kind, code });
    expect(error.message).toMatch(/^GET \/x/);
  });

  it('names the issuer of a certificate that is not trusted', () => {
    expect(
      failureOf('GET /x', Object.assign(new Error(), { code: 'SELF_SIGNED_CERT_IN_CHAIN', issuer: 'Example CA' })).message,
    ).toContain('Example CA');
  });

  it('is no failure of the network where Node gives no code: a mistake of ours stays what it is', () => {
    const mistake = new TypeError('x is not a function');
    expect(transportFailure(mistake)).toBeNull();
    expect(() => failureOf('GET /x', mistake)).toThrow(mistake);
  });
});

describe('a failure', () => {
  const inner = new BitbucketError('not_found', 'the answer was 404 (100 %s, %2F)', {
    status: 404,
    exceptionName: 'NoSuchTagException',
  });
  const outer = asked('GET /tags/a%2Fb', inner);

  it('says what was asked, then what came back, whatever stands in either', () => {
    expect(outer.message).toBe('GET /tags/a%2Fb: the answer was 404 (100 %s, %2F)');
    expect(outer.toString()).toMatch(/^BitbucketError: GET/);
  });

  it('knows of itself what its causes know', () => {
    expect({ kind: outer.kind, details: outer.details }).toEqual({
      kind: 'not_found',
      details: { status: 404, exceptionName: 'NoSuchTagException' },
    });
    expect(VError.cause(outer)).toBe(inner);
    expect(outer).toBeInstanceOf(VError);
  });
});

it.each([
  [new BitbucketError('timeout', 'x'), true],
  [new BitbucketError('too_large', 'x'), true],
  [new BitbucketError('unavailable', 'x', { status: 502 }), true],
  [new BitbucketError('unavailable', 'x', { status: 504 }), true],
  [new BitbucketError('unavailable', 'x', { status: 503 }), false],
  [new BitbucketError('unavailable', 'x', { status: 500 }), false],
  [new BitbucketError('network', 'x', { code: 'ECONNRESET' }), false],
  [new Error('x'), false],
])('(case %#) asking for less may help, or not', (error, expected) => {
  expect(isTooMuch(error)).toBe(expected);
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

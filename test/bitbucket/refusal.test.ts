import { type FailureKind } from '../../src/bitbucket/errors';
import { readRefusal, refusal } from '../../src/bitbucket/session/refusal';

const body = (exceptionName: string | null, message = 'No.') =>
  JSON.stringify({ errors: [{ context: null, message, exceptionName }] });
const named = (name: string) => body(`com.atlassian.bitbucket.${name}`);
const HTML = '<!DOCTYPE html><html><title>Log in</title></html>';
const BASIC_IS_OFF = '{"message": "Basic Authentication has been disabled on this instance."}';

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
    [401, named('AuthorisationException').slice(0, -3), 'forbidden'],
    [401, '{"errors":[{"context":null,"message":"No', 'login_denied'],
    [403, named('AuthorisationException'), 'forbidden'],
    [403, HTML, 'forbidden'],
    [403, '{"message": "XSRF check failed"}', 'forbidden'],
    [403, BASIC_IS_OFF, 'login_denied'],
    [401, BASIC_IS_OFF, 'login_denied'],
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
    const error = refusal(status, text);
    expect(error.kind).toBe(kind);
    expect(error.details.status).toBe(status);
    expect(error.message).toMatch(new RegExp(`^the answer was ${status}`));
  });

  it.each([
    [404, named('repository.NoSuchRepositoryException'), 'the answer was 404 (NoSuchRepositoryException: No)'],
    [502, HTML, 'the answer was 502 (a page titled "Log in")'],
    [502, '<html>no title</html>', 'the answer was 502'],
    [403, BASIC_IS_OFF, 'the answer was 403 (Basic Authentication has been disabled on this instance)'],
    [503, '{"message":"The system is\\u001b[31m busy\\r\\nsecond line"}', 'the answer was 503 (The system is\\u001b[31m busy)'],
  ])('%i with %s says what the server said, never HTML: %s', (status, text, message) => {
    expect(refusal(status, text).message).toBe(message);
  });

  it('tells Basic authentication that is switched off from a wrong password', () => {
    expect(refusal(403, BASIC_IS_OFF).details.denial).toBe('basic_disabled');
    expect(refusal(401, named('auth.IncorrectPasswordAuthenticationException')).details.denial).toBeUndefined();
  });

  it('keeps the last part of the exception’s name', () => {
    expect(refusal(404, named('pull.NoSuchPullRequestException')).details.exceptionName).toBe('NoSuchPullRequestException');
  });

  it.each([295, 299, 300, 301])('takes a secret out before it cuts the message, wherever the cut falls (%i)', (before) => {
    const secret = 'TOP-SECRET-TOKEN';
    const redact = (text: string) => text.replaceAll(secret, '****');
    for (const text of [
      body('x.YException', `${'a'.repeat(before - 8)}${secret}`),
      `<title>${'b'.repeat(before - 230)}${secret}</title>`,
    ])
      expect(refusal(400, text, {}, redact).message).not.toMatch(/TOP/);
  });
});

describe('what a refusal says', () => {
  const same = (text: string) => text;

  it.each([
    ['a page', 'pass<b', (secret: string) => `<html><title>No: ${secret}</title>`],
    ['an answer that was cut off', 'pass"b', (secret: string) => `{"errors":[{"message":"No: ${secret}", "exceptionName":"x"`],
  ])('holds no part of a secret that looks like the end of it: %s', (_where, secret, page) => {
    const { message, title } = readRefusal(page(secret), (text) => text.replaceAll(secret, '****'));
    expect(message ?? title).toBe('No: ****');
  });

  it('is its first entry', () => {
    expect(readRefusal(body('a.b.CException', 'Why'), same)).toEqual({
      message: 'Why',
      exceptionName: 'CException',
      title: null,
    });
    expect(readRefusal(body(null, 'Why'), same)).toEqual({ message: 'Why', exceptionName: '', title: null });
  });

  it('is its first entry, too, where the rest is cut off', () => {
    const whole = body('a.b.CException', 'Why "so"?');
    expect(readRefusal(whole.slice(0, -2), same)).toEqual({ message: 'Why "so"?', exceptionName: 'CException', title: null });
  });

  it.each(['', 'null', '[]', '{}', '{"errors":[]}', '{"errors":{}}', '{"errors":["text"]}', '{"message":7}', HTML])(
    'is nothing in Bitbucket’s form: %s',
    (text) => {
      expect(readRefusal(text, same)).toMatchObject({ exceptionName: null, message: null });
    },
  );
});

import { isJson } from '../../config/json';
import { BitbucketError, type FailureDetails, type FailureKind } from '../errors';
import { quote, titleOf } from '../quote';

/** What the body of a refusal says. */
interface Refusal {
  /** Last part of the name of Bitbucket's exception; empty where it has none; null: not in Bitbucket's form. */
  readonly exceptionName: string | null;
  /** The words of whoever refuses; null: none that can be read. */
  readonly message: string | null;
  /** Title of a page for people. */
  readonly title: string | null;
}

/**
 * The failure that an answer means whose status is not 2xx. The status decides what is
 * done; what the body says, as far as it can be read, only tells causes with the same status from each other.
 * @param body as much of it as could be read
 * @param redact takes out what a server may quote of our secrets
 */
export function refusal(
  status: number,
  body: string,
  details: FailureDetails = {},
  redact: (text: string) => string = (text) => text,
): BitbucketError {
  const read = readRefusal(body, redact);
  const { exceptionName, message, title } = read;
  const words = [quote(exceptionName ?? '', redact, 100), firstLine(message ?? '', redact)]
    .filter((each) => each !== '')
    .join(': ');
  const said = words === '' && title !== null ? `a page titled "${quote(title, redact, 80)}"` : words;
  const isBasicOff = (status === 401 || status === 403) && saysBasicIsOff(message ?? title ?? '');
  return new BitbucketError(
    isBasicOff ? 'login_denied' : kindOf(status, read),
    `the answer was ${status}${said === '' ? '' : ` (${said})`}`,
    {
      ...details,
      status,
      ...(exceptionName !== null && { exceptionName }),
      ...(status >= 500 &&
        /timed out|CommandTimeout|CommandCancel/i.test(`${exceptionName ?? ''} ${message ?? ''}`) && {
          timedOut: true,
        }),
      ...(isBasicOff && { denial: 'basic_disabled' }),
      ...(exceptionName === null && message !== null && { hasMessage: true }),
    },
  );
}

/**
 * First entry of Bitbucket's `{"errors":[…]}`, a `message` alone, or the title of a page; cut-off text as far as it goes.
 * @param redact takes secrets out of what is found by its end, which they may hold
 */
export function readRefusal(body: string, redact: (text: string) => string): Refusal {
  const document = parsed(body);
  if (document === undefined) return readCutOff(body, redact);
  const errors = isJson(document) ? document.errors : undefined;
  const [first] = Array.isArray(errors) ? (errors as unknown[]) : [];
  if (isJson(first)) {
    const { exceptionName, message } = first;
    return { exceptionName: shortName(exceptionName), message: typeof message === 'string' ? message : null, title: null };
  }
  const message = isJson(document) && typeof document.message === 'string' && document.message !== '' ? document.message : null;
  return { exceptionName: null, message, title: null };
}

/** JSON that was not read to its end still names its exception, mostly. */
function readCutOff(body: string, redact: (text: string) => string): Refusal {
  if (!/^\s*\{\s*"errors"/.test(body)) return { exceptionName: null, message: null, title: titleOf(body, redact) };
  const name = /"exceptionName"\s*:\s*"([^"\\]+)"/.exec(body)?.[1];
  const [before = ''] = /^[^]*?"message"\s*:\s*(?=")/.exec(body) ?? [];
  const message = before === '' ? undefined : /^"(?:[^"\\]|\\.)*"/.exec(redact(body.slice(before.length)))?.[0];
  const said: unknown = message === undefined ? null : parsed(message);
  return {
    exceptionName: name === undefined ? null : shortName(name),
    message: typeof said === 'string' ? said : null,
    title: null,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // HTML, an empty body, a proxy's text, or half an answer
  }
}

function shortName(name: unknown): string {
  return typeof name === 'string' ? (name.split('.').pop() ?? '') : '';
}

/** Bitbucket explains a CAPTCHA in paragraphs; the first line is enough. */
function firstLine(text: string, redact: (text: string) => string): string {
  return quote(
    redact(text)
      .trim()
      .split(/[\r\n]/, 1)[0] ?? '',
    redact,
  );
}

/** Bitbucket's own words since 7.12: "Basic Authentication has been disabled on this instance." */
function saysBasicIsOff(text: string): boolean {
  return /\bbasic\b.{0,40}\b(?:disabled|not (?:allowed|permitted|supported|enabled))/i.test(text);
}

function kindOf(status: number, { exceptionName }: Refusal): FailureKind {
  if (status === 401) {
    if (exceptionName === null) return 'login_denied';
    if (/NoAccess/.test(exceptionName)) return 'no_licence';
    return /Authori[sz]ationException/.test(exceptionName) ? 'forbidden' : 'login_denied';
  }
  if (status === 403) return exceptionName !== null && /Captcha/i.test(exceptionName) ? 'login_denied' : 'forbidden';
  if (status === 404 || status === 410) return exceptionName === null ? 'no_such_route' : 'not_found';
  if (status === 406 || status === 415) return 'not_acceptable';
  if (status === 407) return 'proxy_denied';
  if (status === 429) return 'rate_limited';
  if (status >= 500 || status === 408) return 'unavailable';
  return status >= 400 ? 'rejected' : 'unexpected_answer';
}

import { type Body, TooLongError } from './body';
import { BitbucketError } from '../errors';
import { quote, titleOf } from '../quote';

const MAX_JSON_BYTES = 256 * 1024 * 1024;

/** An answer with a 2xx status, its body still on its way. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  /** `X-AUSERNAME`: the account the server saw; null for anonymous requests, and for tokens that belong to no user. */
  readonly userName: string | null;
  readonly body: Body;
  /** Takes our secrets out of what a server says. */
  readonly redact: (text: string) => string;
}

/** Reads an answer as JSON; null for 204. HTML, an empty or a broken body are no answer. */
export async function readJson(answer: Answer): Promise<unknown> {
  return parseJson(answer, await readText(answer.body, MAX_JSON_BYTES));
}

/** The bytes of an answer that should be JSON, for whoever takes them as they come. */
export async function* readPieces({ body }: Answer): AsyncGenerator<Buffer, void, void> {
  for await (const piece of body) {
    if (body.bytes > MAX_JSON_BYTES) throw tooLong(new TooLongError(MAX_JSON_BYTES));
    yield piece;
  }
}

/** An answer's text as JSON; null for 204. @throws BitbucketError 'unexpected_answer' */
export function parseJson({ status, redact }: Answer, text: string): unknown {
  if (status === 204) return null;
  if (text.trim() === '') throw new BitbucketError('unexpected_answer', `the answer was ${status} with an empty body`);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const what = /^\s*</.test(text) ? 'a page for people (HTML)' : 'something that is not JSON';
    const title = titleOf(text);
    const titled = title === null ? '' : `, titled "${quote(title, redact, 80)}"`;
    throw new BitbucketError('unexpected_answer', `the answer was ${status} with ${what}${titled}`);
  }
}

/** The whole body; one that ends before its time, or is longer than `maxBytes`, rejects. */
export async function readText(body: Body, maxBytes: number): Promise<string> {
  try {
    return (await body.whole(maxBytes)).toString('utf8');
  } catch (error) {
    throw error instanceof TooLongError ? tooLong(error) : error;
  }
}

function tooLong({ message }: TooLongError): BitbucketError {
  return new BitbucketError('too_large', message);
}

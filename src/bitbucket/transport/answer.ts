import { parseJson as parseExactly } from '../../text/exact-json';
import { type Body, TooLongError } from './body';
import { BitbucketError } from '../errors';
import { quote, titleOf } from '../quote';

/** Of JSON, decompressed: what it becomes takes five times the room. */
const MAX_JSON_BYTES = 64 * 1024 * 1024;
/** Of a page that could be smaller. */
const MAX_PAGE_BYTES = 32 * 1024 * 1024;

/** An answer with a 2xx status, its body still on its way. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  /** `X-AUSERNAME`: the account the server saw; null for anonymous requests, and for tokens that belong to no user. */
  readonly userName: string | null;
  readonly body: Body;
  /** Less can be asked for where this is too much. @default false */
  readonly canAskForLess?: boolean;
  /** Takes our secrets out of what a server says. */
  readonly redact: (text: string) => string;
}

/** Reads an answer as JSON; null for 204. HTML, an empty or a broken body are no answer. */
export async function readJson(answer: Answer): Promise<unknown> {
  return parseJson(answer, await readText(answer.body, limitOf(answer)));
}

/** The bytes of an answer that should be JSON, for whoever takes them as they come. */
export async function* readPieces(answer: Answer): AsyncGenerator<Buffer, void, void> {
  const { body } = answer;
  const limit = limitOf(answer);
  for await (const piece of body) {
    if (body.bytes > limit) throw tooLong(new TooLongError(limit));
    yield piece;
  }
}

/** An answer's text as JSON, integers beyond 2^53 as bigints; null for 204. @throws BitbucketError 'unexpected_answer' */
export function parseJson({ status, redact }: Answer, text: string): unknown {
  if (status === 204) return null;
  if (text.trim() === '') throw new BitbucketError('unexpected_answer', `the answer was ${status} with an empty body`);
  try {
    return parseExactly(text);
  } catch {
    const what = /^\s*</.test(text) ? 'a page for people (HTML)' : 'something that is not JSON';
    const title = titleOf(text, redact);
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

function limitOf({ canAskForLess = false }: Answer): number {
  return canAskForLess ? MAX_PAGE_BYTES : MAX_JSON_BYTES;
}

function tooLong({ message }: TooLongError): BitbucketError {
  return new BitbucketError('too_large', message);
}

import { parseJson as parseExactly } from '../../text/exact-json';
import { type Answer, parseJson, readPieces } from '../transport/answer';
import { BitbucketError } from '../errors';
import { PageSplitter } from './page-splitter';
import { type Page, parsePage, type Read, type UnreadableEntry, unreadableEntry } from './pages';

/** How Bitbucket's documents begin; an id with more digits could lose some. */
const ID = /^\{\s*"id"\s*:\s*(\d{1,15})\s*[,}]/;

/**
 * One value of a list, parsed from its text when somebody looks: a page holds a thousand documents, which take five times the room of
 * their text, and several lists are read at once.
 */
export class Listed<T extends { readonly id: number }> {
  constructor(
    readonly id: number,
    private readonly text: string,
    private readonly check: Read<T>,
  ) {}

  /** Null where it is not what it should be. */
  read(): T | null {
    try {
      return this.check(parseExactly(this.text));
    } catch (error) {
      if (error instanceof SyntaxError) return null;
      throw error;
    }
  }
}

/**
 * Reads a page of a list. Of its values only the ids are looked at; one that does not begin with its id is parsed for it.
 * @param read what a value is, once somebody looks at it
 * @throws BitbucketError 'unexpected_answer' when it is no page
 */
export async function readListed<T extends { readonly id: number }>(answer: Answer, read: Read<T>): Promise<Page<Listed<T>>> {
  const listed: Listed<T>[] = [];
  const unreadable: UnreadableEntry[] = [];
  const splitter = new PageSplitter((text) => {
    const [, digits] = ID.exec(text) ?? [];
    const { id } = digits === undefined ? unreadableEntry(parseJson(answer, text)) : { id: Number(digits) };
    if (typeof id === 'number') listed.push(new Listed(id, text, read));
    else unreadable.push({ id });
  });
  for await (const piece of readPieces(answer)) splitter.feed(piece);
  const rest = parsePage(parseJson(answer, splitter.end()), read);
  // Entries that are no objects stay in the envelope.
  unreadable.push(...(rest.unreadable ?? []));
  if (rest.values.length > 0)
    throw new BitbucketError('unexpected_answer', 'the answer is JSON that is no page of a list (its values are hidden)');
  return { ...rest, values: listed, ...(unreadable.length > 0 && { unreadable }) };
}

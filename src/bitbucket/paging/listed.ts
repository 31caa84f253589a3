import { parseJson as parseExactly } from '../../text/exact-json';
import { type Answer, parseJson, readPieces } from '../transport/answer';
import { BitbucketError } from '../errors';
import { PageSplitter } from './page-splitter';
import { type Page, parsePage, type Read, type UnreadableEntry, unreadableEntry } from './pages';

/**
 * One value of a list, parsed from its text each time somebody looks: a page holds a thousand documents, which take five times the room
 * of their text, and several lists are read at once.
 */
export class Listed<T extends { readonly id: number }> {
  constructor(
    readonly id: number,
    private readonly text: string,
  ) {}

  read(): T {
    return parseExactly(this.text) as T;
  }
}

/** Reads a page of a list, each value checked by `read`, those that fail as unreadable. @throws BitbucketError 'unexpected_answer' when it is none */
export async function readListed<T extends { readonly id: number }>(answer: Answer, read: Read<T>): Promise<Page<Listed<T>>> {
  const listed: Listed<T>[] = [];
  const unreadable: UnreadableEntry[] = [];
  const splitter = new PageSplitter((text) => {
    const document = parseJson(answer, text);
    const value = read(document);
    if (value === null) unreadable.push(unreadableEntry(document));
    else listed.push(new Listed(value.id, text));
  });
  for await (const piece of readPieces(answer)) splitter.feed(piece);
  const rest = parsePage(parseJson(answer, splitter.end()), read);
  // Entries that are no objects stay in the envelope.
  unreadable.push(...(rest.unreadable ?? []));
  if (rest.values.length > 0)
    throw new BitbucketError('unexpected_answer', 'the answer is JSON that is no page of a list (its values are hidden)');
  return { ...rest, values: listed, ...(unreadable.length > 0 && { unreadable }) };
}

import { BitbucketError } from '../../bitbucket/errors';

/** With more refs missing than this, a second complete list is the proof; with fewer, each is asked for itself. */
const ASKED = 20;

/** What a list of refs lacks, and how to find out about it. */
export interface MissingRefs {
  /** Branches, tags, for messages. */
  readonly what: string;
  readonly repository: string;
  /** Names that were known and are not in the list. */
  readonly names: readonly string[];
  /** The list held nothing at all. */
  readonly isEmpty: boolean;
  /** Whether the server has one of that name. */
  exists(name: string): Promise<boolean>;
  /** The names of a second list. */
  listAgain(): Promise<ReadonlySet<string>>;
}

/**
 * Which of the refs that a list lacks are gone: those of which the server itself says so, or that a second list lacks as well. A list that
 * is empty while a ref that was known answers is none. Throws BitbucketError.
 */
export async function proveGone({ what, repository, names, isEmpty, ...ask }: MissingRefs): Promise<ReadonlySet<string>> {
  const few = names.slice(0, ASKED);
  const isMany = names.length > few.length;
  const there = isMany && !isEmpty ? [] : await Promise.all(few.map((name) => ask.exists(name)));
  if (isEmpty && there.includes(true)) throw contradiction(what, repository);
  if (!isMany) return new Set(few.filter((_, index) => there[index] === false));
  const again = await ask.listAgain();
  if (again.size === 0 && !isEmpty) throw contradiction(what, repository);
  return new Set(names.filter((name) => !again.has(name)));
}

function contradiction(what: string, repository: string): BitbucketError {
  return new BitbucketError('unexpected_answer', `The list of ${what} of ${repository} is empty, although there are some`);
}
